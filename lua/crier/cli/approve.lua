--- `crier approve NAME`
-- @module crier.cli.approve
local approval = require "crier.campaign.approval"
local config = require "crier.config"
local core = require "crier.core"
local deed = require "crier.cli.deed"
local face = require "crier.cli.face"
local ledger = require "crier.campaign.ledger"
local operator = require "crier.operator"
local output = require "crier.cli.output"
local plan_digest = require "crier.campaign.plan_digest"
local rules = require "crier.campaign.rules"
local store = require "crier.cli.store"
local summary = require "crier.report.summary"
local text = require "crier.format.text"

local approve = {}

local USAGE, CONFIG = 64, 78

local EPILOG = [[
Examples:
   crier approve benefits-2027 --comment "agreed with HR"
   crier approve benefits-2027 --withdraw

Before you sign, `crier report benefits-2027` shows the message, `crier export
benefits-2027` whom it would reach, `crier plan FILE` all of it.

A run that needs an approval writes its plan into the store and stops; once
somebody else has signed that plan, the same run goes on. Content that changes
needs a new one. Only CRIER_STORE is needed, and CRIER_POLICY where there is one.]]

--- Adds the arguments.
-- @param parser an argparse command
function approve.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:option("--comment", "What the log is to say beside it."):argname "TEXT"
  parser:flag("--withdraw", "Take all approvals of the campaign back.")
  parser:flag("--yes", "Do not ask.")
  parser:flag("--json", "Print the ledger as one JSON line.")
  parser:epilog(EPILOG)
end

local function fail(problem)
  store.complain(problem.why, problem.remedy)
  return problem.exit
end

local function show(described, path)
  local function row(label, value)
    io.stderr:write(("  %-11s %s\n"):format(label, core.text.printable(value)))
  end
  row("campaign", described.name .. (described.action ~= "send"
    and " (" .. described.action .. ")" or ""))
  row("tenant", described.tenant)
  row("app", described.app)
  row("store", path)
  row("plan", ("%s (%s)"):format(plan_digest.short(described.digest), described.digest))
  row("planned by", described.author or "somebody")
  row("targeted", text.number(described.targeted))
  for _, each in ipairs(described.excluded) do
    row("excluded", text.number(each.count) .. "  " .. each.reason)
  end
  row("recipients", text.number(described.recipients))
end

-- Writes the deed with what it changes, or neither.
local function act(found, row, arguments, change)
  local now, done = math.floor(core.clock.wall_ms()), deed.of(arguments)
  local result, message = found:transaction(function()
    local event, problem, code = found.events:begin(row.id, done, now)
    if not event then
      return nil, problem, code
    end
    local changed
    changed, problem, code = change(done, now)
    if not changed then
      return nil, problem, code
    end
    return found.events:finish(event, { exit = 0, ledger = ledger.read(found, row) }, now)
      and changed
  end)
  if not result then
    return fail { exit = CONFIG, why = ("store %s: %s"):format(found.path, message) }
  end
  return 0, result
end

local function withdraw(found, row, arguments)
  local exit, count = act(found, row, arguments, function(_, now)
    return found.approvals:withdraw(row.id, now)
  end)
  if count then
    io.stderr:write(("campaign %s: %s withdrawn; a run that is under way goes on: crier"
      .. " pause %s\n"):format(row.name, text.count(count, "approval"), row.name))
  end
  return exit
end

local function sign(found, row, arguments)
  local policy, problem = rules.read(config.policy())
  if problem then
    return fail { exit = CONFIG, why = problem }
  end
  local described, shown = approval.describe(found, row), face.new(arguments)
  local refusal = approval.refusal(row, described, operator.name(), policy)
  if refusal then
    return fail(refusal)
  elseif not arguments.yes and not shown:is_interactive() then
    return fail { exit = USAGE, why = "there is no terminal to ask at",
      remedy = "say --yes when it is meant" }
  end
  show(described, found.path)
  local ok, ended = shown:ask_number(described.recipients, "approve")
  if not ok then
    return fail(ended)
  end
  local exit = act(found, row, arguments, function(done, now)
    return approval.sign(found, row, described, { who = done.user, host = done.host,
      comment = arguments.comment }, now)
  end)
  if exit == 0 then
    io.stderr:write(("campaign %s is approved: the run that waits for it can go on\n"):format(
      row.name))
  end
  return exit
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function approve.run(arguments)
  local found, row = store.campaign(arguments.name)
  if not found then
    return row
  end
  local exit = (arguments.withdraw and withdraw or sign)(found, row, arguments)
  if exit == 0 and arguments.json then
    output.write(summary.json(ledger.read(found, row)), "\n")
  end
  found:close()
  return exit
end

return approve

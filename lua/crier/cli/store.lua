--- How the commands that only look at the store open it.
-- @module crier.cli.store
local output = require "crier.cli.output"
local config = require "crier.config"
local core = require "crier.core"
local journal = require "crier.journal"
local ledger = require "crier.campaign.ledger"
local summary = require "crier.report.summary"

local store = {}

-- Names and reasons come from outside: no control character reaches a terminal.
local function clean(said)
  return (said:gsub("[^\n]+", core.text.printable))
end

--- Prints what went wrong, and what to do.
-- @tparam string why
-- @tparam ?string remedy
-- @tparam ?string code the service's, shown unless `why` has it
function store.complain(why, remedy, code)
  local is_said = not code or why:find(code, 1, true)
  io.stderr:write("crier: ", clean(why), is_said and "" or " (" .. code .. ")", "\n")
  if remedy then
    io.stderr:write("  ", clean(remedy), "\n")
  end
end

--- Prints what there is to look at although it went well.
-- @tparam string said
function store.warn(said)
  io.stderr:write("crier: ", clean(said), "\n")
end

-- Wider lines are hard to read.
local WIDEST = 100

--- Prints a ledger for people, and what to type next.
-- @tparam table found from `crier.campaign.ledger`
function store.print_ledger(found)
  local width = math.min(core.fs.terminal_width(1), WIDEST)
  output.write(summary.text(found, ledger.check(found), width),
    summary.next_steps(found, width))
end

--- Opens the store that CRIER_STORE names.
-- @tparam ?table options of `crier.journal.open`: `create` (make it when there is
--   none), `looks` (one that cannot be written will do)
-- @treturn[1] crier.journal
-- @treturn[2] nil after printing why
-- @treturn[2] integer exit status
function store.open(options)
  options = options or {}
  local path, message = journal.path(config.store())
  local exists
  if path then
    exists, message = journal.exists(path)
  end
  if exists == false and options.create then
    exists = true
  elseif exists == false then
    message = "there is no store " .. path
      .. ": set CRIER_STORE to the one that the campaign ran with"
  end
  local found
  if exists then
    found, message = journal.open(path, options)
  end
  if not found then
    store.complain(message)
    return nil, 78
  end
  return found
end

--- Opens the store and finds a campaign in it.
-- @tparam string name
-- @tparam ?table options see `store.open`
-- @treturn[1] crier.journal
-- @treturn[1] table the campaign's row
-- @treturn[2] nil after printing why
-- @treturn[2] integer exit status
function store.campaign(name, options)
  local found, status = store.open(options)
  if not found then
    return nil, status
  end
  local row = found.campaigns:find(name)
  if row then
    return found, row
  end
  local names = {}
  for i, each in ipairs(found.campaigns:list()) do
    names[i] = each.name
  end
  local near = require("crier.suggest").nearest(name, names)
  store.complain(("there is no campaign %s in store %s"):format(name,
    found.path), near and "did you mean " .. near .. "?"
    or "crier status   lists them")
  found:close()
  return nil, 65
end

return store

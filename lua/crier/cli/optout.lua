--- `crier optout add|remove|list`
-- @module crier.cli.optout
local config = require "crier.config"
local core = require "crier.core"
local json = require "crier.format.json"
local lookup = require "crier.audience.lookup"
local output = require "crier.cli.output"
local store = require "crier.cli.store"
local text = require "crier.format.text"
local time = require "crier.format.time"

local optout = {}

local DATA, CONFIG = 65, 78
local TOPIC = "^%w[%w._-]*$"

--- Adds the arguments.
-- @param parser an argparse command
function optout.define(parser)
  parser:argument("deed", "What to do."):choices { "add", "remove", "list" }
  parser:argument("who", "Entra object id, a UPN that the store knows, or the id of a"
    .. " channel or chat."):args "*"
  parser:option("--topic", "Only campaigns of this topic; without it all of them.")
    :argname "TOPIC"
  parser:flag("--json", "Print a JSON line for each.")
  parser:flag("--create-store", "Make the store when there is none yet.")
  parser:epilog("Example:\n   crier optout add ana@contoso.com --topic news")
end

-- The tenant: that of the environment, else the only one of the store.
local function find_tenant(journal)
  local tenants = journal.lanes:tenants()
  local named = config.tenant()
  if named then
    return named
  elseif #tenants == 1 then
    return tenants[1]
  end
  return nil, ("AZURE_TENANT_ID is not set, and the store has %s"):format(
    #tenants == 0 and "no campaign yet" or "campaigns of several tenants")
end

-- The key of a target; nil when nobody knows who that is.
local function key_of(journal, tenant, who)
  if lookup.form(who) == "id" then
    return "user:" .. who:lower()
  elseif who:find "^19:.*@thread%.v2$" then
    return "chat:" .. who
  elseif who:find "^19:.*@thread%." then
    return "channel:" .. who
  end
  return journal.opt_outs:find_key(tenant, who)
end

local deeds = {}

function deeds.add(opt_outs, tenant, key, topic)
  return opt_outs:add(tenant, key, topic, math.floor(core.clock.wall_ms()), "operator")
end

function deeds.remove(opt_outs, tenant, key, topic)
  return opt_outs:remove(tenant, key, topic)
end

local function change(journal, tenant, arguments)
  local topic, keys = arguments.topic or journal.opt_outs.ALL, {}
  for i, who in ipairs(arguments.who) do
    keys[i] = key_of(journal, tenant, who)
    if not keys[i] then
      return nil, ("the store does not know %s: give the Entra object id"):format(who)
    end
  end
  return journal:transaction(function()
    local changed = 0
    for _, key in ipairs(keys) do
      local is_change, message, code =
        deeds[arguments.deed](journal.opt_outs, tenant, key, topic)
      if is_change == nil then
        return nil, message, code
      end
      changed = changed + (is_change and 1 or 0)
    end
    return changed
  end)
end

local COLUMNS = { "id", "kind", "topic", "at", "source" }

local function show(row, as_json)
  local kind, id = row.key:match "^(%a+):(.*)$"
  local made = { id = id, kind = kind, topic = row.topic, at = time.iso(row.at),
    source = row.source }
  output.write(as_json and json.ordered(made, COLUMNS)
    or core.text.printable(("%-10s %s  %s  %s"):format(row.topic, made.at, id, row.source)),
    "\n")
end

local function list(journal, tenant, arguments)
  local page, message
  repeat
    page, message = journal.opt_outs:list(tenant, { topic = arguments.topic,
      after = page and page[#page] })
    for _, row in ipairs(page or {}) do
      show(row, arguments.json)
    end
  until not page or #page == 0
  return page and true, message
end

local function run(journal, arguments)
  local tenant, message = find_tenant(journal)
  if not tenant then
    return CONFIG, message
  elseif arguments.topic and not arguments.topic:find(TOPIC) then
    return DATA, "a topic begins with a letter or digit and holds letters, digits,"
      .. " '.', '_' and '-'"
  elseif arguments.deed == "list" then
    local ok, problem = list(journal, tenant, arguments)
    return ok and 0 or CONFIG, problem
  elseif #arguments.who == 0 then
    return 64, "say whom to " .. arguments.deed
  end
  local changed, problem, code = change(journal, tenant, arguments)
  if not changed then
    return code and CONFIG or DATA, problem
  end
  io.stderr:write(("%s %s%s\n"):format(text.count(changed, "opt-out"),
    arguments.deed == "add" and "added" or "removed",
    changed < #arguments.who and ", the rest was so already" or ""))
  return 0
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function optout.run(arguments)
  local journal, status = store.open {
    create = arguments.create_store,
    looks = arguments.deed == "list",
  }
  if not journal then
    return status
  end
  local message
  status, message = run(journal, arguments)
  journal:close()
  if message then
    store.complain(message)
  end
  return status
end

return optout

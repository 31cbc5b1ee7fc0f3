--- The ways that a target can take: which calls bring it to its end.
--
--     send, connector    [install ->] create -> send
--     send, webhook      install [-> create] -> send
--     send, graph        installation [-> install -> installation] -> chat -> send
--     upgrade            installation -> upgrade
--     uninstall          installation -> uninstall
--     amend              update
--     recall             delete
--     message            create -> send, send, or update
--
-- A retry policy may send a person around by installation -> uninstall -> install,
-- or to another end, notify.
--
-- A phase is named after the call that it makes.
-- @module crier.campaign.route
local budget = require "crier.budget"

local route = {}

local SERVICES = { create = "connector", send = "connector",
  update = "connector", delete = "connector" }

-- What people notice.
local NOTICED = { send = true, notify = true, upgrade = true, uninstall = true }

-- What is nearer to the end goes first: it frees what waits behind it.
local BY_CONNECTOR = { "send", "notify", "create", "install", "uninstall", "installation" }
local ROUTES = {
  connector = BY_CONNECTOR,
  webhook = BY_CONNECTOR,
  graph = { "send", "notify", "chat", "installation", "install", "uninstall" },
  upgrade = { "upgrade", "installation" },
  uninstall = { "uninstall", "installation" },
  amend = { "update" },
  recall = { "delete" },
  message = { "send", "update", "create" },
}

-- Calls for somebody of whom nothing is known; who has a conversation in the
-- store takes a send alone.
local CALLS = {
  connector = { create = 1, send = 1 },
  webhook = { send = 1 },
  graph = { installation = 1, chat = 1, send = 1 },
  upgrade = { installation = 1, upgrade = 1 },
  uninstall = { installation = 1, uninstall = 1 },
  amend = { update = 1 },
  recall = { delete = 1 },
}
local WITH_INSTALL = {
  connector = { install = 1 },
  webhook = { install = 1 },
  graph = { install = 1, installation = 1 },
}

local function name_of(action, definition)
  if action ~= "send" then
    return action
  elseif definition.conversation == "webhook" and not definition.install then
    return "connector" -- nobody is installed, so nothing comes
  end
  return definition.conversation
end

--- The phases of a campaign, the last one first.
-- @tparam string action `send`, `upgrade`, `uninstall`, `amend` or `recall`
-- @tparam crier.campaign definition
-- @treturn {string,...}
function route.phases(action, definition)
  return ROUTES[name_of(action, definition)]
end

--- The phase in which a target begins that nothing is known of.
-- @tparam string action
-- @tparam crier.campaign definition
-- @treturn string
function route.first(action, definition)
  local name = name_of(action, definition)
  if name == "connector" or name == "webhook" then
    return definition.install and "install" or "create"
  end
  local phases = ROUTES[name]
  return #phases == 1 and phases[1] or "installation"
end

--- Whether what a phase does reaches people, so that it keeps to their hours;
-- what comes before may go ahead.
-- @tparam string phase
-- @treturn boolean
function route.keeps_hours(phase)
  return NOTICED[phase] or false
end

--- Who answers in a phase.
-- @tparam string phase
-- @treturn string `graph` or `connector`
function route.service(phase)
  return SERVICES[phase] or "graph"
end

--- Whether a phase delivers: its intent is written before its request leaves.
-- @tparam string phase
-- @treturn boolean
function route.delivers(phase)
  return phase == "send" or phase == "notify"
end

--- Whether a campaign has to know the Teams app's id in the catalog.
-- @tparam string action
-- @tparam crier.campaign definition
-- @treturn boolean
function route.needs_app(action, definition)
  return action == "upgrade" or action == "uninstall"
    or action == "send" and (definition.install
      or definition.conversation == "graph")
end

--- The calls that a campaign takes when all goes well.
-- @tparam string action
-- @tparam crier.campaign definition
-- @tparam integer warm people with a known conversation
-- @tparam integer cold people without one
-- @treturn table operation -> how many
function route.calls(action, definition, warm, cold)
  local name, found = name_of(action, definition), {}
  local function add(calls, people)
    for operation, count in pairs(people > 0 and calls or {}) do
      found[operation] = (found[operation] or 0) + count * people
    end
  end
  add({ send = 1 }, warm)
  add(CALLS[name], cold)
  add(definition.install and WITH_INSTALL[name] or {}, cold)
  return found
end

--- How long a campaign takes at the allowed rates.
-- @tparam string action
-- @tparam crier.campaign definition
-- @tparam integer warm people with a known conversation
-- @tparam integer cold people without one
-- @treturn number seconds
function route.seconds(action, definition, warm, cold)
  local load, longest = {}, 0
  for operation, count in pairs(route.calls(action, definition, warm, cold)) do
    local class = budget.of[operation][1]
    load[class] = (load[class] or 0) + count
  end
  for class, calls in pairs(load) do
    longest = math.max(longest, calls / budget.rate(class))
  end
  return longest
end

return route

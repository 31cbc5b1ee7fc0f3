--- What a campaign asks of Microsoft Graph.
-- @module crier.campaign.needs
local audience = require "crier.audience"
local permissions = require "crier.graph.permissions"

local needs = {}

-- Kind of audience -> the operations that read it.
local READS = {
  users = { "users" },
  list = { "users" },
  csv = { "users" },
  jsonl = { "users" },
  previous = { "users" },
  delta = { "delta" },
  group = { "groups", "group_members", "users" },
  team = { "teams", "team_members", "users" },
  channel = { "teams", "channels", "primary_channel" },
}

--- The operations of Graph that a campaign calls.
-- @tparam ?crier.campaign definition nil: one that reads people and, with an
--   app, installs it
-- @tparam boolean has_app whether `CRIER_APP_ID` is set
-- @treturn {string,...} names, each once
function needs.operations(definition, has_app)
  local list, seen = {}, {}
  local function add(names)
    for _, name in ipairs(names) do
      if not seen[name] then
        seen[name] = true
        list[#list + 1] = name
      end
    end
  end
  if definition then
    audience.each_source(definition.audience, function(source)
      add(READS[source.kind] or {})
    end)
  else
    add(READS.users)
  end
  local installs = has_app
  if definition then
    installs = definition.install
  end
  if installs then
    add { "catalog", "install" }
  end
  if definition and definition.conversation == "graph" then
    add { "catalog", "installation", "chat" }
  end
  if definition and definition.notify then
    add { "notify" }
  end
  return list
end

--- Which permissions operations need.
-- @tparam {string,...} operations
-- @tparam {string,...} roles granted
-- @treturn {string,...} the granted permissions that allow them, each once
-- @treturn {string,...} the least privileged of those that are missing, each once
function needs.sort_out(operations, roles)
  local granted, missing, seen = {}, {}, {}
  for _, operation in ipairs(operations) do
    local held = permissions.held(operation, roles)
    local name = held or permissions.of[operation].least
    if not seen[name] then
      seen[name] = true
      local list = held and granted or missing
      list[#list + 1] = name
    end
  end
  return granted, missing
end

--- Which granted permissions go further than a campaign needs.
-- @tparam ?{string,...} roles
-- @treturn {string,...}
function needs.broad(roles)
  local names = {}
  for _, role in ipairs(roles or {}) do
    if permissions.outdated[role] then
      names[#names + 1] = role
    end
  end
  return names
end

return needs

--- Which operation a method and a path name.
-- @module crier.simulator.router
local encoding = require("crier.simulator.encoding")

local router = {}

local unescape = encoding.unescape

local function graph(method, path)
  path = path:gsub("^users%('(.-)'%)", "users/%1")
  local user, rest = path:match("^users/([^/]+)(.*)$")
  if path == "users" then
    return method == "GET" and "users"
  elseif user and rest == "" then
    return method == "GET" and "user", unescape(user)
  elseif user and rest == "/teamwork/installedApps" then
    return method == "POST" and "install" or method == "GET" and "installation", unescape(user)
  elseif user then
    local installation = rest:match("^/teamwork/installedApps/(.+)/chat$")
    return installation and method == "GET" and "chat", unescape(user),
      installation and unescape(installation)
  elseif path == "appCatalogs/teamsApps" then
    return method == "GET" and "catalog"
  end
  local app = path:match("^appCatalogs/teamsApps/([^/]+)$")
  return app and method == "GET" and "catalog", app and unescape(app)
end

--- Names the operation.
-- @tparam string method
-- @tparam string path without query, percent-encoded or not
-- @treturn ?string operation, nil when there is none
-- @treturn string service: `token`, `graph`, `connector`, `sandbox`, or
-- `unknown`
-- @treturn ?string what it is about: conversation, user, app, tenant
-- @treturn ?string the installation of `chat`
function router.find(method, path)
  local conversation = path:match("^/teams/v3/conversations/([^/]+)/activities/?$")
  if conversation then
    return method == "POST" and "send" or nil, "connector", unescape(conversation)
  elseif path:find("^/teams/v3/conversations/?$") then
    return method == "POST" and "create" or nil, "connector"
  elseif path:find("^/teams/") then
    return nil, "connector"
  end
  local rest = path:match("^/v1%.0/(.*)$")
  if rest then
    local operation, about, installation = graph(method, rest)
    return operation or nil, "graph", about, installation
  end
  local tenant = path:match("^/([^/]+)/oauth2/v2%.0/token$")
  if tenant then
    return method == "POST" and "token" or nil, "token", unescape(tenant)
  end
  local page = path:match("^/_sandbox/(%w+)$")
  if page == "stats" or page == "deliveries" then
    return method == "GET" and page or nil, "sandbox"
  end
  return nil, "unknown"
end

return router

--- Microsoft Graph for code that reads top to bottom: what `client.graph` makes
-- of the calls of `core.graph`.
-- @module crier.graph
local app = require "crier.app"

local graph = {}

--- What a caller may leave out, or give in a handier form: functions of the
-- client and the arguments, which return those of the builder, or nil, message,
-- code and perhaps an outcome.
graph.arguments = {}

--- What a method gives back in place of the decoded answer: functions of the
-- outcome and the response.
graph.results = {}

--- Methods that take several calls: functions of the client and the arguments.
graph.methods = {}

-- `graph:install(user)` and `graph:installation(user)` mean the app that
-- `CRIER_APP_ID` names unless a catalog id follows.
local function with_app(client, user, catalog_id)
  if catalog_id then
    return user, catalog_id
  end
  local id, message, code, outcome = app.find(client)
  if not id then
    return nil, message, code, outcome
  end
  return user, id
end

graph.arguments.install, graph.arguments.installation = with_app, with_app

function graph.results.install(outcome)
  return outcome.kind
end

return graph

--- The shapes of answers: what each service says when it refuses.
-- @module crier.simulator.answers
local encoding = require("crier.simulator.encoding")
local random = require("crier.simulator.random")

local answers = {}

local JSON_TYPE = "application/json; charset=utf-8"

local CODES = {
  graph = { [400] = "BadRequest", [401] = "InvalidAuthenticationToken", [403] = "Forbidden",
    [404] = "NotFound", [409] = "Conflict", [412] = "PreconditionFailed",
    [429] = "TooManyRequests", [500] = "InternalServerError", [502] = "BadGateway",
    [503] = "ServiceUnavailable", [504] = "GatewayTimeout" },
  connector = { [400] = "BadSyntax", [403] = "NotEnoughPermissions", [404] = "ConversationNotFound",
    [412] = "PreconditionFailed", [413] = "MessageSizeTooBig", [429] = "Throttled",
    [500] = "ServiceError", [502] = "ServiceError", [503] = "ServiceUnavailable",
    [504] = "GatewayTimeout" },
}

local HTML = "<html><head><title>%d</title></head><body><center><h1>%d</h1></center>"
  .. "<hr><center>Microsoft-Azure-Application-Gateway/v2</center></body></html>"

--- Makes an answer with a JSON body.
-- @tparam number status
-- @tparam string body JSON
-- @treturn table response
function answers.json(status, body)
  return { status = status, headers = { ["content-type"] = JSON_TYPE }, body = body }
end

--- Makes Graph's error.
-- @tparam number status
-- @tparam string code
-- @tparam string message
-- @tparam ?string inner the code of innerError
-- @treturn table response
function answers.graph(status, code, message, inner)
  return answers.json(status, encoding.json({ error = { code = code, message = message,
    innerError = inner and { code = inner } or nil } }))
end

--- Makes the directory's answer to an id or a name that nothing has.
-- @tparam string name
-- @treturn table response
function answers.no_resource(name)
  return answers.graph(404, "Request_ResourceNotFound", "Resource '" .. name
    .. "' does not exist or one of its queried reference-property objects are not present.")
end

--- Makes Graph's answer to an app that the catalog does not have.
-- @tparam string id
-- @treturn table response
function answers.no_app(id)
  return answers.graph(404, "NotFound", "No app found which matches the app id: " .. id)
end

--- Makes the Bot Connector's error.
-- @tparam number status
-- @tparam string code
-- @tparam string message
-- @treturn table response
function answers.connector(status, code, message)
  return answers.json(status, encoding.json({ error = { code = code, message = message } }))
end

--- Makes the answer to a token that is not good.
-- @tparam string service `graph` or `connector`
-- @tparam string message
-- @treturn table response
function answers.unauthorized(service, message)
  if service == "graph" then
    return answers.graph(401, "InvalidAuthenticationToken", message)
  end
  return answers.json(401, '{"message":"Authorization has been denied for this request."}')
end

--- Makes the answer to a request above a limit.
-- @tparam string service
-- @tparam number retry_after_s whole seconds
-- @treturn table response
function answers.throttled(service, retry_after_s)
  local response = answers[service](429, CODES[service][429], "Too many requests.")
  response.headers["retry-after"] = ("%d"):format(retry_after_s)
  return response
end

--- Makes an injected failure. Half of the gateway's failures are HTML.
-- @tparam string service `token`, `identity`, `graph` or `connector`
-- @tparam number status
-- @tparam number nth which answer of the simulator this is
-- @treturn table response
function answers.injected(service, status, nth)
  local response
  if (status >= 502 and status <= 504) and random.hash(nth, 77) % 2 == 0 then
    response = { status = status, headers = { ["content-type"] = "text/html" },
      body = HTML:format(status, status) }
  elseif service == "token" or service == "identity" then
    response = answers.json(status, '{"error":"temporarily_unavailable","error_description":'
      .. '"AADSTS90033: A transient error has occurred. Please try again.","error_codes":[90033]}')
  else
    response = answers[service](status, CODES[service][status] or "UnknownError",
      "Injected by the simulator.")
  end
  if status == 429 then
    response.headers["retry-after"] = "1"
  end
  return response
end

return answers

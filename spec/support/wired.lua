--- A builder of requests to Graph, and what its specs compare with.
local assert = require "luassert"
local core = require "crier.core"

local wired = {}

--- Where the requests of `wired.graph` go.
wired.BASE = "https://graph.microsoft.com/v1.0"
wired.JSON = "application/json; charset=utf-8"

--- A token that nobody has fetched yet.
function wired.new_token(endpoints)
  return core.token.new { endpoints = endpoints, audience = "graph", tenant = "t",
    client_id = "c", secret = "s" }
end

wired.endpoints = core.cloud.endpoints { cloud = "public" }
wired.token = wired.new_token(wired.endpoints)
wired.graph = core.graph.new { endpoints = wired.endpoints, token = wired.token }

--- The request that `method` (`GET` unless told) of `path` is, with fields
-- added.
function wired.request(operation, path, fields)
  local request = { method = "GET", url = wired.BASE .. path, headers = {},
    token = wired.token, service = "graph", operation = operation }
  for name, value in pairs(fields or {}) do
    request[name] = value
  end
  return request
end

--- As `request`, with a JSON body.
function wired.json(operation, method, path, body, fields)
  local request = wired.request(operation, path, fields)
  request.method, request.body = method, body
  request.headers["Content-Type"] = wired.JSON
  return request
end

--- Checks that a builder refused.
function wired.refused(code, request, message, found)
  assert.is_nil(request)
  assert.equal("string", type(message))
  assert.equal(code, found)
end

return wired

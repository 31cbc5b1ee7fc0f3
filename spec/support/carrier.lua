--- A server that follows a script, and a transport that sends to it: the two
-- ends of a transport's specs.
local core = require "crier.core"
local rawserver = require "support.rawserver"

local carrier = {}

--- Sent by a server's step `send`: 201 with the body `{}`.
carrier.created = "HTTP/1.1 201 Created\\r\\nContent-Length: 2\\r\\n\\r\\n{}"

--- The script that answers every request on one connection.
carrier.kept = { "read", "send " .. carrier.created, "loop" }

local carrier_methods = {}
local carrier_mt = { __name = "carrier", __index = carrier_methods }

--- Creates a carrier; nothing runs yet.
function carrier.new()
  return setmetatable({}, carrier_mt)
end

--- Starts the server, in place of the one before; see rawserver.start().
function carrier_methods:serve(...)
  if self.server then
    self.server:stop()
  end
  self.server = rawserver.start(...)
  return self.server
end

--- Makes the transport, in place of the one before.
function carrier_methods:open(options)
  if self.transport then
    self.transport:close()
  end
  self.transport = core.transport.new(options or { timeout_ms = 5000 })
  return self.transport
end

--- A POST to the server, with fields changed.
function carrier_methods:post(changes)
  local request = { method = "POST", url = self.server.url,
    headers = { ["Content-Type"] = "application/json" }, body = '{"a":1}' }
  for key, value in pairs(changes or {}) do
    request[key] = value
  end
  return request
end

--- Steps until nothing is in flight; gives the responses by ticket.
function carrier_methods:finish()
  local responses = {}
  for _ = 1, 10000 do
    if self.transport:in_flight() == 0 then
      return responses
    end
    for _, completion in ipairs(assert(self.transport:step(1000))) do
      responses[completion.ticket] = completion.response
    end
  end
  error("the tickets did not complete")
end

--- Carries a POST with fields changed; gives its response.
function carrier_methods:carry(changes)
  local ticket = assert(self.transport:submit(self:post(changes)))
  return self:finish()[ticket]
end

--- The answer of a server with these scripts to one POST.
function carrier_methods:answer_to(...)
  self:serve(...)
  self:open()
  return self:carry()
end

--- The requests that the server read, CR and LF written as \r and \n.
function carrier_methods:requests()
  local texts = {}
  for i, line in ipairs(self.server:events("request")) do
    texts[i] = line:match("^request %d+ (.*)$")
  end
  return texts
end

--- Waits until the server has logged `event`.
function carrier_methods:await(event)
  for _ = 1, 10000 do
    if #self.server:events(event) > 0 then
      return
    end
    core.transport.new():step(1)
  end
  error("the server did not log " .. event)
end

--- Ends both.
function carrier_methods:stop()
  if self.transport then
    self.transport:close()
  end
  if self.server then
    self.server:stop()
  end
end

return carrier

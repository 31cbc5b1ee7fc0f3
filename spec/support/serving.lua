--- A server, its loop and a client on one thread.
local core = require "crier.core"
local loop = require "crier.loop"
local serve = require "crier.serve"
local server = require "crier.server"

local serving = {}

local serving_methods = {}
local serving_mt = { __index = serving_methods }

--- Listens on a free port of loopback.
-- @tparam ?table options of `crier.server`
function serving.new(options)
  local self = setmetatable({ logged = {} }, serving_mt)
  self.listener = assert(server.listen(options or {}))
  self.url = ("http://127.0.0.1:%d"):format(self.listener:port())
  self.transport = core.transport.new { max_connections = 20 }
  self.loop = loop.new { clock = core.clock, transport = self.transport }
  self.server = serve.new { loop = self.loop, listener = self.listener,
    log = function(entry) self.logged[#self.logged + 1] = entry end }
  return self
end

--- Sends a request; the response.
function serving_methods:ask(method, path, headers, body)
  return self.loop:run(function()
    return self.loop:fetch { method = method, url = self.url .. path, headers = headers or {},
      body = body }
  end)
end

--- Sends requests of which all are under way at once; the responses.
function serving_methods:ask_all(requests)
  local responses, count = {}, 0
  self.loop:run(function()
    local task = self.loop:task()
    for i, request in ipairs(requests) do
      self.loop:spawn(function()
        responses[i] = self.loop:fetch { method = request.method, body = request.body,
          url = self.url .. request.path, headers = request.headers }
        count = count + 1
        self.loop:unpark(task)
      end)
    end
    while count < #requests do
      self.loop:park()
    end
  end)
  return responses
end

function serving_methods:close()
  self.server:close()
  self.transport:close()
end

return serving

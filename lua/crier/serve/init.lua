--- A server on a loop: routes that answer, on the same thread as everything else.
--
-- An answer is a function `(request, server) -> response`, or of a batch
-- `(requests, server) -> responses`; without a response the request waits for
-- `server:answer`. A request is `{ id =, method =, path =, query =, headers =
-- (lower-case names), body =, named = segments of the path }`, a response
-- `{ status =, headers =, body = }`.
-- @module crier.serve
local foreign = require "crier.foreign"
local routes = require "crier.serve.routes"

local serve = {}

local serve_methods = {}
local serve_mt = { __name = "crier.serve", __index = serve_methods }

local PLAIN = { ["Content-Type"] = "text/plain; charset=utf-8" }
local FAILED = { status = 500, headers = PLAIN, body = "failed\n" }
-- How often a turn looks again at once, for what its own answers have let in.
local MOST_LOOKS = 16

--- Creates a server.
-- @tparam table options
-- @tparam crier.loop options.loop
-- @param options.listener an open listener of `crier.server`, which is closed by `close`
-- @tparam ?function options.log called with a table for what went wrong
-- @treturn crier.serve with `routes`
function serve.new(options)
  local self = setmetatable({ loop = options.loop, listener = options.listener,
    log = options.log or function() end, routes = routes.new(), alarm = nil }, serve_mt)
  self.loop:watch(self.listener:fd(), function() self:turn() end)
  return self
end

--- Adds a route whose requests are answered one by one.
-- @tparam string method
-- @tparam string path see `crier.serve.routes`
-- @tparam function answer
function serve_methods:on(method, path, answer)
  self.routes:add(method, path, answer)
end

--- Adds a route that answers all requests of a turn at once.
-- @tparam string method
-- @tparam string path
-- @tparam function answer_all
function serve_methods:on_all(method, path, answer_all)
  self.routes:add(method, path, answer_all, true)
end

local function respond(self, request, response)
  self.listener:respond(request.id, response.status, response.headers or PLAIN,
    response.body or "")
end

--- Answers a request that waits; harmless when nobody waits any more.
-- @tparam table request
-- @tparam table response
function serve_methods:answer(request, response)
  respond(self, request, response)
  self:wake(0)
end

-- The response of a route, or that of one that failed; nil while it waits.
local function ask(self, route, what)
  local ok, response = foreign.call(route.answer, what, self)
  if ok then
    return response
  end
  self.log { event = "route failed", problem = response }
  return route.is_batch and {} or FAILED
end

local function refusal(methods)
  if not methods then
    return { status = 404, headers = PLAIN, body = "not found\n" }
  end
  return { status = 405, headers = { Allow = methods,
    ["Content-Type"] = PLAIN["Content-Type"] }, body = "method not allowed\n" }
end

local function handle(self, requests)
  local batches, order = {}, {}
  for _, request in ipairs(requests) do
    local route, named = self.routes:find(request.method, request.path)
    if not route then
      respond(self, request, refusal(named))
    elseif route.is_batch then
      if not batches[route] then
        batches[route], order[#order + 1] = {}, route
      end
      request.named = named
      table.insert(batches[route], request)
    else
      request.named = named
      local response = ask(self, route, request)
      if response then
        respond(self, request, response)
      end
    end
  end
  for _, route in ipairs(order) do
    local responses = ask(self, route, batches[route])
    for i, request in ipairs(batches[route]) do
      respond(self, request, responses[i] or FAILED)
    end
  end
end

--- Has the server look again after a while.
-- @tparam number after_ms
function serve_methods:wake(after_ms)
  local at_ms = self.loop:now() + after_ms
  if self.alarm and self.alarm.at_ms <= at_ms then
    return
  elseif self.alarm then
    self.alarm.cancelled = true
  end
  self.alarm = self.loop:at(at_ms, function()
    self.alarm = nil
    self:turn()
  end)
end

--- Moves bytes, and answers what has come whole.
function serve_methods:turn()
  if self.is_closed then
    return
  end
  local wait_ms
  for _ = 1, MOST_LOOKS do
    local requests, message = self.listener:run()
    if not requests then
      error(message, 0)
    end
    handle(self, requests)
    wait_ms = self.listener:timeout_ms()
    if wait_ms ~= 0 then
      break
    end
  end
  if wait_ms then
    self:wake(wait_ms)
  end
end

--- Stops listening. What waits for an answer gets none.
function serve_methods:close()
  if not self.is_closed then
    self:turn()
    self.is_closed = true
    self.loop:watch(self.listener:fd(), nil)
    self.listener:close()
  end
end

return serve

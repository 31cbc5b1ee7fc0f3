--- Requests over HTTP, and waiting for what comes true: until a deadline, and not for a
-- number of polls, which a busy machine exceeds.
local core = require "crier.core"

local asking = {}

local asking_methods = {}
local asking_mt = { __index = asking_methods }

-- Far more than the slowest machine takes.
local LONGEST_S = 60
local POLL_MS = 5

local function within(look, problem)
  local deadline = os.time() + LONGEST_S
  repeat
    local found = look()
    if found then
      return found
    end
  until os.time() > deadline
  error(problem, 3)
end

--- Makes a client.
-- @treturn table with `transport`
function asking.new()
  return setmetatable({ transport = core.transport.new {} }, asking_mt)
end

--- Sends a request.
-- @tparam table request `url`; by default a GET without headers
-- @treturn table response
function asking_methods:ask(request)
  request.method, request.headers = request.method or "GET", request.headers or {}
  assert(self.transport:submit(request))
  return within(function()
    local done = self.transport:step(200)[1]
    return done and done.response
  end, "no answer from " .. request.url)
end

--- Looks again and again until something has come true.
-- @tparam string what is in the error if it never does
-- @tparam function look
-- @tparam[opt=5] integer poll_ms how long it waits between two looks
-- @return the first thing that `look` returns which is neither nil nor false
function asking_methods:wait_for(what, look, poll_ms)
  return within(function()
    local found = look()
    if not found then
      self.transport:step(poll_ms or POLL_MS)
    end
    return found
  end, "it never comes true: " .. what)
end

--- Ends it.
function asking_methods:close()
  self.transport:close()
end

return asking

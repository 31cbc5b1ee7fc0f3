--- Connections to a server on which nothing comes, or the half of a request, or a byte now
-- and then.
local rawclients = require "support.rawclients"

local siege = {}

local siege_methods = {}
local siege_mt = { __index = siege_methods }

local HEAD = "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n"
local SILENT = { "", HEAD, HEAD .. "\r\n{" }
local HELD = { pieces = 1, pause_ms = 0, after = "hold" }
local TRICKLING, TRICKLE = 100, { pieces = 500, pause_ms = 100, after = "hold" }

--- Lays it.
-- @tparam string host
-- @tparam integer port
-- @tparam integer count connections; a hundred more send a byte now and then
-- @treturn table `held`: how many are there, which may be fewer than that
function siege.new(host, port, count)
  local self = setmetatable({ clients = rawclients.new(host, port), count = count, held = 0,
    told = 0 }, siege_mt)
  self.clients:send("trickling", HEAD .. "\r\n" .. (" "):rep(900), TRICKLE, TRICKLING)
  for nth, text in ipairs(SILENT) do
    self.clients:send("silent", text, HELD, math.floor((count + nth - 1) / #SILENT))
  end
  return self
end

--- Whether all are there who can be.
-- @treturn boolean
function siege_methods:is_complete()
  for _, one in ipairs(self.clients:answers()) do
    if one.name == "silent" then
      self.told = self.told + 1
      self.held = self.held + (one.answer == "held" and 1 or 0)
    end
  end
  return self.told == self.count
end

--- Ends it.
function siege_methods:close()
  self.clients:close()
end

return siege

-- crier as a guest of a program that has an event loop already; here LuaSocket's select.
-- Each line "ENTRA-OBJECT-ID what to say" that comes in by TCP is sent to that person, and
-- answered with the message's id.
--
--   lua5.4 examples/gateways/other.lua [PORT]     (apt install lua-socket)
local client = require "crier.client"
local config = require "crier.config"
local core = require "crier.core"
local loop = require "crier.loop"
local socket = require "socket"

local turns = loop.new { transport = core.transport.new {}, clock = core.clock }
local crier = client.new { loop = turns, config = assert(config.read()) }

-- A task of crier's loop: its calls wait, and nothing else does.
local function say(peer, person, text)
  local chat, problem = crier.connector:create(person)
  local sent
  if chat then
    sent, problem = crier.connector:send(chat, { type = "message", text = text })
  end
  peer:send((sent and sent.id or "failed: " .. tostring(problem)) .. "\n")
end

-- The host's own sockets, and what it does when one can be read.
local door = assert(socket.bind("127.0.0.1", tonumber(arg[1]) or 0))
local own = {}

local function hear(peer)
  local line, problem = peer:receive "*l"
  if line then
    turns:spawn(say, peer, line:match "^(%S+)%s+(.+)$")
  elseif problem == "closed" then
    own[peer] = nil
    peer:close()
  end
end

own[door] = function()
  own[door:accept()] = hear
end

-- select takes whatever says its descriptor.
local function handles(fds)
  local list = {}
  for i, fd in ipairs(fds) do
    list[i] = { getfd = function() return fd end }
  end
  return list
end

print(("listening on 127.0.0.1:%d"):format((select(2, door:getsockname()))))
io.stdout:flush()
while true do
  local reads, writes, most_ms = turns:waits()
  reads, writes = handles(reads), handles(writes)
  for each in pairs(own) do
    reads[#reads + 1] = each
  end
  local ready = socket.select(reads, writes, most_ms / 1000)
  for _, each in ipairs(ready) do
    if own[each] then
      own[each](each)
    end
  end
  turns:turn()
end

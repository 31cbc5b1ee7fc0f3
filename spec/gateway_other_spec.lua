-- crier's loop inside another one: the example, on the sandbox.
local sandbox = require "support.sandbox"
local service = require "support.service"
local shell = require "support.shell"

describe("a host with a loop of its own", function()
  local is_there, socket = pcall(require, "socket")
  if not is_there then
    pending "LuaSocket is missing: .ci/deps test"
    return
  end

  it("sends while it does other things", function()
    local cloud = sandbox.start "--users 5 --installed 1 --latency 20"
    local parts = { "env" }
    for name, value in pairs(cloud.env) do
      parts[#parts + 1] = name .. "=" .. shell.quote(value)
    end
    local host = service.start(("%s LUA_PATH='lua/?.lua;lua/?/init.lua;;' LUA_CPATH='build/?.so;;'"
      .. " lua5.4 examples/gateways/other.lua"):format(table.concat(parts, " ")),
      "listening on 127.0.0.1:(%d+)")
    local peers = {}
    local people = require("crier.simulator").new({ users = 5 }).people
    for i = 1, 3 do
      peers[i] = assert(socket.connect("127.0.0.1", tonumber(host.ready[1])))
      peers[i]:settimeout(20)
      peers[i]:send(("%s hello %d\n"):format(i < 3 and people:id(i) or "nobody", i))
    end
    local said = {}
    for i = 1, 3 do
      said[i] = assert(peers[i]:receive "*l")
      peers[i]:close()
    end
    local delivered = {}
    for _, delivery in ipairs(cloud:deliveries()) do
      delivered[delivery.activity_id] = delivery.activity.text
    end
    host:stop()
    cloud:stop()
    assert.equal("hello 1", delivered[said[1]])
    assert.equal("hello 2", delivered[said[2]])
    assert.matches("^failed: ", said[3])
  end)
end)

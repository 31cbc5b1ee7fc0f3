-- A real lighttpd with two workers: Lua 5.4.
local gateways = require "support.gateways"
local service = require "support.service"
local shell = require "support.shell"

local BEFORE = [[
server.document-root = "%s"
server.bind = "127.0.0.1"
server.port = %s
server.errorlog = "/dev/stderr"
server.max-worker = 2
]]

describe("lighttpd", function()
  local is_ready, reason = gateways.is_ready { "/usr/lib/lighttpd/mod_magnet.so",
    "build/crier/core.so" }
  if not is_ready then
    pending(reason)
    return
  end

  local here

  local function start(mode, changes)
    local root = shell.run "pwd"
    changes["/etc/lighttpd/" .. mode .. ".lua"] = ("%s/examples/gateways/lighttpd/%s.lua"):format(
      root, mode)
    here.running = service.on_free_port(function(port)
      local path = here:write(("lighttpd/%s.conf"):format(mode), changes,
        BEFORE:format(here.folder, port))
      here.url = "http://127.0.0.1:" .. port
      return service.start(("%s LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;;'"
        .. " LUA_CPATH='%s/build/?.so;;' %s -D -f %s"):format(here:environment(), root, root, root,
        service.find "lighttpd", path), "server started")
    end)
  end

  describe("with a journal", function()
    setup(function()
      here = gateways.new()
      start("journal", {})
    end)
    teardown(function() here:close() end)

    gateways.specify(it, function() return here end, {
      disturb = function(nth)
        if nth == 30 then
          os.execute("kill -9 " .. gateways.children(here.running.pid)[1])
        end
      end,
    })
  end)

  describe("in front of crier serve", function()
    setup(function()
      here = gateways.new()
      here:listen()
      start("forward", { ["/run/crier/serve.sock"] = here.folder .. "/serve.sock" })
    end)
    teardown(function() here:close() end)

    gateways.specify_forward(it, function() return here end)
  end)
end)

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

  setup(function()
    here = gateways.new()
    local root = shell.run "pwd"
    here.running = service.on_free_port(function(port)
      local path = here:write("lighttpd/journal.conf", {
        ["/etc/lighttpd/journal.lua"] = root .. "/examples/gateways/lighttpd/journal.lua" },
        BEFORE:format(here.folder, port))
      here.url = "http://127.0.0.1:" .. port
      return service.start(("%s LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;;'"
        .. " LUA_CPATH='%s/build/?.so;;' %s -D -f %s"):format(here:environment(), root, root, root,
        service.find "lighttpd", path), "server started")
    end)
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

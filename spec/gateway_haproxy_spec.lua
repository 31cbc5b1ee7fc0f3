-- A real HAProxy with four threads: Lua 5.3, a state each; in a chroot, and without
-- privileges, where the suite may do that.
local gateways = require "support.gateways"
local service = require "support.service"
local shell = require "support.shell"

describe("HAProxy", function()
  local is_ready, reason = gateways.is_ready { service.find "haproxy" or "haproxy",
    "build/lua5.3/crier/core.so" }
  if not is_ready then
    pending(reason)
    return
  end

  local here

  setup(function()
    here = gateways.new()
    local root, jail = shell.run "pwd", here.folder
    local is_root = shell.run "id -u" == "0"
    here.running = service.on_free_port(function(port)
      local paths = ("lua-prepend-path %s/lua/?.lua\n  lua-prepend-path %s/lua/?/init.lua\n"
        .. "  lua-prepend-path %s/build/lua5.3/?.so cpath\n  "):format(root, root, root)
      local path = here:write("haproxy/journal.cfg", { ["127.0.0.1:8080"] = "127.0.0.1:" .. port,
        ["/etc/haproxy/crier_haproxy.lua"] = root .. "/examples/gateways/haproxy/crier_haproxy.lua",
        ["lua-load-per-thread"] = paths .. "lua-load-per-thread",
        ["chroot /var/lib/haproxy"] = is_root and "chroot " .. jail or "",
        ["user haproxy"] = is_root and "user haproxy" or "",
        ["group haproxy"] = is_root and "group haproxy" or "" })
      if is_root then
        os.execute("chown -R haproxy " .. jail)
      end
      here.url = "http://127.0.0.1:" .. port
      return service.start(("%s %s -W -db -f %s"):format(here:environment(is_root and "/crier.db"),
        service.find "haproxy", path), "Loading success")
    end)
  end)

  teardown(function() here:close() end)

  gateways.specify(it, function() return here end, {
    disturb = function(nth)
      if nth == 30 then
        os.execute("kill -USR2 " .. here.running.pid)
      end
    end,
  })
end)

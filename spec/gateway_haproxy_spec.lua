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
  local is_root = shell.run "id -u" == "0"

  local function start(conf, changes, load)
    local root, jail = shell.run "pwd", here.folder
    changes["/etc/haproxy/crier_haproxy.lua"] = root
      .. "/examples/gateways/haproxy/crier_haproxy.lua"
    changes["lua-load-per-thread"] = ("lua-prepend-path %s/lua/?.lua\n  lua-prepend-path"
      .. " %s/lua/?/init.lua\n  lua-prepend-path %s/build/lua5.3/?.so cpath\n"
      .. "  %s"):format(root, root, root, load or "lua-load-per-thread")
    changes["chroot /var/lib/haproxy"] = is_root and "chroot " .. jail or ""
    changes["user haproxy"] = is_root and "user haproxy" or ""
    changes["group haproxy"] = is_root and "group haproxy" or ""
    here.running = service.on_free_port(function(port)
      changes["127.0.0.1:8080"] = "127.0.0.1:" .. port
      local path = here:write("haproxy/" .. conf, changes)
      if is_root then
        os.execute("chown -R haproxy " .. jail)
      end
      here.url = "http://127.0.0.1:" .. port
      return service.start(("%s %s -W -db -f %s"):format(here:environment(is_root and "/crier.db"),
        service.find "haproxy", path), "Loading success")
    end)
  end

  describe("with a journal", function()
    setup(function()
      here = gateways.new()
      start("journal.cfg", {})
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

  it("may have one Lua state for all its threads", function()
    here = gateways.new()
    start("journal.cfg", {}, "lua-load")
    local good, bad = here:tell "m1", here:ask("POST", "/api/messages", "{", "Bearer x")
    local count = here:count "m1"
    here:close()
    assert.same({ 200, 1, 400 }, { good, count, bad.status })
  end)

  describe("in front of crier serve", function()
    setup(function()
      here = gateways.new()
      here:listen()
      start("forward.cfg", { ["/run/serve.sock"] = (is_root and "" or here.folder)
        .. "/serve.sock" })
    end)
    teardown(function() here:close() end)

    gateways.specify_forward(it, function() return here end)
  end)
end)

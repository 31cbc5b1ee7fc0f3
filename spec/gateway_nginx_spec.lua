-- A real nginx with four workers: LuaJIT.
local gateways = require "support.gateways"
local service = require "support.service"
local shell = require "support.shell"

local MODULES = "/usr/lib/nginx/modules/"

local MAIN = [[
load_module %sndk_http_module.so;
load_module %sngx_http_lua_module.so;
daemon off;
user root;
worker_processes 4;
pid %s/pid;
error_log stderr notice;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path %s;
  proxy_temp_path %s;
  fastcgi_temp_path %s;
  uwsgi_temp_path %s;
  scgi_temp_path %s;
  lua_package_cpath "%s/build/luajit/?.so;;";
  include %s;
}
]]

describe("nginx", function()
  local is_ready, reason = gateways.is_ready { MODULES .. "ngx_http_lua_module.so",
    "build/luajit/crier/core.so" }
  if not is_ready then
    pending(reason)
    return
  end

  local here

  local function start(conf, changes)
    local root, f = shell.run "pwd", here.folder
    here.running = service.on_free_port(function(port)
      local paths = "%s/lua/?.lua;%s/lua/?/init.lua;%s/examples/gateways/nginx/?.lua;;"
      changes["127.0.0.1:8080"] = "127.0.0.1:" .. port
      changes["/etc/crier/?.lua;;"] = paths:format(root, root, root)
      local path = here:write("nginx/" .. conf, changes)
      local file = assert(io.open(f .. "/nginx.conf", "w"))
      file:write(MAIN:format(MODULES, MODULES, f, f, f, f, f, f, root, path))
      file:close()
      here.url = "http://127.0.0.1:" .. port
      return service.start(("%s %s -p %s -c %s/nginx.conf"):format(here:environment(),
        service.find "nginx", f, f), "start worker processes")
    end)
  end

  describe("with a journal", function()
    setup(function()
      here = gateways.new()
      start("journal.conf", {})
    end)
    teardown(function() here:close() end)

    gateways.specify(it, function() return here end, {
      disturb = function(nth)
        if nth == 30 then
          os.execute("kill -HUP " .. here.running.pid)
        elseif nth == 80 then
          os.execute("kill -9 " .. gateways.children(here.running.pid)[1])
        end
      end,
    })
  end)

  describe("in front of crier serve", function()
    setup(function()
      here = gateways.new()
      here:listen()
      start("forward.conf", { ["/run/crier/serve.sock"] = here.folder .. "/serve.sock" })
    end)
    teardown(function() here:close() end)

    gateways.specify_forward(it, function() return here end)
  end)
end)

--- The gateways as programs: each with one of its examples, on a free port of 127.0.0.1.
local service = require "support.service"
local shell = require "support.shell"

local programs = {}

local NGINX_MODULES = "/usr/lib/nginx/modules/"
local NGINX = [[
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

local LIGHTTPD = [[
server.document-root = "%s"
server.bind = "127.0.0.1"
server.port = %s
server.errorlog = "/dev/stderr"
server.max-worker = 2
]]

-- A file of each, and how it comes there.
local PACKAGE = "`.ci/deps test` installs it"
local NEEDS = {
  nginx = { [NGINX_MODULES .. "ngx_http_lua_module.so"] = PACKAGE,
    ["build/luajit/crier/core.so"] = "`make LUA=luajit` builds it" },
  haproxy = { [service.find "haproxy" or "haproxy"] = PACKAGE,
    ["build/lua5.3/crier/core.so"] = "`make LUA=lua5.3` builds it" },
  lighttpd = { ["/usr/lib/lighttpd/mod_magnet.so"] = PACKAGE,
    ["build/crier/core.so"] = "`make` builds it" },
}

local run = {}

-- Four workers.
function run.nginx(here, mode, changes, port)
  local root, f = shell.run "pwd", here.folder
  local paths = "%s/lua/?.lua;%s/lua/?/init.lua;%s/examples/gateways/nginx/?.lua;;"
  changes["127.0.0.1:8080"] = "127.0.0.1:" .. port
  changes["/etc/crier/?.lua;;"] = paths:format(root, root, root)
  local path = here:write(("nginx/%s.conf"):format(mode), changes)
  local file = assert(io.open(f .. "/nginx.conf", "w"))
  file:write(NGINX:format(NGINX_MODULES, NGINX_MODULES, f, f, f, f, f, f, root, path))
  file:close()
  return service.start(("%s %s -p %s -c %s/nginx.conf"):format(here:environment(),
    service.find "nginx", f, f), "start worker processes")
end

-- Four threads; in a chroot and without privileges where we may.
function run.haproxy(here, mode, changes, port)
  local root, jail, is_root = shell.run "pwd", here.folder, programs.is_root()
  changes["127.0.0.1:8080"] = "127.0.0.1:" .. port
  changes["/etc/haproxy/crier_haproxy.lua"] = root .. "/examples/gateways/haproxy/crier_haproxy.lua"
  changes["lua-load-per-thread"] = ("lua-prepend-path %s/lua/?.lua\n  lua-prepend-path"
    .. " %s/lua/?/init.lua\n  lua-prepend-path %s/build/lua5.3/?.so cpath\n  %s"):format(root, root,
    root, changes.load or "lua-load-per-thread")
  changes.load = nil
  changes["chroot /var/lib/haproxy"] = is_root and "chroot " .. jail or ""
  changes["user haproxy"] = is_root and "user haproxy" or ""
  changes["group haproxy"] = is_root and "group haproxy" or ""
  local path = here:write(("haproxy/%s.cfg"):format(mode), changes)
  if is_root then
    os.execute("chown -R haproxy " .. jail)
  end
  return service.start(("%s %s -W -db -f %s"):format(here:environment(is_root and "/crier.db"),
    service.find "haproxy", path), "Loading success")
end

-- Two workers.
function run.lighttpd(here, mode, changes, port)
  local root = shell.run "pwd"
  changes["/etc/lighttpd/" .. mode .. ".lua"] = ("%s/examples/gateways/lighttpd/%s.lua"):format(
    root, mode)
  local path = here:write(("lighttpd/%s.conf"):format(mode), changes,
    LIGHTTPD:format(here.folder, port))
  return service.start(("%s LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;;'"
    .. " LUA_CPATH='%s/build/?.so;;' %s -D -f %s"):format(here:environment(), root, root, root,
    service.find "lighttpd", path), "server started")
end

-- What each example calls the socket of `crier serve`.
local SOCKETS = { nginx = "/run/crier/serve.sock", haproxy = "/run/serve.sock",
  lighttpd = "/run/crier/serve.sock" }

--- Whether HAProxy may have its chroot here.
function programs.is_root()
  return shell.run "id -u" == "0"
end

--- Whether all that a gateway needs is there.
-- @treturn[1] true
-- @treturn[2] false
-- @treturn[2] string why a spec that needs it is pending
function programs.is_ready(name)
  for path, remedy in pairs(NEEDS[name]) do
    local file = io.open(path)
    if not file then
      return false, ("%s is missing: %s"):format(path, remedy)
    end
    file:close()
  end
  return true
end

--- Starts one.
-- @tparam string name `nginx`, `haproxy`, `lighttpd`
-- @tparam table here from `support.gateways`
-- @tparam string mode `journal` or `forward`
-- @tparam ?table changes of the example, text -> text; `load` for HAProxy is how Lua is
-- loaded
function programs.start(name, here, mode, changes)
  here.running = service.on_free_port(function(port)
    local changed = {}
    for old, new in pairs(changes or {}) do
      changed[old] = new
    end
    if mode == "forward" then
      changed[SOCKETS[name]] = (name == "haproxy" and programs.is_root() and "" or here.folder)
        .. "/serve.sock"
    end
    here.url = "http://127.0.0.1:" .. port
    return run[name](here, mode, changed, port)
  end)
end

return programs

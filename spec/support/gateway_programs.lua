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

local APACHE_MODULES = "/usr/lib/apache2/modules/"
local APACHE = [[
ServerRoot %s
ServerName localhost
DefaultRuntimeDir %s
PidFile %s/pid
ErrorLog /dev/stderr
LoadModule mpm_event_module MODULES/mod_mpm_event.so
LoadModule authz_core_module MODULES/mod_authz_core.so
LoadModule authz_host_module MODULES/mod_authz_host.so
LoadModule lua_module MODULES/mod_lua.so
LoadModule proxy_module MODULES/mod_proxy.so
LoadModule proxy_http_module MODULES/mod_proxy_http.so
LoadModule alias_module MODULES/mod_alias.so
StartServers 2
ServerLimit 8
ThreadsPerChild 2
KeepAlive Off
MinSpareThreads 1
MaxRequestWorkers 4
%s
Listen 127.0.0.1:%s
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
  apache = { [APACHE_MODULES .. "mod_lua.so"] = PACKAGE,
    ["build/lua5.3/crier/core.so"] = "`make LUA=lua5.3` builds it" },
}

-- Gives a folder to who a server is once it has given up being root.
local function hand_over(folder, user)
  os.execute(("chown -R %s %s"):format(user, folder))
end

-- Where a program's Lua finds crier: in a folder, and its modules in another.
local function lua_paths(root, modules)
  return ("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;;' LUA_CPATH='%s/?.so;;'"):format(root, root,
    modules)
end

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
    hand_over(jail, "haproxy")
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
  return service.start(("%s %s %s -D -f %s"):format(here:environment(),
    lua_paths(root, root .. "/build"), service.find "lighttpd", path), "server started")
end

-- Two processes with two threads each, unprivileged where we are root: such a one may
-- read its own folder alone.
function run.apache(here, mode, changes, port)
  local f, is_root = here.folder, programs.is_root()
  shell.run(("cp -r lua build/lua5.3 examples/gateways/apache/crier_apache.lua %s"):format(f))
  changes["127.0.0.1:8080"] = "127.0.0.1:" .. port
  if mode == "journal" then
    changes["/etc/apache2/crier_apache.lua"] = f .. "/crier_apache.lua"
  end
  local path = here:write(("apache/%s.conf"):format(mode), changes, APACHE:format(f, f, f,
    is_root and "User www-data\nGroup www-data" or "", port):gsub("MODULES/", APACHE_MODULES))
  if is_root then
    hand_over(f, "www-data")
  end
  return service.start(("%s %s %s -D FOREGROUND -f %s"):format(here:environment(),
    lua_paths(f, f .. "/lua5.3"), service.find "apache2", path), "resuming normal operations")
end

-- What each example calls the socket of `crier serve`.
local SOCKET, JAILED_SOCKET = "/run/crier/serve.sock", "/run/serve.sock"

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
-- @tparam string name `nginx`, `haproxy`, `lighttpd`, `apache`
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
      local is_jailed = name == "haproxy"
      changed[is_jailed and JAILED_SOCKET or SOCKET] =
        (is_jailed and programs.is_root() and "" or here.folder) .. "/serve.sock"
    end
    here.url = "http://127.0.0.1:" .. port
    return run[name](here, mode, changed, port)
  end)
end

return programs

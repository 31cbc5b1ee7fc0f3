--- A real nginx on 127.0.0.1: HTTP/2 over TLS in front of a plain server.
local service = require "support.service"
local shell = require "support.shell"

local nginx = {}

local nginx_methods = {}
local nginx_mt = { __index = nginx_methods }

local CONFIGURATION = [[
daemon off;
master_process off;
pid FOLDER/pid;
error_log stderr notice;
events { worker_connections 512; }
http {
  error_log FOLDER/error.log notice;
  log_format spec '$connection $server_protocol $status $request_method $uri';
  access_log FOLDER/access.log spec;
  client_body_temp_path FOLDER;
  proxy_temp_path FOLDER;
  fastcgi_temp_path FOLDER;
  uwsgi_temp_path FOLDER;
  scgi_temp_path FOLDER;
  upstream behind {
    server UPSTREAM;
    keepalive 64;
  }
  server {
    listen 127.0.0.1:PORT ssl http2;
    ssl_certificate CERTIFICATE;
    ssl_certificate_key KEY;
    location / {
      proxy_pass http://behind;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
]]

--- Starts one.
-- @tparam table options `upstream` (URL of the server behind it), and
-- `certificate` and `key` from `support.authority`
-- @treturn table with `port` and `url`
function nginx.start(options)
  local program = assert(service.find "nginx", "nginx is missing: .ci/deps test")
  return service.on_free_port(function(port)
    local folder = shell.run "mktemp -d"
    local values = { FOLDER = folder, PORT = port, CERTIFICATE = options.certificate,
      KEY = options.key, UPSTREAM = options.upstream:match "^http://([^/]+)" }
    local file = assert(io.open(folder .. "/nginx.conf", "w"))
    file:write((CONFIGURATION:gsub("%u%u%u+", values)))
    file:close()
    local running = service.start(("%s -p %s -c %s/nginx.conf"):format(program, folder, folder),
      "using the .* event method")
    return setmetatable({ running = running, folder = folder, port = tonumber(port),
      url = "https://127.0.0.1:" .. port }, nginx_mt)
  end)
end

--- What it was asked.
-- @treturn {table,...} `connection`, `version`, `status`, `method`, `path`
function nginx_methods:requests()
  local found = {}
  for line in io.lines(self.folder .. "/access.log") do
    local request = {}
    request.connection, request.version, request.status, request.method, request.path =
      line:match "^(%d+) (%S+) (%d+) (%S+) (.*)$"
    found[#found + 1] = request
  end
  return found
end

--- Ends it.
function nginx_methods:stop()
  self.running:stop()
  os.execute("rm -rf " .. shell.quote(self.folder))
end

return nginx

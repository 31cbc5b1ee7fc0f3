--- A real tinyproxy on 127.0.0.1, which lets clients CONNECT.
local service = require "support.service"
local shell = require "support.shell"

local tinyproxy = {}

local proxy_methods = {}
local proxy_mt = { __index = proxy_methods }

local CONFIGURATION = [[
Listen 127.0.0.1
Allow 127.0.0.1
MaxClients 200
Timeout 60
LogLevel Info
]]

--- Put before a program with LD_PRELOAD, makes each name below `crier.test` this
-- machine; nil where that cannot be done.
function tinyproxy.names()
  local path = shell.run "pwd" .. "/build/spec/names.so"
  return shell.run "uname -s" == "Linux" and path or nil
end

--- Starts one that knows the names below `crier.test`.
-- @tparam ?string more lines of its configuration
-- @treturn table with `url`
function tinyproxy.start(more)
  local program = assert(service.find "tinyproxy", "tinyproxy is missing: .ci/deps test")
  return service.on_free_port(function(port)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(CONFIGURATION, "Port ", port, "\n", more or "")
    file:close()
    local running = service.start(("env LD_PRELOAD=%s %s -d -c %s"):format(tinyproxy.names(),
      program, path), "Accepting connections")
    os.remove(path)
    return setmetatable({ running = running,
      url = "http://127.0.0.1:" .. port }, proxy_mt)
  end)
end

--- Ends it.
-- @treturn table how often it was asked to connect, by host and port
function proxy_methods:stop()
  local times = {}
  for host in self.running:stop():gmatch "CONNECT ([^ \n]+) HTTP" do
    times[host] = (times[host] or 0) + 1
  end
  return times
end

return tinyproxy

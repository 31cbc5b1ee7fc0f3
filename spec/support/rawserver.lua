--- Starts spec/support/rawserver.c, a server that follows a script.
local shell = require "support.shell"

local rawserver = {}

local server_methods = {}
local server_mt = { __name = "rawserver", __index = server_methods }

local program = "build/spec/rawserver"

-- Compiles the server unless that was done.
local function build()
  local file = io.open(program, "rb")
  if file then
    file:close()
    return
  end
  shell.run("mkdir -p build/spec && ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L"
    .. " -D_DEFAULT_SOURCE -o " .. program .. " spec/support/rawserver.c -lssl -lcrypto")
end

--- Starts a server; each argument is the script of one connection, a list of
-- steps as rawserver.c describes them.
-- @treturn table with `port`, `url` (http) and `certificate` (path of a PEM)
function rawserver.start(...)
  build()
  local log, certificate = os.tmpname(), os.tmpname()
  local words = { program, shell.quote(log), shell.quote(certificate) }
  for _, steps in ipairs({ ... }) do
    words[#words + 1] = shell.quote(table.concat(steps, "\n"))
  end
  local port, pid = shell.run(table.concat(words, " ")):match("^(%d+) (%d+)$")
  assert(port, "the server did not start")
  return setmetatable({
    port = tonumber(port),
    url = "http://127.0.0.1:" .. port,
    secure_url = "https://127.0.0.1:" .. port,
    pid = pid,
    log = log,
    certificate = certificate,
  }, server_mt)
end

--- What happened so far: an array of the log's lines that begin with `event`.
function server_methods:events(event)
  local found = {}
  for line in io.lines(self.log) do
    if line:sub(1, #event) == event then
      found[#found + 1] = line
    end
  end
  return found
end

--- Ends the server and all its connections.
function server_methods:stop()
  os.execute("kill -KILL -" .. self.pid .. " 2>/dev/null")
  os.remove(self.log)
  os.remove(self.certificate)
end

return rawserver

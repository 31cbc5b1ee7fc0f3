--- A program of others, started for a spec and ended by its process number.
local shell = require "support.shell"

local service = {}

local service_methods = {}
local service_mt = { __index = service_methods }

local quote = shell.quote
local LONGEST_S = 120

--- Where a program is; nil if it is not installed.
function service.find(name)
  local path = shell.run("PATH=$PATH:/usr/sbin:/sbin command -v " .. name)
  return path ~= "" and path or nil
end

local function free_port()
  local listener = assert(require("crier.server").listen { host = "127.0.0.1", port = 0 })
  local port = listener:port()
  listener:close()
  return ("%d"):format(port)
end

--- Starts what cannot choose its port by itself: again with another one when
-- somebody else was faster.
-- @tparam function start given a port that nobody listens on; returns what it
-- started, and raises when that did not start
function service.on_free_port(start)
  local message
  for _ = 1, 5 do
    local started, result = pcall(start, free_port())
    if started then
      return result
    end
    message = result
  end
  error(message, 0)
end

--- Starts a command and waits for the line that says that it is ready. What it
-- writes before, and instead, is in the error if it ends.
-- @tparam string command as a shell reads it, one program
-- @tparam string ready a pattern; its captures are given back
-- @treturn table running, with `pid` and `ready`, an array of the captures
function service.start(command, ready)
  local pipe = assert(io.popen("exec timeout -k 5 " .. LONGEST_S .. " sh -c "
    .. quote("echo $$; exec env -u LD_PRELOAD " .. command .. " </dev/null 2>&1")))
  local self = setmetatable({ pipe = pipe, pid = pipe:read "*l" }, service_mt)
  local said = {}
  for line in pipe:lines() do
    said[#said + 1] = line
    if line:find(ready) then
      self.ready = { line:match(ready) }
      return self
    end
  end
  pipe:close()
  error(("%s did not start:\n%s"):format(command, table.concat(said, "\n")))
end

--- The next line that it writes.
function service_methods:line()
  return self.pipe:read "*l"
end

--- Ends it, and waits for that.
-- @treturn string what it has written and nobody read
function service_methods:stop()
  os.execute("kill -TERM " .. self.pid .. " 2>/dev/null")
  local said = self.pipe:read "*a"
  self.pipe:close()
  return said
end

return service

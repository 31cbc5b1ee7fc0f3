--- Clients that send bytes slowly, hang up in the middle, or say nothing: see
-- rawclients.pl.
local shell = require "support.shell"

local rawclients = {}

local rawclients_methods = {}
local rawclients_mt = { __index = rawclients_methods }

--- Starts them.
-- @tparam string host
-- @tparam integer port
function rawclients.new(host, port)
  local path = os.tmpname()
  local pipe = assert(io.popen(("ulimit -n $(ulimit -Hn); exec env -u LD_PRELOAD perl"
    .. " spec/support/rawclients.pl %s %d %s"):format(host, port, shell.quote(path)), "w"))
  pipe:setvbuf "no"
  return setmetatable({ pipe = pipe, path = path, results = assert(io.open(path)) },
    rawclients_mt)
end

--- Has some of them send something.
-- @tparam string name under which `answers` tells of each
-- @tparam string text a request as it goes over the wire
-- @tparam table how `pieces`, `pause_ms` between two, `after`: "read" the answer, "cut" the
-- connection or "hold" it
-- @tparam[opt=1] integer times on how many connections
function rawclients_methods:send(name, text, how, times)
  self.pipe:write(("%s %d %d %d %s %d\n"):format(name, times or 1, how.pieces,
    math.floor(how.pause_ms / 10), how.after, #text), text)
end

--- What became of them since the last time.
-- @treturn {table,...} `name` and `answer`: a status as text, or a word
function rawclients_methods:answers()
  local found = {}
  local line = self.results:read "L"
  while line do
    if line:sub(-1) ~= "\n" then -- the rest comes
      self.results:seek("cur", -#line)
      break
    end
    local name, answer = line:match "^(%S+) (%S+)\n$"
    found[#found + 1] = { name = name, answer = answer }
    line = self.results:read "L"
  end
  return found
end

--- Ends them, and their connections.
function rawclients_methods:close()
  self.pipe:close()
  self.results:close()
  os.remove(self.path)
end

return rawclients

-- The real program as a process: with an environment of its own, inside a
-- folder, never longer than a minute or two.
local shell = require "support.shell"

local process = {}

local process_methods = {}
local process_mt = { __index = process_methods }

local quote = shell.quote
local LONGEST_S = 120
-- Where it can be looked for a process without another one.
local HAS_PROC = io.open "/proc/self/stat" ~= nil

-- All that is inherited: no settings, no proxies, no Lua paths.
local KEPT = { "PATH", "HOME", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS",
  "LSAN_OPTIONS", "LD_PRELOAD" }

--- The path of the program.
function process.binary()
  local path = os.getenv "CRIER_BIN" or "build/bin/crier"
  if path:sub(1, 1) ~= "/" then
    path = shell.run "pwd" .. "/" .. path
  end
  return path
end

-- A process that looks for leaks at its end takes a second for it, and the specs
-- start many: under a sanitizer one in ten of them looks.
local LOOKING = 10
local starts = 0

local function environment(env)
  local parts = { "env -i" }
  starts = starts + 1
  for _, name in ipairs(KEPT) do
    local value = os.getenv(name)
    if value and name == "ASAN_OPTIONS" and starts % LOOKING ~= 1 then
      value = value .. ":detect_leaks=0"
    end
    if value then
      parts[#parts + 1] = name .. "=" .. quote(value)
    end
  end
  for name, value in pairs(env or {}) do
    parts[#parts + 1] = name .. "=" .. quote(value)
  end
  return table.concat(parts, " ")
end

--- Reads a file whole.
function process.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function command_of(arguments, env, binary)
  return environment(env) .. " " .. quote(binary or process.binary()) .. " " .. arguments
end

--- Runs `crier ARGUMENTS` to its end.
-- @tparam string arguments as a shell reads them
-- @tparam ?table env
-- @tparam ?string folder where it runs
-- @tparam ?string wrapper a command in front of it
-- @treturn table `status`, `out`, `err`
function process.run(arguments, env, folder, wrapper)
  local out, err = os.tmpname(), os.tmpname()
  local _, how, status = os.execute(("cd %s && exec timeout -k 5 %d %s %s"
    .. " </dev/null >%s 2>%s"):format(quote(folder or "."), LONGEST_S,
    wrapper or "", command_of(arguments, env), out, err))
  local result = { status = how == "exit" and status or how .. " " .. status,
    out = process.read(out), err = process.read(err) }
  os.remove(out)
  os.remove(err)
  return result
end

--- Starts `crier ARGUMENTS`. Its process number is that of the shell which it
-- takes the place of.
-- @tparam string arguments as a shell reads them
-- @tparam ?table env
-- @tparam ?string folder where it runs
-- @tparam ?string binary in the place of the program under test
-- @treturn table running
function process.start(arguments, env, folder, binary)
  local err = os.tmpname()
  local pipe = assert(io.popen(("cd %s && exec timeout -k 5 %d sh -c %s")
    :format(quote(folder or "."), LONGEST_S, quote("echo $$; exec "
      .. command_of(arguments, env, binary) .. " </dev/null 2>" .. err))))
  return setmetatable({ pipe = pipe, err = err, pid = pipe:read "*l" },
    process_mt)
end

--- The next line that it prints.
function process_methods:line()
  return self.pipe:read "*l"
end

--- What it has written to standard error so far.
function process_methods:errors()
  return process.read(self.err)
end

--- Sends a signal.
function process_methods:signal(name)
  os.execute("kill -" .. name .. " " .. self.pid .. " 2>/dev/null")
end

--- Whether it has not ended yet.
function process_methods:is_alive()
  if not HAS_PROC then
    return (os.execute("kill -0 " .. self.pid .. " 2>/dev/null")) == true
  end
  local there = io.open("/proc/" .. self.pid .. "/stat")
  return there ~= nil and there:close()
end

--- Waits for its end.
-- @treturn table `status` (a number, or such as "signal 9"), `out`, `err`
function process_methods:wait()
  local out = self.pipe:read "*a"
  local _, how, status = self.pipe:close()
  local result = { status = how == "exit" and status or how .. " " .. status,
    out = out, err = self:errors() }
  os.remove(self.err)
  return result
end

return process

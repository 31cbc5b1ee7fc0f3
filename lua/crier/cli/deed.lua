--- What a command line does, and who does it: for the journal's events.
-- @module crier.cli.deed
local core = require "crier.core"
local operator = require "crier.operator"
local version = require "crier.version"

local deed = {}

-- What is no option: argparse notes the command twice.
local APART = { command = true, name = true, file = true, rate = true }

local function quoted(text)
  if text:find "^[%w%._/:=@,+-]+$" then
    return text
  end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function add(parts, name, value)
  if value == true then
    parts[#parts + 1] = "--" .. name
  elseif type(value) == "table" then
    for _, each in ipairs(value) do
      add(parts, name, each)
    end
  elseif value then
    parts[#parts + 1] = ("--%s %s"):format(name, quoted(tostring(value)))
  end
end

-- Options as they could be typed, in the order of their names. No secret is
-- ever an option.
local function options_of(arguments)
  local names, parts = {}, {}
  for name in pairs(arguments) do
    if not APART[name] and name ~= arguments.command then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  local what = arguments.file or arguments.rate
  parts[1] = what and quoted(what)
  for _, name in ipairs(names) do
    add(parts, name:gsub("_", "-"), arguments[name])
  end
  return table.concat(parts, " ")
end

--- Describes a command line.
-- @tparam table arguments as argparse read them
-- @treturn table `command`, `options` (text), `user`, `host`, `pid`, `version`
function deed.of(arguments)
  return {
    command = arguments.command,
    options = options_of(arguments),
    user = operator.name(),
    host = core.fs.hostname(),
    pid = core.fs.pid(),
    version = version,
  }
end

return deed

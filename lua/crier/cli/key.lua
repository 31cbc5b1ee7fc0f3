--- `crier key new NAME`: keys of the door that `crier serve` opens.
-- @module crier.cli.key
local cjson = require "cjson.safe"
local core = require "crier.core"
local json = require "crier.format.json"
local keys = require "crier.door.keys"
local output = require "crier.cli.output"
local page_file = require "crier.cli.page_file"
local store = require "crier.cli.store"

local key = {}

local USAGE, DATA, CONFIG = 64, 65, 78

local EPILOG = [[
Examples:
   crier key new ana --role author
   crier key new bo --role approver --role operator
   crier key list
   crier key remove ana

CRIER_KEYS names the file, which is made when there is none, with mode 0600. The key
is shown once; the file has only what it is recognised by. Roles: viewer (looks),
author (plans and tests), approver (approves), operator (starts, pauses, resumes,
cancels, sets the rate, sends single messages). A server that runs reads the file
again within a few seconds.]]

--- Adds the arguments.
-- @param parser an argparse command
function key.define(parser)
  parser:argument("what", "What to do."):choices { "new", "list", "remove" }
  parser:argument("name", "Whose key."):args "?"
  parser:option("--role", "What the key is for."):count "*":argname "ROLE"
    :choices { "viewer", "author", "approver", "operator" }
  parser:epilog(EPILOG)
end

local function fail(exit, why, remedy)
  store.complain(why, remedy)
  return exit
end

-- The entries of the file; an empty list while there is none.
local function read(path)
  if not core.fs.exists(path) then
    return {}
  end
  local file, message = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  local _, problem
  if text then
    _, problem = keys.read(text)
  end
  if not text or problem then
    return nil, not text and ("cannot read %s"):format(message) or ("%s: %s"):format(path, problem)
  end
  return cjson.decode(text)
end

local function write(path, entries)
  return page_file.put(path, json.encode(entries) .. "\n", true)
end

local function is_of(entry, name)
  return entry.name == name or entry.user == name
end

local commands = {}

function commands.new(path, entries, arguments)
  local name = arguments.name
  if not name or #arguments.role == 0 then
    return fail(USAGE, "key new takes a name and at least one --role")
  elseif not keys.is_name(name) then
    return fail(USAGE, "the name of a key is 1 to 64 printable characters")
  end
  for _, entry in ipairs(entries) do
    if is_of(entry, name) then
      return fail(DATA, ("%s has a key already"):format(name), "crier key remove " .. name
        .. "   takes it away")
    end
  end
  local made, digest = keys.make()
  entries[#entries + 1] = { name = name, roles = arguments.role, sha256 = digest }
  local ok, message = write(path, entries)
  if not ok then
    return fail(CONFIG, message)
  end
  io.stderr:write(("the key of %s, which is not shown again:\n"):format(name))
  output.write(made, "\n")
  return 0
end

function commands.list(_, entries)
  for _, entry in ipairs(entries) do
    output.write(core.text.printable(("%-24s %s"):format(entry.user or entry.name,
      table.concat(entry.roles, ", "))), "\n")
  end
  return 0
end

function commands.remove(path, entries, arguments)
  local kept = {}
  for _, entry in ipairs(entries) do
    if not is_of(entry, arguments.name) then
      kept[#kept + 1] = entry
    end
  end
  if not arguments.name or #kept == #entries then
    return fail(DATA, ("there is no key of %s"):format(arguments.name or "nobody"))
  end
  local ok, message = write(path, kept)
  if not ok then
    return fail(CONFIG, message)
  end
  io.stderr:write(("the key of %s opens nothing any more\n"):format(arguments.name))
  return 0
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function key.run(arguments)
  local path = os.getenv "CRIER_KEYS"
  if not path or path == "" then
    return fail(CONFIG, "CRIER_KEYS is not set", "set it to a file, such as crier-keys.json")
  end
  local entries, problem = read(path)
  if not entries then
    return fail(CONFIG, problem)
  end
  return commands[arguments.what](path, entries, arguments)
end

return key

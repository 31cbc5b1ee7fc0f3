--- `crier pack DIR`: makes a Teams app package, once it would be accepted.
-- @module crier.cli.pack
local check = require "crier.package.check"
local core = require "crier.core"
local json = require "crier.format.json"
local output = require "crier.cli.output"
local package_ = require "crier.package"
local reader = require "crier.package.reader"
local store = require "crier.cli.store"

local pack = {}

local DATA, FAILED, CONFIGURATION = 65, 1, 78

--- Adds the arguments.
-- @param parser an argparse command
function pack.define(parser)
  parser:argument("dir", "The app's folder: manifest.json and what it names.")
  parser:option("--out", "The package to write; by default DIR.zip, beside DIR."):argname "ZIP"
  parser:flag("--json", "Print one JSON document: faults and warnings, or the package.")
  parser:epilog("Examples:\n   crier pack benefits/app\n"
    .. "   crier pack benefits/app --out benefits-1.0.0.zip --json\n\n"
    .. "Faults are listed all at once, a line each; then nothing is written (exit 65).")
end

--- Prints what was found wrong, a line each.
-- @tparam table judged from `crier.package.judge`
function pack.print_faults(judged)
  for _, fault in ipairs(judged.faults) do
    io.stderr:write(check.line(fault), "\n")
  end
  for _, warning in ipairs(judged.warnings) do
    io.stderr:write("warning: ", check.line(warning), "\n")
  end
end

--- Faults and warnings as JSON.
-- @tparam table judged from `crier.package.judge`
-- @treturn table for `crier.format.json.ordered`
function pack.document(judged)
  local function listed(faults)
    local list = {}
    for i, fault in ipairs(faults) do
      list[i] = { file = fault.file, line = fault.line, path = fault.path, wrong = fault.wrong,
        allowed = fault.allowed, text = check.line(fault) }
    end
    return list
  end
  return { faults = listed(judged.faults), warnings = listed(judged.warnings) }
end

local COLUMNS = { "zip", "id", "name", "version", "bot_id", "client_id", "sha256", "files",
  "faults", "warnings" }

-- Never half a package: a file that is there is replaced in one step.
local function write(path, bytes)
  if core.fs.exists(path) and not core.fs.is_regular(path) then
    return nil, path .. " is no regular file: it is not replaced", "say another --out"
  end
  local part = path .. ".part"
  os.remove(part)
  local ok, message = core.fs.create(part, bytes)
  if ok then
    ok, message = os.rename(part, path)
  end
  if not ok then
    os.remove(part)
    return nil, ("%s cannot be written: %s"):format(path, (message:gsub("^.*: ", "")))
  end
  return true
end

local function judge(dir, archive)
  if not core.fs.exists(dir) or core.fs.is_regular(dir) then
    local wrong = core.fs.exists(dir) and "is a file" or "there is no such folder"
    return { faults = { { file = dir, wrong = wrong, allowed = "the app's folder" } },
      warnings = {} }
  end
  return package_.judge {
    inspect = archive.inspect,
    read = function(name)
      local path = dir .. "/" .. name
      return core.fs.is_regular(path) and reader.file(path) or nil
    end,
  }
end

local function show(arguments, judged, path, bytes)
  local app = judged.app
  if arguments.json then
    local found = pack.document(judged)
    found.zip, found.sha256, found.files = path, core.text.sha256(bytes), {}
    for i, entry in ipairs(judged.entries) do
      found.files[i] = entry.name
    end
    for name, value in pairs(app) do
      found[name] = value
    end
    return output.write(json.ordered(found, COLUMNS), "\n")
  end
  output.write(("%s: %s %s, id %s\n"):format(path, app.name, app.version, app.id))
  output.write(("Publish it: Teams admin center > Teams apps > Manage apps > Upload new app,\n"
    .. "or `crier publish %s`\n"):format(path))
end

local function refuse(arguments, judged, dir)
  if arguments.json then
    output.write(json.ordered(pack.document(judged), COLUMNS), "\n")
    return DATA
  end
  local inside = not judged.app and core.fs.is_regular(dir .. "/app/manifest.json")
  store.complain(("%s: %d fault%s, nothing was written"):format(dir, #judged.faults,
    #judged.faults == 1 and "" or "s"), inside and ("is it `crier pack %s/app`?"):format(dir))
  return DATA
end

-- Beside the folder, never in it: it holds the app alone.
local function default_path(dir)
  local name = dir:match "([^/]+)$"
  if not name then
    return "app.zip"
  elseif name == "." then
    return dir:sub(1, -2) .. "../app.zip"
  end
  return name == ".." and dir .. "/../app.zip" or dir .. ".zip"
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function pack.run(arguments)
  local dir = arguments.dir:match "^(.-)/*$"
  local archive, message = reader.archive()
  if not archive then
    store.complain(message)
    return CONFIGURATION
  end
  local judged = judge(dir == "" and "/" or dir, archive)
  if not arguments.json then
    pack.print_faults(judged)
  end
  if #judged.faults > 0 then
    return refuse(arguments, judged, dir)
  end
  local path, bytes, ok, advice = arguments.out or default_path(dir)
  bytes, message = archive.write(judged.entries)
  if not bytes then
    store.complain(message)
    return DATA
  end
  ok, message, advice = write(path, bytes)
  if not ok then
    store.complain(message, advice)
    return FAILED
  end
  show(arguments, judged, path, bytes)
  return 0
end

return pack

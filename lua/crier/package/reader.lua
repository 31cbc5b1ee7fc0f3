--- Reads app packages: a zip file, or the folder that becomes one.
--
-- The C module `crier.archive` is loaded when it is needed, since a program
-- that only sends does without.
-- @module crier.package.reader
local cjson = require "cjson.safe"

local reader = {}

local MOST_BYTES = 8 * 1024 * 1024 -- as `crier.archive` has it

--- Loads `crier.archive`.
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string `NO_ARCHIVE`
function reader.archive()
  local found, module = pcall(require, "crier.archive")
  if not found then
    return nil, "the module crier.archive is missing: `make` builds it, the rock crier-archive"
      .. " has it", "NO_ARCHIVE"
  end
  return module
end

--- Reads a file whole.
-- @tparam string path
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string `UNREADABLE` or `TOO_LARGE`
function reader.file(path)
  local file, message = io.open(path, "rb")
  local bytes
  if file then
    bytes, message = file:read(MOST_BYTES + 1)
    if not bytes and not message then
      bytes = ""
    end
    file:close()
  end
  if not bytes then
    return nil, (message:gsub("^.*: ", "")), "UNREADABLE"
  elseif #bytes > MOST_BYTES then
    return nil, "it is larger than 8 MiB", "TOO_LARGE"
  end
  return bytes
end

--- Unpacks a zip file.
-- @tparam string zip its bytes
-- @treturn[1] table contents by name
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code, of `crier.archive` or `NO_ARCHIVE`
function reader.files(zip)
  local archive, message, code = reader.archive()
  local entries
  if archive then
    entries, message, code = archive.read(zip)
  end
  if not entries then
    return nil, message, code
  end
  local files = {}
  for _, entry in ipairs(entries) do
    files[entry.name] = entry.data
  end
  return files
end

-- JSON's null is the same as nothing at all.
local function without_nulls(value)
  if value == cjson.null then
    return nil
  elseif type(value) == "table" then
    for key, each in pairs(value) do
      value[key] = without_nulls(each)
    end
  end
  return value
end

--- Reads the manifest of a package, without judging it.
-- @tparam string zip its bytes
-- @treturn[1] table the manifest, decoded
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: as `files`, or `NO_MANIFEST`, `NOT_JSON`
function reader.manifest(zip)
  local files, message, code = reader.files(zip)
  if not files then
    return nil, message, code
  elseif not files["manifest.json"] then
    return nil, "there is no manifest.json at the top of the package", "NO_MANIFEST"
  end
  local manifest
  manifest, message = cjson.decode((files["manifest.json"]:gsub("^\239\187\191", "")))
  if type(manifest) ~= "table" then
    return nil, "manifest.json is not JSON: " .. tostring(message or "no object"), "NOT_JSON"
  end
  return without_nulls(manifest)
end

return reader

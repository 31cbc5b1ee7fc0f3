--- A campaign's files: the script, its modules, cards and csv files, read from
-- disk or from the store, and the digest of them all.
-- @module crier.campaign.content
local core = require "crier.core"
local csv = require "crier.audience.csv"

local content = {}

local content_methods = {}
local content_mt = { __name = "crier.content", __index = content_methods }

-- A script, module or card larger than this is a mistake.
local LARGEST = 8 * 1024 * 1024

--- The files in the folder of a script.
-- @tparam string path of the script
-- @treturn crier.content
function content.on_disk(path)
  local folder, script = path:match("^(.*/)([^/]*)$")
  return setmetatable({
    folder = folder or "",
    script = script or path,
    shown = path,
    files = {},
  }, content_mt)
end

--- The files as they were stored when the campaign was planned.
-- @tparam string script its file name
-- @tparam table files array of `{ path =, digest =, content = }`
-- @treturn crier.content
function content.stored(script, files)
  local self = setmetatable(
    { script = script, shown = script, files = {}, is_stored = true },
    content_mt
  )
  for _, file in ipairs(files) do
    self.files[file.path] = file
  end
  return self
end

local function resolve(self, path)
  return path:sub(1, 1) == "/" and path or self.folder .. path
end

local function reason(message, path)
  local plain = message:gsub("^" .. path:gsub("%p", "%%%0") .. ": ", "")
  return plain
end

local function open(self, path)
  local full = resolve(self, path)
  if core.fs.exists(full) and not core.fs.is_regular(full) then
    return nil, ("cannot read %s: it is not a regular file"):format(full), "FILE"
  end
  local file, message = io.open(full, "rb")
  if not file then
    return nil, ("cannot read %s: %s"):format(full, reason(message, full)),
      "FILE"
  end
  return file, full
end

--- Reads a file whole and remembers it as part of the campaign.
-- @tparam string path relative to the script's folder
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `FILE`
function content_methods:read(path)
  local known = self.files[path]
  if known and known.content then
    return known.content
  elseif self.is_stored then
    return nil, path .. " is not among the files stored with the campaign",
      "FILE"
  end
  local file, message, code = open(self, path)
  if not file then
    return nil, message, code
  end
  local text, problem = file:read(LARGEST + 1)
  file:close()
  if problem then -- a folder opens, but does not read
    return nil, ("cannot read %s: %s"):format(message, problem), "FILE"
  elseif text and #text > LARGEST then
    return nil, message .. " is larger than 8 MiB", "FILE"
  end
  text = text or ""
  self.files[path] =
    { path = path, digest = core.text.sha256(text), content = text }
  return text
end

--- Opens a csv file; what is read of it becomes part of the digest.
-- @tparam string path relative to the script's folder
-- @treturn[1] function gives the next piece of text, nil at the end
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `FILE`
function content_methods:open_csv(path)
  if self.is_stored then
    return nil, path .. ": csv files are not stored with a campaign", "FILE"
  end
  local file, message, code = open(self, path)
  if not file then
    return nil, message, code
  end
  local _, problem = file:read(0)
  if problem then
    file:close()
    return nil, ("cannot read %s: %s"):format(message, problem), "FILE"
  end
  local entry = { path = path, digest = core.text.sha256("csv") }
  self.files[path] = entry
  local read = csv.from_file(file, function(chunk)
    entry.digest = core.text.sha256(entry.digest .. chunk)
  end)
  return function()
    local chunk = file and read()
    if file and not chunk then
      file:close()
      file = nil
    end
    return chunk
  end
end

--- All files read so far, by path.
-- @treturn table array of `{ path =, digest =, content = }`
function content_methods:list()
  local list = {}
  for _, file in pairs(self.files) do
    list[#list + 1] = file
  end
  table.sort(list, function(a, b)
    return a.path < b.path
  end)
  return list
end

--- The digest of all files read so far.
-- @treturn string hexadecimal SHA-256
function content_methods:digest()
  local parts = {}
  for i, file in ipairs(self:list()) do
    parts[i] = file.path .. "\0" .. file.digest .. "\n"
  end
  return core.text.sha256(table.concat(parts))
end

return content

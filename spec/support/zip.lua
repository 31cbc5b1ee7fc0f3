-- Zip files as others make them, hostile ones too: every field of APPNOTE.TXT
-- (PKWARE's description of the format) can be given a wrong value.
local shell = require "support.shell"

local zip = {}

-- What gzip makes of a text: its deflated form, and the CRC-32 that zip uses
-- as well (RFC 1952).
local function gzipped(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  os.execute("gzip -9 -n -f " .. shell.quote(path))
  file = assert(io.open(path .. ".gz", "rb"))
  local bytes = file:read "*a"
  file:close()
  os.remove(path .. ".gz")
  return bytes:sub(11, -9), bytes:sub(-8, -5)
end

local function u16(n)
  return string.char(n % 256, math.floor(n / 256) % 256)
end

local function u32(n)
  return u16(n % 65536) .. u16(math.floor(n / 65536))
end

local function make_entry(given)
  local entry = { name = given.name, flags = given.flags or 0,
    method = given.is_deflated and 8 or 0, size = #(given.data or "") }
  local deflated, crc = gzipped(given.data or "")
  entry.packed = given.is_deflated and deflated or given.data or ""
  entry.crc = crc
  for name, value in pairs(given.wrong or {}) do
    entry[name] = value
  end
  entry.common = u16(20) .. u16(entry.flags) .. u16(entry.method) .. u16(0) .. u16(33)
    .. entry.crc .. u32(#entry.packed) .. u32(entry.size) .. u16(#entry.name) .. u16(0)
  return entry
end

--- Makes a zip file.
-- @tparam table entries each `{ name =, data =, is_deflated =, flags =,
--   wrong = { field = value } }`
-- @tparam ?integer count what the end says of their number
-- @treturn string
function zip.make(entries, count)
  local out, directory, at = {}, {}, 0
  for i, given in ipairs(entries) do
    local entry = make_entry(given)
    local whole = "PK\3\4" .. entry.common .. entry.name .. entry.packed
    out[i] = whole
    directory[i] = "PK\1\2" .. u16(20) .. entry.common .. u16(0) .. u16(0) .. u16(0)
      .. u32(0) .. u32(at) .. entry.name
    at = at + #whole
  end
  local central = table.concat(directory)
  count = count or #entries
  return table.concat(out) .. central .. "PK\5\6" .. u16(0) .. u16(0) .. u16(count)
    .. u16(count) .. u32(#central) .. u32(at) .. u16(0)
end

return zip

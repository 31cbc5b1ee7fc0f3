--- Text forms that the services speak: percent, form, base64, JSON, time.
-- @module crier.simulator.encoding
local encoding = {}

--- The JSON null, where a table needs one; lua-cjson's is written as such, too.
encoding.null = setmetatable({}, { __tostring = function() return "null" end })
local raw_mt = { __name = "crier.simulator.raw" }

--- Marks a text as JSON already, to be written as it is.
-- @tparam string text
-- @treturn table
function encoding.raw(text)
  return setmetatable({ text = text }, raw_mt)
end

local function from_hex(digits)
  return string.char(tonumber(digits, 16))
end

--- Undoes percent-encoding.
-- @tparam string text
-- @treturn string
function encoding.unescape(text)
  if not text:find("%", 1, true) then
    return text
  end
  return (text:gsub("%%(%x%x)", from_hex))
end

local function to_hex(character)
  return ("%%%02X"):format(character:byte())
end

--- Percent-encodes all but unreserved characters (RFC 3986 section 2.3).
-- @tparam string text
-- @treturn string
function encoding.escape(text)
  return (text:gsub("[^%w%-%._~]", to_hex))
end

--- Reads `a=b&c=d`, of a form or a query.
-- @tparam ?string text
-- @treturn table values by name
function encoding.parse_form(text)
  local values = {}
  for name, value in (text or ""):gmatch("([^&=]+)=?([^&]*)") do
    name = encoding.unescape((name:gsub("+", " ")))
    values[name] = encoding.unescape((value:gsub("+", " ")))
  end
  return values
end

local BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Encodes as base64 (RFC 4648 section 4).
-- @tparam string text
-- @treturn string
function encoding.to_base64(text)
  local out = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local bits = a * 65536 + (b or 0) * 256 + (c or 0)
    for place = 1, 4 do
      local divisor = 64 ^ (4 - place)
      local digit = math.floor(bits / divisor) % 64 + 1
      out[#out + 1] = BASE64:sub(digit, digit)
    end
    if not c then out[#out] = "=" end
    if not b then out[#out - 1] = "=" end
  end
  return table.concat(out)
end

--- Decodes base64; what is not of its alphabet is passed over.
-- @tparam string text
-- @treturn string
function encoding.from_base64(text)
  local out, bits, held = {}, 0, 0
  for character in text:gmatch("[%w+/]") do
    bits = bits * 64 + BASE64:find(character, 1, true) - 1
    held = held + 6
    if held >= 8 then
      held = held - 8
      local rest = bits % 2 ^ held
      out[#out + 1] = string.char(math.floor((bits - rest) / 2 ^ held))
      bits = rest
    end
  end
  return table.concat(out)
end

local SHORT = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape_control(character)
  return SHORT[character] or ("\\u%04x"):format(character:byte())
end

--- Writes a text as a JSON string.
-- @tparam string text
-- @treturn string
function encoding.quote(text)
  if text:find('[%c"\\]') then
    text = text:gsub('[%c"\\]', escape_control)
  end
  return '"' .. text .. '"'
end

local write

local function write_array(value)
  local out = {}
  for i = 1, #value do
    out[i] = write(value[i])
  end
  return "[" .. table.concat(out, ",") .. "]"
end

local function write_object(value)
  local names = {}
  for name in pairs(value) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    names[i] = encoding.quote(name) .. ":" .. write(value[name])
  end
  return "{" .. table.concat(names, ",") .. "}"
end

function write(value)
  local kind = type(value)
  if kind == "string" then
    return encoding.quote(value)
  elseif kind == "number" then
    return value % 1 == 0 and ("%.0f"):format(value) or ("%.14g"):format(value)
  elseif kind == "boolean" then
    return tostring(value)
  elseif value == nil or value == encoding.null or kind == "userdata" then
    return "null"
  elseif getmetatable(value) == raw_mt then
    return value.text
  end
  return value[1] ~= nil and write_array(value) or write_object(value)
end

--- Writes a value as JSON, the names of an object in order, so that the same
-- value is the same text.  An empty table is an object; an empty array is
-- `raw "[]"`.
-- @param value
-- @treturn string
encoding.json = write

--- Writes a point in time.
-- @tparam number at_ms Unix time in milliseconds
-- @treturn string such as `2027-01-31T09:15:02.123Z`
function encoding.iso_time(at_ms)
  local whole_ms = math.floor(at_ms)
  local ms = whole_ms % 1000
  return os.date("!%Y-%m-%dT%H:%M:%S", (whole_ms - ms) / 1000) .. (".%03dZ"):format(ms)
end

local DAYS = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
  "Dec" }

--- Writes a point in time as HTTP does (RFC 9110 section 5.6.7).
-- @tparam number second whole, Unix time
-- @treturn string such as `Sun, 06 Nov 1994 08:49:37 GMT`
function encoding.http_date(second)
  local day, month = os.date("!%w", second), os.date("!%m", second)
  return DAYS[tonumber(day) + 1] .. os.date("!, %d ", second) .. MONTHS[tonumber(month)]
    .. os.date("! %Y %H:%M:%S GMT", second)
end

--- Counts the bytes that UTF-8 text takes in UTF-16.
-- @tparam string text
-- @treturn number
function encoding.utf16_bytes(text)
  local _, continuations = text:gsub("[\128-\191]", "")
  local _, astral = text:gsub("[\240-\247]", "")
  return (#text - continuations + astral) * 2
end

return encoding

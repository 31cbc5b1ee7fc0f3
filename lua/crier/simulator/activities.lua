--- Activities as they arrive: what is wrong with one, and what it is.
-- @module crier.simulator.activities
local cjson = require("cjson.safe").new()
cjson.decode_invalid_numbers(false)

local encoding = require("crier.simulator.encoding")

local activities = {}

-- "About 100 KB, measured in UTF-16".
local LARGEST_BYTES = 100 * 1024

-- For Lua without the utf8 library; classes of bytes take 20 times as long.
local function is_utf8(text)
  if not text:find("[\128-\255]") then
    return true
  end
  local rest = text:gsub("[\194-\223][\128-\191]", " ")
  rest = rest:gsub("[\225-\239][\128-\191][\128-\191]", " ")
  rest = rest:gsub("\224[\160-\191][\128-\191]", " ")
  rest = rest:gsub("[\240-\244][\128-\191][\128-\191][\128-\191]", " ")
  return not rest:find("[\128-\255]")
end
is_utf8 = utf8 and utf8.len or is_utf8 -- luacheck: ignore 113

-- cjson reads `{}` and `[]` alike, so the text itself is asked.
local function is_object(body, name)
  local _, last = body:find('"' .. name .. '"', 1, true)
  return last ~= nil and body:find("^%s*:%s*{", last + 1) ~= nil
end

--- Reads a JSON object.
-- @tparam ?string body
-- @treturn ?table nil when it is none
function activities.object(body)
  local value = body and is_utf8(body) and body:find("^%s*{") and cjson.decode(body)
  return type(value) == "table" and value or nil
end

--- Tells whether a text is more than Teams takes.
-- @tparam string body
-- @treturn boolean
function activities.is_too_large(body)
  return #body * 2 > LARGEST_BYTES and encoding.utf16_bytes(body) > LARGEST_BYTES
end

--- Reads an activity.
-- @tparam string body JSON text
-- @treturn[1] table activity
-- @treturn[2] nil
-- @treturn[2] string what is wrong with it
function activities.read(body)
  if not is_utf8(body) then
    return nil, "The request body is not UTF-8."
  end
  local activity = cjson.decode(body)
  if type(activity) ~= "table" or activity[1] ~= nil then
    return nil, "Invalid JSON in the request body."
  elseif type(activity.type) ~= "string" then
    return nil, "Missing activity type."
  elseif activity.attachments == nil then
    return activity
  elseif type(activity.attachments) ~= "table" or is_object(body, "attachments") then
    return nil, "The attachments of an activity are an array."
  end
  for _, attachment in ipairs(activity.attachments) do
    if type(attachment) ~= "table" or type(attachment.contentType) ~= "string" then
      return nil, "An attachment needs a contentType."
    end
  end
  return activity
end

--- Tells whether Teams makes two messages of an activity: it has text and an
-- attachment.
-- @tparam table activity
-- @treturn boolean
function activities.is_split(activity)
  return activity.type == "message" and type(activity.text) == "string"
    and activity.text:find("%S") ~= nil and activity.attachments ~= nil
    and activity.attachments[1] ~= nil
end

-- Where the string that begins at `at` ends.
local function string_end(text, at)
  repeat
    at = text:find('["\\]', at + 1)
    if at and text:byte(at) == 92 then -- a backslash and what it escapes
      at = at + 1
    else
      return at
    end
  until false
end

-- Where the value that begins at `at` with a bracket ends.
local function value_end(text, at)
  local depth = 0
  while at do
    local byte = text:byte(at)
    if byte == 34 then
      at = string_end(text, at)
    elseif byte == 123 or byte == 91 then
      depth = depth + 1
    else
      depth = depth - 1
      if depth == 0 then
        return at
      end
    end
    at = at and text:find('["{}%[%]]', at + 1)
  end
  return nil
end

--- Cuts the object of a name out of a JSON object, as it was written.
-- @tparam string text valid JSON
-- @tparam string wanted name, in lower-case letters; any case matches
-- @treturn ?string
function activities.cut(text, wanted)
  local at = text:find("{", 1, true)
  at = at and text:find('["}]', at + 1)
  while at and text:byte(at) == 34 do
    local last = string_end(text, at)
    local name = text:sub(at + 1, last - 1)
    local first = text:find("[^%s:]", last + 1)
    local byte = text:byte(first)
    local ends
    if byte == 34 then
      ends = string_end(text, first)
    elseif byte == 123 or byte == 91 then
      ends = value_end(text, first)
    else
      ends = text:find("[,}]", first) - 1
    end
    if name:lower() == wanted and byte == 123 then
      return text:sub(first, ends)
    end
    at = text:find('["}]', ends + 1)
  end
  return nil
end

return activities

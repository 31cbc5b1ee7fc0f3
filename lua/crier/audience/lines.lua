--- What files of people have in common: text that is read by pieces and cut into
-- lines, and the names under which a person stands in it.
-- @module crier.audience.lines
local lines = {}

--- The longest row.
lines.MOST_BYTES = 32768

--- Names under which a person may stand, in lower case, the first one first.
lines.PERSON = { "id", "upn", "userprincipalname", "mail" }

local BOM = "\239\187\191"

--- Text without a byte-order mark.
-- @tparam string text
-- @treturn string
function lines.without_bom(text)
  return text:sub(1, #BOM) == BOM and text:sub(#BOM + 1) or text
end

--- Whether a file that begins so is UTF-16.
-- @tparam string text
-- @treturn boolean
function lines.is_utf16(text)
  return text:find "^\255\254" ~= nil or text:find "^\254\255" ~= nil
end

-- The characters of more than one byte, RFC 3629, section 4.
local TAIL = "[\128-\191]"
local CHARACTERS = { "^[\194-\223]" .. TAIL, "^[\225-\236\238\239]" .. TAIL .. TAIL,
  "^\224[\160-\191]" .. TAIL, "^\237[\128-\159]" .. TAIL,
  "^\240[\144-\191]" .. TAIL .. TAIL, "^[\241-\243]" .. TAIL .. TAIL .. TAIL,
  "^\244[\128-\143]" .. TAIL .. TAIL }

local function character_end(text, at)
  for i = 1, #CHARACTERS do
    local _, stop = text:find(CHARACTERS[i], at)
    if stop then
      return stop
    end
  end
end

--- Whether text is UTF-8.
-- @tparam string text
-- @treturn boolean
function lines.is_utf8(text)
  if not text:find("[\128-\255]") then
    return true
  end
  local at = 1
  while true do
    at = text:find("[\128-\255]", at)
    if not at then
      return true
    end
    local stop = character_end(text, at)
    if not stop then
      return false
    end
    at = stop + 1
  end
end

--- Text without blanks around it.
-- @tparam string text
-- @treturn string
function lines.trim(text)
  local from = text:match "^%s*()"
  return text:match(".*%S", from) or "" -- one pass back: `%s+$` takes n^2
end

--- Methods of a reader `{ read = function, text = "", at = 1, line = 1 }`, which
-- holds at most `MOST_BYTES` and a piece.
lines.methods = {}

--- Where the line that begins at `from` ends, nil at the end of the file; and
-- where it begins, now that more was read. A line that is too long is cut.
function lines.methods:line_end(from)
  while true do
    local stop = self.text:find("\n", from, true)
    if stop then
      return stop, from
    end
    local chunk = self.read()
    self.text = self.text:sub(self.at, from + lines.MOST_BYTES) .. (chunk or "")
    self.at, from = 1, from - self.at + 1
    if not chunk then
      return nil, from
    end
  end
end

--- The next line without its end, and its number; nil at the end.
function lines.methods:next_line()
  local stop = self:line_end(self.at)
  if not stop and self.at > #self.text then
    return nil
  end
  local text, line = self.text:sub(self.at, (stop or #self.text + 1) - 1), self.line
  self.at, self.line = (stop or #self.text) + 1, line + 1
  return (text:gsub("\r$", "")), line
end

return lines

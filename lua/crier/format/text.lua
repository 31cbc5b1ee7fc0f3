--- Text for people: numbers, and lines that fit a terminal.
-- @module crier.format.text
local text = {}

--- A whole number with thousands separators: `12,345`.
-- @tparam number n is rounded
-- @treturn string
function text.number(n)
  local sign, digits = ("%.0f"):format(n):match "^(-?)(%d+)$"
  digits = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return sign .. digits:gsub("^,", "")
end

--- A text without the blanks around it, in the time of its length: `^%s*(.-)%s*$` takes
-- the square of it where there are many blanks inside.
-- @tparam string any
-- @treturn string
function text.trim(any)
  return any:find "%S" and any:match "^%s*(.*%S)" or ""
end

--- A count with its noun: `1 person`, `2,000 people`.
-- @tparam integer n
-- @tparam string one noun for 1
-- @tparam ?string many noun for all others; default: `one` and an s
-- @treturn string
function text.count(n, one, many)
  return text.number(n) .. " " .. (n == 1 and one or many or one .. "s")
end

--- Whether a terminal shows UTF-8, by the locale's variables.
-- @tparam[opt=os.getenv] function getenv
-- @treturn boolean
function text.is_utf8(getenv)
  getenv = getenv or os.getenv
  for _, name in ipairs { "LC_ALL", "LC_CTYPE", "LANG" } do
    local value = getenv(name)
    if value and value ~= "" then
      return value:lower():find "utf%-?8" ~= nil
    end
  end
  return false
end

-- Ranges of characters that take no column, or two (Unicode's East Asian
-- Width, coarsely).
local NONE = { { 0x300, 0x36F }, { 0x200B, 0x200F }, { 0xFE00, 0xFE0F } }
local TWO = { { 0x1100, 0x115F }, { 0x2E80, 0xA4CF }, { 0xAC00, 0xD7A3 },
  { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 },
  { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1FAFF }, { 0x20000, 0x3FFFD } }

local function is_in(ranges, code)
  for _, range in ipairs(ranges) do
    if code >= range[1] and code <= range[2] then
      return true
    end
  end
  return false
end

local function columns(character)
  local first = character:byte()
  if first < 0x80 then
    return 1
  end
  local code = first >= 0xF0 and first - 0xF0 or first >= 0xE0 and first - 0xE0
    or first >= 0xC0 and first - 0xC0 or 0
  for i = 2, #character do
    code = code * 64 + character:byte(i) - 0x80
  end
  return is_in(NONE, code) and 0 or is_in(TWO, code) and 2 or 1
end

-- Each character of UTF-8 text; a stray byte goes with the one before it.
local CHARACTER = "[%z\1-\127\192-\255][\128-\191]*"

--- Columns that UTF-8 text takes on a terminal.
-- @tparam string line
-- @treturn integer
function text.width(line)
  if not line:find "[\128-\255]" then
    return #line
  end
  local sum = 0
  for character in line:gmatch(CHARACTER) do
    sum = sum + columns(character)
  end
  return sum
end

--- Cuts UTF-8 text to a number of columns; no character is split.
-- @tparam string line
-- @tparam integer width columns
-- @tparam[opt=""] string mark what a cut line ends with
-- @treturn string
function text.cut(line, width, mark)
  if text.width(line) <= width then
    return line
  end
  mark = mark or ""
  local room, kept = width - text.width(mark), {}
  for character in line:gmatch(CHARACTER) do
    room = room - columns(character)
    if room < 0 then
      break
    end
    kept[#kept + 1] = character
  end
  return table.concat(kept) .. mark
end

--- Breaks text between words; a word that is too long has a line of its own.
-- @tparam string long
-- @tparam integer width columns, the indent included
-- @tparam[opt=""] string indent before each line
-- @treturn {string,...} lines
function text.wrap(long, width, indent)
  indent = indent or ""
  local lines, line = {}, nil
  for word in long:gmatch "%S+" do
    local longer = line and line .. " " .. word or indent .. word
    if line and text.width(longer) > width then
      lines[#lines + 1] = line
      longer = indent .. word
    end
    line = longer
  end
  lines[#lines + 1] = line
  return lines
end

return text

--- Reads people from JSON lines: an object a line; a bad line is told apart and
-- does not spoil the others.
-- @module crier.audience.jsonl
local cjson = require "cjson.safe"
local lines = require "crier.audience.lines"

local jsonl = {}

local reader_mt = { __index = lines.methods }

-- The member that holds the person: the one that is named, or the first of the
-- usual ones, letter case aside.
local function person_of(row, wanted)
  if wanted then
    return row[wanted], wanted
  end
  local found = {}
  for name, value in pairs(row) do
    local key = type(name) == "string" and name:lower()
    if key and (not found[key] or name < found[key].name) then
      found[key] = { name = name, value = value }
    end
  end
  for _, key in ipairs(lines.PERSON) do
    if found[key] then
      return found[key].value, found[key].name
    end
  end
end

-- Who a line names; nil and what is wrong with it.
local function parse(text, wanted)
  if #text > lines.MOST_BYTES then
    return nil, ("longer than %d bytes"):format(lines.MOST_BYTES)
  elseif not lines.is_utf8(text) then
    return nil, "not UTF-8 text"
  end
  local row = text:find "^%s*{" and cjson.decode(text)
  if type(row) ~= "table" then
    return nil, "not a JSON object"
  end
  local who, name = person_of(row, wanted)
  if not name then
    return nil, "no member id, upn, userPrincipalName or mail"
  elseif type(who) ~= "string" or lines.trim(who) == "" then
    return nil, "no person in member " .. name
  end
  return lines.trim(who)
end

--- Reads all lines; empty ones are skipped.
-- @tparam function read gives the next piece of text, nil at the end
-- @tparam ?string wanted name of the person's member
-- @tparam function visit called with `(line, who, text)` for a good line, whose JSON
--   is `text`; with `(line, nil, message)` for a bad one; a text returned by it
--   ends the reading as a failure
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message: what is wrong with the file as a whole
-- @treturn[2] string code `CSV`
function jsonl.read(read, wanted, visit)
  local reader = setmetatable({ read = read, text = "", at = 1, line = 1 }, reader_mt)
  local text, line = reader:next_line()
  if text and lines.is_utf16(text) then
    return nil, "it is UTF-16: save it as UTF-8", "CSV"
  end
  text = text and lines.without_bom(text)
  while text do
    if text:find "%S" then
      local who, problem = parse(text, wanted)
      local enough = visit(line, who, who and text or problem)
      if enough then
        return nil, enough, "CSV"
      end
    end
    text, line = reader:next_line()
  end
  return true
end

return jsonl

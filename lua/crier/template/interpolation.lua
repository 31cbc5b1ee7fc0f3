--- Splits a string into literal text and `${…}` holes.
--
-- Lexical rules of Adaptive Expressions: a string without `${` is taken as it
-- is; in any other, `\$` is a dollar sign and ``\` `` a backtick; a `${` that no
-- `}` closes is text.
-- @module crier.template.interpolation
local expression = require "crier.template.expression"
local lexer = require "crier.template.lexer"

local interpolation = {}

local find, sub = string.find, string.sub

--- Unclosed `${` in one string beyond which it is refused: the search for the
-- end of each may read all of the string.
interpolation.MAX_OPEN = 16

local function is_object(text, at)
  return find(text, "^{%s*}", at) or find(text, "^{%s*['\"]", at)
    or find(text, "^{%s*[%a_#@$%%][%w_]*%s*:[^}]", at)
end

-- Finds the `}` of a hole. Quoted strings may hold anything; braces may only
-- come as an object, line ends and backticks not at all.
local function hole_end(text, at)
  local pos, depth = at + 2, 0
  while true do
    local stop = find(text, "[\r\n{}'\"`]", pos)
    local char = stop and sub(text, stop, stop)
    if char == "}" and depth == 0 then
      return stop > at + 2 and stop or nil
    elseif char == "}" then
      depth = depth - 1
    elseif char == "'" or char == '"' then
      stop = lexer.string_end(text, stop)
    elseif char == "{" and is_object(text, stop) then
      depth = depth + 1
    else
      return nil
    end
    if not stop then
      return nil
    end
    pos = stop + 1
  end
end

local function add_text(parts, text)
  parts.pending[#parts.pending + 1] = text
end

local function flush(parts)
  local text = table.concat(parts.pending)
  parts.pending = {}
  if text ~= "" then
    parts[#parts + 1] = text
  end
end

local function add_hole(parts, text, at)
  local stop = hole_end(text, at)
  if not stop then
    parts.open = parts.open or at
    parts.failed = parts.failed + 1
    if parts.failed > interpolation.MAX_OPEN then
      return nil, ("more than %d times ${ without an end"):format(
        interpolation.MAX_OPEN), at
    end
    add_text(parts, "$")
    return at + 1
  end
  local source = sub(text, at + 2, stop - 1)
  local node, message, offset = expression.parse(source)
  if not node then
    return nil, sub(text, at, stop) .. ": " .. message, at + 1 + offset
  end
  flush(parts)
  local keys = expression.keys(node)
  parts[#parts + 1] = {
    at = at,
    source = sub(text, at, stop),
    keys = keys,
    path = keys and expression.path(keys) or source:match "^%s*(.-)%s*$",
    node = node,
  }
  return stop + 1
end

--- Splits a string.
-- @tparam string text
-- @treturn[1] table array of strings and holes `{ at =, source =, path =, keys =, node = }`;
--   `open` is the offset of the first `${` that nothing closes
-- @treturn[2] boolean false: there is no `${` in the text
-- @treturn[3] nil
-- @treturn[3] string message
-- @treturn[3] integer byte offset in the text
function interpolation.split(text)
  if not find(text, "${", 1, true) then
    return false
  end
  local parts, pos = { pending = {}, failed = 0 }, 1
  while true do
    local stop = find(text, "[$\\`]", pos)
    add_text(parts, sub(text, pos, (stop or 0) - 1))
    if not stop then
      flush(parts)
      return parts
    end
    local two = sub(text, stop, stop + 1)
    if two == "${" then
      local message, offset
      pos, message, offset = add_hole(parts, text, stop)
      if not pos then
        return nil, message, offset
      end
    elseif two == "\\$" or two == "\\`" then
      add_text(parts, sub(two, 2))
      pos = stop + 2
    elseif two == "\\" then
      return nil, "text with ${ cannot end in a backslash", stop
    elseif sub(two, 1, 1) == "`" then
      return nil, "in text with ${ a backtick is written \\`", stop
    else
      add_text(parts, sub(two, 1, 1))
      pos = stop + 1
    end
  end
end

return interpolation

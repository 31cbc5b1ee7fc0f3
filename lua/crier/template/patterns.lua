--- Regular expressions as templates use them, over `find` of `crier.core.pattern`.
-- @module crier.template.patterns
local patterns = {}

-- What may follow a backslash in a pattern that all implementations share.
local ESCAPED = "[^%w]"
local SHARED = "[acefnrtxdDpPsSwWQE]"

-- Tells what keeps a pattern from being one that all implementations share:
-- anchors such as \b, look-ahead and back references.
local function foreign(pattern)
  local at = 1
  while true do
    at = pattern:find("[\\(]", at)
    if not at then
      return nil
    elseif pattern:sub(at, at) == "\\" then
      local char = pattern:sub(at + 1, at + 1)
      if not (char:find(ESCAPED) or char:find(SHARED)
          or pattern:find("^[0-7][0-7]", at + 1)) then
        return "\\" .. char
      end
      at = at + 2
    elseif pattern:find("^%(%?", at) and not pattern:find("^%(%?:", at)
      and not pattern:find("^%(%?<[%a_][%w_]*>", at)
      and not pattern:find("^%(%?[ims]+%)", at) then
      return pattern:match("^%(%?.?", at)
    else
      at = at + 1
    end
  end
end

--- Looks for a match.
-- @tparam function find of `crier.core.pattern`
-- @tparam string pattern
-- @tparam string flags of `i`, `m`, `s`
-- @tparam string text
-- @treturn[1] boolean
-- @treturn[2] nil
-- @treturn[2] string message
function patterns.match(find, pattern, flags, text)
  local what = foreign(pattern)
  if what then
    return nil, ("%s is not part of the patterns of templates"):format(what)
  end
  local found, err = find(pattern, flags, text)
  if err then
    return nil, err
  end
  return found ~= false
end

-- `$1` and the like in what is put in.
local function expand(new, text, found)
  local function group(index)
    if index == 0 or not found[2 * index + 1] then
      return index > 0 and found[2 * index + 1] == false and "" or nil
    end
    return text:sub(found[2 * index + 1], found[2 * index + 2])
  end
  local out, at = {}, 1
  while true do
    local stop = new:find("$", at, true)
    out[#out + 1] = new:sub(at, (stop or 0) - 1)
    if not stop then
      return table.concat(out)
    end
    local sign, digits = new:sub(stop + 1, stop + 1), new:match("^%d%d?", stop + 1)
    local whole = digits and group(tonumber(digits))
    local first = digits and not whole and group(tonumber(digits:sub(1, 1)))
    local piece, size = "$", 1
    if sign == "$" then
      piece, size = "$", 2
    elseif sign == "&" then
      piece, size = text:sub(found[1], found[2]), 2
    elseif sign == "`" then
      piece, size = text:sub(1, found[1] - 1), 2
    elseif sign == "'" then
      piece, size = text:sub(found[2] + 1), 2
    elseif whole or first then
      piece, size = whole or first, 1 + (whole and #digits or 1)
    end
    out[#out + 1] = piece
    at = stop + size
  end
end

-- The offset after one character.
local function past(text, at)
  return text:match("^[%z\1-\127\194-\244][\128-\191]*()", at) or at + 1
end

--- Replaces every match.
-- @tparam function find of `crier.core.pattern`
-- @tparam string pattern
-- @tparam string flags of `i`, `m`, `s`
-- @tparam string text
-- @tparam string new with `$1`, `$&`, `$$` and the like
-- @tparam integer limit bytes of a result
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
function patterns.replace(find, pattern, flags, text, new, limit)
  local out, size, at, start = {}, 0, 1, 1
  while start <= #text + 1 do
    local found, err = find(pattern, flags, text, start)
    if err then
      return nil, err
    elseif not found then
      break
    end
    local piece = expand(new, text, found)
    out[#out + 1] = text:sub(at, found[1] - 1)
    out[#out + 1] = piece
    size = size + #piece + #out[#out - 1]
    if size > limit then
      return nil, ("the text would be longer than %d bytes"):format(limit)
    end
    at = found[2] + 1
    start = found[2] < found[1] and past(text, at) or at
  end
  out[#out + 1] = text:sub(at)
  return table.concat(out)
end

return patterns

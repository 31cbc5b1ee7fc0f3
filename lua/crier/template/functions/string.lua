--- Text, counted in UTF-16 units as JavaScript counts it.
-- @module crier.template.functions.string
local casing = require "crier.template.casing"
local semantics = require "crier.template.semantics"
local utf16 = require "crier.template.utf16"
local utf8text = require "crier.template.utf8text"
local value = require "crier.template.value"
local verify = require "crier.template.functions.verify"

local group = {}

local find, sub = string.find, string.sub
local huge = math.huge

local function or_empty(any)
  return type(any) == "string" and any or ""
end

-- A text, and perhaps a locale.
local function transform(fn, most)
  return { least = 1, most = most or 2, returns = "s", takes = "s*",
    verify = verify.text_or_undefined, fn = function(args, env)
      return fn(utf8text.repair(or_empty(args[1])), args[2] or env.locale)
    end }
end

-- Drops the blanks at the end: in the time of the text's length, which a `.-` in front of
-- them squares.
local function trim_end(text)
  return text:match "^.*[^\9-\13 ]" or ""
end

--- Drops the blanks at both ends, as JavaScript knows them.
local function trim(text)
  text = trim_end(text:match "^[\9-\13 ]*(.*)$")
  while true do
    local char = text:match "^[\194-\239][\128-\191]+"
    if not char or not casing.is_blank(char) then
      break
    end
    text = text:sub(#char + 1):match "^[\9-\13 ]*(.*)$"
  end
  while true do
    local char = text:match "[\194-\239][\128-\191]+$"
    if not char or #char > 3 or not casing.is_blank(char) then
      return text
    end
    text = trim_end(text:sub(1, -#char - 1))
  end
end

group.trim = transform(trim, 1)
group.toLower = transform(casing.lower)
group.toUpper = transform(casing.upper)

group.sentenceCase = transform(function(text, locale)
  local char, rest = casing.first(casing.lower(text, locale))
  return casing.upper(char) .. rest
end)

-- JavaScript's \w is ASCII alone: a word begins at such a letter.
group.titleCase = transform(function(text, locale)
  return (casing.lower(text, locale):gsub("([A-Za-z0-9_])([^%s]*)",
    function(char, rest)
      return char:upper() .. rest
    end))
end)

local function two_texts(least, returns, fn)
  return { least = least, most = 2, returns = returns, takes = "ss",
    verify = verify.text_or_undefined, fn = function(args)
      return fn(or_empty(args[1]), or_empty(args[2]))
    end }
end

group.startsWith = two_texts(2, "b", function(text, start)
  return sub(text, 1, #start) == start
end)

group.endsWith = two_texts(2, "b", function(text, stop)
  return stop == "" or sub(text, -#stop) == stop
end)

group.split = two_texts(1, "a", function(text, separator)
  if separator == "" then
    return value.array(utf16.list(text))
  end
  local out, pos = {}, 1
  while true do
    local from, to = find(text, separator, pos, true)
    out[#out + 1] = sub(text, pos, (from or 0) - 1)
    if not from then
      return value.array(out)
    end
    pos = to + 1
  end
end)

local function one_text(returns, fn)
  return { least = 1, most = 1, returns = returns, takes = "s",
    verify = verify.text_or_undefined, fn = function(args)
      return fn(or_empty(args[1]))
    end }
end

group.length = one_text("n", utf16.length)

group.countWord = one_text("n", function(text)
  text = trim(text)
  local words = 1
  for _ in text:gmatch "[\9-\13 ]+" do
    words = words + 1
  end
  return words
end)

group.replace = { least = 3, most = 3, returns = "s", takes = "s*",
  verify = verify.text_or_undefined, fn = function(args)
    local text, old, new = or_empty(args[1]), or_empty(args[2]),
      or_empty(args[3])
    if old == "" then
      return nil, "replace needs something to look for"
    end
    local out, pos, size = {}, 1, 0
    while true do
      local from, to = find(text, old, pos, true)
      out[#out + 1] = sub(text, pos, (from or 0) - 1)
      size = size + #out[#out] + #new
      if not from then
        return table.concat(out, new)
      elseif size > value.MAX_BYTES then
        return nil, semantics.too_long()
      end
      pos = to + 1
    end
  end }

group.concat = { least = 1, most = huge, returns = "sa", is_concat = true,
  fn = function(args, _, n)
    local result = args[1]
    for i = 2, n do
      local err
      local first, second = result, args[i]
      local is_first, is_second =
        semantics.is_array(first), semantics.is_array(second)
      if semantics.is_nothing(first) and semantics.is_nothing(second) then
        result = nil
      elseif semantics.is_nothing(first) and is_second then
        result = second
      elseif is_first and semantics.is_nothing(second) then
        result = first
      elseif is_first and is_second then
        result = {}
        for _, list in ipairs { first, second } do
          for j = 1, #list do
            result[#result + 1] = list[j]
          end
        end
        value.array(result)
      else
        first, err = semantics.joined(first)
        if first then
          second, err = semantics.joined(second)
        end
        if not first or not second then
          return nil, err
        elseif #first + #second > value.MAX_BYTES then
          return nil, semantics.too_long()
        end
        result = first .. second
      end
    end
    return result
  end }

group.substring = { least = 2, most = 3, returns = "s", takes = "snn",
  fn = function(args, _, n)
    local text, start, length = args[1], args[2], args[3]
    if text == nil then
      return ""
    elseif type(text) ~= "string" then
      return nil, semantics.shown(text) .. " is not a text"
    end
    local size = utf16.length(text)
    if n == 2 then
      length = semantics.is_integer(start) and size - start
    end
    if not semantics.is_integer(start) or not semantics.is_integer(length) then
      return nil, "substring takes whole numbers"
    elseif start < 0 or length < 0 or start + length > size then
      return nil, ("%d characters from %d are out of range of %s"):format(
        length, start, semantics.shown(text))
    end
    return utf16.slice(text, start, start + length)
  end }

-- Where a text or an item is first or last, from 0; -1 if nowhere.
local function index(search_text, search_list)
  return { least = 2, most = 2, returns = "n", takes = "[sa]o",
    fn = function(args)
      local any, what = args[1], args[2]
      if semantics.is_nothing(any) or type(any) == "string" then
        if what ~= nil and type(what) ~= "string" then
          return nil, "in a text one looks for a text"
        end
        local at = search_text(or_empty(any), or_empty(what))
        return at and utf16.index(or_empty(any), at) or -1
      elseif semantics.is_array(any) then
        return search_list(any, what)
      end
      return nil, semantics.shown(any) .. " is neither a text nor a list"
    end }
end

-- JavaScript's ===: tables are equal to themselves alone.
local function search(list, what, first, last, step)
  for i = first, last, step do
    if list[i] == what and (type(what) ~= "table" or rawequal(list[i], what)) then
      return i - 1
    end
  end
  return -1
end

group.indexOf = index(function(text, what)
  return find(text, what, 1, true)
end, function(list, what)
  return search(list, what, 1, #list, 1)
end)

group.lastIndexOf = index(function(text, what)
  -- The search of the reference begins one before the end.
  if what == "" then
    return math.max(#text, 1)
  end
  for at = #text - #what + 1, 1, -1 do
    if sub(text, at, at + #what - 1) == what then
      return at
    end
  end
end, function(list, what)
  return search(list, what, #list, 1, -1)
end)

group.addOrdinal = { least = 1, most = 1, returns = "s", takes = "n",
  verify = verify.integer, fn = function(args)
    local number = args[1]
    local text, ending = semantics.number_text(number), "th"
    if number <= 0 then
      return text
    end
    local tens = number % 100
    if tens < 11 or tens > 13 then
      ending = ({ "st", "nd", "rd" })[number % 10] or "th"
    end
    return text .. ending
  end }

group.EOL = { least = 0, most = 0, returns = "s", fn = function()
  return "\n"
end }

group.newGuid = { least = 0, most = 0, returns = "s", fn = function(_, env)
  return (("xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx"):gsub("[xy]", function(kind)
    local digit = math.floor(env.random() * (kind == "x" and 16 or 4))
    return ("%x"):format(kind == "x" and digit or digit + 8)
  end))
end }

return group

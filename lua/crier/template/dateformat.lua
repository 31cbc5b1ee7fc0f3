--- Dates as text: the custom formats of .NET, with what the reference
-- implementation makes of them.
-- @module crier.template.dateformat
local locales = require "crier.template.locales"

local dateformat = {}

--- What is written when no format is given: as JavaScript's `toISOString`.
dateformat.DEFAULT = "YYYY-MM-DDTHH:mm:ss.SSS[Z]"
--- The same without the zone.
dateformat.LOCAL = "YYYY-MM-DDTHH:mm:ss.SSS0000"

-- Runs of .NET's letters, longest counted, and dayjs's for them; false: refused.
local LETTERS = {
  d = { "D", "DD", "ddd", "dddd" }, f = { false, false, "SSS" },
  F = { false, false, "SSS" }, g = { false }, h = { "h", "hh" },
  H = { "H", "HH" }, m = { "m", "mm" }, M = { "M", "MM", "MMM", "MMMM" },
  s = { "s", "ss" }, t = { "A", "A" }, y = { "YY", "YY", "YYYY", "YYYY" },
  z = { "ZZ", "ZZ", "Z" },
}

local QUOTES = { ["'"] = true, ["`"] = true }
local UNSUPPORTED = { R = true, r = true, U = true, u = true }

--- Translates a format of .NET to one of dayjs.
-- @tparam string format
-- @treturn string the same format where it cannot be translated
function dateformat.translate(format)
  if format == "" then
    return dateformat.DEFAULT
  elseif UNSUPPORTED[format] then
    return format
  end
  local given = (format == "O" or format == "o")
    and "YYYY-MM-DDTHH:mm:ss.SSS0000Z" or format
  local out, at = {}, 1
  while at <= #given do
    local char = given:sub(at, at)
    local forms = LETTERS[char]
    if forms then
      local run = given:match("^" .. char .. "+", at)
      local form = forms[math.min(#run, #forms)]
      if not form then
        return format
      end
      out[#out + 1], at = form, at + #run
    elseif QUOTES[char] then
      local stop = given:find(char, at + 1, true)
      if not stop then
        return format
      end
      out[#out + 1], at = given:sub(at + 1, stop - 1), stop + 1
    elseif char == "\\" then
      if at == #given then
        return format
      end
      local next_char = given:match("^[%z\1-\127\194-\244][\128-\191]*", at + 1)
        or ""
      out[#out + 1], at = next_char, at + 1 + #next_char
    else
      out[#out + 1] = char == "K" and "Z" or char ~= "%" and char or ""
      at = at + 1
    end
  end
  return table.concat(out)
end

local function cut(text, count)
  return text:match("^" .. ("[%z\1-\127\194-\244][\128-\191]*"):rep(count)) or text
end

local function zone_text(offset, colon)
  local minutes = math.floor(math.abs(offset))
  return ("%s%02d%s%02d"):format(offset >= 0 and "+" or "-",
    math.floor(minutes / 60), colon, minutes % 60)
end

local TOKENS = {}

function TOKENS.YYYY(f) return ("%04d"):format(f.year) end
function TOKENS.YY(f) return ("%02d"):format(f.year % 100) end
function TOKENS.M(f) return ("%d"):format(f.month) end
function TOKENS.MM(f) return ("%02d"):format(f.month) end
function TOKENS.MMM(f, names)
  return names.short_months and names.short_months[f.month]
    or cut(names.months[f.month], 3)
end
function TOKENS.MMMM(f, names, format)
  local months = names.months_of_day and format:find("D MMMM", 1, true)
    and names.months_of_day or names.months
  return months[f.month]
end
function TOKENS.D(f) return ("%d"):format(f.day) end
function TOKENS.DD(f) return ("%02d"):format(f.day) end
function TOKENS.d(f) return ("%d"):format(f.weekday) end
function TOKENS.dd(f, names) return cut(names.weekdays[f.weekday + 1], 2) end
function TOKENS.ddd(f, names)
  return names.short_weekdays and names.short_weekdays[f.weekday + 1]
    or cut(names.weekdays[f.weekday + 1], 3)
end
function TOKENS.dddd(f, names) return names.weekdays[f.weekday + 1] end
function TOKENS.H(f) return ("%d"):format(f.hour) end
function TOKENS.HH(f) return ("%02d"):format(f.hour) end
function TOKENS.h(f) return ("%d"):format((f.hour + 11) % 12 + 1) end
function TOKENS.hh(f) return ("%02d"):format((f.hour + 11) % 12 + 1) end
function TOKENS.A(f, names) return f.hour < 12 and names.am or names.pm end
function TOKENS.a(f, names) return TOKENS.A(f, names):lower() end
function TOKENS.m(f) return ("%d"):format(f.minute) end
function TOKENS.mm(f) return ("%02d"):format(f.minute) end
function TOKENS.s(f) return ("%d"):format(f.second) end
function TOKENS.ss(f) return ("%02d"):format(f.second) end
function TOKENS.SSS(f) return ("%03d"):format(f.ms) end
function TOKENS.Z(f) return zone_text(f.offset, ":") end
function TOKENS.ZZ(f) return zone_text(f.offset, "") end

-- How many of a letter make one token, most first.
local RUNS = { Y = { 4, 2 }, M = { 4, 3, 2, 1 }, D = { 2, 1 }, d = { 4, 3, 2, 1 },
  H = { 2, 1 }, h = { 2, 1 }, a = { 1 }, A = { 1 }, m = { 2, 1 }, s = { 2, 1 },
  Z = { 2, 1 }, S = { 3 } }

local function token_at(format, at)
  local char = format:sub(at, at)
  for _, count in ipairs(RUNS[char] or {}) do
    local token = char:rep(count)
    if format:sub(at, at + count - 1) == token then
      return token
    end
  end
end

--- Writes a date.
-- @tparam table fields of `crier.template.calendar`
-- @tparam string format of dayjs
-- @tparam ?string locale its first two letters count; English if it is unknown
-- @treturn string
function dateformat.write(fields, format, locale)
  local names = locales[(locale or "en"):sub(1, 2):lower()] or locales.en
  local out, at = {}, 1
  while at <= #format do
    local literal = format:match("^%[([^%]]+)%]", at)
    local token = not literal and token_at(format, at)
    if literal then
      out[#out + 1], at = literal, at + #literal + 2
    elseif token then
      out[#out + 1] = TOKENS[token](fields, names, format)
      at = at + #token
    else
      out[#out + 1], at = format:sub(at, at), at + 1
    end
  end
  return table.concat(out)
end

return dateformat

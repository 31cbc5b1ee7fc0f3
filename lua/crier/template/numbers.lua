--- Numbers as people read them, with the locales of the reference
-- implementation; any other locale is written as English.
-- @module crier.template.numbers
local semantics = require "crier.template.semantics"

local numbers = {}

local NBSP = "\194\160"
local ARABIC = { decimal = "\217\171", thousands = "\217\172", zero = "\217\160" }
local COMMA = { decimal = ",", thousands = "." }
local SPACE = { decimal = ",", thousands = NBSP }
local ENGLISH = { decimal = ".", thousands = "," }

local LOCALES = {
  [COMMA] = "ar-MA it-IT ca-ES es-ES ar-DZ nl-NL es-BO ar-TN pt-BR ar-LY pl-PL"
    .. " mk-MK de-DE",
  [SPACE] = "uk-UA sv-SE fi-FI cs-CZ fr-CA ru-RU hu-HU fr-FR",
  [{ decimal = ",", thousands = "'" }] = "de-CH",
  [{ decimal = ".", thousands = ",", is_indian = true }] = "en-IN",
  [ARABIC] = "ar-BH ar-PS ar-EG ar-IQ ar-AE ar-MR ar-TD ar-SY ar-JO ar-ER ar-LB"
    .. " ar-YE ar-SS ar-SO ar-DJ ar-SD ar-001 ar-SA ar-KW ar-QA ar-IL ar-OM"
    .. " ar-KM",
}

local by_name = {}
for form, names in pairs(LOCALES) do
  for name in names:gmatch "%S+" do
    by_name[name] = form
  end
end

local function group(digits, form)
  local out, left = {}, #digits
  local size = 3
  while left > 0 do
    table.insert(out, 1, digits:sub(math.max(left - size + 1, 1), left))
    left = left - size
    size = form.is_indian and 2 or 3
  end
  return table.concat(out, form.thousands)
end

-- Another script's digits: each is the zero plus its value.
local function translate(text, form)
  if not form.zero then
    return text
  end
  return (text:gsub("%d", function(digit)
    return form.zero:sub(1, 1) .. string.char(form.zero:byte(2) + digit)
  end))
end

--- Whether a locale has a form of its own.
-- @tparam string locale
-- @treturn boolean
function numbers.is_known(locale)
  return by_name[locale] ~= nil
end

--- Writes a number with so many decimals and its thousands grouped.
-- @tparam number number
-- @tparam integer decimals 0 to 20
-- @tparam[opt] string locale
-- @treturn string
function numbers.format(number, decimals, locale)
  local form = by_name[locale] or ENGLISH
  if number ~= number then
    return "NaN"
  end
  local size = math.abs(number)
  local text
  if size >= 1e21 then
    text = semantics.number_text(size)
  else
    -- A locale may write the decimal point as another character.
    text = (("%%.%df"):format(math.min(decimals, 20))):format(size)
      :gsub("[^%d]", ".")
  end
  local whole, rest = text:match "^(%d+)(.*)$"
  if not whole then
    whole, rest = "", text
  end
  local fraction = rest:match "^%.(.*)$"
  text = translate(group(whole, form), form)
    .. (fraction and form.decimal .. translate(fraction, form) or rest)
  local is_zero = not text:find "[1-9]" and not form.zero and size < 1
  return number < 0 and not is_zero and "\226\136\146" .. text or text
end

--- Rounds first, as `Math.round` does, and then writes.
-- @tparam number number
-- @tparam number digits
-- @tparam[opt] string locale
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
function numbers.fixed(number, digits, locale)
  if not semantics.is_integer(digits) or digits < 0 then
    return nil, semantics.shown(digits) .. " is no number of decimals"
  end
  local scale = 10 ^ digits
  local scaled = number * scale
  local whole = scaled
  if scaled == scaled and math.abs(scaled) < 2 ^ 52 then
    whole = math.floor(scaled) + 0.0
    whole = scaled - whole >= 0.5 and whole + 1 or whole
  end
  return numbers.format(whole / scale, digits, locale)
end

return numbers

--- Languages of a message: which one somebody gets, and how numbers and dates are
-- written in it. A language is a tag of BCP 47, such as `fr` or `pt-BR`.
-- @module crier.campaign.language
local numbers = require "crier.template.numbers"

local language = {}

-- Other names of a language, deprecated or wider ones (IANA's registry).
local SAME = { no = "nb", iw = "he", ["in"] = "id", ji = "yi" }

-- How numbers are written, where neither the tag nor English tells.
local NUMBERS = { ca = "ca-ES", cs = "cs-CZ", da = "de-DE", de = "de-DE", es = "es-ES",
  fi = "fi-FI", fr = "fr-FR", hu = "hu-HU", it = "it-IT", mk = "mk-MK", nb = "sv-SE",
  nl = "nl-NL", pl = "pl-PL", pt = "pt-BR", ru = "ru-RU", sv = "sv-SE", uk = "uk-UA" }

-- Where Spanish has a decimal point (Unicode CLDR).
local WITH_POINT = {}
for region in ("419 DO GT HN MX NI PA PE PR SV US"):gmatch "%w+" do
  WITH_POINT["es-" .. region] = true
end

-- Where Chinese is written in the traditional script.
local TRADITIONAL = { tw = true, hk = true, mo = true }

-- Characters of a tag (RFC 5646, 4.4.1).
local LONGEST = 35

-- A tag in small letters, its language by one name.
local function plain(tag)
  local lower = tag:gsub("^%s+", ""):gsub("[%s;,].*$", ""):gsub("_", "-"):lower()
  local primary, rest = lower:match "^(%a+)(.*)$"
  return primary and (SAME[primary] or primary) .. rest or lower
end

local function script_and_region(lower)
  return lower:match "^%a+%-(%a%a%a%a)$" or lower:match "^%a+%-(%a%a%a%a)%-",
    (lower .. "-"):match "%-(%a%a)%-" or (lower .. "-"):match "%-(%d%d%d)%-"
end

-- The script that somebody reads, as far as a tag tells.
local function script_of(lower)
  local script, region = script_and_region(lower)
  if not script and lower:find "^zh%f[%A]" then
    return TRADITIONAL[region] and "hant" or "hans"
  end
  return script
end

-- RFC 4647, 3.4: the last subtag goes, and with it a single letter before it.
local function shorter(lower)
  local cut = lower:match "^(.*)%-[^-]*$"
  return cut and cut:gsub("%-%w$", "")
end

local function problem_of(tag)
  if type(tag) ~= "string" then
    return "each language is a text such as fr or pt-BR"
  end
  local is_tag = tag:find "^%a+$" or tag:find "^%a%a%a?%-[%w-]*%w$"
  if not is_tag or #tag > LONGEST or tag:find("--", 1, true) then
    return ("'%s' is no language's tag, such as fr or pt-BR"):format(tag)
  end
end

--- Lists the languages of a table by language.
-- @tparam table by_language
-- @treturn[1] {string,...} its keys in order
-- @treturn[2] nil
-- @treturn[2] string what is wrong with them
function language.tags(by_language)
  local tags, seen = {}, {}
  for tag in pairs(by_language) do
    local problem = problem_of(tag)
    if problem then
      return nil, problem
    end
    tags[#tags + 1] = tag
  end
  table.sort(tags)
  for _, tag in ipairs(tags) do
    local other = seen[plain(tag)]
    if other then
      return nil, ("%s and %s are the same language"):format(other, tag)
    end
    seen[plain(tag)] = tag
  end
  if #tags == 0 then
    return nil, "it takes at least one language"
  end
  return tags
end

--- Says which of its languages a table has nothing for.
-- @tparam {string,...} tags
-- @tparam table by_language
-- @tparam string what it should have for each
-- @treturn ?string nil when it is whole
function language.missing(tags, by_language, what)
  for _, tag in ipairs(tags) do
    local found = by_language[tag]
    if type(found) ~= "string" or found == "" then
      return ("%s must be %s"):format(tag, what)
    end
  end
end

-- The same language in another region, but in no other script: of several the
-- shortest, then the first.
local function relative(tags, wanted)
  local primary, script = wanted:match "^%a+", script_of(wanted)
  local found
  for _, tag in ipairs(tags) do
    local lower = plain(tag)
    local its = script_of(lower)
    if lower:match "^%a+" == primary and (not its or not script or its == script)
      and (not found or #tag < #found or #tag == #found and tag < found) then
      found = tag
    end
  end
  return found
end

--- Chooses among languages by "Lookup" of RFC 4647: the tag itself, then shorter
-- ones (`fr-CA`, `fr`). Where that finds nothing, the same language of another
-- region (`pt-PT` gets `pt-BR`) is better than a foreign one; another script
-- (`zh-TW`, where there is `zh-CN`) is not.
-- @tparam {string,...} tags
-- @tparam ?string wanted
-- @treturn ?string one of the tags, nil when none fits
function language.choose(tags, wanted)
  if not wanted or wanted == "" then
    return nil
  end
  wanted = plain(wanted)
  local range = wanted
  while range do
    for _, tag in ipairs(tags) do
      if plain(tag) == range then
        return tag
      end
    end
    range = shorter(range)
  end
  return relative(tags, wanted)
end

--- How dates and numbers are written in a text: as its reader's region has it,
-- where that is of the text's own language.
-- @tparam string tag of the text
-- @tparam ?string wanted the reader's
-- @treturn string locale for dates and letters, for `crier.template`
-- @treturn string locale for numbers
function language.formats(tag, wanted)
  local lower, theirs = plain(tag), wanted and plain(wanted) or ""
  local primary = lower:match "^%a+"
  if theirs:match "^%a+" == primary then
    lower = theirs
  end
  local _, region = script_and_region(lower)
  local exact = region and primary .. "-" .. region:upper() or primary
  local is_exact = numbers.is_known(exact) or WITH_POINT[exact]
  -- Dates go by two letters: `fil` is not Finnish.
  return #primary == 2 and primary or "en",
    is_exact and exact or NUMBERS[primary] or "en-US"
end

return language

--- What a campaign sends: `crier.card`, `crier.text`, `crier.activity`,
-- `crier.variants` of these, and `crier.mention` for who is named in them.
--
-- A message is `{ kind = "card" | "text" | "activity", … }`, or holds others:
-- `{ kind = "languages", each = { { name = "fr", message = … }, … } }` and
-- `{ kind = "variants", each = { { name = "a", weight = 1, message = … }, … } }`,
-- in the order of names. What `crier.dialog` makes composes itself.
-- @module crier.campaign.message
local language = require "crier.campaign.language"
local suggest = require "crier.suggest"
local variant = require "crier.campaign.variant"

local message = {}

local message_mt = { __name = "crier.message" }

local function of_type(wanted)
  return function(any)
    return type(any) == wanted, "must be a " .. wanted
  end
end

local function one_of(...)
  local words, set = { ... }, {}
  for _, word in ipairs(words) do
    set[word] = true
  end
  return function(any)
    return set[any] ~= nil, 'must be "' .. table.concat(words, '", "') .. '"'
  end
end

local checks = {
  alert = of_type "boolean",
  large = of_type "boolean",
  split = of_type "boolean",
  format = one_of("markdown", "plain", "xml"),
  importance = one_of("low", "normal", "high"),
}

local function is_filled(any)
  return type(any) == "string" and any ~= ""
end

function checks.summary(any)
  if type(any) ~= "table" then
    return is_filled(any), "must be a text"
  end
  for _, text in pairs(any) do
    if not is_filled(text) then
      return false, "must be a text for each language"
    end
  end
  return true
end

function checks.mentions(any)
  return type(any) == "table" and (any[1] ~= nil or next(any) == nil),
    "must be a list: { crier.mention(name, id) }"
end

local CARD = { "alert", "importance", "large", "mentions", "summary" }
local TEXT = { "alert", "format", "importance", "large", "mentions", "summary" }
local ACTIVITY = { "large", "split" }

local function check(name, options, known)
  if options == nil then
    return nil
  elseif type(options) ~= "table" then
    error(name .. ": options must be a table", 3)
  end
  local problem = suggest.unknown_key(name, options, known)
  if problem then
    error(problem, 3)
  end
  local made = {}
  for option, any in pairs(options) do
    local ok, what = checks[option](any)
    if not ok then
      error(("%s: %s %s"):format(name, option, what), 3)
    end
    made[option] = any
  end
  return made
end

-- The options of one language: the summary may be given for each.
local function options_of(options, tag)
  local made = {}
  for name, any in pairs(options or {}) do
    made[name] = any
  end
  if type(made.summary) == "table" then
    made.summary = made.summary[tag]
  end
  return options and made
end

-- A message in one language, or one in each of several.
local function in_languages(name, source, options, how)
  local by_summary = options and type(options.summary) == "table" and options.summary
  if type(source) ~= "table" then
    if by_summary then
      error(("%s: a summary for each language goes with %s for each language"):format(name,
        how.what), 3)
    end
    return setmetatable(how.make(source, options), message_mt)
  end
  local tags, problem = language.tags(source)
  if tags then
    problem = language.missing(tags, source, how.what)
      or by_summary and suggest.unknown_key("summary", by_summary, tags)
  end
  if problem then
    error(name .. ": " .. problem, 3)
  end
  local made = { kind = "languages", each = {} }
  for i, tag in ipairs(tags) do
    made.each[i] = { name = tag, message =
      setmetatable(how.make(source[tag], options_of(options, tag)), message_mt) }
  end
  return setmetatable(made, message_mt)
end

--- Whether a value came from `card`, `text`, `activity` or `variants`.
-- @param any
-- @treturn boolean
function message.is(any)
  return getmetatable(any) == message_mt
end

local CARDS = { what = "a file name", make = function(path, options)
  return { kind = "card", path = path, options = options }
end }

--- A message made of an Adaptive Card.
-- @tparam string|table path of the card's JSON, relative to the script's folder; or
--   one for each language: `{ en = "card.en.json", ["pt-BR"] = "card.pt-BR.json" }`
-- @tparam ?table options
-- @tparam ?string|table options.summary the text of the notification, with `${path}`
--   where values go, or one for each language; default the card's first text
-- @tparam ?string options.importance `low`, `normal` or `high`
-- @tparam[opt=true] boolean options.alert raise a notification
-- @tparam ?table options.mentions a list of `crier.mention`
-- @tparam[opt=false] boolean options.large send up to 100 KB, which Teams takes,
--   instead of 80 KB, which it advises
-- @treturn crier.message
-- @raise on a wrong argument or an unknown option
function message.card(path, options)
  if type(path) ~= "table" and not is_filled(path) then
    error("crier.card takes a file name, or one for each language", 2)
  end
  local checked = check("crier.card", options, CARD)
  return (in_languages("crier.card", path, checked, CARDS)) -- no tail call: see its level
end

local TEXTS = { what = "a text", make = function(source, options)
  return { kind = "text", source = source, options = options }
end }

--- A message of text, in Teams' Markdown.
-- @tparam string|table text with `${path}` where values go; or one for each
--   language: `{ en = "Hello", de = "Hallo" }`
-- @tparam ?table options as those of `card`, and
-- @tparam ?string options.format `markdown` (Teams' default), `plain` or `xml`
-- @treturn crier.message
-- @raise on a wrong argument or an unknown option
function message.text(text, options)
  if type(text) ~= "table" and not is_filled(text) then
    error("crier.text takes a text, or one for each language", 2)
  end
  local checked = check("crier.text", options, TEXT)
  return (in_languages("crier.text", text, checked, TEXTS))
end

--- A message as a whole Bot Framework activity.
-- @param activity a table, or JSON text
-- @tparam ?table options
-- @tparam[opt=false] boolean options.split text with attachments is wanted:
--   Teams makes two messages of it, and tells the id of none
-- @tparam[opt=false] boolean options.large as of `card`
-- @treturn crier.message
-- @raise on a wrong argument or an unknown option
function message.activity(activity, options)
  if type(activity) ~= "table" and type(activity) ~= "string" then
    error("crier.activity takes a table or JSON text", 2)
  end
  return setmetatable({ kind = "activity", source = activity,
    options = check("crier.activity", options, ACTIVITY) }, message_mt)
end

--- Several messages, of which each person gets one: always the same, whoever else
-- is sent to and in whatever order.
-- @tparam table by_name `{ a = crier.card "a.json", b = crier.card "b.json" }`; each
--   may be in several languages
-- @tparam ?table options
-- @tparam ?table options.weights how the people are shared out: `{ a = 90, b = 10 }`;
--   default evenly
-- @tparam ?string options.seed another seed gives people other variants, the same
--   seed the same ones in another campaign; default the campaign's name
-- @treturn crier.message
-- @raise on a wrong argument or an unknown option
function message.variants(by_name, options)
  local made, problem = variant.list(by_name, options or {}, message.is)
  if not made then
    error("crier.variants: " .. problem, 2)
  end
  made.kind = "variants"
  return setmetatable(made, message_mt)
end

--- A message that was made for each language. Used by what makes messages itself.
-- @tparam table each array of `{ name = language, message = }`, in the order of names
-- @treturn crier.message
function message.in_each(each)
  return setmetatable({ kind = "languages", each = each }, message_mt)
end

--- A message that composes itself. Used by what makes messages itself.
-- @tparam string kind
-- @tparam function compose as `crier.campaign.compose.new`
-- @treturn crier.message
function message.composed(kind, compose)
  return setmetatable({ kind = kind, compose = compose }, message_mt)
end

local XML = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }

-- Literal text for XML; `${…}` stays, its value is written so for each person.
local function escape(name)
  local out, pos = {}, 1
  while true do
    local from, to = name:find("%${.-}", pos)
    out[#out + 1] = name:sub(pos, (from or 0) - 1):gsub("[&<>]", XML)
    if not from then
      return table.concat(out)
    end
    out[#out + 1] = name:sub(from, to)
    pos = to + 1
  end
end

--- A mention of a person: an entity whose `text`, `<at>name</at>`, must stand in
-- the message where the person is to be named.
--
--     crier.text("<at>${recipient.displayName}</at>, please sign.", { mentions =
--       { crier.mention("${recipient.displayName}", "${recipient.id}") } })
--
-- @tparam string name as it is to be read
-- @tparam string id Entra object id, UPN, or `29:` id of this bot
-- @treturn table the entity
-- @raise on an argument that is no text
function message.mention(name, id)
  if type(name) ~= "string" or name == "" or type(id) ~= "string"
    or id == "" then
    error("crier.mention takes a name and an id", 2)
  end
  return {
    type = "mention",
    text = "<at>" .. escape(name) .. "</at>",
    mentioned = { id = id, name = name },
  }
end

return message

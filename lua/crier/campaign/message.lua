--- What a campaign sends: `crier.card`, `crier.text`, `crier.activity`, and
-- `crier.mention` for who is named in it.
-- @module crier.campaign.message
local suggest = require "crier.suggest"

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

function checks.summary(any)
  return type(any) == "string" and any ~= "", "must be a text"
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

--- Whether a value came from `card`, `text` or `activity`.
-- @param any
-- @treturn boolean
function message.is(any)
  return getmetatable(any) == message_mt
end

--- A message made of an Adaptive Card.
-- @tparam string path of the card's JSON, relative to the script's folder
-- @tparam ?table options
-- @tparam ?string options.summary the text of the notification, with `${path}`
--   where values go; default the card's first text
-- @tparam ?string options.importance `low`, `normal` or `high`
-- @tparam[opt=true] boolean options.alert raise a notification
-- @tparam ?table options.mentions a list of `crier.mention`
-- @tparam[opt=false] boolean options.large send up to 100 KB, which Teams takes,
--   instead of 80 KB, which it advises
-- @treturn crier.message
-- @raise on a wrong argument or an unknown option
function message.card(path, options)
  if type(path) ~= "string" or path == "" then
    error("crier.card takes a file name", 2)
  end
  return setmetatable({ kind = "card", path = path,
    options = check("crier.card", options, CARD) }, message_mt)
end

--- A message of text, in Teams' Markdown.
-- @tparam string text with `${path}` where values go
-- @tparam ?table options as those of `card`, and
-- @tparam ?string options.format `markdown` (Teams' default), `plain` or `xml`
-- @treturn crier.message
-- @raise on a wrong argument or an unknown option
function message.text(text, options)
  if type(text) ~= "string" or text == "" then
    error("crier.text takes a text", 2)
  end
  return setmetatable({ kind = "text", source = text,
    options = check("crier.text", options, TEXT) }, message_mt)
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

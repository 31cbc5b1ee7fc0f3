--- Whole activities as templates: what the Bot Connector is sent.
--
--     card      {"type":"message","summary":…,"attachments":[…],"channelData":…}
--     text      {"type":"message","text":…,"channelData":…}
--     activity  as given
--
-- `channelData.notification.alert` makes the chat raise a notification;
-- `summary` is the text of that notification, where Teams would otherwise say
-- "Sent a card". It is the text of the card's first TextBlock that is not
-- hidden: one line without Markdown's stars and links, `SUMMARY_LENGTH`
-- characters of literal text at most, and as many of each value in it.
-- @module crier.template.message
local compiled = require "crier.template.compiled"
local document = require "crier.template.document"
local json = require "crier.template.json"
local utf8text = require "crier.template.utf8text"
local value = require "crier.template.value"

local message = {}

--- Size from which a message is worth a warning, bytes of UTF-16 (28 KB: what
-- incoming webhooks and older clients take).
message.WARN_BYTES = 28 * 1024
--- Size beyond which a message is refused, bytes of UTF-16 (80 KB: what
-- Microsoft recommends; Teams itself refuses at about 100 KB).
message.REFUSE_BYTES = 80 * 1024
--- Characters of a summary.
message.SUMMARY_LENGTH = 200

local CARD_TYPE = "application/vnd.microsoft.card.adaptive"

local function string_node(text)
  return { kind = "string", raw = '"' .. value.escape(text) .. '"' }
end

local function member(key, node)
  return { key = string_node(key), value = node }
end

local function alert()
  return member("channelData", { kind = "object",
    member("notification", { kind = "object",
      member("alert", { kind = "literal", raw = "true" }) }) })
end

-- The last one counts, as in every JSON reader.
local function find_member(object, key)
  local found
  for i = 1, #object do
    if json.decode_string(object[i].key.raw) == key then
      found = object[i].value
    end
  end
  return found
end

local function is_string(node, text)
  return node ~= nil and node.kind == "string" and not node.parts
    and json.decode_string(node.raw) == text
end

-- The parts of a string node: literal text and holes.
local function parts_of(node)
  return node.parts or { (json.decode_string(node.raw)) }
end

local function is_text_block(node)
  local text = find_member(node, "text")
  local visible = find_member(node, "isVisible")
  return is_string(find_member(node, "type"), "TextBlock") and text
    and text.kind == "string" and text.raw ~= '""'
    and not (visible and visible.raw == "false")
end

-- The first TextBlock's text, in the order of the document.
local function first_text(node)
  if node.kind == "object" and is_text_block(node) then
    return find_member(node, "text")
  end
  for i = 1, #node do
    local found = first_text(node.kind == "object" and node[i].value or node[i])
    if found then
      return found
    end
  end
  return nil
end

local function plain(text)
  return (text:gsub("%[([^%]]*)%]%(%S-%)", "%1"):gsub("%*%*", "")
    :gsub("%s+", " "))
end

local function summary_node(card)
  local body = find_member(card, "body")
  local text = body and first_text(body)
  if not text then
    return nil
  end
  local parts, left = {}, message.SUMMARY_LENGTH
  for _, part in ipairs(parts_of(text)) do
    if type(part) == "string" then
      part = plain(part)
      if utf8text.length(part) > left then
        parts[#parts + 1] = utf8text.cut(part, left - 1) .. "\226\128\166"
        break
      end
      parts[#parts + 1] = part
      left = left - utf8text.length(part)
    else
      parts[#parts + 1] = setmetatable({ limit = message.SUMMARY_LENGTH },
        { __index = part })
    end
  end
  return { kind = "string", parts = parts, is_text = true }
end

local function refuse(state, node, text)
  return nil, json.place(state.source, node.at) .. ": " .. text, "TEMPLATE"
end

local function read_object(text, name, what)
  local state, err = document.read(text, name)
  if not state then
    return nil, err, "TEMPLATE"
  elseif state.tree.kind ~= "object" then
    return refuse(state, state.tree, what .. " is a JSON object")
  end
  return state
end

--- Compiles an Adaptive Card to a message with the card as its attachment.
-- @tparam string text the card as JSON
-- @tparam string name what errors call it, such as the file's name
-- @treturn[1] crier.template
-- @treturn[2] nil
-- @treturn[2] string message with the place in the card
-- @treturn[2] string `TEMPLATE`
function message.card(text, name)
  local state, err, code = read_object(text, name, "a card")
  if not state then
    return nil, err, code
  end
  local card = state.tree
  local kind = find_member(card, "type")
  if not is_string(kind, "AdaptiveCard") then
    return refuse(state, kind or card,
      'an Adaptive Card has "type": "AdaptiveCard"')
  end
  local tree = { kind = "object", member("type", string_node("message")) }
  local summary = summary_node(card)
  if summary then
    tree[#tree + 1] = member("summary", summary)
  end
  tree[#tree + 1] = member("attachments", { kind = "array", {
    kind = "object",
    member("contentType", string_node(CARD_TYPE)),
    member("content", card),
  } })
  tree[#tree + 1] = alert()
  return compiled.new(state, tree)
end

--- Compiles a text to a message.
-- @tparam string text Markdown, as Teams reads it
-- @tparam string name what errors call it
-- @treturn[1] crier.template
-- @treturn[2] nil
-- @treturn[2] string message with the place in the text
-- @treturn[2] string `TEMPLATE`
function message.text(text, name)
  local state, err = document.read_text(text, name)
  if not state then
    return nil, err, "TEMPLATE"
  elseif not text:find("%S") then
    return nil, name .. ": the text is empty", "TEMPLATE"
  end
  return compiled.new(state, {
    kind = "object",
    member("type", string_node("message")),
    member("text", state.tree),
    alert(),
  })
end

local function has_content(node)
  return node ~= nil and node.raw ~= '""' and node.raw ~= "null"
    and not (node.kind == "array" and #node == 0)
end

--- Compiles an activity. Its `type` is `message` unless it has one. An empty Lua
-- table in it is `{}`; `crier.template.value.array {}` is `[]`.
-- @tparam table|string activity a table, or JSON text
-- @tparam string name what errors call it
-- @treturn[1] crier.template
-- @treturn[2] nil
-- @treturn[2] string message with the place in the JSON text
-- @treturn[2] string `TEMPLATE`
function message.activity(activity, name)
  if type(activity) == "table" then
    local text, err = value.encode(activity)
    if not text then
      return nil, ("%s: a value in it %s"):format(name, err), "TEMPLATE"
    end
    activity = text
  end
  local state, err, code = read_object(activity, name, "an activity")
  if not state then
    return nil, err, code
  end
  local tree = state.tree
  local attachments = find_member(tree, "attachments")
  if has_content(find_member(tree, "text")) and has_content(attachments) then
    return refuse(state, attachments, "text and attachments in one activity: "
      .. "Teams would split it into two messages and return no usable id")
  end
  if not find_member(tree, "type") then
    table.insert(tree, 1, member("type", string_node("message")))
  end
  return compiled.new(state, tree)
end

--- Counts what Teams counts: the activity in UTF-16.
-- @tparam string activity JSON text
-- @treturn integer bytes
function message.size(activity)
  return 2 * utf8text.utf16_units(activity)
end

--- Tells whether an activity is within a size, mostly without counting: UTF-16
-- has never more units than UTF-8 has bytes.
-- @tparam string activity JSON text
-- @tparam integer limit bytes, such as `REFUSE_BYTES`
-- @treturn boolean
function message.fits(activity, limit)
  return 2 * #activity <= limit or message.size(activity) <= limit
end

return message

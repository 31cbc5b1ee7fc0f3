--- The text of a card's notification: its first text, in reading order, that is
-- not hidden, as one plain line.
-- @module crier.template.summary
local json = require "crier.template.json"
local node = require "crier.template.node"
local utf8text = require "crier.template.utf8text"

local summary = {}

--- Characters of a summary.
summary.LENGTH = 200

--- The content type of an Adaptive Card.
summary.CARD_TYPE = "application/vnd.microsoft.card.adaptive"

local find = node.find

local function is_hidden(element)
  local visible = find(element, "isVisible")
  return visible ~= nil and visible.raw == "false"
end

local function has_text(any)
  return any ~= nil and any.kind == "string" and any.raw ~= '""'
end

-- The parts of a RichTextBlock: its runs follow each other without a gap.
local function inline_parts(inlines)
  local parts = {}
  for i = 1, inlines and inlines.kind == "array" and #inlines or 0 do
    local run = inlines[i]
    local text = run.kind == "object" and find(run, "text") or run
    for _, part in ipairs(has_text(text) and node.parts(text) or {}) do
      parts[#parts + 1] = part
    end
  end
  return parts[1] and parts
end

-- What is not read: what stands in for an element, and what a click opens.
local UNREAD = {
  actions = true, fallback = true, inlineAction = true, selectAction = true,
}

-- The parts of the first text, in reading order.
local function first_text(any)
  if any.kind == "object" then
    local kind, text = find(any, "type"), find(any, "text")
    if is_hidden(any) then
      return nil
    elseif node.is_text(kind, "TextBlock") and has_text(text) then
      return node.parts(text)
    elseif node.is_text(kind, "RichTextBlock") then
      return inline_parts(find(any, "inlines"))
    end
  end
  for i = 1, #any do
    local inner = any[i]
    if any.kind == "object" then
      inner = not UNREAD[json.decode_string(inner.key.raw)] and inner.value
    end
    local found = inner and first_text(inner)
    if found then
      return found
    end
  end
  return nil
end

local function plain(text)
  return (text:gsub("%[([^%]]*)%]%(%S-%)", "%1"):gsub("%*%*", "")
    :gsub("</?at>", ""):gsub("%s+", " "))
end

--- Makes the summary of a card.
-- @tparam table card its tree
-- @treturn ?table a string node with the card's holes; nil without a text
function summary.of_card(card)
  local body = find(card, "body")
  local text = body and first_text(body)
  if not text then
    return nil
  end
  local parts, left = {}, summary.LENGTH
  for _, part in ipairs(text) do
    if type(part) == "string" then
      part = plain(part)
      if utf8text.length(part) > left then
        parts[#parts + 1] = utf8text.cut(part, left - 1) .. "\226\128\166"
        break
      end
      parts[#parts + 1] = part
      left = left - utf8text.length(part)
    else
      parts[#parts + 1] = setmetatable({ limit = summary.LENGTH },
        { __index = part })
    end
  end
  return { kind = "string", parts = parts, is_text = true }
end

--- Lists the cards among an activity's attachments.
-- @tparam table activity its tree
-- @treturn table array of `{ card = tree, pointer = its place }`
function summary.cards(activity)
  local attachments, cards = find(activity, "attachments"), {}
  for i = 1, attachments and attachments.kind == "array" and #attachments or 0 do
    local one = attachments[i]
    local card = one.kind == "object" and find(one, "content")
    if card and card.kind == "object"
      and node.is_text(find(one, "contentType"), summary.CARD_TYPE) then
      cards[#cards + 1] = { card = card,
        pointer = ("/attachments/%d/content"):format(i - 1) }
    end
  end
  return cards
end

--- Makes the summary of the first card among an activity's attachments.
-- @tparam table activity its tree
-- @treturn ?table
function summary.of_activity(activity)
  local first = summary.cards(activity)[1]
  return first and summary.of_card(first.card)
end

return summary

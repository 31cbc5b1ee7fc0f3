--- The text of a card's notification: its first text, in reading order, that is
-- not hidden, as one plain line.
-- @module crier.template.summary
local json = require "crier.template.json_tree"
local node = require "crier.template.node"
local utf8text = require "crier.template.utf8text"

local summary = {}

--- Characters of a summary.
summary.LENGTH = 200

--- The content type of an Adaptive Card.
summary.CARD_TYPE = "application/vnd.microsoft.card.adaptive"

local find = node.find

-- What only a person's values tell.
local OPEN = false

local function is_hole(any)
  return any.parts ~= nil and #any.parts == 1 and type(any.parts[1]) == "table"
end

local function is_hidden(element)
  local visible = find(element, "isVisible")
  return visible ~= nil and not visible.parts
    and (visible.raw == "false" or visible.raw:lower() == '"false"')
end

-- Whether values decide if there is such an object, what it is, and for what data.
local function is_open(any)
  local kind, visible = find(any, "type"), find(any, "isVisible")
  return any.structure ~= nil or kind ~= nil and kind.parts ~= nil
    or visible ~= nil and visible.parts ~= nil
end

local function has_text(any)
  return any ~= nil and any.kind == "string" and any.raw ~= '""'
end

-- The parts of a RichTextBlock: its runs follow each other without a gap.
local function inline_parts(inlines)
  local parts = {}
  for i = 1, inlines and inlines.kind == "array" and #inlines or 0 do
    local run = inlines[i]
    if run.structure or is_hole(run) then
      return OPEN
    end
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
-- What holds elements.
local HOLDS = {
  body = true, cells = true, columns = true, items = true, pages = true, rows = true,
}

local first_text

local function first_inner(any)
  for i = 1, #any do
    local inner, key = any[i], nil
    if any.kind == "object" then
      key = json.decode_string(inner.key.raw)
      inner = not UNREAD[key] and inner.value
    end
    local found
    if inner and is_hole(inner) and (not key or HOLDS[key]) then
      found = OPEN
    elseif inner then
      found = first_text(inner)
    end
    if found ~= nil then
      return found
    end
  end
  return nil
end

local function own_text(any)
  local kind, text = find(any, "type"), find(any, "text")
  if node.is_text(kind, "RichTextBlock") then
    return inline_parts(find(any, "inlines"))
  elseif has_text(text) and (node.is_text(kind, "TextBlock") or kind and kind.parts) then
    return node.parts(text)
  end
end

-- The parts of the first text, in reading order; `OPEN` when values decide which
-- it is.
function first_text(any)
  local found
  if any.kind == "object" then
    if is_hidden(any) then
      return nil
    end
    found = own_text(any)
  end
  if found == nil then
    found = first_inner(any)
  end
  if found and any.kind == "object" and is_open(any) then
    return OPEN
  end
  return found
end

-- From no bracket is looked further than to the next one: else many of them take the
-- square of their number.
local function plain(text)
  return (text:gsub("%[([^%[%]]*)%]%([^%s%[)]*%)", "%1"):gsub("%*%*", "")
    :gsub("</?at>", ""):gsub("%s+", " "))
end

--- Makes the summary of a card.
-- @tparam table card its tree
-- @treturn[1] table a string node with the card's holes
-- @treturn[2] nil without a text
-- @treturn[2] boolean whether a person's values decide which text it is: then what
--   they make of the card has it
function summary.of_card(card)
  local body = find(card, "body")
  local text = body and (is_hole(body) and OPEN or first_text(body))
  if not text then
    return nil, text == OPEN
  elseif card.structure then
    return nil, true
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
-- @treturn table array of `{ card = tree, pointer = its place, is_open = whether values
--   decide if it is there }`
function summary.cards(activity)
  local attachments, cards = find(activity, "attachments"), {}
  for i = 1, attachments and attachments.kind == "array" and #attachments or 0 do
    local one = attachments[i]
    local card = one.kind == "object" and find(one, "content")
    if card and card.kind == "object"
      and node.is_text(find(one, "contentType"), summary.CARD_TYPE) then
      cards[#cards + 1] = { card = card, is_open = one.structure ~= nil,
        pointer = ("/attachments/%d/content"):format(i - 1) }
    end
  end
  return cards
end

--- Makes the summary of the first card among an activity's attachments.
-- @tparam table activity its tree
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] boolean see `of_card`
function summary.of_activity(activity)
  local first = summary.cards(activity)[1]
  if not first then
    return nil, false
  end
  local text, is_decided_later = summary.of_card(first.card)
  if text and (activity.structure or first.is_open) then
    return nil, true
  end
  return text, is_decided_later
end

return summary

--- A question's card, once it is answered or closed: what can no longer be done is gone,
-- what was given stands in its place.
-- @module crier.dialog.card
local cjson = require "cjson.safe"
local json = require "crier.template.json_tree"
local node = require "crier.template.node"
local stamp = require "crier.dialog.stamp"

local card = {}

local CARD = "application/vnd.microsoft.card.adaptive"
-- What asks something of the bot; a link may stay.
local GONE = { ["Action.Submit"] = true, ["Action.Execute"] = true, ["Action.ShowCard"] = true }
local CHOSEN = "\226\156\147 " -- a check mark

local function text_of(object, name)
  local found = node.find(object, name)
  return found and found.kind == "string" and json.decode_string(found.raw) or nil
end

local function value_of(any)
  return cjson.decode("[" .. node.write(any) .. "]")[1]
end

local function made(value)
  return json.parse(cjson.encode(value), "card")
end

-- Words as they are: what somebody wrote is no Markdown.
local function words(label, said)
  local runs = {}
  if label then
    runs[1] = { type = "TextRun", text = label .. (said and "  " or ""), weight = "Bolder" }
  end
  if said then
    runs[#runs + 1] = { type = "TextRun", text = said }
  end
  return made { type = "RichTextBlock", inlines = runs }
end

local function line_of(text)
  return made { type = "TextBlock", text = text, wrap = true }
end

-- The card of an activity; nil when it has none.
local function content_of(tree)
  local attachments = tree and tree.kind == "object" and node.find(tree, "attachments")
  for _, each in ipairs(attachments and attachments.kind == "array" and attachments or {}) do
    if text_of(each, "contentType") == CARD then
      return node.find(each, "content")
    end
  end
end

-- Puts another value into an object's place of it.
local function set(object, name, value)
  for _, member in ipairs(object) do
    if json.decode_string(member.key.raw) == name then
      member.value = value
      return
    end
  end
  object[#object + 1] = node.member(name, value)
end

-- A copy of a tree in which `how` says what takes the place of each object; nil: nothing.
local function rewritten(any, how)
  if any.kind == "array" then
    local copy = { kind = "array" }
    for _, each in ipairs(any) do
      copy[#copy + 1] = rewritten(each, how)
    end
    return copy
  elseif any.kind ~= "object" then
    return any
  end
  local kind = text_of(any, "type") or ""
  local is_other, other = how(any, kind)
  if is_other then
    return other
  end
  local copy = { kind = "object" }
  for _, member in ipairs(any) do
    local name = json.decode_string(member.key.raw)
    local value = name ~= stamp.REFRESH and rewritten(member.value, how) or nil
    if value and (name ~= "actions" or value[1]) then
      copy[#copy + 1] = { key = member.key, value = value }
    end
  end
  return (kind ~= "ActionSet" or node.find(copy, "actions")) and copy or nil
end

-- How an activity reads with another card in it, to which `last` adds what it ends with.
local function with_card(tree, how, last)
  local content = content_of(tree)
  if not content or content.kind ~= "object" then
    return nil
  end
  local copy = how and rewritten(content, how) or content
  local body = node.find(copy, "body")
  if not body or body.kind ~= "array" then
    body = { kind = "array" }
    set(copy, "body", body)
  end
  body[#body + 1] = last()
  for _, each in ipairs(node.find(tree, "attachments")) do
    if node.find(each, "content") == content then
      set(each, "content", copy)
    end
  end
  return node.write(tree)
end

-- Titles of the choices that a value has.
local function titles(input, value)
  local by_value, found = {}, {}
  local choices = node.find(input, "choices")
  for _, choice in ipairs(choices and choices.kind == "array" and choices or {}) do
    by_value[text_of(choice, "value") or ""] = text_of(choice, "title")
  end
  for word in value:gmatch "[^,]+" do
    found[#found + 1] = by_value[word] or word
  end
  return table.concat(found, ", ")
end

-- What was given to an input, in words; nil: nothing, or nobody's business.
local function given_of(input, kind, value)
  if type(value) == "number" then
    value = ("%.14g"):format(value)
  end
  if type(value) ~= "string" or not value:find "%S"
    or (text_of(input, "style") or ""):lower() == "password" then
    return nil
  elseif kind == "Input.ChoiceSet" then
    return titles(input, value)
  elseif kind == "Input.Toggle" then
    return value == (text_of(input, "valueOn") or "true") and CHOSEN
      .. (text_of(input, "title") or "") or nil
  end
  return value
end

-- How well a button's data fit what came; nil when it was not this one.
local function fit(action, fields)
  local count, verb, data = 0, text_of(action, "verb"), node.find(action, "data")
  if verb and fields.verb ~= verb then
    return nil
  end
  for name, value in pairs(data and data.kind == "object" and value_of(data) or {}) do
    if name ~= stamp.FIELD and type(value) ~= "table" then
      if value ~= fields[name] then
        return nil
      end
      count = count + 1
    end
  end
  return count + (verb and 1 or 0)
end

-- The title of the button that was pressed, where it can be told.
local function pressed(actions, fields)
  local best, found
  for _, action in ipairs(actions) do
    local count = fit(action, fields)
    if count and (not best or count > best) then
      best, found = count, action
    elseif count and count == best then
      found = nil
    end
  end
  return found and text_of(found, "title") or nil
end

--- A question's card with what was answered: inputs are the words that were given,
-- buttons are gone but for the title of the one that was pressed.
-- @tparam string activity JSON
-- @tparam table answer `value` (the fields of the card) or `text` (a written line)
-- @treturn ?string JSON; nil when it has no card
function card.answered(activity, answer)
  local fields, actions, count = answer.value or {}, {}, 0
  return with_card(json.parse(activity, "activity"), function(any, kind)
    if kind:find "^Input%." then
      local said = given_of(any, kind, fields[text_of(any, "id") or ""])
      count = count + (said and 1 or 0)
      return true, said and words(text_of(any, "label"), said)
    end
    actions[#actions + 1] = GONE[kind] and any or nil
    return GONE[kind]
  end, function()
    local button = not answer.text and pressed(actions, fields)
    return (button or answer.text or count == 0) and words(nil, answer.text
      or CHOSEN .. (button or "")) or nil
  end)
end

--- A question's card without what it asks: inputs and buttons are gone, and a line says
-- why. Where it begins with an input, the label stays for a heading.
-- @tparam string activity JSON
-- @tparam string line
-- @treturn ?string JSON; nil when it has no card
function card.closed(activity, line)
  local tree = json.parse(activity, "activity")
  local content = content_of(tree)
  local body = content and content.kind == "object" and node.find(content, "body")
  local first = body and body.kind == "array" and body[1]
  if tree and tree.kind == "object" then
    set(tree, "summary", node.text(line))
  end
  return with_card(tree, function(any, kind)
    if kind:find "^Input%." then
      local label = any == first and text_of(any, "label")
      return true, label and words(label) or nil
    end
    return GONE[kind]
  end, function() return line_of(line) end)
end

--- A question's card with an answer filled in, to be changed, and a line below.
-- @tparam string activity JSON
-- @tparam table values texts, by id of the input
-- @tparam string line
-- @treturn ?string JSON; nil when it has no card
function card.filled(activity, values, line)
  local function fill(any)
    local id = any.kind == "object" and (text_of(any, "type") or ""):find "^Input%."
      and text_of(any, "id")
    if id and values[id] then
      set(any, "value", node.text(values[id]))
    end
    for _, each in ipairs(any) do
      if each.value then
        fill(each.value)
      elseif each.kind then
        fill(each)
      end
    end
  end
  local tree = json.parse(activity, "activity")
  local content = content_of(tree)
  if content then
    fill(content)
  end
  return with_card(tree, nil, function() return line_of(line) end)
end

--- What Teams shows of an activity in a card's place: its card, or its text as one.
-- @tparam string activity JSON
-- @treturn ?string JSON of a card
function card.content(activity)
  local tree = json.parse(activity, "activity")
  local content, text = content_of(tree), tree and text_of(tree, "text")
  if content then
    return node.write(content)
  end
  return text and node.write(made { type = "AdaptiveCard", version = "1.5",
    body = { { type = "TextBlock", text = text, wrap = true } } }) or nil
end

return card

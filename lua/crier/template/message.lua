--- Whole activities as templates: what the Bot Connector is sent.
--
--     card      {"type":"message","summary":…,"attachments":[…],"channelData":…}
--     text      {"type":"message","text":…,"channelData":…}
--     activity  as given
--
-- `channelData.notification.alert` makes the chat raise a notification;
-- `summary` is the text of that notification, where Teams would otherwise say
-- "Sent a card": that of `crier.template.summary` unless another is given. Where
-- `$data`, `$when` and `isVisible` decide which text that is, it is read from what
-- they made of the card; a message of which they left nothing is an error of
-- `fill`, with the code `EMPTY`.
--
-- A value alone between `<at>` and `</at>` is the name of who is mentioned: it
-- is written for XML, as Teams reads it.
-- @module crier.template.message
local cards = require "crier.template.card"
local compiled = require "crier.template.compiled"
local document = require "crier.template.document"
local emptiness = require "crier.template.emptiness"
local json = require "crier.template.json_tree"
local node = require "crier.template.node"
local summary = require "crier.template.summary"
local value = require "crier.template.value"

local message = {}

local find, member = node.find, node.member

local function refuse(state, any, text)
  return nil, json.place(state.source, any.at) .. ": " .. text, "TEMPLATE"
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

-- Marks the values that are names.
local function mark_names(any)
  local parts = any.parts or {}
  for i = 2, #parts - 1 do
    local before, after = parts[i - 1], parts[i + 1]
    if type(parts[i]) == "table" and type(before) == "string"
      and type(after) == "string" and before:find "<at>$"
      and after:find "^</at>" then
      parts[i] = setmetatable({ is_name = true }, { __index = parts[i] })
    end
  end
  for i = 1, #any do
    mark_names(any.kind == "object" and any[i].value or any[i])
  end
end

-- The members that an activity leaves out, and whether its values decide the
-- summary.
local function missing(tree)
  local members, text, is_late = {}, nil, nil
  if not find(tree, "type") then
    members[1] = member("type", node.text "message")
  end
  if not find(tree, "summary") then
    text, is_late = summary.of_activity(tree)
  end
  if text then
    members[#members + 1] = member("summary", text)
  end
  return members, is_late
end

-- Adds to an activity, read from `source`, what it leaves out.
local function completed(tree, source)
  local added = missing(tree)
  if not added[1] then
    return source.text
  end
  local first = node.write({ kind = "object", added[1], added[2] })
  return first:sub(1, -2) .. (tree[1] and "," or "")
    .. source.text:sub(tree.at + 1)
end

-- What a person's values decide is read from what they made of the activity.
local function read_back(made, causes, is_late)
  local fill = made.fill
  function made:fill(scope, options)
    local text, err, code = fill(self, scope, options)
    if not text then
      return nil, err, code
    end
    local tree, source = json.parse(text, self.name)
    local problem = not tree and source
      or causes and emptiness.problem(tree, causes)
    if problem then
      return nil, problem, "EMPTY"
    end
    return is_late and completed(tree, source) or text
  end
end

-- The template, which can be judged as a whole: `outline()` is the activity with
-- `${path}` for each value, `locate(pointer)` a place in it for people.
local function finish(state, tree, is_late)
  mark_names(tree)
  local made = compiled.new(state, tree)
  local causes = state.has_structure and emptiness.causes(tree)
  if causes or is_late then
    read_back(made, causes, is_late)
  end
  function made.outline()
    return node.write(tree)
  end
  function made.locate(_, pointer)
    local at = not state.is_table and node.offset(tree, pointer)
    return at and json.place(state.source, at)
      or state.source.name .. (pointer == "" and "" or " (" .. pointer .. ")")
  end
  return made
end

-- Takes the holes of something that was read by itself.
local function adopt(state, other)
  for _, hole in ipairs(other.holes) do
    table.insert(state.holes, hole)
  end
  for _, list in ipairs { "open", "odd" } do
    for _, place in ipairs(other[list]) do
      table.insert(state[list], place)
    end
  end
  return other.tree
end

local function without_place(any)
  any.at = nil
  for i = 1, #any do
    without_place(any.kind == "object" and any[i].value or any[i])
  end
  return any
end

local function read_summary(state, text)
  local other, err = document.read_text(text, state.source.name .. " summary")
  if not other then
    return nil, err
  end
  return without_place(adopt(state, other))
end

local function read_mentions(state, mentions)
  local text, err = value.encode(value.array(mentions))
  if not text then
    return nil, ("%s: a value in a mention %s"):format(state.source.name, err)
  end
  local other, problem =
    document.read(text, state.source.name .. " mentions")
  if not other then
    return nil, problem
  end
  return without_place(adopt(state, other))
end

-- What the options add around text or attachments: members before and after.
local function surround(state, options, default_summary)
  local before, after = { member("type", node.text "message") }, {}
  local text = default_summary
  if options.summary then
    local given, err = read_summary(state, options.summary)
    if not given then
      return nil, err
    end
    text = given
  end
  if text then
    before[#before + 1] = member("summary", text)
  end
  if options.importance then
    before[#before + 1] = member("importance", node.text(options.importance))
  end
  if options.format then
    before[#before + 1] = member("textFormat", node.text(options.format))
  end
  if options.alert ~= false then
    after[1] = member("channelData", { kind = "object",
      member("notification", { kind = "object",
        member("alert", node.boolean(true)) }) })
  end
  return before, after
end

local function assemble(before, inner, after)
  local tree = { kind = "object" }
  for _, list in ipairs { before, inner, after } do
    for _, one in ipairs(list) do
      tree[#tree + 1] = one
    end
  end
  return tree
end

-- Puts mentions into a card, beside those that it has.
local function add_to_card(card, mentions)
  local teams = find(card, "msteams")
  if not teams or teams.kind ~= "object" then
    teams = { kind = "object" }
    card[#card + 1] = member("msteams", teams)
  end
  local entities = find(teams, "entities")
  if not entities or entities.kind ~= "array" then
    entities = { kind = "array" }
    teams[#teams + 1] = member("entities", entities)
  end
  for i = 1, #mentions do
    entities[#entities + 1] = mentions[i]
  end
end

--- Compiles an Adaptive Card to a message with the card as its attachment.
-- @tparam string text the card as JSON
-- @tparam string name what errors call it, such as the file's name
-- @tparam ?table options as `crier.campaign.message.card` checked them
-- @treturn[1] crier.template; its `warnings` lists what Teams may not show
-- @treturn[2] nil
-- @treturn[2] string message with the place in the card
-- @treturn[2] string `TEMPLATE`
function message.card(text, name, options)
  options = options or {}
  local state, err, code = read_object(text, name, "a card")
  if not state then
    return nil, err, code
  end
  local card = state.tree
  local kind = find(card, "type")
  if not node.is_text(kind, "AdaptiveCard") then
    return refuse(state, kind or card,
      'an Adaptive Card has "type": "AdaptiveCard"')
  end
  local warnings, flaw = cards.check(card, state.source)
  if not warnings then
    return nil, flaw, "TEMPLATE"
  end
  local text_of_card, is_late = summary.of_card(card)
  local before, after = surround(state, options, text_of_card)
  if not before then
    return nil, after, "TEMPLATE"
  end
  if options.mentions then
    local mentions, problem = read_mentions(state, options.mentions)
    if not mentions then
      return nil, problem, "TEMPLATE"
    end
    add_to_card(card, mentions)
  end
  local made = finish(state, assemble(before, { member("attachments",
    { kind = "array", {
      kind = "object",
      member("contentType", node.text(summary.CARD_TYPE)),
      member("content", card),
    } }) }, after), is_late and not options.summary)
  made.warnings = warnings
  return made
end

--- Compiles a text to a message.
-- @tparam string text Markdown, as Teams reads it
-- @tparam string name what errors call it
-- @tparam ?table options as `crier.campaign.message.text` checked them
-- @treturn[1] crier.template
-- @treturn[2] nil
-- @treturn[2] string message with the place in the text
-- @treturn[2] string `TEMPLATE`
function message.text(text, name, options)
  options = options or {}
  local state, err = document.read_text(text, name)
  if not state then
    return nil, err, "TEMPLATE"
  elseif not text:find("%S") then
    return nil, name .. ": the text is empty", "TEMPLATE"
  end
  local before, after = surround(state, options)
  if not before then
    return nil, after, "TEMPLATE"
  end
  local inner = { member("text", state.tree) }
  if options.mentions then
    local mentions, problem = read_mentions(state, options.mentions)
    if not mentions then
      return nil, problem, "TEMPLATE"
    end
    inner[2] = member("entities", mentions)
  end
  return finish(state, assemble(before, inner, after))
end

-- Checks the cards of an activity; in a Lua table no line tells a place.
local function check_cards(state)
  local warnings = {}
  local place = state.is_table and function()
    return state.source.name
  end or nil
  for _, one in ipairs(summary.cards(state.tree)) do
    local found, flaw = cards.check(one.card, state.source, one.pointer, place)
    if not found then
      return nil, flaw
    end
    for _, warning in ipairs(found) do
      warnings[#warnings + 1] = warning
    end
  end
  return warnings
end

--- Compiles an activity. Its `type` is `message` unless it has one, its `summary`
-- that of its card. An empty Lua table in it is `{}`;
-- `crier.template.value.array {}` is `[]`.
-- @tparam table|string activity a table, or JSON text
-- @tparam string name what errors call it
-- @treturn[1] crier.template; its `warnings` lists what Teams may not show
-- @treturn[2] nil
-- @treturn[2] string message with the place in the JSON text
-- @treturn[2] string `TEMPLATE`
function message.activity(activity, name)
  local is_table = type(activity) == "table"
  if is_table then
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
  state.is_table = is_table
  local warnings, flaw = check_cards(state)
  if not warnings then
    return nil, flaw, "TEMPLATE"
  end
  local members, is_late = missing(state.tree)
  local tree = assemble(members, state.tree, {})
  tree.structure = state.tree.structure
  local made = finish(state, tree, is_late)
  made.warnings = warnings
  return made
end

-- Where a string is that is half of something.
local function half_of(any)
  local half = any.kind == "string" and json.half_pair(any.raw)
  if half then
    return any.at + half - 1
  end
  for i = 1, #any do
    local inner = any[i]
    local at = any.kind == "object" and half_of(inner.key)
      or half_of(inner.value or inner)
    if at then
      return at
    end
  end
end

--- Adds to an activity that is no template what `activity` adds.
-- @tparam string text JSON
-- @treturn[1] string JSON
-- @treturn[2] nil
-- @treturn[2] string message with the place in the text
function message.complete(text)
  local tree, source = json.parse(text, "activity")
  if not tree then
    return nil, source
  elseif tree.kind ~= "object" then
    return text
  end
  local half = half_of(tree)
  if half then
    return nil, json.place(source, half) .. ": " .. json.HALF_PAIR
  end
  return completed(tree, source)
end

return message

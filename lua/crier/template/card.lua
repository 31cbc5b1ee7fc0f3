--- What an Adaptive Card may be made of: element and action types, what each
-- needs, and the version that Teams shows (Microsoft's pages "Cards reference"
-- and "Adaptive Card schema"; what Teams alone knows is in the table too).
-- @module crier.template.card
local json = require "crier.template.json_tree"
local node = require "crier.template.node"
local suggest = require "crier.suggest"

local card = {}

--- The newest version of the schema that Teams shows everywhere.
card.VERSION = "1.5"

-- By type: `needs`, the members without which it shows nothing; then the members
-- that hold other typed objects, by what those are.
local ELEMENTS = {
  TextBlock = { needs = { "text" } },
  RichTextBlock = { needs = { "inlines" }, inlines = "run" },
  Image = { needs = { "url" } },
  ImageSet = { needs = { "images" }, images = "element" },
  Media = { needs = { "sources" } },
  FactSet = { needs = { "facts" } },
  ActionSet = { needs = { "actions" }, actions = "action" },
  Container = { needs = { "items" }, items = "element" },
  ColumnSet = { columns = "column" },
  Column = { items = "element" },
  Table = { rows = "row" },
  TableRow = { cells = "cell" },
  TableCell = { needs = { "items" }, items = "element" },
  Carousel = { needs = { "pages" }, pages = "element" },
  CarouselPage = { needs = { "items" }, items = "element" },
  ["Input.Text"] = { needs = { "id" }, inlineAction = "action" },
  ["Input.Number"] = { needs = { "id" } },
  ["Input.Date"] = { needs = { "id" } },
  ["Input.Time"] = { needs = { "id" } },
  ["Input.Toggle"] = { needs = { "id", "title" } },
  ["Input.ChoiceSet"] = { needs = { "id" } },
  ["Input.Rating"] = { needs = { "id" } },
  Badge = {}, CodeBlock = {}, Component = {}, CompoundButton = {}, Icon = {},
  ProgressBar = {}, ProgressRing = {}, Rating = {}, TabSet = {},
  ["Chart.Donut"] = {}, ["Chart.Gauge"] = {}, ["Chart.HorizontalBar"] = {},
  ["Chart.HorizontalBar.Stacked"] = {}, ["Chart.Line"] = {}, ["Chart.Pie"] = {},
  ["Chart.VerticalBar"] = {}, ["Chart.VerticalBar.Grouped"] = {},
}

local ACTIONS = {
  ["Action.OpenUrl"] = { needs = { "url" } },
  ["Action.Submit"] = {},
  ["Action.Execute"] = {},
  ["Action.ShowCard"] = { needs = { "card" }, card = "card" },
  ["Action.ToggleVisibility"] = { needs = { "targetElements" } },
  ["Action.InsertImage"] = {}, ["Action.OpenUrlDialog"] = {},
  ["Action.Popover"] = {}, ["Action.ResetInputs"] = {},
  ["Action.RunCommands"] = {},
}

-- What may stand where; `default`: the type of an object that has none.
local KINDS = {
  element = { types = ELEMENTS, word = "element" },
  action = { types = ACTIONS, word = "action" },
  column = { types = ELEMENTS, word = "element", default = "Column" },
  row = { types = ELEMENTS, word = "element", default = "TableRow" },
  cell = { types = ELEMENTS, word = "element", default = "TableCell" },
  run = { types = { TextRun = { needs = { "text" } } }, word = "inline" },
  card = { types = { AdaptiveCard = { body = "element", actions = "action" } },
    word = "card", default = "AdaptiveCard" },
}

-- Members that every type may have.
local COMMON = { selectAction = "action" }

local function names(types)
  local list = {}
  for name in pairs(types) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

local function type_of(any)
  local given = node.find(any, "type")
  if not given then
    return nil
  elseif given.kind ~= "string" or given.parts then
    return false -- computed, or no text: nothing to say of it
  end
  return json.decode_string(given.raw), given
end

local judge

local function judge_member(state, any, name, kind, pointer)
  local inner = node.find(any, name)
  if not inner then
    return nil
  elseif inner.kind ~= "array" then
    return judge(state, inner, kind, pointer .. "/" .. name)
  end
  for i = 1, #inner do
    local at, message =
      judge(state, inner[i], kind, ("%s/%s/%d"):format(pointer, name, i - 1))
    if at then
      return at, message
    end
  end
end

local function judge_members(state, any, rule, pointer)
  for _, list in ipairs { rule, COMMON } do
    for _, name in ipairs(names(list)) do
      if name ~= "needs" then
        local at, message = judge_member(state, any, name, list[name], pointer)
        if at then
          return at, message
        end
      end
    end
  end
end

local function warn(state, at, message)
  table.insert(state.warnings, state.place(at) .. ": " .. message)
end

-- The node at fault and what is wrong with it.
function judge(state, any, kind, pointer)
  local known = KINDS[kind]
  if any.kind ~= "object" then
    return nil
  end
  local name, given = type_of(any)
  if name == nil then
    name = known.default
  end
  if name == nil then
    warn(state, any.at, ("%s: this %s has no type"):format(pointer, known.word))
  end
  local rule = name and known.types[name]
  if name and not rule and not node.find(any, "fallback") then
    local near = suggest.nearest(name, names(known.types))
    return given, ("%s: there is no %s %s%s"):format(pointer, known.word, name,
      near and "; did you mean " .. near .. "?" or "")
  end
  for _, need in ipairs(rule and rule.needs or {}) do
    if not node.find(any, need) then
      warn(state, any.at, ("%s: %s without %s shows nothing"):format(pointer,
        name, need))
    end
  end
  return judge_members(state, any, rule or {}, pointer)
end

local function newer(version)
  local major, minor = version:match "^(%d+)%.(%d+)$"
  local known_major, known_minor = card.VERSION:match "^(%d+)%.(%d+)$"
  major, minor = tonumber(major), tonumber(minor)
  known_major, known_minor = tonumber(known_major), tonumber(known_minor)
  return major ~= nil and (major > known_major
    or major == known_major and minor > known_minor)
end

--- Checks a card.
-- @tparam table tree of `crier.template.document`
-- @tparam table source its source, for places
-- @tparam[opt=""] string pointer where in its document the card is
-- @tparam[opt] function place tells a place for people of one in the source
-- @treturn[1] {string,...} what Teams may not show, as warnings
-- @treturn[2] nil
-- @treturn[2] string message with place and JSON Pointer
function card.check(tree, source, pointer, place)
  pointer = pointer or ""
  local state = { warnings = {}, place = place or function(at)
    return json.place(source, at)
  end }
  local at, message = judge(state, tree, "card", pointer)
  if at then
    return nil, state.place(at.at) .. ": " .. message
  end
  local version = node.find(tree, "version")
  local text = version and version.kind == "string" and not version.parts
    and json.decode_string(version.raw)
  if text and newer(text) then
    warn(state, version.at, ("%s/version: Teams shows cards up to %s, not all of %s")
      :format(pointer, card.VERSION, text))
  end
  return state.warnings
end

return card

--- Finds the holes of a JSON template.
--
-- Each string node that has holes gets `parts`: an array of literal strings and
-- holes. A hole is
--
--     { node = <expression>, source = "${ a.b }", path = "a.b",
--       where = "hello.json:12:20", pointer = "/body/0/text" }
--
-- An object with `$data` or `$when` gets `structure`, and keeps the members that
-- are written: see `crier.template.structure`. The holes of what it repeats have
-- `is_inside`.
--
-- @module crier.template.document
local interpolation = require "crier.template.interpolation"
local json = require "crier.template.json_tree"
local structure = require "crier.template.structure"
local value = require "crier.template.value"

local document = {}

local walk

-- Places in the source of bytes of a decoded string, offsets ascending.
local function places(state, node, offsets)
  local found = json.raw_offsets(node.raw, offsets)
  for i = 1, #found do
    found[i] = json.place(state.source, node.at + found[i] - 1)
  end
  return found
end

-- Gives each hole its place.
local function note_holes(state, parts, pointer, locate)
  local holes, offsets = {}, {}
  for i = 1, #parts do
    if type(parts[i]) == "table" then
      holes[#holes + 1] = parts[i]
      offsets[#offsets + 1] = parts[i].at
    end
  end
  local where = locate(offsets)
  for i = 1, #holes do
    holes[i].where, holes[i].pointer = where[i], pointer
    holes[i].is_inside = state.inside
    table.insert(state.holes, holes[i])
  end
  if parts.open then
    table.insert(state.open, locate({ parts.open })[1])
  end
end

local function may_have_holes(raw)
  return raw:find("${", 1, true) or raw:find("\\u00[27][4bB]")
end

local function note_half(state, node)
  local half = json.half_pair(node.raw)
  if half then
    table.insert(state.odd,
      json.place(state.source, node.at + half - 1) .. ": " .. json.HALF_PAIR)
  end
end

local function walk_string(state, node, pointer)
  note_half(state, node)
  if not may_have_holes(node.raw) then
    return true
  end
  local text = json.decode_string(node.raw)
  local parts, message, offset = interpolation.split(text)
  if parts == nil then
    return nil, places(state, node, { offset })[1] .. ": " .. message
  elseif not parts then
    return true
  end
  note_holes(state, parts, pointer, function(offsets)
    return places(state, node, offsets)
  end)
  if #parts == 1 and type(parts[1]) == "string" then
    node.raw = '"' .. value.escape(parts[1]) .. '"'
  else
    node.parts = parts
  end
  return true
end

local function walk_array(state, node, pointer)
  for i = 1, #node do
    local ok, err = walk(state, node[i], pointer .. "/" .. i - 1)
    if not ok then
      return nil, err
    end
  end
  return true
end

-- Takes what the language gives a meaning to out of an object.
local function take_structure(state, node, key, member)
  local name = key:sub(2)
  if name ~= "data" and name ~= "when" then
    return
  end
  node.structure = node.structure or {}
  node.structure[name] = member.value
  state.has_structure = true
  if name == "when" and not member.value.parts then
    table.insert(state.odd, json.place(state.source, member.value.at)
      .. ": $when takes an expression: ${...}")
  end
end

local function walk_member(state, member, key, pointer)
  note_half(state, member.key)
  if key:find("${", 1, true) then
    table.insert(state.open, json.place(state.source, member.key.at))
  end
  local step = key:gsub("~", "~0"):gsub("/", "~1")
  return walk(state, member.value, pointer .. "/" .. step)
end

-- `$data` is evaluated outside of the object, all else inside.
local function walk_object(state, node, pointer)
  local keys, kept, inside = {}, {}, state.inside
  for i = 1, #node do
    keys[i] = json.decode_string(node[i].key.raw)
    if keys[i] == "$data" then
      local ok, err = walk_member(state, node[i], keys[i], pointer)
      if not ok then
        return nil, err
      end
      state.inside = true
    end
  end
  for i = 1, #node do
    if keys[i] ~= "$data" then
      local ok, err = walk_member(state, node[i], keys[i], pointer)
      if not ok then
        return nil, err
      end
    end
  end
  state.inside = inside
  for i = 1, #node do
    if structure.RESERVED[keys[i]] then
      take_structure(state, node, keys[i], node[i])
    else
      kept[#kept + 1] = node[i]
    end
  end
  if #kept < #node then
    for i = 1, #node do
      node[i] = kept[i]
    end
  end
  return true
end

-- Beyond 1e308 a number is none to most readers (RFC 8259, section 6).
local function walk_literal(state, node)
  local number = tonumber(node.raw)
  if number and math.abs(number) == math.huge then
    table.insert(state.odd, json.place(state.source, node.at)
      .. ": this number is too large")
  end
  return true
end

local WALKERS = {
  string = walk_string,
  array = walk_array,
  object = walk_object,
  literal = walk_literal,
}

function walk(state, node, pointer)
  return WALKERS[node.kind](state, node, pointer)
end

local function too_large(text, name)
  if #text > json.MAX_BYTES then
    return ("%s: larger than %d bytes"):format(name, json.MAX_BYTES)
  end
end

--- Reads a JSON template.
-- @tparam string text
-- @tparam string name what errors call it
-- @treturn[1] table `{ tree =, source =, holes =, open =, odd = }`; `open` lists
--   the places of each `${` that would stay as it is: one without an end, or in a
--   key; `odd` what is no mistake in the language, but in a campaign
-- @treturn[2] nil
-- @treturn[2] string message
function document.read(text, name)
  local tree, source
  local err = too_large(text, name)
  if not err then
    tree, source = json.parse(text, name)
    err = source
  end
  if not tree then
    return nil, err
  end
  local state =
    { tree = tree, source = source, holes = {}, open = {}, odd = {} }
  local ok
  ok, err = walk(state, tree, "")
  if not ok then
    return nil, err
  end
  return state
end

--- Reads a text template as one string node.
-- @tparam string text
-- @tparam string name what errors call it
-- @treturn[1] table as `read` gives it
-- @treturn[2] nil
-- @treturn[2] string message
function document.read_text(text, name)
  local err = too_large(text, name)
  if err then
    return nil, err
  end
  text = text:gsub("^\239\187\191", "")
  local source = { name = name, text = text }
  local parts, message, offset = interpolation.split(text)
  if parts == nil then
    return nil, json.place(source, offset) .. ": " .. message
  end
  local state = { source = source, holes = {}, open = {}, odd = {} }
  parts = parts or { text }
  note_holes(state, parts, nil, function(offsets)
    for i = 1, #offsets do
      offsets[i] = json.place(source, offsets[i])
    end
    return offsets
  end)
  state.tree = { kind = "string", at = 1, parts = parts, is_text = true }
  return state
end

return document

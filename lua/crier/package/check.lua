--- Holds a JSON document against rules, and notes every fault.
--
-- A rule is a function of the check, a node of `crier.template.json_tree` and
-- the node's path; it notes what is wrong with it. A fault is
--
--     { file = "manifest.json", line = 12, path = "bots[0].botId",
--       wrong = '"x" is not a GUID', allowed = "…" }
--
-- @module crier.package.check
local json = require "crier.template.json_tree"
local suggest = require "crier.suggest"
local utf8text = require "crier.template.utf8text"

local check = {}

local check_methods = {}
local check_mt = { __name = "crier.package.check", __index = check_methods }

local SHOWN = 40 -- characters of a value
local KINDS = { string = "a string", array = "an array", object = "an object" }

--- Begins a check.
-- @tparam table source from `crier.template.json_tree.parse`
-- @treturn crier.package.check with the arrays `faults` and `warnings`
function check.new(source)
  return setmetatable({ source = source, faults = {}, warnings = {} }, check_mt)
end

--- Writes a fault as one line.
-- @tparam table fault
-- @treturn string
function check.line(fault)
  local place = fault.file .. (fault.line and (":%d"):format(fault.line) or "")
  return place .. ": " .. (fault.path and fault.path .. ": " or "") .. fault.wrong
    .. (fault.allowed and "; allowed: " .. fault.allowed or "")
end

local function note(self, list, node, path, wrong, allowed)
  local line = node and json.place(self.source, node.at):match ":(%d+):%d+$"
  list[#list + 1] = { file = self.source.name, line = tonumber(line),
    path = path ~= "" and path or nil, wrong = wrong, allowed = allowed }
end

--- Notes a fault.
-- @tparam ?table node where it is
-- @tparam string path such as `bots[0].botId`
-- @tparam string wrong what is wrong
-- @tparam ?string allowed what is allowed
function check_methods:fault(node, path, wrong, allowed)
  note(self, self.faults, node, path, wrong, allowed)
end

--- Notes a warning: what is allowed, but hardly meant.
-- @tparam ?table node where it is
-- @tparam string path such as `bots[0].botId`
-- @tparam string wrong what is odd
-- @tparam ?string allowed what is better
function check_methods:warning(node, path, wrong, allowed)
  note(self, self.warnings, node, path, wrong, allowed)
end

--- The text of a node.
-- @tparam ?table node
-- @treturn ?string nil when it is no string
function check.text_of(node)
  return node and node.kind == "string" and json.decode_string(node.raw) or nil
end

--- A text as a fault shows it: quoted, short, without control characters.
-- @tparam string text
-- @treturn string
function check.shown(text)
  local short = utf8text.cut(text, SHOWN)
  return '"' .. short:gsub("[%c\127]", "?") .. (#short < #text and "…" or "") .. '"'
end

--- Finds what a path leads to.
-- @tparam ?table node where it begins
-- @param ... names of members, and numbers of elements from 1
-- @treturn ?table node
function check.at(node, ...)
  for i = 1, select("#", ...) do
    local step, found = (select(i, ...)), nil
    if node and node.kind == "array" then
      found = node[step]
    elseif node and node.kind == "object" then
      for _, member in ipairs(node) do
        if json.decode_string(member.key.raw) == step then
          found = member.value
        end
      end
    end
    node = found
  end
  return node
end

local function is_kind(self, node, path, kind)
  if node.kind == kind then
    return true
  end
  self:fault(node, path, "is " .. (KINDS[node.kind] or node.raw), KINDS[kind])
  return false
end

local function count(n, what)
  return ("%d %s%s"):format(n, what, n == 1 and "" or "s")
end

--- A rule that takes anything.
function check.anything()
end

--- Makes a rule for texts.
-- @tparam ?table options
-- @tparam ?integer options.most characters
-- @tparam ?function options.form given the text, tells what is wrong with it,
--   or nil
-- @tparam ?string options.allowed what to say is allowed
-- @treturn function
function check.text(options)
  options = options or {}
  local most = options.most or 2048
  return function(self, node, path)
    if not is_kind(self, node, path, "string") then
      return
    end
    local text = json.decode_string(node.raw)
    local length = utf8text.length(text)
    if not text:find "%S" then
      return self:fault(node, path, "is empty", options.allowed
        or ("1 to %d characters"):format(most))
    elseif length > most then
      return self:fault(node, path, ("has %d characters"):format(length),
        ("at most %d"):format(most))
    end
    local wrong = options.form and options.form(text)
    if wrong then
      self:fault(node, path, wrong, options.allowed)
    end
  end
end

--- Makes a rule for one of several words.
-- @tparam {string,...} words
-- @treturn function
function check.choice(words)
  local set, allowed = {}, table.concat(words, ", ")
  for _, word in ipairs(words) do
    set[word] = true
  end
  return function(self, node, path)
    local text = check.text_of(node)
    if not (text and set[text]) then
      self:fault(node, path, "is " .. (text and check.shown(text) or KINDS[node.kind]
        or node.raw), allowed)
    end
  end
end

--- A rule for true and false.
function check.flag(self, node, path)
  if node.raw ~= "true" and node.raw ~= "false" then
    self:fault(node, path, "is " .. (KINDS[node.kind] or node.raw), "true or false")
  end
end

--- Makes a rule for arrays.
-- @tparam function item rule of each element
-- @tparam integer most elements
-- @tparam ?integer least elements
-- @treturn function
function check.list(item, most, least)
  return function(self, node, path)
    if not is_kind(self, node, path, "array") then
      return
    end
    if #node > most or #node < (least or 0) then
      self:fault(node, path, "has " .. count(#node, "element"),
        least and least == most and ("exactly %d"):format(most)
        or least and ("%d to %d"):format(least, most) or ("at most %d"):format(most))
    end
    local seen = {}
    for i, each in ipairs(node) do
      local place = ("%s[%d]"):format(path, i - 1)
      item(self, each, place)
      local text = check.text_of(each)
      if text and seen[text] then
        self:fault(each, place, check.shown(text) .. " is there already", "each once")
      end
      seen[text or i] = true
    end
  end
end

local function check_members(self, node, path, fields, names)
  local seen = {}
  for _, member in ipairs(node) do
    local name = json.decode_string(member.key.raw)
    local place = path == "" and name or path .. "." .. name
    if seen[name] then
      self:fault(member.key, place, "is there twice", "each field once")
    elseif fields[name] then
      fields[name](self, member.value, place)
    else
      local near = suggest.nearest(name, names)
      self:warning(member.key, place:gsub("[%c\127]", "?"), "is not a field that is known here"
        .. (near and ("; did you mean '%s'?"):format(near) or ""))
    end
    seen[name] = true
  end
  return seen
end

--- Makes a rule for objects. A field that it does not know is a warning.
-- @tparam table fields rules by name
-- @tparam ?{string,...} required names
-- @treturn function
function check.object(fields, required)
  local names = {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  return function(self, node, path)
    if not is_kind(self, node, path, "object") then
      return
    end
    local seen = check_members(self, node, path, fields, names)
    for _, name in ipairs(required or {}) do
      if not seen[name] then
        self:fault(node, path == "" and name or path .. "." .. name, "is missing")
      end
    end
  end
end

return check

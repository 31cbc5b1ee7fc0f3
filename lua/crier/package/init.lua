--- A Teams app package: the manifest, its icons and its languages, judged as
-- Teams would before it gets there.
-- @module crier.package
local check = require "crier.package.check"
local forms = require "crier.package.forms"
local icons = require "crier.package.icons"
local json = require "crier.template.json_tree"
local rules = require "crier.package.rules"

local package_ = {}

--- The name of the manifest.
package_.MANIFEST = "manifest.json"

local function add(self, name, bytes)
  self.entries[#self.entries + 1] = { name = name, data = bytes }
end

local function missing(self, node, path, name)
  self.check:fault(node, path, ("names %s, which is not there"):format(check.shown(name)),
    "a file in the same folder")
end

-- The bytes of a file that the manifest names, or nil after saying why.
local function file_of(self, node, path)
  local name = check.text_of(node)
  if not name or self.seen[name] or forms.path(name) then
    return nil
  end
  local bytes = self.read(name)
  if not bytes then
    missing(self, node, path, name)
    return nil
  end
  self.seen[name] = true
  add(self, name, bytes)
  return bytes, name
end

local function judge_icons(self, tree)
  for _, kind in ipairs(icons.names) do
    local node = check.at(tree, "icons", kind)
    local bytes, name = file_of(self, node, "icons." .. kind)
    if bytes then
      local facts, message = self.inspect(bytes)
      icons.judge(self.check, kind, name, facts, message)
    end
  end
end

-- The message is `name:line:column: what`.
local function syntax_fault(name, message)
  local line, column, wrong = message:sub(#name + 1):match "^:(%d+):(%d+): (.*)$"
  return { file = name, line = tonumber(line), wrong = ("column %s: %s"):format(column, wrong) }
end

local function judge_language(self, node, path)
  local bytes, name = file_of(self, node, path)
  if not bytes then
    return
  end
  local tree, message = json.parse(bytes, name)
  local faults = self.check.faults
  if not tree then
    faults[#faults + 1] = syntax_fault(name, message)
  elseif tree.kind ~= "object" then
    faults[#faults + 1] = { file = name, wrong = "is not a JSON object" }
  end
end

local function judge_languages(self, tree)
  judge_language(self, check.at(tree, "localizationInfo", "defaultLanguageFile"),
    "localizationInfo.defaultLanguageFile")
  local others = check.at(tree, "localizationInfo", "additionalLanguages") or {}
  for i = 1, #others do
    judge_language(self, check.at(others, i, "file"),
      ("localizationInfo.additionalLanguages[%d].file"):format(i - 1))
  end
end

local function facts_of(tree)
  local function text(...)
    return check.text_of(check.at(tree, ...))
  end
  return {
    id = (text "id" or ""):lower(),
    version = text "version",
    name = text("name", "short"),
    bot_id = (text("bots", 1, "botId") or ""):lower(),
    client_id = (text("webApplicationInfo", "id") or ""):lower(),
  }
end

local function failed(fault)
  return { faults = { fault }, warnings = {}, entries = {} }
end

--- Judges a package.
-- @tparam table options
-- @tparam function options.read gives the bytes of a file by its name, or nil
-- @tparam function options.inspect `crier.archive.inspect`
-- @treturn table `faults` and `warnings` (see `crier.package.check`), `entries`
--   (an array of `{ name =, data = }`: what belongs in the zip) and `app`: its
--   `id`, `version`, `name`, `bot_id`, `client_id`; nil when the manifest cannot
--   be read
function package_.judge(options)
  local text = options.read(package_.MANIFEST)
  if not text then
    return failed { file = package_.MANIFEST, wrong = "is not there",
      allowed = "a manifest at the top of the package" }
  end
  local tree, source = json.parse(text, package_.MANIFEST)
  if not tree then
    return failed(syntax_fault(package_.MANIFEST, source))
  end
  local self = { read = options.read, inspect = options.inspect, seen = {}, entries = {},
    check = check.new(source) }
  add(self, package_.MANIFEST, text)
  self.seen[package_.MANIFEST] = true
  rules.judge(self.check, tree)
  judge_icons(self, tree)
  judge_languages(self, tree)
  return { faults = self.check.faults, warnings = self.check.warnings,
    entries = self.entries, app = facts_of(tree) }
end

return package_

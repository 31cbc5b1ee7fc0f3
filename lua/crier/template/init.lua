--- Templates: JSON (Adaptive Cards) or text with `${path}` in it, compiled once
-- to literal text and holes.
--
-- The language is Adaptive Cards Templating, of which paths are supported so
-- far: `${name}`, `${a.b}`, `${a['b c']}`, `${a[0]}`, `${$root.a}`, `${$data.a}`,
-- `${$host.a}`. A literal `${` is written `\${` (in JSON `\\${`).
-- @module crier.template
local check = require "crier.template.check"
local compiled = require "crier.template.compiled"
local document = require "crier.template.document"
local json = require "crier.template.json_tree"

local template = {}

--- Compiles a template.
-- @tparam string text
-- @tparam[opt] table options
-- @tparam[opt="template"] string options.name what errors call it
-- @tparam[opt="card"] string options.kind `"card"` for JSON, `"text"` for text
-- @treturn[1] crier.template with `render`, `fill` and `paths`
-- @treturn[2] nil
-- @treturn[2] string message: `hello.json:12:20: …`
-- @treturn[2] string `TEMPLATE`
-- @raise if `text` is no string or `kind` is unknown
function template.compile(text, options)
  options = options or {}
  local name, kind = options.name or "template", options.kind or "card"
  if type(text) ~= "string" then
    error("a template is compiled from a string, not a " .. type(text), 2)
  elseif kind ~= "card" and kind ~= "text" then
    error('kind must be "card" or "text"', 2)
  end
  local read = kind == "card" and document.read or document.read_text
  local state, err = read(text, name)
  if not state then
    return nil, err, "TEMPLATE"
  end
  return compiled.new(state, nil, kind == "text")
end

--- Checks a template's paths against what a campaign knows, before anything is
-- sent.
-- @tparam crier.template self
-- @tparam table roots by name: true (any field), the list of its fields, or the
--   set of them, each true or again a list or a set: `{ data = true, recipient =
--   { givenName = true, csv = { "site" } }, campaign = { "name" } }`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message with place and, if there is one, a suggestion
-- @treturn[2] string `TEMPLATE`
function template.check(self, roots)
  return check.check(self, roots)
end

--- Size in bytes beyond which a template is refused.
template.MAX_BYTES = json.MAX_BYTES

return template

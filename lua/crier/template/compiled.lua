--- A compiled template.
-- @module crier.template.compiled
local expression = require "crier.template.expression"
local fill = require "crier.template.fill"
local render = require "crier.template.render"
local services = require "crier.template.services"
local value = require "crier.template.value"

local compiled = {}

-- Environments of templates that compute nothing.
local NOTHING, EMPTY = {}, { is_empty_allowed = true }

local template_methods = {}
local template_mt = { __name = "crier.template", __index = template_methods }

--- Compiles what `crier.template.document` read.
-- @tparam table document `{ tree =, source =, holes =, open =, odd = }`
-- @tparam[opt] table tree another tree around or instead of the document's
-- @tparam[opt] boolean is_plain the result is text, not JSON
-- @treturn crier.template
function compiled.new(document, tree, is_plain)
  tree = tree or document.tree
  local filler = fill.compile(tree, is_plain)
  return setmetatable({
    name = document.source.name,
    is_computed = fill.is_computed(filler),
    zones = {},
    holes = document.holes,
    open = document.open,
    odd = document.odd,
    filler = filler,
    renderer = render.compile(tree, is_plain),
  }, template_mt)
end

local function input(any, name)
  if type(any) == "string" then
    return value.decode(any, name)
  end
  return any
end

--- Renders the template as the reference implementation does: a path that leads
-- nowhere stays as `${…}`. `data` and `host` are tables, or JSON text, which
-- keeps `[]` apart from `{}` and keys in their order.
-- @tparam[opt] table options
-- @param options.data the fields that `${name}` finds, also `$data` and `$root`
-- @param options.host what `$host` is
-- @tparam[opt] integer options.now_ms what `utcNow` and the like take for now,
--   milliseconds since 1970; default the system's clock
-- @tparam[opt=math.random] function options.random for `rand` and `newGuid`
-- @tparam[opt="en-US"] string options.locale where a function is given none
-- @tparam[opt] string options.number_locale the same for numbers; default `locale`
-- @treturn[1] string JSON text, or text from a text template
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string `JSON` (data or host cannot be read) or `TYPE` (a value
--   cannot stand where the template puts it)
function template_methods:render(options)
  options = options or {}
  local data, err = input(options.data, "data")
  local host
  if not err then
    host, err = input(options.host, "host")
  end
  if err then
    return nil, err, "JSON"
  end
  local env = services.env(options)
  env.root, env.data, env.host, env.zones = data, data, host, self.zones
  local text
  text, err = self.renderer(env)
  if not text then
    return nil, err, "TYPE"
  end
  return text
end

--- Fills the template for one person of a campaign. A null renders empty, as
-- does an absent field of `recipient` and `campaign`; an absent field of `data`
-- is an error. Alone in its string a value keeps its type; inside text only
-- text, numbers and booleans can stand.
-- @tparam table scope `{ recipient =, data =, campaign = }`
-- @tparam[opt] table options
-- @tparam[opt] string options.on_missing `"empty"`: every absent field is empty
-- @param options.now_ms this and more as `render` takes it
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string with `MISSING` the path alone, such as `data.office`
-- @treturn[2] string `MISSING`, or `TYPE` for a value that cannot stand there; of
--   `crier.template.message` also `EMPTY`
function template_methods:fill(scope, options)
  options = options or {}
  local env = NOTHING
  if self.is_computed then
    env = services.env(options)
    env.root, env.data, env.strict, env.bytes = scope, scope, true, 0
    env.zones = self.zones
    env.is_empty_allowed = options.on_missing == "empty"
  elseif options.on_missing == "empty" then
    env = EMPTY
  end
  return fill.run(self.filler, scope, env)
end

--- Lists the paths that the template reads.
-- @treturn {table,...} `{ path = "recipient.givenName", root = "recipient",
--   field = "givenName", place = "hello.json:12:20 (/body/0/text)" }`
function template_methods:paths()
  local paths = {}
  for i = 1, #self.holes do
    local hole = self.holes[i]
    for _, keys in ipairs(expression.paths(hole.node)) do
      paths[#paths + 1] = {
        path = expression.path(keys),
        root = keys[1],
        field = keys[2],
        place = hole.where .. (hole.pointer and " (" .. hole.pointer .. ")" or ""),
      }
    end
  end
  return paths
end

return compiled

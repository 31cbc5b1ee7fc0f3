--- Compiles expressions to closures, with the results of the reference
-- implementation (npm: adaptive-expressions 4.23), its surprises included:
--
--   * names are found whatever their letter case, the first of several wins;
--   * a path of names that leads nowhere gives its own text, `${a.b}`, but not in
--     a condition or a comparison, where it is undefined; a bracket that leads
--     nowhere at the end of a path gives nothing;
--   * an index outside a list is an error.
--
-- A closure takes an environment and returns a value (nil: undefined;
-- `value.null`: null), or nil and a message. The environment is
--
--     { root =, data =, host =, index =,   what `$root` and the like are
--       strict =, is_empty_allowed =,      for a campaign: see `crier.template.fill`
--       now_ms =, random =, find =, locale =, number_locale = }  injected
--
-- A campaign's environment is strict: letter case counts, and what is missing is
-- an error that names the path.
-- @module crier.template.evaluate
local access = require "crier.template.access"
local expression = require "crier.template.expression"
local interpolation = require "crier.template.interpolation"
local memory = require "crier.template.memory"
local semantics = require "crier.template.semantics"
local value = require "crier.template.value"

local evaluate = {}

--- Writes a value as text, as JavaScript's `toString` does.
-- @param any
-- @treturn ?string nil for null, undefined and what is no JSON value
evaluate.text = semantics.text

local compilers = {}

function compilers.constant(node)
  local any = node.value
  return function()
    return any
  end
end

-- An index as the reference implementation writes it into a path.
local function index_step(any)
  if type(any) == "number" then
    return "[" .. semantics.number_text(any) .. "]"
  elseif type(any) ~= "string" then
    return nil, semantics.shown(any) .. " is neither a name nor a whole number"
  end
  return semantics.parse_int(any) and "[" .. any .. "]" or "['" .. any .. "']"
end

-- Steps of a path, from its end: texts, and closures of what is computed.
local function steps_of(node, is_filling)
  local steps = {}
  while node and (node.kind == "accessor" or node.kind == "element") do
    if node.kind == "accessor" then
      table.insert(steps, 1, (node.instance and "." or "") .. node.name)
    elseif node.index.kind == "constant" and index_step(node.index.value) then
      table.insert(steps, 1, index_step(node.index.value))
    else
      table.insert(steps, 1, evaluate.compile(node.index, is_filling))
    end
    node = node.instance
  end
  return steps, node
end

local function path_of(steps, env)
  local out = {}
  for i = 1, #steps do
    local step = steps[i]
    if type(step) == "function" then
      local any, err = step(env)
      if not err then
        step, err = index_step(any)
      end
      if err then
        return nil, err
      end
    end
    out[i] = step
  end
  return (table.concat(out):gsub("^%.", ""))
end

local function is_fixed(steps)
  for i = 1, #steps do
    if type(steps[i]) ~= "string" then
      return false
    end
  end
  return true
end

function compilers.accessor(node, is_filling)
  local steps, instance = steps_of(node, is_filling)
  instance = instance and evaluate.compile(instance, is_filling)
  local path = is_fixed(steps) and path_of(steps)
  local parts = path and access.split(path)
  if path and not instance then
    return function(env)
      return memory.find(env, parts, path, is_filling)
    end
  end
  return function(env)
    local any, err, where = nil, nil, path
    if not where then
      where, err = path_of(steps, env)
    end
    if not err and instance then
      any, err = instance(env)
    end
    if err then
      return nil, err
    end
    return memory.look_up(env, where, is_filling, instance and { instance = any })
  end
end

function compilers.element(node, is_filling)
  local instance = evaluate.compile(node.instance, is_filling)
  local index = evaluate.compile(node.index, false)
  local strict_index = evaluate.compile(node.index, is_filling)
  return function(env)
    local holder, err = instance(env)
    local at
    if not err then
      at, err = (env.strict and strict_index or index)(env)
    end
    if err then
      return nil, type(err) == "table" and err or { message = err }
    elseif semantics.is_integer(at) then
      return access.item(holder, at)
    elseif type(at) == "string" then
      return memory.property(env)(holder, at)
    end
    return nil, semantics.shown(at) .. " is neither a name nor a whole number"
  end
end

-- Evaluates arguments in turn.
local function gather(env, closures, check)
  local args = {}
  for i = 1, #closures do
    local any, err = closures[i](env)
    if not err and check then
      err = check(any, i)
    end
    if err then
      return nil, err
    end
    args[i] = any
  end
  return args
end

local function lambda(node, is_filling)
  local list = evaluate.compile(node[1], is_filling)
  local name, body = node[2].name, evaluate.compile(node[3], is_filling)
  return function(env)
    local any, problem = list(env)
    local items = not problem and access.items(any)
    if not items then
      return nil, problem or semantics.shown(any) .. " is neither a list nor an object"
    end
    local outer, layer = env.locals, { name = name, outer = env.locals }
    return any, items, function(item)
      env.locals, layer.item = layer, item
      local result
      local err = semantics.spend(env, 1)
      if not err then
        result, err = body(env)
      end
      env.locals = outer
      return result, err
    end
  end
end

local function compile_call(node, is_filling)
  local def, closures = node.def, {}
  for i = 1, #node do
    closures[i] = evaluate.compile(node[i], is_filling and not def.is_tolerant)
  end
  local count, check, fn = #closures, def.verify, def.fn
  return function(env)
    local err = semantics.spend(env, 1)
    local args
    if not err then
      args, err = gather(env, closures, check)
    end
    if err then
      if type(err) ~= "table" and (def.is_tolerant or def.never_fails) then
        return false
      end
      return nil, err
    end
    return fn(args, env, count)
  end
end

-- `coalesce` in a campaign is there for what may be missing.
local function compile_choice(node, is_filling)
  local lenient, strict = compile_call(node, is_filling),
    compile_call(node, false)
  return function(env)
    return (env.strict and strict or lenient)(env)
  end
end

function compilers.call(node, is_filling)
  local def = node.def
  if def.is_lambda then
    return def.compile(lambda(node, is_filling), is_filling)
  elseif def.is_choice then
    return compile_choice(node, is_filling)
  elseif def.is_template then
    return evaluate.compile_interpreter(node, is_filling)
  elseif def.special then
    return def.special(node, evaluate.compile, is_filling,
      memory.look_up)
  end
  return compile_call(node, is_filling)
end

--- Compiles a node of `crier.template.expression`.
-- @tparam table node
-- @tparam boolean is_filling a path that leads nowhere gives its own text, or in
--   a campaign an error
-- @treturn function `(env) -> value | nil, message`
function evaluate.compile(node, is_filling)
  return compilers[node.kind](node, is_filling)
end

--- Compiles `stringOrValue`: its text is a template, read when it is known.
-- @tparam table node
-- @tparam boolean is_filling
-- @treturn function
function evaluate.compile_interpreter(node, is_filling)
  local text_of = evaluate.compile(node[1], is_filling)
  return function(env)
    local text, err = text_of(env)
    if err then
      return nil, err
    elseif type(text) ~= "string" then
      return nil, semantics.shown(text) .. " is not a text"
    end
    err = semantics.spend(env, #text)
    local parts, problem = interpolation.split(text)
    if err or parts == nil then
      return nil, err or { message = problem }
    elseif not parts then
      return text
    end
    local out = {}
    for i = 1, #parts do
      local part = parts[i]
      if type(part) == "table" then
        part, err = evaluate.compile(part.node, is_filling)(env)
        if err or #parts == 1 then
          return part, err
        end
        part, err = semantics.joined(part)
      end
      out[i] = part
      if err then
        return nil, err
      end
    end
    return table.concat(out)
  end
end

--- Tells whether a hole that stands alone gives text all the same.
-- @tparam table node
-- @treturn boolean
function evaluate.is_text(node)
  return node.kind == "constant" or node.kind == "call" and node.def.is_concat
end

-- Pieces that are joined to text, each failing by itself.
local function text_pieces(node)
  if node.kind ~= "call" or not node.def.is_concat then
    return { node }
  end
  local pieces = {}
  for i = 1, #node do
    pieces[i] = node[i]
  end
  return pieces
end

local function compile_piece(node)
  local run = evaluate.compile(node, true)
  local source = "${" .. expression.text(node) .. "}"
  return function(env)
    local result, err = run(env)
    if err and type(err) == "table" and err.fatal then
      return nil, err
    elseif err then
      return source
    end
    local text = semantics.text(result)
    if text and (type(result) ~= "number" or node.kind == "call"
        or value.number_text(result)) then
      return text
    elseif semantics.is_nothing(result) then
      return nil, "null cannot stand inside text"
    end
    return nil, "this value cannot stand inside text"
  end
end

--- Compiles a node that stands inside text. What fails there gives its own
-- text; null and undefined are an error, as in the reference.
-- @tparam table node
-- @tparam[opt] boolean is_alone the hole is all of its string
-- @treturn function `(env) -> string | nil, message`
function evaluate.compile_text(node, is_alone)
  local pieces = is_alone and text_pieces(node) or { node }
  for i = 1, #pieces do
    pieces[i] = compile_piece(pieces[i])
  end
  return function(env)
    local out, size = {}, 0
    for i = 1, #pieces do
      local text, err = pieces[i](env)
      if not text then
        return nil, err
      end
      out[i], size = text, size + #text
      if size > value.MAX_BYTES then
        return nil, semantics.too_long()
      end
    end
    return table.concat(out)
  end
end

return evaluate

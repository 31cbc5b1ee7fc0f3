--- The functions of Adaptive Expressions, one file a group. A group is a table
-- by name; a function is
--
--     { least =, most =,  how many arguments
--       returns = "s",    types of its result, a letter each: b(oolean)
--                         n(umber) s(tring) a(rray) o(bject, or unknown)
--       takes = "sn*",    types of its arguments in turn; the last letters may
--                         be in brackets for several types, `*` repeats the last
--       verify = f,       (value) -> what is wrong with one argument
--       fn = f }          (args, env, n) -> value | nil, message
--
-- with, instead of `fn`, `special`: how `crier.template.evaluate` compiles it.
-- `is_tolerant`: what is missing is undefined in it, and a failing argument
-- makes it false. A message that is a table cannot be caught by `||` and the like.
-- @module crier.template.functions
local functions = {}

local GROUPS = {
  "collection", "conversion", "date", "json", "lambda", "logic", "math", "object",
  "pattern", "string", "timex", "types", "uri",
}

-- Other names of the same.
local ALIASES = {
  add = "+", mul = "*", div = "/", sub = "-", exp = "^", mod = "%",
  ["and"] = "&&", equals = "==", greater = ">", greaterOrEquals = ">=",
  less = "<", lessOrEquals = "<=", ["not"] = "!", ["or"] = "||",
  ["&"] = "concat", ["??"] = "coalesce",
}

local WORDS = { b = "a boolean", n = "a number", s = "a text", a = "a list",
  o = "an object" }

local function parse_types(takes)
  local types, is_repeated = {}, takes:sub(-1) == "*"
  for bracket, letter in takes:gsub("%*$", ""):gmatch "(%[?)(%a+)%]?" do
    if bracket == "[" then
      types[#types + 1] = letter
    else
      for one in letter:gmatch "%a" do
        types[#types + 1] = one
      end
    end
  end
  return types, is_repeated
end

local function collect()
  local all = {}
  for _, group in ipairs(GROUPS) do
    for name, def in pairs(require("crier.template.functions." .. group)) do
      def.type = name
      if def.takes then
        def.types, def.is_repeated = parse_types(def.takes)
      end
      all[name] = def
    end
  end
  for name, of in pairs(ALIASES) do
    all[name] = all[of]
  end
  return all
end

--- Every function by name, operators among them.
functions.all = collect()

--- Lists the names that a person may write.
-- @treturn {string,...}
function functions.names()
  local names = {}
  for name in pairs(functions.all) do
    if name:find "^%a" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

-- Types of what a node gives, as letters.
local function returned(node)
  if node.kind == "call" then
    return node.def.returns
  elseif node.kind ~= "constant" then
    return "o"
  end
  local kind = type(node.value)
  return kind == "string" and "s" or kind == "number" and "n"
    or kind == "boolean" and "b" or "o"
end

--- Tells whether a node can only give text, a number, a boolean or a list.
-- @tparam table node
-- @treturn boolean
function functions.is_scalar(node)
  return not returned(node):find "o"
end

local function count_text(def)
  if def.least == def.most then
    return ("%d argument%s"):format(def.least, def.least == 1 and "" or "s")
  elseif def.most == math.huge then
    return ("at least %d"):format(def.least)
  end
  return ("%d to %d arguments"):format(def.least, def.most)
end

local function type_text(types)
  local words = {}
  for one in types:gmatch "%a" do
    words[#words + 1] = WORDS[one]
  end
  return table.concat(words, " or ")
end

--- Judges a call before anything is evaluated.
-- @tparam table def
-- @tparam table args nodes
-- @tparam function text writes a node
-- @treturn ?string what is wrong
function functions.judge(def, args, text)
  if #args < def.least or #args > def.most then
    return ("%s takes %s, not %d"):format(def.type, count_text(def), #args)
  elseif def.refusal then
    return def.refusal
  elseif def.is_lambda and (args[2].kind ~= "accessor" or args[2].instance) then
    return def.type .. ": the second argument is a name, not " .. text(args[2])
  end
  for i = 1, def.types and #args or 0 do
    local wanted = def.types[i] or def.is_repeated and def.types[#def.types]
    local given = wanted and returned(args[i])
    if wanted and not (wanted .. given):find "o"
      and not given:find("[" .. wanted .. "]") then
      return ("%s takes %s, not %s"):format(def.type, type_text(wanted),
        text(args[i]))
    end
  end
  return def.check and def.check(args)
end

return functions

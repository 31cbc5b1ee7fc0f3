--- Variants of a message: who gets which.
--
-- A hash of the seed and the person decides, and nothing else: the same person
-- has the same variant in a run, in the next one, and when others are sent to.
-- @module crier.campaign.variant
local suggest = require "crier.suggest"

local variant = {}

local NAME = "^%w[%w_-]*$"
local LONGEST_NAME = 32

local function name_problem(name)
  if type(name) ~= "string" then
    return "each message has a name: { a = …, b = … }"
  elseif not name:find(NAME) or #name > LONGEST_NAME then
    return ("'%s': a name begins with a letter or digit and holds only these, '_' and"
      .. " '-', at most 32"):format(name)
  end
end

local function names_of(by_name)
  local names = {}
  for name in pairs(by_name) do
    local problem = name_problem(name)
    if problem then
      return nil, problem
    end
    names[#names + 1] = name
  end
  if #names < 2 then
    return nil, "it takes two messages or more"
  end
  table.sort(names)
  return names
end

local function weights_problem(weights, names)
  if weights == nil then
    return nil
  elseif type(weights) ~= "table" then
    return "weights takes { a = 90, b = 10 }"
  end
  local sum = 0
  for _, name in ipairs(names) do
    local weight = weights[name]
    if type(weight) ~= "number" or not (weight >= 0 and weight < math.huge) then
      return ("weights: %s must be a number, 0 or more"):format(name)
    end
    sum = sum + weight
  end
  return suggest.unknown_key("weights", weights, names)
    or not (sum > 0 and sum < math.huge) and "weights: they add up to nothing" or nil
end

local function options_problem(options, names)
  if type(options) ~= "table" then
    return "options must be a table"
  elseif options.seed ~= nil and (type(options.seed) ~= "string" or options.seed == "") then
    return "seed must be a text"
  end
  return suggest.unknown_key("options", options, { "seed", "weights" })
    or weights_problem(options.weights, names)
end

--- Lists variants, in the order of names.
-- @tparam table by_name messages
-- @tparam table options `weights`, `seed`
-- @tparam function is_message
-- @treturn[1] table `seed` and `each`, an array of `{ name =, weight =, message = }`
-- @treturn[2] nil
-- @treturn[2] string what is wrong
function variant.list(by_name, options, is_message)
  if type(by_name) ~= "table" or is_message(by_name) then
    return nil, "it takes messages by name: { a = crier.card \"a.json\", b = … }"
  end
  local names, problem = names_of(by_name)
  problem = problem or options_problem(options, names)
  if problem then
    return nil, problem
  end
  local each = {}
  for i, name in ipairs(names) do
    local message = by_name[name]
    if not is_message(message) or message.kind == "variants"
      or message.kind == "dialog" then
      return nil, name .. " must be crier.card, crier.text or crier.activity"
    end
    each[i] = { name = name, message = message,
      weight = options.weights and options.weights[name] or 1 }
  end
  return { each = each, seed = options.seed }
end

--- Chooses somebody's variant.
-- @tparam table each array of `{ name =, weight = }`, in the order of names
-- @tparam string seed the campaign's name, or what `crier.variants` was given
-- @tparam string key of the target
-- @treturn string name
function variant.of(each, seed, key)
  local core = require "crier.core" -- here: a script is checked without it
  local total = 0
  for i = 1, #each do
    total = total + each[i].weight
  end
  -- The first word keeps it apart from `:sample`, which hashes a seed too.
  local digest = core.text.sha256("variant\0" .. seed .. "\0" .. key:lower())
  local at = tonumber(digest:sub(1, 12), 16) / 2 ^ 48 * total
  local found
  for i = 1, #each do
    local weight = each[i].weight
    if weight > 0 and (at >= 0 or not found) then
      found = each[i].name
    end
    at = at - weight
  end
  return found
end

return variant

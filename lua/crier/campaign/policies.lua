--- What a script says of how carefully its campaign goes, in words: its own options,
-- and the defaults that matter.
-- @module crier.campaign.policies
local track = require "crier.campaign.track"

local policies = {}

local DEEPEST = 3

-- Whom and what, which a plan shows elsewhere.
local ELSEWHERE = { name = true, audience = true, message = true, data = true, expect = true,
  messages = true }

local WORDS = {
  install = {
    [false] = "no: who lacks the app fails (not installed)",
    [true] = "for who lacks the app",
    again = "for who lacks the app, also for who removed it",
  },
  on_unknown = {
    report = "report: what may have arrived is not sent again (at most once)",
    resend = "resend: what may have arrived is sent again (at least once)",
  },
  on_missing = {
    fail = "fail: who lacks a value that the message needs gets nothing",
    empty = "empty: a value that is missing is left empty",
  },
  breaker = {
    [true] = "stops a run that fails for the first 20 or for half of 200",
    [false] = "off",
  },
  approval = { [true] = "somebody else has to approve the plan before it is sent" },
  conversation = { graph = "graph: Microsoft's documented flow, two calls more",
    webhook = "webhook: the bot is told of it after the install, a call less" },
}

local DEFAULTS = { install = false, on_unknown = "report", on_missing = "fail", breaker = true,
  conversation = "connector" }

-- Always shown, in this order; the others follow by name.
local FIRST = { "install", "on_unknown", "on_missing", "retry", "breaker" }

local function name_of(key)
  return type(key) == "string" and key:find "^[%a_][%w_]*$" and key
    or ("[%s]"):format(tostring(key))
end

-- What is listed, then what has a name.
local function comes_first(a, b)
  if type(a) == type(b) and type(a) == "number" then
    return a < b
  elseif type(a) == "number" or type(b) == "number" then
    return type(a) == "number"
  end
  return tostring(a) < tostring(b)
end

local function shown(any, depth)
  if type(any) == "string" then
    return ('"%s"'):format(any)
  elseif type(any) == "function" then
    return "the script's own"
  elseif type(any) ~= "table" then
    return tostring(any)
  elseif (getmetatable(any) or {}).__tostring then
    return tostring(any)
  elseif depth > DEEPEST then
    return "{ … }"
  end
  local parts, names = {}, {}
  for key in pairs(any) do
    names[#names + 1] = key
  end
  table.sort(names, comes_first)
  for i, key in ipairs(names) do
    local inner = shown(any[key], depth + 1)
    parts[i] = type(key) == "number" and inner or name_of(key) .. " = " .. inner
  end
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

local function describe(name, any)
  if name == "track" then
    return track.text(any) or "nothing"
  elseif name == "retry" then
    return any and "the script's own" or "6 tries, with growing pauses"
  end
  return (WORDS[name] or {})[any] or shown(any, 1)
end

--- Lists them.
-- @tparam crier.campaign definition
-- @treturn {table,...} `name`, `text`, `is_set` (whether the script says so)
function policies.list(definition)
  local list, names, seen = {}, {}, {}
  for _, name in ipairs(FIRST) do
    names[#names + 1], seen[name] = name, true
  end
  local others = {}
  for name, any in pairs(definition) do
    if not seen[name] and not ELSEWHERE[name] and any ~= DEFAULTS[name] then
      others[#others + 1] = name
    end
  end
  table.sort(others)
  for _, name in ipairs(others) do
    names[#names + 1] = name
  end
  for i, name in ipairs(names) do
    local any = definition[name]
    if any == nil then
      any = DEFAULTS[name]
    end
    list[i] = { name = name, text = describe(name, any), is_set = any ~= DEFAULTS[name] }
  end
  local poll = definition.message and definition.message.poll
  list[#list + 1] = poll and { name = "poll", text = poll:text(), is_set = true } or nil
  return list
end

return policies

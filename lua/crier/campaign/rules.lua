--- The policy of an organisation: who may reach whom, how many, when, and what
-- somebody else has to approve.
--
-- It is a JSON file, which `CRIER_POLICY` names:
--
--     { "rules": [ {
--         "name": "newsletters",                   for people to read
--         "users": ["ana", "svc-*"],               who runs crier: OS users
--         "campaigns": ["news-*"],                 names; default all
--         "audiences": ["group:Sales", "csv"],     sources; default all
--         "max_recipients": 5000,                  default any number
--         "hours": { "from": "08:00", "to": "18:00", "days": "mon-fri",
--                    "zone": "Europe/Berlin" },    when a run may begin
--         "approval": { "above": 500 },            or true, or false
--         "approvers": ["ben", "cleo"] } ] }       default anybody else
--
-- The first rule whose users and campaigns fit governs a run; where none does,
-- nothing may be sent. A key that is not known is refused: a misspelt limit would
-- be none.
-- @module crier.campaign.rules
local cjson = require "cjson.safe"
local suggest = require "crier.suggest"
local window = require "crier.campaign.window"
local zones = require "crier.campaign.zones"

local rules = {}

local rules_methods = {}
local rules_mt = { __name = "crier.rules", __index = rules_methods }

local LARGEST = 1024 * 1024
local KEYS = { "approval", "approvers", "audiences", "campaigns", "hours", "max_recipients",
  "name", "users" }

-- What is done to a campaign has its name, and more.
local SEQUEL = "%.%l+%-%d+$"
local SEQUELS = { [".test-"] = true, [".amend-"] = true, [".recall-"] = true }

local checks = {}

function checks.name(any)
  return type(any) == "string" and any:find "%S", "must be a text"
end

local function is_list(any)
  local is_good = type(any) == "table" and #any > 0
  for key, each in pairs(is_good and any or {}) do
    is_good = is_good and type(key) == "number" and type(each) == "string"
  end
  return is_good, "must be a list of texts"
end

function checks.users(any)
  return is_list(any)
end

for _, key in ipairs { "approvers", "audiences", "campaigns" } do
  checks[key] = function(any)
    if any == nil then
      return true
    end
    return is_list(any)
  end
end

local function is_count(any)
  return type(any) == "number" and any >= 0 and any % 1 == 0
end

function checks.max_recipients(any)
  return any == nil or is_count(any), "must be a whole number"
end

function checks.approval(any)
  return any == nil or type(any) == "boolean" or type(any) == "table" and is_count(any.above)
    and next(any, next(any)) == nil, 'must be true, false or { "above": 500 }'
end

function checks.hours(any)
  if any == nil then
    return true
  elseif type(any) ~= "table" or any.holidays ~= nil then
    return false, 'it takes { "from": "08:00", "to": "18:00", "days": "mon-fri", "zone":'
      .. ' "Europe/Berlin" }'
  end
  local made, problem = window.new(any)
  if made and any.zone ~= nil then
    made, problem = zones.new():open(tostring(any.zone))
  end
  return made ~= nil, problem
end

local function flaw(rule, at)
  if type(rule) ~= "table" then
    return ("rule %d is no object"):format(at)
  end
  local called = type(rule.name) == "string" and "rule '" .. rule.name .. "'" or "rule " .. at
  for _, key in ipairs(KEYS) do
    local ok, what = checks[key](rule[key])
    if not ok then
      return ("%s: %s: %s"):format(called, key, what)
    end
  end
  return suggest.unknown_key(called, rule, KEYS)
end

-- Without cjson's `null`, which is an absent key.
local function plain(any)
  for key, inner in pairs(any) do
    if inner == cjson.null then
      any[key] = nil
    elseif type(inner) == "table" then
      plain(inner)
    end
  end
  return any
end

--- Makes a policy of its text.
-- @tparam string text JSON
-- @treturn[1] crier.rules
-- @treturn[2] nil
-- @treturn[2] string what is wrong with it
function rules.parse(text)
  local found, problem = cjson.decode(text)
  if type(found) ~= "table" then
    return nil, "it is not a JSON object" .. (problem and ": " .. problem or "")
  end
  found = plain(found)
  if type(found.rules) ~= "table" or next(found.rules) and not found.rules[1] then
    return nil, 'it has no list of rules: { "rules": [ … ] }'
  end
  problem = suggest.unknown_key("it", found, { "rules" })
  for i, rule in ipairs(found.rules) do
    problem = problem or flaw(rule, i)
  end
  if problem then
    return nil, problem
  end
  return setmetatable({ list = found.rules, zones = zones.new() }, rules_mt)
end

--- Reads the policy.
-- @tparam ?string path nil when there is none
-- @treturn[1] ?crier.rules nil when there is none
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `CONFIG`
function rules.read(path)
  if not path then
    return nil
  end
  local file, message = io.open(path, "rb")
  local text
  if file then
    text, message = file:read(LARGEST + 1)
    file:close()
    message = message or text and #text > LARGEST and "it is larger than 1 MiB" or nil
  end
  local made
  if not message then
    made, message = rules.parse(text or "")
  end
  if not made then
    return nil, ("CRIER_POLICY %s: %s"):format(path, message), "CONFIG"
  end
  return made
end

-- `*` in a pattern stands for anything.
local function fits(pattern, text)
  local lua = pattern:lower():gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", ".*")
  return text:lower():find("^" .. lua .. "$") ~= nil
end

local function fits_any(patterns, text)
  for _, pattern in ipairs(patterns) do
    if fits(pattern, text) then
      return true
    end
  end
  return false
end

-- The campaign that a test, an amendment or a recall belongs to.
local function root(name)
  local suffix = name:match(SEQUEL)
  while suffix and SEQUELS[suffix:gsub("%d+$", "")] do
    name = name:sub(1, -#suffix - 1)
    suffix = name:match(SEQUEL)
  end
  return name
end

--- The rule that governs.
-- @tparam ?string user who runs crier
-- @tparam string campaign name, also of a test, amendment or recall
-- @treturn ?table nil when no rule lets that user send that campaign
function rules_methods:find(user, campaign)
  for _, rule in ipairs(self.list) do
    if fits_any(rule.users, user or "") and (not rule.campaigns
      or fits_any(rule.campaigns, root(campaign))) then
      return rule
    end
  end
end

local ARGUMENT = { users = "filter", group = "group", team = "team", channel = "team",
  chat = "id", csv = "path", jsonl = "path", previous = "name", delta = "key" }

local function describe(source)
  local name = ARGUMENT[source.kind]
  local argument = name and source[name]
  if source.kind == "channel" and source.channel then
    argument = argument .. "/" .. source.channel
  end
  return argument and source.kind .. ":" .. argument or source.kind
end

-- The first source that lets in somebody whom no pattern allows. An intersection
-- has nobody who is not on both sides, a difference nobody but the left one's.
local function stranger(node, patterns)
  if not node[1] then
    local said = describe(node)
    return not (fits_any(patterns, node.kind) or fits_any(patterns, said)) and said or nil
  end
  local left = stranger(node[1], patterns)
  if node.operator == "+" then
    return left or stranger(node[2], patterns)
  elseif node.operator == "*" and left then
    return stranger(node[2], patterns) and left
  end
  return left
end

--- The part of an audience that a rule does not allow.
-- @tparam table rule
-- @tparam crier.audience audience
-- @treturn ?string such as `users` or `group:Sales`
function rules.stranger(rule, audience)
  return rule.audiences and stranger(audience, rule.audiences) or nil
end

--- When a rule lets a run begin, now or later.
-- @tparam table rule
-- @tparam integer now_ms
-- @treturn integer milliseconds since 1970; not after `now_ms` when it may begin
-- @treturn string the same for people
function rules_methods:opening(rule, now_ms)
  local zone = rule.hours and rule.hours.zone or "UTC"
  local opens = rule.hours and window.opening(assert(window.new(rule.hours)), {
    offset = function(ms) return self.zones:offset(zone, ms) end,
    is_holiday = function() return false end,
  }, now_ms) or now_ms
  return opens, self.zones:text(opens, zone)
end

--- Whether a rule asks for an approval.
-- @tparam ?table rule
-- @tparam integer recipients
-- @treturn boolean
function rules.needs_approval(rule, recipients)
  local approval = rule and rule.approval
  return type(approval) == "table" and recipients > approval.above or approval == true
end

--- Whether a rule lets somebody approve.
-- @tparam ?table rule
-- @tparam string user
-- @treturn boolean
function rules.may_approve(rule, user)
  return not (rule and rule.approvers) or fits_any(rule.approvers, user)
end

return rules

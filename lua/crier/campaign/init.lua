--- What a campaign script describes: whom, what, and how carefully.
--
-- `crier.campaign` checks the description and keeps it; reading files, asking
-- the directory and sending are done later by others in this folder.
-- @module crier.campaign
local audience = require "crier.audience"
local canary = require "crier.campaign.canary"
local choice = require "crier.campaign.choice"
local fatigue = require "crier.campaign.fatigue"
local guards = require "crier.campaign.guards"
local messages = require "crier.campaign.message"
local rate = require "crier.campaign.rate"
local schedule = require "crier.campaign.schedule"
local notice = require "crier.campaign.notice"
local suggest = require "crier.suggest"
local tolerance = require "crier.campaign.tolerance"
local track = require "crier.campaign.track"

local campaign = {}

local campaign_mt = { __name = "crier.campaign" }

local OPTIONS = {
  "allow_empty",
  "approval",
  "at",
  "audience",
  "breaker",
  "canary",
  "conversation",
  "data",
  "deadline",
  "expect",
  "fallback",
  "fatigue",
  "guards",
  "include",
  "install",
  "language",
  "message",
  "missed",
  "name",
  "notify",
  "on_missing",
  "on_unknown",
  "rate",
  "retry",
  "tolerate",
  "topic",
  "track",
  "until",
  "urgent",
  "window",
  "zone",
}

local NAME = "^%w[%w._-]*$"
local LONGEST_NAME = 64

--- Whether a value came from `crier.campaign`.
-- @param value
-- @treturn boolean
function campaign.is(value)
  return getmetatable(value) == campaign_mt
end

--- See `crier.campaign.message.card`.
campaign.card = messages.card
--- See `crier.campaign.message.text`.
campaign.text = messages.text
--- See `crier.campaign.message.activity`.
campaign.activity = messages.activity
--- See `crier.campaign.message.variants`.
campaign.variants = messages.variants

local function is_text(value)
  return type(value) == "string"
end

local checks = {}

function checks.name(name)
  if name == nil then
    return "name is missing"
  elseif not is_text(name) or not name:find(NAME) or #name > LONGEST_NAME then
    return "name must begin with a letter or digit and hold only letters,"
      .. " digits, '.', '_' and '-', at most 64"
  end
end

function checks.audience(value)
  if value == nil then
    return "audience is missing: whom should it reach?"
  elseif not audience.is(value) then
    return "audience must be crier.users{…}, crier.csv \"…\","
      .. " crier.list{…}, or sets of them"
  end
end

function checks.message(value)
  if value ~= nil and not messages.is(value) then
    return "message must be crier.card \"…\", crier.text \"…\","
      .. " crier.activity {…} or crier.variants {…}"
  end
end

local function one_of(name, ...)
  local words = { ... }
  return function(value)
    for _, word in ipairs(words) do
      if value == nil or value == word then
        return nil
      end
    end
    return ("%s must be \"%s\""):format(name, table.concat(words, "\" or \""))
  end
end

checks.conversation = one_of("conversation", "connector", "graph", "webhook")
checks.on_unknown = one_of("on_unknown", "report", "resend")
checks.on_missing = one_of("on_missing", "fail", "empty")

for _, option in ipairs(schedule.OPTIONS) do
  checks[option] = function(value)
    return schedule.problem(option, value)
  end
end

local function of_type(name, wanted)
  return function(value)
    if value ~= nil and type(value) ~= wanted then
      return ("%s must be a %s, not a %s"):format(name, wanted, type(value))
    end
  end
end

checks.data = of_type("data", "function")
checks.retry = of_type("retry", "function")
checks.language = of_type("language", "function")
checks.fallback = of_type("fallback", "string")

function checks.install(value)
  if value ~= nil and type(value) ~= "boolean" and value ~= "again" then
    return "install must be true, false or \"again\""
  end
end

checks.notify = notice.problem

function checks.topic(value)
  if value ~= nil and (not is_text(value) or not value:find(NAME)
    or #value > LONGEST_NAME) then
    return "topic must begin with a letter or digit and hold only letters, digits,"
      .. " '.', '_' and '-', at most 64"
  end
end

checks.rate = rate.check
checks.track = track.problem
checks.guards = guards.check
checks.fatigue = fatigue.check
checks.canary = canary.check
checks.breaker = of_type("breaker", "boolean")
checks.approval = of_type("approval", "boolean")
checks.allow_empty = of_type("allow_empty", "boolean")
checks.tolerate = tolerance.check

local function is_count(value)
  return value == nil or type(value) == "number" and value >= 0
    and value % 1 == 0
end

function checks.expect(value)
  if value == nil then
    return nil
  elseif type(value) ~= "table" or not is_count(value.min)
    or not is_count(value.max) then
    return "expect takes { min = n, max = n }"
  end
  if value.min and value.max and value.min > value.max then
    return "expect: min is above max"
  end
  return suggest.unknown_key("expect", value, { "min", "max" })
end

local EXCLUSIONS = { disabled = true, guest = true, no_teams = true }

function checks.include(value)
  if value == nil then
    return nil
  elseif type(value) ~= "table" then
    return "include takes a list: { \"guest\" }"
  end
  for key, reason in pairs(value) do
    if type(key) ~= "number" then
      return "include takes a list: { \"guest\" }"
    elseif not EXCLUSIONS[reason] then
      return ("include: '%s' is not one of disabled, guest, no_teams")
        :format(tostring(reason))
    end
  end
end

-- A campaign of checked options.
local function make(options)
  local made = {}
  for _, option in ipairs(OPTIONS) do
    made[option] = options[option]
  end
  made.install = options.install or false
  made.conversation = options.conversation or "connector"
  made.on_unknown = options.on_unknown or "report"
  made.deadline, made["until"] = options.deadline or options["until"], nil
  return setmetatable(made, campaign_mt)
end

--- A campaign that no script describes.
-- @tparam table options of `crier.campaign`; what is missing has its default
-- @treturn crier.campaign
function campaign.bare(options)
  return make(options)
end

--- Describes a campaign; a script returns what this gives.
-- @tparam table options
-- @tparam string options.name unique in a store
-- @tparam crier.audience options.audience
-- @tparam crier.message options.message needed by what sends: `upgrade` and
--   `uninstall` do without
-- @tparam[opt="connector"] string options.conversation how a person's chat is
--   found: `connector` creates it, `webhook` waits for what the bot is told after
--   the install, with a call less, `graph` asks for the chat of the installation,
--   Microsoft's documented flow, with two calls more
-- @tparam ?function options.data called with each recipient, and the language of
--   their message where there are several; its table is `data` in templates
-- @tparam[opt=false] boolean|string options.install install the app for who lacks it;
--   `"again"`: also for who removed it on purpose
-- @tparam ?string options.topic who opted out of it is left out
-- @tparam ?table options.track `{ reactions = true, reads = true, clicks = true }`: what is
--   noted of what people do with the message; default nothing
-- @tparam ?table options.expect `{ min =, max = }` recipients; otherwise
--   nothing is sent
-- @tparam ?number options.rate messages a second at first, spread evenly; default as
--   fast as Teams allows
-- @tparam ?string options.fallback the language of a message in several languages
--   for whose own is none of them
-- @tparam ?function options.language called with each recipient, returns the
--   language that they read, or nil for what the directory says
-- @tparam ?function options.retry `(outcome, attempt, recipient) -> delay_s | nil,
--   reason`, see `crier.campaign.retry_policy`; default `crier.retry {}`
-- @tparam[opt="report"] string options.on_unknown what to do when nobody can
--   tell whether a message arrived: `report`, or `resend`
-- @tparam[opt="fail"] string options.on_missing what to do for whom a value of
--   the template is missing: `fail`, or `empty`
-- @tparam ?table options.notify `{ title =, text =, url = }`, what the activity feed says
--   to whom the retry policy reroutes
-- @tparam ?table options.include exclusions to lift: `disabled`, `guest`,
--   `no_teams`
-- @tparam[opt=true] boolean options.breaker stop when it fails for everybody
-- @tparam ?table options.canary a few people first: `{ people = 50 }` or `"1%"`, drawn
--   by lot (`seed`, default the name); the rest follows after `hold` (`"30m"`) unless
--   more than `failed` (`"5%"`) of the first failed, or more than `blocked` have blocked
--   the bot: then it pauses; with `ask = true` it always does (`hold` is `"0s"` then)
-- @tparam ?table|boolean options.fatigue `{ most = 3, within = "7d" }`: who had so many
--   messages of other campaigns is left out; false: nobody is; default the
--   environment's `CRIER_FATIGUE`
-- @tparam ?table options.guards pause when too many fail for a reason: a list of
--   `{ reason = "blocked", rate = "5%", over = "10m", least = 20 }`: more than 5 % of
--   the people of the last 10 minutes, once these are 20; the beginning of a reason
--   will do, without one any failure counts
-- @tparam[opt=false] boolean options.approval somebody else has to approve the plan
-- @tparam[opt=false] boolean options.allow_empty an empty audience is no error
-- @tparam ?table options.tolerate `{ failed = "2%", unknown = 3 }`: the campaign
--   ends well with so many, as a count or as a share of those to be reached
-- @tparam ?string options.at when sending begins, with its zone: `"2026-12-01 09:00
--   Europe/Berlin"`
-- @tparam[opt="run"] string options.missed a start that was missed: `run`, `skip`
--   or `ask`
-- @tparam ?string options.deadline what would pass it is not sent; also written
--   `["until"]`, which is a word of Lua's
-- @tparam ?table options.window `{ from =, to =, days =, holidays =, zone = }` by
--   each person's clock
-- @tparam ?string options.zone the campaign's own
-- @tparam[opt=false] boolean options.urgent go before what is under way
-- @treturn crier.campaign
-- @raise what is wrong, with the script's line
function campaign.new(options)
  if type(options) ~= "table" then
    error("crier.campaign takes a table", 2)
  end
  local message = suggest.unknown_key("crier.campaign", options, OPTIONS)
  for _, option in ipairs(OPTIONS) do
    local problem = checks[option](options[option])
    message = message or problem and "crier.campaign: " .. problem
  end
  local made = not message and make(options)
  local problem = made and (choice.problem(options) or schedule.conflict(options))
  message = message or problem and "crier.campaign: " .. problem
  if message then
    error(message, 2)
  end
  return made
end

return campaign

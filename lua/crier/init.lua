--- crier sends Microsoft Teams messages that nobody asked for yet, to everybody
-- in an organisation, once.
--
-- A campaign script uses `crier.campaign` and what describes it; a Lua program
-- uses `crier.connect` and `crier.run`.
-- @module crier
local audience = require "crier.audience"
local campaign = require "crier.campaign"
local detour = require "crier.campaign.detour"
local dialog = require "crier.dialog"
local messages = require "crier.campaign.message"
local poll = require "crier.dialog.poll"
local retry = require "crier.retry"
local today = require "crier.campaign.today"

local crier = {}

--- The version of crier.
crier.version = require "crier.version"

--- See `crier.campaign.new`.
crier.campaign = campaign.new
--- See `crier.campaign.message.card`.
crier.card = messages.card
--- See `crier.campaign.message.text`.
crier.text = messages.text
--- See `crier.campaign.message.activity`.
crier.activity = messages.activity
--- See `crier.campaign.message.variants`.
crier.variants = messages.variants
--- See `crier.dialog.new`.
crier.dialog = dialog.new
--- See `crier.dialog.poll.new`.
crier.poll = poll.new
--- See `crier.campaign.message.mention`.
crier.mention = messages.mention
--- See `crier.audience.users`.
crier.users = audience.users
--- See `crier.audience.list`.
crier.list = audience.list
--- See `crier.audience.csv`.
crier.csv = audience.csv
--- See `crier.audience.jsonl`.
crier.jsonl = audience.jsonl
--- See `crier.audience.group`.
crier.group = audience.group
--- See `crier.audience.team`.
crier.team = audience.team
--- See `crier.audience.channel`.
crier.channel = audience.channel
--- See `crier.audience.chat`.
crier.chat = audience.chat
--- See `crier.audience.previous`.
crier.previous = audience.previous
--- See `crier.audience.delta`.
crier.delta = audience.delta
--- See `crier.retry.new`.
crier.retry = retry.new
--- See `crier.campaign.detour.reinstall`.
crier.reinstall = detour.reinstall
--- See `crier.campaign.detour.reroute`.
crier.reroute = detour.reroute

local today_by_the_clock = today.by(function()
  return require("crier.core").clock.wall_ms()
end)

--- The day on which a zone is, for the names of campaigns that recur.
--
-- In a campaign's script that is taken up again it is the day of the first run, so
-- that the name stays.
-- @tparam string zone such as `Europe/Berlin`
-- @treturn string such as `2026-11-22`
-- @raise without a zone, or when there is none of that name
function crier.today(zone)
  return (today_by_the_clock(zone, 3))
end

-- The loop of the innermost `crier.run`, for `crier.connect`.
local running

--- Runs a function in which clients may wait.
-- @tparam function fn
-- @param ... its arguments
-- @return what `fn` returned
-- @raise what `fn` raised; also when `fn` is not a function, and inside another
--   `crier.run`
function crier.run(fn, ...)
  local core = require "crier.core"
  if type(fn) ~= "function" then
    error("crier.run takes a function", 2)
  elseif running then
    error("crier.run inside crier.run", 2)
  end
  running = require("crier.loop").new {
    transport = core.transport.new {},
    clock = core.clock,
  }
  local function leave(ok, ...)
    running.transport:close()
    running = nil
    if not ok then
      error((...), 0)
    end
    return ...
  end
  return leave(pcall(running.run, running, fn, ...))
end

local ON_UNKNOWN = { report = true, resend = true }

-- What of the options of `connect` is the client's, and what the rest is.
local function split(options)
  local ours, rest = {}, {}
  for name, value in pairs(options) do
    if name == "on_unknown" or name == "retry" then
      ours[name] = value
    else
      rest[name] = value
    end
  end
  if ours.on_unknown ~= nil and not ON_UNKNOWN[ours.on_unknown] then
    error('crier.connect: on_unknown must be "report" or "resend"', 3)
  elseif ours.retry ~= nil and type(ours.retry) ~= "function" then
    error("crier.connect: retry must be a function", 3)
  end
  return ours, rest
end

--- Makes a client from the environment; options override it.
--
-- `client.graph` and `client.connector` have the calls of the wire as methods,
-- such as `client.connector:send(conversation_id, activity_json)`; they keep
-- Teams' limits, repeat once after a 401 and try again what is worth it. A
-- message that may have arrived is not sent again, unless you ask for that.
-- @tparam ?table options see `crier.config.read`
-- @tparam[opt="report"] string options.on_unknown for a message of which nobody
--   can tell whether it arrived: `report` gives its outcome, `ambiguous`;
--   `resend` sends it again
-- @tparam ?function options.retry a policy; default `crier.retry {}`
-- @treturn[1] crier.client
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @raise outside of `crier.run`, and on an unknown option or one of the wrong
--   type
function crier.connect(options)
  if not running then
    error("crier.connect is called inside crier.run(function() … end)", 2)
  end
  local made = { loop = running }
  if type(options) == "table" then
    made, options = split(options)
    made.loop = running
  end
  local message, code
  made.config, message, code = require("crier.config").read(options)
  if not made.config then
    return nil, message, code
  end
  return require("crier.client").new(made)
end

return crier

--- What a dispatch does with each answer: the row's fate is decided, then what
-- follows for everybody else.
-- @module crier.campaign.answers
local cjson = require "cjson.safe"
local core = require "crier.core"
local decide = require "crier.campaign.decide"
local openings = require "crier.campaign.openings"
local waiting = require "crier.waiting"

local answers = {}

-- The most of a reason. A script's policy words its own, of whatever it was given.
local REASON_BYTES = 200

local OWN = { ["data function failed"] = true, ["language function failed"] = true,
  ["retry policy failed"] = true }

-- A mistake of the script's own is told with its place.
local function with_words(why, row)
  local said = OWN[row.reason] and row.outcome and row.outcome.text
  return said and ("%s (%s)"):format(why, core.text.printable(said, REASON_BYTES)) or why
end

--- Puts what became of a row into the open group, and counts it.
-- @tparam crier.dispatch self
-- @tparam table row
-- @tparam ?string action `keep` or `forget` the conversation
function answers.settle(self, row, action)
  openings.place(self, row)
  row.reason = row.reason and core.text.printable(row.reason, REASON_BYTES)
  self.group:settle(row, self.loop:now(), action)
  if row.state == "pending" then
    return
  end
  local counts = self.counts
  counts.pending = counts.pending - 1
  counts[row.state] = counts[row.state] + 1
  if self.client.metrics then
    self.client.metrics:settled(self.campaign.name, row.state, row.reason)
  end
  local is_told = row.state ~= "excluded" and not openings.is_late(row)
  local why = is_told and self.guards:note(row.state ~= "delivered"
    and row.reason or nil, self.loop:now())
  if why then
    self:pause(with_words(why, row), row.outcome and row.outcome.remedy)
  end
end

-- A service that does not answer is left alone for a while, longer each time.
local function outage(self, service, outcome)
  local now = self.loop:now()
  local found = self.outages[service] or { failures = 0, until_ms = 0 }
  self.outages[service] = found
  if now >= found.until_ms then
    found.since = found.since or now
    found.failures = found.failures + 1
    found.until_ms = now + waiting.outage_pause_ms(found.failures)
    found.text = outcome.text
  end
end

-- What the service refuses to everybody; anything else is unexpected here.
local EXITS = { misconfigured = 77, unauthorized = 77 }

local function stop_for(self, outcome)
  self:stop {
    exit = outcome.code == "CONFIG" and 78 or EXITS[outcome.kind] or 1,
    state = "stopped",
    why = outcome.text or outcome.reason,
    remedy = outcome.remedy,
    code = outcome.code,
  }
end

-- What a 404 on install turned out to mean.
local function unknown_person(outcome)
  outcome.scope, outcome.reason = "recipient", "no such user"
  outcome.text = "the service cannot install the app for this"
    .. " person: unknown, or without a Teams licence"
  outcome.remedy = "check the person's account and licence"
  return outcome
end

-- 404 on install: the app is gone, or the person is unknown. One look-up of
-- the app tells, and serves for all who ask meanwhile.
local function ask_catalog(self, row)
  self.asking = self.asking or {}
  self.asking[#self.asking + 1] = row
  self.in_flight = self.in_flight + 1
  if #self.asking > 1 then
    return
  end
  self.loop:spawn(function()
    local found, message, _, outcome =
      self.client.graph:catalog_app(self.app.id)
    local rows = self.asking
    self.asking = nil
    local there = found and type(found.value) == "table" and #found.value > 0
      or found and found.id
    if not there and (found or outcome and outcome.kind == "absent") then
      self:stop {
        exit = 78,
        state = "stopped",
        why = "the Teams app is not in the organisation's catalog any more",
        remedy = "publish it again, and check CRIER_APP_ID",
      }
    elseif not there then
      stop_for(self, outcome or { text = message })
    end
    for _, each in ipairs(rows) do
      if there then
        decide.give_up(each, unknown_person(each.outcome), self.policy, self:now())
      end
      self.in_flight = self.in_flight - 1
      answers.settle(self, each)
    end
    self.loop:unpark(self.task)
  end)
end

local function repeat_call(self, row, outcome, request)
  if not self.client:repeat_due(request, outcome.generation) then
    stop_for(self, outcome)
  end
  answers.settle(self, row)
end

-- The installation in Graph's answer, or nil.
local function installation_of(response)
  local document = cjson.decode(response.body or "") or {}
  local first = type(document.value) == "table" and document.value[1]
  if type(first) ~= "table" or type(first.id) ~= "string" then
    return nil
  end
  local definition = first.teamsAppDefinition
  return {
    id = first.id,
    version = type(definition) == "table" and definition.version or nil,
  }
end

-- The tenant is in the government's part of the public cloud. Only the public
-- cloud's own URL is left for that: one that an operator set is meant.
local function move(self, outcome, request)
  local info, lane = self.client.config.info, self.lane
  local there = core.cloud.endpoints({ cloud = "gcc" }):info().connector
  if lane.service_url == there and request.url:sub(1, #there) ~= there then
    return -- somebody else's answer has moved it meanwhile
  elseif self.client.config.connector_url or info.cloud ~= "public"
    or lane.service_url == there then
    return stop_for(self, {
      kind = "misconfigured",
      text = outcome.text,
      remedy = outcome.remedy,
      code = outcome.code,
    })
  end
  self.journal.lanes:move(lane, there)
end

--- Acts on one answer.
-- @tparam table departure see `crier.dispatch`: `work`, `row`, `request`
-- @tparam table outcome see `core.outcome`
-- @tparam table response
function answers.take(departure, outcome, response)
  local self, row = departure.work, departure.row
  self.in_flight = self.in_flight - 1
  self.loop:unpark(self.task)
  local request = departure.request
  if response.sent ~= false then
    self.outages[request.service] = nil
  end
  if outcome.service_url and not self.client.config.endpoints:allows(
    "connector", outcome.service_url) then
    outcome.service_url = nil -- believed from the cloud's own hosts only
  end
  if row.phase == "installation" and outcome.kind == "ok" then
    outcome.installation = installation_of(response)
  end
  local action = decide.settle(row, outcome, self.policy, self:now(),
    response.sent)
  row.request = nil
  self.trying = self.trying ~= row and self.trying or nil
  if action == "catalog" then
    return ask_catalog(self, row)
  elseif action == "repeat" then
    return repeat_call(self, row, outcome, request)
  elseif action == "move" then
    move(self, outcome, request)
  elseif action == "stop" then
    stop_for(self, outcome)
  elseif action == "outage" then
    outage(self, request.service, outcome)
  end
  answers.settle(self, row, action)
end

return answers

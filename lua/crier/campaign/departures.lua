--- Requests that wait for their slot: they leave when it is due and what they need
-- is committed, or are taken back.
-- @module crier.campaign.departures
local answers = require "crier.campaign.answers"
local route = require "crier.campaign.route"

local departures = {}

-- The longest that a written intent is held back by a 429.
local LONGEST_HOLD_MS = 1000

-- Until when a 429 holds back what is booked already, by phase.
local function pauses(self)
  local until_ms = {}
  for _, phase in ipairs(self.phases) do
    until_ms[phase] = self.client:paused_until(phase)
  end
  return until_ms
end

-- A row whose intent was written, or about to be, goes back to where it was:
-- its request never left.
local function unsend(self, row)
  row.attempts = row.attempts - 1
  row.state, row.due_at, row.reason = "pending", self:now(), nil
  answers.settle(self, row)
end

local function give_back(self, departure)
  self.client.pacer:returned(departure.slot, self.loop:now())
  if route.delivers(departure.row.phase) then
    unsend(self, departure.row)
  else
    self.stages[departure.row.phase]:put_back(departure.row)
  end
end

--- Lets go what is due. What a 429 holds back for long is no intent any more: a
-- death meanwhile would make it unknown.
-- @tparam crier.dispatch self
function departures.let_go(self)
  local waiting = self.departures
  if #waiting == 0 then
    return
  end
  local now, paused, kept = self.loop:now(), pauses(self), 0
  for i = 1, #waiting do
    local departure = waiting[i]
    waiting[i] = nil
    local at_ms = math.max(departure.at_ms, paused[departure.request.operation])
    if at_ms <= now then
      self.in_flight = self.in_flight + 1
      self.client:submit(departure)
    elseif at_ms > now + LONGEST_HOLD_MS then
      give_back(self, departure)
    else
      departure.at_ms = at_ms
      kept = kept + 1
      waiting[kept] = departure
    end
  end
end

--- Takes back what has not left by the time of a stop.
-- @tparam crier.dispatch self
function departures.take_back(self)
  local rows, waiting = self.group:drop_intents(), self.departures
  self.departures = {}
  for _, departure in ipairs(waiting) do
    give_back(self, departure)
  end
  for _, row in ipairs(rows) do
    unsend(self, row)
  end
end

--- Has a request leave in its slot; one that delivers, when its intent is written.
-- @tparam crier.dispatch self
-- @tparam crier.campaign.stage work of the row's phase
-- @tparam table row
-- @tparam table request
-- @tparam integer slot booked for it
-- @tparam number at_ms when it may leave
function departures.launch(self, work, row, request, slot, at_ms)
  local departure = {
    work = self,
    row = row,
    request = request,
    slot = slot,
    at_ms = at_ms,
    key = row.key,
    attempt = row.attempts,
    on_done = answers.take,
  }
  if route.delivers(work.phase) then
    row.attempts = row.attempts + 1
    departure.attempt = row.attempts
    row.departure = departure
    self.group:intend(row, self.loop:now(), at_ms)
  else
    self.departures[#self.departures + 1] = departure
  end
end

return departures

--- What the door tells of campaigns, and the orders that it takes.
-- @module crier.door.campaigns
local account = require "crier.report.account"
local approval = require "crier.campaign.approval"
local door = require "crier.door"
local json = require "crier.format.json"
local ledger = require "crier.campaign.ledger"
local messages = require "crier.journal.messages"
local orders = require "crier.campaign.orders"
local outlook = require "crier.campaign.outlook"
local pace = require "crier.campaign.pace"
local rates = require "crier.campaign.rate"
local row_view = require "crier.report.row"
local rules = require "crier.campaign.rules"

local campaigns = {}

local MOST_PEOPLE = 200
-- A search looks through so many shares of the ledger before it answers.
local MOST_LOOKS = 50
-- What was paused stops when what is in flight is answered; a resume waits for that.
local STILL = { paused = true, stopped = true }
local STOPPING_MS, POLL_MS = 25000, 20
-- So long it is waited at most until a start is in the store.
local STORING_MS = 5000
local STATUS = { [65] = 409, [78] = 503 }

local function now_of(self)
  return math.floor(self.worker.loop:now())
end

--- The row of the campaign that a call names; or a response.
-- @tparam table self `worker`
-- @tparam table call
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] table response
function campaigns.row_of(self, call)
  local row = self.worker.journal.campaigns:find(call.named.name)
  if not row then
    return nil, door.refusal(404, ("there is no campaign %s"):format(call.named.name), nil,
      "UNKNOWN")
  end
  return row
end

-- What is going on just now, for a campaign that is carried out here.
local function outlook_of(self, name)
  local job = self.worker.jobs[name]
  local work = job and job.run.work
  if not job then
    return nil
  elseif not work then
    return { phase = "reading the audience", read = job.read }
  end
  job.pace = job.pace or pace.new()
  local rate, people = job.pace:note(work, outlook.class(work))
  local waiting = outlook.waiting(work)
  return { phase = outlook.phase(work), rate = rate, allowed = outlook.allowed(work),
    waiting = waiting and waiting.text,
    seconds_left = not (waiting and waiting.is_open) and outlook.seconds_left(work, people)
      or nil }
end

--- How a campaign stands, as of now or a moment ago: what the store says, whether somebody
-- has to sign it, what is going on just now, and what its last run here ended with.
-- @tparam table self
-- @tparam table row
-- @treturn table
function campaigns.standing(self, row)
  local found = self.memo:get("ledger " .. row.state .. " " .. row.name, function()
    return ledger.read(self.worker.journal, row)
  end)
  local ended = self.worker.ended[row.name]
  found.outlook, found.test_of = outlook_of(self, row.name), row.test_of
  local waited = row.state == "stopped" and row.why ~= nil
    and row.why:find("approv", 1, true) ~= nil
  local is_signed = (found.approvals or {})[1] ~= nil
  found.needs_approval, found.is_approved = waited and not is_signed, waited and is_signed
  found.ended = ended and { exit = ended.exit, why = ended.why, remedy = ended.remedy }
  return found
end

local function list(self)
  return 200, self.memo:get("list", function()
    local found = {}
    for _, row in ipairs(self.worker.journal.campaigns:list()) do
      if row.action ~= "message" then
        found[#found + 1] = campaigns.standing(self, row)
      end
    end
    return json.encode { campaigns = found }
  end)
end

-- A campaign that has begun here, and is not in the store yet; or never came there.
local function newborn(self, name)
  local ended = self.worker.ended[name]
  if self.worker.jobs[name] then
    return 200, json.encode { name = name, state = "planning", targeted = 0, delivered = 0,
      failed = 0, excluded = 0, pending = 0, unknown = 0, outlook = outlook_of(self, name) }
  end
  return ended and door.refusal(404, ended.why, ended.remedy, "ENDED")
end

local function show(self, call)
  local row, refused = campaigns.row_of(self, call)
  if not row then
    local status, document = newborn(self, call.named.name)
    return status or refused, document
  end
  return 200, json.encode(campaigns.standing(self, row))
end

local function filter_of(query)
  return { state = query.state, reason = query.reason, text = query.q }
end

-- A search may have to look far: it lets others have their turn meanwhile.
local function search(self, call, row, most, after)
  local journal, rows = self.worker.journal, {}
  for _ = 1, MOST_LOOKS do
    local found, rest = journal.people:find(row.id, filter_of(call.query), after, most - #rows)
    for _, each in ipairs(found) do
      rows[#rows + 1] = each
    end
    after = rest
    if not after or #rows >= most then
      break
    end
    self.worker.loop:sleep(0)
  end
  local dead, people = ledger.is_dead(journal, row), {}
  for i, each in ipairs(rows) do
    people[i] = row_view.make(row_view.as_seen(each, dead))
  end
  return 200, json.encode { people = people, next = after }
end

local function people(self, call)
  local row, refused = campaigns.row_of(self, call)
  if not row then
    return refused
  end
  local most, after = call.query.most or MOST_PEOPLE, call.query.after or 0
  if not tostring(most):find "^%d+$" or not tostring(after):find "^%d+$" then
    return door.refusal(400, "most and after are whole numbers", nil, "MALFORMED")
  end
  most = math.floor(math.min(math.max(tonumber(most), 1), MOST_PEOPLE))
  self.door:later(call, function()
    return search(self, call, row, most, math.floor(tonumber(after)))
  end)
end

--- The person and the campaign that a call names; or a response.
-- @tparam table self `worker`
-- @tparam table call
-- @treturn[1] table see `crier.report.account.find`
-- @treturn[1] table row of the campaign
-- @treturn[2] nil
-- @treturn[2] table response
function campaigns.account_of(self, call)
  local row, refused = campaigns.row_of(self, call)
  if not row then
    return nil, refused
  end
  local found = account.find(self.worker.journal, row, call.named.who)[1]
  if not found then
    return nil, door.refusal(404, ("%s is not in the ledger of campaign %s"):format(
      call.named.who, row.name), nil, "UNKNOWN")
  end
  return found, row
end

local function person(self, call)
  local found, row = campaigns.account_of(self, call)
  if not found then
    return row
  end
  return 200, account.json(found.row, found.told, row)
end

--- Who does something through the door, for the journal.
-- @tparam table self `deed`: what is the same for all
-- @tparam table call
-- @tparam string command
-- @tparam ?string options
-- @treturn table see `crier.journal.events`
function campaigns.deed(self, call, command, options)
  local deed = { command = command, options = options or "", user = call.who.name }
  for name, value in pairs(self.deed) do
    deed[name] = deed[name] or value
  end
  return deed
end

local function order(self, call, command, wish, options)
  local row, refused = campaigns.row_of(self, call)
  if not row then
    return refused
  end
  local said, message, exit = orders.give(self.worker.journal, row,
    campaigns.deed(self, call, command, options), now_of(self), wish)
  if not said then
    return door.refusal(STATUS[exit] or 500, message, nil, "REFUSED")
  end
  return 200, json.encode(campaigns.standing(self, self.worker.journal.campaigns:find(row.name)))
end

-- While the worker has the lane, nobody works on what it does not carry out.
local function cancel(self, call)
  local worker = self.worker
  local is_idle = worker.is_holding and not worker.jobs[call.named.name]
  return order(self, call, "cancel", is_idle and orders.cancel_here(worker.lane)
    or orders.cancel)
end

local function change_rate(self, call)
  local rate = call.body.rate
  if type(rate) ~= "number" and type(rate) ~= "string" then
    return door.refusal(400, "rate: it is a number of messages a second, or full", nil,
      "MALFORMED")
  end
  local per_second, problem = rates.parse(tostring(rate))
  if problem then
    return door.refusal(400, "rate: " .. problem, nil, "MALFORMED")
  end
  return order(self, call, "rate", orders.rate(per_second), tostring(rate))
end

--- Begins or goes on with a campaign, as an answer: once it is in the store, so that what
-- was answered for is known after any death. Call inside `door:later`.
-- @tparam table self
-- @tparam string name
-- @tparam table options see `crier.worker.start`
-- @treturn integer|table status or response
-- @treturn ?string document
function campaigns.start(self, name, options)
  local worker = self.worker
  local job, message, code = worker:start(name, options)
  if not job then
    return door.refusal(409, message, nil, code)
  end
  local loop, known = worker.loop, worker.journal.campaigns
  local patient_until = loop:now() + STORING_MS
  local row = known:find(name)
  while worker.jobs[name] == job and (not row or STILL[row.state])
    and loop:now() < patient_until do
    loop:sleep(POLL_MS)
    row = known:find(name)
  end
  return 202, json.encode { name = name }
end

local function resume(self, call)
  local row, refused = campaigns.row_of(self, call)
  if not row then
    return refused
  elseif messages.refusal(row) then
    return door.refusal(409, messages.refusal(row), nil, "REFUSED")
  elseif row.state == "finished" or row.state == "cancelled" then
    return door.refusal(409, ("campaign %s is %s"):format(row.name, row.state), nil, "OVER")
  elseif orders.holds_dialogs(row) then
    return order(self, call, "resume", orders.resume)
  end
  local name, jobs, loop = row.name, self.worker.jobs, self.worker.loop
  self.door:later(call, function()
    local patient_until = loop:now() + STOPPING_MS
    while STILL[row.state] and jobs[name] and loop:now() < patient_until do
      loop:sleep(POLL_MS)
    end
    return campaigns.start(self, name, { stored = name, lift = true,
      deed = campaigns.deed(self, call, "resume") })
  end)
end

local function approve(self, call)
  local row, refused = campaigns.row_of(self, call)
  if not row then
    return refused
  elseif call.body.comment ~= nil and type(call.body.comment) ~= "string" then
    return door.refusal(400, "comment is a text", nil, "MALFORMED")
  end
  local journal = self.worker.journal
  local policy, problem = rules.read(self.worker.client.config.policy)
  if problem then
    return door.refusal(503, problem, nil, "POLICY")
  end
  local described = approval.describe(journal, row)
  local refusal = approval.refusal(row, described, call.who.name, policy)
  if refusal then
    return door.refusal(409, refusal.why, refusal.remedy, "REFUSED")
  end
  local now = now_of(self)
  local ok, message = journal:transaction(function()
    local event, why, code = journal.events:begin(row.id,
      campaigns.deed(self, call, "approve"), now)
    if not event then
      return nil, why, code
    end
    local signed
    signed, why, code = approval.sign(journal, row, described, { who = call.who.name,
      host = self.deed.host, comment = call.body.comment }, now)
    if not signed then
      return nil, why, code
    end
    return journal.events:finish(event, { exit = 0, ledger = ledger.read(journal, row) }, now)
  end)
  if not ok then
    return door.refusal(503, message, nil, "STORE")
  end
  return 200, json.encode(campaigns.standing(self, row))
end

--- Adds a route. What takes a right changes something: what was found before is found
-- anew.
-- @tparam table self `door`, `memo`
-- @tparam string method
-- @tparam string path
-- @tparam ?string right
-- @tparam function answer called with `(self, call)`, see `crier.door`
function campaigns.on(self, method, path, right, answer)
  self.door:on(method, path, right, function(call)
    if right then
      self.memo:forget()
    end
    return answer(self, call)
  end)
end

--- Adds the routes.
-- @tparam table self `door`, `worker`, `memo`, `deed` (`host`, `pid`, `version`)
function campaigns.add(self)
  local function on(...)
    campaigns.on(self, ...)
  end
  on("GET", "/campaigns", nil, list)
  on("GET", "/campaigns/{name}", nil, show)
  on("GET", "/campaigns/{name}/people", nil, people)
  on("GET", "/campaigns/{name}/people/{who}", nil, person)
  on("POST", "/campaigns/{name}/pause", "pause", function(_, call)
    return order(self, call, "pause", orders.pause)
  end)
  on("POST", "/campaigns/{name}/cancel", "cancel", cancel)
  on("POST", "/campaigns/{name}/rate", "rate", change_rate)
  on("POST", "/campaigns/{name}/resume", "resume", resume)
  on("POST", "/campaigns/{name}/approve", "approve", approve)
end

return campaigns

--- One message to many, delivered by the service itself in its own time.
-- Microsoft describes these calls in its SDKs alone (`TeamsOperations`), which
-- do not agree on how the answers are spelled: `spelling` chooses one.
--
--     spelling  answer to the start     counts     failed entries
--     plain     {"operationId":"…"}     statusMap  entryId
--     dotnet    "…"                     statusMap  entryId
--     bare      …                       statusMap  entryId
--     js        {"operationId":"…"}     stateMap   Id
--     agents    {"operationId":"…"}     statusMap  id
--     pascal    {"OperationId":"…"}     StatusMap  EntryId; all names so
--     location  nothing, but Location   statusMap  entryId
--
-- A second after the start it delivers 100 entries a second, whoever asks;
-- what was delivered by a time is worked out when somebody looks.
-- @module crier.simulator.sendings
local activities = require("crier.simulator.activities")
local answers = require("crier.simulator.answers")
local connector = require("crier.simulator.connector")
local encoding = require("crier.simulator.encoding")
local random = require("crier.simulator.random")

local sendings = {}

local sendings_methods = {}
local sendings_mt = { __name = "crier.simulator.sendings", __index = sendings_methods }

local START_MS, ENTRY_MS = 1000, 10
local PAGE = 100
local POLL_MS = 5000
local PATH = "/v3/batch/conversation"

local MAPS, ENTRIES = { js = "stateMap" }, { js = "Id", agents = "id" }

--- What it answers; see `crier.simulator.router`.
sendings.routes = {}

local function add(operation, method, path, answer)
  connector.add_route(sendings.routes, { operation = operation, method = method,
    path = PATH .. path, answer = answer, budget = "connector" })
end

add("send_to_users", "POST", "/users", "start")
add("send_to_tenant", "POST", "/tenant", "start")
add("send_to_team", "POST", "/team", "start")
add("send_to_channels", "POST", "/channels", "start")
add("sending_state", "GET", "/{sending}", "state")
add("failed_entries", "GET", "/failedentries/{sending}", "failures")
add("cancel_sending", "DELETE", "/{sending}", "cancel")

--- Makes the noun.
-- @tparam crier.simulator simulator with its connector
-- @tparam table options
-- @tparam[opt="plain"] string options.spelling
-- @treturn crier.simulator.sendings
function sendings.new(simulator, options)
  return setmetatable({ simulator = simulator, connector = simulator.connector,
    conversations = simulator.connector.conversations, people = simulator.people,
    spelling = options.spelling or "plain", by_id = {}, all = {} }, sendings_mt)
end

-- The fields of an object by their names in lower-case letters: the service
-- takes any case.
local function lowered(object)
  local out = {}
  for name, value in pairs(object or {}) do
    out[type(name) == "string" and name:lower() or name] = value
  end
  return out
end

local function pascal(name)
  return name:sub(1, 1):upper() .. name:sub(2)
end

-- Writes fields as JSON in the spelling that is chosen.
local function write(self, fields)
  if self.spelling ~= "pascal" then
    return encoding.json(fields)
  end
  local out = {}
  for name, value in pairs(fields) do
    out[pascal(name)] = value
  end
  return encoding.json(out)
end

local function members_of(body)
  local members = type(body.members) == "table" and body.members or {}
  local out = {}
  for i, member in ipairs(members) do
    local id = lowered(type(member) == "table" and member or nil).id
    out[i] = type(id) == "string" and id or ""
  end
  return out
end

-- Who gets a message: ids, or the numbers of persons.
local function everybody(self, place)
  local out, k = {}, self.conversations:next_member(place, 0)
  while k do
    out[#out + 1], k = k, self.conversations:next_member(place, k)
  end
  return out
end

-- The entries of a request; or nil and the refusal.
local function entries_of(self, call, body, now_ms)
  if call.operation == "send_to_tenant" then
    return everybody(self, { kind = "tenant" })
  elseif call.operation ~= "send_to_team" then
    local members = members_of(body)
    if members[1] then
      return members
    end
    return nil, answers.connector(400, "BadSyntax", "The members of the request are missing.")
  end
  local place = type(body.teamid) == "string" and self.conversations:find(body.teamid)
  if not place or not (place.channel and place.channel.is_general) then
    return nil, answers.connector(400, "BadSyntax", "The team of the request is not known.")
  end
  local refusal = self.connector:unreached(place, now_ms)
  return not refusal and everybody(self, place) or nil, refusal
end

-- Why a request is not as it must be.
local function refusal_of(self, call, body, text)
  local refusal = self.connector:refusal(call)
  local activity, wrong = activities.read(text or "")
  if refusal then
    return refusal
  elseif not body then
    return answers.connector(400, "BadSyntax", "Invalid JSON in the request body.")
  elseif type(body.tenantid) ~= "string" then
    return answers.connector(400, "BadSyntax", "Malformed tenant id.")
  elseif body.tenantid:lower() ~= self.simulator.tenant then
    return answers.connector(403, "NotEnoughPermissions",
      "The bot may not send messages in this tenant.")
  elseif not activity then
    return answers.connector(400, "BadSyntax", text and wrong or "An activity is expected.")
  elseif activities.is_too_large(text) then
    return answers.connector(413, "MessageSizeTooBig", "Message size too large.")
  end
  return nil, activity
end

local function started(self, call, id)
  local headers = { ["content-type"] = "application/json; charset=utf-8" }
  local spelling, body = self.spelling, nil
  if spelling == "bare" then
    body, headers["content-type"] = id, "text/plain; charset=utf-8"
  elseif spelling == "dotnet" then
    body = encoding.quote(id)
  elseif spelling == "location" then
    headers = { location = call.origin .. "/teams" .. PATH .. "/" .. id }
  else
    body = write(self, { operationId = id })
  end
  return { status = 201, headers = headers, body = body }
end

--- Answers `POST /v3/batch/conversation/…`.
-- @tparam table call
-- @tparam table request
-- @tparam number now_ms
-- @treturn table response
function sendings_methods:start(call, request, now_ms)
  local parsed = activities.object(request.body)
  local body, text = parsed and lowered(parsed), parsed and activities.cut(request.body, "activity")
  local refusal, activity = refusal_of(self, call, body, text)
  local entries
  if not refusal then
    entries, refusal = entries_of(self, call, body, now_ms)
  end
  if refusal then
    return refusal
  end
  local nth, seed = #self.all + 1, self.simulator.seed
  local id = random.guid(random.hash(seed, 934, nth), seed, 3700000000 + nth)
  local sending = { entries = entries, text = text, activity = activity, done = 0, counts = {},
    failed = {}, from_ms = now_ms + START_MS,
    is_to_channels = call.operation == "send_to_channels" }
  self.all[nth], self.by_id[id] = sending, sending
  return started(self, call, id)
end

-- Where an entry leads, and how it is called among the failed.
local function place_of(self, sending, entry)
  if sending.is_to_channels then
    local place = self.conversations:find(entry)
    return place and place.kind == "channel" and place or nil, entry
  end
  local k = type(entry) == "number" and entry or self.conversations:person(entry)
  return k and self.conversations:find(self.conversations:id(k)) or nil,
    type(entry) == "number" and self.people:id(entry) or entry
end

local function deliver(self, sending, entry, at_ms)
  local place, name = place_of(self, sending, entry)
  local refusal = self.connector:unwritable(place, at_ms)
  if not refusal then
    self.connector:deliver(place, sending.activity, sending.text, at_ms)
  else
    sending.failed[#sending.failed + 1] = { id = name, error = ("%d %s"):format(refusal.status,
      refusal.body:match('"code":"(%w+)"') or "MessageWritesBlocked") }
  end
  local status = ("%d"):format(refusal and refusal.status or 201)
  sending.counts[status] = (sending.counts[status] or 0) + 1
end

--- Delivers what is due.
-- @tparam number now_ms
function sendings_methods:advance(now_ms)
  for _, sending in ipairs(self.all) do
    local last = sending.is_cancelled and sending.done or math.min(#sending.entries,
      math.floor((now_ms - sending.from_ms) / ENTRY_MS) + 1)
    for i = sending.done + 1, last do
      deliver(self, sending, sending.entries[i], sending.from_ms + (i - 1) * ENTRY_MS)
      sending.done = i
    end
  end
end

-- The sending that a call names; or nil and the refusal.
local function find(self, call, now_ms)
  local refusal = self.connector:refusal(call)
  if refusal then
    return nil, refusal
  end
  self:advance(now_ms)
  local sending = self.by_id[call.ids.sending:lower()]
  if not sending then
    return nil, answers.connector(404, "OperationNotFound", "The operation was not found.")
  end
  return sending
end

local function state_of(sending)
  if sending.is_cancelled then
    return "Canceled"
  elseif sending.done < #sending.entries then
    return "Ongoing"
  end
  return #sending.failed == #sending.entries and sending.done > 0 and "Failed" or "Completed"
end

--- Answers `GET /v3/batch/conversation/{id}`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function sendings_methods:state(call, _, now_ms)
  local sending, refusal = find(self, call, now_ms)
  if not sending then
    return refusal
  end
  local state = state_of(sending)
  local rest_ms = sending.from_ms + #sending.entries * ENTRY_MS - now_ms
  return answers.json(200, write(self, { state = state,
    [MAPS[self.spelling] or "statusMap"] = sending.counts,
    totalEntriesCount = #sending.entries, retryAfter = state == "Ongoing"
      and encoding.iso_time(now_ms + math.max(1000, math.min(POLL_MS, rest_ms))) or nil }))
end

--- Answers `GET /v3/batch/conversation/failedentries/{id}`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function sendings_methods:failures(call, _, now_ms)
  local sending, refusal = find(self, call, now_ms)
  local after = tonumber((call.query.continuationToken or "X0"):match("^X(%d+)$"))
  if not sending then
    return refusal
  elseif not after then
    return answers.connector(400, "BadArgument", "Bad continuation token.")
  end
  local out = {}
  for i = after + 1, math.min(after + PAGE, #sending.failed) do
    out[#out + 1] = encoding.raw(write(self, { error = sending.failed[i].error,
      [ENTRIES[self.spelling] or "entryId"] = sending.failed[i].id }))
  end
  local is_more = after + PAGE < #sending.failed
  return answers.json(200, write(self, { failedEntryResponses = out[1] and out
    or encoding.raw("[]"), continuationToken = is_more and ("X%d"):format(after + PAGE) or nil }))
end

--- Answers `DELETE /v3/batch/conversation/{id}`: what was delivered stays.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function sendings_methods:cancel(call, _, now_ms)
  local sending, refusal = find(self, call, now_ms)
  if not sending then
    return refusal
  end
  sending.is_cancelled = sending.is_cancelled or sending.done < #sending.entries
  return { status = 200, headers = {} }
end

return sendings

--- Carries dialogs on: what happens becomes an event, what they say becomes a message,
-- what they wait for becomes a time. All of it in the journal, in one transaction.
-- @module crier.dialog.engine
local cjson = require "cjson.safe"
local foreign = require "crier.foreign"
local person = require "crier.audience.person"
local script = require "crier.dialog.script"
local scripts = require "crier.campaign.script"

local engine = {}

local engine_methods = {}
local engine_mt = { __name = "crier.dialog.engine", __index = engine_methods }

-- Dialogs carried on in one transaction, and campaigns whose scripts are kept at hand.
local MOST, MOST_SCRIPTS = 64, 32
-- Messages that a dialog says before it waits: more is a mistake, such as a loop.
local MOST_SAID = 20
-- How long a question waits for what was heard to be worked on, until it is looked at anew.
local UNHEARD_MS = 1000

--- Creates an engine.
-- @tparam table options
-- @tparam crier.journal options.journal
-- @tparam crier.worker options.standing sends what dialogs say, by `add` and `find`
-- @tparam function options.now the time, milliseconds since 1970
-- @tparam ?function options.random gives numbers in [0, 1)
-- @tparam ?function options.log called with a table for what fails
-- @treturn crier.dialog.engine
function engine.new(options)
  return setmetatable({ journal = options.journal, standing = options.standing, now = options.now,
    random = options.random or math.random, log = options.log or function() end,
    scripts = {}, script_count = 0 }, engine_mt)
end

-- A campaign's content never changes once it is sent; one that is updated has a new
-- digest.
local function script_of(self, row)
  local known = self.scripts[row.campaign]
  if known then
    return known
  end
  local made, problem = script.stored(self.journal, row.campaign, scripts.load)
  if not made then
    return nil, problem
  elseif self.script_count >= MOST_SCRIPTS then
    self.scripts, self.script_count = {}, 0
  end
  self.scripts[row.campaign], self.script_count = made, self.script_count + 1
  return made
end

-- What JSON makes of a value: the first run sees what every replay sees.
local function keep(kind, name, value)
  local text, problem = cjson.encode { v = value }
  if not text then
    return nil, ("d:once %q returned what JSON cannot hold: %s"):format(tostring(name), problem)
  end
  return { kind = kind, name = name, value = cjson.decode(text).v, json = text }
end

local function read_events(self, row)
  local events, message, code = self.journal.dialogs:events(row.id)
  for _, event in ipairs(events or {}) do
    event.value = cjson.decode(event.value).v
  end
  return events, message, code
end

--- Logs what a script is to blame for.
-- @tparam string event
-- @tparam table row of the dialog
-- @tparam string problem with file and line
function engine_methods:complain(event, row, problem)
  local campaign = self.journal.campaigns:by_id(row.campaign)
  self.log { event = event, campaign = campaign and campaign.name, dialog = row.id,
    problem = problem }
end

--- The id of a dialog's message.
-- @tparam table row
-- @tparam integer nth
-- @tparam ?string more
-- @treturn string
function engine_methods:message_id(row, nth, more)
  return ("dialog.%d.%d%s"):format(row.id, nth, more and "." .. more or "")
end

--- Sends something in a dialog's conversation. Call inside a transaction.
-- @tparam table row of the dialog
-- @tparam string id of the message
-- @tparam string activity JSON
-- @tparam ?string activity_id of the message whose place it takes
function engine_methods:send(row, id, activity, activity_id)
  return self.standing:add { id = id, key = row.key, activity = activity,
    phase = activity_id and "update" or "send", conversation_id = row.conversation_id,
    service_url = row.service_url, activity_id = activity_id }
end

local performs = {}

-- What is said waits in `said` for the run's end. The campaign has sent what comes first.
local function send_command(talk, command, nth)
  if nth == 1 then
    return true
  elseif #talk.said >= MOST_SAID then
    return nil, ("the dialog says more than %d messages before it waits"):format(MOST_SAID)
  end
  local activity, reason, text = talk.script:say(command.message, talk.target, command.data,
    talk.row.target, nth)
  if not activity then
    return nil, text and reason .. ": " .. text or reason
  end
  table.insert(talk.said, { nth = nth, activity = activity })
  return true
end

function performs.say(talk, command, nth)
  local ok, problem = send_command(talk, command, nth)
  if not ok then
    return nil, problem
  end
  return keep("say", nil, true)
end

function performs.ask(talk, command, nth)
  local ok, problem = send_command(talk, command, nth)
  if not ok then
    return nil, problem
  end
  return keep("ask", nil, { at = nth == 1 and talk.row.began_at or talk.now,
    closed = command.options.closed })
end

function performs.sleep(talk, command)
  return keep("sleep", nil, { until_ms = talk.now + command.ms })
end

function performs.wake(talk, _, nth)
  local until_ms = talk.events[nth - 1].value.until_ms
  return until_ms <= talk.now and keep("wake", nil, true) or nil
end

function performs.now(talk)
  return keep("now", nil, talk.now)
end

function performs.random(talk, command)
  local chance, m, n = talk.engine.random(), command.m, command.n
  if not m then
    return keep("random", nil, chance)
  elseif not n then
    m, n = 1, m
  end
  return keep("random", nil, m + math.floor(chance * (n - m + 1)))
end

function performs.once(talk, command)
  talk.engine.has_acted = true
  local ok, value = foreign.call(command.fn)
  if not ok then
    return nil, value
  end
  return keep("once", command.name, value)
end

-- Runs a dialog as far as it goes: state, the command it waits for, or why it failed,
-- and what it says.
local function run(self, row, events, now)
  local made, problem = script_of(self, row)
  if not made then
    return "failed", problem, {}
  end
  local target = self.journal.targets:by_id(row.target)
  local talk = { engine = self, script = made, row = row, target = target, events = events,
    now = now, said = {} }
  local state, detail = made:run(person.recipient(target), events, function(command, nth)
    local perform = performs[command.kind]
    if perform then
      return perform(talk, command, nth)
    end
  end)
  return state, detail, talk.said
end

-- Sends what a run has said: of one that failed, nothing.
local function utter(self, row, state, said)
  for _, each in ipairs(state ~= "failed" and said or {}) do
    local added, message, code = self:send(row, self:message_id(row, each.nth), each.activity)
    if added == nil then
      return nil, message, code
    end
  end
  return true
end

-- When a question's time is over, or nil, and when it is to be looked at next. A reminder
-- follows what was sent last: those that nobody was there to send are not made up for.
local function times(command, asked, sent_at)
  local deadline = command.within_ms and asked.at + command.within_ms
  local remind = command.remind_ms and sent_at + command.remind_ms
  if remind and deadline and remind >= deadline then
    remind = nil
  end
  return deadline, remind or deadline
end

local function close(row, state, problem)
  row.state, row.problem = state, problem
  row.waits_for, row.takes_text, row.wake_at = nil, 0, nil
end

local function save(self, row, events, known, now)
  for nth = known + 1, #events do
    local event = events[nth]
    local ok, message, code = self.journal.dialogs:add_event(row.id, nth, event, now)
    if not ok then
      return nil, message, code
    end
  end
  return self.journal.dialogs:save(row, now)
end

-- Who comes below in a conversation has control again; its question may be asked again,
-- at once, or when its campaign is resumed.
local function regain(self, row, now)
  local below = self.journal.dialogs:top(row.conversation_id)
  if not below or not below.waits_for then
    return true
  end
  local found = self:look(below)
  if not found.command or not found.command.options.again then
    return true
  elseif self.journal.campaigns:state(below.campaign) == "paused" then
    below.wake_at = now
    return self.journal.dialogs:save(below, now)
  end
  return self:repeat_question(below, found, "after." .. row.id)
end

--- Asks a question that stands once more.
-- @tparam table row
-- @tparam table found from `look`
-- @tparam string mark tells this message from others
-- @treturn boolean true; or nil, message, code when the store failed
function engine_methods:repeat_question(row, found, mark)
  local command = found.command
  local activity, reason = found.script:say(command.options.reminder or command.message,
    found.target, command.data, row.target, row.waits_for)
  if not activity then
    self:complain("dialog cannot remind", row, reason)
    return true
  end
  local added, message, code =
    self:send(row, self:message_id(row, row.waits_for, mark), activity)
  return added ~= nil or nil, message, code
end

--- Looks at what a dialog waits for, without letting anything happen.
-- @tparam table row
-- @treturn table `events`, `asked` (its questions, by number); and, unless it
--   cannot be run, `command` (that it waits for), `script`, `target`, `deadline`
function engine_methods:look(row)
  local events = read_events(self, row)
  local made = events and script_of(self, row)
  if not made then
    return { events = events or {}, asked = {} }
  end
  local target, pending, commands = self.journal.targets:by_id(row.target), nil, {}
  local state = made:run(person.recipient(target), events, function(command)
    pending = command
  end, commands)
  local found = { events = events, script = made, target = target, asked = {} }
  for nth in ipairs(events) do
    found.asked[nth] = commands[nth] and commands[nth].kind == "ask" and commands[nth] or nil
  end
  if state == "waiting" and pending.kind == "answer" and events[1] then
    found.command = pending
    found.deadline = times(pending, events[#events].value, events[#events].value.at)
  end
  return found
end

--- Whether a dialog that has not begun asks first for what may be written.
-- @tparam table target row
-- @treturn boolean
function engine_methods:takes_text(target)
  local made, first = script_of(self, target), nil
  if made then
    made:run(person.recipient(target), {}, function(command) first = command end)
  end
  return first ~= nil and first.kind == "ask" and first.options.text ~= false
end

-- What a run has come to.
local function settle(self, row, state, detail, events, answer)
  if state == "waiting" and detail.kind == "answer" then
    local asked = events[#events].value
    row.waits_for, row.takes_text = #events, detail.options.text == false and 0 or 1
    row.wake_at = select(2, times(detail, asked, asked.at))
  elseif state == "waiting" then
    row.waits_for, row.takes_text = nil, 0
    row.wake_at = events[#events].value.until_ms
  elseif state == "failed" then
    close(row, "failed", detail)
    self:complain("dialog failed", row, detail)
  else
    close(row, answer and answer.why == "cancelled" and "cancelled" or "done")
  end
end

--- Lets a dialog go on. Call inside a transaction.
-- @tparam table row
-- @tparam ?table answer what it waits for, when that has come: `text`, `value`, `at`, or
--   `why` there is none
-- @tparam integer now
-- @treturn boolean true; or nil, message, code when the store failed
function engine_methods:advance(row, answer, now)
  local events, message, code = read_events(self, row)
  if not events then
    return nil, message, code
  end
  local known = #events
  if answer then
    events[known + 1] = keep("answer", nil, answer)
    row.answered, row.reminded = row.answered + (answer.why and 0 or 1), 0
  end
  local state, detail, said = run(self, row, events, now)
  settle(self, row, state, detail, events, answer)
  local ok
  ok, message, code = utter(self, row, state, said)
  if ok then
    ok, message, code = save(self, row, events, known, now)
  end
  if ok and row.state ~= "open" then
    ok, message, code = regain(self, row, now)
  end
  return ok and true or nil, message, code
end

-- What is due in one dialog: it begins, its sleep is over, a question is too old, or
-- somebody is reminded of it; unless an answer may have come meanwhile.
local function wake(self, row, now)
  if not row.waits_for then
    return self:advance(row, nil, now)
  elseif self.journal.dialogs:is_unheard(row) then
    row.wake_at = now + UNHEARD_MS
    return self.journal.dialogs:save(row, now)
  end
  local found = self:look(row)
  if not found.command then
    return self:advance(row, nil, now) -- it fails, and says why
  elseif found.deadline and found.deadline <= now then
    return self:advance(row, { why = "timeout", at = found.deadline }, now)
  end
  row.reminded = row.reminded + 1
  local ok, message, code = self:repeat_question(row, found, "remind." .. row.reminded)
  row.wake_at = select(2, times(found.command, found.events[#found.events].value, now))
  if ok then
    ok, message, code = self.journal.dialogs:save(row, now)
  end
  return ok and true or nil, message, code
end

--- Whether a dialog has acted on the world since this was asked last: what is known of
-- that is to be committed before another one does.
-- @treturn boolean
function engine_methods:acted()
  local has_acted = self.has_acted or false
  self.has_acted = nil
  return has_acted
end

--- Carries on the dialogs whose time has come, a bounded share of them.
-- @treturn integer how many there were; or nil, message, code when the store failed
function engine_methods:work()
  local now = math.floor(self.now())
  local is_writable, problem = self.journal:is_writable()
  if not is_writable then -- what a dialog does could not be noted
    return nil, problem, "STORE"
  end
  if self.is_folding then
    self.is_folding = not self.journal.polls:fold()
  end
  return self.journal:transaction(function()
    local rows, message, code = self.journal.dialogs:due(now, MOST)
    for nth, row in ipairs(rows or {}) do
      local ok
      ok, message, code = wake(self, row, now)
      if not ok then
        return nil, message, code
      elseif self:acted() then
        return nth
      end
    end
    return rows and #rows, message, code
  end)
end

return engine

--- What a person sees of a run: one line redrawn on a terminal, plain lines
-- elsewhere. All of it goes to standard error.
-- @module crier.cli.face
local core = require "crier.core"
local log = require "crier.report.log"
local outlook = require "crier.campaign.outlook"
local pace = require "crier.campaign.pace"
local plan = require "crier.campaign.plan"
local progress = require "crier.cli.progress"
local text = require "crier.format.text"
local time = require "crier.format.time"

local face = {}

local face_methods = {}
local face_mt = { __name = "crier.face", __index = face_methods }

local TERMINAL_MS, PLAIN_MS = 200, 5000
local CLEAR = "\27[K" -- to the end of the line
local ECHO = 3 -- columns left free: a terminal shows Ctrl-C as ^C
local USAGE = 64
local DONE = { send = "sent", upgrade = "upgraded", uninstall = "uninstalled",
  amend = "amended", recall = "recalled", approve = "approved" }

--- Creates the face of one run.
-- @tparam table arguments `yes` (boolean: ask nothing), `log` (`text`, `json`
--   or nil)
-- @tparam ?table options for tests: `err` (has `write` and `flush`), `isatty`
--   (function of a descriptor), `read` (gives a line or nil), `getenv`,
--   `width` (gives columns)
-- @treturn crier.face
function face.new(arguments, options)
  options = options or {}
  local getenv = options.getenv or os.getenv
  local self = setmetatable({
    err = options.err or io.stderr,
    isatty = options.isatty or core.fs.isatty,
    read = options.read or function() return io.read "*l" end,
    width = options.width or core.fs.terminal_width,
    arguments = arguments,
    level = getenv "CRIER_LOG",
    read_count = 0,
    pace = pace.new(),
    drawn = false,
  }, face_mt)
  local term = getenv "TERM" or "dumb"
  self.is_terminal = self.isatty(2) and term ~= "dumb"
  self.look = {
    utf8 = text.is_utf8(getenv),
    colour = (getenv "NO_COLOR" or "") == "",
  }
  self.log = (arguments.log or arguments.verbose) and function(entry)
    return self.write_log(entry)
  end or nil
  return self
end

--- Whether there is a person to ask.
-- @treturn boolean
function face_methods:is_interactive()
  return self.isatty(0) and self.isatty(2)
end

local function clear(self)
  if self.drawn then
    self.err:write("\r", CLEAR)
    self.drawn = false
  end
end

-- Reasons and names come from outside: no control character reaches a terminal.
local function line(self, said)
  clear(self)
  self.err:write(core.text.printable(said), "\n")
end

local function draw(self, said)
  self.err:write("\r", said, CLEAR)
  self.err:flush()
  self.drawn = true
end

--- Says what is about to happen: the first line of a run.
-- @tparam table info `name`, `action`, `tenant`, `app`, `cloud`, `store`,
--   `is_new_store`, `goes_on`
function face_methods:began(info)
  line(self, ("%s%s: tenant %s, app %s, cloud %s, store %s (%s)%s"):format(
    info.name, info.action ~= "send" and " (" .. info.action .. ")" or "",
    info.tenant, info.app, info.cloud, info.store,
    info.is_new_store and "new" or "known",
    info.goes_on and ", going on" or ""))
  if self.log then
    self.write_log = log.new {
      format = self.arguments.log or "text",
      is_verbose = self.arguments.verbose,
      level = self.level or "info",
      campaign = info.name,
      now = core.clock.wall_ms,
      write = function(said)
        self.err:write(said, "\n")
      end,
    }
  end
end

--- Counts people read while the plan is made.
-- @tparam integer count
function face_methods:reading(count)
  self.read_count = self.read_count + count
end

local function describe(self, question)
  local function row(label, value)
    line(self, ("  %-11s %s"):format(label, value))
  end
  row("tenant", question.tenant)
  row("app", question.app)
  row("store", question.store .. (question.is_new_store
    and " (new: nothing is known of earlier sends)" or ""))
  row("targeted", text.number(question.targeted))
  for _, each in ipairs(question.excluded) do
    row("excluded", text.number(each.count) .. "  " .. each.reason)
  end
  if question.action == "send" then
    row("installs", text.number(question.installs))
  else
    row("does", question.action)
  end
  local kinds = question.kinds
  if kinds and kinds.channel + kinds.chat > 0 then
    row("sends", plan.kinds_text(kinds))
  end
  for _, each in ipairs(question.times or {}) do
    row(each.label, each.text)
  end
  for _, said in ipairs(question.warnings or {}) do
    row("warning", said)
  end
  row("recipients", ("%s, in about %s"):format(
    text.number(question.recipients), time.about(question.seconds)))
end

-- A line from the terminal; signals are heard meanwhile.
local function answer_of(self)
  if not self.run then
    return self.read()
  end
  local loop = self.run.loop
  local task = loop:task()
  loop:watch(0, function()
    loop:watch(0, nil)
    loop:unpark(task, self.read())
  end)
  return loop:park()
end

--- Shows what would be sent and asks for the number of recipients.
-- @tparam table question see `crier.campaign.run`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table what the run ends with
function face_methods:confirm(question)
  describe(self, question)
  return self:ask_number(question.recipients, question.action)
end

--- Asks for the number of recipients.
-- @tparam integer recipients
-- @tparam string action what is done to them
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table what the command ends with
function face_methods:ask_number(recipients, action)
  if self.arguments.yes then
    return true
  end
  self.err:write(("Type the number of recipients (%s) to %s: ")
    :format(text.number(recipients), action))
  self.err:flush()
  self.is_asking = true
  local answer = answer_of(self)
  self.is_asking = false
  if not answer then
    self.err:write "\n" -- the end of input left the cursor in the line
  end
  local digits = (answer or ""):gsub("[%s,]", "")
  if digits:find "^%d+$" and tonumber(digits) == recipients then
    return true
  end
  return nil, { exit = USAGE, why = "not confirmed: nothing was " .. DONE[action],
    remedy = ("run it again and type %s when it is meant"):format(text.number(recipients)) }
end

--- Says what would take long, and asks whether it should be done.
-- @tparam string said
-- @tparam ?boolean is_cheap whether nobody need be asked
-- @treturn boolean
function face_methods:agree(said, is_cheap)
  line(self, said)
  if is_cheap or self.arguments.yes then
    return true
  elseif not self:is_interactive() then
    return false
  end
  self.err:write "Go on? [y/N] "
  self.err:flush()
  self.is_asking = true
  local answer = answer_of(self)
  self.is_asking = false
  if not answer then
    self.err:write "\n"
  end
  return (answer or ""):lower():find "^%s*y" ~= nil
end

local function facts(self, work)
  local counts, client = work.counts, work.client
  local class = outlook.class(work)
  local rate, people = self.pace:note(work, class)
  local done = counts.delivered + counts.failed + counts.unknown
  local total = counts.targeted - counts.excluded
  local waiting = outlook.waiting(work)
  local is_moving = not work.stopping and not (waiting and waiting.is_open)
  return {
    phase = outlook.phase(work),
    done = done,
    total = total,
    delivered = counts.delivered,
    failed = counts.failed,
    unknown = counts.unknown,
    rate = is_moving and rate or nil,
    allowed = outlook.allowed(work),
    throttled = client.throttled,
    seconds_left = is_moving and done < total
      and outlook.seconds_left(work, people) or nil,
    waiting = waiting,
  }
end

-- What a call of the plan waits for before it is tried again, and since when.
local function plan_waits_for(self, client, now)
  local outcome, found = client.waiting_for, self.plan_wait
  if not outcome then
    return ""
  elseif not found or found.kind ~= outcome.kind
    or found.read_count ~= self.read_count then
    found = { kind = outcome.kind, read_count = self.read_count, since = now }
    self.plan_wait = found
  end
  return (", waiting for %s: %s"):format(time.span((now - found.since) / 1000),
    outcome.text or outcome.reason)
end

local function planning(self, run)
  local read = self.read_count
  if run.held then
    return "asking for the lane: " .. run.held
  end
  local doing = run.doing and run:doing() or "reading the audience"
    .. (read > 0 and ": " .. text.count(read, "person", "people") or "")
  return doing .. plan_waits_for(self, run.client, run.loop:now())
end

-- A run that ends before its first successful call has little to say.
local function show_plainly(self, run)
  if self.arguments.log or not run.client or not run.client.reached then
    return
  end
  line(self, run.work and progress.plain(facts(self, run.work))
    or planning(self, run))
end

local function show(self, run)
  if self.is_asking then
    return
  elseif not self.is_terminal or self.arguments.log then
    return show_plainly(self, run)
  end
  local width = self.width() - ECHO
  if run.work then
    draw(self, progress.line(facts(self, run.work), width, self.look))
  elseif run.client then
    draw(self, text.cut(core.text.printable(planning(self, run)), width))
  end
end

--- Shows a run while it works.
-- @tparam crier.campaign.run run
function face_methods:watch(run)
  self.run = run
  local every_ms = self.is_terminal and TERMINAL_MS or PLAIN_MS
  local function tick()
    if not self.is_over then
      show(self, run)
      run.loop:at(run.loop:now() + every_ms, tick)
    end
  end
  run.loop:at(run.loop:now() + every_ms, tick)
end

--- Notes that sending begins: from here on speed is measured.
-- @tparam crier.dispatch work
function face_methods:started(work)
  self.pace:note(work, outlook.class(work))
end

--- Passes a signal on to the run, and says what it does.
-- @tparam crier.campaign.run run
function face_methods:interrupt(run)
  local work = run.work
  local is_second = work and work.stopping
  if self.is_asking then
    self.err:write "\n"
  end
  run:interrupt()
  if not work or work.in_flight == 0 then
    return
  end
  local calls = text.count(work.in_flight, "call")
  if is_second then
    line(self, "not waiting any longer for " .. calls .. " in flight")
  else
    line(self, ("stopping: waiting for %s in flight, %s at most; Ctrl-C again"
      .. " does not wait"):format(calls,
      time.span((work.stopping.deadline - run.loop:now()) / 1000)))
  end
end

--- Ends the display.
function face_methods:ended()
  self.is_over = true
  clear(self)
end

return face

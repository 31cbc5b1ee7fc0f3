--- What a person sees of a run: a bar on a terminal, plain lines elsewhere.
-- All of it goes to standard error.
-- @module crier.cli.face
local budget = require "crier.budget"
local core = require "crier.core"
local log = require "crier.report.log"
local outlook = require "crier.campaign.outlook"
local time = require "crier.report.time"

local face = {}

local face_methods = {}
local face_mt = { __name = "crier.face", __index = face_methods }

local TERMINAL_MS, PLAIN_MS = 200, 5000
local RATE_MS = 5000 -- the rate is that of the last few seconds
local BAR = 24

--- Creates the face of one run.
-- @tparam table arguments `yes`, `log`, `json`
-- @treturn crier.face
function face.new(arguments)
  local self = setmetatable({
    err = io.stderr,
    is_terminal = core.fs.isatty(2) and not arguments.log,
    arguments = arguments,
    read_count = 0,
    samples = {},
    drawn = false,
  }, face_mt)
  self.log = arguments.log and function(entry)
    return self.write_log(entry)
  end or nil
  return self
end

--- Whether there is a person to ask.
-- @treturn boolean
function face_methods:is_interactive()
  return core.fs.isatty(0) and core.fs.isatty(2)
end

local function clear(self)
  if self.drawn then
    self.err:write("\r\27[K")
    self.drawn = false
  end
end

local function line(self, text)
  clear(self)
  self.err:write(text, "\n")
end

local function draw(self, text)
  local width = core.fs.terminal_width() - 1
  self.err:write("\r\27[K", text:sub(1, width))
  self.err:flush()
  self.drawn = true
end

--- Says what is about to happen: the first line of a run.
-- @tparam table info `name`, `tenant`, `app`, `cloud`, `store`,
--   `is_new_store`, `goes_on`
function face_methods:began(info)
  line(self, ("%s: tenant %s, app %s, cloud %s, store %s (%s)%s"):format(
    info.name, info.tenant, info.app, info.cloud, info.store,
    info.is_new_store and "new" or "known",
    info.goes_on and ", going on" or ""))
  if self.arguments.log then
    self.write_log = log.new {
      format = self.arguments.log,
      level = os.getenv "CRIER_LOG" or "info",
      campaign = info.name,
      now = core.clock.wall_ms,
      write = function(text)
        self.err:write(text, "\n")
      end,
    }
  end
end

--- Counts people read while the plan is made.
-- @tparam integer count
function face_methods:reading(count)
  self.read_count = self.read_count + count
  if self.is_terminal then
    draw(self, ("reading the audience: %d people"):format(self.read_count))
  end
end

local function describe(self, question)
  line(self, ("  tenant      %s"):format(question.tenant))
  line(self, ("  app         %s"):format(question.app))
  line(self, ("  store       %s%s"):format(question.store,
    question.is_new_store and " (new: nothing is known of earlier sends)"
      or ""))
  line(self, ("  targeted    %d"):format(question.targeted))
  for _, row in ipairs(question.excluded) do
    line(self, ("  excluded    %d  %s"):format(row.count, row.reason))
  end
  line(self, ("  installs    %d"):format(question.installs))
  line(self, ("  recipients  %d, in about %s"):format(question.recipients,
    time.span(question.seconds)))
end

--- Shows what would be sent and asks for the number of recipients.
-- @tparam table question see `crier.campaign.run`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table what the run ends with
function face_methods:confirm(question)
  describe(self, question)
  if self.arguments.yes then
    return true
  end
  self.err:write(("Type the number of recipients (%d) to send: ")
    :format(question.recipients))
  self.err:flush()
  core.signal.unwatch() -- Ctrl-C ends it here, with nothing sent
  local answer = io.read("*l")
  self.watch_signals()
  if answer and tonumber(answer) == question.recipients then
    return true
  end
  return nil, { exit = 64, why = "not confirmed: nothing was sent" }
end

-- Connector calls a second over the last few seconds.
local function rate(self, work)
  local now, samples = work.loop:now(), self.samples
  samples[#samples + 1] = { at = now, calls = work.client.calls.connector }
  while #samples > 2 and samples[1].at < now - RATE_MS do
    table.remove(samples, 1)
  end
  local first, last = samples[1], samples[#samples]
  local seconds = math.max(last.at - first.at, 200) / 1000
  return (last.calls - first.calls) / seconds
end

local function waiting(work)
  local found = outlook.waiting(work)
  if not found then
    return ""
  end
  return (", waiting: %s %s"):format(found.what, time.span(found.ms / 1000))
end

local function progress(self, work)
  local counts = work.counts
  local total = counts.targeted - counts.excluded
  local done = counts.delivered + counts.failed + counts.unknown
  local full = total > 0 and math.floor(BAR * done / total) or BAR
  local allowed = work.client.config.limits == "off" and "no limit"
    or ("%d"):format(budget.rate "connector")
  return ("%s %s%s %d/%d  delivered %d, failed %d, unknown %d  %.1f calls/s"
    .. " of %s%s%s"):format(outlook.phase(work), ("#"):rep(full),
    ("."):rep(BAR - full), done, total, counts.delivered, counts.failed,
    counts.unknown, rate(self, work), allowed,
    done < total and "  " .. time.span(outlook.seconds_left(work)) .. " left" or "",
    waiting(work))
end

--- Shows a dispatch while it works.
-- @tparam crier.dispatch work
function face_methods:started(work)
  local every_ms = self.is_terminal and TERMINAL_MS or PLAIN_MS
  local function tick()
    if self.is_over then
      return
    end
    local text = progress(self, work)
    if self.is_terminal then
      draw(self, text)
    elseif not self.arguments.log then
      line(self, text)
    end
    work.loop:at(work.loop:now() + every_ms, tick)
  end
  work.loop:at(work.loop:now() + every_ms, tick)
end

--- Ends the display.
function face_methods:ended()
  self.is_over = true
  clear(self)
end

return face

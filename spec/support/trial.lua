--- One campaign called "hello" that is run against the simulator, its cloud
-- interfered with.
local interpose = require "support.interpose"
local rehearsal = require "support.rehearsal"

local trial = {}

local trial_methods = {}
local trial_mt = { __index = trial_methods }

--- When it begins.
trial.START_MS = 1800000000000

--- A script for everybody.
-- @tparam ?string more options, as Lua
-- @tparam ?string message as Lua
function trial.script(more, message)
  return ('local crier = require "crier"\nreturn crier.campaign { name = "hello",'
    .. " audience = crier.users {}, message = %s, %s }")
    :format(message or 'crier.text "Hi ${recipient.givenName}"', more or "")
end

--- Makes one.
-- @tparam string script
-- @tparam table options see `support.rehearsal`
-- @tparam ?function answer see `support.interpose`; is given the milliseconds
--   since the start
function trial.new(script, options, answer)
  local stage = rehearsal.new({ ["campaign.lua"] = script }, options)
  if answer then
    stage.transport.simulator = interpose(stage.simulator, function(request, now_ms)
      return answer(request, now_ms - trial.START_MS)
    end)
  end
  return setmetatable({ stage = stage, started = options.started }, trial_mt)
end

--- Runs it; see `support.rehearsal`.
function trial_methods:run(more)
  self.stage.options.started = self.started
  return self.stage:run(more)
end

--- Runs it to the end with nobody interfering.
function trial_methods:rerun()
  self.started = nil
  return self:run()
end

--- Milliseconds since the start.
function trial_methods:passed_ms()
  return self.stage.clock.now_ms() - trial.START_MS
end

--- Compares ledger and cloud person by person: the problems, and how many are
-- in each state.
function trial_methods:compare(most)
  local found = self.stage:compare("hello", most)
  return found.problems, found.counts
end

--- How many rows of a state there are for each reason.
function trial_methods:reasons(state)
  local found = {}
  for _, row in ipairs(self.stage:rows "hello") do
    if row.state == state then
      found[row.reason] = (found[row.reason] or 0) + 1
    end
  end
  return found
end

--- Does something in the middle of a run: for `options.started`.
function trial.after(ms, fn)
  return function(work, stage)
    work.loop:at(work.loop:now() + ms, function() fn(work, stage) end)
  end
end

return trial

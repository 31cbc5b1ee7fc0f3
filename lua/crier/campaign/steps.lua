--- What a run and its plan do alike: they take steps until one says what it ends
-- with, find the app, and read the audience.
--
-- A step is a function of the run (`options`, `definition`, `client`, `loop` and so
-- on, see `crier.campaign.run`); it returns true, or nil and what the run ends with.
-- @module crier.campaign.steps
local plan = require "crier.campaign.plan"
local prepare = require "crier.campaign.prepare"
local route = require "crier.campaign.route"
local trial = require "crier.campaign.trial"

local steps = {}

local INTERRUPTED = { name = "interrupted" }

local function take(self, methods, order)
  for _, step in ipairs(order) do
    if self.is_interrupted then
      error(INTERRUPTED, 0)
    end
    local ok, stop = methods[step](self)
    if not ok then
      return stop
    end
  end
end

-- Takes the steps that need the network: as the loop's own task, or, with a host,
-- inside the task that called.
local function take_remote(self, methods, order)
  if self.host then
    return pcall(take, self, methods, order)
  end
  return pcall(self.loop.run, self.loop, take, self, methods, order)
end

--- Takes the steps that need no network, then others inside a task of the loop.
-- @tparam table self the run
-- @tparam table methods where the others are
-- @tparam {string,...} order of the others
-- @treturn[1] ?table what it ends with
-- @treturn[2] ?table what it ends with
-- @treturn[2] boolean whether it is an error of crier's own
function steps.go(self, methods, order)
  local ended = take(self, prepare.steps, prepare.order)
  if ended then
    return ended
  end
  local ok, result = take_remote(self, methods, order)
  if ok then
    return result
  elseif result == INTERRUPTED then
    return { exit = 3, why = "interrupted before the plan was complete",
      remedy = "nothing was sent; run it again to go on" }
  end
  return { exit = 1, why = tostring(result) }, true
end

--- Ends `go` at once; with a host, whose loop has others to care for, after the step
-- that it is at.
-- @tparam table self the run
function steps.interrupt(self)
  self.is_interrupted = true
  if not self.host then
    self.loop:abort(INTERRUPTED)
  end
end

--- A step: finds the app, where one is needed.
-- @tparam table self the run
-- @treturn boolean true; or nil and what the run ends with
function steps.find_app(self)
  if not route.needs_app(self.action, self.definition) then
    return true
  end
  local found, problem = plan.find_app(self.client)
  self.app = found
  return found and true, problem
end

--- Reads the audience.
-- @tparam table self the run
-- @treturn ?table see `crier.campaign.plan.read`; or nil and what the run ends with
function steps.read(self)
  local made, problem = plan.read {
    definition = self.definition,
    schedule = self.schedule,
    now_ms = math.floor(self.loop:now()),
    action = self.action,
    app = self.config.app,
    tenant = self.config.tenant,
    journal = self.journal,
    campaign = self.campaign,
    stage = self.stage,
    prepared = self.prepared,
    client = self.client,
    progress = function(count)
      self.face:reading(count)
    end,
  }
  if made and self.rows then
    return trial.dress(self, made)
  end
  return made, problem
end

return steps

--- A bot on a server: `POST /api/messages`, the work that follows, and whether all is
-- well (`GET /healthz`, `GET /readyz`).
-- @module crier.serve.intake
local cjson = require "cjson"

local intake = {}

local intake_methods = {}
local intake_mt = { __name = "crier.serve.intake", __index = intake_methods }

-- What is done is kept for as long as a copy may come, and for who looks.
local KEPT_MS = 7 * 24 * 3600 * 1000
local PRUNE_EVERY_MS, MOST_PRUNED = 60 * 1000, 1000
-- The store failed: a while until it is tried again.
local AGAIN_MS = 1000
-- How often it is looked for what a gateway has put into the store.
local LOOK_MS = 500

--- Has a bot hear through a server.
-- @tparam table options
-- @tparam crier.serve options.server
-- @tparam crier.bot options.bot
-- @tparam ?function options.log
-- @treturn crier.serve.intake
function intake.new(options)
  local self = setmetatable({ server = options.server, bot = options.bot,
    loop = options.server.loop, log = options.log or function() end, next_work = nil,
    problems = {} }, intake_mt)
  local bot = self.bot
  self.server:on_all("POST", bot.path, function(requests) return self:hear(requests) end)
  self.server:on("GET", "/healthz", function() return { status = 200, body = "ok\n" } end)
  self.server:on("GET", "/readyz", function() return self:readiness() end)
  self:check("store", function()
    if not bot.journal:is_in_place() then
      return nil, "the store is gone"
    end
    return bot.journal:is_writable()
  end)
  self:work_at(self.loop:now())
  self:prune()
  return self
end

--- Adds something that has to be well before Teams is to send.
-- @tparam string name
-- @tparam function is_well returns nil and why when it is not
function intake_methods:check(name, is_well)
  self.problems[#self.problems + 1] = { name = name, is_well = is_well }
end

--- Whether all is well.
-- @treturn table response
function intake_methods:readiness()
  local found, is_ready = {}, true
  for _, check in ipairs(self.problems) do
    local ok, why = check.is_well()
    found[check.name] = ok and "ok" or why
    is_ready = is_ready and ok and true or false
  end
  return { status = is_ready and 200 or 503, headers = { ["Content-Type"] = "application/json" },
    body = cjson.encode({ ready = is_ready, checks = found }) .. "\n" }
end

--- Takes requests, and has their work done soon.
-- @tparam {table,...} requests
-- @treturn {table,...} responses
function intake_methods:hear(requests)
  local before = self.bot.counts.accepted
  local responses = self.bot:receive_all(requests)
  if self.bot.counts.accepted > before then
    self:work_at(self.loop:now())
  end
  return responses
end

--- Has work done at a time, or before.
-- @tparam number at_ms
function intake_methods:work_at(at_ms)
  local next_work = self.next_work
  if next_work and next_work.at_ms <= at_ms then
    return
  elseif next_work then
    next_work.cancelled = true
  end
  self.next_work = self.loop:at(at_ms, function()
    self.next_work = nil
    self:look()
  end)
end

--- Works when something is due, and looks again when there may be.
function intake_methods:look()
  local next_due, now = self.bot.journal.inbox:next_due(), self.bot.now()
  if next_due and next_due <= now then
    return self:work()
  end
  self:work_at(self.loop:now() + math.min(next_due and next_due - now or LOOK_MS, LOOK_MS))
end

--- Works a share of what is due, and sees to it that the rest follows.
function intake_methods:work()
  local done, message = self.bot:work()
  if not done then
    self.log { event = "store failed", problem = message }
    return self:work_at(self.loop:now() + AGAIN_MS)
  end
  self:work_at(self.loop:now())
end

--- Forgets what is old, now and then.
function intake_methods:prune()
  local now = math.floor(self.loop:now())
  local count = self.bot.journal.inbox:prune(now - KEPT_MS, MOST_PRUNED)
  self.loop:at(now + (count == MOST_PRUNED and 0 or PRUNE_EVERY_MS), function() self:prune() end)
end

return intake

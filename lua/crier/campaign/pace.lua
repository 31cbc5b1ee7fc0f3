--- How fast a dispatch is, of late.
-- @module crier.campaign.pace
local pace = {}

local pace_methods = {}
local pace_mt = { __name = "crier.pace", __index = pace_methods }

local RATE_MS = 5000 -- the rate is that of the last few seconds
-- The pace, in people, is that of the last half minute; sooner it says nothing.
local PACE_MS, PACE_FROM_MS = 30000, 10000
local LEAST_MS = 200

--- Creates one that has seen nothing.
-- @treturn crier.pace
function pace.new()
  return setmetatable({ samples = {} }, pace_mt)
end

local function copy(counts)
  local copied = {}
  for name, count in pairs(counts) do
    copied[name] = count
  end
  return copied
end

--- Notes where a dispatch is now, and tells its speed.
-- @tparam crier.dispatch work
-- @tparam string class of `crier.budget` whose calls are counted
-- @treturn number calls a second
-- @treturn ?number people a second; nil while it is too early to tell
function pace_methods:note(work, class)
  local now, samples = work.loop:now(), self.samples
  local counts = work.counts
  samples[#samples + 1] = { at = now, used = copy(work.client.used),
    done = counts.delivered + counts.failed + counts.unknown }
  while #samples > 2 and samples[2].at < now - PACE_MS do
    table.remove(samples, 1)
  end
  local last, oldest, recent = samples[#samples], samples[1], samples[1]
  for i = #samples - 1, 1, -1 do
    recent = samples[i]
    if recent.at <= now - RATE_MS then
      break
    end
  end
  local rate = ((last.used[class] or 0) - (recent.used[class] or 0))
    / (math.max(last.at - recent.at, LEAST_MS) / 1000)
  local span_ms = last.at - oldest.at
  return rate, span_ms >= PACE_FROM_MS
    and (last.done - oldest.done) / (span_ms / 1000) or nil
end

return pace

--- What changes a dispatch from outside: somebody's pause or cancel, another rate,
-- a store that is gone, services that never answer.
-- @module crier.campaign.watch
local wait = require "crier.campaign.wait"

local watch = {}

--- How often it is looked for, milliseconds.
watch.EVERY_MS = 250

--- Looks, when it is time; stops the dispatch if need be.
-- @tparam crier.dispatch work
function watch.look(work)
  local now = work.loop:now()
  local deadline_ms = work.schedule and work.schedule.deadline_ms
  if deadline_ms and now >= deadline_ms then
    work:stop { state = "deadline" }
  end
  if now < work.next_look or work.stopping then
    return
  end
  work.next_look = now + wait.every_ms(work, watch.EVERY_MS)
  if not work.journal:is_in_place() then
    work:stop { exit = 78, state = "stopped", why = ("store %s is gone, or"
      .. " another file has taken its place"):format(work.journal.path),
      remedy = "put it back before you run again: it knows who was sent to" }
  end
  local state, per_second = work.journal.campaigns:state(work.campaign.id)
  if work.rate:set(per_second) then
    work.stages[work.phases[1]].wait_until = 0
  end
  if state == "paused" or state == "cancelled" then
    work:stop { exit = 3, state = state }
  end
  if work.client:is_unreachable() then
    local text
    for _, found in pairs(work.outages) do
      text = found.text
    end
    work:stop { exit = 69, state = "stopped",
      why = text or "nothing has answered" }
  end
end

return watch

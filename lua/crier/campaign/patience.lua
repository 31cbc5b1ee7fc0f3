--- What a dispatch does when its store takes nothing, as on a full disk. In a process that
-- lives on it sends nothing meanwhile, keeps the answers that it could not write down, and
-- goes on once they are written; any other ends.
-- @module crier.campaign.patience
local departures = require "crier.campaign.departures"
local journal = require "crier.journal"

local patience = {}

-- How often the store is tried.
local AGAIN_MS = 1000

local function wait(work)
  departures.take_back(work)
  local until_ms = work.loop:now() + AGAIN_MS
  while work.loop:now() < until_ms and not work.stopping do
    work.loop:park(until_ms)
  end
end

local function fail(work, message)
  work.group:drop_intents()
  work:stop { exit = 78, state = "stopped", why = message, is_store = true,
    remedy = "free the disk or repair the store, then run again" }
end

--- Does something that writes. Where the store fails, the dispatch has been stopped after
-- that, or a while has passed. Call inside its task.
-- @tparam crier.dispatch work with `on_trouble`, where the store is waited for
-- @tparam function act called with the dispatch
-- @treturn boolean whether it was done
function patience.attempt(work, act)
  local ok, message, code = act(work)
  if ok then
    return true
  elseif work.on_trouble and not work.stopping and journal.is_passing(code) then
    work.on_trouble { event = "store failed", problem = message, code = code }
    wait(work)
  else
    fail(work, message)
  end
  return false
end

return patience

-- Many dialogs open at once: how long each takes to begin, to hear an answer and to time
-- out, in a process that has just started.
--
--   lua5.4 spec/bench/dialogs.lua [COUNT]
package.path = "./lua/?.lua;./lua/?/init.lua;./spec/?.lua;" .. package.path
package.cpath = "./build/?.so;" .. package.cpath

local core = require "crier.core"
local talking = require "support.talking"

local COUNT = tonumber(arg[1]) or 10000
local HALF = math.floor(COUNT / 2)

local SCRIPT = [[
local crier = require "crier"
local question, thanks = crier.text "What dish?", crier.text "Thanks for ${data.dish}"
return crier.campaign { name = "lunch", audience = crier.users {},
  message = crier.dialog(function(d)
    local a, why = d:ask(question, { within = "1d" })
    d:say(thanks, { dish = a and a.text or why })
  end) }
]]

local talk = talking.new({ ["campaign.lua"] = SCRIPT }, { users = 1 })
local store = talk.store
local now = math.floor(talk.loop:now())

-- As a campaign leaves them that has sent to all.
local function fill()
  local row = assert(store.campaigns:add({ name = "lunch", action = "send", talks = true,
    lane = talk.worker.lane.id, cloud = "public", digest = "d", script = "campaign.lua",
    on_unknown = "report", files = { { path = "campaign.lua", digest = "f",
      content = SCRIPT } } }, now))
  for i = 1, COUNT do
    store.db:exec("INSERT INTO target (campaign, step, key, state, due_at, conversation_id,"
      .. " activity_id, planned_at, updated_at) VALUES (?, 'send', ?, 'delivered', 0, ?, ?, 1, 1)",
      row.id, ("user:%d"):format(i), ("a:%d"):format(i), ("act-%d"):format(i))
    store.db:exec("INSERT INTO recipient (target, fields) VALUES (last_insert_rowid(), '{}')")
    store.dialogs:begin(i, now)
  end
  return true
end

local function measure(what, count, fn)
  local started, cpu = core.clock.now_ms(), os.clock()
  fn()
  print(("%-10s %6d dialogs  %7.0f ms  %6.0f us of CPU each"):format(what, count,
    core.clock.now_ms() - started, (os.clock() - cpu) * 1e6 / count))
end

local function work_all()
  repeat
    local done = assert(talk.engine:work())
  until done == 0
end

assert(store:transaction(fill))
measure("begin", COUNT, work_all)
talk:restart()
store = talk.store
measure("answer", HALF, function()
  for i = 1, HALF do
    talk:write(tostring(i), "soup")
  end
  repeat until assert(talk.bot:work()) == 0
end)
talk.stage.clock.set(now + 25 * 3600 * 1000)
measure("time out", COUNT - HALF, work_all)
local counts = store.dialogs:counts(1)
assert(counts.done == COUNT and counts.answered == HALF and counts.open == 0,
  "a dialog was lost")
print(("%d done, %d of them answered, %d messages to send"):format(counts.done, counts.answered,
  store.db:row("SELECT count(*) AS n FROM target WHERE state = 'pending'").n))
talk:close()

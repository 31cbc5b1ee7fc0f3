-- What `crier status` reads of a large campaign: how long it takes.
--
--   lua5.4 spec/bench/ledger.lua [PEOPLE]
--
-- Writes a store with a campaign of PEOPLE (default 1,000,000), most of them done, a
-- third in each of three languages; reads its ledger three times. Prints one JSON line.
package.path = "lua/?.lua;lua/?/init.lua;spec/?.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local core = require "crier.core"
local journal = require "crier.journal"
local json = require "crier.format.json"
local ledger = require "crier.campaign.ledger"
local shell = require "support.shell"

local PEOPLE = tonumber(arg[1]) or 1000000

-- 90 in 100 delivered, 4 failed, 2 excluded, 1 unknown, 3 pending.
local FILL = [[BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO target (campaign, step, key, state, phase, due_at, attempts, reason, status,
  remedy, request_id, conversation_id, service_url, activity_id, language, planned_at,
  updated_at)
SELECT %d, 'send', 'user:' || lower(hex(randomblob(4))) || '-0000-4000-8000-'
    || lower(hex(randomblob(6))),
  CASE WHEN i %% 100 < 90 THEN 'delivered' WHEN i %% 100 < 94 THEN 'failed'
    WHEN i %% 100 < 96 THEN 'excluded' WHEN i %% 100 < 97 THEN 'unknown' ELSE 'pending' END,
  CASE WHEN i %% 100 >= 97 THEN 'send' END, 0, 1,
  CASE WHEN i %% 100 BETWEEN 90 AND 91 THEN 'blocked' WHEN i %% 100 < 94 AND i %% 100 > 91
    THEN 'not installed' WHEN i %% 100 BETWEEN 94 AND 95 THEN 'disabled'
    WHEN i %% 100 = 96 THEN 'interrupted' END,
  201, CASE WHEN i %% 100 BETWEEN 90 AND 93 THEN 'ask them to unblock the bot' END,
  lower(hex(randomblob(16))), 'a:' || hex(randomblob(60)),
  'https://smba.trafficmanager.net/emea/', '1:' || hex(randomblob(20)),
  substr('endefr', 1 + i %% 3 * 2, 2), 1800000000000, 1800000000000 FROM n;
UPDATE campaign SET targeted = %d, planned = 1, state = 'stopped';
COMMIT;]]

local function fill(path)
  local store = assert(journal.open(path, { create = true }))
  local lane = assert(store.lanes:acquire("app", "tenant"))
  local row = assert(store.campaigns:add({ name = "large", action = "send", lane = lane.id,
    cloud = "public", digest = "", script = "", on_unknown = "report", files = {} }, 0))
  assert(store.db:script(FILL:format(PEOPLE, row.id, PEOPLE)))
  store:close()
end

local folder = shell.run "mktemp -d"
local path = folder .. "/ledger.db"
fill(path)
local store = assert(journal.open(path, { looks = true }))
local row, best, found = store.campaigns:find "large", math.huge, nil
for _ = 1, 3 do
  local began = core.clock.now_ms()
  found = ledger.read(store, row)
  best = math.min(best, core.clock.now_ms() - began)
end
assert(ledger.check(found))
store:close()
os.execute("rm -rf " .. folder)
print(json.ordered({ people = PEOPLE, delivered = found.delivered, best_ms = best },
  { "people", "delivered", "best_ms" }))

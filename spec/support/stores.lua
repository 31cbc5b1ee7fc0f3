--- Stores in a folder of their own, for the specs of the journal.
local journal = require "crier.journal"
local shell = require "support.shell"

local stores = {}

local stores_methods = {}
local stores_mt = { __index = stores_methods }

stores.NOW = 1800000000000

--- Makes an empty folder: in memory where that can be had, since no power is lost here.
-- @tparam ?string folder in its place, an empty one
function stores.new(folder)
  folder = folder or shell.folder()
  return setmetatable({ folder = folder, path = folder .. "/crier.db",
    opened = {} }, stores_mt)
end

--- Opens the store, made when there is none; closed by `close`.
function stores_methods:open(options)
  local store = assert(journal.open(self.path, options or { create = true }))
  self.opened[#self.opened + 1] = store
  return store
end

--- What a campaign consists of, with fields changed.
function stores.campaign(lane, changes)
  local made = { name = "hello", action = "send", lane = lane.id, cloud = "public",
    digest = "d1", script = "hello.lua", on_unknown = "report",
    files = { { path = "hello.lua", digest = "f1", content = "return 1" },
      { path = "people.csv", digest = "f2" } } }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

--- A store with a lane that is held and a campaign of `count` people who wait
-- in `phase`; their keys are `user:1`, `user:2` …
function stores_methods:planned(count, phase)
  local store = self:open()
  local lane = assert(store.lanes:acquire("bot", "contoso"))
  lane.app, lane.tenant, lane.host = "bot", "contoso", "https://smba.example"
  local campaign = assert(store.campaigns:add(stores.campaign(lane), stores.NOW))
  for i = 1, count do
    assert(store.targets:add(campaign.id, "send", { key = ("user:%d"):format(i),
      upn = ("u%d@contoso.com"):format(i), name = ("User %d"):format(i),
      fields = "{}" }, phase or "send", stores.NOW))
  end
  assert(store.campaigns:set_planned(campaign.id))
  return store, campaign, lane
end

--- All rows of a campaign, by key.
function stores.rows(store, campaign)
  local found = {}
  for _, row in ipairs(store.targets:page(campaign.id, 0, 1000)) do
    found[row.key] = row
  end
  return found
end

--- Closes everything and removes the folder.
function stores_methods:close()
  for _, store in ipairs(self.opened) do
    store:close()
  end
  os.execute("rm -rf " .. self.folder)
end

return stores

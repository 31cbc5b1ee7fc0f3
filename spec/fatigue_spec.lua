local fatigue = require "crier.campaign.fatigue"
local rehearsal = require "support.rehearsal"

describe("crier.campaign.fatigue", function()
  it("takes a cap, or false", function()
    assert.is_nil(fatigue.check(nil))
    assert.is_nil(fatigue.check(false))
    assert.is_nil(fatigue.check { most = 3, within = "7d" })
    local shape = 'fatigue takes { most = 3, within = "7d" }, or false'
    local cases = { { true, shape }, { 3, shape },
      { {}, "fatigue: most must be a number of messages" },
      { { most = 0, within = "7d" }, "fatigue: most must be a number of messages" },
      { { most = 3 }, 'fatigue: within must be a time such as "7d"' },
      { { most = 3, within = "0s" }, 'fatigue: within must be a time such as "7d"' },
      { { most = 3, within = "7d", per = "x" }, "fatigue: unknown option 'per'" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], fatigue.check(case[1]))
    end
  end)

  it("prefers the campaign's own", function()
    local config = { fatigue = { most = 3, within = "7d" } }
    assert.equal("had 3 messages in 7 days", fatigue.cap({}, config).reason)
    assert.equal("had 1 message in 1 hour",
      fatigue.cap({ fatigue = { most = 1, within = "1h" } }, config).reason)
    assert.is_nil(fatigue.cap({ fatigue = false }, config))
    assert.is_nil(fatigue.cap({}, {}))
  end)
end)

describe("a cap on broadcasts", function()
  local stage

  local SCRIPT = [[
local crier = require "crier"
return crier.campaign { name = "%s", install = true, message = crier.text "Hi",
  audience = crier.users {}, allow_empty = true, %s }]]

  before_each(function()
    stage = rehearsal.new({}, { users = 30, limits = "off",
      env = { CRIER_FATIGUE = "2/7d", CRIER_LIMITS = "off" } })
  end)
  after_each(function() stage:close() end)

  local function run(name, more, options)
    stage:write("campaign.lua", SCRIPT:format(name, more or ""))
    return stage:run(options)
  end

  -- How many a campaign left out because they had had enough.
  local function tired(ending)
    for _, row in ipairs(ending.ledger.exclusions) do
      if row.reason:find "^had " then
        return row.count, row.reason
      end
    end
    return 0
  end

  local function pass(days)
    stage.clock.set(stage.clock.now_ms() + days * 86400000)
  end

  it("leaves out who had enough, until time has passed", function()
    local everybody = run("a").ledger.delivered
    assert.is_true(everybody > 20)
    pass(3)
    assert.equal(0, tired(run "b"))
    assert.same({ everybody, "had 2 messages in 7 days" }, { tired(run "c") })
    assert.equal(0, run("d", "fatigue = false").ledger.pending)
    assert.equal(everybody, run("e", 'fatigue = { most = 4, within = "7d" }').ledger.delivered)
    pass(4.5) -- the first is a week ago: three are left
    assert.equal(everybody, tired(run "f"))
    assert.equal(everybody, run("g", 'fatigue = { most = 4, within = "7d" }').ledger.delivered)
    pass(7.5)
    assert.equal(everybody, run("h").ledger.delivered)
  end)

  it("counts neither tests nor recalls, and only who got it", function()
    stage:write("one.csv", "id\n" .. stage.simulator.people:id(3) .. "\n")
    local one = 'audience = crier.csv "one.csv"'
    local function to_one(name)
      stage:write("campaign.lua", (SCRIPT:gsub("audience = crier.users {}", one))
        :format(name, ""))
      return stage:run()
    end
    assert.equal(1, to_one("a").ledger.delivered)
    assert.equal(0, stage:run({ parent = "a", action = "recall" }).exit)
    local store = stage:open()
    store.db:exec "UPDATE campaign SET test_of = 'x' WHERE name = 'a'"
    assert.equal(1, to_one("b").ledger.delivered)
    assert.equal(1, to_one("c").ledger.delivered)
    store.db:exec "UPDATE campaign SET test_of = NULL WHERE name = 'a'"
    store:close()
    assert.equal(1, tired(run "d"))
  end)

  it("looks again before it sends, for who had more meanwhile", function()
    run "a"
    local done
    stage.options.started = function(work, self)
      if not done and work.campaign.name == "waits" then
        done = true
        work.loop:at(work.loop:now() + 2000, function() self.running:interrupt() end)
      end
    end
    local first = run("waits", "rate = 5")
    assert.equal(3, first.exit)
    assert.is_true(first.ledger.pending > 10)
    local got = first.ledger.delivered
    assert.equal(0, tired(first))
    assert.is_true(run("b", 'fatigue = false').exit == 0)
    local ending = run("waits", "rate = 5")
    assert.equal(0, ending.exit)
    assert.equal(first.ledger.pending, tired(ending))
    assert.equal(got, ending.ledger.delivered)
  end)
end)

describe("crier.journal.broadcasts", function()
  local stores = require "support.stores"
  local place, store

  before_each(function() place = stores.new() end)
  after_each(function() place:close() end)

  it("counts by the index on (campaign, step, key)", function()
    store = place:planned(1)
    local found = {}
    for _, row in ipairs(store.db:rows("EXPLAIN QUERY PLAN SELECT count(*) FROM target"
      .. " WHERE campaign IN (1, 2) AND step = 'send' AND (state IN ('delivered', 'unknown')"
      .. " OR state = 'pending' AND phase = 'intent') AND updated_at > 5 AND key = 'user:1'")) do
      found[#found + 1] = row.detail
    end
    assert.matches("USING INDEX sqlite_autoindex_target_1 %(campaign=%? AND step=%? AND key=%?%)",
      table.concat(found, "\n"))
  end)

  it("finds who had so many, page by page, and who may have", function()
    local campaign, lane
    store, campaign, lane = place:planned(7)
    local other = assert(store.campaigns:add(stores.campaign(lane, { name = "other" }),
      stores.NOW))
    for i = 1, 7 do
      store.targets:add(other.id, "send", { key = "user:" .. i, fields = "{}" }, "send",
        stores.NOW)
    end
    store.targets:add(other.id, "send", { key = "chat:1", fields = "{}" }, "send", stores.NOW)
    store.db:exec "UPDATE target SET state = 'delivered', phase = NULL"
    store.db:exec "UPDATE target SET state = 'unknown' WHERE id = 1"
    store.db:exec "UPDATE target SET state = 'failed' WHERE id = 2"
    store.db:exec "UPDATE target SET state = 'pending', phase = 'intent' WHERE id = 3"
    store.db:exec("UPDATE target SET updated_at = ? WHERE id = 4", stores.NOW - 1000)
    local ids = { campaign.id, other.id }
    assert(store.broadcasts:gather(ids, 2, stores.NOW - 1))
    local keys, page = {}, nil
    repeat
      page = store.broadcasts:page(page and page[#page].key or "", 2)
      for _, row in ipairs(page) do
        keys[#keys + 1] = row.key
      end
    until #page == 0
    assert.same({ "user:1", "user:3", "user:5", "user:6", "user:7" }, keys)
    assert.equal(1, store.broadcasts:count(ids, "user:4", stores.NOW - 1))
    assert.equal(2, store.broadcasts:count(ids, "user:4", stores.NOW - 2000))
  end)
end)

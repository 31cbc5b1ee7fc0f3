-- Who is left out by what the store knows: opted out, suppressed, or without the
-- app on purpose.
local rehearsal = require "support.rehearsal"
local trial = require "support.trial"

describe("crier.campaign.exclusions", function()
  local stage, tenant

  local function script(more)
    stage:write("campaign.lua", trial.script(more))
  end

  before_each(function()
    stage = rehearsal.new({}, { users = 30, installed = 1 })
    tenant = stage.simulator.tenant
    stage:write("campaign.lua", ([[
      local crier = require "crier"
      return crier.campaign { name = "first", audience = crier.users():limit(1),
        message = crier.text "x" }]]))
    assert.equal(0, stage:run().exit)
  end)
  after_each(function() stage:close() end)

  local function key(nth)
    local found = 0
    for k = 1, 30 do
      if stage.simulator.people:kind(k) == "member" then
        found = found + 1
        if found == nth then
          return "user:" .. stage.simulator.people:id(k), stage.simulator.people:id(k)
        end
      end
    end
  end

  local function with_store(fn)
    local store = stage:open()
    fn(store)
    store:close()
  end

  -- The reason for which somebody is excluded, or their state.
  local function fate(nth, name)
    local _, id = key(nth)
    for _, row in ipairs(stage:rows(name or "hello")) do
      if row.id == id then
        return row.state == "excluded" and row.reason or row.state
      end
    end
  end

  it("leaves out who opted out of the campaign's topic", function()
    with_store(function(store)
      store.opt_outs:add(tenant, key(1), "news", 1, "test")
      store.opt_outs:add(tenant, key(2), "food", 1, "test")
      store.opt_outs:add("other", key(3), "news", 1, "test")
    end)
    script 'topic = "news",'
    assert.equal(0, stage:run().exit)
    assert.equal("opted out (news)", fate(1))
    assert.equal("delivered", fate(2))
    assert.equal("delivered", fate(3))
  end)

  it("sends to who opted out when the campaign has no topic", function()
    with_store(function(store)
      store.opt_outs:add(tenant, key(1), "news", 1, "test")
    end)
    script()
    stage:run()
    assert.equal("delivered", fate(1))
  end)

  it("leaves out who is suppressed, whatever the topic", function()
    with_store(function(store)
      store.opt_outs:add(tenant, key(1), "*", 1, "test")
      store.opt_outs:add(tenant, key(1), "news", 1, "test")
    end)
    script 'topic = "news",'
    stage:run()
    assert.equal("suppressed", fate(1))
  end)

  it("leaves out who removed the app, unless it is installed again", function()
    with_store(function(store)
      store.removals:add({ app = stage.simulator.client_id, tenant = tenant }, key(1), 1)
      store.removals:add({ app = "other", tenant = tenant }, key(2), 1)
    end)
    script "install = true,"
    stage:run()
    assert.equal("removed_by_user", fate(1))
    assert.equal("delivered", fate(2))
    stage:write("campaign.lua", (trial.script 'install = "again",':gsub("hello", "again")))
    assert.equal(0, stage:run().exit)
    assert.equal("delivered", fate(1, "again"))
    -- Who has the app again is not left out any more.
    stage:write("campaign.lua", (trial.script "install = true,":gsub("hello", "third")))
    stage:run()
    assert.equal("delivered", fate(1, "third"))
  end)

  it("draws nobody who is left out", function()
    with_store(function(store)
      for i = 1, 10 do
        store.opt_outs:add(tenant, key(i), "*", 1, "test")
      end
    end)
    stage:write("campaign.lua", (trial.script():gsub("users {}", "users():limit(5)")))
    stage:run()
    assert.equal(5, #stage:rows "hello")
    assert.equal(5, stage:compare("hello", function() return 2 end).counts.delivered)
  end)
end)

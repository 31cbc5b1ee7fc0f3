-- Campaigns that one process carries out at the same time: they share the lane, the
-- tokens and the budgets, and each has its own ledger.
local campaign_run = require "crier.campaign.run"
local client = require "crier.client"
local config = require "crier.config"
local journal = require "crier.journal"
local loop = require "crier.loop"
local rehearsal = require "support.rehearsal"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign { name = "%s", audience = crier.users {}, install = true,
  message = crier.text "%s" }
]]

describe("two campaigns of one process", function()
  local stage, host, endings

  -- A face that says yes and shows nothing.
  local function face()
    local function nothing() end
    return { is_interactive = function() return false end, began = nothing, reading = nothing,
      confirm = function() return true end, started = nothing }
  end

  local function new_host()
    local found = assert(config.read({}, function(name) return stage.env[name] end))
    local store = assert(journal.open(stage.path .. "/crier.db", { create = true }))
    local lane = assert(store.lanes:acquire(found.app, found.tenant))
    lane.app, lane.tenant, lane.host = found.app, found.tenant, found.info.connector
    local turns = loop.new { transport = stage.transport, clock = stage.clock }
    return { loop = turns, journal = store, lane = lane,
      client = client.new { loop = turns, config = found, is_rested = true } }
  end

  local function start(name)
    return host.loop:spawn(function()
      local work = campaign_run.new { host = host, path = stage.path .. "/" .. name .. ".lua",
        face = face(), getenv = function(variable) return stage.env[variable] end }
      endings[name] = work:go()
      work:close()
    end)
  end

  setup(function()
    stage = rehearsal.new({ ["one.lua"] = SCRIPT:format("one", "first"),
      ["two.lua"] = SCRIPT:format("two", "second") }, { users = 120 })
    host, endings = new_host(), {}
    host.loop:run(function()
      start "one"
      start "two"
      for _ = 1, 10000 do
        if endings.one and endings.two then
          break
        end
        host.loop:sleep(100)
      end
    end)
  end)

  teardown(function()
    host.journal:close()
    stage:close()
  end)

  it("both end well, and leave the host its store and lane", function()
    assert.equal(0, endings.one.exit, endings.one.why)
    assert.equal(0, endings.two.exit, endings.two.why)
    assert.is_true(host.journal.lanes:is_held(host.lane.id))
  end)

  it("each reach everybody once", function()
    local texts = {}
    for _, delivery in ipairs(stage:deliveries()) do
      local said = delivery.activity.text
      texts[said] = (texts[said] or 0) + 1
    end
    assert.same({ first = endings.one.ledger.delivered, second = endings.two.ledger.delivered },
      texts)
    assert.equal(0, endings.one.ledger.pending + endings.two.ledger.pending)
  end)

  it("ask for each token once, and break no limit", function()
    local stats = stage:stats()
    assert.same({ ["200"] = 2 }, stats.operations.token)
    for limit, count in pairs(stats.violations) do
      assert.equal(0, count, limit)
    end
  end)

  it("count each its own calls", function()
    local sends = stage:stats().operations.send["201"]
    local of_one, of_two = endings.one.ledger.calls, endings.two.ledger.calls
    local stats, all = stage:stats().operations, 0
    for operation, counts in pairs(stats) do
      for _, count in pairs(operation ~= "token" and counts or {}) do
        all = all + count
      end
    end
    assert.equal(endings.one.ledger.delivered + endings.two.ledger.delivered, sends)
    assert.equal(all, of_one.graph + of_one.connector + of_two.graph + of_two.connector)
  end)
end)

-- Orders from outside, while somebody else may be at work on the campaign.
local campaigns = require "crier.door.campaigns"
local config = require "crier.config"
local journal = require "crier.journal"
local ledger = require "crier.campaign.ledger"
local loop = require "crier.loop"
local orders = require "crier.campaign.orders"
local rehearsal = require "support.rehearsal"
local worker = require "crier.worker"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign { name = "one", audience = crier.users {}, install = true,
  message = crier.text "first" }
]]
local DEED = { command = "cancel", options = "", user = "ana", host = "here", pid = 1,
  version = "1" }

describe("crier.campaign.orders", function()
  local stage, self, turns, store

  -- A campaign that was stopped on its way, by a worker that lives on.
  before_each(function()
    stage = rehearsal.new({ ["one.lua"] = SCRIPT }, { users = 60 })
    local found = assert(config.read({}, function(name) return stage.env[name] end))
    store = assert(journal.open(stage.path .. "/crier.db", { create = true }))
    turns = loop.new { transport = stage.transport, clock = stage.clock }
    self = assert(worker.new { loop = turns, config = found, journal = store,
      getenv = function(name) return stage.env[name] end })
    turns:run(function()
      local task = turns:spawn(function() self:run() end)
      assert(self:start("one", { path = stage.path .. "/one.lua", deed = DEED }))
      turns:sleep(2500)
      self:stop()
      while not task.ended do
        turns:sleep(100)
      end
    end)
  end)

  after_each(function()
    store:close()
    stage:close()
  end)

  local function row()
    return store.campaigns:find "one"
  end

  local function pending()
    return ledger.read(store, row()).pending
  end

  -- Asks the door to cancel it.
  local function ask_to_cancel()
    local answers = {}
    campaigns.add { worker = self, deed = DEED, door = {
      on = function(_, method, path, _, answer) answers[method .. " " .. path] = answer end },
      memo = { forget = function() end, get = function(_, _, find) return find() end } }
    return answers["POST /campaigns/{name}/cancel"] { named = { name = "one" },
      who = { name = "bo" }, body = {} }
  end

  it("cancels what nobody works on, and leaves the lane to others", function()
    assert.is_true(pending() > 0)
    assert.equal("campaign one is cancelled",
      orders.give(store, row(), DEED, turns:now(), orders.cancel))
    assert.equal(0, pending())
    assert.is_false(store.lanes:is_held(row().lane))
    assert.is_true(self:hold())
  end)

  it("ends at once, through the door of who has the lane, what is not under way", function()
    assert.is_true(self:hold())
    assert.equal(200, (ask_to_cancel()))
    assert.equal("cancelled", row().state)
    assert.is_not_nil(row().finished_at)
    assert.equal(0, pending())
  end)

  it("tells another process to cancel what that carries out", function()
    local other = assert(journal.open(stage.path .. "/crier.db"))
    local lane = assert(other.lanes:acquire(row().app, row().tenant))
    assert(other.campaigns:take(row().id, lane))
    local before = pending()
    assert.equal(200, (ask_to_cancel()))
    assert.equal("cancelled", row().state)
    assert.is_nil(row().finished_at)
    assert.equal(before, pending())
    other:close()
  end)
end)

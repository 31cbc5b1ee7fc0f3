-- A process that carries campaigns out, and runs elsewhere that need its lane.
local cjson = require "cjson"
local compare = require "support.compare"
local config = require "crier.config"
local journal = require "crier.journal"
local loop = require "crier.loop"
local orders = require "crier.campaign.orders"
local processes = require "support.processes"
local rehearsal = require "support.rehearsal"
local worker = require "crier.worker"

local USERS = 40
local DEED = { command = "serve", options = "", user = "ana", host = "here", pid = 1,
  version = "1" }

local function script(name, more)
  return ('local crier = require "crier"\nreturn crier.campaign { name = "%s",'
    .. ' audience = crier.users {}, message = crier.text "From %s", install = true, %s }')
    :format(name, name, more or "")
end

describe("a host of campaigns", function()
  local stage, host

  local function set_up(more)
    stage = rehearsal.new({ ["one.lua"] = script("one", more), ["two.lua"] = script "two",
      ["alert.lua"] = script("alert", "urgent = true, rate = 10"), ["third.lua"] = script "third" },
      { users = USERS })
    journal.open(stage.path .. "/crier.db", { create = true }):close()
    return processes.new(stage)
  end

  after_each(function()
    stage:close()
    stage, host = nil, nil
  end)

  local function path(name)
    return { path = stage.path .. "/" .. name .. ".lua" }
  end

  -- A worker with campaigns, until they have ended; then `more`, in its task.
  local function serve(all, names, more)
    return all:start(function(carrier, process)
      local store = assert(journal.open(stage.path .. "/crier.db"))
      process.run = { journal = store }
      local turns = loop.new { transport = carrier, clock = stage.clock }
      host = assert(worker.new { loop = turns, journal = store,
        config = assert(config.read({}, function(name) return stage.env[name] end)),
        getenv = function(name) return stage.env[name] end })
      turns:run(function()
        local task = turns:spawn(function() host:run() end)
        for _, name in ipairs(names) do
          assert(host:start(name, { path = path(name).path, deed = DEED }))
        end
        while next(host.jobs) and not host.stopping do
          turns:sleep(100)
        end
        if more then
          more(turns)
        end
        host:stop()
        while not task.ended do
          turns:sleep(100)
        end
      end)
      store:close()
      return host.ended
    end)
  end

  -- The simulator's deliveries of one text.
  local function deliveries(said)
    local found = {}
    for _, each in ipairs(stage:deliveries()) do
      if each.activity.text == said then
        found[#found + 1] = each
      end
    end
    return found
  end

  local function agree(name)
    local found = compare.rows(stage:rows(name), deliveries("From " .. name))
    assert.same({}, found.problems)
    assert.equal(0, found.counts.pending or 0)
  end

  local function ledger(name)
    local store = stage:open()
    local found = require("crier.campaign.ledger").read(store, store.campaigns:find(name))
    store:close()
    return found
  end

  -- Nothing of one text between the first and the last of another.
  local function is_apart(said, other)
    local all = deliveries(other)
    for _, each in ipairs(deliveries(said)) do
      if each.at > all[1].at and each.at < all[#all].at then
        return false
      end
    end
    return #all > 0
  end

  it("lets an urgent run go before all of them, and goes on with them after it", function()
    local all = set_up()
    serve(all, { "one", "two" })
    local alert = all:start(path "alert", 2500)
    local seen
    all:go(function()
      if not seen and #deliveries "From alert" > 5 then
        seen = { ledger "one", ledger "two" }
      end
    end)
    assert.equal(0, alert.ending.exit, alert.ending.why)
    for _, found in ipairs(seen) do
      assert.equal("waiting", found.state)
      assert.matches("^waits for urgent campaign alert, process %d+ on ", found.why)
      assert.is_true(found.delivered > 0 and found.pending > 0)
      assert.equal(0, found.unknown)
    end
    for _, name in ipairs { "one", "two" } do
      assert.equal(0, host.ended[name].exit)
      agree(name)
      assert.is_true(is_apart("From " .. name, "From alert"))
    end
    agree "alert"
    for limit, count in pairs(stage:stats().violations) do
      assert.equal(0, count, limit)
    end
  end)

  it("lends while it still plans", function()
    local all = set_up()
    serve(all, { "one" })
    local alert = all:start(path "alert", 1)
    all:go()
    assert.equal(0, alert.ending.exit, alert.ending.why)
    assert.equal(0, host.ended.one.exit, host.ended.one.why)
    assert.is_true(is_apart("From one", "From alert"))
    agree "one"
  end)

  it("sends single messages afterwards that came meanwhile", function()
    local all = set_up()
    local sending = serve(all, { "one" }, function(turns)
      turns:sleep(3000)
    end)
    all:start(path "alert", 500)
    local said
    all:go(function(process)
      if process == sending and host and not said and #deliveries "From alert" > 5 then
        local person = host.journal.db:row "SELECT target, conversation_id FROM conversation"
        said = host:say { id = "hi", key = person.target, phase = "send",
          conversation_id = person.conversation_id,
          activity = cjson.encode { type = "message", text = "hi" } }
      end
    end)
    assert.is_true(said)
    assert.equal(1, #deliveries "hi")
    agree "one"
  end)

  it("loses and doubles nobody, whoever dies when", function()
    for seed = 1, 4 do
      local all = set_up()
      local sending = serve(all, { "one", "two" })
      local alert = all:start(path "alert", 500)
      local victim = seed % 2 == 0 and sending or alert
      all:go(function(process)
        if process == victim and not victim.is_killed
          and victim.steps >= (seed * 7919) % 97 * 2 + 5 then
          victim.is_killed = true
          all:kill(victim)
        end
      end)
      assert.is_true(victim.is_killed)
      if victim == alert then
        assert.same({ 0, 0 }, { host.ended.one.exit, host.ended.two.exit })
        stage:run(path "alert")
      else
        assert.equal(0, alert.ending.exit)
        all = processes.new(stage)
        serve(all, {}, function(turns)
          host:take_up(DEED)
          while next(host.jobs) do
            turns:sleep(100)
          end
        end)
        all:go()
      end
      agree "one"
      agree "two"
      agree "alert"
      stage:close()
    end
  end)

  it("ends cleanly while it waits, and takes the campaign up again", function()
    local all = set_up()
    local sending = serve(all, { "one" })
    all:start(path "alert", 500)
    all:go(function(process)
      if process == sending and host and not host.stopping and #deliveries "From alert" > 5 then
        local here = require("crier.campaign.ledger").read(host.journal,
          host.journal.campaigns:find "one")
        assert.equal("waiting", here.state) -- as it sees itself
        host:stop()
      end
    end)
    assert.same({ 3, "its process was stopped" }, { sending.ending.one.exit,
      sending.ending.one.why })
    assert.equal("stopped", ledger("one").state)
    all = processes.new(stage)
    serve(all, {}, function(turns)
      assert.same({ "one" }, host:take_up(DEED))
      while next(host.jobs) do
        turns:sleep(100)
      end
    end)
    all:go()
    agree "one"
  end)

  it("is cancelled by its own door while it waits, and has no more to do with the lane", function()
    local all = set_up()
    local sending, said = serve(all, { "one" }), nil
    all:start(path "alert", 500)
    all:go(function(process)
      if process == sending and host and not said and #deliveries "From alert" > 5 then
        said = orders.give(host.journal, host.journal.campaigns:find "one", DEED,
          stage.clock.now_ms(), orders.cancel)
        assert.is_nil(host.journal.campaigns:find("one").finished_at) -- its run does that
      end
    end)
    assert.equal("campaign one is cancelled", said)
    assert.equal(3, sending.ending.one.exit)
    local found = ledger "one"
    assert.same({ "cancelled", 0 }, { found.state, found.pending })
    agree "one"
    agree "alert"
  end)

  it("tells who is not urgent which campaign has the lane, and what makes room", function()
    local all = set_up()
    serve(all, { "one", "two" })
    local third = all:start(path "third", 1500)
    all:go()
    assert.equal(78, third.ending.exit)
    assert.matches("by campaign one and 1 more of a server, process %d+ on .+: wait for it, or"
      .. " stop it$", third.ending.why)
    assert.matches("crier pause one", third.ending.remedy)
    assert.same({}, deliveries "From third")
  end)

  it("keeps the lane for nobody who waits for an hour", function()
    local all = set_up 'at = "2027-01-15T09:00:00Z"'
    serve(all, { "one" })
    local third = all:start(path "third", 600000)
    local seen
    all:go(function(process)
      if process == third and process.steps == 0 then
        seen = ledger "one"
        assert.is_false(host.is_holding)
      end
    end)
    assert.equal("waiting", seen.state)
    assert.equal("it starts at 2027-01-15 09:00 UTC", seen.why)
    assert.equal(0, third.ending.exit, third.ending.why)
    assert.equal(0, host.ended.one.exit)
    assert.is_true(deliveries "From one"[1].at >= "2027-01-15T09:00:00")
    agree "one"
    agree "third"
  end)
end)

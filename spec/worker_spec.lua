-- A worker: campaigns and single messages on one loop, taken up after a restart.
local campaigns = require "crier.door.campaigns"
local cjson = require "cjson"
local config = require "crier.config"
local journal = require "crier.journal"
local loop = require "crier.loop"
local rehearsal = require "support.rehearsal"
local worker = require "crier.worker"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign { name = "%s", audience = crier.users {}, install = true,
  message = crier.text "%s" }
]]
local DEED = { command = "serve", options = "", user = "ana", host = "here", pid = 1,
  version = "1" }

describe("crier.worker", function()
  local stage, self, turns, found, store, logged

  local function open()
    found = assert(config.read({}, function(name) return stage.env[name] end))
    store = assert(journal.open(stage.path .. "/crier.db", { create = true }))
    turns = loop.new { transport = stage.transport, clock = stage.clock }
    logged = {}
    return worker.new { loop = turns, config = found, journal = store,
      log = function(entry) logged[#logged + 1] = entry end,
      getenv = function(name) return stage.env[name] end }
  end

  before_each(function()
    stage = rehearsal.new({ ["one.lua"] = SCRIPT:format("one", "first"),
      ["two.lua"] = SCRIPT:format("two", "second"), ["bad.lua"] = "return 1" }, { users = 60 })
    self = assert(open())
  end)

  after_each(function()
    store:close()
    stage:close()
  end)

  local function start(name)
    return self:start(name, { path = stage.path .. "/" .. name .. ".lua", deed = DEED })
  end

  -- Works until all jobs have ended, or for so long.
  local function work(ms, during)
    turns:run(function()
      local task = turns:spawn(function() self:run() end)
      if during then
        during()
      end
      local until_ms = turns:now() + ms
      while next(self.jobs) and turns:now() < until_ms do
        turns:sleep(100)
      end
      self:stop()
      while not task.ended do
        turns:sleep(100)
      end
    end)
  end

  local function texts()
    local counts = {}
    for _, delivery in ipairs(stage:deliveries()) do
      local said = delivery.activity.text
      counts[said] = (counts[said] or 0) + 1
    end
    return counts
  end

  local function row(name)
    return store.campaigns:find(name)
  end

  it("carries out campaigns side by side, and notes who began them", function()
    work(600000, function()
      assert(start "one")
      assert(start "two")
    end)
    assert.equal("finished", row("one").state)
    assert.equal("finished", row("two").state)
    local counts = texts()
    assert.is_true(counts.first > 50)
    assert.equal(counts.first, counts.second)
    assert.equal("ana", store.events:list(row("one").id)[1].user)
    assert.equal("campaign ended", logged[1].event)
  end)

  it("lets the door answer for a start once the store knows of it", function()
    work(600000, function()
      assert.is_false(row "one")
      assert.equal(202, (campaigns.start({ worker = self }, "one",
        { path = stage.path .. "/one.lua", deed = DEED })))
      assert.is_table(row "one")
      assert.same({ 202, false }, { (campaigns.start({ worker = self }, "bad",
        { path = stage.path .. "/bad.lua", deed = DEED })), row "bad" })
    end)
    assert.equal("finished", row("one").state)
  end)

  it("refuses to begin twice what is under way", function()
    work(600000, function()
      assert(start "one")
      local job, message, code = start "one"
      assert.is_nil(job)
      assert.equal("campaign one is under way", message)
      assert.equal("BUSY", code)
    end)
    assert.is_nil(texts().second)
  end)

  it("tells why a campaign could not begin", function()
    local job
    work(60000, function()
      job = assert(start "bad")
    end)
    assert.equal(65, job.ended.exit)
    assert.is_not_nil(job.ended.why:find("end it with `return crier.campaign", 1, true))
  end)

  it("stops cleanly, and goes on after a restart with what it had begun", function()
    work(600000, function()
      assert(start "one")
      turns:sleep(1500)
      self:stop()
    end)
    assert.equal("stopped", row("one").state)
    local before = texts().first or 0
    store:close()
    self = assert(open())
    work(600000, function()
      assert.same({ "one" }, self:take_up(DEED))
    end)
    assert.equal("finished", row("one").state)
    assert.is_true(before < texts().first)
    assert.same({}, stage:compare("one").problems)
    assert.same({}, self:take_up(DEED))
  end)

  it("takes up what it had begun as soon as the lane is free", function()
    work(600000, function()
      assert(start "one")
      turns:sleep(1500)
      self:stop()
    end)
    store:close()
    self = assert(open())
    local other = assert(journal.open(stage.path .. "/crier.db"))
    local lane = assert(other.lanes:acquire(found.app, found.tenant))
    work(600000, function()
      assert.same({}, self:take_up(DEED))
      turns:sleep(3000)
      assert.equal("stopped", row("one").state)
      other.lanes:release(lane)
      turns:sleep(1000)
      assert.is_not_nil(self.jobs.one)
    end)
    other:close()
    assert.equal("finished", row("one").state)
    assert.equal("waits to go on", logged[1].event)
    assert.is_not_nil(logged[1].problem:find "is in use for this app and tenant by process")
    assert.same({ event = "goes on", name = "one" }, logged[2]) -- each told once
  end)

  it("does not take up what was paused, nor what a person ran", function()
    stage:run { path = stage.path .. "/bad.lua" }
    work(600000, function()
      assert(start "one")
      turns:sleep(1500)
      store.campaigns:set_state(row("one").id, "paused", "by an operator")
    end)
    assert.equal("paused", row("one").state)
    assert.same({}, self:take_up(DEED))
  end)

  it("does not begin a plan's sending when it is stopped meanwhile", function()
    work(0, function()
      assert(start "one")
      self:stop()
    end)
    assert.same({}, texts())
    assert.is_false(row "one")
  end)

  it("sends single messages while a campaign runs", function()
    work(600000, function()
      assert(start "one")
      turns:sleep(2000)
      local person = assert(store.db:row("SELECT target, conversation_id FROM conversation"))
      assert.is_true(self:say { id = "x", key = person.target, phase = "send",
        conversation_id = person.conversation_id,
        activity = cjson.encode { type = "message", text = "by the way" } })
      assert.is_false(self:say { id = "x", key = person.target, phase = "send",
        activity = "{}" })
    end)
    assert.equal(1, texts()["by the way"])
  end)

  it("does not begin a campaign while another process has the lane", function()
    local other = assert(journal.open(stage.path .. "/crier.db"))
    assert(other.lanes:acquire(found.app, found.tenant))
    local job, message, code = start "one"
    assert.is_nil(job)
    assert.is_not_nil(message:find "is in use for this app and tenant by process")
    assert.equal("HELD", code)
    other:close()
  end)

  -- Somebody's chat, after a campaign.
  local function chat()
    work(600000, function()
      assert(start "one")
    end)
    return assert(store.db:row "SELECT target, conversation_id FROM conversation")
  end

  local function say(id, person)
    return self:say { id = id, key = person.target, phase = "send",
      conversation_id = person.conversation_id,
      activity = cjson.encode { type = "message", text = id } }
  end

  it("has the lane only while there is something to send", function()
    local person = chat()
    self.stopping, self.is_told, self.standing.stopping = nil, nil, nil
    turns:run(function()
      turns:spawn(function() self:run() end)
      turns:sleep(3000)
      assert.is_false(self.is_holding)
      say("hi", person)
      turns:sleep(600)
      assert.is_true(self.is_holding)
      turns:sleep(3000)
      assert.is_false(self.is_holding)
      self:stop()
    end)
    assert.equal(1, texts().hi)
  end)

  it("leaves the lane to who asks for it, and takes it again afterwards", function()
    local person = chat()
    self.stopping, self.is_told, self.standing.stopping = nil, nil, nil
    local other = assert(journal.open(stage.path .. "/crier.db"))
    assert(self:hold())
    turns:run(function()
      turns:spawn(function() self:run() end)
      assert(other.lanes:ask(self.lane.id, "two"))
      turns:sleep(1000)
      local lane = assert(other.lanes:acquire(found.app, found.tenant))
      say("hi", person)
      turns:sleep(2000)
      assert.is_nil(texts().hi)
      other.lanes:unask(lane.id)
      other.lanes:release(lane)
      turns:sleep(2000)
      self:stop()
    end)
    other:close()
    assert.equal(1, texts().hi)
  end)

  describe("while the store takes nothing", function()
    local function is_full(yes)
      store.db:script("PRAGMA query_only = " .. (yes and 1 or 0))
    end

    it("waits with a campaign, and goes on with it when there is room", function()
      local before
      work(600000, function()
        assert(start "one")
        turns:sleep(2500)
        is_full(true)
        turns:sleep(1000)
        before = texts().first
        turns:sleep(60000)
        assert.is_not_nil(self.jobs.one)
        assert.equal(before, texts().first)
        is_full(false)
      end)
      assert.equal(0, self.ended.one.exit)
      assert.is_true(before < texts().first)
      assert.same({}, stage:compare("one").problems)
      assert.equal(0, store.db:row "SELECT count(*) AS n FROM target WHERE state = 'unknown'".n)
      assert.same({ event = "store failed", code = "SQLITE_READONLY",
        problem = "attempt to write a readonly database" }, logged[1])
    end)

    it("stops when it is told to", function()
      work(60000, function()
        assert(start "one")
        turns:sleep(2500)
        is_full(true)
        turns:sleep(5000)
        self:stop()
        turns:sleep(25000)
        assert.same({}, self.jobs)
        is_full(false)
      end)
    end)

    it("goes on with what it could not take up, nor end", function()
      work(600000, function()
        assert(start "one")
        turns:sleep(2500)
        self:stop()
      end)
      store:close()
      self = assert(open())
      work(600000, function()
        assert(self:hold())
        is_full(true)
        assert.same({ "one" }, self:take_up(DEED))
        turns:sleep(5000)
        assert.equal(78, self.ended.one.exit)
        local finish, refused = store.campaigns.finish, 0
        function store.campaigns.finish(...)
          refused = refused + 1
          if refused == 1 then
            return nil, "full", "SQLITE_FULL"
          end
          return finish(...)
        end
        is_full(false)
        for _ = 1, 600 do
          if row("one").state == "finished" then
            break
          end
          turns:sleep(100)
        end
        assert.equal(2, refused)
      end)
      assert.equal("finished", row("one").state)
      assert.same({}, stage:compare("one").problems)
    end)

    it("waits with single messages, and takes the lane when there is room", function()
      local person = chat()
      self.stopping, self.is_told, self.standing.stopping = nil, nil, nil
      turns:run(function()
        local working = turns:spawn(function() self:run() end)
        turns:sleep(3000)
        assert.is_false(self.is_holding)
        say("hi", person)
        is_full(true)
        turns:sleep(5000)
        assert.is_false(self.is_holding)
        is_full(false)
        turns:sleep(2000)
        assert.equal(1, texts().hi)
        say("ho", person)
        is_full(true)
        turns:sleep(5000)
        assert.is_false(working.ended)
        assert.is_nil(texts().ho)
        is_full(false)
        turns:sleep(2000)
        self:stop()
      end)
      assert.equal(1, texts().ho)
      assert.equal("delivered", self:find("ho").state)
    end)
  end)
end)

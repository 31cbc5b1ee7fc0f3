-- Single messages through the lane's standing campaign, against the simulator.
local cjson = require "cjson"
local client = require "crier.client"
local config = require "crier.config"
local journal = require "crier.journal"
local ledger = require "crier.campaign.ledger"
local loop = require "crier.loop"
local orders = require "crier.campaign.orders"
local process = require "support.process"
local rehearsal = require "support.rehearsal"
local standing = require "crier.campaign.standing"
local summary = require "crier.report.summary"

local INSTALL = [[
local crier = require "crier"
return crier.campaign { name = "welcome", audience = crier.users {}, install = true,
  message = crier.text "Welcome" }
]]

describe("crier.campaign.standing", function()
  local stage, host, self, person, row

  local function open()
    local found = assert(config.read({}, function(name) return stage.env[name] end))
    local store = assert(journal.open(stage.path .. "/crier.db", { create = true }))
    local lane = assert(store.lanes:acquire(found.app, found.tenant))
    lane.app, lane.tenant, lane.host = found.app, found.tenant, found.info.connector
    local turns = loop.new { transport = stage.transport, clock = stage.clock }
    host = { loop = turns, journal = store, lane = lane,
      client = client.new { loop = turns, config = found } }
    self = standing.new(host)
    row = assert(store.messages:campaign(lane, "public", math.floor(turns:now())))
  end

  -- A simulated organisation in which everybody has the app and a chat.
  before_each(function()
    stage = rehearsal.new({ ["campaign.lua"] = INSTALL }, { users = 20 })
    assert.equal(0, stage:run().exit)
    for _, each in ipairs(stage:rows "welcome") do
      person = each.state == "delivered" and each or person
    end
    open()
  end)

  after_each(function()
    host.journal:close()
    stage:close()
  end)

  local function add(message)
    return assert(host.journal:transaction(function()
      return host.journal.messages:add(row, message, math.floor(host.loop:now())) and "new"
        or "known"
    end))
  end

  local function text_of(said)
    return cjson.encode { type = "message", text = said }
  end

  local function reply(id, said, more)
    local message = { id = id, key = "user:" .. person.id, activity = text_of(said),
      phase = "send", conversation_id = person.conversation_id }
    for name, value in pairs(more or {}) do
      message[name] = value
    end
    return message
  end

  -- Works for so long; gives what it ended with.
  local function work(ms)
    local result
    host.loop:run(function()
      host.loop:spawn(function() result = self:run() end)
      host.loop:sleep(ms)
      self:stop()
      host.loop:sleep(1000)
    end)
    return result
  end

  local function said()
    local found = {}
    for _, delivery in ipairs(stage:deliveries()) do
      if delivery.activity.text ~= "Welcome" then
        found[#found + 1] = delivery.activity.text
      end
    end
    return found
  end

  local function found(id)
    return host.journal.messages:find(row, id)
  end

  it("sends a message as it is, once, and tells its id", function()
    assert.equal("new", add(reply("a", "${not.a.template}")))
    assert.equal("known", add(reply("a", "again")))
    assert.is_nil(work(2000))
    assert.same({ "${not.a.template}" }, said())
    assert.equal("delivered", found("a").state)
    assert.is_string(found("a").activity_id)
  end)

  it("is counted apart from campaigns by `status`", function()
    assert.equal("", summary.messages(ledger.read(host.journal, row)))
    add(reply("a", "one"))
    add(reply("b", "two", { due_at = math.floor(host.loop:now()) + 5000 }))
    host.journal.messages:withdraw(row, "b", "answered", math.floor(host.loop:now()))
    work(2000)
    add(reply("c", "three"))
    local env = { CRIER_STORE = "sqlite:" .. stage.path .. "/crier.db" }
    local lines = {}
    for line in process.run("status", env).out:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    assert.equal(3, #lines)
    assert.matches("^welcome  finished", lines[2])
    assert.equal("3 single messages: 1 delivered, 1 excluded, 1 pending"
      .. "   (crier status messages.1)",
      lines[3])
    local read = ledger.read(host.journal, row)
    assert.is_true(ledger.check(read))
    local shown = cjson.decode(summary.json(read))
    assert.same({ "messages.1", "message", "running", 3 },
      { shown.name, shown.action, shown.state, shown.targeted })
    assert.equal(([[
single messages of app %s, tenant %s
        1  delivered  accepted by Teams (not: seen)
        0  failed
        1  excluded
        1  pending    not sent yet
        3  targeted   = the sum of these

excluded, by reason:
        1  answered

]]):format(host.lane.app, host.lane.tenant), (summary.text(read, true):gsub("calls:.*", "")))
    assert.equal("", summary.next_steps(read))
  end)

  it("opens a chat for who has none", function()
    host.journal.conversations:forget(host.lane, "user:" .. person.id)
    add(reply("a", "hello", { phase = "create", conversation_id = false }))
    work(3000)
    assert.same({ "hello" }, said())
  end)

  it("updates what was sent", function()
    add(reply("a", "first"))
    work(2000)
    self.stopping = nil
    add(reply("b", "second", { phase = "update", activity_id = found("a").activity_id }))
    work(2000)
    assert.equal("delivered", found("b").state)
    assert.equal(1, stage:stats().operations.update["200"])
  end)

  it("waits for the time of a message, and sends meanwhile what comes", function()
    local now = math.floor(host.loop:now())
    add(reply("late", "late", { due_at = now + 3600000 }))
    host.loop:at(now + 10000, function()
      add(reply("soon", "soon"))
    end)
    work(20000)
    assert.same({ "soon" }, said())
    self.stopping = nil
    work(3700000)
    assert.same({ "soon", "late" }, said())
  end)

  it("keeps a message back that was withdrawn in time", function()
    add(reply("a", "oh no", { due_at = math.floor(host.loop:now()) + 5000 }))
    assert.is_true(host.journal.messages:withdraw(row, "a", "answered",
      math.floor(host.loop:now())))
    work(10000)
    assert.same({}, said())
    assert.equal("answered", found("a").reason)
    assert.is_false(host.journal.messages:withdraw(row, "a", "again", 1))
  end)

  it("does not send again what may have left before a death", function()
    add(reply("a", "once"))
    add(reply("b", "twice"))
    host.journal.db:exec("UPDATE target SET phase = 'intent', attempts = 1, fence = ?"
      .. " WHERE step = 'a'", host.lane.fence)
    host.journal:close()
    open()
    work(2000)
    assert.same({ "twice" }, said())
    assert.equal("unknown", found("a").state)
  end)

  it("bears that nobody answers, and sends when somebody does", function()
    local real = stage.transport.simulator
    stage.transport.simulator = setmetatable({ answer = function()
      return { cut = "before" }, 0
    end }, { __index = real })
    add(reply("a", "at last"))
    host.loop:at(host.loop:now() + 60000, function()
      stage.transport.simulator = real
    end)
    assert.is_nil(work(120000))
    assert.same({ "at last" }, said())
  end)

  it("keeps within what one conversation may have", function()
    for i = 1, 30 do
      add(reply("m" .. i, "line"))
    end
    work(60000)
    assert.equal(30, #said())
    for limit, count in pairs(stage:stats().violations) do
      assert.equal(0, count, limit)
    end
  end)

  it("sends beside a campaign of whoever has the lane", function()
    add(reply("a", "by the way"))
    host.journal:close()
    stage:write("campaign.lua", (INSTALL:gsub('"welcome"', '"again"')))
    assert.equal(0, stage:run().exit)
    assert.equal("by the way", said()[1])
    open()
    assert.equal("delivered", found("a").state)
  end)

  it("forgets what was settled long ago", function()
    add(reply("a", "old"))
    work(2000)
    assert.equal(0, host.journal.messages:prune(row, 0, 10))
    assert.equal(1, host.journal.messages:prune(row, 9e12, 10))
    assert.is_false(found "a")
  end)

  it("takes no order: single messages are no campaign", function()
    for command, order in pairs { pause = orders.pause, cancel = orders.cancel,
      rate = orders.rate(1) } do
      local said_so, problem, exit = orders.give(host.journal, row, { command = command,
        options = "", user = "ana", host = "here", pid = 1, version = "1" },
        math.floor(host.loop:now()), order)
      assert.is_nil(said_so, command)
      assert.is_not_nil(problem:find("messages.1 is no campaign", 1, true))
      assert.equal(65, exit)
    end
    assert.equal("running", host.journal.campaigns:find(row.name).state)
    host.journal.lanes:release(host.lane)
    for _, options in ipairs { { stored = row.name, lift = true },
      { parent = row.name, action = "recall" } } do
      local ended = stage:run(options)
      assert.equal(65, ended.exit)
      assert.is_not_nil(ended.why:find("messages.1 is no campaign", 1, true), ended.why)
    end
  end)
end)

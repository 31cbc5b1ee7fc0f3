-- Two campaigns of one app and tenant, each in a process of its own: an urgent one
-- goes before the other.
local compare = require "support.compare"
local processes = require "support.processes"
local rehearsal = require "support.rehearsal"

local USERS = 40

local function script(name, more)
  return ('local crier = require "crier"\nreturn crier.campaign { name = "%s",'
    .. ' audience = crier.users {}, message = crier.text "From %s", install = true, %s }')
    :format(name, name, more or "")
end

describe("an urgent campaign", function()
  local stage

  local function set_up(more, urgent)
    stage = rehearsal.new({ ["normal.lua"] = script("normal", more),
      ["alert.lua"] = script("alert", urgent or "urgent = true"),
      ["third.lua"] = script "third" }, { users = USERS })
    -- The store is there: without one, both would plan before either has the lane.
    require("crier.journal").open(stage.path .. "/crier.db", { create = true }):close()
    return processes.new(stage)
  end

  after_each(function()
    if stage then
      stage:close()
      stage = nil
    end
  end)

  local function path(name)
    return { path = stage.path .. "/" .. name .. ".lua" }
  end

  -- The simulator's deliveries of one campaign.
  local function deliveries(name)
    local found = {}
    for _, each in ipairs(stage:deliveries()) do
      if each.activity.text == "From " .. name then
        found[#found + 1] = each
      end
    end
    return found
  end

  local function agree(name, most)
    local found = compare.rows(stage:rows(name), deliveries(name), most)
    assert.same({}, found.problems)
    return found.counts
  end

  local function row_of(name)
    local store = stage:open()
    local row = store.campaigns:find(name)
    local found = require("crier.campaign.ledger").read(store, row)
    store:close()
    return found
  end

  it("goes before one that is under way, which goes on after it", function()
    local all = set_up()
    local normal = all:start(path "normal")
    local alert = all:start(path "alert", 1500)
    local seen
    all:go(function()
      if alert.ending and not seen then
        seen = #deliveries "normal"
      elseif not seen and #deliveries "alert" > 5 then
        local found = row_of "normal"
        assert.equal("waiting", found.state)
        assert.matches("^waits for urgent campaign alert, process %d+ on ", found.why)
        assert.equal(0, found.unknown)
      end
    end)
    assert.equal(0, alert.ending.exit)
    assert.equal(0, normal.ending.exit)
    assert.is_true(seen < #deliveries "normal")
    assert.equal(#deliveries "normal", #deliveries "alert")
    agree "normal"
    agree "alert"
    local last = deliveries "alert"
    for _, each in ipairs(deliveries "normal") do
      assert.is_true(each.at <= last[1].at or each.at >= last[#last].at)
    end
  end)

  it("does not push another urgent one aside", function()
    local all = set_up "urgent = true"
    local first = all:start(path "normal")
    local alert = all:start(path "alert", 1500)
    local order
    all:go(function()
      if alert.ending and not first.ending then
        order = "alert"
      elseif first.ending and not alert.ending then
        order = "normal"
      end
    end)
    assert.equal("normal", order)
    assert.equal(0, first.ending.exit)
    assert.equal(0, alert.ending.exit)
    agree "normal"
    agree "alert"
  end)

  it("has the lane from one that still plans, or asks a person", function()
    local all = set_up()
    local methods = getmetatable(require("crier.campaign.run").new {
      clock = stage.clock, transport = stage.transport }).__index
    local confirm, was_asked = methods.confirm, false
    function methods.confirm(run, asked)
      if asked.name == "normal" then
        was_asked = true
        run.loop:park(run.loop:now() + 60000)
      end
      return true
    end
    local first = all:start(path "normal")
    local alert = all:start(path "alert", 5000)
    all:go(function()
      assert.is_true(not first.ending or alert.ending ~= nil)
    end)
    methods.confirm = confirm
    assert.is_true(was_asked)
    assert.equal(0, alert.ending.exit)
    assert.equal(0, first.ending.exit)
    agree "normal"
    agree "alert"
  end)

  it("leaves a third to be told who holds the lane", function()
    local all = set_up()
    all:start(path "normal")
    local third = all:start(path "third", 1500)
    all:go()
    assert.equal(78, third.ending.exit)
    assert.matches("is in use for this app and tenant by process", third.ending.why)
  end)

  it("loses and doubles nobody, whoever dies when", function()
    for seed = 1, 6 do
      local all = set_up()
      local normal = all:start(path "normal")
      local alert = all:start(path "alert", 1500)
      local victim = seed % 2 == 0 and normal or alert
      local at = ((seed * 7919) % 97) * 2 + (victim == normal and 60 or 5)
      all:go(function(process)
        if process == victim and not victim.is_killed and victim.steps >= at then
          victim.is_killed = true
          all:kill(victim)
        end
      end)
      local survivor = victim == normal and alert or normal
      assert.equal(0, survivor.ending.exit, "seed " .. seed)
      assert.is_true(victim.is_killed or victim.ending ~= nil)
      local name = victim == normal and "normal" or "alert"
      stage:run(path(name))
      agree(survivor == normal and "normal" or "alert")
      local counts = agree(name)
      assert.equal(0, counts.pending or 0)
      stage:close()
      stage = nil
    end
  end)

  it("is not held up by a campaign that waits for its hour", function()
    local all = set_up('at = "2027-01-15T09:00:00Z"', "urgent = false")
    local normal = all:start(path "normal")
    local other = all:start(path "alert", 600000)
    local again = all:start(path "normal", 900000)
    local seen
    all:go(function(process)
      if process == other and other.steps == 1 then
        seen = row_of "normal"
      end
    end)
    assert.equal("waiting", seen.state)
    assert.equal("it starts at 2027-01-15 09:00 UTC", seen.why)
    assert.equal("2027-01-15T09:00:00.000Z", seen.waiting_until)
    assert.equal(0, other.ending.exit)
    assert.equal(78, again.ending.exit)
    assert.matches("^campaign normal waits in process %d+ on ", again.ending.why)
    assert.equal(0, normal.ending.exit)
    agree "normal"
    agree "alert"
    assert.is_true(deliveries "normal"[1].at >= "2027-01-15T09:00:00")
  end)

  it("waits for its own hour without the lane, and asks for it then", function()
    local all = set_up("", 'urgent = true, at = "2027-01-15T08:10:00Z"')
    local alert = all:start(path "alert")
    stage:write("normal.lua", script("normal", "rate = 0.2"))
    local normal = all:start(path "normal", 500000)
    all:go(function() return alert.ending ~= nil end)
    assert.equal(0, alert.ending.exit)
    assert.is_nil(normal.ending)
    assert.is_true(deliveries "alert"[1].at < "2027-01-15T08:10:05")
    all:go()
    assert.equal(0, normal.ending.exit)
    agree "normal"
    agree "alert"
  end)
end)

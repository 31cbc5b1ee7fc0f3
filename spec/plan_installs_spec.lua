local installs = require "crier.campaign.installs"
local loop = require "crier.loop"
local rehearsal = require "support.rehearsal"
local report = require "crier.report.plan"
local trial = require "support.trial"

local function each(count)
  return function(visit)
    for i = 1, count do
      visit("user:" .. i)
    end
  end
end

-- A client of a Graph that answers at once.
local function client(answer)
  return { loop = loop.new { clock = { now_ms = function() return 0 end } },
    graph = { installation = function(_, person, app) return answer(person, app) end } }
end

local function ask(answer, count)
  local own, i = client(answer), 0
  return own.loop:run(installs.ask, own, "app", function()
    i = i + 1
    return i <= count and "user:" .. i or nil
  end, function() end)
end

describe("crier.campaign.installs", function()
  describe(".draw()", function()
    it("gives the same each time, others for another seed", function()
      local first, count = installs.draw(each(5000), "a", 200)
      assert.same({ 200, 5000 }, { #first, count })
      assert.same(first, (installs.draw(each(5000), "a", 200)))
      assert.not_same(first, (installs.draw(each(5000), "b", 200)))
    end)

    it("gives all when there are few", function()
      assert.equal(3, #installs.draw(each(3), "a", 200))
      assert.equal(0, #installs.draw(each(0), "a", 200))
    end)
  end)

  describe(".estimate()", function()
    it("is exact when all were asked", function()
      assert.same({ likely = 30, least = 30, most = 30 }, installs.estimate(100, 100, 70))
    end)

    it("knows nothing when nobody was", function()
      assert.same({ likely = 100, least = 0, most = 100 }, installs.estimate(100, 0, 0))
    end)

    it("is Wilson's interval for a sample of many", function()
      -- 60 of 200 lack it: 24.1 % to 36.7 %
      local found = installs.estimate(1e9, 200, 140)
      assert.equal(3e8, found.likely)
      assert.near(0.2407, found.least / 1e9, 0.0002)
      assert.near(0.3668, found.most / 1e9, 0.0002)
    end)

    it("promises no certainty from a sample without exception", function()
      local found = installs.estimate(10000, 200, 0)
      assert.equal(10000, found.likely)
      assert.is_true(found.least < 9900 and found.least > 9700)
      assert.equal(10000, found.most)
    end)

    it("holds for 95 % of samples", function()
      local held, people, lacking = 0, 300, 90
      for seed = 1, 100 do
        local have = 0
        for _, key in ipairs(installs.draw(each(people), "seed " .. seed, 80)) do
          have = have + (tonumber(key:match "%d+") > lacking and 1 or 0)
        end
        local found = installs.estimate(people, 80, have)
        held = held + (found.least <= lacking and lacking <= found.most and 1 or 0)
      end
      assert.is_true(held >= 92 and held < 100, held .. " of 100")
    end)
  end)

  describe(".ask()", function()
    it("counts who has it, and of whom nothing is told", function()
      local found = ask(function(person)
        if tonumber(person) % 10 == 0 then
          return nil, "no such user", "NotFound", { scope = "recipient" }
        end
        return { value = tonumber(person) % 2 == 0 and { {} } or {} }
      end, 100)
      assert.same({ asked = 90, have = 40, untold = 10 }, found)
    end)

    it("stops at what is nobody's own failure", function()
      local calls = 0
      local found = ask(function()
        calls = calls + 1
        return nil, "consent missing", "Forbidden", { scope = "app" }
      end, 100)
      assert.equal("consent missing", found.problem)
      assert.is_true(calls < 20)
    end)
  end)
end)

describe("crier plan of a campaign that installs", function()
  local here

  after_each(function() here:close() end)

  local function new(options)
    here = rehearsal.new({ ["campaign.lua"] = trial.script "install = true" }, options)
    return here
  end

  local function asked()
    return here:stats().operations.installation or {}
  end

  it("asks a sample of those it does not know, the same each time", function()
    local found = new({ users = 600 }):plan().installs
    assert.same({ true, 200, 200 }, { found.is_sample, found.asked, asked()["200"] })
    assert.is_true(found.least <= found.likely and found.likely <= found.most)
    assert.same(found, here:plan().installs)
  end)

  it("asks everybody when there are few", function()
    local found = new({ users = 40 }):plan()
    assert.equal(found.audience.recipients, found.installs.asked)
    assert.is_false(found.installs.is_sample)
    assert.equal(found.installs.likely, found.installs.least)
    assert.matches("people get a new app\n", report.text(found, "x.lua", 80))
  end)

  it("asks all with --check-installed, once it has said how long that takes", function()
    local found = new({ users = 600, agree = true }):plan { check_installed = true }
    assert.is_nil(found.why)
    assert.matches("^asking for %d+ people whether they have the app takes about %d+ s$",
      here.asked)
    assert.same({ false, found.people.new }, { found.installs.is_sample, found.installs.asked })
  end)

  it("asks nobody whom the store knows", function()
    new({ users = 40, confirm = true }):run()
    here:write("campaign.lua", (trial.script "install = true":gsub('"hello"', '"again"')))
    local found = here:plan()
    assert.is_nil(found.installs)
    assert.same({}, asked())
    assert.matches("0 people get a new app", report.text(found, "x.lua", 80))
  end)
end)

local cjson = require "cjson"
local place = require "support.place"
local rehearsal = require "support.rehearsal"
local sandbox = require "support.sandbox"

local WINDOWS = { "bucket", "fixed", "sliding" }

-- The violations that there are, by budget.
local function broken(violations)
  local found = {}
  for name, count in pairs(violations) do
    if count > 0 then
      found[name] = count
    end
  end
  return found
end

describe("Teams' limits", function()
  local stage

  after_each(function()
    if stage then
      stage:close()
      stage = nil
    end
  end)

  for _, window in ipairs(WINDOWS) do
    it("are never exceeded, counted by " .. window, function()
      stage = rehearsal.new({ ["campaign.lua"] = place.HELLO }, { users = 800, seed = 6,
        window = window, latency = { ms = 100, jitter_ms = 3 } })
      local ending = stage:run()
      assert.equal(0, ending.exit)
      local stats = stage:stats()
      assert.same({}, broken(stats.violations))
      assert.equal(0, ending.ledger.throttled)
      assert.equal(ending.ledger.delivered, stats.deliveries)
      -- And they are used: create and send share 50 a second.
      local seconds = (stage.clock.now_ms() - 1800000000000) / 1000
      assert.is_true(ending.ledger.delivered / seconds > 20, seconds .. " s")
    end)
  end

  -- One run over HTTP: what the referee counted.
  local function run_over_http(window)
    local cloud = sandbox.start("--users 150 --latency 20 --window " .. window)
    local here = place.new(cloud.env)
    local result = here:start("run campaign.lua --json"):wait()
    local stats = cloud:stats()
    cloud:stop()
    here:close()
    assert.equal(0, result.status, result.err)
    assert.equal(stats.recipients, stats.deliveries)
    return stats.violations, cjson.decode(result.out).throttled
  end

  for _, window in ipairs(WINDOWS) do
    -- A machine that stops a process for longer than the pacer allows for
    -- (350 ms) can spoil a run, so that two more are granted.
    local what = "are never exceeded by the program, over HTTP, counted by " .. window
    it(what .. " #rounds", function()
      local violations, throttled
      for _ = 1, 3 do
        violations, throttled = run_over_http(window)
        if throttled == 0 then
          break
        end
      end
      assert.same({}, broken(violations))
      assert.equal(0, throttled)
    end)
  end
end)

-- The budget that each operation spends from.
local BUDGET = { create = "connector", send = "connector", install = "install",
  users = "directory", user = "directory", catalog = "apps" }

-- Notes when each call leaves, and when each 429 comes.
local function watch(stage)
  local inner, asked, seen = stage.transport, {}, { left = {}, refused = {} }
  stage.transport = {
    submit = function(_, request)
      local ticket = inner:submit(request)
      asked[ticket] = BUDGET[request.operation] or request.operation
      seen.left[#seen.left + 1] = { at = stage.clock.now_ms(), budget = asked[ticket] }
      return ticket
    end,
    step = function(_, timeout_ms)
      local done, ready = inner:step(timeout_ms)
      for _, each in ipairs(done) do
        local wait_s = each.response.headers and each.response.headers["retry-after"]
        if each.response.status == 429 then
          seen.refused[#seen.refused + 1] = { at = stage.clock.now_ms(),
            budget = asked[each.ticket], wait_ms = tonumber(wait_s) * 1000 }
        end
      end
      return done, ready
    end,
  }
  return seen
end

describe("Retry-After", function()
  it("is never undercut", function()
    local refused = 0
    for seed = 1, 3 do
      local stage = rehearsal.new({ ["campaign.lua"] = place.HELLO }, { users = 400,
        seed = seed, latency = { ms = 80, jitter_ms = 30 }, faults = "429=0.04" })
      local seen = watch(stage)
      local ending = stage:run()
      assert.equal(0, ending.exit, ending.why)
      assert.equal(400, ending.ledger.delivered + ending.ledger.excluded)
      assert.equal(#seen.refused, ending.ledger.throttled)
      for _, no in ipairs(seen.refused) do
        refused = refused + 1
        for _, call in ipairs(seen.left) do
          if call.budget == no.budget and call.at > no.at then
            -- (a budget reckons in whole microseconds)
            assert.is_true(call.at >= no.at + no.wait_ms - 0.001,
              call.budget .. " left " .. call.at - no.at .. " ms after a 429")
          end
        end
      end
      for _, row in ipairs(stage:rows "hello") do
        assert.is_true(row.state == "excluded" or row.state == "delivered")
      end
      stage:close()
    end
    assert.is_true(refused > 50, refused .. " refused")
  end)
end)

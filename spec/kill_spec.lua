local cjson = require "cjson"
local pacing = require "support.pacing"
local place = require "support.place"
local sandbox = require "support.sandbox"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign {
  name = "hello", audience = crier.users {}, install = true,
  message = crier.text "Hello ${recipient.givenName}",
  on_unknown = "%s",
}
]]

local KILLS, MOST_RUNS = 25, 40

describe("crier run, killed again and again #rounds", function()
  local cloud, here

  after_each(function()
    cloud:stop()
    here:close()
  end)

  local function begin(seed, on_unknown, users)
    cloud = sandbox.start(("--users %d --seed %d --limits off --latency 4:3 --faults"
      .. " cut-after=0.01,502-after=0.01,cut-before=0.01,500=0.01"):format(users or 700, seed))
    here = place.new(cloud.env, { ["campaign.lua"] = SCRIPT:format(on_unknown) })
  end

  -- Kills the program when a number of requests drawn by lot have arrived,
  -- and starts it again at once; gives how often it was killed, and the
  -- result of the run that came to the end.
  local function run(seed, command)
    local draw, kills = pacing.random(seed), 0
    for _ = 1, MOST_RUNS do
      local running = here:start((command or "run campaign.lua") .. " --json")
      local most = cloud:requests() + math.floor(draw() ^ 2 * 160)
      if kills < KILLS and cloud:wait_for(most, running) then
        running:signal "KILL"
      end
      local result = running:wait()
      if type(result.status) == "number" then
        return kills, result
      end
      assert.equal("signal 9", result.status)
      kills = kills + 1
    end
    error "it does not come to an end"
  end

  local function check(result)
    assert.is_true(result.status == 0 or result.status == 2, result.err)
    local ledger = here:status()
    assert.same({ "finished", 700, 0 },
      { ledger.state, ledger.targeted, ledger.pending })
    assert.equal(700, place.sum(ledger))
    return ledger
  end

  it("loses nobody and reaches nobody twice under `report`", function()
    begin(21, "report")
    local kills, result = run(1021)
    local ledger = check(result)
    assert.is_true(kills >= 10, kills .. " kills")
    local found, stats = here:compare(cloud), cloud:stats()
    assert.same({}, found.problems)
    assert.equal(stats.recipients, stats.deliveries)
    assert.equal(found.counts.unknown or 0, ledger.unknown)
  end)

  it("loses nobody under `resend`, with one extra at most for each attempt", function()
    begin(22, "resend")
    local kills, result = run(1022)
    local ledger = check(result)
    assert.is_true(kills >= 10, kills .. " kills")
    assert.same({ 0, 0 }, { ledger.unknown, ledger.failed })
    local found = here:compare(cloud, function(row) return row.attempts end)
    assert.same({}, found.problems)
    assert.equal(ledger.delivered, cloud:stats().recipients)
  end)

  it("amends and recalls for everybody all the same", function()
    begin(23, "report", 250)
    local sent = here:crier "run campaign.lua --json"
    local delivered = cjson.decode(sent.out).delivered
    here:write("mended.lua", (SCRIPT:format("report"):gsub("Hello", "Mended")))
    local kills = 0
    for i, command in ipairs { "amend hello mended.lua", "recall hello" } do
      local times, result = run(1023 + i, command)
      kills = kills + times
      assert.equal(2, result.status, result.err) -- nobody reaches who is unknown
      assert.equal(delivered, cjson.decode(result.out).delivered)
    end
    assert.is_true(kills >= 5, kills .. " kills")
    local state = {}
    for _, row in ipairs(here:export()) do
      state[row.id] = row.state
    end
    for _, delivery in ipairs(cloud:deliveries()) do
      assert.matches(delivery.deleted_at and "^Mended" or "^Hello", delivery.activity.text)
      -- whose answer was lost has a message that nobody can name
      assert.equal(delivery.deleted_at and "delivered" or "unknown", state[delivery.recipient])
    end
  end)
end)

local rehearsal = require "support.rehearsal"
local place = require "support.place"
local sandbox = require "support.sandbox"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign {
  name = "%s", audience = crier.users {}, install = true,
  message = crier.text "Hello ${recipient.givenName}",
}
]]

describe("a campaign, where", function()
  local stage

  after_each(function()
    stage:close()
  end)

  local function begin(options)
    options.latency = { ms = 80, jitter_ms = 20 }
    options.seed = options.seed or 4
    stage = rehearsal.new({ ["campaign.lua"] = SCRIPT:format "first" }, options)
  end

  local function run(name, exit)
    local ending = stage:run()
    assert.equal(exit, ending.exit, ending.why)
    assert.equal("finished", ending.ledger.state)
    assert.same({}, stage:compare(name, function() return 2 end).problems)
    return ending.ledger, stage:stats()
  end

  it("a chat was deleted, repairs it once and remembers the new one", function()
    begin { users = 60, installed = 1, faults = "stale=1" }
    local ledger, stats = run("first", 0)
    local sent = ledger.delivered
    assert.same({ ["201"] = sent, ["404"] = sent }, stats.operations.send)
    assert.same({ ["201"] = 2 * sent }, stats.operations.create)
    stage:write("campaign.lua", SCRIPT:format "second")
    local second = stage:run()
    assert.equal(0, second.exit)
    assert.same({ token = 2, graph = 2, connector = sent }, second.ledger.calls)
  end)

  it("people have the app already, takes 409 for success", function()
    begin { users = 60, installed = 1 }
    local ledger, stats = run("first", 0)
    assert.same({ ["409"] = ledger.delivered }, stats.operations.install)
    for _, row in ipairs(stage:rows "first") do
      assert.is_true(row.state == "excluded" or row.installed == false)
    end
  end)

  it("a policy forbids the app to some, fails those only", function()
    begin { users = 200, faults = "policy=0.1" }
    local ledger = run("first", 2)
    assert.is_true(ledger.failed > 5)
    assert.same({ { reason = "blocked by policy", count = ledger.failed,
      remedy = ledger.failures[1].remedy } }, ledger.failures)
    assert.equal(200, ledger.delivered + ledger.failed + ledger.excluded)
    for _, row in ipairs(stage:rows "first") do
      if row.state == "failed" then
        assert.same({ 403, "blocked by policy", 0 }, { row.status, row.reason, row.attempts })
      end
    end
  end)

  it("the first 20 all fail, stops until it is resumed", function()
    begin { users = 200, faults = "policy=1" }
    local ending = stage:run()
    assert.equal(3, ending.exit)
    assert.equal("breaker: the first 20 people all failed: blocked by policy", ending.why)
    assert.equal("paused", ending.ledger.state)
    assert.is_true(ending.ledger.failed >= 20 and ending.ledger.failed <= 40)
    assert.equal(0, ending.ledger.delivered)
    local calls = stage:stats().operations.install["403"]
    for _ = 1, 3 do
      local again = stage:run()
      assert.equal(3, again.exit)
      assert.matches("^campaign first is paused: breaker", again.why)
      assert.matches("^crier resume first ", again.remedy)
      assert.equal("paused", again.ledger.state)
    end
    assert.equal(calls, stage:stats().operations.install["403"])
    stage:serve { users = 200, seed = 4 } -- the policy was mended
    local resumed = stage:run { stored = "first", lift = true }
    assert.equal(2, resumed.exit)
    assert.same({ "finished", ending.ledger.failed, 0 },
      { resumed.ledger.state, resumed.ledger.failed, resumed.ledger.pending })
    assert.same({}, stage:compare("first").problems)
    assert.equal(ending.ledger.pending, stage:stats().deliveries)
  end)

  it("a token is refused, gets another and loses nobody", function()
    begin { users = 200, seed = 8, token_lifetime_s = 3 }
    local ledger, stats = run("first", 0)
    assert.is_true(stats.operations.token["200"] > 2)
    assert.equal(200, ledger.delivered + ledger.excluded)
  end)
end)

describe("crier run, where the service refuses everything,", function()
  local cloud, here

  after_each(function()
    cloud:stop()
    here:close()
  end)

  -- faults, environment, exit status, what is said, in lines
  local CASES = {
    { "consent is missing", "consent=1", {}, 77, "Missing role permissions",
      "Grant admin consent" },
    { "the app belongs to another client", "not-owner=1", {}, 77,
      "is not allowed to manage the Teams App", "webApplicationInfo%.id" },
    { "the bot is disabled", "bot-disabled=1", {}, 77, "admin disabled this bot",
      "Teams admin center" },
    { "the secret has expired", "expired-secret=1", {}, 77, "AADSTS7000222", "make a new one" },
    { "the secret is wrong", "429=0", { AZURE_CLIENT_SECRET = "wrong" }, 77,
      "AADSTS7000215", "AZURE_CLIENT_SECRET" },
    { "the client is unknown", "429=0",
      { AZURE_CLIENT_ID = "11111111-1111-4111-8111-111111111111" }, 77, "AADSTS700016",
      "AZURE_CLIENT_ID" },
    { "the tenant is unknown", "429=0",
      { AZURE_TENANT_ID = "11111111-1111-4111-8111-111111111111" }, 77, "AADSTS90002",
      "AZURE_TENANT_ID" },
    { "the app is not in the catalog", "429=0",
      { CRIER_APP_ID = "11111111-1111-4111-8111-111111111111" }, 78,
      "no Teams app with the id 11111111", "CRIER_APP_ID" },
  }

  for _, case in ipairs(CASES) do
    it("stops at once because " .. case[1], function()
      cloud = sandbox.start("--users 300 --limits off --latency 5 --faults " .. case[2])
      here = place.new(cloud.env)
      for _ = 1, 2 do -- and when it is started again
        local result = here:crier("run campaign.lua", case[3])
        assert.equal(case[4], result.status, result.err)
        local first, why, remedy = result.err:match "^([^\n]+)\ncrier: ([^\n]+)\n  ([^\n]+)\n$"
        assert.matches("^hello: tenant ", first)
        assert.matches(case[5], why)
        assert.matches(case[6], remedy)
      end
      assert.equal(0, cloud:stats().deliveries)
      assert.equal(0, cloud:requests "send")
    end)
  end
end)

local cjson = require "cjson"
local place = require "support.place"
local sandbox = require "support.sandbox"

local CARD = [[{"type":"AdaptiveCard","version":"1.5","body":[
  {"type":"TextBlock","text":"%s ${recipient.givenName}"}]}]]
local SCRIPT = [[
local crier = require "crier"
return crier.campaign {
  name = "hello", install = true, message = crier.card "card.json",
  audience = crier.users {} - crier.csv "not.csv",
}
]]

describe("crier run of a name that the store knows #rounds", function()
  local cloud, here

  before_each(function()
    cloud = sandbox.start "--users 200 --limits off --latency 40:10 --seed 9"
    here = place.new(cloud.env, { ["campaign.lua"] = SCRIPT,
      ["card.json"] = CARD:format "First", ["not.csv"] = "id\n" })
  end)

  after_each(function()
    cloud:stop()
    here:close()
  end)

  -- Runs it until some were sent to, then stops it.
  local function stop_midway()
    local running = here:start "run campaign.lua --json"
    assert.is_true(cloud:wait_for(30, running, "send"))
    running:signal "TERM"
    local result = running:wait()
    assert.equal(3, result.status, result.err)
    return cjson.decode(result.out)
  end

  -- As a supervisor does that starts it again whenever it fails.
  local function restart(arguments, status)
    local calls, result = cloud:requests(), nil
    for _ = 1, 4 do
      result = here:crier(arguments or "run campaign.lua --json")
      assert.equal(status, result.status)
    end
    assert.equal(calls, cloud:requests())
    return result
  end

  local function problem(result)
    local lines = {}
    for line in result.err:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    assert.is_true(#lines <= 4, result.err)
    return table.concat(lines, "\n")
  end

  local function finish(arguments)
    local result = here:crier(arguments or "run campaign.lua --json")
    assert.equal(0, result.status, result.err)
    assert.equal("finished", cjson.decode(result.out).state)
    assert.same({}, here:compare(cloud).problems)
    assert.equal(cloud:stats().recipients, cloud:stats().deliveries)
  end

  it("sends nothing when it is finished, with the status as then", function()
    finish()
    local before = here:status()
    local result = restart(nil, 0)
    assert.same(before, cjson.decode(result.out))
    here:write("card.json", CARD:format "Second")
    assert.matches("planned with other content: card%.json has changed",
      problem(restart(nil, 65)))
  end)

  it("goes on after a stop, with the same content", function()
    local ledger = stop_midway()
    assert.is_true(ledger.delivered >= 30 and ledger.pending > 0)
    finish()
  end)

  it("sends nothing while it is paused, and says what lifts it", function()
    stop_midway()
    local paused = here:crier "pause hello --json"
    assert.equal(0, paused.status)
    assert.equal("paused", cjson.decode(paused.out).state)
    local result = restart(nil, 3)
    assert.equal("paused", cjson.decode(result.out).state)
    assert.matches("campaign hello is paused: paused by an operator\n%s+crier resume hello",
      problem(result))
    finish "resume hello --json"
  end)

  for verb, state in pairs { pause = "paused", cancel = "cancelled" } do
    it("is " .. state .. " while it runs", function()
      cloud:stop()
      here:close()
      cloud = sandbox.start "--users 150 --seed 9" -- with limits it takes seconds
      here = place.new(cloud.env)
      local running = here:start "run campaign.lua --json"
      assert.is_true(cloud:wait_for(5, running, "send"))
      assert.equal(0, here:crier(verb .. " hello").status)
      local result = running:wait()
      assert.equal(3, result.status)
      local ledger = cjson.decode(result.out)
      assert.same({ state, 150, 0, 0 },
        { ledger.state, place.sum(ledger), ledger.unknown, ledger.failed })
      assert.equal(state == "cancelled", ledger.pending == 0)
      assert.equal(ledger.delivered, cloud:stats().deliveries)
      restart(nil, 3)
    end)
  end

  it("sends nothing when it was cancelled", function()
    local before = stop_midway()
    assert.equal(0, here:crier("cancel hello").status)
    local result = restart(nil, 3)
    local ledger = cjson.decode(result.out)
    assert.same({ "cancelled", 0, before.delivered, before.pending + before.excluded },
      { ledger.state, ledger.pending, ledger.delivered, ledger.excluded })
    assert.matches("campaign hello was cancelled\n", problem(result))
    restart("resume hello", 3)
    assert.equal(65, here:crier("cancel hello").status)
    assert.same({}, here:compare(cloud).problems)
  end)

  it("calls nobody cancelled whose message may have arrived", function()
    here:write("campaign.lua", (SCRIPT:gsub("install = true",
      "%0, rate = 60, on_unknown = 'resend'")))
    for _ = 1, 4 do
      local running = here:start "run campaign.lua"
      assert.is_true(cloud:wait_for(cloud:requests "send" + 30, running, "send"))
      running:signal "KILL"
      running:wait()
    end
    assert.equal(0, here:crier("cancel hello").status)
    local ledger = here:status()
    assert.same({ "cancelled", 200, 0 }, { ledger.state, place.sum(ledger), ledger.pending })
    assert.same({}, here:compare(cloud, function(row) return row.attempts end).problems)
  end)

  for file, text in pairs { ["campaign.lua"] = SCRIPT .. "-- edited\n",
    ["card.json"] = CARD:format "Second", ["not.csv"] = "id\nnobody\n" } do
    it("stops with 65 when " .. file .. " has changed, and names it", function()
      stop_midway()
      here:write(file, text)
      local said = problem(restart(nil, 65))
      assert.matches(file:gsub("%p", "%%%0") .. " has changed\n", said)
      assert.matches("%-%-update", said)
    end)
  end

  it("sends new content to those not yet sent with --update", function()
    local before = stop_midway()
    here:write("card.json", CARD:format "Second")
    finish "run campaign.lua --json --update"
    local second, first = 0, 0
    for _, delivery in ipairs(cloud:deliveries()) do
      local text = delivery.activity.attachments[1].content.body[1].text
      if text:find "^Second " then
        second = second + 1
      else
        first = first + 1
      end
    end
    assert.same({ before.delivered, before.pending }, { first, second })
  end)

  it("stops with 65 for another tenant and another app", function()
    stop_midway()
    for _, name in ipairs { "AZURE_TENANT_ID", "AZURE_CLIENT_ID" } do
      local env = { [name] = "11111111-1111-4111-8111-111111111111" }
      local result = here:crier("run campaign.lua", env)
      assert.equal(65, result.status)
      assert.matches("campaign hello belongs to tenant " .. cloud.env.AZURE_TENANT_ID
        :gsub("%-", "%%-"), problem(result))
    end
    finish()
  end)
end)

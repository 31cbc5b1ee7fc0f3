-- What is different where a tenant does not live where the public cloud's own
-- address leads.
local trial = require "support.trial"

local script = trial.script
local PUBLIC, GCC = "https://smba.trafficmanager.net/teams/",
  "https://smba.infra.gcc.teams.microsoft.com/teams/"

local function refusal(status, code, message)
  return { status = status, body = ('{"error":{"code":"%s","message":"%s"}}')
    :format(code, message or "") }
end

local function begins(text, with)
  return text:sub(1, #with) == with
end

describe("a tenant in GCC", function()
  local made, asked

  -- The public host knows nobody; `there` answers for the other.
  local function new(more, there)
    asked = { [PUBLIC] = 0, [GCC] = 0 }
    made = trial.new(script(more or "install = true"), { users = 60, confirm = true },
      function(request)
        for host in pairs(asked) do
          if begins(request.url or "", host) then
            asked[host] = asked[host] + 1
            return host == PUBLIC and refusal(403, "InvalidBotApiHost",
              "Use the endpoint of the tenant's cloud") or there and there(request)
          end
        end
      end)
    made.stage.env.CRIER_CONNECTOR_URL = nil
    return made
  end

  after_each(function()
    made.stage:close()
  end)

  it("is found out once, and remembered", function()
    local ending = new():run { create_store = true }
    assert.equal(0, ending.exit, ending.why)
    local problems, counts = made:compare()
    assert.same({}, problems)
    assert.is_true(counts.delivered > 20)
    local first = asked[PUBLIC]
    assert.is_true(first >= 1 and first < 60)
    made.stage:write("campaign.lua", (script():gsub("hello", "again")))
    assert.equal(0, made:run().exit)
    assert.equal(first, asked[PUBLIC])
  end)

  it("that is refused there too stops the run, and says what to set", function()
    new("install = true", function()
      return refusal(403, "InvalidBotApiHost", "Use the endpoint of the tenant's cloud")
    end)
    local ending = made:run { create_store = true }
    assert.equal(77, ending.exit)
    assert.equal("Use the endpoint of the tenant's cloud", ending.why)
    assert.matches("CRIER_CLOUD=gcc", ending.remedy)
    assert.equal(0, #made.stage:deliveries())
  end)

  it("is not guessed where an operator has set the address", function()
    new()
    made.stage.env.CRIER_CONNECTOR_URL = PUBLIC
    local ending = made:run { create_store = true }
    assert.equal(77, ending.exit)
    assert.matches("CRIER_CLOUD=gcc", ending.remedy)
    assert.equal(0, asked[GCC])
  end)
end)

describe("a government cloud that installs for nobody", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  for _, status in ipairs { 403, 412 } do
    it("is found out by one person: " .. status, function()
      local installs = 0
      made = trial.new(script "install = true", { users = 200, env = { CRIER_CLOUD = "gcch" } },
        function(request)
          if request.method == "POST" and request.url:find "/installedApps$" then
            installs = installs + 1
            return refusal(status, "Forbidden", "Not supported in this cloud.")
          end
        end)
      local ending = made:run { create_store = true }
      assert.equal(77, ending.exit)
      assert.equal("Not supported in this cloud.", ending.why)
      assert.matches("Setup policies", ending.remedy)
      assert.equal(1, installs)
      assert.equal(0, #made.stage:deliveries())
      assert.equal("stopped", ending.ledger.state)
    end)
  end

  it("lets everybody else follow when one install succeeds", function()
    made = trial.new(script "install = true", { users = 120, env = { CRIER_CLOUD = "dod" } })
    assert.equal(0, made:run().exit)
    assert.same({}, (made:compare()))
  end)

  it("sends to known conversations without installing", function()
    made = trial.new(script "install = true", { users = 60 })
    assert.equal(0, made:run().exit)
    made.stage.env.CRIER_CLOUD = "gcch"
    made.stage:write("campaign.lua", (script():gsub("hello", "again")))
    assert.equal(0, made:run().exit)
    assert.is_nil(made.stage:stats().operations.installation)
  end)
end)

describe("a conversation kept with the host of another geography", function()
  it("is created again by that host, then by the cloud's own, which is kept", function()
    local elsewhere, urls = "http://127.0.0.1:1/amer/", {}
    local made = trial.new(script "install = true", { users = 30 }, function(request)
      if request.url:find("/amer/", 1, true) then
        urls[#urls + 1] = request.url
        return request.url:find "/activities$" and refusal(404, "ConversationNotFound")
          or refusal(403, "ForbiddenOperationException", "not in this region")
      end
    end)
    assert.equal(0, made:run().exit)
    local store = made.stage:open()
    store.db:exec("UPDATE conversation SET service_url = ?", elsewhere)
    store:close()
    made.stage:write("campaign.lua", (script():gsub("hello", "again")))
    local ending = made:run { create_store = true }
    assert.equal(0, ending.exit, ending.why)
    local people = ending.ledger.delivered
    assert.equal(2 * people, #urls) -- one send and one create each, no more
    store = made.stage:open()
    local row = store.db:row "SELECT count(*) AS n FROM conversation WHERE service_url IS NULL"
    assert.equal(people, row.n)
    store:close()
    made.stage:close()
  end)
end)

local trial = require "support.trial"

describe("crier.campaign.prepare", function()
  local made

  after_each(function() made.stage:close() end)

  -- Runs a script in an environment that is changed; nothing may be asked.
  local function refused(script, env, more)
    made = trial.new(script, { users = 5, env = env }, function()
      error "a request left"
    end)
    local ending = made:run(more)
    return ending.exit, ending.why, ending.remedy
  end

  local WRONG = "return crier"

  it("judges settings before the store, and the store before the script", function()
    local exit, why = refused(WRONG, { AZURE_TENANT_ID = "",
      CRIER_STORE = "mysql:x" })
    assert.equal(78, exit)
    assert.matches("^AZURE_TENANT_ID is not set", why)
    made.stage:close()
    exit, why = refused(WRONG, { CRIER_STORE = "mysql:x" })
    assert.equal(78, exit)
    assert.equal("CRIER_STORE is 'mysql:x': it is sqlite:PATH", why)
    made.stage:close()
    exit, why = refused(WRONG)
    assert.equal(65, exit)
    assert.matches("campaign%.lua returned nothing", why)
  end)

  it("needs the Teams app for install alone", function()
    local exit, why, remedy = refused(trial.script "install = true",
      { CRIER_APP_ID = "" })
    assert.equal(78, exit)
    assert.equal("CRIER_APP_ID is not set", why)
    assert.equal("install = true needs the Teams app: set it to the manifest id"
      .. " or the catalog id", remedy)
  end)

  it("leaves nothing behind when it refuses", function()
    refused(WRONG)
    assert.is_nil(io.open(made.stage.path .. "/crier.db"))
    assert.is_nil(io.open(made.stage.path .. "/crier.db-probe"))
  end)

  it("finds no stored campaign without a store", function()
    local exit, why = refused(trial.script(), nil, { stored = "hello" })
    assert.equal(78, exit)
    assert.equal("there is no store " .. made.stage.path .. "/crier.db", why)
  end)

  it("refuses a stored script whose name has changed", function()
    made = trial.new([[local crier = require "crier"
      return crier.campaign { name = "n" .. math.random(1e9),
        audience = crier.users {}, message = crier.text "Hi" }]], { users = 5 })
    local name = made:run().ledger.name
    made.stage:open().campaigns:set_state(1, "paused")
    local ending = made:run { stored = name, lift = true }
    assert.equal(65, ending.exit)
    assert.matches("^the script stored with campaign " .. name
      .. " now names itself n%d+$", ending.why)
  end)
end)

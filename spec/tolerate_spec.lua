-- A campaign that ends well although somebody failed.
local ledger = require "crier.campaign.ledger"
local page = require "crier.report.page"
local gather = require "crier.report.gather"
local summary = require "crier.report.summary"
local trial = require "support.trial"

describe("a campaign that tolerates", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  -- Half of the people lack the app.
  local function run(tolerate)
    made = trial.new(trial.script("breaker = false" .. tolerate),
      { users = 60, installed = 0.5, seed = 2 })
    return made:run()
  end

  local function read()
    local store = made.stage:open()
    local row = store.campaigns:find "hello"
    local found, data = ledger.read(store, row), gather.read(store, row)
    store:close()
    return found, page.make(data, { now = 0, version = "0" })
  end

  it("enough ends with 0, and says so", function()
    local ending = run ', tolerate = { failed = "60%" }'
    assert.equal(0, ending.exit)
    assert.is_true(ending.ledger.failed > 10)
    local found, report = read()
    assert.matches("^campaign hello: finished after [^\n]*, within tolerance\n",
      summary.text(found, true))
    assert.matches('"tolerated":true', summary.json(found))
    assert.matches("within tolerance", report)
    assert.is_true(made:run().is_over)
    assert.equal(0, made:run().exit)
  end)

  it("less ends with 2, and says nothing of it", function()
    local ending = run ', tolerate = { failed = 3, unknown = "50%" }'
    assert.equal(2, ending.exit)
    local found, report = read()
    assert.is_nil(summary.text(found, true):find("tolerance", 1, true))
    assert.matches('"tolerated":false', summary.json(found))
    assert.is_nil(report:find("tolerance", 1, true))
  end)
end)

local cjson = require "cjson"
local core = require "crier.core"
local place = require "support.place"
local sandbox = require "support.sandbox"

describe("crier plan", function()
  local cloud, here

  setup(function()
    cloud = sandbox.start "--users 40 --limits off"
  end)

  teardown(function()
    cloud:stop()
  end)

  after_each(function()
    here:close()
  end)

  it("shows the plan, its verdict and the next command; makes no store", function()
    here = place.new(cloud.env)
    local result = here:crier "plan campaign.lua"
    assert.equal(0, result.status)
    assert.matches("^hello: %d+ recipients would get a message, in about %d+ s\n\n  reaches ",
      result.out)
    assert.matches("\nA run would go%.\n  crier run campaign%.lua\n$", result.out)
    assert.is_false(core.fs.exists(here.path .. "/crier.db"))
    assert.equal(0, cloud:requests "install" + cloud:requests "create")
    for line in result.out:gmatch "[^\n]+" do
      assert.is_true(#line <= 100, line)
    end
  end)

  it("prints one JSON document, and tells on standard error why a run would stop", function()
    here = place.new(cloud.env, { ["campaign.lua"] =
      place.HELLO:gsub("install = true", "expect = { max = 3 }") })
    local result = here:crier "plan campaign.lua --json"
    assert.equal(3, result.status)
    local document = cjson.decode(result.out)
    assert.same({ 3, "hello", 40 }, { document.exit, document.name,
      document.audience.targeted })
    assert.matches("crier: %d+ recipients, where expect says at most 3\n", result.err)
  end)

  it("asks for nobody without consent, and says nothing on standard output then", function()
    here = place.new(cloud.env)
    local result = here:crier("plan campaign.lua --check-installed",
      { CRIER_CONNECTOR_URL = false, CRIER_GRAPH_URL = false, CRIER_LIMITS = false })
    assert.same({ 64, "" }, { result.status, result.out })
    assert.matches("no terminal to ask at\n  say %-%-yes", result.err)
  end)
end)

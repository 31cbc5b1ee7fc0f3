-- The file that a run keeps for Prometheus, against a real sandbox.
local place = require "support.place"
local process = require "support.process"
local sandbox = require "support.sandbox"

describe("crier run --metrics", function()
  local cloud, here

  setup(function()
    cloud = sandbox.start "--users 30 --limits off --seed 5"
    here = place.new(cloud.env)
  end)

  teardown(function()
    cloud:stop()
    here:close()
  end)

  it("refuses a file that cannot be written before anything is sent", function()
    local result = here:crier "run campaign.lua --metrics /nowhere/crier.prom"
    assert.equal(78, result.status)
    assert.equal("crier: /nowhere/crier.prom cannot be written: No such file or directory\n",
      result.err)
    assert.equal(0, cloud:requests())
  end)

  it("leaves the numbers of the ledger and of the calls", function()
    local result = here:crier "run campaign.lua --metrics crier.prom"
    assert.equal(0, result.status, result.err)
    local text = process.read(here.path .. "/crier.prom")
    local delivered = #cloud:deliveries()
    assert.is_true(delivered > 20)
    for _, line in ipairs {
      ('crier_recipients{campaign="hello",state="delivered",reason=""} %d'):format(delivered),
      'crier_recipients{campaign="hello",state="pending",reason=""} 0',
      ('crier_requests_total{service="connector",operation="send",status="201"} %d')
        :format(delivered),
      ('crier_request_seconds_count{service="connector",operation="send"} %d')
        :format(delivered),
    } do
      assert.is_not_nil(text:find(line .. "\n", 1, true), line)
    end
    assert.is_not_nil(text:find('\ncrier_lane_held{app="[^"]+",tenant="[^"]+"} 0\n'))
  end)
end)

local interposed = require "support.trial"
local place = require "support.place"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

-- What the wire, the disk and the shell can do to a run.
describe("crier run", function()
  local cloud, here

  setup(function() cloud = sandbox.start "--users 60 --limits off" end)
  teardown(function() cloud:stop() end)
  before_each(function() here = place.new(cloud.env) end)
  after_each(function() here:close() end)

  it("says why also when the service says nothing", function()
    for status, exit in pairs { [302] = 77, [401] = 77, [403] = 77, [404] = 65 } do
      local trial = interposed.new(interposed.script(), { users = 5 }, function(request)
        return request.url:find "/users" and { status = status, body = "" } or nil
      end)
      local ending = trial:run()
      assert.equal(exit, ending.exit)
      assert.matches("%a", ending.why)
      assert.matches("%a", ending.remedy)
      trial.stage:close()
    end
  end)

  it("reads no file that could keep it waiting", function()
    os.execute("mkfifo " .. here.path .. "/pipe")
    here:write("campaign.lua", [[
      local crier = require "crier"
      return crier.campaign { name = "hello", audience = crier.csv "pipe",
        message = crier.text "x" }]])
    local result = here:crier "run campaign.lua"
    assert.equal(65, result.status)
    assert.matches("^crier: cannot read pipe: it is not a regular file", result.err)
  end)

  it("touches no file beside the store that it did not make", function()
    here:write("precious", "kept")
    os.execute(("ln -s precious %s/crier.db-probe"):format(here.path))
    here:write("campaign.lua", "return 1")
    assert.equal(65, here:crier("run campaign.lua").status)
    assert.equal("kept", shell.run("cat " .. here.path .. "/crier.db-probe"))
  end)

  it("stops when its store is gone", function()
    local trial = interposed.new(interposed.script "install = true", {
      users = 60, latency = { ms = 100 },
      started = function(work)
        work.loop:at(work.loop:now() + 500, function()
          os.rename(work.journal.path, work.journal.path .. ".away")
        end)
      end,
    })
    local ending = trial:run()
    assert.equal(78, ending.exit)
    assert.matches("is gone, or another file has taken its place", ending.why, 1, true)
    assert.is_true(#trial.stage:deliveries() < 60)
    trial.stage:close()
  end)

  it("is ended by a third signal, whatever it does", function()
    here:write("campaign.lua", "while true do end")
    local running = here:start "run campaign.lua"
    for _ = 1, 200 do
      if running:is_alive() then
        running:signal "INT"
      end
    end
    local status = running:wait().status
    assert.is_true(status == "signal 2" or status == 130, tostring(status))
  end)
end)

describe("crier export", function()
  local cloud, here

  setup(function()
    cloud = sandbox.start "--users 20 --limits off"
    here = place.new(cloud.env)
    assert.equal(0, here:crier("run campaign.lua").status)
  end)
  teardown(function()
    cloud:stop()
    here:close()
  end)

  it("fails when what it prints cannot be kept", function()
    for _, command in ipairs { "export hello", "status hello --json", "--help" } do
      local result = here:crier(command, nil, "sh -c 'exec \"$@\" >/dev/full' sh")
      assert.equal(1, result.status, command)
      assert.equal("crier: standard output cannot be written: No space left on device\n",
        result.err)
    end
  end)
end)

-- Who is to be left out is left out, or nothing is sent.
describe("a listing with a page that is none", function()
  local rehearsal = require "support.rehearsal"
  local interpose = require "support.interpose"

  for _, body in ipairs { '{"value":{"a":1}}', '{"value":{}}', '{"value":[],"@odata.nextLink":5}',
    '{"value":[],"@odata.nextLink":{"a":1}}', "[]", "{}", "null", "" } do
    it("sends nothing: " .. body, function()
      local here = rehearsal.new({ ["campaign.lua"] = [[local crier = require "crier"
return crier.campaign { name = "hello", message = crier.text "Hi", install = true,
  audience = crier.users {} - crier.users { filter = "department eq 'Sales'" } }]] },
        { users = 40 })
      here.transport.simulator = interpose(here.simulator, function(request)
        if request.url:find("/users?", 1, true) and request.url:find "filter" then
          return { status = 200, body = body, headers = { ["content-type"] = "application/json" } }
        end
      end)
      local ending = here:run()
      assert.is_true(ending.exit ~= 0)
      assert.equal(0, #here:deliveries())
      here:close()
    end)
  end
end)

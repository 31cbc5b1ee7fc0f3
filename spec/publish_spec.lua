local cjson = require "cjson"
local fetch = require "support.fetch"
local place = require "support.place"
local process = require "support.process"
local sandbox = require "support.sandbox"
local zip = require "support.zip"

local CENTER = "By hand, as an administrator: https://admin.teams.microsoft.com > Teams apps >\n"
  .. "Manage apps > Upload new app (or the app > Update), and choose app.zip (benefits 1.3.0).\n"

describe("crier publish", function()
  local served, here

  setup(function()
    served = sandbox.start "--users 5 --limits off"
    here = place.new(served.env, {})
    assert.equal(0, here:crier "new benefits".status)
    local manifest = process.read(here.path .. "/benefits/app/manifest.json")
    here:write("benefits/app/manifest.json", (manifest:gsub('"version": "1%.0%.0"',
      '"version": "1.3.0"'):gsub("example%.com", "contoso.com"):gsub('"id": "%x+%-%x+%-4[^"]+",',
      '"id": "' .. served.env.CRIER_APP_ID .. '",', 1)))
    assert.equal(0, here:crier "pack benefits/app --out app.zip".status)
  end)
  teardown(function()
    here:close()
    served:stop()
  end)

  --- Starts it and signs in as soon as it asks for that.
  local function publish(arguments, env)
    local running = here:start("publish " .. arguments, env)
    for _ = 1, 2000 do
      local code = running:errors():match "enter%s+the%s+code%s+(%w+)"
      if code then
        assert.equal(200, fetch.get(served.url .. "/_sandbox/approve?code=" .. code,
          { method = "POST" }).status)
        break
      elseif not running:is_alive() then
        break
      end
      served.transport:step(5)
    end
    return running:wait()
  end

  it("brings the package into the catalog, as the person who signs in", function()
    local result = publish "app.zip --json"
    assert.equal(0, result.status, result.err)
    assert.equal(CENTER, result.err:sub(1, #CENTER))
    assert.matches("  will        update 1.2.0 to 1.3.0\n", result.err, 1, true)
    local done = cjson.decode(result.out)
    assert.same({ action = "update", id = done.id, manifest_id = served.env.CRIER_APP_ID,
      name = "benefits", version = "1.3.0", state = "published" }, done)
    assert.equal(1, served:requests "update_app")
  end)

  it("says how to do it by hand when it is not set up", function()
    local result = here:crier("publish app.zip", { AZURE_TENANT_ID = false })
    assert.equal(78, result.status)
    assert.equal(CENTER .. "crier: AZURE_TENANT_ID is not set: set it to the customer's tenant id"
      .. " (Entra admin center > Overview)\n  or publish it by hand, as said above\n", result.err)
    result = here:crier("publish app.zip", { AZURE_TENANT_ID = false, CRIER_CLOUD = "gcch" })
    assert.matches("https://admin.gov.teams.microsoft.us >", result.err, 1, true)
  end)

  it("changes no real tenant when there is nobody to ask", function()
    local result = here:crier("publish app.zip", { CRIER_GRAPH_URL = "https://graph.invalid",
      CRIER_LIMITS = false })
    assert.equal(64, result.status)
    assert.matches("crier: this would change the catalog of tenant " .. served.env.AZURE_TENANT_ID
      .. " and there is no terminal to ask at\n  say --yes when it is meant\n", result.err, 1, true)
  end)

  it("judges the package before anything else", function()
    local function refused(bytes, why)
      here:write("bad.zip", bytes)
      local before = served:requests()
      local result = here:crier "publish bad.zip"
      assert.equal(65, result.status)
      assert.matches(why, result.err, 1, true)
      assert.equal(before, served:requests())
    end
    refused("hello", "crier: bad.zip: it is not a zip file, or not the whole of one\n"
      .. "  crier pack DIR   makes a package\n")
    refused(zip.make { { name = "app/manifest.json", data = "{}" } }, "manifest.json: is not there;"
      .. " allowed: a manifest at the top of the package\ncrier: bad.zip would be refused: nothing"
      .. " was published\n")
    refused(zip.make { { name = "../manifest.json", data = "{}" } },
      "crier: bad.zip: ../manifest.json: a name must be a relative path")
    refused(zip.make { { name = "manifest.json", data = '{"id": "x"}' } },
      'manifest.json:1: id: "x" is not a GUID')
    local result = here:crier "publish none.zip"
    assert.equal(65, result.status)
    assert.equal("crier: none.zip: No such file or directory\n  crier pack DIR   makes a package\n",
      result.err)
  end)

  it("has help with an example", function()
    local result = here:crier "publish --help"
    assert.equal(0, result.status)
    assert.matches("crier publish app.zip --review", result.out, 1, true)
  end)
end)

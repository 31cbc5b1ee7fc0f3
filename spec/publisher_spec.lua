local answering = require "support.answering"
local archive = require "crier.archive"
local campaign = require "crier.package.scaffold.campaign"
local cjson = require "cjson"
local publisher = require "crier.package.publisher"
local reader = require "crier.package.reader"

local BOT = "c1c1c1c1-0000-4000-8000-000000000001"
local NEW_ID = "7a3c0d5e-1111-4222-8333-444455556666"

--- A tenant in which whoever is asked signs in at once; `shown` has what they
-- were told.
local function new(faults, env)
  local made = answering.new(nil, { env = env, simulator = { limits = "off", faults = faults,
    read_package = reader.manifest } })
  made.shown, made.plans = {}, {}

  --- Publishes a package; gives what `publisher.run` does.
  function made.publish(app, options)
    local given = { id = app.id, version = app.version, name = "benefits",
      bot_id = app.bot_id or made.sim.client_id }
    local manifest = campaign.MANIFEST:gsub("@([A-Z_]+)@", { MANIFEST_ID = given.id,
      NAME = "benefits", SHORT_NAME = app.name or "benefits", BOT_ID = given.bot_id,
      CLIENT_ID = made.sim.client_id, IS_ONE_WAY = "true", SITE = "https://contoso.com/",
      DOMAINS = "" }):gsub('"1%.0%.0"', '"' .. given.version .. '"')
    local zip = archive.write { { name = "manifest.json", data = manifest } }
    options = options or {}
    return made.run(function(_, client)
      return publisher.run(client, given, zip, {
        is_review = options.is_review,
        is_new_bot = options.is_new_bot,
        show = function(message, parts)
          made.shown[#made.shown + 1] = message
          assert.matches(parts.code, message, 1, true)
          made.sim.identity.signin:decide(nil, options.decision or "approved", client.loop:now())
        end,
        confirm = function(found)
          made.plans[#made.plans + 1] = found
          return options.answer ~= false
        end,
      })
    end)
  end

  --- The app in the catalog with a manifest id.
  function made.known(id)
    for _, app in ipairs(made.sim.catalog.apps) do
      if app.externalId == id then
        return app
      end
    end
  end
  return made
end

describe("crier.package.publisher", function()
  it("publishes what the catalog does not have", function()
    local made = new(nil, { CRIER_APP_ID = "" })
    local done, problem = made.publish { id = NEW_ID, version = "1.0.0" }
    assert.is_nil(problem)
    local app = made.known(NEW_ID)
    assert.same({ action = "publish", id = app.id, state = "published" }, done)
    assert.equal("1.0.0", app.version)
    assert.equal("published", app.definitions[1].state)
    assert.equal(1, #made.shown)
    assert.same({ "GET /appCatalogs/teamsApps?$filter=externalId%20eq%20%27" .. NEW_ID
      .. "%27&$expand=appDefinitions($expand=bot)", "POST /appCatalogs/teamsApps" }, made.calls)
    assert.equal("application/zip", made.requests[2].headers["content-type"])
  end)

  it("updates what it has", function()
    local made = new()
    local done = assert(made.publish { id = made.sim.manifest_id, version = "1.10.0" })
    assert.same({ action = "update", id = made.sim.catalog_id, from = "1.2.0",
      state = "published" }, done)
    assert.equal("1.10.0", made.known(made.sim.manifest_id).version)
  end)

  it("submits for review", function()
    local made = new(nil, { CRIER_APP_ID = "" })
    local done = assert(made.publish({ id = NEW_ID, version = "1.0.0" }, { is_review = true }))
    assert.equal("submitted", done.state)
    assert.equal("submitted", made.known(NEW_ID).definitions[1].state)
    assert.equal("POST /appCatalogs/teamsApps?requiresReview=true", made.calls[2])
  end)

  it("uploads nothing that is not confirmed", function()
    local made = new()
    local done, problem = made.publish({ id = made.sim.manifest_id, version = "1.3.0" },
      { answer = false })
    assert.is_nil(done)
    assert.same({ why = "not confirmed: nothing was published", is_unconfirmed = true }, problem)
    assert.equal(1, #made.calls)
    assert.same({ { action = "update", id = made.sim.catalog_id, from = "1.2.0" } }, made.plans)
  end)

  it("refuses a version that does not rise", function()
    local made = new()
    local done, problem = made.publish { id = made.sim.manifest_id, version = "1.2.0" }
    assert.is_nil(done)
    assert.same({ why = "the catalog has version 1.2.0, this package 1.2.0: it must rise",
      remedy = "raise `version` in the manifest, and pack it again", is_refusal = true }, problem)
    assert.same({}, made.plans)
    assert.equal(1, #made.calls)
  end)

  it("refuses another bot, unless it is meant", function()
    local made = new()
    local app = { id = made.sim.manifest_id, version = "1.3.0", bot_id = BOT }
    local _, problem = made.publish(app)
    assert.equal(("the catalog's app has the bot %s, this package %s"):format(made.sim.client_id,
      BOT), problem.why)
    assert.is_true(problem.is_refusal)
    assert.equal("1.2.0", made.known(made.sim.manifest_id).version)
    local done = assert(made.publish(app, { is_new_bot = true }))
    assert.matches("^A chat belongs to its bot", done.consequence)
    assert.equal(BOT, made.known(made.sim.manifest_id).bot)
  end)

  it("refuses another id than that of the app in use, unless it is meant", function()
    local made = new()
    local _, problem = made.publish { id = NEW_ID, version = "1.0.0" }
    assert.matches("^CRIER_APP_ID names the app Crier of the catalog, whose id is "
      .. made.sim.manifest_id:gsub("%-", "%%-"), problem.why)
    assert.is_true(problem.is_refusal)
    assert.is_nil(made.known(NEW_ID))
    assert.equal("publish", made.publish({ id = NEW_ID, version = "1.0.0" },
      { is_new_bot = true }).action)
    assert.equal("1.2.0", made.known(made.sim.manifest_id).version)
  end)

  it("takes an id of the environment that is in no catalog for none", function()
    local made = new(nil, { CRIER_APP_ID = "7a3c0d5e-0000-4222-8333-444455556666" })
    assert.equal("publish", assert(made.publish { id = NEW_ID, version = "1.0.0" }).action)
  end)

  it("says why nobody was signed in", function()
    for _, row in ipairs {
      { "declined", nil, "signing in: " }, { nil, "conditional-access=1", "signing in: " },
      { nil, "no-public-client=1", "signing in: " },
    } do
      local made = new(row[2])
      local done, problem = made.publish({ id = made.sim.manifest_id, version = "1.3.0" },
        { decision = row[1] })
      assert.is_nil(done)
      assert.equal(row[3], problem.why:sub(1, #row[3]))
      assert.is_string(problem.code)
      assert.is_string(problem.outcome.remedy)
      assert.equal(problem.outcome.remedy, problem.remedy)
      assert.same({}, made.calls)
    end
  end)

  it("says what the catalog has against a manifest", function()
    local made = new(nil, { CRIER_APP_ID = "" })
    for _ = 1, 2 do -- once as 400, once as the 200 with an error inside
      local done, problem = made.publish { id = NEW_ID, version = "1.0.0", name = ("n"):rep(31) }
      assert.is_nil(done)
      assert.matches("^publishing: .*name%.short.*exceeds maximum length of 30", problem.why)
      assert.is_nil(made.known(NEW_ID))
    end
  end)

  it("never holds the token where it can be seen", function()
    local made = new()
    local done = made.publish { id = made.sim.manifest_id, version = "1.3.0" }
    assert.is_nil(cjson.encode(done):find("eyJ", 1, true))
  end)
end)

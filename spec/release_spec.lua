local release = require "crier.package.release"

local ID, BOT, OTHER = "7a3c0d5e-1111-4222-8333-444455556666",
  "c1c1c1c1-0000-4000-8000-000000000001", "c1c1c1c1-0000-4000-8000-000000000002"

local function package_of(version, bot)
  return { id = ID, version = version or "1.1.0", bot_id = bot or BOT, name = "benefits" }
end

--- What the catalog answers about an app with these versions.
local function catalog(versions, bot, method)
  local definitions = {}
  for i, version in ipairs(versions) do
    definitions[i] = { id = "d" .. i, version = version, publishingState = "published",
      bot = bot ~= false and { id = (bot or BOT):upper() } or nil }
  end
  return { value = { { id = "catalog-1", externalId = ID:upper(), displayName = "benefits",
    distributionMethod = method or "organization", appDefinitions = definitions } } }
end

describe("crier.package.release #portable", function()
  describe(".judge()", function()
    it("publishes what the catalog does not have", function()
      assert.same({ action = "publish" }, release.judge(package_of(), { value = {} }))
      local foreign = catalog { "9.0.0" }
      foreign.value[1].externalId = OTHER
      assert.same({ action = "publish" }, release.judge(package_of(), foreign))
    end)

    it("updates what it has, when the version rises", function()
      assert.same({ action = "update", id = "catalog-1", from = "1.0.9" },
        release.judge(package_of "1.0.10", catalog { "1.0.9" }))
      assert.same({ action = "update", id = "catalog-1", from = "1.9.0" },
        release.judge(package_of "1.10.0", catalog { "1.2.0", "1.9.0", "1.3.0" }))
      assert.same({ action = "update", id = "catalog-1" },
        release.judge(package_of "1.0.0", catalog {}))
    end)

    it("refuses a version that does not rise", function()
      for _, version in ipairs { "1.1.0", "1.1.1", "2.0.0", "1.10.0" } do
        local found, why, remedy = release.judge(package_of "1.1.0",
          catalog { "1.0.0", version })
        assert.is_nil(found)
        assert.equal(("the catalog has version %s, this package 1.1.0: it must rise")
          :format(version), why)
        assert.equal("raise `version` in the manifest, and pack it again", remedy)
      end
    end)

    it("refuses another bot, and says what people will see of it", function()
      local found, why, remedy = release.judge(package_of("1.1.0", OTHER), catalog { "1.0.0" })
      assert.is_nil(found)
      assert.equal(("the catalog's app has the bot %s, this package %s"):format(BOT, OTHER), why)
      assert.matches("^put the bot of before into bots%[0%]%.botId, or say %-%-new%-bot when it is"
        .. " meant%. A chat belongs to its bot%. Once the app is upgraded for them, people find a"
        .. " second, empty chat", remedy)
    end)

    it("takes another bot when it is meant, and says what it means", function()
      local found = release.judge(package_of("1.1.0", OTHER), catalog { "1.0.0" }, nil, true)
      assert.equal("update", found.action)
      assert.matches("^A chat belongs to its bot%.", found.consequence)
      local _, why = release.judge(package_of("1.0.0", OTHER), catalog { "1.0.0" }, nil, true)
      assert.equal("the catalog has version 1.0.0, this package 1.0.0: it must rise", why)
    end)

    it("compares no bot that the catalog does not tell", function()
      assert.equal("update", release.judge(package_of(), catalog({ "1.0.0" }, false)).action)
    end)

    it("refuses another id than that of the app in use", function()
      local other = { id = "catalog-2", manifest_id = OTHER, name = "Benefits" }
      local found, why, remedy = release.judge(package_of(), { value = {} }, other)
      assert.is_nil(found)
      assert.equal(("CRIER_APP_ID names the app Benefits of the catalog, whose id is %s; this"
        .. " package has the id %s"):format(OTHER, ID), why)
      assert.matches("Teams shows two apps%. Whoever has the old one keeps it", remedy)
      found = release.judge(package_of(), { value = {} }, other, true)
      assert.equal("publish", found.action)
      assert.matches("^Teams shows two apps%.", found.consequence)
      other.manifest_id = ID:upper()
      assert.same({ action = "publish" }, release.judge(package_of(), { value = {} }, other))
    end)

    it("refuses an app of the Store", function()
      local _, why = release.judge(package_of(), catalog({ "1.0.0" }, nil, "store"))
      assert.equal("the app is one of the Teams Store: only its publisher can update it", why)
    end)

    it("survives answers of another form", function()
      for _, document in ipairs { {}, { value = "x" }, { value = { "x", { externalId = 1 },
        { externalId = ID } } } } do
        assert.same({ action = "publish" }, release.judge(package_of(), document))
      end
      assert.same({ action = "update", id = "catalog-1" }, release.judge(package_of(),
        { value = { { id = "catalog-1", externalId = ID, appDefinitions = { "x",
          { version = 7 } } } } }))
    end)
  end)
end)

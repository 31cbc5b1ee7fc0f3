local cjson = require "cjson"
local person = require "crier.audience.person"

local PLANS = {
  on = { service = "TeamspaceAPI", capabilityStatus = "Enabled" },
  off = { service = "TeamspaceAPI", capabilityStatus = "Suspended" },
  other = { service = "exchange", capabilityStatus = "Enabled" },
}

local function user(changes)
  local made = { id = "0a1b", userPrincipalName = "Ann@contoso.com",
    displayName = "Ann" }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

local function flags(changes)
  return person.from_graph(user(changes)).flags
end

describe("crier.audience.person #portable", function()
  describe(".from_graph()", function()
    it("makes a key and keeps name and UPN as they are", function()
      local made = person.from_graph(user())
      assert.equal("user:0a1b", made.key)
      assert.equal("Ann@contoso.com", made.upn)
      assert.equal("Ann", made.name)
      assert.equal("", made.flags)
    end)

    it("keeps the fields that have a value, without licences", function()
      local made = person.from_graph(user { department = "Sales",
        mobilePhone = cjson.null, businessPhones = {}, accountEnabled = true,
        assignedPlans = { PLANS.on }, ["@odata.id"] = "x",
        onPremises = { a = 1 } })
      assert.same({ id = "0a1b", userPrincipalName = "Ann@contoso.com",
        displayName = "Ann", department = "Sales", accountEnabled = true,
        onPremises = { a = 1 } }, cjson.decode(made.fields))
    end)

    it("makes nothing of a user without an id", function()
      for _, id in ipairs { cjson.null, 7, false } do
        assert.is_nil(person.from_graph(user { id = id }))
      end
    end)

    it("leaves a name or UPN of the wrong type out", function()
      local made = person.from_graph(user { userPrincipalName = cjson.null,
        displayName = 7 })
      assert.is_nil(made.upn)
      assert.is_nil(made.name)
    end)

    it("flags who is disabled", function()
      assert.equal("disabled", flags { accountEnabled = false })
      assert.equal("", flags { accountEnabled = cjson.null })
    end)

    it("flags guests by type and by UPN", function()
      assert.equal("guest", flags { userType = "Guest" })
      assert.equal("guest", flags { userType = "guest" })
      assert.equal("guest", flags { userType = "Member",
        userPrincipalName = "ann_fabrikam.com#EXT#@contoso.com" })
      assert.equal("", flags { userType = "Member" })
      assert.equal("", flags { userType = cjson.null })
    end)

    it("flags who has licences but none for Teams that can be used", function()
      assert.equal("no_teams", flags { assignedPlans = {} })
      assert.equal("no_teams", flags { assignedPlans = { PLANS.other, PLANS.off } })
      assert.equal("", flags { assignedPlans = { PLANS.other, PLANS.on } })
      assert.equal("", flags { assignedPlans = { { service = "TeamspaceAPI",
        capabilityStatus = "Warning" } } })
      assert.equal("", flags { assignedPlans = cjson.null })
      assert.equal("", flags())
    end)

    it("keeps all flags", function()
      assert.equal("disabled,guest,no_teams", flags { accountEnabled = false,
        userType = "Guest", assignedPlans = {} })
    end)
  end)

  describe(".exclusion()", function()
    it("gives the first reason that is not lifted", function()
      local all = "disabled,guest,no_teams"
      assert.equal("disabled", person.exclusion(all, {}))
      assert.equal("guest", person.exclusion(all, { disabled = true }))
      assert.equal("no_teams", person.exclusion(all,
        { disabled = true, guest = true }))
      assert.is_nil(person.exclusion("guest", { guest = true }))
      assert.is_nil(person.exclusion("", {}))
    end)
  end)

  describe(".known_fields()", function()
    it("has what is always selected, more on request, and csv", function()
      local known = person.known_fields { "city" }
      assert.is_true(known.city)
      assert.is_true(known.csv)
      assert.is_true(known.givenName)
      assert.is_nil(known.assignedPlans)
      assert.is_nil(person.known_fields().city)
    end)

    it("has for channels and chats what is known of them", function()
      assert.same({ kind = true, id = true, displayName = true, teamId = true,
        teamName = true }, person.known_fields({ "city" }, { channel = true }))
      assert.same({ kind = true, id = true, displayName = true },
        person.known_fields({}, { chat = true }))
      local both = person.known_fields({ "city" }, { user = true, channel = true })
      assert.is_true(both.city)
      assert.is_true(both.teamName)
    end)
  end)

  describe(".recipient()", function()
    it("has the fields, the kind, and the row of a file without its nulls", function()
      assert.same({ id = "1", kind = "user", csv = { a = "x", b = { c = { 2 } } } },
        person.recipient { key = "user:1", fields = '{"id":"1"}',
          csv = '{"a":"x","n":null,"b":{"c":[2],"d":null}}' })
      assert.same({ displayName = "General", kind = "channel" },
        person.recipient { key = "channel:19:a", fields = '{"displayName":"General"}' })
    end)
  end)
end)

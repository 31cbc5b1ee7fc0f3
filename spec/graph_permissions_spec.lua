local permissions = require "crier.graph.permissions"

describe("crier.graph.permissions #portable", function()
  it("names for each call the least, and others that do", function()
    for operation, entry in pairs(permissions.of) do
      assert.matches("^%u[%w.]+$", entry.least, operation)
      for _, name in ipairs(entry.also) do
        assert.matches("^%u[%w.]+$", name, operation)
        assert.not_equal(entry.least, name)
      end
    end
  end)

  it("has people and groups by their own permission", function()
    assert.equal("User.Read.All", permissions.of.users.least)
    assert.equal("User.Read.All", permissions.of.delta.least)
    assert.equal("GroupMember.Read.All", permissions.of.group_members.least)
    assert.equal("Directory.Read.All", permissions.of.resolve.least)
  end)

  it("tells installations in teams and chats apart", function()
    local of = permissions.of.install
    assert.equal("TeamsAppInstallation.ReadWriteSelfForUser.All", of.least)
    assert.equal("TeamsAppInstallation.ReadWriteSelfForTeam.All", of.team.least)
    assert.equal("TeamsAppInstallation.ReadWriteSelfForChat.All", of.chat.least)
    assert.equal("TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All", of.team.consenting)
    assert.equal("TeamsAppInstallation.ReadForUser.All", permissions.of.installation.least)
  end)

  it("says what only a signed-in person may do", function()
    local delegated = {}
    for operation, entry in pairs(permissions.of) do
      delegated[#delegated + 1] = entry.delegated and operation or nil
    end
    table.sort(delegated)
    assert.same({ "publish", "review", "unpublish", "update_app" }, delegated)
  end)

  it("says for each outdated one what to use instead", function()
    for name, instead in pairs(permissions.outdated) do
      assert.matches("%u[%w]+%.%w+", instead, name)
      assert.is_nil(instead:find(name:gsub("%p", "%%%0") .. "[ ;,]"), name)
    end
    assert.matches("since August 2020", permissions.outdated["User.ReadWrite.All"])
    assert.is_nil(permissions.outdated["User.Read.All"])
    assert.is_nil(permissions.outdated["TeamsAppInstallation.ReadWriteSelfForUser.All"])
  end)

  describe(".held()", function()
    it("finds the least that is granted", function()
      assert.equal("User.Read.All",
        permissions.held("users", { "Directory.Read.All", "User.Read.All" }))
      assert.equal("Directory.Read.All", permissions.held("users", { "Directory.Read.All" }))
      assert.is_nil(permissions.held("users", { "Group.Read.All" }))
      assert.is_nil(permissions.held("users", {}))
    end)

    it("takes the permission to install for one to look", function()
      assert.equal("TeamsAppInstallation.ReadWriteSelfForUser.All", permissions.held(
        "installation", { "TeamsAppInstallation.ReadWriteSelfForUser.All" }))
      assert.is_nil(permissions.held("installation",
        { "TeamsAppInstallation.ReadWriteSelfForUser.All" }, "team"))
    end)

    it("raises for an operation that Graph has not", function()
      assert.has_error(function() permissions.held("send", {}) end,
        "Graph has no operation send")
    end)
  end)
end)

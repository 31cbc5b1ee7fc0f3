local wired = require "support.wired"

local graph, request = wired.graph, wired.request

describe("crier.core.graph", function()
  it("lists teams", function()
    assert.same(request("teams", "/teams"), graph:teams())
    assert.same(request("teams", "/teams?$select=id&$filter=displayName%20eq%20%27A%27&$top=5"),
      graph:teams { select = "id", filter = "displayName eq 'A'", top = 5 })
  end)

  it("gives a team", function()
    assert.same(request("team", "/teams/t%2F1"), graph:team "t/1")
    assert.same(request("team", "/teams/t?$select=id%2CinternalId"),
      graph:team("t", "id,internalId"))
  end)

  it("lists a team's members", function()
    assert.same(request("team_members", "/teams/t/members?$top=999"), graph:team_members "t")
    assert.same(request("team_members", "/teams/t/members?$select=userId&$filter=x&$top=9"),
      graph:team_members("t", { select = "userId", filter = "x", top = 9 }))
  end)

  it("lists a team's channels", function()
    assert.same(request("channels", "/teams/t/channels"), graph:channels "t")
    assert.same(request("channels", "/teams/t/channels?$select=id"
      .. "&$filter=membershipType%20eq%20%27standard%27"),
      graph:channels("t", { select = "id", filter = "membershipType eq 'standard'" }))
  end)

  it("gives a team's General channel", function()
    assert.same(request("primary_channel", "/teams/t/primaryChannel"), graph:primary_channel "t")
    assert.same(request("primary_channel", "/teams/t/primaryChannel?$select=id"),
      graph:primary_channel("t", "id"))
  end)
end)

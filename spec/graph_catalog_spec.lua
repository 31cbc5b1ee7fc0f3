local wired = require "support.wired"

local graph, request = wired.graph, wired.request

-- A request that carries a package.
local function package(operation, path, bytes)
  return request(operation, path, { method = "POST", body = bytes,
    headers = { ["Content-Type"] = "application/zip" } })
end

describe("crier.core.graph", function()
  it("looks the app up by its manifest's id, quotes doubled", function()
    assert.same(request("catalog", "/appCatalogs/teamsApps?$filter=externalId%20eq%20%27a%27%27b"
      .. "%27&$expand=appDefinitions($expand=bot)"), graph:catalog "a'b")
  end)

  it("looks a Store app up by its catalog id", function()
    assert.same(request("catalog", "/appCatalogs/teamsApps?$filter=id%20eq%20%27app-1%27"
      .. "&$expand=appDefinitions($expand=bot)"), graph:catalog_app "app-1")
  end)

  it("publishes a package, byte for byte", function()
    assert.same(package("publish", "/appCatalogs/teamsApps", "PK\3\4\0\255"),
      graph:publish "PK\3\4\0\255")
    assert.same(package("publish", "/appCatalogs/teamsApps?requiresReview=true", "zip"),
      graph:publish("zip", { requires_review = true }))
    assert.has_error(function() graph:publish() end)
    assert.has_error(function() graph:publish(1) end)
  end)

  it("updates an app", function()
    assert.same(package("update_app", "/appCatalogs/teamsApps/c%2F1/appDefinitions", "zip"),
      graph:update_app("c/1", "zip"))
    assert.same(package("update_app",
      "/appCatalogs/teamsApps/c/appDefinitions?requiresReview=true", "zip"),
      graph:update_app("c", "zip", { requires_review = true }))
    assert.has_error(function() graph:update_app "c" end)
  end)

  it("reviews a definition, unless it has changed", function()
    local path = "/appCatalogs/teamsApps/c/appDefinitions/d%3D"
    for _, state in ipairs { "published", "rejected" } do
      local expected = wired.json("review", "PATCH", path,
        '{"publishingState":"' .. state .. '"}')
      expected.headers["If-Match"] = 'W/"1"'
      assert.same(expected, graph:review("c", "d=", 'W/"1"', state))
    end
    assert.equal('{"publishingState":"published"}', graph:review("c", "d", "e").body)
    assert.has_error(function() graph:review("c", "d") end)
    assert.has_error(function() graph:review("c", "d", "e", "submitted") end)
  end)

  it("takes an app out, or a definition before its review", function()
    assert.same(request("unpublish", "/appCatalogs/teamsApps/c%2F1", { method = "DELETE" }),
      graph:unpublish "c/1")
    assert.same(request("unpublish", "/appCatalogs/teamsApps/c/appDefinitions/d%3D",
      { method = "DELETE" }), graph:unpublish("c", "d="))
  end)
end)

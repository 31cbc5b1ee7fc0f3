local core = require "crier.core"
local wired = require "support.wired"

local graph, token, refused = wired.graph, wired.token, wired.refused

describe("crier.core.graph", function()
  it("gives each request headers of its own", function()
    local first = graph:user "u1"
    first.headers["client-request-id"] = "1"
    assert.same({}, graph:user("u1").headers)
  end)

  it("keeps endpoints and token alive", function()
    local builder = core.graph.new {
      endpoints = core.cloud.endpoints { cloud = "dod" },
      token = wired.new_token(wired.endpoints),
    }
    collectgarbage()
    collectgarbage()
    local request = builder:user "u"
    assert.equal("https://dod-graph.microsoft.us/v1.0/users/u", request.url)
    assert.equal("crier.token (empty)", tostring(request.token))
  end)

  it("calls each cloud's own host", function()
    for name, host in pairs { public = "graph.microsoft.com", gcc = "graph.microsoft.com",
      gcch = "graph.microsoft.us", dod = "dod-graph.microsoft.us",
      china = "microsoftgraph.chinacloudapi.cn" } do
      local builder = core.graph.new { token = token,
        endpoints = core.cloud.endpoints { cloud = name } }
      assert.equal("https://" .. host .. "/v1.0/teams/t", builder:team("t").url)
      assert.matches("https://" .. host .. "/v1.0/appCatalogs/teamsApps/c",
        builder:install("u", "c").body, 1, true)
    end
  end)

  it("refuses ids that are empty or climb out of their path", function()
    for _, id in ipairs { "", ".", ".." } do
      refused("ID_REFUSED", graph:user(id))
      refused("ID_REFUSED", graph:group(id))
      refused("ID_REFUSED", graph:group_members(id))
      refused("ID_REFUSED", graph:team(id))
      refused("ID_REFUSED", graph:team_members(id))
      refused("ID_REFUSED", graph:channels(id))
      refused("ID_REFUSED", graph:primary_channel(id))
      refused("ID_REFUSED", graph:find_chat(id, "c"))
      refused("ID_REFUSED", graph:update_app(id, "zip"))
      refused("ID_REFUSED", graph:unpublish(id))
      refused("ID_REFUSED", graph:unpublish("c", id))
      refused("ID_REFUSED", graph:review(id, "d", "e"))
      refused("ID_REFUSED", graph:review("c", id, "e"))
      for _, place in ipairs { id, { user = id }, { team = id }, { chat = id } } do
        refused("ID_REFUSED", graph:installation(place, "c"))
        refused("ID_REFUSED", graph:install(place, "c"))
        refused("ID_REFUSED", graph:upgrade(place, "i"))
        refused("ID_REFUSED", graph:uninstall(place, "i"))
        refused("ID_REFUSED", graph:notify(place, "{}"))
      end
      refused("ID_REFUSED", graph:upgrade("u", id))
      refused("ID_REFUSED", graph:uninstall("u", id))
      refused("ID_REFUSED", graph:chat("u", id))
      refused("ID_REFUSED", graph:chat(id, "i"))
    end
    refused("ID_REFUSED", graph:catalog "")
    refused("ID_REFUSED", graph:catalog_app "")
    refused("ID_REFUSED", graph:installation("u", ""))
    refused("ID_REFUSED", graph:install("u", ""))
    refused("ID_REFUSED", graph:find_chat("u", ""))
  end)

  it("raises on misuse", function()
    local endpoints = wired.endpoints
    assert.has_error(function() core.graph.new { endpoints = endpoints } end)
    assert.has_error(function() core.graph.new { token = token } end)
    assert.has_error(function() core.graph.new { endpoints = token, token = token } end)
    assert.has_error(function() graph:user() end)
    assert.has_error(function() graph:user {} end)
    assert.has_error(function() graph.user(token, "u") end)
    for _, place in ipairs { {}, { user = "u", team = "t" }, { user = 1 }, { channel = "c" }, 7 } do
      assert.has_error(function() graph:install(place, "c") end)
    end
  end)
end)

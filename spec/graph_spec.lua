local core = require("crier.core")

local endpoints = core.cloud.endpoints({ cloud = "public" })
local token = core.token.new({
  endpoints = endpoints, audience = "graph", tenant = "t", client_id = "c", secret = "s",
})
local graph = core.graph.new({ endpoints = endpoints, token = token })
local BASE = "https://graph.microsoft.com/v1.0"

local function get(operation, url, headers)
  return { method = "GET", url = url, headers = headers or {}, token = token,
    service = "graph", operation = operation }
end

local function refused(code, request, err, found)
  assert.is_nil(request)
  assert.equal("string", type(err))
  assert.equal(code, found)
end

describe("crier.core.graph", function()
  describe(":users()", function()
    it("asks for full pages", function()
      assert.same(get("users", BASE .. "/users?$top=999"), graph:users({}))
    end)

    it("percent-encodes select and filter", function()
      assert.same(get("users", BASE .. "/users?$select=id%2Cmail"
        .. "&$filter=department%20eq%20%27R%26D%20%2B%20%C3%84%27&$top=50"),
        graph:users({ select = "id,mail", filter = "department eq 'R&D + \195\132'", top = 50 }))
    end)

    it("adds what advanced queries need", function()
      assert.same(get("users", BASE .. "/users?$filter=userType%20ne%20%27Guest%27"
        .. "&$count=true&$top=999", { ConsistencyLevel = "eventual" }),
        graph:users({ filter = "userType ne 'Guest'", advanced = true }))
    end)

    it("raises when top is not 1 to 999", function()
      for _, top in ipairs({ 0, 1000, -1, 1.5 }) do
        assert.has_error(function() graph:users({ top = top }) end)
      end
    end)

    it("fails when the filter does not fit into a URL", function()
      refused("TOO_LARGE", graph:users({ filter = ("x"):rep(40000) }))
      assert.same(get("users", BASE .. "/users?$top=999"), graph:users({}))
    end)
  end)

  describe(":user()", function()
    it("encodes the id", function()
      assert.same(get("user", BASE .. "/users/ann%23EXT%23%40x.example"),
        graph:user("ann#EXT#@x.example"))
      assert.equal(BASE .. "/users/%24a%2Fb%3Fc", graph:user("$a/b?c").url)
      assert.equal(BASE .. "/users/%00%0A%FF", graph:user("\0\n\255").url)
      assert.equal(BASE .. "/users/...", graph:user("...").url)
    end)

    it("selects properties", function()
      assert.equal(BASE .. "/users/u1?$select=id%2Cmail", graph:user("u1", "id,mail").url)
    end)
  end)

  describe(":next()", function()
    it("follows the link byte for byte", function()
      local url = BASE .. "/users?$select=id&$skiptoken=m~AQAn'OzE;(x)%20%2f,|\"%zz"
      assert.same(get("users", url), graph:next(url))
      assert.same(get("users", url, { ConsistencyLevel = "eventual" }), graph:next(url, true))
    end)

    it("refuses a link that leaves Graph", function()
      for _, url in ipairs({ "", "/v1.0/users", "https://evil.example/v1.0/users",
        "http://graph.microsoft.com/v1.0/users", "https://graph.microsoft.com:444/",
        "https://graph.microsoft.com@evil.example/", "https://smba.trafficmanager.net/",
        "https://graph.microsoft.com\\.evil.example/", "https://graph.microsoft.com/\r\nX: y" }) do
        refused("URL_REFUSED", graph:next(url))
      end
    end)

    it("refuses a link without end", function()
      refused("TOO_LARGE", graph:next(BASE .. "/users?$skiptoken=" .. ("x"):rep(40000)))
    end)
  end)

  describe(":catalog()", function()
    it("looks the app up by its manifest's id, quotes doubled", function()
      assert.same(get("catalog", BASE .. "/appCatalogs/teamsApps"
        .. "?$filter=externalId%20eq%20%27a%27%27b%27&$expand=appDefinitions"),
        graph:catalog("a'b"))
    end)

    it("looks a Store app up by its catalog id", function()
      assert.same(get("catalog", BASE .. "/appCatalogs/teamsApps"
        .. "?$filter=id%20eq%20%27app-1%27&$expand=appDefinitions"),
        graph:catalog_app("app-1"))
    end)
  end)

  it("looks for an installation", function()
    assert.same(get("installation", BASE .. "/users/u%2F1/teamwork/installedApps"
      .. "?$expand=teamsApp,teamsAppDefinition&$filter=teamsApp%2Fid%20eq%20%27cat%27%271%27"),
      graph:installation("u/1", "cat'1"))
  end)

  it("installs, bound to the host that it calls", function()
    assert.same({
      method = "POST",
      url = BASE .. "/users/u%401/teamwork/installedApps",
      headers = { ["Content-Type"] = "application/json; charset=utf-8" },
      body = '{"teamsApp@odata.bind":"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/'
        .. 'cat%22%5C1"}',
      token = token, service = "graph", operation = "install",
    }, graph:install("u@1", 'cat"\\1'))
    local own = core.cloud.endpoints({ cloud = "public", graph = "http://127.0.0.1:8080/g/" })
    local request = core.graph.new({ endpoints = own, token = token }):install("u", "c")
    assert.equal("http://127.0.0.1:8080/g/v1.0/users/u/teamwork/installedApps", request.url)
    assert.equal('{"teamsApp@odata.bind":"http://127.0.0.1:8080/g/v1.0/appCatalogs/teamsApps/c"}',
      request.body)
  end)

  it("refuses ids that are empty or climb out of their path", function()
    for _, id in ipairs({ "", ".", ".." }) do
      refused("ID_REFUSED", graph:user(id))
      refused("ID_REFUSED", graph:installation(id, "c"))
      refused("ID_REFUSED", graph:install(id, "c"))
    end
    refused("ID_REFUSED", graph:catalog(""))
    refused("ID_REFUSED", graph:catalog_app(""))
    refused("ID_REFUSED", graph:installation("u", ""))
    refused("ID_REFUSED", graph:install("u", ""))
  end)

  it("gives each request headers of its own", function()
    local first = graph:user("u1")
    first.headers["client-request-id"] = "1"
    assert.same({}, graph:user("u1").headers)
  end)

  it("keeps endpoints and token alive", function()
    local builder = core.graph.new({
      endpoints = core.cloud.endpoints({ cloud = "dod" }),
      token = core.token.new({ endpoints = endpoints, audience = "graph", tenant = "t",
        client_id = "c", secret = "s" }),
    })
    collectgarbage()
    collectgarbage()
    local request = builder:user("u")
    assert.equal("https://dod-graph.microsoft.us/v1.0/users/u", request.url)
    assert.equal("crier.token (empty)", tostring(request.token))
  end)

  it("raises on misuse", function()
    assert.has_error(function() core.graph.new({ endpoints = endpoints }) end)
    assert.has_error(function() core.graph.new({ token = token }) end)
    assert.has_error(function() core.graph.new({ endpoints = token, token = token }) end)
    assert.has_error(function() graph:user() end)
    assert.has_error(function() graph:user({}) end)
    assert.has_error(function() graph.user(token, "u") end)
  end)
end)

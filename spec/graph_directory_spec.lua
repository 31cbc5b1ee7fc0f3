local wired = require "support.wired"

local graph, request, refused, BASE = wired.graph, wired.request, wired.refused, wired.BASE
local ADVANCED = { ConsistencyLevel = "eventual" }

describe("crier.core.graph", function()
  describe(":users()", function()
    it("asks for full pages", function()
      assert.same(request("users", "/users?$top=999"), graph:users {})
      assert.same(request("users", "/users?$top=999"), graph:users())
    end)

    it("percent-encodes select and filter", function()
      assert.same(request("users", "/users?$select=id%2Cmail"
        .. "&$filter=department%20eq%20%27R%26D%20%2B%20%C3%84%27&$top=50"),
        graph:users { select = "id,mail", filter = "department eq 'R&D + \195\132'", top = 50 })
    end)

    it("adds what advanced queries need", function()
      assert.same(request("users", "/users?$filter=userType%20ne%20%27Guest%27"
        .. "&$count=true&$top=999", { headers = ADVANCED }),
        graph:users { filter = "userType ne 'Guest'", advanced = true })
    end)

    it("raises when top is not 1 to 999", function()
      for _, top in ipairs { 0, 1000, -1, 1.5 } do
        assert.has_error(function() graph:users { top = top } end)
      end
    end)

    it("fails when the filter does not fit into a URL", function()
      refused("TOO_LARGE", graph:users { filter = ("x"):rep(40000) })
      assert.same(request("users", "/users?$top=999"), graph:users {})
    end)
  end)

  describe(":user()", function()
    it("encodes the id", function()
      assert.same(request("user", "/users/ann%23EXT%23%40x.example"),
        graph:user "ann#EXT#@x.example")
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
      local path = "/users?$select=id&$skiptoken=m~AQAn'OzE;(x)%20%2f,|\"%zz"
      assert.same(request("users", path), graph:next(BASE .. path))
      assert.same(request("users", path, { headers = ADVANCED }), graph:next(BASE .. path, true))
    end)

    it("keeps to the operation of the first page, and to its headers", function()
      for _, operation in ipairs { "users", "delta", "groups", "group_members", "teams",
        "team_members", "channels", "catalog", "installation", "find_chat" } do
        assert.equal(operation, graph:next(BASE .. "/x", false, operation).operation)
      end
      assert.same(request("delta", "/users/delta?$deltatoken=x",
        { headers = { Prefer = "return=minimal" } }),
        graph:next(BASE .. "/users/delta?$deltatoken=x", false, "delta", true))
      for _, operation in ipairs { "user", "install", "send", "batch", "notify", "resolve" } do
        assert.has_error(function() graph:next(BASE .. "/x", false, operation) end)
      end
    end)

    it("refuses a link that leaves Graph", function()
      for _, url in ipairs { "", "/v1.0/users", "https://evil.example/v1.0/users",
        "http://graph.microsoft.com/v1.0/users", "https://graph.microsoft.com:444/",
        "https://graph.microsoft.com@evil.example/", "https://smba.trafficmanager.net/",
        "https://graph.microsoft.com\\.evil.example/", "https://graph.microsoft.com/\r\nX: y" } do
        refused("URL_REFUSED", graph:next(url))
      end
    end)

    it("refuses a link without end", function()
      refused("TOO_LARGE", graph:next(BASE .. "/users?$skiptoken=" .. ("x"):rep(40000)))
    end)
  end)

  describe(":delta()", function()
    it("begins with everybody", function()
      assert.same(request("delta", "/users/delta"), graph:delta())
      assert.same(request("delta", "/users/delta?$select=id%2Cmail"
        .. "&$filter=id%20eq%20%27u1%27"),
        graph:delta { select = "id,mail", filter = "id eq 'u1'" })
    end)

    it("begins now", function()
      assert.same(request("delta", "/users/delta?$select=id&$deltatoken=latest"),
        graph:delta { select = "id", latest = true })
    end)

    it("asks for no more than what changed", function()
      assert.same(request("delta", "/users/delta", { headers = { Prefer = "return=minimal" } }),
        graph:delta { minimal = true })
    end)
  end)

  describe(":resolve()", function()
    local PATH = "/directoryObjects/getByIds"

    it("asks for people by their ids", function()
      assert.same(wired.json("resolve", "POST", PATH, '{"ids":["a","b\\"c"],"types":["user"]}'),
        graph:resolve { "a", 'b"c' })
    end)

    it("asks for other types and some properties", function()
      assert.same(wired.json("resolve", "POST", PATH .. "?$select=id",
        '{"ids":["a"],"types":["user","group"]}'),
        graph:resolve({ "a" }, { select = "id", types = { "user", "group" } }))
    end)

    it("takes 1000 at once, and raises for none or more", function()
      local ids = {}
      for i = 1, 1000 do
        ids[i] = ("%036d"):format(i)
      end
      assert.equal(39026, #graph:resolve(ids).body)
      ids[1001] = "x"
      for _, bad in ipairs { ids, {}, { 1 }, { "a", {} }, "a" } do
        assert.has_error(function() graph:resolve(bad) end)
      end
      assert.has_error(function() graph:resolve({ "a" }, { types = {} }) end)
    end)
  end)

  describe(":groups()", function()
    it("finds groups by name or mail, quotes doubled", function()
      assert.same(request("groups", "/groups?$filter=displayName%20eq%20%27R%26D%27%27s%27"
        .. "&$top=999"), graph:groups { name = "R&D's" })
      assert.same(request("groups", "/groups?$filter=mail%20eq%20%27a%40x%27&$select=id&$top=5"),
        graph:groups { mail = "a@x", select = "id", top = 5 })
    end)

    it("lists them", function()
      assert.same(request("groups", "/groups?$top=999"), graph:groups())
      assert.same(request("groups", "/groups?$filter=NOT%20groupTypes%2Fany%28c%3Ac%20eq%20%27Un"
        .. "ified%27%29&$count=true&$top=999", { headers = ADVANCED }),
        graph:groups { filter = "NOT groupTypes/any(c:c eq 'Unified')", advanced = true })
    end)

    it("raises for more than one of name, mail and filter", function()
      assert.has_error(function() graph:groups { name = "a", mail = "b" } end)
      assert.has_error(function() graph:groups { name = "a", filter = "b" } end)
    end)
  end)

  it("gives a group", function()
    assert.same(request("group", "/groups/g%2F1?$select=id"), graph:group("g/1", "id"))
    assert.same(request("group", "/groups/g"), graph:group "g")
  end)

  describe(":group_members()", function()
    it("lists people alone, as an advanced query", function()
      assert.same(request("group_members", "/groups/g/members/microsoft.graph.user"
        .. "?$count=true&$top=999", { headers = ADVANCED }), graph:group_members "g")
    end)

    it("lists those of nested groups", function()
      assert.same(request("group_members", "/groups/g/transitiveMembers/microsoft.graph.user"
        .. "?$select=id%2Cmail&$count=true&$top=100", { headers = ADVANCED }),
        graph:group_members("g", { transitive = true, select = "id,mail", top = 100 }))
    end)
  end)
end)

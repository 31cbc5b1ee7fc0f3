local routes = require "crier.serve.routes"

describe("crier.serve.routes #portable", function()
  local function table_of(...)
    local found = routes.new()
    for _, path in ipairs { ... } do
      found:add("GET", path, path)
    end
    return found
  end

  local function find(found, path)
    local route, named = found:find("GET", path)
    return route and route.answer, named
  end

  it("finds literal paths, whole", function()
    local found = table_of("/healthz", "/api/messages", "/")
    assert.equal("/healthz", find(found, "/healthz"))
    assert.equal("/api/messages", find(found, "/api/messages"))
    assert.equal("/", find(found, "/"))
    for _, path in ipairs { "/api", "/api/messages/x", "/Healthz", "healthz", "", "*" } do
      assert.is_nil((find(found, path)))
    end
  end)

  it("names segments, and puts literal ones first", function()
    local found = table_of("/campaigns/{name}", "/campaigns/{name}/people/{who}",
      "/campaigns/all")
    local answer, named = find(found, "/campaigns/hello")
    assert.same({ "/campaigns/{name}", { name = "hello" } }, { answer, named })
    answer, named = find(found, "/campaigns/hello/people/a%40b")
    assert.same({ "/campaigns/{name}/people/{who}", { name = "hello", who = "a%40b" } },
      { answer, named })
    assert.equal("/campaigns/all", find(found, "/campaigns/all"))
    assert.equal("/campaigns/{name}/people/{who}", find(found, "/campaigns/all/people/x"))
    assert.is_nil((find(found, "/campaigns")))
  end)

  it("lets the last one take the rest", function()
    local found = table_of("/page/{file...}", "/page/app.js")
    local answer, named = find(found, "/page/a/b.css")
    assert.same({ "/page/{file...}", { file = "a/b.css" } }, { answer, named })
    assert.equal("/page/app.js", find(found, "/page/app.js"))
    assert.is_nil((find(found, "/page")))
  end)

  it("tells which methods a path has", function()
    local found = table_of "/x"
    found:add("DELETE", "/x", "delete")
    local route, methods = found:find("PUT", "/x")
    assert.is_nil(route)
    assert.equal("DELETE, GET", methods)
    route, methods = found:find("PUT", "/y")
    assert.is_nil(route)
    assert.is_nil(methods)
  end)

  it("takes each route once", function()
    local found = table_of "/x"
    assert.has_error(function() found:add("GET", "/x", "again") end,
      "there is a route already for GET /x")
  end)
end)

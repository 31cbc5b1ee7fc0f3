local page = require "crier.serve.page"
local shell = require "support.shell"

describe("crier.serve.page", function()
  local folder, routes

  before_each(function()
    folder, routes = shell.run "mktemp -d", {}
    for _, name in ipairs { "index.html", "page.js", "page.css" } do
      local file = assert(io.open(folder .. "/" .. name, "wb"))
      file:write("this is " .. name)
      file:close()
    end
    page.add({ on = function(_, method, path, answer) routes[method .. " " .. path] = answer end },
      folder)
  end)

  after_each(function()
    os.execute("rm -rf " .. folder)
  end)

  it("is where its script is", function()
    assert.is_true(page.is_in(folder))
    assert.is_false(page.is_in(folder .. "/nowhere"))
    assert.is_false(page.is_in "")
  end)

  it("has its files, by their names and no others", function()
    assert.equal("this is index.html", routes["GET /"]().body)
    assert.equal("this is page.css", routes["GET /page.css"]().body)
    assert.matches("^text/javascript", routes["GET /page.js"]().headers["Content-Type"])
    local count = 0
    for _ in pairs(routes) do
      count = count + 1
    end
    assert.equal(4, count)
  end)

  it("allows nothing but itself", function()
    for _, answer in pairs(routes) do
      local headers = answer().headers
      local policy = headers["Content-Security-Policy"]
      assert.equal("default-src 'none'", policy:match "^[^;]+")
      assert.matches("script%-src 'self';", policy)
      assert.matches("frame%-ancestors 'none'", policy)
      assert.is_nil(policy:find "unsafe")
      assert.is_nil(policy:find "http")
      assert.is_nil(policy:find("*", 1, true))
      assert.same({ "nosniff", "no-referrer", "same-origin" }, { headers["X-Content-Type-Options"],
        headers["Referrer-Policy"], headers["Cross-Origin-Resource-Policy"] })
    end
  end)
end)

local audience = require "crier.audience"
local directory = require "support.directory"
local lookup = require "crier.audience.lookup"
local reading = require "support.reading"

local id, user = directory.id, directory.user

describe("crier.audience.lookup", function()
  local own

  before_each(function() own = reading.new() end)
  after_each(function() own:close() end)

  local function keys(...)
    return own:keys(...)
  end

  describe(".form()", function()
    it("tells ids, addresses and the rest apart", function()
      for who, form in pairs { [id "a"] = "id", [id("b"):upper()] = "id",
        ["a@b"] = "name", ["o'hara@contoso.com"] = "name", ["x_y#EXT#@contoso.com"] = "name",
        ["12345"] = "other", ["Ann"] = "other", ["a@b@c"] = "other", ["a b@c"] = "other",
        ["@c"] = "other", [id "a" .. "0"] = "other", [""] = "other" } do
        assert.equal(form, lookup.form(who))
      end
    end)
  end)

  it("looks people up by id, UPN or mail address, letter case and blanks aside", function()
    local graph = directory.new { user "a", user "b", user("c", { mail = "Carl@Fabrikam.com" }) }
    assert.same({ "a", "b", "c" }, keys(audience.list { " " .. id("a"):upper() .. " ",
      "B@Contoso.com", "carl@fabrikam.com", id "b" }, graph))
    assert.same({ id("a"):upper(), id "b" }, graph.asked[1].ids)
    assert.equal("userPrincipalName eq 'B@Contoso.com' or userPrincipalName eq"
      .. " 'carl@fabrikam.com'", graph.asked[2].filter)
    assert.equal("mail eq 'carl@fabrikam.com'", graph.asked[3].filter)
    assert.equal(3, #graph.asked)
  end)

  it("asks for a thousand ids, and for 15 addresses, at a time", function()
    local list = {}
    for i = 1, 2001 do
      list[i] = ("%08x-0000-4000-8000-000000000000"):format(i)
    end
    for i = 1, 40 do
      list[#list + 1] = i .. "@contoso.com"
    end
    local graph = directory.new {}
    assert.equal(2041, #keys(audience.list(list), graph))
    local ids, clauses = {}, {}
    for _, asked in ipairs(graph.asked) do
      if asked.ids then
        ids[#ids + 1] = #asked.ids
      else
        clauses[#clauses + 1] = select(2, asked.filter:gsub(" eq ", ""))
      end
    end
    assert.same({ 1000, 1000, 1 }, ids)
    assert.same({ 15, 15, 15, 15, 10, 10 }, (function()
      table.sort(clauses, function(a, b) return a > b end)
      return clauses
    end)())
  end)

  describe(".one()", function()
    local function one(who, ...)
      local row, message, code = lookup.one({ graph = directory.new { ... } }, who, "id,mail")
      return row and row.key, message, code
    end

    it("finds somebody by id, UPN or mail address", function()
      local ann = user("a", { mail = "ann@fabrikam.com" })
      for _, who in ipairs { id("a"):upper(), " A@contoso.com ", "Ann@Fabrikam.com" } do
        assert.equal("user:" .. id "a", (one(who, ann, user "b")))
      end
    end)

    it("tells who it cannot be", function()
      local shared = { mail = "desk@contoso.com" }
      assert.same({ nil, "x@contoso.com is not in the directory", "UNKNOWN" },
        { one("x@contoso.com", user "a") })
      assert.same({ nil, "Ann is neither an object id nor a UPN or mail address", "UNKNOWN" },
        { one("Ann", user "a") })
      assert.same({ nil, "desk@contoso.com is the address of " .. id "a" .. " and " .. id "b",
        "UNKNOWN" }, { one("desk@contoso.com", user("a", shared), user("b", shared)) })
    end)
  end)

  it("doubles a quote in a filter", function()
    local graph = directory.new {}
    keys(audience.list { "o'hara@x" }, graph)
    assert.equal("userPrincipalName eq 'o''hara@x'", graph.asked[1].filter)
  end)

  it("excludes who is not in the directory, and says where it stood", function()
    local people = own:read(audience.list { "x@contoso.com", id "f", "Ann" }, directory.new {})
    assert.same({ "user:Ann", "no such user",
      "list: Ann is neither an object id nor a UPN or mail address" },
      { people[1].key, people[1].excluded, people[1].detail })
    assert.equal("list: " .. id "f" .. " is not in the directory", people[2].detail)
    assert.equal("x@contoso.com", people[3].upn)
    assert.is_nil(people[2].upn)
  end)

  it("asks nobody of what can be no person", function()
    local graph = directory.new {}
    assert.same({ "12345 no such user" }, keys(audience.list { "12345" }, graph))
    assert.equal(0, #graph.asked)
  end)

  it("excludes an address that several have, and names them", function()
    local graph = directory.new { user("a", { mail = "box@x" }), user("b", { mail = "box@x" }) }
    local people = own:read(audience.list { "box@x" }, graph)
    assert.equal("several users", people[1].excluded)
    assert.equal(("list: box@x is the address of %s and %s"):format(id "a", id "b"),
      people[1].detail)
  end)

  it("takes a UPN before the same mail address of somebody else", function()
    assert.same({ "a" }, keys(audience.list { "a@contoso.com" },
      directory.new { user "a", user("b", { mail = "a@contoso.com" }) }))
  end)

  it("finds by halves which entry makes a request be refused", function()
    local function has_odd(asked)
      for _, each in ipairs(asked.ids or {}) do
        if each == id "e" then
          return true
        end
      end
      return asked.filter and asked.filter:find("odd@x", 1, true)
    end
    local graph = directory.new({ user "a", user "b", user "c" }, function(asked)
      return has_odd(asked) and { kind = "refused", text = "no", code = "E" } or nil
    end)
    assert.same({ "a", "b", "c", "e no such user", "odd@x no such user" },
      keys(audience.list { id "a", id "e", "b@contoso.com", "odd@x", "c@contoso.com" }, graph))
  end)

  it("stops when what is selected is refused", function()
    local function refuse(asked)
      return asked.select:find "," and { kind = "refused", text = "no property x",
        code = "E" } or nil
    end
    for _, list in ipairs { { id "a", id "b" }, { "a@x", "b@x", "c@x" } } do
      local people, message, code = own:read(audience.list(list),
        directory.new({ user "a" }, refuse))
      assert.is_nil(people)
      assert.equal("no property x", message)
      assert.equal("E", code)
    end
  end)

  it("stops when a look-up fails for another reason", function()
    for _, list in ipairs { { id "a" }, { "a@x" }, { id "a", "a@x" } } do
      for _, refuse in ipairs {
        function() return { kind = "misconfigured", text = "no", code = "E" } end,
        function(asked)
          return asked.select == "id" and { kind = "transient", text = "no", code = "E" }
            or { kind = "refused", text = "no", code = "E" }
        end,
        function(asked)
          return asked.filter and { kind = "transient", text = "no", code = "E" }
            or not asked.filter and { kind = "misconfigured", text = "no", code = "E" }
        end,
      } do
        local people, message, code = own:read(audience.list(list),
          directory.new({ user "a" }, refuse))
        assert.is_nil(people)
        assert.equal("no", message)
        assert.equal("E", code)
      end
    end
  end)

  it("stops when the directory tells ids alone", function()
    local people, message, code, outcome = own:read(audience.list { id "a" },
      directory.new { { id = id "a" } })
    assert.is_nil(people)
    assert.equal("the directory tells nothing of people but their ids", message)
    assert.equal("LIMITED", code)
    assert.equal("misconfigured", outcome.kind)
  end)

  it("stops at an answer without a list", function()
    local graph = directory.new {}
    graph.resolve = function() return {} end
    local people, message, code = own:read(audience.list { id "a" }, graph)
    assert.is_nil(people)
    assert.equal("the directory's answer has no list of users", message)
    assert.equal("NOT_JSON", code)
  end)

  it("is nobody when there are no entries", function()
    local graph = directory.new {}
    assert.same({}, keys(audience.list {}, graph))
    assert.equal(0, #graph.asked)
  end)
end)

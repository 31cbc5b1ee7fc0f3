local audience = require "crier.audience"

-- What a function raises, without the place in this file, which must be there.
local function raised(fn, ...)
  local ok, message = pcall(fn, ...)
  assert.is_false(ok)
  return (assert(message:match "audience_spec%.lua:%d+: (.*)", message))
end

describe("crier.audience #portable", function()
  describe(".users()", function()
    it("describes everybody, or those of a filter", function()
      local everybody = audience.users()
      assert.equal("users", everybody.kind)
      assert.is_nil(everybody.filter)
      assert.same({}, everybody.select)
      local some = audience.users { filter = "department eq 'Sales'",
        select = { "city", "employeeId" } }
      assert.equal("department eq 'Sales'", some.filter)
      assert.same({ "city", "employeeId" }, some.select)
    end)

    it("raises for misuse, at the line of the caller", function()
      local cases = {
        { "x", "crier.users takes a table" },
        { { fliter = "x" },
          "crier.users: unknown option 'fliter'; did you mean 'filter'?" },
        { { filter = 1 }, "crier.users: filter must be a string" },
        { { select = "city" },
          "crier.users: select must be a list of property names" },
        { { select = { "city,mail" } },
          "crier.users: 'city,mail' is not a property name" },
        { { select = { 1 } }, "crier.users: '1' is not a property name" },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[2], raised(function()
          local made = audience.users(case[1])
          return made
        end))
      end
    end)
  end)

  describe(".list()", function()
    it("describes people by id or UPN", function()
      local list = audience.list { "ann@contoso.com", "0a1b" }
      assert.equal("list", list.kind)
      assert.same({ "ann@contoso.com", "0a1b" }, list.people)
    end)

    it("raises for misuse, at the line of the caller", function()
      local cases = {
        { "ann", "crier.list takes a list of object ids or UPNs" },
        { { "ann", 7 }, "crier.list: entry 2 is not an object id or a UPN" },
        { { " " }, "crier.list: entry 1 is not an object id or a UPN" },
        { { ann = "x" }, "crier.list takes a list of object ids or UPNs" },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[2], raised(function()
          local made = audience.list(case[1])
          return made
        end))
      end
    end)
  end)

  describe(".csv()", function()
    it("describes a file and the person's column", function()
      local file = audience.csv("people.csv", { column = "mail" })
      assert.equal("csv", file.kind)
      assert.equal("people.csv", file.path)
      assert.equal("mail", file.column)
      assert.is_nil(audience.csv("people.csv").column)
    end)

    it("raises for misuse, at the line of the caller", function()
      local cases = {
        { nil, nil, "crier.csv takes a file name" },
        { "", nil, "crier.csv takes a file name" },
        { {}, nil, "crier.csv takes a file name" },
        { "a.csv", "mail", "crier.csv takes a table" },
        { "a.csv", { colum = "x" },
          "crier.csv: unknown option 'colum'; did you mean 'column'?" },
        { "a.csv", { column = 2 }, "crier.csv: column must be a string" },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[3], raised(function()
          local made = audience.csv(case[1], case[2])
          return made
        end))
      end
    end)
  end)

  describe("sets", function()
    local a, b, c = audience.users(), audience.list { "x" }, audience.csv "c.csv"

    it("are made by +, * and -, with Lua's precedence", function()
      local set = a + b * c
      assert.equal("+", set.operator)
      assert.equal(a, set[1])
      assert.equal("*", set[2].operator)
      assert.equal(b, set[2][1])
      assert.equal(c, set[2][2])
      assert.equal("-", (a - b).operator)
    end)

    it("combine with audiences only", function()
      local message = "audiences combine with audiences only: crier.users{…}"
        .. " - crier.csv \"opted-out.csv\""
      for _, other in ipairs { "opted-out.csv", 1, {} } do
        assert.equal(message, raised(function() return (a - other) end))
      end
      assert.equal(message, raised(function() return ({} + a) end))
    end)
  end)

  describe(".is()", function()
    it("tells audiences from everything else", function()
      assert.is_true(audience.is(audience.users()))
      assert.is_true(audience.is(audience.users() + audience.list {}))
      for _, other in ipairs { {}, "x", 1, true } do
        assert.is_false(audience.is(other))
      end
      assert.is_false(audience.is(nil))
    end)
  end)

  describe(".each_source()", function()
    it("visits sources from left to right, a repeated one again", function()
      local a, b = audience.list { "a" }, audience.list { "b" }
      local seen = {}
      audience.each_source((a - b) + (audience.users() - b), function(source)
        seen[#seen + 1] = source.people and source.people[1] or source.kind
      end)
      assert.same({ "a", "b", "users", "b" }, seen)
    end)
  end)
end)

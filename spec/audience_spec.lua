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

  describe(".jsonl()", function()
    it("describes a file and the person's member", function()
      local file = audience.jsonl("people.jsonl", { column = "mail" })
      assert.same({ "jsonl", "people.jsonl", "mail" }, { file.kind, file.path, file.column })
    end)
  end)

  describe("sources that Teams and the store know", function()
    it("are described", function()
      assert.is_true(audience.group("Sales").nested)
      assert.is_false(audience.group("Sales", { nested = false }).nested)
      assert.equal("Sales", audience.team("Sales").team)
      local channel = audience.channel("Sales", "News")
      assert.same({ "channel", "Sales", "News" },
        { channel.kind, channel.team, channel.channel })
      assert.is_nil(audience.channel("Sales").channel)
      assert.equal("Lunch", audience.chat("19:a@thread.v2", { name = "Lunch" }).name)
      assert.same({ "delivered" }, audience.previous("hello").states)
      assert.same({ "failed" }, audience.previous("hello", { state = "failed" }).states)
      assert.equal("nobody", audience.delta("welcome").first)
    end)

    it("raise for misuse, at the line of the caller", function()
      local cases = {
        { audience.group, "crier.group takes a group's id, mail address or name" },
        { audience.group, "crier.group takes a group's id, mail address or name", " " },
        { audience.group, "crier.group: unknown option 'nestd'; did you mean 'nested'?",
          "x", { nestd = true } },
        { audience.group, "crier.group: nested must be true or false", "x", { nested = 1 } },
        { audience.team, "crier.team takes a team's id or name", {} },
        { audience.channel, "crier.channel takes a team's id or name, and a channel's" },
        { audience.channel, "crier.channel takes a team's id or name, and a channel's",
          "x", 7 },
        { audience.chat, "crier.chat takes a group chat's id, 19:…@thread.v2" },
        { audience.chat, "crier.chat: 'Lunch' is not the id of a group chat, 19:…@thread.v2",
          "Lunch" },
        { audience.chat, "crier.chat: '19:a@thread.tacv2' is not the id of a group chat,"
          .. " 19:…@thread.v2", "19:a@thread.tacv2" },
        { audience.chat, "crier.chat: name must be a string", "19:a@thread.v2", { name = 1 } },
        { audience.chat, "crier.chat takes a table", "19:a@thread.v2", "Lunch" },
        { audience.jsonl, "crier.jsonl takes a file name" },
        { audience.jsonl, "crier.jsonl: column must be a string", "x", { column = 1 } },
        { audience.previous, "crier.previous takes the name of a campaign" },
        { audience.previous, "crier.previous: 'sent' is not one of delivered, failed,"
          .. " unknown, excluded, pending", "x", { state = "sent" } },
        { audience.previous, "crier.previous: state names at least one state", "x",
          { state = {} } },
        { audience.previous, "crier.previous: answered must be true or false", "x",
          { answered = "yes" } },
        { audience.previous, "crier.previous: clicked must be true or false", "x",
          { clicked = 1 } },
        { audience.delta, "crier.delta takes a key of letters, digits, '.', '_' and '-',"
          .. " at most 64", "two words" },
        { audience.delta, 'crier.delta: first must be "nobody" or "everybody"', "x",
          { first = true } },
        { audience.delta, "crier.delta: '$top' is not a property name", "x",
          { select = { "$top" } } },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[2], raised(function()
          local made = case[1](case[3], case[4])
          return made
        end))
      end
    end)
  end)

  describe(":where(), :sample() and :limit()", function()
    local everybody = audience.users()

    it("describe what is drawn, from any audience", function()
      local drawn = (everybody - audience.list {}):where(print):sample(5, 7):limit(3)
      assert.same({ "limit", 3 }, { drawn.kind, drawn.count })
      assert.same({ "sample", 5, "7" }, { drawn[1].kind, drawn[1].count, drawn[1].seed })
      assert.equal(print, drawn[1][1].predicate)
      assert.is_true(audience.is(drawn))
      assert.equal("", everybody:sample(1).seed)
    end)

    it("raise for misuse, at the line of the caller", function()
      local cases = {
        { "where", ":where takes a function of a recipient: audience:where(function(r)"
          .. " return r.department == \"Sales\" end)", "x" },
        { "sample", ":sample takes a number of recipients, at least 1" },
        { "sample", ":sample takes a number of recipients, at least 1", 0 },
        { "sample", ":sample takes a number of recipients, at least 1", 0.5 },
        { "sample", ":sample takes a number of recipients, and a seed", 5, {} },
        { "limit", ":limit takes a number of recipients, at least 1", "5" },
        { "limit", ":limit takes a number of recipients, at least 1", 0 / 0 },
        { "limit", ":limit takes a number of recipients, at least 1", math.huge },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[2], raised(function()
          local made = everybody[case[1]](everybody, case[3], case[4])
          return made
        end))
      end
    end)
  end)

  describe(".kinds()", function()
    it("tells what an audience may have", function()
      local chat = audience.chat "19:a@thread.v2"
      assert.same({ user = true }, audience.kinds(audience.users() - audience.csv "x"))
      assert.same({ chat = true, channel = true },
        audience.kinds(audience.channel "x" + chat))
      assert.same({ user = true, chat = true },
        audience.kinds((audience.group "x" + chat):limit(5)))
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

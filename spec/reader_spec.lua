local audience = require "crier.audience"
local cjson = require "cjson"
local directory = require "support.directory"
local reader = require "crier.audience.reader"
local reading = require "support.reading"

local id, user = directory.id, directory.user

describe("crier.audience.reader", function()
  local own

  before_each(function() own = reading.new() end)
  after_each(function() own:close() end)

  local function read(...)
    return own:read(...)
  end

  local function keys(...)
    return own:keys(...)
  end

  describe("of the directory", function()
    it("reads every page", function()
      local people, count = read(audience.users(), directory.new { user "a", user "b" })
      assert.equal(2, #people)
      assert.equal(2, count)
    end)

    it("stops the plan when somebody has no id, because nobody may be missing", function()
      for _, odd in ipairs { { id = cjson.null }, { id = "" }, { id = 7 }, 7 } do
        local people, message, code = read(audience.users(),
          directory.new { user "a", odd })
        assert.is_nil(people)
        assert.equal("the directory listed somebody without an id", message)
        assert.equal("NO_ID", code)
      end
    end)

    it("asks for the filter and for all fields that templates may see", function()
      local graph = directory.new {}
      read(audience.users { filter = "x eq 'y'", select = { "city", "mail" } }, graph)
      assert.equal("x eq 'y'", graph.asked[1].filter)
      assert.equal("id,userPrincipalName,displayName,givenName,surname,mail,"
        .. "jobTitle,department,officeLocation,mobilePhone,businessPhones,"
        .. "preferredLanguage,usageLocation,accountEnabled,userType,"
        .. "assignedPlans,city", graph.asked[1].select)
    end)

    it("selects the same for all sources", function()
      local graph = directory.new { user "a" }
      read(audience.users { select = { "city" } } + audience.list { id "a" }, graph)
      assert.equal(graph.asked[1].select, graph.asked[2].select)
    end)

    it("stops at a page that cannot be read", function()
      local refused = { kind = "refused", text = "no such page", code = "BadRequest" }
      local people, message, code, outcome = read(audience.users(),
        directory.new({}, function() return refused end))
      assert.is_nil(people)
      assert.equal("no such page", message)
      assert.equal("BadRequest", code)
      assert.equal(refused, outcome)
    end)
  end)

  describe("of a csv", function()
    it("gives its row to the person", function()
      local people = read(audience.csv "p.csv", directory.new { user "a" },
        { files = { ["p.csv"] = "upn,office\na@contoso.com,Oslo\n" } })
      assert.same({ upn = "a@contoso.com", office = "Oslo" },
        cjson.decode(people[1].csv))
      assert.equal("user:" .. id "a", people[1].key)
    end)

    it("merges duplicates into the first, however it is spelt", function()
      local people = read(audience.csv "p.csv", directory.new { user("a", { mail = "ann@x" }) },
        { files = { ["p.csv"] = ("id,n\nann@x,1\na@contoso.com,2\n%s,3\n%s,4\n"):format(
          id("a"):upper(), id "a") } })
      assert.equal(1, #people)
      assert.equal("1", cjson.decode(people[1].csv).n)
    end)

    it("excludes bad rows with file, line and reason", function()
      local people = read(audience.csv "p.csv", directory.new { user "a" },
        { files = { ["p.csv"] = "id,n\na@contoso.com,1\nb\n" } })
      assert.same({ "row:p.csv:3", "bad row",
        "p.csv line 3: 1 fields where the header has 2" },
        { people[1].key, people[1].excluded, people[1].detail })
      assert.equal("user:" .. id "a", people[2].key)
    end)

    it("names file and line of who is not in the directory", function()
      local people = read(audience.csv "p.csv", directory.new {},
        { files = { ["p.csv"] = "id\nx@y\n" } })
      assert.equal("p.csv line 2: x@y is not in the directory", people[1].detail)
    end)

    it("is refused, without the network, when it cannot be read", function()
      local prepared, message, code = reader.prepare(
        audience.users() - audience.csv "gone.csv", own.stage,
        { files = directory.files {} })
      assert.is_nil(prepared)
      assert.equal("cannot read gone.csv: No such file or directory", message)
      assert.equal("CSV", code)
    end)

    it("is refused, without the network, when it names no person", function()
      local prepared, message, code = reader.prepare(
        audience.csv("p.csv", { column = "mail" }), own.stage,
        { files = directory.files { ["p.csv"] = "id\n1\n" } })
      assert.is_nil(prepared)
      assert.equal("p.csv: no column 'mail' in the header row", message)
      assert.equal("CSV", code)
    end)
  end)

  describe("of JSON lines", function()
    it("gives the object to the person, bad lines by their number", function()
      local text = '{"upn":"a@contoso.com","tags":[]}\nnonsense\n\n{"n":1}\n'
      local people = read(audience.jsonl "p.jsonl", directory.new { user "a" },
        { files = { ["p.jsonl"] = text } })
      assert.equal('{"upn":"a@contoso.com","tags":[]}', people[3].csv)
      assert.same({ "p.jsonl line 2: not a JSON object",
        "p.jsonl line 4: no member id, upn, userPrincipalName or mail" },
        { people[1].detail, people[2].detail })
    end)
  end)

  describe("of sets", function()
    local graph = directory.new { user "a", user "b", user "c", user "d" }
    local function list(...)
      local people = {}
      for i, letter in ipairs { ... } do
        people[i] = id(letter)
      end
      return audience.list(people)
    end

    it("evaluates as Lua reads them", function()
      local all, out = audience.users(), audience.csv "out.csv"
      assert.same({ "a", "d" }, keys(all - out, graph,
        { files = { ["out.csv"] = "upn\nb@contoso.com\nC@contoso.com\n" } }))
      assert.same({ "b" }, keys(list("a", "b") * list("b", "c"), graph))
    end)

    it("takes one description as often as it is written", function()
      local out = list "b"
      assert.same({ "a", "c" }, keys((list("a", "b") - out) + (list("b", "c") - out), graph))
    end)

    it("warns of what leads to nobody, and does not count it", function()
      local files = { ["no.csv"] = "id,n\nb@contoso.com,1\nnobody@x,2\nshort\n",
        ["all.csv"] = "id,n\na@contoso.com,1\ngone@x,2\nshort\n" }
      local no, all = audience.csv "no.csv", audience.csv "all.csv"
      assert.same({ "a", "c", "d" }, keys(audience.users() - no, graph, { files = files }))
      local out = "2 rows of what is subtracted lead to nobody, and so keep nobody out: "
        .. "no.csv line 4: 1 fields where the header has 2; "
        .. "no.csv line 3: nobody@x is not in the directory"
      assert.same({ out }, own.stage:warnings())
      assert.same({ "row:all.csv:4 bad row", "a" },
        keys((all - no) * list("a", "b"), graph, { files = files }))
      assert.same({ out, "1 row of an intersection leads to nobody, and so lets nobody in: "
        .. "all.csv line 3: gone@x is not in the directory" }, own.stage:warnings())
    end)

    it("warns of a few by name, and of nobody that is counted", function()
      assert.same({ "1@x no such user", "a" }, keys(audience.list { id "a", "1@x" }
        + (audience.list { "1@x" } - audience.list { id "b" }), graph))
      assert.same({}, own.stage:warnings())
      keys(audience.users() - audience.list { "1@x", "2@x", "3@x", "4@x", "5@x" }, graph)
      assert.same({ "5 rows of what is subtracted lead to nobody, and so keep nobody out: "
        .. "list: 1@x is not in the directory; list: 2@x is not in the directory; "
        .. "list: 3@x is not in the directory; and 2 more" }, own.stage:warnings())
    end)

    it("stops when either side cannot be read", function()
      local broken = directory.new({ user "a" }, function(options)
        return options.filter and { kind = "refused", text = "no", code = "E" }
      end)
      for _, node in ipairs { audience.users() - audience.users { filter = "f" },
        audience.users { filter = "f" } + audience.users() } do
        local people, message = read(node, broken)
        assert.is_nil(people)
        assert.equal("no", message)
      end
    end)
  end)

  describe("of :where", function()
    local graph = directory.new { user("a", { department = "Sales" }),
      user("b", { department = "Legal" }), user "c" }

    it("keeps for whom the function is true, and sees the file's row", function()
      assert.same({ "a" }, keys(audience.users():where(function(recipient)
        return recipient.department == "Sales" and recipient.kind == "user"
      end), graph))
      assert.same({ "b" }, keys(audience.csv("p.csv"):where(function(recipient)
        return recipient.csv.floor == "2"
      end), graph, { files = { ["p.csv"] = "upn,floor\na@contoso.com,1\nb@contoso.com,2\n" } }))
    end)

    it("shows no null of a JSON line", function()
      assert.same({ "a" }, keys(audience.jsonl("p"):where(function(recipient)
        return recipient.csv.x == nil and recipient.csv.y.z == nil
      end), graph, { files = { p = '{"upn":"a@contoso.com","x":null,"y":{"z":null}}' } }))
    end)

    it("leaves a row that names nobody, with its reason", function()
      assert.same({ "row:p.csv:2 bad row", "x@y no such user" },
        keys(audience.csv("p.csv"):where(function() return false end), graph,
          { files = { ["p.csv"] = "upn,floor\n1\nx@y,2\na@contoso.com,2\n" } }))
    end)

    it("stops when the function raises, with file and line", function()
      local people, message, code = read(audience.users():where(function(recipient)
        return recipient.nothing.more
      end), graph)
      assert.is_nil(people)
      assert.matches("^spec/reader_spec%.lua:%d+: attempt to index .* %(in :where, for "
        .. id("a"):gsub("%-", "%%-") .. "%)$", message)
      assert.equal("AUDIENCE", code)
    end)

    it("adds the place to what is raised without one", function()
      for _, problem in ipairs { "no place", { 1 } } do
        local _, message = read(audience.users():where(function()
          error(problem, 0)
        end), graph)
        assert.matches("^spec/reader_spec%.lua:%d+: ", message)
      end
    end)

    it("stops when what it is drawn from cannot be read", function()
      local broken = directory.new({}, function()
        return { kind = "refused", text = "no", code = "E" }
      end)
      for _, node in ipairs { audience.users():where(print), audience.users():limit(1),
        audience.users():sample(1) } do
        local people, message = read(node, broken)
        assert.is_nil(people)
        assert.equal("no", message)
      end
    end)
  end)

  describe("of :sample and :limit", function()
    local people = {}
    for i = 1, 60 do
      local letters = ("%012x"):format(i * 7919)
      people[i] = { id = ("%s-0000-4000-8000-%s"):format(letters:sub(-8), letters),
        userPrincipalName = i .. "@contoso.com", accountEnabled = i % 6 ~= 0 }
    end
    local graph = directory.new(people)

    it("take no more than there are", function()
      assert.equal(50, #keys(audience.users():sample(100), graph))
      assert.equal(50, #keys(audience.users():limit(100), graph))
    end)

    it("take nobody who is excluded by default", function()
      for _, row in ipairs(read(audience.users():sample(40), graph)) do
        assert.equal("", row.flags)
      end
      assert.equal(40, #keys(audience.users():limit(40), graph))
    end)

    it("draw the same for one seed, others for another", function()
      local first = keys(audience.users():sample(10, "a"), graph)
      assert.equal(10, #first)
      assert.same(first, keys(audience.users():sample(10, "a"), graph))
      assert.is_not.same(first, keys(audience.users():sample(10, "b"), graph))
      assert.same(keys(audience.users():sample(10, 7), graph),
        keys(audience.users():sample(10, "7"), graph))
    end)

    it("keep who was drawn when others join or leave", function()
      local drawn, some = {}, {}
      for _, key in ipairs(keys(audience.users():sample(10, "a"), graph)) do
        drawn[key] = true
      end
      for i, one in ipairs(people) do
        some[#some + 1] = i % 2 == 0 and one or nil
      end
      local kept = 0
      for _, key in ipairs(keys(audience.users():sample(10, "a"), directory.new(some))) do
        kept = kept + (drawn[key] and 1 or 0)
      end
      local expected = 0
      for _, one in ipairs(some) do
        expected = expected + (drawn[one.id] and 1 or 0)
      end
      assert.equal(expected, kept)
      assert.is_true(expected > 0)
    end)

    it("take the first of a file in its order", function()
      local text = "upn\n60@contoso.com\n59@contoso.com\n3@contoso.com\n1@contoso.com\n"
      local found = {}
      for _, row in ipairs(read(audience.csv("p.csv"):limit(2), graph,
        { files = { ["p.csv"] = text } })) do
        found[row.upn] = true
      end
      assert.same({ ["59@contoso.com"] = true, ["3@contoso.com"] = true }, found)
    end)
  end)

  describe(".selected()", function()
    it("collects from all sources", function()
      assert.same({ "city", "mail" }, reader.selected(
        audience.users { select = { "city" } } - audience.list {}
          + audience.users({ select = { "mail" } }):limit(1)))
    end)
  end)
end)

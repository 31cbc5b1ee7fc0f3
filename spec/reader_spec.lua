local audience = require "crier.audience"
local audience_stage = require "crier.audience.stage"
local cjson = require "cjson"
local loop = require "crier.loop"
local reader = require "crier.audience.reader"

local clock = { now_ms = function() return 0 end }
local transport = { submit = function() end, step = function() return {} end }

-- A directory of people that answers like `client.graph`, and notes what it
-- was asked.
local function directory(people, changes)
  local self = { asked = {}, people = people }
  local function matches(user, filter)
    for property, value in filter:gmatch "(%w+) eq '(.-)'" do
      if user[property] and user[property]:lower() == value:lower() then
        return true
      end
    end
    return false
  end
  function self.users(_, options)
    self.asked[#self.asked + 1] = options
    local found = {}
    for _, user in ipairs(people) do
      if not options.filter or matches(user, options.filter) then
        found[#found + 1] = user
      end
    end
    return { value = found }
  end
  function self.user(_, who, select)
    self.asked[#self.asked + 1] = { who = who, select = select }
    for _, user in ipairs(people) do
      if user.id == who or user.userPrincipalName == who then
        return user
      end
    end
    return nil, "not found", "Request_ResourceNotFound", { kind = "absent" }
  end
  for name, method in pairs(changes or {}) do
    self[name] = method
  end
  return self
end

local function user(id, changes)
  local made = { id = id, userPrincipalName = id .. "@contoso.com",
    displayName = id:upper() }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

-- Files of a campaign, by name.
local function files(texts)
  return { open_csv = function(_, path)
    local text = texts[path]
    if not text then
      return nil, "cannot read " .. path .. ": No such file or directory", "FILE"
    end
    return function()
      local piece = text
      text = nil
      return piece
    end
  end }
end

describe("crier.audience.reader", function()
  local stage

  before_each(function() stage = audience_stage.new() end)
  after_each(function() stage:close() end)

  -- Reads an audience; gives its people, or nil and what went wrong.
  local function read(node, graph, texts)
    local prepared, message, code = reader.prepare(node, stage, files(texts or {}))
    if not prepared then
      return nil, message, code
    end
    local machine, count = loop.new { transport = transport, clock = clock }, 0
    local results = { machine:run(function()
      return reader.resolve(node, { stage = stage, prepared = prepared,
        client = { graph = graph, loop = machine },
        select = reader.selected(node),
        progress = function(more) count = count + more end })
    end) }
    if not results[1] then
      return nil, results[2], results[3], results[4]
    end
    return stage:people(results[1], "", 1000), count
  end

  local function keys(...)
    local found = {}
    for i, row in ipairs(assert(read(...))) do
      found[i] = row.key .. (row.excluded and " " .. row.excluded or "")
    end
    return found
  end

  describe("of the directory", function()
    it("reads every page", function()
      local pages = { { value = { user "a", user "b" }, ["@odata.nextLink"] = "p2" },
        { value = {}, ["@odata.nextLink"] = "p3" },
        { value = { user "c" } } }
      local links = {}
      local graph = directory({}, {
        users = function() return pages[1] end,
        next = function(_, link)
          links[#links + 1] = link
          return pages[#links + 1]
        end,
      })
      local people, count = read(audience.users(), graph)
      assert.equal(3, #people)
      assert.equal(3, count)
      assert.same({ "p2", "p3" }, links)
    end)

    it("stops the plan when somebody has no id, because nobody may be missing", function()
      for _, odd in ipairs { { id = cjson.null }, { id = "" }, { id = 7 }, 7 } do
        local people, message, code = read(audience.users(),
          directory({}, { users = function() return { value = { user "a", odd } } end }))
        assert.is_nil(people)
        assert.equal("the directory listed somebody without an id", message)
        assert.equal("NO_ID", code)
      end
    end)

    it("stops the plan when a page comes again", function()
      local page = { value = { user "a" }, ["@odata.nextLink"] = "p1" }
      local people, message, code = read(audience.users(), directory({}, {
        users = function() return page end,
        next = function() return page end,
      }))
      assert.is_nil(people)
      assert.equal("the directory's listing has no end: a page comes again", message)
      assert.equal("ENDLESS", code)
    end)

    it("follows the pages of a look-up, empty ones too", function()
      assert.same({ "user:a" }, keys(audience.list { "a" }, directory({}, {
        users = function() return { value = {}, ["@odata.nextLink"] = "p2" } end,
        next = function() return { value = { user "a" } } end,
      })))
    end)

    it("asks for the filter and for all fields that templates may see", function()
      local graph = directory {}
      read(audience.users { filter = "x eq 'y'", select = { "city", "mail" } }, graph)
      assert.equal("x eq 'y'", graph.asked[1].filter)
      assert.equal("id,userPrincipalName,displayName,givenName,surname,mail,"
        .. "jobTitle,department,officeLocation,mobilePhone,businessPhones,"
        .. "preferredLanguage,usageLocation,accountEnabled,userType,"
        .. "assignedPlans,city", graph.asked[1].select)
    end)

    it("selects the same for all sources", function()
      local graph = directory { user "a" }
      read(audience.users { select = { "city" } } + audience.list { "a" }, graph)
      assert.equal(graph.asked[1].select, graph.asked[2].select)
    end)

    it("stops at a page that cannot be read", function()
      local refused = { kind = "refused" }
      local graph = directory({}, {
        users = function()
          return { value = { user "a" }, ["@odata.nextLink"] = "p2" }
        end,
        next = function() return nil, "no such page", "BadRequest", refused end,
      })
      local people, message, code, outcome = read(audience.users(), graph)
      assert.is_nil(people)
      assert.equal("no such page", message)
      assert.equal("BadRequest", code)
      assert.equal(refused, outcome)
    end)

    it("stops at an answer without a list", function()
      for _, document in ipairs { {}, { value = cjson.null }, { value = "x" } } do
        local people, message, code = read(audience.users(),
          directory({}, { users = function() return document end }))
        assert.is_nil(people)
        assert.equal("the directory's answer has no list of users", message)
        assert.equal("NOT_JSON", code)
      end
    end)
  end)

  describe("of a list", function()
    it("looks people up by id or UPN, letter case and blanks aside", function()
      local graph = directory { user "a", user "b" }
      assert.same({ "user:a", "user:b" },
        keys(audience.list { " A ", "B@Contoso.com", "b" }, graph))
      assert.equal("id eq 'A' or userPrincipalName eq 'B@Contoso.com'"
        .. " or id eq 'b'", graph.asked[1].filter)
    end)

    it("asks for 15 at a time", function()
      local people, list = {}, {}
      for i = 1, 40 do
        people[i] = user(("p%02d"):format(i))
        list[i] = people[i].id
      end
      local graph = directory(people)
      assert.equal(40, #keys(audience.list(list), graph))
      assert.equal(3, #graph.asked)
      assert.equal(15, select(2, graph.asked[1].filter:gsub(" eq ", "")))
    end)

    it("doubles a quote in a filter", function()
      local graph = directory {}
      read(audience.list { "o'hara@x" }, graph)
      assert.equal("userPrincipalName eq 'o''hara@x'", graph.asked[1].filter)
    end)

    it("excludes who is not in the directory, and says where it stood", function()
      local people = read(audience.list { "x@contoso.com", "nobody" }, directory {})
      assert.same({ "user:nobody", "no such user", "list: nobody is not in the"
        .. " directory" }, { people[1].key, people[1].excluded, people[1].detail })
      assert.equal("x@contoso.com", people[2].upn)
      assert.is_nil(people[1].upn)
    end)

    it("asks one by one when the filter is refused", function()
      local graph = directory { user "a" }
      graph.users = function()
        return nil, "Invalid filter clause", "Request_BadRequest",
          { kind = "refused" }
      end
      assert.same({ "user:a", "user:not/an/id no such user" },
        keys(audience.list { "a", "not/an/id" }, graph))
      assert.equal("a", graph.asked[1].who)
    end)

    it("stops when a look-up fails for another reason", function()
      for _, changes in ipairs {
        { users = function() return nil, "no", "E", { kind = "misconfigured" } end },
        { users = function() return nil, "x", "F", { kind = "refused" } end,
          user = function() return nil, "no", "E", { kind = "transient" } end },
      } do
        local people, message, code = read(audience.list { "a", "b" },
          directory({ user "a" }, changes))
        assert.is_nil(people)
        assert.equal("no", message)
        assert.equal("E", code)
      end
    end)

    it("is nobody when it is empty", function()
      local graph = directory {}
      assert.same({}, keys(audience.list {}, graph))
      assert.equal(0, #graph.asked)
    end)
  end)

  describe("of a csv", function()
    it("gives its row to the person", function()
      local people = read(audience.csv "p.csv", directory { user "a" },
        { ["p.csv"] = "upn,office\na@contoso.com,Oslo\n" })
      assert.same({ upn = "a@contoso.com", office = "Oslo" },
        cjson.decode(people[1].csv))
      assert.equal("user:a", people[1].key)
    end)

    it("merges duplicates into the first", function()
      local people = read(audience.csv "p.csv", directory { user "a" },
        { ["p.csv"] = "id,n\na,1\nA,2\na@contoso.com,3\n" })
      assert.equal(0, #people - 1)
    end)

    it("excludes bad rows with file, line and reason", function()
      local people = read(audience.csv "p.csv", directory { user "a" },
        { ["p.csv"] = "id,n\na,1\nb\n" })
      assert.same({ "row:p.csv:3", "bad row",
        "p.csv line 3: 1 fields where the header has 2" },
        { people[1].key, people[1].excluded, people[1].detail })
      assert.equal("user:a", people[2].key)
    end)

    it("names file and line of who is not in the directory", function()
      local people = read(audience.csv "p.csv", directory {},
        { ["p.csv"] = "id\nx\n" })
      assert.equal("p.csv line 2: x is not in the directory", people[1].detail)
    end)

    it("is refused, without the network, when it cannot be read", function()
      local prepared, message, code = reader.prepare(
        audience.users() - audience.csv "gone.csv", stage, files {})
      assert.is_nil(prepared)
      assert.equal("cannot read gone.csv: No such file or directory", message)
      assert.equal("CSV", code)
    end)

    it("is refused, without the network, when it names no person", function()
      local prepared, message, code = reader.prepare(
        audience.csv("p.csv", { column = "mail" }), stage,
        files { ["p.csv"] = "id\n1\n" })
      assert.is_nil(prepared)
      assert.equal("p.csv: no column 'mail' in the header row", message)
      assert.equal("CSV", code)
    end)
  end)

  describe("of sets", function()
    local graph = directory { user "a", user "b", user "c", user "d" }

    it("evaluates as Lua reads them", function()
      local all, out = audience.users(), audience.csv "out.csv"
      assert.same({ "user:a", "user:d" }, keys(all - out, graph,
        { ["out.csv"] = "id\nb\nC@contoso.com\n" }))
      assert.same({ "user:b" }, keys(audience.list { "a", "b" }
        * audience.list { "b", "c" }, graph))
    end)

    it("takes one description as often as it is written", function()
      local out = audience.list { "b" }
      assert.same({ "user:a", "user:c" }, keys((audience.list { "a", "b" } - out)
        + (audience.list { "b", "c" } - out), graph))
    end)

    it("stops when either side cannot be read", function()
      local broken = directory({}, { users = function(_, options)
        if options.filter then
          return nil, "no", "E", { kind = "refused" }
        end
        return { value = { user "a" } }
      end })
      for _, node in ipairs { audience.users() - audience.users { filter = "f" },
        audience.users { filter = "f" } + audience.users() } do
        local people, message = read(node, broken)
        assert.is_nil(people)
        assert.equal("no", message)
      end
    end)
  end)

  describe(".selected()", function()
    it("collects from all sources", function()
      assert.same({ "city", "mail" }, reader.selected(
        audience.users { select = { "city" } } - audience.list {}
          + audience.users { select = { "mail" } }))
    end)
  end)
end)

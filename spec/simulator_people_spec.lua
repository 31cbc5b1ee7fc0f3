local cjson = require "cjson"
local encoding = require "crier.simulator.encoding"
local people = require "crier.simulator.people"
local units = require "crier.simulator.units"
local random = require "crier.simulator.random"
local simulated = require "support.simulated"

local function organisation(count, seed)
  return people.new({ users = count, seed = seed or 1, domain = "northwind.example" })
end

describe("crier.simulator.random #portable", function()
  it("gives the same numbers in every Lua", function()
    assert.equal(54691563, random.hash(1, 2, 3, 4))
    assert.equal(11751904, random.hash(4294967295, 4294967295, 4294967295, 4294967295))
    assert.equal(52662045, random.text("hello"))
    assert.equal(1, random.multiply(4294967295, 4294967295))
  end)

  it("spreads evenly, whichever word counts up", function()
    for word = 1, 4 do
      local below = 0
      for i = 1, 20000 do
        local words = { 7, 7, 7, 7 }
        words[word] = i
        if random.unit(words[1], words[2], words[3], words[4]) < 0.1 then
          below = below + 1
        end
      end
      assert.is_true(math.abs(below - 2000) < 200)
    end
  end)

  it("decides neighbours and repetitions apart from each other", function()
    local both, neighbours = 0, 0
    for k = 1, 40000 do
      local first = random.unit(1, 2, k, 1) < 0.1
      if first and random.unit(1, 2, k, 2) < 0.1 then both = both + 1 end
      if first and random.unit(1, 2, k + 1, 1) < 0.1 then neighbours = neighbours + 1 end
    end
    assert.is_true(math.abs(both - 400) < 80)
    assert.is_true(math.abs(neighbours - 400) < 80)
  end)
end)

describe("crier.simulator.people #portable", function()
  it("makes the same people from the same seed", function()
    local first, again, other = organisation(50), organisation(50), organisation(50, 2)
    local differing = 0
    for k = 1, 50 do
      assert.equal(first:id(k), again:id(k))
      assert.equal(first:value(k, "displayName"), again:value(k, "displayName"))
      differing = differing + (first:value(k, "displayName") ~= other:value(k, "displayName")
        and 1 or 0)
    end
    assert.is_true(differing > 40)
    assert.equal("a0f0b173", first:id(1):sub(1, 8))
    assert.equal("callum.thomas1@northwind.example", first:value(1, "userPrincipalName"))
  end)

  it("finds everybody by id and by principal name, in any case", function()
    local all, seen = organisation(1000), {}
    for k = 1, 1000 do
      local id, name = all:id(k), all:value(k, "userPrincipalName")
      assert.is_nil(seen[id])
      seen[id] = true
      assert.is_truthy(id:find("^%x+%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x+$"))
      assert.equal(36, #id)
      assert.equal(k, all:find(id:upper()))
      assert.equal(k, all:find(name:upper()))
    end
  end)

  it("finds nobody else", function()
    local all = organisation(10)
    local more = organisation(11)
    for _, who in ipairs({ "", "x", "callum.thomas@northwind.example",
      "callum.thomas2@northwind.example", more:id(11), more:value(11, "userPrincipalName"),
      all:id(1):sub(1, 35) .. "g", "00000000-0000-4000-8000-000000000000" }) do
      assert.is_nil(all:find(who))
    end
  end)

  it("has of each 200 people exactly so many of each kind", function()
    local all = organisation(600)
    for first = 1, 401, 200 do
      local counts = {}
      for k = first, first + 199 do
        local kind = all:kind(k)
        counts[kind] = (counts[kind] or 0) + 1
      end
      assert.same({ guest = 3, old_guest = 1, plain_guest = 1, disabled = 4, room = 2, mailbox = 1,
        no_teams = 2, revoked = 1, unplanned = 3, null_type = 2, no_type = 1, member = 179 },
        counts)
    end
  end)

  it("gives each kind the properties it is known by", function()
    local client = simulated.new({ users = 200 })
    local function shown(kind)
      local _, id = client.person(kind)
      local response = client.get("users/" .. id,
        "$select=userPrincipalName,userType,accountEnabled,assignedPlans")
      return cjson.decode(response.body), response.body
    end
    local user, text, _ = shown("guest")
    assert.equal("Guest", user.userType)
    assert.is_truthy(user.userPrincipalName:find("#EXT#@", 1, true))
    assert.is_truthy(text:find('"assignedPlans":[]', 1, true))
    user = shown("old_guest")
    assert.equal(cjson.null, user.userType)
    assert.is_truthy(user.userPrincipalName:find("#EXT#@", 1, true))
    user = shown("plain_guest")
    assert.equal("Guest", user.userType)
    assert.is_nil(user.userPrincipalName:find("#", 1, true))
    assert.is_false(shown("disabled").accountEnabled)
    assert.is_false(shown("room").accountEnabled)
    user, text = shown("mailbox")
    assert.is_true(user.accountEnabled)
    assert.is_truthy(text:find('"assignedPlans":[]', 1, true))
    _, text = shown("no_teams")
    assert.is_nil(text:find("TeamspaceAPI", 1, true))
    _, text = shown("revoked")
    assert.is_truthy(text:find('"capabilityStatus":"Deleted","service":"TeamspaceAPI"', 1, true))
    assert.is_nil(shown("unplanned").assignedPlans)
    assert.equal(cjson.null, shown("null_type").userType)
    assert.is_nil(shown("no_type").userType)
    user, text = shown("member")
    assert.equal("Member", user.userType)
    assert.is_true(user.accountEnabled)
    assert.is_truthy(text:find('"capabilityStatus":"Enabled","service":"TeamspaceAPI"', 1, true))
  end)
end)

describe("crier.simulator.encoding #portable", function()
  it("writes JSON with names in order and whole numbers as such", function()
    assert.equal('{"a":[1,2.5,true],"b":null,"c":[],"d":"\\"\\\\\\n\\u0001ä","e":1700000000123}',
      encoding.json({ a = { 1.0, 2.5, true }, b = encoding.null, c = encoding.raw("[]"),
        d = '"\\\n\1ä', e = 1700000000123 }))
  end)

  it("undoes what it does", function()
    for length = 0, 5 do
      local text = ("\0ÿ+/="):sub(1, length)
      assert.equal(text, encoding.from_base64(encoding.to_base64(text)))
      assert.equal(text, encoding.unescape(encoding.escape(text)))
    end
    assert.same({ a = "1 2", ["$b"] = "x=y+" }, encoding.parse_form("a=1+2&%24b=x=y%2B"))
  end)

  it("writes times and counts UTF-16", function()
    assert.equal("2023-11-14T22:13:20.007Z", encoding.iso_time(1700000000007.9))
    assert.equal(8, encoding.utf16_bytes("aé😀"))
  end)
end)

describe("crier.simulator.users #portable", function()
  local function read(client, query, headers)
    local response = client.get("users", query, headers)
    return response, response.status == 200 and cjson.decode(response.body) or nil
  end

  -- Follows the next links; returns ids in order and how large the pages were.
  local function read_all(client, query, headers)
    local ids, sizes = {}, {}
    local response, page = read(client, query, headers)
    while page and #sizes < 1000 do
      sizes[#sizes + 1] = #page.value
      for _, user in ipairs(page.value) do
        ids[#ids + 1] = user.id
      end
      local link = page["@odata.nextLink"]
      if not link then
        return ids, sizes
      end
      headers = headers or {}
      headers.authorization = client.graph_token
      response = client.call({ method = "GET", url = link, headers = headers })
      page = cjson.decode(response.body)
    end
    error("the pages do not end: " .. response.body)
  end

  it("lists each person once, over all pages", function()
    local client = simulated.new({ users = 250 })
    local ids, sizes = read_all(client, "$select=id&$top=7")
    assert.equal(250, #ids)
    for k = 1, 250 do
      assert.equal(client.sim.people:id(k), ids[k])
    end
    local empty = 0
    for _, size in ipairs(sizes) do
      if size == 0 then empty = empty + 1 end
    end
    assert.is_true(empty >= 1 and empty <= 15)
  end)

  it("gives 100 people a page unless told", function()
    local _, sizes = read_all(simulated.new({ users = 101 }), nil)
    local full = {}
    for _, size in ipairs(sizes) do
      if size > 0 then full[#full + 1] = size end
    end
    assert.same({ 100, 1 }, full)
  end)

  it("lists nobody when there is nobody", function()
    local _, page = read(simulated.new({ users = 0 }))
    assert.same({}, page.value)
    assert.is_nil(page["@odata.nextLink"])
  end)

  it("names the host that was asked in the next link", function()
    local client = simulated.new({ users = 30 })
    local _, page = read(client, "$top=10", { host = "127.0.0.1:8080" })
    assert.is_truthy(page["@odata.nextLink"]:find(
      "^http://127%.0%.0%.1:8080/v1%.0/users%?%$top=10&%$skiptoken="))
    local response = client.call({ method = "GET", url = "https://graph.microsoft.us/v1.0/users"
      .. "?$top=10", headers = { authorization = client.graph_token } })
    assert.is_truthy(cjson.decode(response.body)["@odata.nextLink"]:find(
      "^https://graph%.microsoft%.us/v1%.0/users%?"))
  end)

  it("has the default properties, or the selected ones", function()
    local client = simulated.new()
    local _, id = client.person("member")
    local names = {}
    for name in pairs(cjson.decode(client.get("users/" .. id).body)) do
      names[#names + 1] = name
    end
    table.sort(names)
    assert.same({ "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail",
      "mobilePhone", "officeLocation", "preferredLanguage", "surname", "userPrincipalName" },
      names)
    assert.equal('{"id":"' .. id .. '","companyName":"Northwind"}',
      client.get("users/" .. id, "$select=id,companyName").body)
  end)

  it("refuses what Graph refuses", function()
    local client = simulated.new()
    local function refusal(query, headers)
      local response = client.get("users", query, headers)
      return { response.status, simulated.code(response) }
    end
    for _, top in ipairs({ "0", "1000", "-1", "x", "1.5", "" }) do
      assert.same({ 400, "Request_BadRequest" }, refusal("$top=" .. top .. "&a=b"))
    end
    assert.same({ 400, "Request_BadRequest" }, refusal("$select=id,colour"))
    assert.same({ 501, "NotImplemented" }, refusal("$select=mailboxSettings"))
    assert.same({ 400, "Request_UnsupportedQuery" }, refusal("$skip=10"))
    assert.same({ 400, "Request_UnsupportedQuery" }, refusal("$count=true"))
    assert.same({ 400, "Request_UnsupportedQuery" }, refusal("$filter=userType ne 'Guest'"))
    assert.same({ 400, "Request_UnsupportedQuery" },
      refusal("$count=true&$filter=userType ne 'Guest'"))
    assert.same({ 400, "Request_UnsupportedQuery" },
      refusal("$filter=userType ne 'Guest'", { consistencylevel = "eventual" }))
    assert.same({ 400, "Directory_ExpiredPageToken" }, refusal("$skiptoken=x"))
    assert.same({ 404, "Request_ResourceNotFound" }, (function()
      local response = client.get("users/nobody@northwind.example")
      return { response.status, simulated.code(response) }
    end)())
  end)

  it("counts on the first page, and wants the header on each", function()
    local client = simulated.new({ users = 200 })
    local headers = { consistencylevel = "eventual" }
    local query = "$count=true&$top=100&$select=id&$filter=accountEnabled ne false"
    local _, page = read(client, query, headers)
    assert.equal(194, page["@odata.count"])
    assert.equal(194, #read_all(client, query, headers))
    local response = client.call({ method = "GET", url = page["@odata.nextLink"],
      headers = { authorization = client.graph_token } })
    assert.equal(400, response.status)
    response = client.call({ method = "GET", url = page["@odata.nextLink"],
      headers = { authorization = client.graph_token, consistencylevel = "eventual" } })
    assert.is_nil(cjson.decode(response.body)["@odata.count"])
  end)

  it("costs resource units by the query", function()
    local function cost(base, query)
      return units.of(base)({ query = query })
    end
    assert.equal(2, cost(2, {}))
    assert.equal(1, cost(2, { ["$select"] = "id" }))
    assert.equal(1, cost(2, { ["$top"] = "19" }))
    assert.equal(2, cost(2, { ["$top"] = "20" }))
    assert.equal(1, cost(2, { ["$select"] = "id", ["$top"] = "1" }))
    assert.equal(1, cost(1, {}))
    assert.equal(6, cost(5, { ["$expand"] = "x" }))
  end)
end)

describe("crier.simulator.filter #portable", function()
  local filter = require "crier.simulator.filter"
  local rows = {
    { name = "Ann", enabled = true, city = "Oslo" },
    { name = "ben o'hara", enabled = false },
    { name = "Cid", enabled = true, city = "Ålesund" },
    { name = "Dan", city = "oslo" },
  }
  local fields = { tags = { type = "list" } }
  for name, kind in pairs({ name = "string", city = "string", enabled = "boolean" }) do
    fields[name] = { type = kind, get = function(row) return row[name] end }
  end

  local function matches(text, is_basic)
    local keep, message, code = filter.compile(text, fields, "thing", not is_basic)
    if not keep then
      return message, code
    end
    local found = ""
    for i, row in ipairs(rows) do
      found = found .. (keep(row) and ("%d"):format(i) or "")
    end
    return found
  end

  it("compares text without regard to case, booleans and null", function()
    assert.equal("14", matches("city eq 'OSLO'"))
    assert.equal("23", matches("city ne 'Oslo'"))
    assert.equal("2", matches("city eq null"))
    assert.equal("134", matches("city ne null"))
    assert.equal("13", matches("enabled eq true"))
    assert.equal("24", matches("enabled ne true"))
    assert.equal("2", matches("name eq 'Ben O''Hara'"))
    assert.equal("12", matches("name in ('ann', 'ben o''hara')"))
  end)

  it("knows and, or, not, parentheses, startsWith and endsWith", function()
    assert.equal("134", matches("enabled eq true or city eq 'Oslo' and name eq 'Dan'"))
    assert.equal("4", matches("(enabled eq true or city eq 'Oslo') and name eq 'Dan'"))
    assert.equal("24", matches("not (enabled eq true)"))
    assert.equal("24", matches("not(enabled eq true)"))
    assert.equal("14", matches("startsWith(city,'os')"))
    assert.equal("2", matches("startswith(name, 'BEN')"))
    assert.equal("3", matches("endsWith(city,'sund')"))
    assert.equal("1234", matches("startsWith(name,'')"))
    assert.equal("14", matches("((((city eq 'Oslo'))))"))
  end)

  it("wants advanced queries for ne, not and endsWith", function()
    for _, text in ipairs({ "city ne 'Oslo'", "not city eq 'Oslo'", "endsWith(city,'o')" }) do
      local _, code = matches(text, true)
      assert.equal("Request_UnsupportedQuery", code)
    end
    assert.equal("14", matches("city eq 'Oslo'", true))
  end)

  it("refuses what it does not know", function()
    local cases = {
      ["colour eq 'red'"] = "Request_BadRequest", ["tags eq 'x'"] = "Request_UnsupportedQuery",
      ["name gt 'a'"] = "Request_UnsupportedQuery", ["enabled eq 'true'"] = "Request_BadRequest",
      ["name eq true"] = "Request_BadRequest", ["name eq 1"] = "Request_BadRequest",
      ["contains(name,'x')"] = "Request_UnsupportedQuery",
      ["startsWith(enabled,'x')"] = "BadRequest",
      [""] = "BadRequest", ["name"] = "BadRequest", ["name eq"] = "Request_BadRequest",
      ["name eq 'x"] = "BadRequest", ["(name eq 'x'"] = "BadRequest",
      ["name eq 'x')"] = "BadRequest", ["name eq 'x' and"] = "BadRequest",
      ["name eq 'x' name eq 'y'"] = "BadRequest", ["name = 'x'"] = "BadRequest",
      ["and"] = "Request_BadRequest", ["not"] = "BadRequest", ["startsWith(name)"] = "BadRequest",
      ["name in ()"] = "Request_BadRequest",
    }
    for text, expected in pairs(cases) do
      local message, code = matches(text)
      assert.equal(expected, code, text)
      assert.is_truthy(message:find("^Invalid filter clause: "))
    end
  end)
end)

local cjson = require "cjson"
local simulated = require "support.simulated"

local ACTIVITY = '{"type":"message","text":"To all"}'

describe("crier.simulator.sendings #portable", function()
  local sim

  local function new(options)
    options = options or {}
    options.installed = options.installed or 1
    options.users = options.users or 200
    options.limits = options.limits or "off"
    sim = simulated.new(options)
  end

  before_each(function()
    new()
  end)

  local function ask(method, path, body, query)
    local response = sim.call({ method = method, path = "/teams/v3/batch/conversation/" .. path,
      body = body, query = query, headers = { authorization = sim.bot_token } })
    local text = response.body
    return response.status, text and text:find("^[{%[]") and cjson.decode(text) or text,
      response.headers
  end

  local function start(kind, more, tenant)
    return ask("POST", kind, '{"activity":' .. ACTIVITY .. ',"tenantId":"'
      .. (tenant or sim.sim.tenant) .. '"' .. (more or "") .. "}")
  end

  local function members(ids)
    local out = {}
    for i, id in ipairs(ids) do
      out[i] = { id = id }
    end
    return ',"members":' .. cjson.encode(out)
  end

  -- Ids of the first people who can have the app.
  local function reachable(count)
    local out = {}
    for k = 1, sim.sim.people.count do
      if sim.sim.people:is_reachable(k) and #out < count then
        out[#out + 1] = sim.sim.people:id(k)
      end
    end
    return out
  end

  local function recipients()
    local found = {}
    local text = sim.call({ method = "GET", path = "/_sandbox/deliveries" }).body
    for line in text:gmatch("[^\n]+") do
      found[#found + 1] = cjson.decode(line).recipient
    end
    return found
  end

  it("delivers in its own time, and tells how far it is", function()
    local ids = reachable(50)
    local status, made = start("users", members(ids))
    assert.equal(201, status)
    local function state()
      return select(2, ask("GET", made.operationId))
    end
    assert.same({ state = "Ongoing", statusMap = {}, totalEntriesCount = 50,
      retryAfter = "2023-11-14T22:13:21.500Z" }, state())
    sim.now_ms = sim.now_ms + 1190
    assert.same({ ["201"] = 20 }, state().statusMap)
    assert.equal(20, #recipients())
    sim.now_ms = sim.now_ms + 1000
    local done = state()
    assert.same({ "Completed", 50 }, { done.state, done.statusMap["201"] })
    assert.is_nil(done.retryAfter)
    assert.same(ids, recipients())
    assert.equal(50, sim.sim:stats().recipients)
  end)

  it("tells whom it did not reach, by page", function()
    new({ installed = 0, users = 400 })
    local ids = reachable(150)
    ids[#ids + 1] = "nobody"
    local _, made = start("users", members(ids))
    sim.now_ms = sim.now_ms + 10000
    local _, state = ask("GET", made.operationId)
    assert.same({ "Failed", { ["403"] = 150, ["404"] = 1 } }, { state.state, state.statusMap })
    local _, first = ask("GET", "failedentries/" .. made.operationId)
    assert.equal(100, #first.failedEntryResponses)
    assert.same({ entryId = ids[1], error = "403 BotNotInConversationRoster" },
      first.failedEntryResponses[1])
    local _, second = ask("GET", "failedentries/" .. made.operationId, nil,
      "continuationToken=" .. first.continuationToken)
    assert.equal(51, #second.failedEntryResponses)
    assert.same({ entryId = "nobody", error = "404 ConversationNotFound" },
      second.failedEntryResponses[51])
    assert.is_nil(second.continuationToken)
    assert.same({}, recipients())
  end)

  it("takes accounts of the bot, and those who blocked it as failed", function()
    new({ faults = "blocked=1" })
    local account = sim.sim.connector.conversations:account((sim.person("member")))
    local _, made = start("users", members({ account }))
    sim.now_ms = sim.now_ms + 5000
    local _, failed = ask("GET", "failedentries/" .. made.operationId)
    assert.equal(account, failed.failedEntryResponses[1].entryId)
    assert.is_truthy(failed.failedEntryResponses[1].error:find("^403 "))
  end)

  it("stops when it is cancelled; what was delivered stays", function()
    local _, made = start("users", members(reachable(50)))
    sim.now_ms = sim.now_ms + 1190
    assert.equal(200, (ask("DELETE", made.operationId)))
    sim.now_ms = sim.now_ms + 10000
    assert.equal(200, (ask("DELETE", made.operationId)))
    local _, state = ask("GET", made.operationId)
    assert.same({ "Canceled", { ["201"] = 20 } }, { state.state, state.statusMap })
    assert.equal(20, #recipients())
  end)

  it("reaches the tenant, a team and channels", function()
    local _, made = start("tenant")
    sim.now_ms = sim.now_ms + 10000
    local _, state = ask("GET", made.operationId)
    assert.equal(#reachable(200), state.totalEntriesCount)
    assert.equal(#reachable(200), state.statusMap["201"])
    local team = sim.sim.organization.teams[1]
    local channels = sim.sim.organization:channels(team)
    assert.same(403, (start("team", ',"teamId":"' .. channels[1].id .. '"')))
    sim.call({ method = "POST", path = "/v1.0/teams/" .. team.id .. "/installedApps",
      headers = { authorization = sim.graph_token }, body = '{"teamsApp@odata.bind":'
        .. '"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/' .. sim.sim.catalog_id
        .. '"}' })
    sim.now_ms = sim.now_ms + 1000
    _, made = start("team", ',"teamId":"' .. channels[1].id .. '"')
    sim.now_ms = sim.now_ms + 10000
    _, state = ask("GET", made.operationId)
    assert.is_true(state.totalEntriesCount > 0)
    assert.same({ ["201"] = state.totalEntriesCount }, state.statusMap)
    _, made = start("channels", members({ channels[1].id, channels[2].id, channels[3].id, "x" }))
    sim.now_ms = sim.now_ms + 10000
    _, state = ask("GET", made.operationId)
    assert.same({ ["201"] = 2, ["403"] = 1, ["404"] = 1 }, state.statusMap)
  end)

  it("takes the names in any case, and a slash at the end", function()
    local ids = reachable(1)
    local status, made = ask("POST", "users/", '{"Activity":' .. ACTIVITY .. ',"Members":[{"Id":"'
      .. ids[1] .. '"}],"TenantId":"' .. sim.sim.tenant .. '"}')
    assert.equal(201, status)
    sim.now_ms = sim.now_ms + 5000
    local _, state = ask("GET", made.operationId:upper())
    assert.same({ ["201"] = 1 }, state.statusMap)
  end)

  it("spells its answers as it is told", function()
    local function spelled(spelling)
      new({ spelling = spelling, users = 20 })
      local _, made, headers = start("users", members({ "nobody" }))
      sim.now_ms = sim.now_ms + 5000
      local id = next(sim.sim.sendings.by_id)
      local seen = { id = id, made = made, location = headers.location }
      _, seen.state = ask("GET", id)
      local _, failed = ask("GET", "failedentries/" .. id)
      seen.failed = (failed.failedEntryResponses or failed.FailedEntryResponses)[1]
      return seen
    end
    local counts = { ["404"] = 1 }
    for spelling, entry in pairs({ plain = "entryId", agents = "id" }) do
      local seen = spelled(spelling)
      assert.same({ { operationId = seen.id }, counts, "nobody" },
        { seen.made, seen.state.statusMap, seen.failed[entry] })
    end
    local seen = spelled("dotnet")
    assert.same({ '"' .. seen.id .. '"', counts, "nobody" },
      { seen.made, seen.state.statusMap, seen.failed.entryId })
    seen = spelled("bare")
    assert.equal(seen.id, seen.made)
    seen = spelled("js")
    assert.same({ { operationId = seen.id }, counts, "nobody" },
      { seen.made, seen.state.stateMap, seen.failed.Id })
    seen = spelled("pascal")
    assert.same({ { OperationId = seen.id }, counts, "Failed", 1, "nobody" }, { seen.made,
      seen.state.StatusMap, seen.state.State, seen.state.TotalEntriesCount, seen.failed.EntryId })
    seen = spelled("location")
    assert.is_nil(seen.made)
    assert.equal("/" .. seen.id, seen.location:sub(-#seen.id - 1))
  end)

  it("refuses what is not as it must be", function()
    local function refusal(status, body)
      return { status, body.error.code }
    end
    assert.same({ 400, "BadSyntax" }, refusal(ask("POST", "users", "no JSON")))
    assert.same({ 400, "BadSyntax" }, refusal(start("users")))
    assert.same({ 400, "BadSyntax" }, refusal(start("users", ',"members":[]')))
    assert.same({ 400, "BadSyntax" }, refusal(start("team", ',"teamId":"x"')))
    assert.same({ 403, "NotEnoughPermissions" }, refusal(start("tenant", "", "elsewhere")))
    assert.same({ 400, "BadSyntax" }, refusal(ask("POST", "tenant",
      '{"tenantId":"' .. sim.sim.tenant .. '"}')))
    assert.same({ 400, "BadSyntax" }, refusal(ask("POST", "tenant", '{"activity":' .. ACTIVITY
      .. "}")))
    assert.same({ 413, "MessageSizeTooBig" }, refusal(ask("POST", "tenant", '{"tenantId":"'
      .. sim.sim.tenant .. '","activity":{"type":"message","text":"' .. ("x"):rep(51200) .. '"}}')))
    for _, call in ipairs({ { "GET", "none" }, { "DELETE", "none" },
      { "GET", "failedentries/none" } }) do
      assert.same({ 404, "OperationNotFound" }, refusal(ask(call[1], call[2])))
    end
    local _, made = start("tenant")
    assert.same({ 400, "BadArgument" }, refusal(ask("GET", "failedentries/" .. made.operationId,
      nil, "continuationToken=guess")))
    new({ faults = "bot-disabled=1" })
    assert.same({ 403, "BotDisabledByAdmin" }, refusal(start("tenant")))
    assert.same({}, recipients())
  end)

  it("counts a start once, not its deliveries", function()
    new({ limits = "teams", window = "sliding" })
    assert.equal(201, (start("tenant")))
    sim.now_ms = sim.now_ms + 10000
    recipients()
    assert.equal(1, sim.sim:stats().highest.connector)
    assert.same({ ["201"] = 1 }, sim.sim:stats().operations.send_to_tenant)
  end)
end)

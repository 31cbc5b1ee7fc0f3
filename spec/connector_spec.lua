local core = require("crier.core")

local TYPE = { ["Content-Type"] = "application/json; charset=utf-8" }
local endpoints = core.cloud.endpoints({ cloud = "public", allow_hosts = { "relay.example" } })
local token = core.token.new({
  endpoints = endpoints, audience = "connector", tenant = "t", client_id = "c", secret = "s",
})

local function new_connector(client_id, tenant)
  return core.connector.new({ endpoints = endpoints, token = token,
    client_id = client_id or "bot-1", tenant = tenant or "tenant-1" })
end

local connector = new_connector()

local function refused(code, request, err, found)
  assert.is_nil(request)
  assert.equal("string", type(err))
  assert.equal(code, found)
end

local bad_urls = {
  "", "teams", "https://evil.example/", "http://smba.trafficmanager.net/teams/",
  "https://smba.trafficmanager.net.evil.example/", "https://smba.trafficmanager.net:8443/",
  "https://u@smba.trafficmanager.net/", "https://smba.trafficmanager.net/?x=",
  "https://smba.trafficmanager.net/#", "https://graph.microsoft.com/",
  "https://smba.infra.gov.teams.microsoft.us/teams", "https://smba.trafficmanager.net/\0",
}

describe("crier.core.connector", function()
  describe(":create()", function()
    it("creates a 1:1 conversation at the global URL", function()
      assert.same({
        method = "POST",
        url = "https://smba.trafficmanager.net/teams/v3/conversations",
        headers = TYPE,
        body = '{"bot":{"id":"28:bot-1"},"members":[{"id":"user-1"}],'
          .. '"channelData":{"tenant":{"id":"tenant-1"}},"tenantId":"tenant-1","isGroup":false}',
        token = token, service = "connector", operation = "create",
      }, connector:create("user-1"))
    end)

    it("writes ids of any bytes as valid JSON", function()
      local body = new_connector('b"\\', "t\n"):create("u\0\31\255\195\164\237\160\128").body
      assert.equal('{"bot":{"id":"28:b\\"\\\\"},"members":[{"id":"u\\u0000\\u001f\239\191\189'
        .. '\195\164\239\191\189\239\191\189\239\191\189"}],'
        .. '"channelData":{"tenant":{"id":"t\\n"}},"tenantId":"t\\n","isGroup":false}', body)
    end)

    it("refuses an empty id", function()
      refused("ID_REFUSED", connector:create(""))
    end)

    it("refuses an id without end", function()
      refused("TOO_LARGE", connector:create(("x"):rep(2 * 1024 * 1024)))
    end)

    it("refuses a service URL that the bot's token may not see", function()
      for _, url in ipairs(bad_urls) do
        refused("URL_REFUSED", connector:create("user-1", url))
      end
    end)
  end)

  describe(":send()", function()
    it("sends the activity as it is", function()
      local activity = '{"type":"message","actions":[]}'
      assert.same({
        method = "POST",
        url = "https://smba.trafficmanager.net/teams/v3/conversations/a%3A1x/activities",
        headers = TYPE, body = activity,
        token = token, service = "connector", operation = "send", once = true,
      }, connector:send("a:1x", activity))
    end)

    it("encodes the conversation's id", function()
      assert.equal("https://smba.trafficmanager.net/teams/v3/conversations/"
        .. "19%3Ax%40thread.tacv2%3Bmessageid%3D1%2F..%2F/activities",
        connector:send("19:x@thread.tacv2;messageid=1/../", "{}").url)
    end)

    it("joins an admitted service URL with exactly one slash", function()
      for _, tail in ipairs({ "", "/", "//" }) do
        assert.equal("https://smba.trafficmanager.net/emea/t-1/v3/conversations/c/activities",
          connector:send("c", "{}", "https://smba.trafficmanager.net/emea/t-1" .. tail).url)
      end
      assert.equal("https://relay.example/v3/conversations/c/activities",
        connector:send("c", "{}", "https://relay.example").url)
    end)

    it("refuses a service URL that the bot's token may not see", function()
      for _, url in ipairs(bad_urls) do
        refused("URL_REFUSED", connector:send("c", "{}", url))
      end
    end)

    it("refuses ids that are empty or climb out of their path", function()
      for _, id in ipairs({ "", ".", ".." }) do
        refused("ID_REFUSED", connector:send(id, "{}"))
      end
    end)

    it("refuses an id without end", function()
      refused("TOO_LARGE", connector:send(("x"):rep(40000), "{}"))
    end)
  end)

  -- The request that a method gives; every one of them is compared whole.
  local BASE = "https://smba.trafficmanager.net/teams/v3/"
  local function expected(operation, method, path, body, once)
    return { method = method, url = BASE .. path, headers = body and TYPE or {}, body = body,
      token = token, service = "connector", operation = operation, once = once }
  end

  local CID, CID_PATH = "19:x@thread.v2", "conversations/19%3Ax%40thread.v2"
  local TEAM, TEAM_PATH = "19:t@thread.tacv2", "19%3At%40thread.tacv2"
  local ACTIVITY = '{"type":"message","actions":[]}'
  local OPEN = '{"activity":' .. ACTIVITY .. ',"tenantId":"tenant-1"'

  local unpack = table.unpack or unpack -- luacheck: ignore 113 143

  -- How many arguments come before the service URL.
  local ARITY = { post = 2, reply = 3, update = 3, delete = 2, typing = 1, members = 3,
    member = 2, team_details = 1, team_channels = 1, send_to_users = 2, send_to_channels = 2,
    send_to_tenant = 1, send_to_team = 2, sending_state = 1, failed_entries = 2,
    cancel_sending = 1 }

  -- A test of cases { arguments, HTTP method, path, body, whether it delivers }: each
  -- request is compared whole, and believes only an admitted service URL.
  local function asks(name, ...)
    local arity, cases = ARITY[name], { ... }
    return function()
      for _, case in ipairs(cases) do
        local function call(service_url)
          local with = { unpack(case[1], 1, arity) }
          with[arity + 1] = service_url
          return connector[name](connector, unpack(with, 1, arity + 1))
        end
        assert.same(expected(name, case[2], case[3], case[4], case[5]), call())
        assert.equal("https://relay.example/v3/" .. case[3], call("https://relay.example/").url)
        for _, url in ipairs(bad_urls) do
          refused("URL_REFUSED", call(url))
        end
      end
    end
  end

  it("begins a thread in a channel", asks("post",
    { { "19:c@thread.tacv2", ACTIVITY }, "POST", "conversations",
      '{"isGroup":true,"bot":{"id":"28:bot-1"},"tenantId":"tenant-1",'
        .. '"channelData":{"channel":{"id":"19:c@thread.tacv2"},"tenant":{"id":"tenant-1"}},'
        .. '"activity":' .. ACTIVITY .. "}", true }))

  it("replies to a message", asks("reply",
    { { CID, "17/00", ACTIVITY }, "POST", CID_PATH .. "/activities/17%2F00", ACTIVITY, true }))

  it("puts an activity in the place of another", asks("update",
    { { CID, "1700", ACTIVITY }, "PUT", CID_PATH .. "/activities/1700", ACTIVITY }))

  it("deletes a message", asks("delete",
    { { CID, "1700" }, "DELETE", CID_PATH .. "/activities/1700" }))

  it("shows that it is writing", asks("typing",
    { { CID }, "POST", CID_PATH .. "/activities", '{"type":"typing"}' }))

  it("reads members page by page", asks("members",
    { { CID }, "GET", CID_PATH .. "/pagedmembers" },
    { { CID, 50 }, "GET", CID_PATH .. "/pagedmembers?pageSize=50" },
    { { CID, nil, "a b&=" }, "GET", CID_PATH .. "/pagedmembers?continuationToken=a%20b%26%3D" },
    { { CID, 500, "c" }, "GET", CID_PATH .. "/pagedmembers?pageSize=500&continuationToken=c" }))

  it("reads one member", asks("member",
    { { CID, "29:a/b" }, "GET", CID_PATH .. "/members/29%3Aa%2Fb" }))

  it("reads a team", asks("team_details", { { TEAM }, "GET", "teams/" .. TEAM_PATH }))

  it("reads a team's channels", asks("team_channels",
    { { TEAM }, "GET", "teams/" .. TEAM_PATH .. "/conversations" }))

  it("sends to a list of people", asks("send_to_users",
    { { { "u1", '29:"' }, ACTIVITY }, "POST", "batch/conversation/users",
      OPEN .. ',"members":[{"id":"u1"},{"id":"29:\\""}]}', true }))

  it("sends to a list of channels", asks("send_to_channels",
    { { { TEAM }, ACTIVITY }, "POST", "batch/conversation/channels",
      OPEN .. ',"members":[{"id":"' .. TEAM .. '"}]}', true }))

  it("sends to everybody in the tenant", asks("send_to_tenant",
    { { ACTIVITY }, "POST", "batch/conversation/tenant", OPEN .. "}", true }))

  it("sends to everybody in a team", asks("send_to_team",
    { { TEAM, ACTIVITY }, "POST", "batch/conversation/team",
      OPEN .. ',"teamId":"' .. TEAM .. '"}', true }))

  it("asks how far a sending is", asks("sending_state",
    { { "op/1" }, "GET", "batch/conversation/op%2F1" }))

  it("asks whom a sending did not reach", asks("failed_entries",
    { { "op-1" }, "GET", "batch/conversation/failedentries/op-1" },
    { { "op-1", "t+k" }, "GET",
      "batch/conversation/failedentries/op-1?continuationToken=t%2Bk" }))

  it("cancels a sending", asks("cancel_sending",
    { { "op-1" }, "DELETE", "batch/conversation/op-1" }))

  it("refuses ids that are empty or climb out of their path", function()
    for _, id in ipairs { "", ".", ".." } do
      for _, name in ipairs { "typing", "members", "team_details", "team_channels",
        "sending_state", "failed_entries", "cancel_sending" } do
        refused("ID_REFUSED", connector[name](connector, id))
      end
      for name, activity in pairs { reply = "{}", update = "{}", delete = false,
        member = false } do
        refused("ID_REFUSED", connector[name](connector, id, "1", activity or nil))
        refused("ID_REFUSED", connector[name](connector, "c", id, activity or nil))
      end
    end
    refused("ID_REFUSED", connector:post("", "{}"))
    refused("ID_REFUSED", connector:send_to_team("", "{}"))
    refused("ID_REFUSED", connector:send_to_users({}, "{}"))
    refused("ID_REFUSED", connector:send_to_channels({ "a", "" }, "{}"))
  end)

  it("refuses what has no end", function()
    local ids = {}
    for i = 1, 10001 do
      ids[i] = "u"
    end
    refused("TOO_LARGE", connector:send_to_users(ids, "{}"))
    refused("TOO_LARGE", connector:send_to_tenant(("x"):rep(2 ^ 20)))
    refused("TOO_LARGE", connector:post("c", ("x"):rep(2 ^ 20)))
    refused("TOO_LARGE", connector:members("c", nil, ("x"):rep(40000)))
    refused("TOO_LARGE", connector:delete("c", ("x"):rep(40000)))
    ids[10001] = nil
    assert.equal(10000, select(2, connector:send_to_users(ids, "{}").body:gsub('"id":"u"', "")))
  end)

  it("raises on misuse", function()
    assert.has_error(function() core.connector.new({ endpoints = endpoints, token = token }) end)
    assert.has_error(function() new_connector(("x"):rep(1000)) end)
    assert.has_error(function() connector:send("c") end)
    assert.has_error(function() connector:send("c", {}) end)
    assert.has_error(function() connector:create(nil) end)
    for _, size in ipairs { 0, 49, 501, -1, 2 ^ 40, 50.5, "many" } do
      assert.has_error(function() connector:members("c", size) end)
    end
    for _, ids in ipairs { "u", 3, { 1 }, { "u", {} } } do
      assert.has_error(function() connector:send_to_users(ids, "{}") end)
    end
    assert.has_error(function() connector:reply("c", "1") end)
    assert.has_error(function() connector:update("c", "1", {}) end)
    assert.has_error(function() connector:send_to_tenant() end)
  end)
end)

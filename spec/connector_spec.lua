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

  it("raises on misuse", function()
    assert.has_error(function() core.connector.new({ endpoints = endpoints, token = token }) end)
    assert.has_error(function() new_connector(("x"):rep(1000)) end)
    assert.has_error(function() connector:send("c") end)
    assert.has_error(function() connector:send("c", {}) end)
    assert.has_error(function() connector:create(nil) end)
  end)
end)

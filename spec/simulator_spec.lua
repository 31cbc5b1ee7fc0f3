local cjson = require "cjson"
local encoding = require "crier.simulator.encoding"
local simulated = require "support.simulated"
local simulator = require "crier.simulator"

local code = simulated.code

local function answer(response)
  return response.status, code(response)
end

describe("crier.simulator #portable", function()
  describe(".new()", function()
    it("refuses what it cannot be, in one line", function()
      local cases = {
        { { users = -1 }, "users must be a whole number from 0 to 10000000" },
        { { users = 1.5 }, "users must be a whole number from 0 to 10000000" },
        { { users = 1, seed = -1 }, "seed must be a whole number from 0 to 4294967295" },
        { { users = 1, limits = "on" }, "limits must be teams or off" },
        { { users = 1, window = "round" }, "window must be bucket, fixed or sliding" },
        { { users = 1, latency = { ms = -1 } }, "latency must be milliseconds from 0 to 600000" },
        { { users = 1, latency = { ms = 5, jitter_ms = 6 } },
          "the jitter of the latency must be milliseconds from 0 to the latency" },
        { { users = 1, region = "gcc" }, "region must be the name of a region, such as amer" },
        { { users = 1, spelling = "x" },
          "spelling must be plain, dotnet, bare, js, agents, pascal or location" },
        { { users = 1, secrets = 0 }, "secrets must be a whole number from 1 to 100" },
        { { users = 1, installed = 2 }, "installed must be a share from 0 to 1" },
      }
      for _, case in ipairs(cases) do
        assert.same({ nil, case[2], "OPTION_REFUSED" }, { simulator.new(case[1]) })
      end
    end)

    it("refuses unknown faults", function()
      assert.same({ nil, "unknown fault 'blokced'; did you mean 'blocked'?", "FAULTS_REFUSED" },
        { simulator.new({ users = 1, faults = "blokced=0.5" }) })
    end)
  end)

  describe("the token endpoint", function()
    local sim = simulated.new()

    local function refusal(changes, tenant)
      local fields = sim.credentials("https://graph.microsoft.com/.default")
      for name, value in pairs(changes) do
        fields[name] = value ~= "" and value or nil
      end
      local response = sim.form(fields, tenant)
      local body = cjson.decode(response.body)
      return { response.status, body.error, body.error_codes[1] }
    end

    it("issues a token for 3599 seconds", function()
      local response = sim.form(sim.credentials("https://graph.microsoft.com/.default"))
      local body = cjson.decode(response.body)
      assert.equal(200, response.status)
      assert.equal("Bearer", body.token_type)
      assert.equal(3599, body.expires_in)
      assert.equal(#"Bearer " + 1138, #sim.bot_token)
    end)

    it("takes the secret as Basic too", function()
      local basic = encoding.to_base64(encoding.escape(sim.sim.client_id) .. ":"
        .. encoding.escape(sim.sim.secret))
      local response = sim.call({ method = "POST", headers = { authorization = "Basic " .. basic },
        path = "/" .. sim.sim.tenant .. "/oauth2/v2.0/token",
        body = "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default" })
      assert.equal(200, response.status)
    end)

    it("answers each wrong request with its AADSTS code", function()
      assert.same({ 401, "invalid_client", 7000215 }, refusal({ client_secret = "wrong" }))
      assert.same({ 401, "invalid_client", 7000218 }, refusal({ client_secret = "" }))
      assert.same({ 400, "unauthorized_client", 700016 }, refusal({ client_id = "nobody" }))
      assert.same({ 400, "invalid_request", 900144 }, refusal({ client_id = "" }))
      assert.same({ 400, "invalid_request", 90002 }, refusal({}, "elsewhere"))
      assert.same({ 400, "invalid_request", 9001023 }, refusal({}, "common"))
      assert.same({ 400, "unsupported_grant_type", 70003 }, refusal({ grant_type = "password" }))
      assert.same({ 400, "invalid_request", 900144 }, refusal({ grant_type = "" }))
      assert.same({ 400, "invalid_request", 900144 }, refusal({ scope = "" }))
      assert.same({ 400, "invalid_scope", 70011 }, refusal({ scope = "User.Read" }))
      assert.same({ 400, "invalid_scope", 700022 }, refusal({
        scope = "https://graph.microsoft.com/.default https://api.botframework.com/.default" }))
    end)

    it("gives a multi-tenant bot its token at botframework.com", function()
      local scope = "https://api.botframework.com/.default"
      assert.equal(200, sim.form(sim.credentials(scope), "botframework.com").status)
      assert.same({ 400, "invalid_scope", 70011 }, refusal({}, "botframework.com"))
    end)

    it("refuses an expired secret when told to", function()
      local old = simulated.new({ token_lifetime_s = 60 })
      assert.equal(60, cjson.decode(old.form(old.credentials(
        "https://graph.microsoft.com/.default")).body).expires_in)
      local expired = assert(simulator.new({ users = 1, faults = "expired-secret=1" }))
      local response = expired:step({ method = "POST", headers = {},
        path = "/" .. expired.tenant .. "/oauth2/v2.0/token",
        body = "grant_type=client_credentials&client_id=" .. expired.client_id .. "&client_secret="
          .. encoding.escape(expired.secret) }, 0)
      assert.same({ 7000222 }, cjson.decode(response.body).error_codes)
    end)
  end)

  describe("the check of tokens", function()
    it("takes a token only where it is for", function()
      local sim = simulated.new()
      assert.equal(200, sim.get("users").status)
      local response = sim.get("users", nil, { authorization = sim.bot_token })
      assert.same({ 401, "InvalidAuthenticationToken" }, { answer(response) })
      sim.bot_token = sim.graph_token
      assert.equal(401, sim.send("a:1").status)
    end)

    it("refuses no token, a made-up one and an expired one", function()
      local sim = simulated.new()
      assert.equal(401, sim.get("users", nil, { authorization = "Bearer x" }).status)
      sim.now_ms = sim.now_ms + 3599000 - 1
      assert.equal(200, sim.get("users").status)
      sim.now_ms = sim.now_ms + 1
      assert.equal(401, sim.get("users").status)
      sim.graph_token = nil
      assert.equal(401, sim.get("users").status)
    end)
  end)

  describe("the catalog", function()
    local sim = simulated.new()

    it("finds the app by its manifest id", function()
      local response = sim.get("appCatalogs/teamsApps", "%24filter=externalId%20eq%20%27"
        .. sim.sim.manifest_id .. "%27&%24expand=appDefinitions")
      local body = cjson.decode(response.body)
      assert.equal(1, #body.value)
      assert.equal(sim.sim.catalog_id, body.value[1].id)
      assert.equal("organization", body.value[1].distributionMethod)
      assert.equal("published", body.value[1].appDefinitions[1].publishingState)
    end)

    it("finds the app by its catalog id", function()
      assert.equal(200, sim.get("appCatalogs/teamsApps/" .. sim.sim.catalog_id).status)
      assert.same({ 404, "NotFound" }, { answer(sim.get("appCatalogs/teamsApps/"
        .. sim.sim.manifest_id)) })
    end)

    it("lists other apps as well, and nothing for an unknown id", function()
      assert.equal(3, #cjson.decode(sim.get("appCatalogs/teamsApps").body).value)
      local none = sim.get("appCatalogs/teamsApps", "$filter=externalId eq 'nothing'")
      assert.equal('{"value":[]}', none.body)
      assert.equal(400, sim.get("appCatalogs/teamsApps", "$filter=colour eq 'red'").status)
    end)
  end)

  describe("installing", function()
    it("answers 201 without a body, then 409", function()
      local sim = simulated.new()
      local _, id = sim.person("member")
      local response, delay_ms, events = sim.install(id)
      assert.equal(201, response.status)
      assert.is_nil(response.body)
      assert.equal(0, delay_ms)
      assert.same({ { kind = "installed", user_id = id, at_ms = events[1].at_ms } }, events)
      assert.is_true(sim.sim.installs:is_visible(sim.sim.people:find(id), events[1].at_ms))
      assert.same({ 409, "Conflict" }, { answer(sim.install(id)) })
    end)

    it("shows up after a delay of at most 300 ms", function()
      local sim = simulated.new({ users = 200 })
      local hidden = 0
      for k = 1, 200 do
        if sim.sim.people:is_reachable(k) then
          sim.now_ms = sim.now_ms + 1000
          local id = sim.sim.people:id(k)
          sim.install(id)
          if sim.create(id).status == 403 then
            hidden = hidden + 1
          end
          sim.now_ms = sim.now_ms + 300
          assert.equal(201, sim.create(id).status)
        end
      end
      assert.is_true(hidden > 150)
    end)

    it("fails for people who cannot have it", function()
      local sim = simulated.new({ users = 200 })
      for _, kind in ipairs({ "guest", "old_guest", "plain_guest", "disabled", "room", "mailbox",
        "no_teams", "revoked" }) do
        local _, id = sim.person(kind)
        assert.same({ 404, "NotFound" }, { answer(sim.install(id)) })
      end
      for _, kind in ipairs({ "member", "unplanned", "null_type", "no_type" }) do
        local _, id = sim.person(kind)
        assert.equal(201, sim.install(id).status)
      end
    end)

    it("refuses an unknown user, an unknown app and a malformed link", function()
      local sim = simulated.new()
      local _, id = sim.person("member")
      assert.same({ 404, "NotFound" }, { answer(sim.install("nobody@northwind.example")) })
      assert.same({ 404, "NotFound" }, { answer(sim.install(id, sim.sim.manifest_id)) })
      assert.same({ 400, "BadRequest" }, { answer(sim.install(id, "a/b")) })
    end)

    it("takes the user principal name, percent-encoded or quoted", function()
      local sim = simulated.new({ users = 200 })
      local k = sim.person("guest")
      local name = encoding.escape(sim.sim.people:value(k, "userPrincipalName"))
      assert.equal(200, sim.get("users/" .. name).status)
      assert.equal(200, sim.get("users('" .. name .. "')").status)
      k = sim.person("member")
      assert.equal(201, sim.install(sim.sim.people:value(k, "userPrincipalName")).status)
    end)

    it("answers the faults of people and of the tenant", function()
      local sim = simulated.new({ faults = "policy=1" })
      local _, id = sim.person("member")
      local response = sim.install(id)
      assert.same({ 403, "Forbidden" }, { response.status,
        cjson.decode(response.body).error.code })
      assert.equal("AccessDenied", cjson.decode(response.body).error.innerError.code)
      assert.same({ 404, "NotFound" }, { answer(simulated.new({ faults = "missing=1" })
        .install(id)) })
      sim = simulated.new({ faults = "not-owner=1" })
      assert.is_truthy(sim.install(id).body:find("is not allowed to manage the Teams App", 1, true))
      sim = simulated.new({ faults = "consent=1" })
      assert.is_truthy(sim.install(id).body:find("Missing role permissions", 1, true))
      assert.same({ 403, "Authorization_RequestDenied" }, { answer(sim.get("users")) })
    end)

    it("lists the installation, and its chat", function()
      local sim = simulated.new({ installed = 1 })
      local _, id = sim.person("member")
      local path = "users/" .. id .. "/teamwork/installedApps"
      local all = cjson.decode(sim.get(path, "$expand=teamsApp,teamsAppDefinition").body).value
      assert.equal(2, #all)
      local ours = cjson.decode(sim.get(path, "$expand=teamsApp&$filter=teamsApp/externalId eq '"
        .. sim.sim.manifest_id .. "'").body).value
      assert.equal(1, #ours)
      assert.equal(sim.sim.catalog_id, ours[1].teamsApp.id)
      local chat = sim.get(path .. "/" .. encoding.escape(ours[1].id) .. "/chat")
      local chat_id = cjson.decode(chat.body).id
      assert.equal("19:" .. id .. "_" .. sim.sim.client_id .. "@unq.gbl.spaces", chat_id)
      assert.equal(201, sim.send(chat_id).status)
      assert.equal(404, sim.get(path .. "/elsewhere/chat").status)
      local fresh = simulated.new()
      assert.equal(1, #cjson.decode(fresh.get(path).body).value)
    end)
  end)

  describe("creating a conversation", function()
    local sim = simulated.new({ installed = 1, limits = "off" })
    local _, id = sim.person("member")

    it("is idempotent", function()
      local first, second = sim.create(id), sim.create(id)
      assert.equal(201, first.status)
      assert.is_truthy(cjson.decode(first.body).id:find("^a:1"))
      assert.equal(first.body, second.body)
    end)

    it("refuses a body that is not as it must be", function()
      local bot, tenant = '"bot":{"id":"28:' .. sim.sim.client_id .. '"}', sim.sim.tenant
      local members = '"members":[{"id":"' .. id .. '"}]'
      for _, body in ipairs({
        "not json", "[1]", "{}", "{" .. bot .. "," .. members .. "}",
        "{" .. bot .. ',"tenantId":"' .. tenant .. '"}',
        "{" .. bot .. ',"members":[],"tenantId":"' .. tenant .. '"}',
        "{" .. bot .. ',"members":[{"aadObjectId":"' .. id .. '"}],"tenantId":"' .. tenant .. '"}',
        '{"bot":{"id":"28:other"},' .. members .. ',"tenantId":"' .. tenant .. '"}',
        "{" .. bot .. "," .. members .. ',"tenantId":"elsewhere"}',
        "{" .. bot .. "," .. members .. ',"isGroup":true,"tenantId":"' .. tenant .. '"}',
      }) do
        assert.same({ 400, "BadSyntax" }, { answer(sim.create(id, body)) })
      end
      assert.equal(201, sim.create(id, "{" .. bot .. "," .. members .. ',"tenantId":"' .. tenant
        .. '"}').status)
    end)

    it("takes neither a user principal name nor a stranger", function()
      local k = sim.person("member")
      assert.equal(400, sim.create(sim.sim.people:value(k, "userPrincipalName")).status)
      assert.equal(400, sim.create("00000000-0000-4000-8000-000000000000").status)
    end)

    it("needs the app, and a bot that is not disabled", function()
      assert.same({ 403, "ForbiddenOperationException" }, { answer(simulated.new().create(id)) })
      local disabled = simulated.new({ installed = 1, faults = "bot-disabled=1" })
      assert.same({ 403, "BotDisabledByAdmin" }, { answer(disabled.create(id)) })
      assert.same({ 403, "BotDisabledByAdmin" }, { answer(disabled.send("a:1")) })
    end)
  end)

  describe("sending", function()
    local sim = simulated.new({ installed = 1, limits = "off" })
    local k, id = sim.person("member")
    local conversation = sim.sim.connector:conversation_id(k)

    it("delivers, and tells so with the activity as it was received", function()
      local activity = '{ "type":"message","value":1e400,"attachments":[] ,"text":"ä\\u00e4"}'
      local response = sim.send(conversation, activity)
      assert.equal(201, response.status)
      local lines = sim.call({ method = "GET", path = "/_sandbox/deliveries" }).body
      assert.equal('{"recipient":"' .. id .. '","conversation_id":"' .. conversation
        .. '","activity_id":"' .. cjson.decode(response.body).id
        .. '","at":"2023-11-14T22:13:20.000Z","activity":' .. activity .. "}\n", lines)
    end)

    it("keeps a delivery on one line, and pages through them", function()
      local own = simulated.new({ installed = 1, limits = "off" })
      own.send(conversation, '{\n  "type":\r\n "message"\n}')
      own.send(conversation)
      own.send(conversation)
      local function lines(query)
        local body = own.call({ method = "GET", path = "/_sandbox/deliveries", query = query }).body
        local _, count = body:gsub("\n", "")
        return count
      end
      assert.equal(3, lines())
      assert.equal(1, lines("after=2"))
      assert.equal(1, lines("after=1&limit=1"))
      assert.equal(0, lines("after=3"))
    end)

    it("counts deliveries without keeping them when told to", function()
      local own = simulated.new({ installed = 1, keep_deliveries = false })
      assert.equal(201, own.send(conversation).status)
      assert.equal(1, own.sim:stats().deliveries)
      assert.equal(1, own.sim:stats().recipients)
      assert.equal("", own.call({ method = "GET", path = "/_sandbox/deliveries" }).body)
    end)

    it("gives each activity its own id, though time stands still", function()
      local first = cjson.decode(sim.send(conversation).body).id
      local second = cjson.decode(sim.send(conversation).body).id
      assert.is_true(tonumber(second) > tonumber(first))
    end)

    it("refuses what is not an activity", function()
      for _, body in ipairs({ "", "hello", "[]", '["type"]', '{"text":"x"}', '{"type":1}', "{",
        '{"type":"message","x":NaN}', '{"type":"message","text":"\255"}',
        '{"type":"message","text":"\195"}', '{"type":"message","attachments":{}}',
        '{"type":"message","attachments":[{}]}', '{"type":"message","attachments":"x"}' }) do
        assert.same({ 400, "BadSyntax" }, { answer(sim.send(conversation, body)) })
      end
    end)

    it("refuses more than 100 KB of UTF-16", function()
      local frame = #'{"type":"message","text":""}'
      local function of(units, character)
        return '{"type":"message","text":"' .. character:rep(units) .. '"}'
      end
      assert.equal(201, sim.send(conversation, of(51200 - frame, "x")).status)
      assert.same({ 413, "MessageSizeTooBig" },
        { answer(sim.send(conversation, of(51201 - frame, "x"))) })
      assert.equal(201, sim.send(conversation, of(51200 - frame, "é")).status)
      assert.equal(413, sim.send(conversation, of(25600, "😀")).status)
    end)

    it("does not know other conversations", function()
      for _, other in ipairs({ "a:1", "x", conversation .. "0", "a:2" .. conversation:sub(4),
        "19:" .. id .. "_other@unq.gbl.spaces" }) do
        assert.same({ 404, "ConversationNotFound" }, { answer(sim.send(other)) })
      end
    end)

    it("needs the app", function()
      assert.same({ 403, "BotNotInConversationRoster" },
        { answer(simulated.new().send(conversation)) })
    end)

    it("tells in two ways that somebody blocked the bot", function()
      local blocking = simulated.new({ users = 60, installed = 1, limits = "off",
        faults = "blocked=1" })
      local seen = { plain = 0, nested = 0 }
      for person = 1, 60 do
        if blocking.sim.people:is_reachable(person) then
          local response = blocking.send(blocking.sim.connector:conversation_id(person))
          assert.equal(403, response.status)
          local body = cjson.decode(response.body)
          if body.errorCode then
            assert.equal(209, body.errorCode)
            assert.equal("MessageWritesBlocked", cjson.decode(body.message).subCode)
            seen.nested = seen.nested + 1
          else
            assert.equal("ConversationBlockedByUser", body.error.code)
            seen.plain = seen.plain + 1
          end
        end
      end
      assert.is_true(seen.plain > 10 and seen.nested > 10)
      assert.equal(0, blocking.sim:stats().deliveries)
    end)

    it("forgets a stale conversation once, and creates another", function()
      local stale = simulated.new({ installed = 1, faults = "stale=1" })
      local old = cjson.decode(stale.create(id).body).id
      assert.equal(404, stale.send(old).status)
      assert.equal(404, stale.send(old).status)
      local new = cjson.decode(stale.create(id).body).id
      assert.are_not.equal(old, new)
      assert.equal(201, stale.send(new).status)
      assert.equal(201, stale.send(new).status)
    end)
  end)

  describe("injected faults", function()
    it("refuse before the work, or lose the answer after it", function()
      local k = simulated.new().person("member")
      local function tried(fault)
        local sim = simulated.new({ installed = 1, faults = fault .. "=0.9999" })
        local response, delay_ms = sim.send(sim.sim.connector:conversation_id(k))
        return response, sim.sim:stats().deliveries, delay_ms
      end
      for _, status in ipairs({ "408", "412", "429", "500", "502", "503", "504" }) do
        local response, deliveries = tried(status)
        assert.same({ tonumber(status), 0 }, { response.status, deliveries })
        assert.equal(status == "429" and "1" or nil, response.headers["retry-after"])
      end
      local response, deliveries = tried("502-after")
      assert.same({ 502, 1 }, { response.status, deliveries })
      response, deliveries = tried("cut-after")
      assert.same({ { cut = "after" }, 1 }, { response, deliveries })
    end)

    it("cut the connection before the work, also of the token endpoint", function()
      local sim = assert(simulator.new({ users = 1, faults = "cut-before=1" }))
      assert.same({ cut = "before" }, (sim:step({ method = "POST", headers = {}, body = "",
        path = "/" .. sim.tenant .. "/oauth2/v2.0/token" }, 0)))
      sim = assert(simulator.new({ users = 1, faults = "cut-after=1" }))
      assert.equal(400, sim:step({ method = "POST", headers = {}, body = "",
        path = "/" .. sim.tenant .. "/oauth2/v2.0/token" }, 0).status)
    end)

    it("slow an answer down by 2 to 5 seconds", function()
      local sim = simulated.new({ installed = 1, faults = "slow=1" })
      for _ = 1, 20 do
        local response, delay_ms = sim.get("users")
        assert.equal(200, response.status)
        assert.is_true(delay_ms >= 2000 and delay_ms <= 5000)
      end
    end)

    it("do not depend on the order in which people are served", function()
      local function statuses(first, last, step)
        local sim = simulated.new({ users = 100, installed = 1, limits = "off",
          faults = "429=0.2,500=0.1,cut-after=0.1" })
        local found = {}
        for k = first, last, step do
          local response = sim.send(sim.sim.connector:conversation_id(k))
          found[k] = response.status or response.cut
        end
        return found
      end
      assert.same(statuses(1, 100, 1), statuses(100, 1, -1))
    end)
  end)

  describe("the limits", function()
    it("let 50 requests a second through and tell when to come again", function()
      local sim = simulated.new({ users = 100, installed = 1, window = "sliding" })
      local refused
      for k = 1, 51 do
        refused = sim.send(sim.sim.connector:conversation_id(k))
      end
      assert.same({ 429, "Throttled" }, { answer(refused) })
      assert.equal("1", refused.headers["retry-after"])
      local stats = sim.sim:stats()
      assert.equal(1, stats.violations.connector)
      assert.equal(51, stats.highest.connector)
      assert.equal(1, stats.operations.send["429"])
    end)

    it("spend one conversation's budget on sends and creates together", function()
      local sim = simulated.new({ installed = 1, window = "sliding" })
      local k, id = sim.person("member")
      for _ = 1, 6 do
        assert.equal(201, sim.send(sim.sim.connector:conversation_id(k)).status)
      end
      assert.equal(201, sim.create(id).status)
      assert.equal(429, sim.create(id).status)
      assert.equal(1, sim.sim:stats().violations.conversation)
    end)

    it("hold installs and reads apart, 30 a second each", function()
      local sim = simulated.new({ users = 100, window = "fixed" })
      for k = 1, 30 do
        assert.are_not.equal(429, sim.install(sim.sim.people:id(k)).status)
        assert.equal(200, sim.get("appCatalogs/teamsApps").status)
      end
      assert.same({ 429, "TooManyRequests" }, { answer(sim.install(sim.sim.people:id(31))) })
      assert.equal(429, sim.get("appCatalogs/teamsApps").status)
      sim.now_ms = sim.now_ms + 1000
      assert.equal(200, sim.get("appCatalogs/teamsApps").status)
    end)

    it("refuse nothing when they are off, and still count the rate", function()
      local sim = simulated.new({ users = 100, installed = 1, limits = "off" })
      for k = 1, 100 do
        assert.are_not.equal(429, sim.send(sim.sim.connector:conversation_id(k)).status)
      end
      assert.equal(100, sim.sim:stats().highest.connector)
      assert.equal(0, sim.sim:stats().violations.connector)
    end)
  end)

  it("answers what it does not serve with 404", function()
    local sim = simulated.new()
    assert.equal(404, sim.get("sites").status)
    assert.equal(404, sim.call({ method = "GET", path = "/" }).status)
    assert.equal(404, sim.call({ method = "PUT", path = "/teams/v3/conversations" }).status)
    assert.same({}, sim.sim:stats().operations)
  end)

  it("draws the latency around its mean", function()
    local sim = assert(simulator.new({ users = 1, latency = { ms = 120, jitter_ms = 20 } }))
    local least, most, sum = 1000, 0, 0
    for _ = 1, 1000 do
      local ms = sim:draw_latency()
      least, most, sum = math.min(least, ms), math.max(most, ms), sum + ms
    end
    assert.is_true(least >= 100 and least < 101 and most <= 140 and most > 139)
    assert.is_true(math.abs(sum / 1000 - 120) < 2)
  end)

  it("names the environment in which it is used", function()
    local sim = assert(simulator.new({ users = 1, limits = "off" }))
    assert.same({ AZURE_TENANT_ID = sim.tenant, AZURE_CLIENT_ID = sim.client_id,
      AZURE_CLIENT_SECRET = sim.secret, AZURE_AUTHORITY_HOST = "http://127.0.0.1:80",
      CRIER_BOT_OPENID_URL = "http://127.0.0.1:80/v1/.well-known/openidconfiguration",
      CRIER_APP_ID = sim.manifest_id, CRIER_GRAPH_URL = "http://127.0.0.1:80",
      CRIER_CONNECTOR_URL = "http://127.0.0.1:80/teams/", CRIER_LIMITS = "off" },
      sim:environment("http://127.0.0.1:80"))
  end)

  it("names the environment for each kind of credential, and another cloud", function()
    local sim = assert(simulator.new({ users = 1, cloud = "gcch" }))
    local function of(credential)
      local values = sim:environment("http://127.0.0.1:80", credential)
      assert.equal("gcch", values.CRIER_CLOUD)
      assert.is_nil(values.AZURE_CLIENT_SECRET)
      return values
    end
    assert.equal("a.pem", of({ kind = "certificate", path = "a.pem" })
      .AZURE_CLIENT_CERTIFICATE_PATH)
    assert.equal("token", of({ kind = "federated", path = "token" }).AZURE_FEDERATED_TOKEN_FILE)
    local values = of({ kind = "identity" })
    assert.same({ "http://127.0.0.1:80/msi/token", sim.managed.header },
      { values.IDENTITY_ENDPOINT, values.IDENTITY_HEADER })
    assert.equal("http://127.0.0.1:80", of({ kind = "machine" }).AZURE_POD_IDENTITY_AUTHORITY_HOST)
    values = of({ kind = "assertion" })
    assert.same({ "http://127.0.0.1:80/msi/token", sim.managed.client_id },
      { values.IDENTITY_ENDPOINT, values.CRIER_ASSERTION_IDENTITY })
  end)
end)

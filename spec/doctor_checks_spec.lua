-- The checks one by one, with plain data.
local claims = require "crier.graph.claims"
local doctor = require "crier.doctor"
local finding = require "crier.doctor.finding"

-- The check of a noun that has this key.
local function find(noun, key)
  for _, check in ipairs(require("crier.doctor." .. noun)) do
    if check.key == key then
      return check
    end
  end
  error("no check " .. key)
end

local CLIENT = { tokens = { graph = { consent_url = function() return "https://consent" end } } }

describe("crier.doctor #portable", function()
  local function check(key, state, needs)
    return { key = key, what = "the " .. key, needs = needs, run = function(context)
      context.ran[#context.ran + 1] = key
      return { state = state, why = key, exit = state == "wrong" and 78 or nil }
    end }
  end

  local function run(checks)
    local context, seen = { ran = {} }, {}
    local lines = doctor.run(checks, context, function(line) seen[#seen + 1] = line end)
    assert.same(lines, seen)
    return lines, context.ran
  end

  it("checks only what has its ground, and says what is missing", function()
    local lines, ran = run { check("a", "ok"), check("b", "wrong", { "a" }),
      check("c", "warning", { "a" }), check("d", "ok", { "a", "c" }),
      check("e", "ok", { "c", "b" }), check("f", "ok", { "e" }) }
    assert.same({ "a", "b", "c", "d" }, ran)
    assert.same({ state = "not checked", why = "needs: the b", check = "e", what = "the e" },
      lines[5])
    assert.equal("needs: the e", lines[6].why)
  end)

  it("says nothing of what is not due, which is no ground either", function()
    local absent = check("a", "ok")
    absent.is_due = function() return false end
    local lines, ran = run { absent, check("b", "ok", { "a" }) }
    assert.same({}, ran)
    assert.equal(1, #lines)
    assert.equal("needs: the a", lines[1].why)
  end)

  it("ends with the exit status of the first that is wrong", function()
    local lines = { { state = "ok" }, { state = "warning" }, { state = "not checked" },
      { state = "wrong", exit = 69 }, { state = "wrong", exit = 77 } }
    assert.same({ 69, lines[4] }, { doctor.verdict(lines) })
    assert.same({ 0 }, { doctor.verdict { lines[1], lines[2], lines[3] } })
  end)

  describe("finding", function()
    local function exit(kind, scope)
      return finding.failed("no", "Code", { kind = kind, scope = scope }).exit
    end

    it("ends as a run does", function()
      assert.equal(77, exit("misconfigured", "run"))
      assert.equal(77, exit("unauthorized", "run"))
      assert.equal(78, exit("absent", "app"))
      assert.equal(69, exit("transient", "run"))
      assert.equal(69, exit("transient", "recipient"))
      assert.equal(2, exit("blocked", "recipient"))
      assert.equal(2, exit("absent", "recipient"))
      assert.equal(2, exit("refused", "conversation"))
      assert.equal(78, finding.failed("no", "CODE").exit)
      assert.equal(78, finding.failed("no", "CONFIG", { kind = "misconfigured",
        code = "CONFIG" }).exit)
    end)

    it("says the reason once", function()
      local outcome = { kind = "absent", scope = "app", reason = "no such app", code = "C",
        remedy = "do it" }
      assert.same({ state = "wrong", why = "no such app: x", code = "C", remedy = "do it",
        exit = 78 }, finding.failed("x", "C", outcome))
      assert.equal("no such app", finding.failed("no such app", "C", outcome).why)
    end)
  end)

  describe("claims", function()
    it("reads the roles of a token", function()
      -- {"aud":"x","roles":["User.Read.All","AppCatalog.Read.All"]}
      assert.same({ "AppCatalog.Read.All", "User.Read.All" }, claims.roles("eyJhIjoxfQ.eyJhdWQiOi"
        .. "J4Iiwicm9sZXMiOlsiVXNlci5SZWFkLkFsbCIsIkFwcENhdGFsb2cuUmVhZC5BbGwiXX0.c2ln"))
    end)

    it("tells a token without roles from one that does not tell", function()
      assert.same({}, claims.roles "e30.eyJhdWQiOiJ4In0.x") -- {"aud":"x"}
      assert.same({}, claims.roles "e30.eyJyb2xlcyI6IngifQ.x") -- {"roles":"x"}
      for _, text in ipairs { "", "opaque", "a.b", "a.!!.c", "a.eyJ.c", "a..c" } do
        assert.is_nil(claims.roles(text))
      end
      assert.is_nil(claims.roles(nil))
    end)
  end)

  describe("the clock", function()
    local function clock(skew_ms)
      return find("clock", "clock").run { skew_ms = skew_ms }
    end

    it("may be a minute off, and not five", function()
      assert.equal("ok", clock(0).state)
      assert.equal("ok", clock(-60000).state)
      assert.equal("warning", clock(60001).state)
      assert.equal("1 min 01 s ahead of the service's", clock(60001).why)
      assert.equal("warning", clock(-300000).state)
      assert.equal("5 min 00 s behind the service's", clock(-300000).why)
      assert.equal("wrong", clock(300001).state)
      assert.equal(78, clock(300001).exit)
      assert.equal("not checked", clock(nil).state)
    end)
  end)

  it("know the settings that name this machine", function()
    local leftover = require "crier.doctor.leftover"
    local real = { authority = "https://login.microsoftonline.com",
      graph = "https://127.example", connector = "https://localhost.example/teams/" }
    assert.is_nil(leftover.names(real))
    assert.equal("check it", leftover.remedy(real, "check it"))
    assert.equal("AZURE_AUTHORITY_HOST, CRIER_GRAPH_URL, CRIER_CONNECTOR_URL", leftover.names {
      authority = "http://[::1]:80", graph = "http://127.0.0.1:80",
      connector = "https://localhost" })
  end)

  describe("permissions", function()
    local audience = require "crier.audience"

    local function context(roles, definition)
      return { roles = roles, definition = definition, config = { app_id = "app" },
        client = CLIENT }
    end

    local function check_roles(...)
      return find("permissions", "permissions").run(context(...))
    end

    it("are those that this campaign needs", function()
      local careful = { audience = audience.list { "ana@contoso.com" }, install = false }
      assert.same({ state = "ok", why = "User.Read.All" },
        check_roles({ "User.Read.All" }, careful))
      local line = check_roles({ "User.Read.All" }, { audience = audience.users {},
        install = true })
      assert.equal("missing: AppCatalog.Read.All, TeamsAppInstallation.ReadWriteSelfForUser.All;"
        .. " the token has User.Read.All", line.why)
      assert.equal(77, line.exit)
      assert.matches("an administrator consents at https://consent$", line.remedy)
    end)

    it("follow from all that a campaign reads and does, each once", function()
      local function operations(definition)
        return require("crier.campaign.needs").operations(definition, true)
      end
      local everybody, group = audience.users {}, { kind = "group" }
      assert.same({ "users" }, operations { audience = everybody
        - audience.csv "out.csv" + audience.list { "a" }, install = false })
      assert.same({ "groups", "group_members", "users", "catalog", "install" },
        operations { install = true, audience = { kind = "set", group, everybody } })
      assert.same({ "teams", "team_members", "users", "catalog", "installation", "chat" },
        operations { audience = { kind = "team" }, conversation = "graph" })
      assert.same({ "teams", "channels", "primary_channel" }, operations {
        audience = { kind = "channel" } })
      assert.same({ "users", "notify" }, operations { audience = everybody, notify = {} })
      assert.same({ "delta", "users" }, operations {
        audience = audience.delta "welcome" - audience.jsonl "out.jsonl" })
    end)

    it("may be broader, which is a warning", function()
      local roles = { "AppCatalog.Read.All", "Directory.ReadWrite.All",
        "TeamsAppInstallation.ReadWriteForUser.All" }
      assert.equal("ok", check_roles(roles).state)
      local broad = find("permissions", "broad permissions")
      assert.is_true(broad.is_due(context(roles)))
      local line = broad.run(context(roles))
      assert.equal("warning", line.state)
      assert.equal("more than a campaign needs: Directory.ReadWrite.All,"
        .. " TeamsAppInstallation.ReadWriteForUser.All", line.why)
      assert.matches("TeamsAppInstallation%.ReadWriteForUser%.All: it manages every app",
        line.remedy)
      assert.is_false(broad.is_due(context { "User.Read.All" }))
    end)

    it("of 2020 do not install any more", function()
      local line = check_roles { "Chat.Read.All", "User.ReadWrite.All" }
      assert.matches("^missing: AppCatalog%.Read%.All, TeamsAppInstallation", line.why)
      line = find("permissions", "broad permissions").run(
        context { "Chat.Read.All", "User.ReadWrite.All" })
      assert.matches("User%.ReadWrite%.All: it writes people, and since August 2020", line.remedy)
    end)

    it("are not checked when the token does not tell", function()
      assert.equal("not checked", check_roles(nil).state)
    end)
  end)

  describe("the app", function()
    local function app(key, details, more)
      local made = { app = details, roles = {}, config = { client_id = "graph-app",
        bot_client_id = "BOT-app", app_id = "m" }, client = CLIENT }
      for name, value in pairs(more or {}) do
        made[name] = value
      end
      local check_of = find("app", key)
      return not (check_of.is_due and not check_of.is_due(made)) and check_of.run(made) or nil
    end

    it("has this bot", function()
      assert.equal("ok", app("app bot", { version = "1", bot = "bot-app" }).state)
      local line = app("app bot", { version = "1", bot = "other" })
      assert.equal("the app's bot is other, the token is for BOT-app", line.why)
      assert.equal(78, line.exit)
      assert.equal("the app has no bot", app("app bot", { version = "1" }).why)
      assert.equal("not checked", app("app bot", {}).state)
    end)

    it("belongs to this registration", function()
      assert.equal("ok", app("app owner", { client_id = "GRAPH-app" }).state)
      local line = app("app owner", { client_id = "other" })
      assert.equal("webApplicationInfo.id is other, the client id graph-app", line.why)
      assert.equal(78, line.exit)
      line = app("app owner", {})
      assert.equal("not checked", line.state)
      assert.matches("^it must be graph%-app in the manifest", line.remedy)
      line = app("app owner", { client_id = "other" }, { config = {} })
      assert.equal("not checked", line.state)
    end)

    it("that asks for permissions of its own needs the right to consent to them", function()
      local details = { permissions = { { permissionValue = "TeamsActivity.Send.User",
        permissionType = "Application" } } }
      local line = app("app consent", details)
      assert.equal("installs must consent to TeamsActivity.Send.User", line.why)
      assert.matches("TeamsAppInstallation%.ReadWriteAndConsentSelfForUser%.All", line.remedy)
      assert.equal(77, line.exit)
      assert.is_nil(app("app consent", details,
        { roles = { "TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All" } }))
      assert.is_nil(app("app consent", details, { definition = { install = false } }))
      assert.is_nil(app("app consent", { permissions = {} }))
    end)
  end)

  describe("patience", function()
    local patience = require "crier.doctor.patience"

    -- Tries until the nth; gives the finding, when it tried, and what was said.
    local function wait(most_ms, nth)
      local now, tried, said = 0, {}, {}
      local found = patience.try({
        now_ms = function() return now end,
        loop = { sleep = function(_, ms) now = now + ms end },
        waiting = function(text) said[#said + 1] = text end,
      }, most_ms, "it", function()
        tried[#tried + 1] = now
        return #tried, #tried < nth
      end)
      return found, tried, said
    end

    it("tries once when nothing is to be waited for", function()
      assert.same({ 1, { 0 }, {} }, { wait(7200000, 1) })
      assert.same({ 1, { 0 }, {} }, { wait(0, 5) })
    end)

    it("pauses longer and longer, a minute at most, and says so", function()
      local found, tried, said = wait(7200000, 5)
      assert.equal(5, found)
      assert.same({ 0, 1000, 2600, 5160, 9256 }, tried)
      assert.equal("waiting for it: again in 1 s, 2 h 00 min left", said[1])
      local _, many = wait(7200000, 100)
      assert.equal(60000, many[100] - many[99])
    end)

    it("ends when the time is over, after a last try", function()
      local found, tried = wait(4000, 99)
      assert.same({ 0, 1000, 2600, 4000 }, tried)
      assert.equal(4, found)
    end)
  end)
end)

describe("the checks of crier.doctor", function()
  describe("a campaign's name that the store knows", function()
    local FILES = { { path = "hello.lua", digest = "a1" } }

    -- A planned campaign with these changes; the script has its content.
    local function name(changes)
      local row = { name = "hello", app = "bot", tenant = "contoso", cloud = "public",
        action = "send", digest = "d1", planned = 1, state = "stopped" }
      for key, value in pairs(changes) do
        row[key] = value
      end
      return find("campaign", "campaign name").run { known = { row = row, files = FILES },
        config = { app = "bot", tenant = "contoso", cloud = "public" },
        files = { digest = function() return "d1" end, list = function() return FILES end } }
    end

    it("is refused as a run refuses it", function()
      for why, changes in pairs { ["belongs to tenant fabrikam"] = { tenant = "fabrikam" },
        ["app other"] = { app = "other" }, ["cloud gcc$"] = { cloud = "gcc" },
        ["planned to upgrade"] = { action = "upgrade" },
        ["with other content"] = { digest = "d2" } } do
        local line = name(changes)
        assert.equal("wrong", line.state)
        assert.matches(why, line.why)
        assert.equal(65, line.exit)
      end
      assert.same({ "wrong", 3 }, { name({ state = "paused" }).state,
        name({ state = "cancelled" }).exit })
      assert.matches("crier resume hello", name({ state = "paused" }).remedy)
    end)

    it("is good for the same campaign, which may be finished", function()
      assert.equal("ok", name({}).state)
      assert.equal("ok", name({ planned = 0 }).state)
      local line = name { state = "finished" }
      assert.equal("warning", line.state)
      assert.matches("^campaign hello is finished", line.why)
    end)
  end)

  describe("a tenant of GCC", function()
    local function explain(config)
      return require("crier.doctor.registration").explain({ config = config }, "no",
        "InvalidBotApiHost", { kind = "stale", scope = "run", reason = "wrong service host",
          code = "InvalidBotApiHost", remedy = "set CRIER_CLOUD=gcc" })
    end

    it("is moved to from the public cloud's own host alone", function()
      assert.same({ state = "warning", why = "wrong service host: no: a run moves to GCC's host",
        remedy = "set CRIER_CLOUD=gcc", code = "InvalidBotApiHost" },
        explain { info = { cloud = "public" } })
      for _, config in ipairs { { info = { cloud = "gcc" } },
        { info = { cloud = "public" }, connector_url = "https://smba.example/emea/" } } do
        local line = explain(config)
        assert.equal("wrong", line.state)
        assert.equal(77, line.exit)
      end
      assert.matches("unset CRIER_CONNECTOR_URL",
        explain({ info = { cloud = "public" }, connector_url = "x" }).remedy)
    end)
  end)

  describe("the keys of Teams", function()
    local cjson, loop = require "cjson", require "crier.loop"
    local URL, KEYS = "https://login.example/openid", "https://login.example/keys"
    local HOUR = 3600 * 1000
    local stores, place, key

    lazy_setup(function()
      stores = require "support.stores" -- here: what is #portable has no store
      place = stores.new()
      key = require("crier.core").signer.new():jwk():sub(1, -2)
      place:open():close()
    end)

    lazy_teardown(function() place:close() end)

    -- The line; by default all answers well. `more` changes the context.
    local function look(answers, more)
      local done = {}
      local context = { now_ms = function() return stores.NOW end, getenv = function() end,
        config = { store = "sqlite:" .. place.path, info = { openid = URL,
          authority = "https://entra.example" }, entra_apps = {}, tenant = "contoso",
          endpoints = { allows = function() return true end } },
        loop = loop.new { clock = { now_ms = function() return stores.NOW end }, transport = {
          submit = function(_, request)
            local answer = answers[request.url] or { nil, nil, "COULDNT_CONNECT" }
            done[#done + 1] = { ticket = #done + 1, response = { status = answer[1],
              body = answer[2], headers = {}, error = answer[3], message = answer[3] } }
            return #done
          end,
          step = function()
            local given = done
            done = {}
            return given, {}
          end } } }
      for name, value in pairs(more or {}) do
        context[name] = value
      end
      local check = find("webhook", "webhook keys")
      return check.is_due(context), context.loop:run(check.run, context)
    end

    local function set(...)
      local all = {}
      for i, endorsement in ipairs { ... } do
        all[i] = key .. ',"endorsements":' .. endorsement .. "}"
      end
      return { [URL] = { 200, cjson.encode { jwks_uri = KEYS } },
        [KEYS] = { 200, '{"keys":[' .. table.concat(all, ",") .. "]}" } }
    end

    local function keep(fetched_ms_ago, problem)
      local store = place:open()
      store.db:exec "DELETE FROM key_set"
      if problem then
        store.key_sets:failed(URL, problem, stores.NOW)
      else
        store.key_sets:keep(URL, "{}", stores.NOW - fetched_ms_ago)
      end
      store:close()
    end

    it("are looked for where somebody listens, or a campaign needs it", function()
      assert.is_false((look {}))
      assert.is_true((look({}, { getenv = function(name)
        return name == "CRIER_KEYS" and "keys.json" or nil
      end })))
      assert.is_true((look({}, { definition = { message = { kind = "dialog" } } })))
      assert.is_true((look({}, { definition = { track = { clicks = true } } })))
      assert.is_false((look({}, { definition = { message = { kind = "text" } } })))
      assert.is_false(find("webhook", "webhook keys").is_due {})
      keep(HOUR)
      assert.is_true((look {}))
    end)

    it("are counted, and those in the store have an age", function()
      keep(HOUR)
      local _, line = look(set('["msteams","skype"]', '["skype"]'))
      assert.same({ state = "ok", why = "2 at login.example, 1 endorsed for"
        .. " msteams; the store's are 1 h 00 min old" }, { state = line.state, why = line.why })
      keep(72 * HOUR)
      _, line = look(set '["msteams"]')
      assert.same({ "warning", "see that crier serve, or crier worker, runs on this store: it"
        .. " fetches them" }, { line.state, line.remedy })
      keep(0, "status 500")
      _, line = look(set '["msteams"]')
      assert.same({ "warning", "1 at login.example, 1 endorsed for msteams; the"
        .. " store has none: status 500" }, { line.state, line.why })
    end)

    it("must be endorsed for Teams", function()
      local _, line = look(set('["skype"]', '7'))
      assert.equal("warning", line.state)
      assert.matches("^2 at login.example, 0 endorsed for msteams$", line.why)
      assert.matches("CRIER_CLOUD", line.remedy)
    end)

    it("that cannot be had stop no run", function()
      keep(HOUR)
      local _, line = look {}
      assert.same({ "warning", URL .. ": COULDNT_CONNECT; the store's are 1 h 00 min old" },
        { line.state, line.why })
      assert.matches("campaigns are sent all the same$", line.remedy)
    end)
  end)

  it("has checks with keys of their own, whose grounds come before them", function()
    local known = {}
    for _, one in ipairs(doctor.checks()) do
      assert.is_nil(known[one.key])
      for _, key in ipairs(one.needs or {}) do
        assert.is_true(known[key], one.key .. " needs " .. key)
      end
      known[one.key] = true
      assert.is_true(#one.what <= 17, one.what)
    end
  end)

  describe("a credential", function()
    local DAY_MS = 24 * 3600 * 1000

    local function ending(credential)
      return find("settings", "credential end").run { config = { credential = credential },
        now_ms = function() return 1800000000000 end }
    end

    it("is warned of in the thirty days before its end", function()
      local function certificate(days)
        return ending { kind = "certificate", expires_at_ms = 1800000000000 + days * DAY_MS }
      end
      assert.same({ state = "ok", why = "it ends on 2027-02-14" }, certificate(30))
      assert.equal("it ends on 2027-02-13, in 29 days", certificate(29.5).why)
      assert.equal("warning", certificate(29.5).state)
      assert.equal("wrong", certificate(0).state)
      assert.equal(77, certificate(-1).exit)
      assert.equal("it ended on 2027-01-14", certificate(-1).why)
    end)

    it("says when nobody can know", function()
      assert.equal("not checked", ending({ kind = "secret" }).state)
      assert.equal("not checked", ending({ kind = "secret file" }).state)
      assert.equal("not checked", ending({ kind = "certificate" }).state)
      assert.equal("ok", ending({ kind = "managed identity" }).state)
      assert.equal("ok", ending({ kind = "federated token" }).state)
    end)

    it("is told in a line, with those that were passed over", function()
      local line = find("settings", "credential").run { config = { credential = {
        kind = "certificate", took = "certificate of AZURE_CLIENT_CERTIFICATE_PATH",
        skipped = { "secret: AZURE_CLIENT_SECRET is not set", "secret file: F is not set",
          "managed identity: certificate comes first" } } } }
      assert.equal("certificate of AZURE_CLIENT_CERTIFICATE_PATH; not set: secret, secret file;"
        .. " managed identity: certificate comes first", line.why)
    end)
  end)

  it("are shown in columns that fit the width", function()
    local write = require("crier.doctor.layout").new { width = 60 }
    local line = { state = "wrong", what = "token for Graph", why = "bad secret: AADSTS7000215:"
      .. " no", code = "AADSTS7000215", remedy = "Set it to the Value, not the Secret ID" }
    assert.equal("wrong        token for Graph   bad secret: AADSTS7000215: no\n"
      .. (" "):rep(31) .. "-> Set it to the Value, not\n" .. (" "):rep(31) .. "the Secret ID\n",
      write(line))
    assert.equal("wrong        token for the bot the same\n", write { state = "wrong",
      what = "token for the bot", why = line.why, code = line.code, remedy = line.remedy })
    assert.equal("ok           store\n", write { state = "ok", what = "store" })
    assert.equal("wrong        app               no (Code)\n", write { state = "wrong",
      what = "app", why = "no", code = "Code" })
  end)

  it("are coloured, and let no control character through", function()
    local write = require("crier.doctor.layout").new { width = 80, colour = true }
    local shown = write { state = "ok", what = "person", why = "Ana\27[31m\7 (ana@x)" }
    assert.equal("\27[32mok           \27[0mperson            Ana", shown:sub(1, 43))
    assert.is_nil(shown:sub(43):find "%c.")
  end)

  describe("consent", function()
    -- Asks; gives whether it is meant, and what was shown.
    local function ask(question, answer)
      local shown = {}
      local err = { flush = function() end, write = function(_, said)
        shown[#shown + 1] = said
      end }
      question.tenant, question.app, question.person = "t", "a", "ana@contoso.com"
      local is_meant = require("crier.doctor.consent").ask(question,
        { err = err, read = function() return answer end })
      return is_meant, table.concat(shown)
    end

    it("takes the number of recipients alone", function()
      for answer, is_meant in pairs { ["1"] = true, [" 1 "] = true, [""] = false, y = false,
        yes = false, ["11"] = false, ["0"] = false } do
        assert.equal(is_meant, (ask({ send = true }, answer)))
      end
      assert.is_false((ask({ send = true }, nil)))
    end)

    it("shows what would be done to whom", function()
      local _, shown = ask({ install = true, send = true }, "1")
      assert.equal("  tenant      t\n  app         a\n  person      ana@contoso.com\n"
        .. "  will        install the app, send one test message\n"
        .. "Type the number of recipients (1) to go on: ", shown)
      _, shown = ask({ install = true }, "1")
      assert.matches("will        install the app\n", shown)
      _, shown = ask({ send = true }, "1")
      assert.matches("will        send one test message\n", shown)
    end)

    it("is asked for once, and a no changes nothing", function()
      local asked = {}
      local context = { config = { tenant = "t", app_id = "a" }, person = { id = "p" },
        will_install = true, will_send = true, ask = function(question)
          asked[#asked + 1] = question
          return false
        end }
      local install = find("install", "install").run(context)
      assert.same({ state = "not checked", why = "not confirmed: nothing was installed or sent" },
        install)
      assert.same(install, find("message", "message").run(context))
      assert.same({ { tenant = "t", app = "a", person = "p", install = true, send = true } }, asked)
    end)
  end)
end)

-- The real program against the real sandbox: good set-ups, and broken ones.
local cjson = require "cjson"
local people = require "crier.simulator.people"
local place = require "support.place"
local rawserver = require "support.rawserver"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

local USERS, SEED = 200, 3
local NOBODY = "11111111-1111-4111-8111-111111111111"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign { name = "hello", audience = crier.users {}, install = %s,
  message = crier.text "Hi ${recipient.givenName}" }
]]

describe("crier doctor", function()
  local cloud, here, extra

  -- A sandbox, and a folder with the environment for it.
  local function begin(options, env)
    cloud = sandbox.start(("--users %d --limits off --seed %d %s"):format(USERS, SEED,
      options or ""))
    here = place.new(cloud.env, { ["good.lua"] = SCRIPT:format "true",
      ["careful.lua"] = SCRIPT:format "false", ["bad.lua"] = "return {" })
    for name, value in pairs(env or {}) do
      here.env[name] = value or nil
    end
  end

  after_each(function()
    here:close()
    cloud:stop()
    if extra then
      extra:stop()
      extra = nil
    end
  end)

  -- The object id of the first person of a kind.
  local function person(kind)
    local all = people.new { users = USERS, seed = SEED, domain = "northwind.example" }
    for k = 1, USERS do
      if all:kind(k) == kind then
        return all:id(k)
      end
    end
    error("no " .. kind)
  end

  -- The lines by check, the exit status, and the document.
  local function examine(arguments, env)
    local result = here:crier("doctor --json " .. (arguments or ""), env)
    local document = cjson.decode(result.out ~= "" and result.out or error(result.err))
    assert.equal(document.exit, result.status)
    local lines = {}
    for _, line in ipairs(document.checks) do
      lines[line.check] = line
    end
    return lines, result.status, document
  end

  -- The checks of a document that are in a state.
  local function those(document, state)
    local found = {}
    for _, line in ipairs(document.checks) do
      if line.state == state then
        found[#found + 1] = line.check
      end
    end
    return found
  end

  -- One check is wrong and begins what a run would fail of.
  local function check(arguments, exit, key, why, remedy, code)
    local lines, status, document = examine(arguments)
    assert.equal(key, those(document, "wrong")[1])
    assert.equal(exit, status)
    assert.matches(why, lines[key].why)
    assert.matches(remedy, lines[key].remedy)
    assert.equal(code or cjson.null, lines[key].code)
    return lines
  end

  describe("where all is well", function()
    it("finds nothing wrong, and changes nothing", function()
      begin()
      local lines, status, document = examine "good.lua"
      assert.equal(0, status)
      assert.is_true(document.works)
      assert.is_false(document.tried)
      assert.same({}, those(document, "wrong"))
      assert.same({}, those(document, "warning"))
      assert.same({ "credential end" }, those(document, "not checked"))
      assert.equal("hello: users, install = true", lines.campaign.why)
      assert.matches("^Crier 1%.2%.0, catalog id %x[%x-]+; CRIER_APP_ID is its manifest id$",
        lines.app.why)
      assert.matches("^User%.Read%.All, AppCatalog%.Read%.All, TeamsAppInstallation"
        .. "%.ReadWriteSelfForUser%.All, and %d+ more$", lines.permissions.why)
      assert.equal(0, cloud:requests "install")
      assert.equal(0, cloud:stats().deliveries)
      assert.equal("crier.db: not there yet, the first run makes it", lines.store.why)
      assert.is_nil(lines["webhook keys"])
      lines = examine("", { CRIER_KEYS = "keys.json" })
      assert.equal(("1 at %s, 1 endorsed for msteams; nobody has listened on this store yet")
        :format(cloud.url:match "//(.*)"), lines["webhook keys"].why)
      assert.is_false(pcall(io.lines, here.path .. "/crier.db"))
    end)

    it("promises a run only when a person was tried", function()
      begin()
      local who = person "member"
      local result = here:crier("doctor good.lua --person " .. who)
      assert.equal(0, result.status)
      assert.matches("\n\nnothing is wrong that can be seen without installing: try crier doctor"
        .. " %-%-person " .. who:gsub("%-", "%%-") .. " %-%-install\n$", result.out)
      assert.matches("%-%-person you@…\n$", here:crier("doctor careful.lua").out)
      result = here:crier("doctor good.lua --install --person " .. who)
      assert.matches("\n\na run would work\n$", result.out)
      local _, status, document = examine("good.lua --person " .. who)
      assert.same({ 0, true }, { status, document.tried })
    end)

    it("installs for one person and sends to them", function()
      begin()
      local id = person "member"
      local lines, status, document = examine("good.lua --install --send --person " .. id)
      assert.equal(0, status)
      assert.same({}, those(document, "wrong"))
      assert.equal("not installed yet", lines.installation.why)
      for _, key in ipairs { "person", "install", "chat", "message" } do
        assert.equal("ok", lines[key].state, key)
      end
      local delivered = cloud:deliveries()
      assert.equal(1, #delivered)
      assert.equal(id, delivered[1].recipient)
      assert.matches("^A test message of crier doctor", delivered[1].activity.text)
      lines = examine("--install --person " .. id)
      assert.matches("^installed", lines.installation.why)
      assert.is_nil(lines.install)
      assert.equal(1, cloud:stats().deliveries)
    end)

    it("fits a screen, and says it in words without colour", function()
      begin()
      local result = here:crier "doctor good.lua"
      assert.equal(0, result.status)
      assert.equal("", result.err)
      assert.matches("\nok           clock             agrees with the service's\n", result.out)
      assert.matches("\n\nnothing is wrong that can be seen without a person: try crier doctor"
        .. " %-%-person you@… %-%-install\n$", result.out)
      assert.is_nil(result.out:find "\27")
      local _, count = result.out:gsub("\n", "")
      assert.is_true(count <= 32, count .. " lines")
      for line in result.out:gmatch "[^\n]+" do
        assert.is_true(#line <= 100, line)
      end
    end)

    it("writes a line for each call with --verbose, without a secret", function()
      begin()
      local result = here:crier "doctor --verbose"
      assert.matches("service=token operation=token method=POST url=http[^\n]* status=200",
        result.err)
      assert.matches("operation=catalog method=GET url=http[^\n]* status=200", result.err)
      for _, word in ipairs { cloud.env.AZURE_CLIENT_SECRET, "eyJ", "Bearer", "client_secret" } do
        assert.is_nil((result.out .. result.err):find(word, 1, true), word)
      end
    end)
  end)

  describe("tells what is wrong:", function()
    it("a setting", function()
      begin(nil, { AZURE_TENANT_ID = false })
      check("", 78, "settings", "^AZURE_TENANT_ID is not set$", "tenant id")
      here.env.AZURE_CLIENT_ID = nil
      here.env.CRIER_LIMITS = "some"
      local lines = check("", 78, "settings", "^AZURE_TENANT_ID is not set; AZURE_CLIENT_ID is not"
        .. " set; CRIER_LIMITS is 'some'", "AZURE_CLIENT_ID: set it to the Application")
      assert.equal("needs: settings", lines.store.why)
      assert.equal("not checked", lines["graph token"].state)
    end)

    it("the store", function()
      begin(nil, { CRIER_STORE = "sqlite:/proc/nowhere/crier.db" })
      check("", 78, "store", "cannot be made", "CRIER_STORE")
    end)

    it("that a run is under way", function()
      begin "--installed 1 --faults create:503=1"
      local running = here:start "run careful.lua"
      assert.is_true(cloud:wait_for(1, running, "create"))
      local lines, status = examine()
      running:signal "KILL"
      running:wait()
      assert.equal(78, status)
      assert.equal("wrong", lines.store.state)
      assert.matches("^crier%.db: a run of this app and tenant is under way: process %d+ on ",
        lines.store.why)
      assert.matches("^wait for it, or stop it", lines.store.remedy)
      lines = examine()
      assert.equal("crier.db: 1 campaign", lines.store.why)
    end)

    it("that the store knows the name", function()
      begin "--installed 1"
      assert.equal(0, here:crier("run careful.lua").status % 2)
      local lines, status = examine "careful.lua"
      assert.equal(0, status)
      assert.equal("warning", lines["campaign name"].state)
      check("good.lua", 65, "campaign name", "^campaign hello was planned with other content:",
        "another name")
      here.env.CRIER_BOT_CLIENT_ID = NOBODY
      check("careful.lua", 65, "campaign name", "^campaign hello belongs to tenant ",
        "another store")
    end)

    it("the script", function()
      begin()
      local lines, status = examine "bad.lua"
      assert.equal(65, status)
      assert.matches("^bad%.lua:1: ", lines.campaign.why)
    end)

    it("nothing answers", function()
      begin(nil, { CRIER_GRAPH_URL = "http://127.0.0.1:1" })
      local lines = check("", 69, "graph host", "^cannot connect: ", "firewall",
        "COULDNT_CONNECT")
      assert.equal("ok", lines["graph token"].state)
      assert.equal("needs: Graph host", lines.people.why)
    end)

    it("a certificate that is not trusted, and who issued it", function()
      begin()
      extra = rawserver.start { "tls", "read", "hang" }
      here.env.AZURE_AUTHORITY_HOST = extra.secure_url
      local lines = check("", 69, "login host", "^certificate not trusted: ", "SSL_CERT_FILE",
        "PEER_FAILED_VERIFICATION")
      assert.matches("is issued by CN = rawserver", lines["login host"].why)
      assert.equal("needs: sign-in host", lines["graph token"].why)
      assert.same({}, extra:events "request")
    end)

    it("a proxy that asks who one is, and one that shows its own certificate", function()
      begin(nil, { AZURE_AUTHORITY_HOST = "https://login.invalid" })
      extra = rawserver.start { "read", "send HTTP/1.1 407 Who\\r\\nContent-Length: 0\\r\\n\\r\\n" }
      here.env.HTTPS_PROXY = extra.url
      check("", 77, "login host", "^proxy refused through the proxy: .*407",
        "name and password", "RECV_ERROR")
      assert.matches("^request 1 CONNECT login%.invalid:443 ", extra:events("request")[1])
      extra:stop()
      extra = rawserver.start { "read", "send HTTP/1.1 200 OK\\r\\n\\r\\n", "tls", "hang" }
      here.env.HTTPS_PROXY = extra.url
      check("", 69, "login host", "^certificate not trusted through the proxy: .* is issued by"
        .. " CN = rawserver", "the proxy's CA", "PEER_FAILED_VERIFICATION")
    end)

    it("the clock", function()
      begin "--faults clock-skew=1"
      check("", 78, "clock", "^%d+ min %d%d s behind the service's$", "NTP")
    end)

    it("the secret", function()
      begin(nil, { AZURE_CLIENT_SECRET = "wrong" })
      local lines = check("", 77, "graph token", "^bad secret: AADSTS7000215", "Secret ID",
        "AADSTS7000215")
      assert.equal(lines["graph token"].why, lines["bot token"].why)
      assert.equal("needs: token for Graph", lines.permissions.why)
    end)

    it("the secret's age", function()
      begin "--faults expired-secret=1"
      check("", 77, "graph token", "^expired secret: AADSTS7000222", "make a new one",
        "AADSTS7000222")
    end)

    it("the tenant, and the client id", function()
      begin(nil, { AZURE_TENANT_ID = NOBODY })
      local lines = check("", 77, "graph token", "^tenant unknown: ",
        "^settings of a sandbox are left over: unset AZURE_AUTHORITY_HOST, CRIER_GRAPH_URL,"
        .. " CRIER_CONNECTOR_URL .*AZURE_TENANT_ID", "AADSTS90002")
      assert.matches("cloud public; on this machine: AZURE_AUTHORITY_HOST, ", lines.settings.why)
      here.env.AZURE_TENANT_ID = cloud.env.AZURE_TENANT_ID
      here.env.AZURE_CLIENT_ID = NOBODY
      check("", 77, "graph token", "^app unknown: ", "AZURE_CLIENT_ID", "AADSTS700016")
    end)

    it("a certificate that ends soon", function()
      local folder = shell.run "mktemp -d"
      shell.run(("openssl req -x509 -newkey rsa:2048 -nodes -days 10 -subj /CN=crier -keyout %s/k"
        .. " -out %s/c 2>/dev/null; cat %s/k %s/c > %s/pem"):gsub("%%s", folder))
      begin(("--certificate %s/pem --credential certificate"):format(folder))
      local lines, status = examine()
      assert.equal(0, status)
      assert.matches("^certificate .*%(AZURE_CLIENT_CERTIFICATE_PATH%).*; not set: secret,",
        lines.credential.why)
      assert.equal("warning", lines["credential end"].state)
      assert.matches("^it ends on 20%d%d%-%d%d%-%d%d, in %d days$", lines["credential end"].why)
      assert.equal("ok", lines["graph token"].state)
      os.execute("rm -r " .. folder)
    end)

    it("that there is no credential at all", function()
      begin(nil, { AZURE_CLIENT_SECRET = false,
        AZURE_POD_IDENTITY_AUTHORITY_HOST = "http://127.0.0.1:1" })
      local lines = check("", 78, "graph token", "^no credential: ", "AZURE_CLIENT_SECRET",
        "CONFIG")
      assert.matches("^managed identity of this machine", lines.credential.why)
    end)

    it("permissions, with the page on which to consent", function()
      begin "--faults consent=1"
      local lines = check("good.lua", 77, "permissions", "^missing: User%.Read%.All,"
        .. " AppCatalog%.Read%.All, TeamsAppInstallation%.ReadWriteSelfForUser%.All; the token"
        .. " has none$", "/adminconsent%?client_id=" .. cloud.env.AZURE_CLIENT_ID:gsub("%-", "%%-"))
      assert.equal("Authorization_RequestDenied", lines.people.code)
      lines = examine "careful.lua"
      assert.matches("^missing: User%.Read%.All; ", lines.permissions.why)
    end)

    it("permissions that are broader than need be, and those of 2020", function()
      begin("--roles Directory.ReadWrite.All,AppCatalog.ReadWrite.All,Chat.Read.All,"
        .. "TeamsAppInstallation.ReadWriteForUser.All")
      local lines, status, document = examine "good.lua"
      assert.equal(0, status)
      assert.same({ "broad permissions" }, those(document, "warning"))
      assert.equal("more than a campaign needs: AppCatalog.ReadWrite.All, Chat.Read.All,"
        .. " Directory.ReadWrite.All, TeamsAppInstallation.ReadWriteForUser.All",
        lines["broad permissions"].why)
      assert.matches("Chat%.Read%.All: it reads everybody's messages",
        lines["broad permissions"].remedy)
    end)

    it("an app that asks for permissions of its own", function()
      begin("--declares TeamsActivity.Send.User --roles User.Read.All,AppCatalog.Read.All,"
        .. "TeamsAppInstallation.ReadWriteSelfForUser.All")
      check("good.lua", 77, "app consent", "^installs must consent to TeamsActivity.Send.User$",
        "ReadWriteAndConsentSelfForUser.All")
      local lines, status = examine "careful.lua"
      assert.equal(0, status)
      assert.is_nil(lines["app consent"])
      cloud:stop()
      here:close()
      begin "--declares TeamsActivity.Send.User"
      lines, status = examine("good.lua --install --person " .. person "member")
      assert.equal(0, status)
      assert.equal("installed", lines.install.why)
    end)

    it("the app's id", function()
      begin(nil, { CRIER_APP_ID = NOBODY })
      check("", 78, "app", "is in the organisation's catalog", "48 hours")
      cloud:stop()
      here:close()
      begin "--faults no-app=1"
      check("", 78, "app", "is in the organisation's catalog", "publish the app")
      here.env.CRIER_APP_ID = here.env.AZURE_CLIENT_ID
      check("", 78, "app", "is the client id of the app registration", "manifest id")
      here.env.CRIER_APP_ID = nil
      check("good.lua", 78, "app", "^CRIER_APP_ID is not set$", "manifest id")
      local lines, status = examine "careful.lua"
      assert.equal(0, status)
      assert.equal("not checked", lines.app.state)
    end)

    it("an app that belongs to another registration", function()
      begin "--faults not-owner=1"
      local lines = check("--install --person " .. person "member", 78, "app owner",
        "^webApplicationInfo%.id is %x", "publish the app anew")
      assert.matches("^wrong app id: ", lines.install.why)
      assert.equal("Forbidden", lines.install.code)
    end)

    it("an app that was just published, and waits for it when asked to", function()
      begin "--faults just-published=1"
      local who = "--install --person " .. person "member"
      local lines = check(who, 78, "install", "^published, but Teams does not know it yet: ",
        "48 hours", "NotFound")
      assert.equal("ok", lines.person.state)
      assert.equal(1, cloud:requests "install")
      local result = here:crier("doctor --wait 1s " .. who)
      assert.equal(78, result.status)
      assert.matches("^crier: waiting for Teams to know the app: again in 1 s, 1 s left\n",
        result.err)
      assert.equal(3, cloud:requests "install")
    end)

    it("an app that is blocked for a person, or for all", function()
      local who = "--install --person " .. person "member"
      begin "--faults policy=1"
      check(who, 2, "install", "^blocked for this person: ", "Permission policies", "AccessDenied")
      for fault, code in pairs { ["app-blocked=1"] = "Forbidden",
        ["policy=1,bot-disabled=1"] = "BotDisabledByAdmin" } do
        cloud:stop()
        here:close()
        begin("--faults " .. fault)
        local lines = examine(who)
        assert.equal("wrong", lines.install.state)
        assert.matches("^blocked for all: ", lines.install.why)
        assert.matches("Manage apps", lines.install.remedy)
        assert.equal(code, lines.install.code)
      end
    end)

    it("a person who cannot be sent to", function()
      begin()
      check("--person " .. person "disabled", 2, "person", "^the account is disabled$",
        "Unblock")
      check("--person " .. person "no_teams", 2, "person", "^no Teams licence$", "licence")
      check("--person nobody@northwind.example", 2, "person", "^no such user: ", "tenant",
        "Request_ResourceNotFound")
      local lines, status = examine("--person " .. person "guest")
      assert.equal(0, status)
      assert.equal("warning", lines.person.state)
      check("careful.lua --person " .. person "member", 2, "installation",
        "^not installed, and the campaign does not install it$", "install = true")
    end)

    it("a person who has blocked the bot", function()
      begin "--installed 1 --faults blocked=1"
      check("--send --person " .. person "member", 2, "message", "^blocked: ", "only they",
        "ConversationBlockedByUser")
      assert.equal(0, cloud:stats().deliveries)
    end)

    it("that there is no Azure Bot, no Teams channel, or a bot of many tenants", function()
      begin "--faults no-bot=1"
      check("", 77, "bot", "^bot not registered: ", "Make an Azure Bot", "BotNotRegistered")
      cloud:stop()
      here:close()
      begin "--faults no-teams-channel=1"
      check("", 77, "bot", "^no Teams channel: ", "Channels")
      cloud:stop()
      here:close()
      begin "--faults multi-tenant=1"
      check("", 78, "bot", "^a bot of many tenants gets its token from botframework.com$",
        "^set CRIER_BOT_TENANT=botframework.com$")
      here.env.CRIER_BOT_TENANT = "botframework.com"
      local lines, status = examine()
      assert.equal(0, status)
      assert.equal("issued by tenant botframework.com", lines["bot token"].why)
    end)

    it("that the bot is disabled, or at another host", function()
      begin "--faults bot-disabled=1"
      check("--install --person " .. person "member", 77, "chat", "^bot disabled: ",
        "Manage apps", "BotDisabledByAdmin")
      cloud:stop()
      here:close()
      begin "--faults gcc=1"
      check("", 77, "bot", "^wrong service host: ", "unset CRIER_CONNECTOR_URL",
        "InvalidBotApiHost")
      assert.equal(77, here:crier("run good.lua").status)
    end)

    it("a cloud that lacks something", function()
      begin "--cloud gcch"
      local lines, status = examine()
      assert.equal(0, status)
      assert.equal("warning", lines.cloud.state)
      assert.matches("app setup policy", lines.cloud.remedy)
      lines = examine("--install --person " .. person "member")
      assert.equal("wrong", lines.install.state)
      assert.matches("app setup policy", lines.install.remedy)
      check("good.lua", 77, "cloud", "the campaign says install = true$", "app setup policy")
      lines, status = examine "careful.lua"
      assert.equal(0, status)
      assert.equal("warning", lines.cloud.state)
    end)
  end)

  describe("refuses with 64", function()
    local function refused(arguments, message, env)
      local result = here:crier("doctor " .. arguments, env)
      assert.equal(64, result.status)
      assert.equal("", result.out)
      assert.matches(message, result.err)
    end

    it("what makes no sense", function()
      begin()
      refused("--install", "%-%-install needs %-%-person")
      refused("--send", "%-%-send needs %-%-person")
      refused("--wait 2h", "%-%-wait needs %-%-person")
      for _, word in ipairs { "2", "h", "2d", "49h", "-1h", "1.5h" } do
        refused("--person x --wait=" .. word, "%-%-wait '" .. word:gsub("%p", "%%%0") .. "'")
      end
    end)

    it("to change anything in a real tenant without a word", function()
      begin()
      for _, word in ipairs { "--install", "--send" } do
        refused("--person ana@contoso.com " .. word, "no terminal to ask at",
          { CRIER_GRAPH_URL = false, CRIER_LIMITS = false })
      end
      assert.equal(0, cloud:requests())
    end)
  end)
end)

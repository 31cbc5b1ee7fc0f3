local cloud = require("crier.core").cloud

local function info(options)
  return assert(cloud.endpoints(options)):info()
end

describe("crier.core.cloud", function()
  describe("endpoints()", function()
    it("knows the public cloud", function()
      assert.same({
        cloud = "public",
        authority = "https://login.microsoftonline.com",
        graph = "https://graph.microsoft.com",
        connector = "https://smba.trafficmanager.net/teams/",
        bot_tenant = "botframework.com",
        graph_scope = "https://graph.microsoft.com/.default",
        bot_scope = "https://api.botframework.com/.default",
        issuer = "https://api.botframework.com", sts = "https://sts.windows.net",
        openid = "https://login.botframework.com/v1/.well-known/openidconfiguration",
        loopback = false,
        all_loopback = false,
      }, info({ cloud = "public" }))
    end)

    local differences = {
      gcc = {
        connector = "https://smba.infra.gcc.teams.microsoft.com/teams/",
        authority = "https://login.microsoftonline.com",
        graph = "https://graph.microsoft.com",
        bot_tenant = "botframework.com",
        bot_scope = "https://api.botframework.com/.default",
        issuer = "https://api.botframework.com", sts = "https://sts.windows.net",
        openid = "https://login.botframework.com/v1/.well-known/openidconfiguration",
      },
      gcch = {
        connector = "https://smba.infra.gov.teams.microsoft.us/teams/",
        authority = "https://login.microsoftonline.us",
        graph = "https://graph.microsoft.us",
        graph_scope = "https://graph.microsoft.us/.default",
        bot_tenant = "MicrosoftServices.onmicrosoft.us",
        bot_scope = "https://api.botframework.us/.default",
        issuer = "https://api.botframework.us", sts = "https://login.microsoftonline.us",
        openid = "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
      },
      dod = {
        connector = "https://smba.infra.dod.teams.microsoft.us/teams/",
        authority = "https://login.microsoftonline.us",
        graph = "https://dod-graph.microsoft.us",
        graph_scope = "https://dod-graph.microsoft.us/.default",
        bot_tenant = "MicrosoftServices.onmicrosoft.us",
        bot_scope = "https://api.botframework.us/.default",
        issuer = "https://api.botframework.us", sts = "https://login.microsoftonline.us",
        openid = "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
      },
      china = {
        connector = "https://frontend.botapi.msg.infra.teams.microsoftonline.cn/teams/",
        authority = "https://login.partner.microsoftonline.cn",
        graph = "https://microsoftgraph.chinacloudapi.cn",
        graph_scope = "https://microsoftgraph.chinacloudapi.cn/.default",
        bot_tenant = "microsoftservices.partner.onmschina.cn",
        bot_scope = "https://api.botframework.azure.cn/.default",
        issuer = "https://api.botframework.azure.cn", sts = "https://sts.chinacloudapi.cn",
        openid = "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
      },
    }
    for name, expected in pairs(differences) do
      it("knows " .. name, function()
        local found = info({ cloud = name })
        assert.equal(name, found.cloud)
        for key, value in pairs(expected) do
          assert.equal(value, found[key])
        end
      end)
    end

    it("lets keys come from where the metadata is, and from the authority", function()
      local found = cloud.endpoints { cloud = "gcch" }
      for url, is_allowed in pairs {
        ["https://login.botframework.azure.us/v1/.well-known/keys"] = true,
        ["https://login.microsoftonline.us/t/discovery/v2.0/keys"] = true,
        ["https://login.botframework.com/v1/.well-known/keys"] = false,
        ["http://login.botframework.azure.us/keys"] = false,
        ["https://login.botframework.azure.us:8443/keys"] = false,
        ["https://smba.infra.gov.teams.microsoft.us/keys"] = false, ["keys"] = false } do
        assert.equal(is_allowed, found:allows("keys", url), url)
      end
      found = assert(cloud.endpoints { cloud = "gcch", openid = "http://127.0.0.1:8080/x" })
      assert.is_true(found:allows("keys", "http://127.0.0.1:8080/keys"))
      assert.is_false(found:allows("keys", "https://login.botframework.azure.us/keys"))
      assert.equal("http://127.0.0.1:8080/x", found:info().openid)
      assert.same({ nil, "openid: must be an https URL, or http on loopback, without user, query"
        .. " or fragment", "URL_REFUSED" },
        { cloud.endpoints { cloud = "gcch", openid = "http://x.example/" } })
    end)

    it("refuses a cloud that does not exist", function()
      local endpoints, err, code = cloud.endpoints({ cloud = "mars" })
      assert.is_nil(endpoints)
      assert.equal("mars: unknown cloud: expected public, gcc, gcch, dod, china", err)
      assert.equal("CLOUD_UNKNOWN", code)
    end)

    it("takes base URLs and keeps the cloud's scopes", function()
      local found = info({
        cloud = "public",
        authority = "http://127.0.0.1:8080/login/",
        graph = "http://LOCALHOST:8080",
        connector = "http://[::1]:8080/a/b",
      })
      assert.equal("http://127.0.0.1:8080/login", found.authority)
      assert.equal("http://LOCALHOST:8080", found.graph)
      assert.equal("http://[::1]:8080/a/b/", found.connector)
      assert.equal("https://graph.microsoft.com/.default", found.graph_scope)
      assert.equal("https://api.botframework.com/.default", found.bot_scope)
      assert.is_true(found.loopback)
      assert.is_true(found.all_loopback)
    end)

    it("ends the connector's URL with exactly one slash", function()
      for _, tail in ipairs({ "", "/", "///" }) do
        local found = info({ cloud = "public", connector = "https://c.example/teams" .. tail })
        assert.equal("https://c.example/teams/", found.connector)
      end
    end)

    it("calls it loopback when graph and connector both are", function()
      local found = info({
        cloud = "public", graph = "http://127.1.2.3:1", connector = "https://localhost",
      })
      assert.is_true(found.loopback)
      assert.is_false(found.all_loopback)
      found = info({ cloud = "public", graph = "http://127.0.0.1:1" })
      assert.is_false(found.loopback)
    end)

    local refused = {
      "", "x", "graph.example", "ftp://graph.example", "//graph.example",
      "http://graph.example", "http://127.0.0.1.example", "http://127.1",
      "http://localhost.example", "http://[::2]", "http://169.254.169.254",
      "https://", "https:///x", "https://:443", "https://user@graph.example",
      "https://user:pw@graph.example", "https://graph.example@evil.example",
      "https://graph.example?x=1", "https://graph.example#x",
      "https://graph.example/?", "https://graph.example/#",
      "https://graph.example\\@evil.example", "https://graph.example/\\x",
      "https://graph. example", "https://graph.example/a b",
      "https://graph.example/\n", "https://graph.example/\0", "https://gr\195\164ph.example",
      "https://graph.example:", "https://graph.example:0", "https://graph.example:65536",
      "https://graph.example:0443", "https://graph.example:4a", "https://graph.example:-1",
      "https://graph.example:443:443", "https://.example", "https://a..example",
      "https://graph.example.", "https://a%2eexample", "https://[::1", "https://[::1]x",
      "https://[::1]:", "https://[fe80::1%25eth0]", "https://[127.0.0.1]", "https://::1",
      "https://1.2.3", "https://1.2.3.256", "https://01.2.3.4", "https://2130706433",
      "https://a,b", "https://a;b", "https://a\"b", "https://graph.example/\"",
      "https://" .. ("a"):rep(64) .. ".example",
      "https://" .. ("a."):rep(127) .. "example",
      "https://graph.example/" .. ("a"):rep(600),
    }
    for _, key in ipairs({ "authority", "graph", "connector" }) do
      for _, url in ipairs(refused) do
        it(("refuses %s %q"):format(key, url:sub(1, 60)), function()
          local endpoints, err, code = cloud.endpoints({ cloud = "public", [key] = url })
          assert.is_nil(endpoints)
          assert.equal(key .. ": must be an https URL, or http on loopback, "
            .. "without user, query or fragment", err)
          assert.equal("URL_REFUSED", code)
        end)
      end
    end

    it("refuses a version in the Graph URL", function()
      for _, tail in ipairs({ "/v1.0", "/v1.0/", "/beta" }) do
        local endpoints, err, code = cloud.endpoints({
          cloud = "public", graph = "https://graph.microsoft.com" .. tail,
        })
        assert.is_nil(endpoints)
        assert.equal("graph: must not end in a version such as v1.0 or beta", err)
        assert.equal("URL_REFUSED", code)
      end
    end)

    it("refuses odd and too many hosts", function()
      for _, host in ipairs({ "", "a b", "http://a.example", "https://a.example/path",
        "user@a.example", "a.example:", "*.example", "a.example/" .. ("x"):rep(600) }) do
        local endpoints, _, code = cloud.endpoints({ cloud = "public", allow_hosts = { host } })
        assert.is_nil(endpoints)
        assert.equal("URL_REFUSED", code)
      end
      local many = {}
      for i = 1, 40 do
        many[i] = ("h%d.example"):format(i)
      end
      local endpoints, err, code = cloud.endpoints({ cloud = "public", allow_hosts = many })
      assert.is_nil(endpoints)
      assert.equal("h30.example: too many hosts", err)
      assert.equal("URL_REFUSED", code)
    end)

    it("raises on misuse", function()
      assert.has_error(function() cloud.endpoints({}) end)
      assert.has_error(function() cloud.endpoints("public") end)
      assert.has_error(function() cloud.endpoints({ cloud = "public", graph = 1 }) end)
      assert.has_error(function() cloud.endpoints({ cloud = "public", allow_hosts = "a" }) end)
      assert.has_error(function() cloud.endpoints({ cloud = "public", allow_hosts = { 1 } }) end)
    end)

    it("tells its cloud as text", function()
      assert.equal("crier.endpoints (dod)", tostring(cloud.endpoints({ cloud = "dod" })))
    end)
  end)

  describe(":allows()", function()
    local public = cloud.endpoints({ cloud = "public" })
    local own = cloud.endpoints({
      cloud = "public",
      authority = "http://127.0.0.1:1",
      graph = "http://127.0.0.1:2/base",
      connector = "http://[0:0::1]:3/teams",
      allow_hosts = { "relay.example", "relay.example:8443", "https://other.example/" },
    })

    local cases = {
      { public, "graph", "https://graph.microsoft.com/v1.0/users?$skiptoken=x", true },
      { public, "graph", "HTTPS://GRAPH.Microsoft.COM:443/", true },
      { public, "graph", "https://graph.microsoft.com.evil.example/", false },
      { public, "graph", "https://graph.microsoft.com:8443/", false },
      { public, "graph", "http://graph.microsoft.com/", false },
      { public, "graph", "https://graph.microsoft.com@evil.example/", false },
      { public, "graph", "https://smba.trafficmanager.net/", false },
      { public, "graph", "", false },
      { public, "connector", "https://smba.trafficmanager.net/amer/t/", true },
      { public, "connector", "https://smba.onyx.prod.teams.trafficmanager.net/", true },
      { public, "connector", "https://smba.infra.gcc.teams.microsoft.com/teams", true },
      { public, "connector", "https://smba.infra.gov.teams.microsoft.us/teams", false },
      { public, "connector", "https://x.trafficmanager.net/", false },
      { public, "connector", "https://evil.smba.trafficmanager.net/", false },
      { public, "connector", "http://smba.trafficmanager.net/", false },
      { public, "connector", "https://graph.microsoft.com/", false },
      { public, "connector", "https://smba.trafficmanager.net\\@evil.example/", false },
      { public, "authority", "https://login.microsoftonline.com/t/oauth2/v2.0/token", true },
      { public, "authority", "https://graph.microsoft.com/", false },
      { own, "authority", "http://127.0.0.1:1/x", true },
      { own, "authority", "http://127.0.0.1:2/x", false },
      { own, "graph", "http://127.0.0.1:2/elsewhere", true },
      { own, "graph", "http://localhost:2/", false },
      { own, "graph", "https://graph.microsoft.com/", false },
      { own, "connector", "http://[::1]:3/", true },
      { own, "connector", "http://[::1]:4/", false },
      { own, "connector", "https://smba.trafficmanager.net/teams", true },
      { own, "connector", "https://relay.example/x", true },
      { own, "connector", "https://relay.example:8443/", true },
      { own, "connector", "https://relay.example:9443/", false },
      { own, "connector", "http://relay.example/", false },
      { own, "connector", "https://other.example/", true },
      { own, "graph", "https://relay.example/", false },
    }
    for i, case in ipairs(cases) do
      it(("%d: %s %s is %s"):format(i, case[2], case[3], tostring(case[4])), function()
        assert.equal(case[4], case[1]:allows(case[2], case[3]))
      end)
    end

    it("keeps each cloud to its own connector hosts", function()
      local hosts = {
        gcch = "https://smba.infra.gov.teams.microsoft.us/",
        dod = "https://smba.infra.dod.teams.microsoft.us/",
        china = "https://frontend.botapi.msg.infra.teams.microsoftonline.cn/",
      }
      for name in pairs(hosts) do
        local endpoints = cloud.endpoints({ cloud = name })
        for other, url in pairs(hosts) do
          assert.equal(name == other, endpoints:allows("connector", url))
        end
        assert.is_false(endpoints:allows("connector", "https://smba.trafficmanager.net/"))
      end
    end)

    it("raises on a service that it does not know", function()
      assert.has_error(function() public:allows("mail", "https://x.example") end)
    end)
  end)
end)

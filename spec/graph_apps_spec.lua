local core = require "crier.core"
local wired = require "support.wired"

local graph, request = wired.graph, wired.request
local BIND = '"teamsApp@odata.bind":"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/'

-- A place of each kind, and the path of its apps.
local PLACES = {
  { "u@1", "/users/u%401/teamwork/installedApps" },
  { { user = "u/1" }, "/users/u%2F1/teamwork/installedApps" },
  { { team = "t#1" }, "/teams/t%231/installedApps" },
  { { chat = "19:a@thread.v2" }, "/chats/19%3Aa%40thread.v2/installedApps" },
}

local CONSENT = { permissions = {
  { permissionValue = "TeamsActivity.Send.User", permissionType = "Application" },
  { permissionValue = 'a"b', permissionType = "Delegated" },
} }
local CONSENTED = '"consentedPermissionSet":{"resourceSpecificPermissions":['
  .. '{"permissionValue":"TeamsActivity.Send.User","permissionType":"Application"},'
  .. '{"permissionValue":"a\\"b","permissionType":"Delegated"}]}'

describe("crier.core.graph", function()
  for _, case in ipairs(PLACES) do
    local place, path = case[1], case[2]

    describe("in " .. path, function()
      it("looks for an installation", function()
        assert.same(request("installation", path .. "?$expand=teamsApp,teamsAppDefinition"
          .. "&$filter=teamsApp%2Fid%20eq%20%27cat%27%271%27"),
          graph:installation(place, "cat'1"))
      end)

      it("installs", function()
        assert.same(wired.json("install", "POST", path, "{" .. BIND .. 'cat%22%5C1"}'),
          graph:install(place, 'cat"\\1'))
      end)

      it("installs with consent to what the app declares", function()
        assert.same(wired.json("install", "POST", path,
          "{" .. BIND .. 'c",' .. CONSENTED .. "}"), graph:install(place, "c", CONSENT))
      end)

      it("upgrades", function()
        assert.same(request("upgrade", path .. "/aW5z%3D%3D/upgrade", { method = "POST" }),
          graph:upgrade(place, "aW5z=="))
        assert.same(wired.json("upgrade", "POST", path .. "/i/upgrade", "{" .. CONSENTED .. "}"),
          graph:upgrade(place, "i", CONSENT))
      end)

      it("uninstalls", function()
        assert.same(request("uninstall", path .. "/aW5z%3D%3D", { method = "DELETE" }),
          graph:uninstall(place, "aW5z=="))
      end)
    end)
  end

  it("leaves the consent out when there is nothing to consent to", function()
    assert.equal("{" .. BIND .. 'c"}', graph:install("u", "c", { permissions = {} }).body)
    assert.is_nil(graph:upgrade("u", "i", { permissions = {} }).body)
    assert.is_nil(graph:upgrade("u", "i", {}).body)
  end)

  it("raises for permissions that are none", function()
    local many = {}
    for i = 1, 65 do
      many[i] = CONSENT.permissions[1]
    end
    for _, bad in ipairs { "x", { "x" }, { { permissionValue = "x" } },
      { { permissionValue = 1, permissionType = "Application" } }, many } do
      assert.has_error(function() graph:install("u", "c", { permissions = bad }) end)
    end
  end)

  it("binds to the host that it calls", function()
    local own = core.cloud.endpoints { cloud = "public", graph = "http://127.0.0.1:8080/g/" }
    local made = core.graph.new({ endpoints = own, token = wired.token }):install("u", "c")
    assert.equal("http://127.0.0.1:8080/g/v1.0/users/u/teamwork/installedApps", made.url)
    assert.equal('{"teamsApp@odata.bind":"http://127.0.0.1:8080/g/v1.0/appCatalogs/teamsApps/c"}',
      made.body)
  end)

  it("gives the chat of an installation", function()
    assert.same(request("chat", "/users/u%401/teamwork/installedApps/aW5z%3D/chat"),
      graph:chat("u@1", "aW5z="))
  end)

  it("finds a chat by the app that is installed in it", function()
    assert.same(request("find_chat", "/users/u/chats?$filter=installedApps%2Fany%28a%3Aa%2Fteams"
      .. "App%2Fid%20eq%20%27c%27%271%27%29"), graph:find_chat("u", "c'1"))
  end)
end)

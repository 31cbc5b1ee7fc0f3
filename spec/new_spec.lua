local cjson = require "cjson"
local archive = require "crier.archive"
local place = require "support.place"
local process = require "support.process"
local shell = require "support.shell"

local quote = shell.quote
local CLIENT = "c1c1c1c1-0000-4000-8000-000000000001"
local FILES = { ".gitignore", "README.md", "app/color.png", "app/manifest.json",
  "app/outline.png", "campaign.lua", "card.json", "setup.ps1", "setup.sh" }

describe("crier new", function()
  local here

  -- What is in memory cannot be run everywhere.
  before_each(function() here = place.new({}, {}, shell.run "mktemp -d") end)
  after_each(function() here:close() end)

  local function read(name)
    return process.read(here.path .. "/" .. name)
  end

  local function manifest(name)
    return cjson.decode(read(name .. "/app/manifest.json"))
  end

  it("writes a campaign, its card, an app and set-up scripts", function()
    local result = here:crier "new benefits"
    assert.equal("", result.err)
    assert.equal(0, result.status)
    assert.equal(table.concat(FILES, "\n"), shell.run("cd " .. quote(here.path .. "/benefits")
      .. " && find . -type f | sed 's#^./##' | LC_ALL=C sort"))
    local found = manifest "benefits"
    assert.matches("^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$", found.id)
    assert.matches("The app's id is " .. found.id, result.out, 1, true)
    assert.equal("1.19", found.manifestVersion)
    assert.matches("/v1.19/", found["$schema"], 1, true)
    assert.same({ { botId = "<client id of the bot>", scopes = { "personal" },
      isNotificationOnly = true, supportsFiles = false, supportsCalling = false } }, found.bots)
    assert.same({}, found.validDomains)
    assert.equal("<client id of crier>", found.webApplicationInfo.id)
    assert.equal("benefits", found.name.short)
  end)

  it("makes another id for each app", function()
    here:crier "new one"
    here:crier "new two"
    assert.is_false(manifest "one".id == manifest "two".id)
  end)

  it("draws both icons", function()
    here:crier "new benefits"
    local color = archive.inspect(read "benefits/app/color.png")
    assert.same({ 192, 192, true, false }, { color.width, color.height, color.is_framed,
      color.is_transparent })
    local outline = archive.inspect(read "benefits/app/outline.png")
    assert.same({ 32, 32, true, true }, { outline.width, outline.height, outline.is_white,
      outline.is_transparent })
  end)

  it("takes the client ids from the environment", function()
    here:crier("new benefits", { AZURE_CLIENT_ID = CLIENT:upper() })
    assert.equal(CLIENT, manifest "benefits".bots[1].botId)
    assert.equal(CLIENT, manifest "benefits".webApplicationInfo.id)
    local bot = CLIENT:gsub("1$", "2")
    here:crier("new other", { AZURE_CLIENT_ID = CLIENT, CRIER_BOT_CLIENT_ID = bot })
    assert.equal(bot, manifest "other".bots[1].botId)
    assert.equal(CLIENT, manifest "other".webApplicationInfo.id)
    local result = here:crier("new third", { AZURE_CLIENT_ID = "my-bot" })
    assert.equal(78, result.status)
    assert.equal("crier: AZURE_CLIENT_ID is not a GUID, as a manifest needs it: my-bot\n  set it"
      .. " to the Application (client) ID of the registration, or unset it\n", result.err)
  end)

  it("makes a bot that listens", function()
    local result = here:crier "new helpdesk --webhook bot.contoso.com"
    assert.equal(0, result.status)
    local found = manifest "helpdesk"
    assert.same({ "bot.contoso.com" }, found.validDomains)
    assert.is_false(found.bots[1].isNotificationOnly)
    assert.equal("https://bot.contoso.com/privacy", found.developer.privacyUrl)
    assert.matches("endpoint='https://bot.contoso.com/api/messages'", read "helpdesk/setup.sh", 1,
      true)
    assert.matches("`https://bot.contoso.com/api/messages`", read "helpdesk/README.md", 1, true)
    result = here:crier "new other --webhook https://bot.contoso.com"
    assert.equal(64, result.status)
    assert.equal("crier: --webhook takes a host name, such as bot.contoso.com, not"
      .. " 'https://bot.contoso.com'\n", result.err)
  end)

  it("writes to the folder that it is told, and prints JSON", function()
    local result = here:crier "new benefits --dir a/b --json"
    local found = cjson.decode(result.out)
    assert.equal("a/b", found.dir)
    assert.equal("benefits", found.name)
    assert.equal(cjson.decode(read "a/b/app/manifest.json").id, found.id)
    assert.equal(#FILES, #found.files)
    assert.equal("a/b/campaign.lua", found.files[1])
  end)

  it("never writes over a file", function()
    here:crier "new benefits"
    local before = manifest "benefits".id
    local result = here:crier "new benefits"
    assert.equal(64, result.status)
    assert.equal("crier: benefits/campaign.lua is there already: nothing was written\n"
      .. "  choose another --dir\n", result.err)
    assert.equal(before, manifest "benefits".id)
    shell.run("mkdir " .. quote(here.path .. "/docs"))
    here:write("docs/README.md", "mine")
    assert.equal(64, here:crier "new docs".status)
    assert.equal("README.md", shell.run("ls -A " .. quote(here.path .. "/docs")))
    assert.equal("mine", read "docs/README.md")
  end)

  it("refuses names that no campaign can have", function()
    for _, name in ipairs { "'a b'", "../a", ".a", "a/b", ("n"):rep(65), "''" } do
      local result = here:crier("new " .. name)
      assert.equal(64, result.status)
      assert.matches("^crier: ", result.err)
      assert.equal("", shell.run("ls -A " .. quote(here.path)))
    end
  end)

  it("says where it cannot write", function()
    here:write("file", "")
    local result = here:crier "new benefits --dir file/x"
    assert.equal(1, result.status)
    assert.equal("crier: the folder file cannot be made: File exists\n", result.err)
  end)

  it("does not let an app install itself where none can", function()
    here:crier "new one"
    here:crier("new two", { CRIER_CLOUD = "gcch" })
    assert.matches("install = true", read "one/campaign.lua", 1, true)
    assert.matches("install = false", read "two/campaign.lua", 1, true)
  end)

  it("has help with an example", function()
    local result = here:crier "new --help"
    assert.equal(0, result.status)
    assert.matches("crier new helpdesk --webhook bot.contoso.com", result.out, 1, true)
  end)

  describe("setup.sh", function()
    local state

    before_each(function()
      here:crier "new benefits"
      state = here.path .. "/state"
      shell.run(("mkdir %s %s"):format(quote(state), quote(here.path .. "/bin")))
      local lua = os.getenv "LUA" or arg[-1]
      here:write("bin/az", ("#!/bin/sh\nexec %s %s \"$@\"\n"):format(quote(lua),
        quote(shell.run "pwd" .. "/spec/support/az.lua")))
      shell.run("chmod 755 " .. quote(here.path .. "/bin/az"))
    end)

    local function setup_sh(env)
      local out = shell.run(("cd %s && env -i PATH=%s:\"$PATH\" HOME=%s AZ_STATE=%s PAUSE=0 %s"
        .. " ./setup.sh 2>&1; echo status $?"):format(quote(here.path .. "/benefits"),
        quote(here.path .. "/bin"), quote(here.path), quote(state), env or ""))
      local said, status = out:match "^(.-)\n?status (%d+)$"
      return tonumber(status), said
    end

    local function kept(name)
      return process.read(state .. "/" .. name)
    end

    it("makes everything once, and a second time nothing", function()
      local status, said = setup_sh()
      local short = manifest "benefits".id:sub(1, 8)
      assert.equal(([[
setup: tenant tenant-1, subscription sub-1, cloud public
setup: made the registration 'benefits (crier %s)'
setup: client id %s
setup: made the service principal
setup: gave User.Read.All
setup: gave AppCatalog.Read.All
setup: gave TeamsAppInstallation.ReadWriteSelfForUser.All
setup: listed the permissions in the registration
setup: made a secret, in the file client-secret
setup: made the resource group benefits
setup: made the Azure Bot benefits-%s
setup: switched the Teams channel on
setup: filled in app/manifest.json
setup: wrote crier.env
setup: done; next: crier pack app]]):format(short, CLIENT, short), said)
      assert.equal(0, status)
      status, said = setup_sh()
      assert.equal(([[
setup: tenant tenant-1, subscription sub-1, cloud public
setup: client id %s
setup: done; next: crier pack app]]):format(CLIENT), said)
      assert.equal(0, status)
    end)

    it("asks for the least, in one tenant", function()
      setup_sh()
      assert.equal('{"displayName":"benefits (crier ' .. manifest "benefits".id:sub(1, 8)
        .. ')","signInAudience":"AzureADMyOrg"}\n', kept "registration")
      assert.same({ { resourceAppId = "00000003-0000-0000-c000-000000000000", resourceAccess = {
        { id = "role-User.Read.All", type = "Role" },
        { id = "role-AppCatalog.Read.All", type = "Role" },
        { id = "role-TeamsAppInstallation.ReadWriteSelfForUser.All", type = "Role" } } } },
        cjson.decode(kept "required").requiredResourceAccess)
      assert.same({ location = "global", kind = "azurebot", sku = { name = "F0" }, properties = {
        displayName = "benefits", endpoint = "", msaAppType = "SingleTenant", msaAppId = CLIENT,
        msaAppTenantId = "tenant-1" } }, cjson.decode(kept "bot"))
      assert.equal("CommercialDeployment",
        cjson.decode(kept "channel").properties.properties.deploymentEnvironment)
    end)

    it("never shows the secret, and keeps it from others", function()
      local _, said = setup_sh()
      assert.is_nil(said:find("s3cr3t", 1, true))
      assert.equal("s3cr3t~value\n", read "benefits/client-secret")
      assert.equal("client-secret\ncrier.env", shell.run("cd " .. quote(here.path .. "/benefits")
        .. " && find . -maxdepth 1 -perm 600 -type f | sed 's#./##' | LC_ALL=C sort"))
      assert.is_nil(read "benefits/crier.env":find("s3cr3t", 1, true))
    end)

    it("leaves what the next commands need", function()
      setup_sh()
      local env = {}
      for name, value in read "benefits/crier.env":gmatch "export ([%w_]+)='?([^'\n]*)" do
        env[name] = value
      end
      assert.same({ CRIER_CLOUD = "public", AZURE_TENANT_ID = "tenant-1", AZURE_CLIENT_ID = CLIENT,
        AZURE_CLIENT_SECRET_FILE = shell.run("cd " .. quote(here.path .. "/benefits")
          .. " && pwd -P") .. "/client-secret",
        CRIER_APP_ID = manifest "benefits".id }, env)
      local result = here:crier "pack benefits/app"
      assert.equal(0, result.status)
    end)

    it("refuses the sandbox's environment, which crier.env clears", function()
      for _, name in ipairs { "CRIER_GRAPH_URL=http://127.0.0.1:8080",
          "CRIER_CONNECTOR_URL=http://localhost:1/teams/",
          "AZURE_AUTHORITY_HOST=http://[::1]:1" } do
        local status, said = setup_sh("AZURE_CLIENT_ID=" .. CLIENT:gsub("1$", "3") .. " " .. name)
        assert.equal(64, status)
        assert.equal("setup: this shell has the sandbox's environment; type: unset AZURE_CLIENT_ID"
          .. " AZURE_AUTHORITY_HOST CRIER_CLOUD CRIER_CONNECTOR_URL CRIER_GRAPH_URL", said)
      end
      assert.is_nil(io.open(here.path .. "/benefits/crier.env"))
      setup_sh()
      local function left()
        return shell.run(("cd %s && env -i A=1 CRIER_LIMITS=off CRIER_STORE=sqlite:sandbox.db"
          .. " AZURE_AUTHORITY_HOST=http://127.0.0.1:1 AZURE_CLIENT_SECRET=s IDENTITY_HEADER=h"
          .. " sh -c '. ./crier.env; env' | grep -E '^(CRIER|AZURE|IDENTITY)_' | cut -d= -f1"
          .. " | LC_ALL=C sort | paste -sd ' '"):format(quote(here.path .. "/benefits")))
      end
      assert.equal("AZURE_CLIENT_ID AZURE_CLIENT_SECRET_FILE AZURE_TENANT_ID CRIER_APP_ID"
        .. " CRIER_CLOUD", left())
      assert.matches("^unset ", read "benefits/crier.env")
      os.remove(here.path .. "/benefits/crier.env")
      setup_sh "SECRET=no"
      assert.equal("AZURE_CLIENT_ID AZURE_TENANT_ID CRIER_APP_ID CRIER_CLOUD IDENTITY_HEADER",
        left())
    end)

    it("says who must consent when it may not", function()
      local status, said = setup_sh "AZ_REFUSES_CONSENT=1"
      assert.equal(77, status)
      assert.matches("setup: an administrator must still consent to: User.Read.All"
        .. " AppCatalog.Read.All TeamsAppInstallation.ReadWriteSelfForUser.All\n"
        .. "  https://login.microsoftonline.com/tenant-1/adminconsent?client_id=" .. CLIENT, said,
        1, true)
      assert.equal(0, (setup_sh()))
    end)

    it("goes to the government's clouds, where no app installs itself", function()
      local status, said = setup_sh "CRIER_CLOUD=gcch"
      assert.equal(1, status)
      assert.equal("setup: az is set to AzureCloud; type: az cloud set --name AzureUSGovernment &&"
        .. " az login", said)
      status, said = setup_sh "CRIER_CLOUD=dod AZ_CLOUD=AzureUSGovernment"
      assert.equal(0, status)
      assert.is_nil(said:find("TeamsAppInstallation", 1, true))
      assert.matches("https://dod-graph.microsoft.us/v1.0/applications", kept "log", 1, true)
      assert.equal("usgovvirginia\n", kept "group_benefits")
      assert.matches("CRIER_CLOUD=dod", read "benefits/crier.env", 1, true)
    end)

    it("knows GCC by its channel", function()
      assert.equal(0, (setup_sh "CRIER_CLOUD=gcc"))
      assert.equal("GCCModerateDeployment",
        cjson.decode(kept "channel").properties.properties.deploymentEnvironment)
    end)

    it("does more, or less, when asked", function()
      setup_sh "SECRET=no PUBLISH=yes"
      assert.same({ isFallbackPublicClient = true }, cjson.decode(kept "public"))
      assert.is_nil(io.open(state .. "/secret"))
      assert.is_nil(read "benefits/crier.env":find("SECRET_FILE=", 1, true))
    end)

    it("takes over nobody else's bot, and no cloud that it does not know", function()
      shell.run("touch " .. quote(state .. "/other"))
      local status, said = setup_sh "BOT_NAME=taken"
      assert.equal(1, status)
      assert.matches("the Azure Bot taken belongs to the registration other-client", said, 1, true)
      status, said = setup_sh "CRIER_CLOUD=moon"
      assert.equal(64, status)
      assert.equal("setup: CRIER_CLOUD is 'moon': it is public, gcc, gcch or dod", said)
    end)
  end)

  it("writes a campaign that runs on the sandbox, as both README say", function()
    local row = process.read "README.md"
      :match "\n| 5 | try it on the sandbox | you | ([^\n]+) |\n"
    local advice, typed = row
      :match "^in `campaign.lua` put `([^`]+)` in the place of the list; (.+)"
    assert.equal("crier.users {}", advice)
    here:crier "new benefits"
    local lines = {}
    for command in typed:gmatch "`([^`]+)`" do
      lines[#lines + 1] = command
    end
    assert.matches("    " .. table.concat(lines, "\n    ") .. "\n", read "benefits/README.md", 1,
      true)
    assert.matches("put crier.users {} in the place of the list", read "benefits/campaign.lua", 1,
      true)
    here:write("benefits/campaign.lua", (read "benefits/campaign.lua"
      :gsub("crier%.list %b{}", advice)))
    local program = process.binary()
    local script = table.concat(lines, "\n"):gsub("crier (%l+)", quote(program) .. " %1")
      :gsub("run campaign.lua", "%0 --yes --json")
    here:write("typed.sh", "cd benefits\n" .. script
      .. "\nwait\nset | grep -cE '^CRIER_(STORE|GRAPH_URL)='\n")
    local out = shell.run(("cd %s && timeout 60 bash typed.sh 2>said"):format(quote(here.path)))
    local document, left = out:match "^(.+})%s+(%d+)$"
    assert.equal("0", left)
    local ledger = cjson.decode(document)
    assert.equal("finished", ledger.state)
    assert.equal(5, ledger.targeted)
    assert.is_true(ledger.delivered > 0)
    assert.equal(5, ledger.delivered + ledger.excluded)
    local kept = read "benefits/.gitignore"
    for _, name in ipairs { "sandbox.env", "*.db*", "*.lock" } do
      assert.is_truthy(kept:find("\n" .. name .. "\n", 1, true))
    end
    assert.equal("sandbox.db", shell.run("cd " .. quote(here.path .. "/benefits")
      .. " && ls | grep '[.]db$'"))
  end)
end)

local campaign = require "crier.package.scaffold.campaign"
local check = require "crier.package.check"
local forms = require "crier.package.forms"
local guid = require "crier.package.guid"
local package_ = require "crier.package"

local ID = "7a3c0d5e-1111-4222-8333-444455556666"
local VALUES = { MANIFEST_ID = ID, NAME = "benefits", SHORT_NAME = "benefits",
  BOT_ID = ID, CLIENT_ID = ID, IS_ONE_WAY = "true", SITE = "https://contoso.com/",
  DOMAINS = '"bot.contoso.com"' }
local MANIFEST = campaign.MANIFEST:gsub("@([A-Z_]+)@", VALUES)
local COLOR = { width = 192, height = 192, is_visible = true, is_framed = true }
local OUTLINE = { width = 32, height = 32, is_visible = true, is_transparent = true,
  is_white = true }

--- Judges a package of these files; icons are given as what would be seen.
local function judge(manifest, more)
  local files = { ["manifest.json"] = manifest, ["color.png"] = COLOR,
    ["outline.png"] = OUTLINE }
  for name, content in pairs(more or {}) do
    files[name] = content or nil
  end
  return package_.judge {
    read = function(name) return files[name] end,
    inspect = function(facts)
      if type(facts) == "string" then
        return nil, facts
      end
      return facts
    end,
  }
end

--- The good manifest with one text in place of another.
local function changed(from, to)
  local at, till = MANIFEST:find(from, 1, true)
  assert(at, from)
  return MANIFEST:sub(1, at - 1) .. to .. MANIFEST:sub(till + 1)
end

local function lines(faults)
  local found = {}
  for i, fault in ipairs(faults) do
    found[i] = check.line(fault)
  end
  return found
end

local function with_version(version)
  return (MANIFEST:gsub("1%.19", version))
end

-- What is changed into what, and the faults that it makes.
local FAULTS = {
  { '"manifestVersion": "1.19",', "", "manifest.json:1: manifestVersion: is missing" },
  { '"manifestVersion": "1.19"', '"manifestVersion": "1.11"', "manifest.json:3:"
    .. ' manifestVersion: "1.11" is not a version that can be published; allowed: 1.12 to 1.29',
    'manifest.json:2: $schema: does not agree with the manifestVersion "1.11"; allowed:'
    .. " https://developer.microsoft.com/json-schemas/teams/v1.11/MicrosoftTeams.schema.json" },
  { '"manifestVersion": "1.19"', '"manifestVersion": "devPreview"', "manifest.json:3:"
    .. ' manifestVersion: "devPreview" is not a version that can be published; allowed: 1.12 to'
    .. " 1.29", 'manifest.json:2: $schema: does not agree with the manifestVersion "devPreview";'
    .. " allowed: https://developer.microsoft.com/json-schemas/teams/vdevPreview/MicrosoftTeams"
    .. ".schema.json" },
  { "teams/v1.19/", "teams/v1.17/", 'manifest.json:2: $schema: does not agree with the'
    .. ' manifestVersion "1.19"; allowed: https://developer.microsoft.com/json-schemas/teams/v1.19'
    .. "/MicrosoftTeams.schema.json" },
  { '"1.0.0"', '"1.0"', 'manifest.json:4: version: "1.0" is not a version; allowed:'
    .. " MAJOR.MINOR.PATCH, such as 1.0.0" },
  { '"1.0.0"', '"1.01.0"', 'manifest.json:4: version: "1.01.0" is not a version; allowed:'
    .. " MAJOR.MINOR.PATCH, such as 1.0.0" },
  { '"1.0.0"', "1.0", "manifest.json:4: version: is 1.0; allowed: a string" },
  { '"id": "' .. ID .. '",\n  "dev', '"id": "benefits",\n  "dev', 'manifest.json:5: id:'
    .. ' "benefits" is not a GUID; allowed: a GUID: 8-4-4-4-12 hexadecimal digits' },
  { '"id": "' .. ID .. '",\n  "dev', '"id": "00000000-0000-0000-0000-000000000000",\n  "dev',
    "manifest.json:5: id: is the empty GUID; allowed: a GUID: 8-4-4-4-12 hexadecimal digits" },
  { '"id": "' .. ID .. '",\n  "dev', '"dev', "manifest.json:1: id: is missing" },
  { "My organisation", ("n"):rep(33), "manifest.json:7: developer.name: has 33 characters;"
    .. " allowed: at most 32" },
  { "My organisation", " ", "manifest.json:7: developer.name: is empty; allowed: 1 to 32"
    .. " characters" },
  { "https://contoso.com/privacy", "http://contoso.com", "manifest.json:9: developer.privacyUrl:"
    .. ' "http://contoso.com" is not an https URL; allowed: an https URL, at most 2048'
    .. " characters" },
  { "https://contoso.com/terms", "https://a b/", "manifest.json:10: developer.termsOfUseUrl:"
    .. ' "https://a b/" is not a URL; allowed: an https URL, at most 2048 characters' },
  { "https://contoso.com/terms", "https://contoso.com/" .. ("x"):rep(2048), "manifest.json:10:"
    .. " developer.termsOfUseUrl: has 2068 characters; allowed: at most 2048" },
  { '"privacyUrl": "https://contoso.com/privacy",', '"mpnId": "12345678901",',
    "manifest.json:9: developer.mpnId: has 11 characters; allowed: at most 10",
    "manifest.json:6: developer.privacyUrl: is missing" },
  { '"short": "benefits"', '"short": "' .. ("ü"):rep(31) .. '"', "manifest.json:13: name.short:"
    .. " has 31 characters; allowed: at most 30" },
  { ', "full": "benefits"', ', "full": "' .. ("n"):rep(101) .. '"', "manifest.json:13:"
    .. " name.full: has 101 characters; allowed: at most 100" },
  { ', "full": "benefits"', "", "manifest.json:13: name.full: is missing" },
  { "Messages from your organisation.", ("d"):rep(81), "manifest.json:15: description.short: has"
    .. " 81 characters; allowed: at most 80" },
  { "Brings messages from your organisation to your chat.", ("d"):rep(4001), "manifest.json:16:"
    .. " description.full: has 4001 characters; allowed: at most 4000" },
  { "#4464EE", "blue", 'manifest.json:18: accentColor: "blue" is not a colour; allowed: #RRGGBB' },
  { "#4464EE", "#44E", 'manifest.json:18: accentColor: "#44E" is not a colour; allowed: #RRGGBB' },
  { '"color": "color.png", ', "", "manifest.json:12: icons.color: is missing" },
  { '"color": "color.png"', '"color": "../color.png"', "manifest.json:12: icons.color:"
    .. ' "../color.png" is not the name of a file in the package; allowed: a relative path'
    .. " without '..'" },
  { '"color": "color.png"', '"color": "none.png"', 'manifest.json:12: icons.color: names'
    .. ' "none.png", which is not there; allowed: a file in the same folder' },
  { '"botId": "' .. ID, '"botId": "<client id of the bot>', "manifest.json:21: bots[0].botId: is"
    .. " still to be filled in; allowed: a GUID: 8-4-4-4-12 hexadecimal digits, the Application"
    .. " (client) ID of the bot's app registration (setup.sh fills it in)" },
  { '["personal"]', "[]", "manifest.json:22: bots[0].scopes: has 0 elements; allowed: 1 to 3" },
  { '["personal"]', '["personal", "groupchat"]', 'manifest.json:22: bots[0].scopes[1]: is'
    .. ' "groupchat"; allowed: personal, team, groupChat' },
  { '["personal"]', '["personal", "personal"]', 'manifest.json:22: bots[0].scopes[1]: "personal"'
    .. " is there already; allowed: each once" },
  { '["personal"]', '"personal"', "manifest.json:22: bots[0].scopes: is a string; allowed: an"
    .. " array" },
  { '"supportsFiles": false', '"supportsFiles": "no"', "manifest.json:24: bots[0].supportsFiles:"
    .. " is a string; allowed: true or false" },
  { '"isNotificationOnly": true', '"isNotificationOnly": null', "manifest.json:23:"
    .. " bots[0].isNotificationOnly: is null; allowed: true or false" },
  { '["bot.contoso.com"]', '["https://bot.contoso.com"]', "manifest.json:28: validDomains[0]:"
    .. ' "https://bot.contoso.com" is a URL; allowed: host names, such as bot.contoso.com or'
    .. " *.contoso.com" },
  { '["bot.contoso.com"]', '["*.com", "a.b/c", "-x.y"]', "manifest.json:28: validDomains[0]:"
    .. ' "*.com" stands for too many hosts; allowed: host names, such as bot.contoso.com or'
    .. " *.contoso.com", 'manifest.json:28: validDomains[1]: "a.b/c" has a path; allowed: host'
    .. " names, such as bot.contoso.com or *.contoso.com", "manifest.json:28: validDomains[2]:"
    .. ' "-x.y" is not a host name; allowed: host names, such as bot.contoso.com or'
    .. " *.contoso.com" },
  { '"id": "' .. ID .. '",\n    "res', '"id": 7,\n    "res', "manifest.json:30:"
    .. " webApplicationInfo.id: is 7; allowed: a string" },
  { '"https://notapplicable"', '""', "manifest.json:31: webApplicationInfo.resource: is empty;"
    .. " allowed: 1 to 2048 characters" },
  { '"https://notapplicable"', '"x", "applicationPermissions": []', "manifest.json:31:"
    .. " webApplicationInfo.applicationPermissions: is where permissions were before version 1.12;"
    .. " allowed: authorization.permissions.resourceSpecific[] {name, type}" },
  { '"defaultInstallScope": "personal"', '"defaultInstallScope": "groupchat"', "manifest.json:33:"
    .. ' defaultInstallScope: is "groupchat"; allowed: personal, team, groupChat, meetings' },
  { '"defaultInstallScope"', '"permissions": ["identity", "all"], "defaultInstallScope"',
    'manifest.json:33: permissions[1]: is "all"; allowed: identity, messageTeamMembers' },
  { '"defaultInstallScope"', '"packageName": "' .. ("p"):rep(65) .. '", "defaultInstallScope"',
    "manifest.json:33: packageName: has 65 characters; allowed: at most 64" },
  { '"version": "1.0.0"', '"version": "1.0.0", "version": "1.0.1"', "manifest.json:4: version: is"
    .. " there twice; allowed: each field once" },
  { '"1.0.0",', '"1.0.0"', 'manifest.json:5: column 3: expected "," or "}", found """' },
}

local function commands(list)
  return changed('"supportsCalling": false', '"commandLists": ' .. list)
end

local function permissions(list)
  return changed('"defaultInstallScope"', '"authorization": {"permissions": {'
    .. '"resourceSpecific": ' .. list .. '}}, "defaultInstallScope"')
end

describe("crier.package #portable", function()
  describe(".judge()", function()
    it("takes the manifest of `crier new`, and says what belongs in the package", function()
      local judged = judge(MANIFEST)
      assert.same({}, judged.faults)
      assert.same({}, judged.warnings)
      assert.same({ id = ID, version = "1.0.0", name = "benefits", bot_id = ID, client_id = ID },
        judged.app)
      assert.same({ { name = "manifest.json", data = MANIFEST },
        { name = "color.png", data = COLOR }, { name = "outline.png", data = OUTLINE } },
        judged.entries)
    end)

    it("takes a byte order mark, as Windows writes it", function()
      assert.same({}, judge("\239\187\191" .. MANIFEST).faults)
    end)

    for _, row in ipairs(FAULTS) do
      it("finds " .. row[3]:gsub("^[^ ]+ ", ""):sub(1, 60), function()
        local expected = {}
        for i = 3, #row do
          expected[i - 2] = row[i]
        end
        assert.same(expected, lines(judge(changed(row[1], row[2])).faults))
      end)
    end

    it("finds all faults at once", function()
      local text = changed("#4464EE", "blue"):gsub('"1%.0%.0"', '"one"')
        :gsub('%["personal"%]', "[]")
      assert.equal(3, #judge(text).faults)
    end)

    it("finds a bot missing, and more than one", function()
      local from = MANIFEST:find('"bots"', 1, true)
      local till = MANIFEST:find('"validDomains"', 1, true)
      assert.same({ "manifest.json:1: bots: is missing" },
        lines(judge(MANIFEST:sub(1, from - 1) .. MANIFEST:sub(till)).faults))
      local bot = '{"botId": "' .. ID .. '", "scopes": ["team"]}'
      assert.same({ "manifest.json:19: bots: has 2 elements; allowed: exactly 1" },
        lines(judge(MANIFEST:sub(1, from - 1) .. '"bots": [' .. bot .. "," .. bot .. "],"
          .. MANIFEST:sub(till)).faults))
    end)

    it("counts domains: 16, and 100 from version 1.28 on", function()
      local list = {}
      for i = 1, 17 do
        list[i] = ('"h%d.contoso.com"'):format(i)
      end
      local text = changed('"bot.contoso.com"', table.concat(list, ","))
      assert.same({ "manifest.json:28: validDomains: has 17 elements; allowed: at most 16" },
        lines(judge(text).faults))
      assert.same({}, judge((text:gsub("1%.19", "1.28"))).faults)
    end)

    it("knows the commands of a bot", function()
      local one = '{"title": "stop", "description": "Ends it"}'
      local list = '{"scopes": ["personal"], "commands": [' .. one .. "]}"
      assert.same({}, judge(commands("[" .. list .. "]")).faults)
      assert.same({ "manifest.json:25: bots[0].commandLists: has 4 elements; allowed: at most 3" },
        lines(judge(commands("[" .. (list .. ","):rep(3) .. list .. "]")).faults))
      local eleven = '[{"scopes": ["personal"], "commands": [' .. (one .. ","):rep(10) .. one
        .. "]}]"
      assert.same({ "manifest.json:25: bots[0].commandLists[0].commands: has 11 elements; allowed:"
        .. " at most 10" }, lines(judge(commands(eleven)).faults))
      assert.same({}, judge((commands(eleven):gsub("1%.19", "1.24"))).faults)
      local long = '[{"commands": [{"title": "' .. ("t"):rep(33) .. '", "description": "'
        .. ("d"):rep(129) .. '"}, {"title": "x"}]}]'
      assert.same({
        "manifest.json:25: bots[0].commandLists[0].commands[0].title: has 33 characters; allowed:"
          .. " at most 32",
        "manifest.json:25: bots[0].commandLists[0].commands[0].description: has 129 characters;"
          .. " allowed: at most 128",
        "manifest.json:25: bots[0].commandLists[0].commands[1].description: is missing",
        "manifest.json:25: bots[0].commandLists[0].scopes: is missing",
      }, lines(judge(commands(long)).faults))
    end)

    it("knows resource-specific permissions", function()
      local good = '[{"name": "TeamMember.Read.Group", "type": "Application"},'
        .. ' {"name": "OnlineMeeting.ReadBasic.Chat", "type": "Delegated"}]'
      assert.same({}, judge(permissions(good)).faults)
      assert.same({
        'manifest.json:33: authorization.permissions.resourceSpecific[0].name: "User.Read.All" is'
          .. " for the whole tenant: it belongs to the app registration; allowed: a name that ends"
          .. " in .Group, .Chat or .User, such as TeamMember.Read.Group",
        'manifest.json:33: authorization.permissions.resourceSpecific[1].name: "Nonsense" is not a'
          .. " resource-specific permission; allowed: a name that ends in .Group, .Chat or .User,"
          .. " such as TeamMember.Read.Group",
        'manifest.json:33: authorization.permissions.resourceSpecific[1].type: is "application";'
          .. " allowed: Application, Delegated",
        "manifest.json:33: authorization.permissions.resourceSpecific[2].type: is missing",
      }, lines(judge(permissions('[{"name": "User.Read.All", "type": "Application"},'
        .. ' {"name": "Nonsense", "type": "application"}, {"name": "TeamsActivity.Send.User"}]'))
        .faults))
    end)

    it("finds permissions that nobody can be given", function()
      local text = permissions '[{"name": "TeamsActivity.Send.User", "type": "Application"}]'
      local from = text:find('"webApplicationInfo"', 1, true)
      local till = text:find('"authorization"', 1, true)
      assert.same({ "manifest.json:1: webApplicationInfo: is missing, and resource-specific"
        .. ' permissions are given to its id; allowed: { "id": "<client id>" }' },
        lines(judge(text:sub(1, from - 1) .. text:sub(till)).faults))
    end)

    it("follows the schema's versions", function()
      for _, version in ipairs { "1.17", "1.21", "1.29" } do
        assert.same({}, judge(with_version(version)).faults)
      end
      assert.same({}, judge((with_version "1.16":gsub('%["personal"%]',
        '["personal", "groupchat"]'))).faults)
      assert.same({}, judge((changed(', "full": "benefits"', ""):gsub("1%.19", "1.21"))).faults)
      assert.same({}, judge((with_version "1.21":gsub('%["personal"%]',
        '["personal", "copilot"]'))).faults)
    end)

    it("warns of what may be meant, and is not", function()
      local function warnings(text)
        local judged = judge(text)
        assert.same({}, judged.faults)
        return lines(judged.warnings)
      end
      assert.same({ 'manifest.json:3: manifestVersion: "1.30" is newer than crier: it is held'
        .. " against the rules of 1.29" }, warnings(with_version "1.30"))
      assert.same({ "manifest.json:28: validDomain: is not a field that is known here; did you"
        .. " mean 'validDomains'?" }, warnings(changed("validDomains", "validDomain")))
      assert.same({ "manifest.json:33: colour: is not a field that is known here" },
        warnings(changed('"defaultInstallScope"', '"colour": 1, "defaultInstallScope"')))
      assert.same({ "manifest.json:8: developer.websiteUrl: is still an example: people see it in"
        .. " Teams" }, warnings(changed('"https://contoso.com/"', '"https://www.example.com/"')))
      local from = MANIFEST:find('"webApplicationInfo"', 1, true)
      local till = MANIFEST:find('"defaultInstallScope"', 1, true)
      assert.same({ "manifest.json:1: webApplicationInfo: is missing: without its id, crier may"
        .. " not install the app for anybody" },
        warnings(MANIFEST:sub(1, from - 1) .. MANIFEST:sub(till)))
      assert.same({ "manifest.json:1: $schema: is missing; allowed:"
        .. " https://developer.microsoft.com/json-schemas/teams/v1.19/MicrosoftTeams.schema.json" },
        warnings((MANIFEST:gsub('"%$schema"[^\n]*\n', "\n"))))
    end)

    it("finds that there is no manifest, or that it is no object", function()
      local judged = judge(nil, { ["manifest.json"] = false })
      assert.same({ "manifest.json: is not there; allowed: a manifest at the top of the package" },
        lines(judged.faults))
      assert.is_nil(judged.app)
      assert.same({ "manifest.json:1: is an array; allowed: an object" },
        lines(judge("[]").faults))
      assert.same({ "manifest.json:1: column 1: expected a value, found the end of the text" },
        lines(judge("").faults))
    end)

    it("shows nothing of a hostile text that a terminal would act on", function()
      local fault = lines(judge(changed("#4464EE", "\\u001b[2J\\u0007" .. ("x"):rep(100))).faults)
      assert.same({ 'manifest.json:18: accentColor: "?[2J?' .. ("x"):rep(35)
        .. '…" is not a colour; allowed: #RRGGBB' }, fault)
    end)

    it("judges the icons", function()
      local function with(name, base, more)
        local facts = {}
        for _, each in ipairs { base, more } do
          for key, value in pairs(each) do
            facts[key] = value
          end
        end
        local judged = judge(MANIFEST, { [name] = facts })
        return lines(judged.faults), lines(judged.warnings)
      end
      assert.same({ "color.png: has 96 x 192 pixels; allowed: 192 x 192" },
        (with("color.png", COLOR, { width = 96 })))
      assert.same({ "outline.png: has 32 x 33 pixels; allowed: 32 x 32" },
        (with("outline.png", OUTLINE, { height = 33 })))
      assert.same({ "outline.png: has no transparent background; allowed: a white drawing on a"
        .. " transparent background" }, (with("outline.png", OUTLINE, { is_transparent = false })))
      assert.same({ "outline.png: has other colours than white; allowed: a white drawing on a"
        .. " transparent background" }, (with("outline.png", OUTLINE, { is_white = false })))
      assert.same({ "outline.png: is empty; allowed: a white drawing on a transparent background" },
        (with("outline.png", OUTLINE, { is_visible = false })))
      local faults, warnings = with("color.png", COLOR, { is_framed = false })
      assert.same({}, faults)
      assert.same({ "color.png: is not of one colour around the middle 96 x 96 pixels: Teams cuts"
        .. " corners off; allowed: a symbol in the middle 96 x 96 pixels, on one colour" },
        warnings)
      assert.same({ "color.png: it is no picture; allowed: a PNG picture of 192 x 192 pixels" },
        lines(judge(MANIFEST, { ["color.png"] = "it is no picture" }).faults))
    end)

    it("judges the small colour icon of newer versions", function()
      local text = changed('"outline": ', '"color32x32": "small.png", "outline": ')
      assert.same({ "small.png: has 192 x 192 pixels; allowed: 32 x 32" },
        lines(judge(text, { ["small.png"] = COLOR }).faults))
      assert.equal(4, #judge(text, { ["small.png"] = OUTLINE }).entries)
    end)

    it("takes the languages along", function()
      local text = changed('"defaultInstallScope"', '"localizationInfo": {"defaultLanguageTag":'
        .. ' "en-us", "additionalLanguages": [{"languageTag": "de", "file": "de.json"},'
        .. ' {"languageTag": "fr", "file": "fr.json"}]}, "defaultInstallScope"')
      local judged = judge(text, { ["de.json"] = '{"name.short": "Zulagen"}', ["fr.json"] = "{}" })
      assert.same({}, judged.faults)
      assert.equal("de.json", judged.entries[4].name)
      assert.equal("fr.json", judged.entries[5].name)
      assert.same({ 'manifest.json:33: localizationInfo.additionalLanguages[0].file: names'
        .. ' "de.json", which is not there; allowed: a file in the same folder',
        'fr.json:1: column 4: expected ":", found "}"' },
        lines(judge(text, { ["fr.json"] = '{""}' }).faults))
      assert.same({ 'manifest.json:33: localizationInfo.additionalLanguages[0].languageTag:'
        .. ' "d_e" is not the tag of a language; allowed: a tag such as en-us' },
        lines(judge((text:gsub('"de"', '"d_e"')), { ["de.json"] = "{}", ["fr.json"] = "{}" })
          .faults))
    end)

    it("reads no file outside the folder", function()
      local read = {}
      package_.judge {
        read = function(name)
          read[#read + 1] = name
          return name == "manifest.json" and changed('"color": "color.png"',
            '"color": "../../etc/passwd"') or nil
        end,
        inspect = function() return nil, "no" end,
      }
      assert.same({ "manifest.json", "outline.png" }, read)
    end)
  end)

  describe("forms", function()
    it("knows hosts", function()
      for _, host in ipairs { "bot.contoso.com", "a.b", "x-1.contoso.com:8443", "127.0.0.1" } do
        assert.is_nil(forms.host(host))
      end
      for _, host in ipairs { "", "bot", "a..b", "-a.b", "a.b-", "a_b.c", "a.b:99999", "a.b:",
        "a.b/c", "https://a.b", ("a"):rep(250) .. ".com", "a b.c", "a.b\n" } do
        assert.is_not_nil(forms.host(host), host)
      end
    end)

    it("knows https URLs", function()
      for _, url in ipairs { "https://a.b", "HTTPS://a.b/c?d#e", "https://a.b:8443/" } do
        assert.is_nil(forms.url(url))
      end
      for _, url in ipairs { "http://a.b", "https://", "https:///x", "a.b", "https://u@a.b/",
        "https://a.b/\"", "https://a.b/\n" } do
        assert.is_not_nil(forms.url(url), url)
      end
    end)
  end)

  describe("guid.new()", function()
    it("makes a GUID of random digits", function()
      local asked
      local made = guid.new(function(count)
        asked = count
        return "00112233445566778899aabbccddeeff"
      end)
      assert.equal(16, asked)
      assert.equal("00112233-4455-4677-8899-aabbccddeeff", made)
      assert.equal("ffffffff-ffff-4fff-bfff-ffffffffffff", guid.new(function()
        return ("f"):rep(32)
      end))
      assert.is_nil(forms.guid(made))
    end)
  end)
end)

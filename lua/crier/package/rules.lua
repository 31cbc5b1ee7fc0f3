--- The rules of a Teams app's manifest, as Microsoft publishes them: the JSON
-- schemas of versions 1.12 to 1.29 ("Microsoft Teams app manifest schema"), for
-- those parts that concern a bot. Other parts are taken as they are.
-- @module crier.package.rules
local check = require "crier.package.check"
local forms = require "crier.package.forms"

local rules = {}

-- The oldest that can say what crier needs, and the newest that is known.
local OLDEST, NEWEST = 12, 29
-- With the manifest, three icons and the default language, 64 files: what
-- `crier.archive` packs.
local LANGUAGES = 59

-- Top-level fields that concern no bot.
local OTHERS = { "activities", "agentConnectors", "agentSkills", "agenticUserTemplates",
  "backgroundLoadConfiguration", "composeExtensions", "configurableTabs", "connectors",
  "copilotAgents", "copilotExtensions", "dashboardCards", "defaultBlockUntilAdminAction",
  "defaultGroupCapability", "devicePermissions", "elementRelationshipSet", "extensions",
  "graphConnector", "intuneInfo", "isFullScreen", "meetingExtensionDefinition",
  "publisherDocsUrl", "showLoadingIndicator", "staticTabs", "subscriptionOffer",
  "supportedChannelTypes", "supportsChannelFeatures", "configurableProperties" }

local BOT_ID = forms.GUID .. ", the Application (client) ID of the bot's app registration"
  .. " (setup.sh fills it in)"
local CLIENT_ID = forms.GUID .. ", the Application (client) ID that crier runs with"
  .. " (setup.sh fills it in)"

local URL = check.text { form = forms.url, allowed = "an https URL, at most 2048 characters" }
local PATH = check.text { form = forms.path, allowed = "a relative path without '..'" }
local LANGUAGE = check.text { form = forms.language, allowed = "a tag such as en-us" }

local function guid(allowed)
  return check.text { form = forms.guid, allowed = allowed or forms.GUID }
end

-- What changed from version to version of the schema.
local function limits_of(minor)
  local scopes = { "personal", "team", minor >= 17 and "groupChat" or "groupchat" }
  scopes[4] = minor >= 21 and "copilot" or nil
  return {
    scopes = scopes,
    commands = minor >= 24 and 12 or 10,
    title = minor >= 21 and 128 or 32,
    description = minor >= 21 and 4000 or 128,
    command = minor >= 28 and { "title" } or { "title", "description" },
    name = minor >= 21 and { "short" } or { "short", "full" },
    domains = minor >= 28 and 100 or 16,
  }
end

local function bot_rule(limits)
  local scopes = check.choice(limits.scopes)
  local command = check.object({
    title = check.text { most = limits.title },
    description = check.text { most = limits.description },
    prompt = check.text { most = 4000 },
    type = check.choice { "basic", "prompt" },
  }, limits.command)
  return check.object({
    botId = guid(BOT_ID),
    scopes = check.list(scopes, #limits.scopes, 1),
    isNotificationOnly = check.flag,
    supportsFiles = check.flag,
    supportsCalling = check.flag,
    supportsVideo = check.flag,
    needsChannelSelector = check.flag,
    supportsTargetedMessages = check.flag,
    configuration = check.anything,
    registrationInfo = check.anything,
    requirementSet = check.anything,
    commandLists = check.list(check.object({
      scopes = check.list(scopes, #limits.scopes, 1),
      commands = check.list(command, limits.commands),
      triggers = check.list(check.choice { "mention", "slash" }, 2),
    }, { "scopes", "commands" }), 3),
  }, { "botId", "scopes" })
end

local function authorization_rule()
  local permission = check.object({
    name = check.text { most = 128, form = forms.permission,
      allowed = "a name that ends in .Group, .Chat or .User, such as TeamMember.Read.Group" },
    type = check.choice { "Application", "Delegated" },
  }, { "name", "type" })
  return check.object({ permissions = check.object({
    resourceSpecific = check.list(permission, 16) }) })
end

local function developer_rule()
  return check.object({
    name = check.text { most = 32 },
    websiteUrl = URL,
    privacyUrl = URL,
    termsOfUseUrl = URL,
    mpnId = check.text { most = 10 },
  }, { "name", "websiteUrl", "privacyUrl", "termsOfUseUrl" })
end

local function localization_rule()
  return check.object({
    defaultLanguageTag = LANGUAGE,
    defaultLanguageFile = PATH,
    additionalLanguages = check.list(check.object({
      languageTag = LANGUAGE,
      file = PATH,
    }, { "languageTag", "file" }), LANGUAGES),
  }, { "defaultLanguageTag" })
end

local function manifest_rule(minor)
  local limits = limits_of(minor)
  local fields = {
    ["$schema"] = check.text(),
    manifestVersion = check.text(),
    version = check.text { form = forms.version, most = 256,
      allowed = "MAJOR.MINOR.PATCH, such as 1.0.0" },
    id = guid(),
    packageName = check.text { most = 64 },
    developer = developer_rule(),
    name = check.object({ short = check.text { most = 30 }, full = check.text { most = 100 } },
      limits.name),
    description = check.object({ short = check.text { most = 80 },
      full = check.text { most = 4000 }, features = check.anything }, { "short", "full" }),
    icons = check.object({ color = PATH, outline = PATH, color32x32 = PATH },
      { "color", "outline" }),
    accentColor = check.text { form = forms.colour, allowed = "#RRGGBB" },
    bots = check.list(bot_rule(limits), 1, 1),
    permissions = check.list(check.choice { "identity", "messageTeamMembers" }, 2),
    validDomains = check.list(check.text { form = forms.domain,
      allowed = "host names, such as bot.contoso.com or *.contoso.com" }, limits.domains),
    webApplicationInfo = check.object({
      id = guid(CLIENT_ID),
      resource = check.text(),
      applicationPermissions = check.anything,
      nestedAppAuthInfo = check.anything,
    }, { "id" }),
    authorization = authorization_rule(),
    defaultInstallScope = check.choice { limits.scopes[1], limits.scopes[2], limits.scopes[3],
      "meetings", limits.scopes[4] },
    localizationInfo = localization_rule(),
  }
  for _, name in ipairs(OTHERS) do
    fields[name] = check.anything
  end
  return check.object(fields, { "manifestVersion", "version", "id", "developer", "name",
    "description", "icons", "accentColor", "bots" })
end

-- Which minor version's rules hold; the newest when that cannot be told.
local function judge_version(self, tree)
  local node = check.at(tree, "manifestVersion")
  local version = check.text_of(node)
  local minor = tonumber(version and version:match "^1%.(%d%d?)$")
  if version and (not minor or minor < OLDEST) then
    self:fault(node, "manifestVersion", check.shown(version) .. " is not a version that can be"
      .. " published", ("1.%d to 1.%d"):format(OLDEST, NEWEST))
  elseif minor and minor > NEWEST then
    self:warning(node, "manifestVersion", check.shown(version) .. " is newer than crier: it is"
      .. (" held against the rules of 1.%d"):format(NEWEST))
  end
  return math.min(minor or NEWEST, NEWEST)
end

local function judge_schema(self, tree)
  local node, version = check.at(tree, "$schema"), check.text_of(check.at(tree, "manifestVersion"))
  local schema = check.text_of(node)
  local allowed = ("https://developer.microsoft.com/json-schemas/teams/v%s/MicrosoftTeams"
    .. ".schema.json"):format(version or "1.19")
  if not node then
    self:warning(tree, "$schema", "is missing", allowed)
  elseif version and schema and schema:match "/teams/v([^/]+)/MicrosoftTeams%.schema%.json$"
    ~= version then
    self:fault(node, "$schema", ("does not agree with the manifestVersion %s")
      :format(check.shown(version)), allowed)
  end
end

-- Resource-specific permissions have one place, and need somebody to ask.
local function judge_permissions(self, tree)
  local old = check.at(tree, "webApplicationInfo", "applicationPermissions")
  local new = check.at(tree, "authorization", "permissions", "resourceSpecific")
  if old then
    self:fault(old, "webApplicationInfo.applicationPermissions", "is where permissions were"
      .. " before version 1.12", "authorization.permissions.resourceSpecific[] {name, type}")
  end
  if check.at(tree, "webApplicationInfo") then
    return
  elseif new and #new > 0 then
    self:fault(tree, "webApplicationInfo", "is missing, and resource-specific permissions are"
      .. " given to its id", "{ \"id\": \"<client id>\" }")
  else
    self:warning(tree, "webApplicationInfo", "is missing: without its id, crier may not install"
      .. " the app for anybody")
  end
end

local URLS = { "websiteUrl", "privacyUrl", "termsOfUseUrl" }

local function judge_examples(self, tree)
  for _, name in ipairs(URLS) do
    local node = check.at(tree, "developer", name)
    if (check.text_of(node) or ""):find "^https://w*%.?example%.com/" then
      self:warning(node, "developer." .. name, "is still an example: people see it in Teams")
    end
  end
end

--- Holds a manifest against the rules.
-- @tparam crier.package.check self gets the faults and warnings
-- @tparam table tree from `crier.template.json_tree.parse`
function rules.judge(self, tree)
  local minor = judge_version(self, tree)
  manifest_rule(minor)(self, tree, "")
  if tree.kind == "object" then
    judge_schema(self, tree)
    judge_permissions(self, tree)
    judge_examples(self, tree)
  end
end

return rules

-- Is the Teams app in the organisation's catalog, and is it this bot's?
local app = require "crier.graph.app"
local finding = require "crier.doctor.finding"
local patience = require "crier.doctor.patience"
local permissions = require "crier.graph.permissions"

local SERVICE = 77
local PUBLISH = "publish the app to the organisation's catalog (Teams admin"
  .. " center > Teams apps > Manage apps > Upload), or set CRIER_APP_ID to its"
  .. " manifest id or catalog id; what was just published can take up to 48"
  .. " hours to show: --person UPN --wait 2h looks again"

local function state_of(details)
  if details.state == "submitted" then
    return finding.wrong("the app waits for an administrator's approval",
      "Teams admin center > Teams apps > Manage apps > (the app) > Publish",
      SERVICE)
  elseif details.state == "rejected" then
    return finding.wrong("an administrator rejected the app",
      "Teams admin center > Teams apps > Manage apps: ask why, and submit it"
      .. " again", SERVICE)
  end
end

local function describe(details, config)
  local known_by = config.app_id == details.manifest_id and "manifest id"
    or "catalog id"
  local name = details.name and details.name .. " " .. (details.version or "")
    .. ", " or ""
  return ("%scatalog id %s; CRIER_APP_ID is its %s"):format(name, details.id,
    known_by)
end

local function look(context)
  local details, message, code, outcome = app.details(context.client)
  if not details then
    local is_unknown = code == "APP_UNKNOWN"
    return is_unknown and finding.wrong(message, PUBLISH)
      or finding.failed(message, code, outcome), is_unknown
  end
  context.app = details
  return state_of(details) or finding.ok(describe(details, context.config)), false
end

-- Without a campaign at hand, an app is there to be installed.
local function is_installing(context)
  if context.definition then
    return context.definition.install
  end
  return context.config ~= nil and context.config.app_id ~= nil
end

local function check_app(context)
  if not context.config.app_id then
    local why = "CRIER_APP_ID is not set"
    local remedy = "set it to the manifest id or the catalog id of the Teams app"
    return is_installing(context) and finding.wrong(why, remedy)
      or finding.unchecked(why .. ": only what installs the app needs it", remedy)
  end
  return patience.try(context, context.wait_ms, "the catalog to show the app",
    function() return look(context) end)
end

local function check_bot(context)
  local details, config = context.app, context.config
  if not details.version then
    return finding.unchecked "the catalog does not tell the app's bot"
  elseif not details.bot then
    return finding.wrong("the app has no bot", "add the bot to the manifest's"
      .. " `bots`, with the scope personal, and publish the app anew")
  elseif details.bot:lower() ~= config.bot_client_id:lower() then
    return finding.wrong(("the app's bot is %s, the token is for %s"):format(
      details.bot, config.bot_client_id), "set CRIER_BOT_CLIENT_ID to the app's"
      .. " bot, or the manifest's bots[].botId to the client id")
  end
  return finding.ok("botId " .. details.bot)
end

-- What an install must grant in the app's own name.
local function asked_for(context)
  local names = {}
  for i, one in ipairs(context.app and context.app.permissions or {}) do
    names[i] = one.permissionValue
  end
  return names
end

local function may_consent(roles)
  for _, role in ipairs(roles) do
    if role:find "^TeamsAppInstallation%.ReadWriteAndConsent.*ForUser%.All$" then
      return true
    end
  end
  return false
end

local function check_consent(context)
  local needed = permissions.of.install.consenting
  return finding.wrong(("installs must consent to %s"):format(
    table.concat(asked_for(context), ", ")), ("add %s (application permission"
    .. " of Microsoft Graph), then an administrator consents at %s"):format(
    needed, context.client.tokens.graph:consent_url()), SERVICE)
end

local function check_owner(context)
  local details, config = context.app, context.config
  if not config.client_id then
    return finding.unchecked("a managed identity does not tell its client id",
      "set AZURE_CLIENT_ID to it, to have it compared")
  elseif not details.client_id then
    return finding.unchecked("the catalog does not tell webApplicationInfo.id",
      "it must be " .. config.client_id .. " in the manifest, or installs are"
      .. " refused")
  elseif details.client_id:lower() ~= config.client_id:lower() then
    return finding.wrong(("webApplicationInfo.id is %s, the client id %s"):format(
      details.client_id, config.client_id), "set the manifest's"
      .. " webApplicationInfo.id to the client id and publish the app anew, or"
      .. " AZURE_CLIENT_ID to that registration")
  end
  return finding.ok("webApplicationInfo.id is the client id")
end

return {
  { key = "app", what = "Teams app", needs = { "graph host", "graph token" },
    run = check_app },
  { key = "app bot", what = "app's bot", needs = { "app" }, run = check_bot },
  { key = "app owner", what = "app's owner", needs = { "app" },
    run = check_owner },
  { key = "app consent", what = "app's requests", needs = { "app" },
    is_due = function(context)
      return is_installing(context) and context.roles ~= nil
        and #asked_for(context) > 0 and not may_consent(context.roles)
    end,
    run = check_consent },
}

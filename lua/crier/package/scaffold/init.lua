--- The files that `crier new` writes.
-- @module crier.package.scaffold
local campaign = require "crier.package.scaffold.campaign"
local forms = require "crier.package.forms"
local powershell = require "crier.package.scaffold.powershell"
local readme = require "crier.package.scaffold.readme"
local settings = require "crier.package.settings"
local shell = require "crier.package.scaffold.shell"

local scaffold = {}

local ACCENT = 0x4464EE -- as the manifest has it
local BOT, CLIENT = "<client id of the bot>", "<client id of crier>"
local SHORT_NAME, BOT_NAME = 30, 42 -- characters that Teams and Azure allow

local function filled(text, values)
  return (text:gsub("@([A-Z_]+)@", function(name)
    return values[name] or error("no value for " .. name)
  end))
end

-- A name for a resource that is unique in all of Azure.
local function bot_name(name, tag)
  local plain = name:gsub("[^%w-]", "-"):sub(1, BOT_NAME - #tag - 1)
  return plain .. "-" .. tag
end

local function values_of(options)
  local host, tag = options.webhook, options.manifest_id:sub(1, 8)
  return {
    NAME = options.name,
    SHORT_NAME = options.name:sub(1, SHORT_NAME),
    TAG = tag,
    BOT_NAME = bot_name(options.name, tag),
    MANIFEST_ID = options.manifest_id,
    BOT_ID = options.bot_id or BOT,
    CLIENT_ID = options.client_id or CLIENT,
    BOT_PLACEHOLDER = BOT,
    CLIENT_PLACEHOLDER = CLIENT,
    SITE = ("https://%s/"):format(host or "example.com"),
    DOMAINS = host and ('"%s"'):format(host) or "",
    IS_ONE_WAY = host and "false" or "true",
    ENDPOINT = host and ("https://%s/api/messages"):format(host) or "",
    INSTALL = options.is_installing and "true" or "false",
    WEBHOOK = "",
    FOREIGN = settings.FOREIGN,
    CREDENTIALS = settings.CREDENTIALS,
  }
end

--- Tells what is wrong with what `new` was given, or gives nil.
-- @tparam table options see `files`
-- @treturn ?string message
function scaffold.flaw(options)
  if not options.name:find "^%w[%w._-]*$" or #options.name > 64 then
    return ("the name '%s' cannot be that of a campaign: letters, digits, '.', '_' and '-', at"
      .. " most 64, beginning with a letter or digit"):format(options.name)
  elseif options.webhook and forms.host(options.webhook) then
    return ("--webhook takes a host name, such as bot.contoso.com, not '%s'")
      :format(options.webhook)
  end
end

--- Makes the files.
-- @tparam table options
-- @tparam string options.name of the campaign
-- @tparam string options.manifest_id
-- @tparam ?string options.bot_id
-- @tparam ?string options.client_id
-- @tparam ?string options.webhook the host that the bot is reached at
-- @tparam boolean options.is_installing whether the campaign installs the app
-- @tparam function draw `crier.archive.draw`
-- @treturn {table,...} `{ path =, bytes =, is_program = }`
function scaffold.files(options, draw)
  local values = values_of(options)
  if options.webhook then
    values.WEBHOOK = filled(readme.WEBHOOK, values)
  end
  local function text(path, template, is_program)
    return { path = path, bytes = filled(template, values), is_program = is_program }
  end
  return {
    text("campaign.lua", campaign.SCRIPT),
    text("card.json", campaign.CARD),
    text("app/manifest.json", campaign.MANIFEST),
    { path = "app/color.png", bytes = draw("color", ACCENT) },
    { path = "app/outline.png", bytes = draw "outline" },
    text("setup.sh", shell.SCRIPT, true),
    text("setup.ps1", powershell.SCRIPT),
    text("README.md", readme.TEXT),
    text(".gitignore", campaign.GITIGNORE),
  }
end

return scaffold

--- What `crier new` writes: the campaign, its card, and the app's manifest.
-- @module crier.package.scaffold.campaign
local campaign = {}

--- The campaign script.
campaign.SCRIPT = [[
-- Sends card.json to the people below. Try it on the sandbox first: README.md.
local crier = require "crier"

return crier.campaign {
  name = "@NAME@",
  -- On the sandbox nobody knows you: put crier.users {} in the place of the list.
  audience = crier.list {
    "you@contoso.com", -- yourself first; later: crier.users { filter = … }
  },
  message = crier.card "card.json",
  install = @INSTALL@, -- for who lacks the app
  expect = { max = 10 }, -- more people than that, and nothing is sent
}
]]

--- The card.
campaign.CARD = [[
{
  "type": "AdaptiveCard",
  "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
  "version": "1.5",
  "body": [
    {
      "type": "TextBlock",
      "text": "Hello ${recipient.givenName}",
      "size": "Large",
      "weight": "Bolder",
      "wrap": true
    },
    {
      "type": "TextBlock",
      "text": "This is the first message of **@NAME@**.",
      "wrap": true
    }
  ]
}
]]

--- The manifest. Of the schema's versions the one that all clouds know.
campaign.MANIFEST = [[
{
  "$schema": "https://developer.microsoft.com/json-schemas/teams/v1.19/MicrosoftTeams.schema.json",
  "manifestVersion": "1.19",
  "version": "1.0.0",
  "id": "@MANIFEST_ID@",
  "developer": {
    "name": "My organisation",
    "websiteUrl": "@SITE@",
    "privacyUrl": "@SITE@privacy",
    "termsOfUseUrl": "@SITE@terms"
  },
  "icons": { "color": "color.png", "outline": "outline.png" },
  "name": { "short": "@SHORT_NAME@", "full": "@NAME@" },
  "description": {
    "short": "Messages from your organisation.",
    "full": "Brings messages from your organisation to your chat."
  },
  "accentColor": "#4464EE",
  "bots": [
    {
      "botId": "@BOT_ID@",
      "scopes": ["personal"],
      "isNotificationOnly": @IS_ONE_WAY@,
      "supportsFiles": false,
      "supportsCalling": false
    }
  ],
  "validDomains": [@DOMAINS@],
  "webApplicationInfo": {
    "id": "@CLIENT_ID@",
    "resource": "https://notapplicable"
  },
  "defaultInstallScope": "personal"
}
]]

--- What no repository should hold.
campaign.GITIGNORE = [[
client-secret
crier.env
sandbox.env
*.zip
*.db*
*.lock
]]

return campaign

--- What `crier new` writes: the way from nothing to the first message.
-- @module crier.package.scaffold.readme
local readme = {}

--- README.md.
readme.TEXT = [[
# @NAME@

| file | what it is |
|---|---|
| `campaign.lua` | whom to send what |
| `card.json` | the message: an Adaptive Card |
| `app/` | the Teams app that the bot belongs to |
| `setup.sh`, `setup.ps1` | make the registration, its permissions and the Azure Bot |

## On the sandbox, now

In `campaign.lua`, put `crier.users {}` in the place of the list: you are not
known there. Then

    crier sandbox --users 5 --shell > sandbox.env &
    sleep 1
    (. ./sandbox.env; crier run campaign.lua)
    kill %1

The parentheses keep the sandbox's environment from the steps below; the sandbox
has a store of its own, `sandbox.db`.

## In a real tenant: the first hour

1. **Registration, permissions, bot** (10 minutes). With the Azure CLI:

       az login                # government: az cloud set --name AzureUSGovernment before
       ./setup.sh              # government: CRIER_CLOUD=gcch ./setup.sh

   or with PowerShell: `./setup.ps1` (government: `-Cloud gcch`). It makes an app
   registration of your tenant with the application permissions `User.Read.All`,
   `AppCatalog.Read.All` and `TeamsAppInstallation.ReadWriteSelfForUser.All`,
   consents to them where you may, makes an Azure Bot with its Teams channel, and
   fills in `app/manifest.json`. Where you may not consent it prints a link for an
   administrator. It can be run again at any time. The secret lies in the file
   `client-secret`, which only you can read; keep both it and `crier.env` out of
   any repository (`.gitignore` says so).

2. **The app** (5 minutes). Put your organisation's name and addresses into
   `app/manifest.json`, your own pictures over the two icons if you like, then

       crier pack app

   which says what Teams would refuse, and writes `app.zip`.

3. **Publish it** (5 minutes). A Teams administrator opens the Teams admin center >
   Teams apps > Manage apps > Upload new app, and gives it `app.zip`. Or, after
   `PUBLISH=yes ./setup.sh`, from here: `crier publish app.zip`. Do not
   ever change `id` in the manifest: it is how the organisation's catalog knows the
   app.

4. **Wait** (minutes, at worst a day). A new app is not visible everywhere at once:

       . ./crier.env
       crier doctor
       crier doctor --person you@contoso.com --install --wait 2h

5. **The first message.** In `campaign.lua`, put the list back, with your own
   address in it, then

       crier run campaign.lua

   It shows what it is about to do; type the number of recipients to send.
   `crier status @NAME@` tells what became of it.

When you publish the app again, its version must rise (`version` in the manifest).

In GCC High and DoD an app cannot install itself for people: an administrator
installs it by an app setup policy (Teams admin center > Teams apps > Setup
policies > Installed apps), and the campaign says `install = false`.
@WEBHOOK@]]

--- What a bot that listens needs.
readme.WEBHOOK = [[

## The webhook

The Azure Bot sends what people write to `@ENDPOINT@`. Your gateway must answer
there, by https with a certificate that everybody trusts. Host names that the app
shows content of are in `validDomains` of the manifest.
]]

return readme

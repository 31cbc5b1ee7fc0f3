--- Does the Bot Connector know the bot?
local connection = require "crier.doctor.connection"
local finding = require "crier.doctor.finding"

-- Nobody is in it and nothing is delivered: only whether the bot may ask
-- shows.
local NOWHERE = "19:00000000000000000000000000000000@thread.v2"

-- What a service says that has accepted the bot and looked for the
-- conversation.
local ACCEPTED = { ok = true, absent = true, stale = true, refused = true,
  blocked = true }

local function ask(client)
  local _, message, code, outcome = client.connector:members(NOWHERE)
  local is_accepted = not message or outcome and ACCEPTED[outcome.kind]
    and outcome.scope ~= "run"
  return is_accepted, message, code, outcome
end

-- A bot of many tenants gets its token from a tenant of Microsoft's.
local function is_of_many_tenants(context)
  local elsewhere = context.config.info.bot_tenant
  return context.config.bot_tenant ~= elsewhere
    and ask(connection.new(context, { bot_tenant = elsewhere }))
end

-- The token is good, the bot is registered, and is refused all the same.
local function refused(context, message, code)
  local found
  if is_of_many_tenants(context) then
    local elsewhere = context.config.info.bot_tenant
    found = finding.wrong("a bot of many tenants gets its token from "
      .. elsewhere, "set CRIER_BOT_TENANT=" .. elsewhere)
  else
    found = finding.wrong("no Teams channel: " .. message, "switch the Microsoft"
      .. " Teams channel on: Azure portal > (the Azure Bot) > Channels; if it is"
      .. " on, check CRIER_BOT_CLIENT_ID, CRIER_BOT_TENANT and CRIER_CLOUD", 77)
  end
  found.code = code
  return found
end

return {
  { key = "bot", what = "Azure Bot", needs = { "connector host", "bot token" },
    run = function(context)
      local is_accepted, message, code, outcome = ask(context.client)
      if is_accepted then
        return finding.ok "known to the Bot Connector"
      elseif outcome and outcome.reason == "token refused" then
        return refused(context, message, code)
      elseif outcome and outcome.kind == "stale" then
        return finding.warning(outcome.reason .. ": " .. message, outcome.remedy)
      end
      return finding.failed(message, code, outcome)
    end },
}

--- What the Bot Connector thinks of the bot itself.
-- @module crier.doctor.registration
local connection = require "crier.doctor.connection"
local finding = require "crier.doctor.finding"

local registration = {}

local SERVICE = 77

-- Nobody is in it and nothing is delivered: only whether the bot may ask
-- shows.
local NOWHERE = "19:00000000000000000000000000000000@thread.v2"

-- What a service says that has accepted the bot and looked for the
-- conversation: the answer is about that alone.
local ACCEPTED = { absent = true, stale = true, refused = true, blocked = true }
local SCOPES = { recipient = true, conversation = true }

--- Asks something that delivers nothing. Call inside a task.
-- @tparam crier.client client
-- @treturn[1] boolean true: the bot is known
-- @treturn[2] boolean false
-- @treturn[2] string message
-- @treturn[2] ?string code
-- @treturn[2] ?table the outcome
function registration.ask(client)
  local _, message, code, outcome = client.connector:members(NOWHERE)
  local is_accepted = not message or outcome ~= nil
    and ACCEPTED[outcome.kind] and SCOPES[outcome.scope] or false
  return is_accepted, message, code, outcome
end

-- A bot of many tenants gets its token from a tenant of Microsoft's.
local function is_of_many_tenants(context)
  local elsewhere = context.config.info.bot_tenant
  return context.config.bot_tenant ~= elsewhere and (registration.ask(
    connection.new(context, { bot_tenant = elsewhere })))
end

-- The token is good and is refused all the same.
local function refused(context, message)
  if is_of_many_tenants(context) then
    local elsewhere = context.config.info.bot_tenant
    return finding.wrong("a bot of many tenants gets its token from "
      .. elsewhere, "set CRIER_BOT_TENANT=" .. elsewhere)
  end
  return finding.wrong("no Teams channel: " .. message, "switch the Microsoft"
    .. " Teams channel on: Azure portal > (the Azure Bot) > Channels; if it is"
    .. " on, check CRIER_BOT_CLIENT_ID, CRIER_BOT_TENANT and CRIER_CLOUD",
    SERVICE)
end

-- The tenant is in GCC. A run moves there from the public cloud's own host alone,
-- see `crier.campaign.answers`.
local function elsewhere(context, message, outcome)
  local config, why = context.config, outcome.reason .. ": " .. message
  local found
  if config.connector_url then
    found = finding.wrong(why, "unset CRIER_CONNECTOR_URL, which a run does not"
      .. " leave, and set CRIER_CLOUD=gcc", SERVICE)
  elseif config.info.cloud ~= "public" then
    found = finding.wrong(why, ("CRIER_CLOUD is %s, which a run does not leave:"
      .. " check it, and AZURE_TENANT_ID"):format(config.info.cloud), SERVICE)
  else
    found = finding.warning(why .. ": a run moves to GCC's host", outcome.remedy)
  end
  found.code = outcome.code
  return found
end

--- Explains why a call of the connector failed. Call inside a task.
-- @tparam table context
-- @tparam string message
-- @tparam ?string code
-- @tparam ?table outcome
-- @treturn table see `crier.doctor.finding`
function registration.explain(context, message, code, outcome)
  if outcome and outcome.reason == "token refused" then
    local found = refused(context, message)
    found.code = outcome.code
    return found
  elseif outcome and outcome.kind == "stale" and outcome.scope == "run" then
    return elsewhere(context, message, outcome)
  end
  return finding.failed(message, code, outcome)
end

return registration

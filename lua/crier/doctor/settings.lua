-- Are the settings complete, and which credential do they name?
local config = require "crier.config"
local finding = require "crier.doctor.finding"
local leftover = require "crier.doctor.leftover"
local time = require "crier.format.time"

local SOON_MS = 30 * 24 * 3600 * 1000

-- What has no default: variable -> option of `crier.config.read`.
local NEEDED = { AZURE_TENANT_ID = "tenant", AZURE_CLIENT_ID = "client_id" }

-- All that is unset, not only the first, and then what else is wrong.
local function complain(getenv)
  local whys, remedies, options = {}, {}, {}
  while true do
    local found, message = config.read(options, getenv)
    if found then
      break
    end
    local variable, remedy = message:match "^(%S+) is not set: (.*)$"
    whys[#whys + 1] = variable and variable .. " is not set" or message
    remedies[#remedies + 1] = remedy and variable .. ": " .. remedy
    local option = NEEDED[variable]
    if not option or options[option] then
      break
    end
    options[option] = "unset" -- to hear of the next
  end
  return finding.wrong(table.concat(whys, "; "),
    #remedies > 0 and table.concat(remedies, "; ") or nil)
end

local function check_settings(context)
  local found = config.read({}, context.getenv)
  if not found then
    return complain(context.getenv)
  end
  context.config = found
  local here = leftover.names(found.info)
  return finding.ok(("tenant %s, client id %s, cloud %s%s"):format(found.tenant,
    found.client_id or found.bot_client_id, found.cloud,
    here and "; on this machine: " .. here or ""))
end

-- Which one it is, and why not the others: those that are not set in few words.
local function describe(credential)
  local unset, others = {}, {}
  for _, line in ipairs(credential.skipped) do
    local kind = line:match "^(.-): .* is not set$"
    local list = kind and unset or others
    list[#list + 1] = kind or line
  end
  if #unset > 0 then
    table.insert(others, 1, "not set: " .. table.concat(unset, ", "))
  end
  table.insert(others, 1, credential.took)
  return table.concat(others, "; ")
end

local function ending(expires_at_ms, now_ms)
  local date = time.iso(expires_at_ms):sub(1, 10)
  if expires_at_ms <= now_ms then
    return finding.wrong("it ended on " .. date, "make a new one, and add it in"
      .. " Entra > App registrations > (the app) > Certificates & secrets", 77)
  elseif expires_at_ms - now_ms < SOON_MS then
    return finding.warning(("it ends on %s, in %d days"):format(date,
      math.floor((expires_at_ms - now_ms) / (24 * 3600 * 1000))),
      "replace it in time: Entra > App registrations > (the app) >"
      .. " Certificates & secrets")
  end
  return finding.ok("it ends on " .. date)
end

local function check_end(credential, context)
  if credential.expires_at_ms then
    return ending(credential.expires_at_ms, context.now_ms())
  elseif credential.kind == "certificate" then
    return finding.unchecked("the certificate does not say when it ends")
  elseif credential.kind:find "^secret" then
    return finding.unchecked "a secret's end shows in Entra alone: the app's Certificates & secrets"
  end
  return finding.ok("no end: it is renewed by its issuer")
end

-- The bot's credential is worth lines of its own only when it is another one.
local function has_own_bot(context)
  local found = context.config
  return found and found.bot_credential
    and found.bot_credential ~= found.credential
end

return {
  { key = "settings", what = "settings", run = check_settings },
  { key = "credential", what = "credential", needs = { "settings" },
    run = function(context)
      return finding.ok(describe(context.config.credential))
    end },
  { key = "credential end", what = "its end", needs = { "settings" },
    run = function(context)
      return check_end(context.config.credential, context)
    end },
  { key = "bot credential", what = "bot's credential", needs = { "settings" },
    is_due = has_own_bot,
    run = function(context)
      return finding.ok(describe(context.config.bot_credential))
    end },
  { key = "bot credential end", what = "its end", needs = { "settings" },
    is_due = has_own_bot,
    run = function(context)
      return check_end(context.config.bot_credential, context)
    end },
}

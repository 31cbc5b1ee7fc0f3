--- Are the settings complete, and which credential do they name?
local config = require "crier.config"
local finding = require "crier.doctor.finding"
local time = require "crier.report.time"

local SOON_MS = 30 * 24 * 3600 * 1000

-- A message of `crier.config` says what to do behind "is not set: ".
local function split(message)
  local why, remedy = message:match "^(.- is not set): (.*)$"
  return why or message, remedy
end

local function check_settings(context)
  local found, message = config.read({}, context.getenv)
  if not found then
    return finding.wrong(split(message))
  end
  context.config = found
  found.credential = found.credential
    or { kind = "secret", took = "client secret" }
  return finding.ok(("tenant %s, client id %s, cloud %s"):format(found.tenant,
    found.client_id, found.cloud))
end

-- The credential's own word on what it is: one line, no secret in it.
local function describe(credential)
  local said = credential.took or credential.kind
  if credential.skipped and #credential.skipped > 0 then
    said = said .. " (" .. table.concat(credential.skipped, "; ") .. ")"
  end
  return said
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

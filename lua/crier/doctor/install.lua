-- Does the app let itself be installed for this person?
local consent = require "crier.doctor.consent"
local finding = require "crier.doctor.finding"
local patience = require "crier.doctor.patience"

local NOT_KNOWN_YET = "published, but Teams does not know it yet"

-- The bot of an app that is blocked for all is refused as well.
local function blocked(context, message, code, outcome)
  local _, said, said_code, other =
    context.client.connector:create(context.person.id)
  if other and other.reason == "bot disabled" then
    local found = finding.failed(said, said_code, other)
    found.why = "blocked for all: " .. said
    return found
  end
  local found = finding.failed(message, code, outcome)
  found.why = "blocked for this person: " .. message
  found.remedy = found.remedy .. "; policies may know an app only 48 hours after"
    .. " it was published"
  return found, true
end

-- Who is in the directory with a licence, and an app that is in the catalog:
-- what is not found is not there yet.
local function is_too_early(outcome)
  return outcome and outcome.kind == "absent" and outcome.scope == "app"
end

local function try(context)
  local done, message, code, outcome =
    context.client.graph:install(context.person.id)
  if done then
    -- Also one that was made before, for it did not show.
    context.is_installed, context.is_new = true, true
    return finding.ok(done == "already" and "was installed before" or "installed")
  elseif is_too_early(outcome) then
    local found = finding.wrong(NOT_KNOWN_YET .. ": " .. message, "wait: after"
      .. " publishing it can take up to 48 hours; --wait 2h tries again")
    found.code = code
    return found, true
  elseif outcome and outcome.kind == "blocked" then
    return blocked(context, message, code, outcome)
  end
  return finding.failed(message, code, outcome)
end

return {
  { key = "install", what = "install", needs = { "app", "person" },
    is_due = function(context)
      return context.will_install and not context.is_installed
    end,
    run = function(context)
      return consent.refusal(context)
        or patience.try(context, context.wait_ms, "Teams to know the app",
          function() return try(context) end)
    end },
}

-- Can the person's chat be opened, and does a message arrive in it?
local consent = require "crier.doctor.consent"
local finding = require "crier.doctor.finding"
local patience = require "crier.doctor.patience"
local registration = require "crier.doctor.registration"

-- A new installation shows after seconds.
local FRESH_MS = 30 * 1000

local TEXT = "A test message of crier doctor: messages of this app reach you."
  .. " There is nothing to do."

local function open(context)
  local chat, message, code, outcome =
    context.client.connector:create(context.person.id)
  if chat then
    context.conversation = chat
    return finding.ok "open"
  end
  local is_absent = outcome and outcome.kind == "absent"
  if is_absent and not context.is_installed then
    return finding.unchecked("the app is not installed: " .. message,
      "--install tries it")
  end
  return registration.explain(context, message, code, outcome),
    is_absent and context.is_new
end

local function check_chat(context)
  local most_ms = context.is_new and math.max(FRESH_MS, context.wait_ms) or 0
  return patience.try(context, most_ms, "the installation to show", function()
    return open(context)
  end)
end

local function send(context)
  return context.client.connector:send(context.conversation,
    { type = "message", text = TEXT })
end

local function check_message(context)
  local refusal = consent.refusal(context)
  if refusal then
    return refusal
  end
  local sent, message, code, outcome = send(context)
  if not sent and outcome and outcome.kind == "stale" then
    -- The chat was deleted: a new one is made, as a run does.
    local found = check_chat(context)
    if found.state ~= "ok" then
      return found
    end
    sent, message, code, outcome = send(context)
  end
  if sent then
    return finding.ok "accepted by Teams: ask the person whether it is there"
  end
  return registration.explain(context, message, code, outcome)
end

return {
  { key = "chat", what = "chat", needs = { "connector host", "bot token", "person" },
    is_due = function(context) return context.who ~= nil end,
    run = check_chat },
  { key = "message", what = "test message", needs = { "chat" },
    is_due = function(context) return context.will_send end,
    run = check_message },
}

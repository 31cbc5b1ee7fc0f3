--- One target as `export` shows it.
-- @module crier.report.row
local time = require "crier.format.time"

local row = {}

--- The columns, in order.
row.columns = { "id", "kind", "upn", "name", "state", "reason", "status",
  "code", "attempts", "installed", "conversation_id", "activity_id",
  "request_id", "planned_at", "updated_at", "variant", "language", "via",
  "answered", "dialog" }

--- What `via` says of who was sent around by the retry policy.
row.FEED = "activity feed"

--- Changes a row of a campaign that nobody works on to what the next run will
-- make of it: a message that was under way is not heard of any more.
-- @tparam table found row of the journal
-- @tparam ?boolean dead see `crier.campaign.ledger.is_dead`
-- @treturn table the same row
function row.as_seen(found, dead)
  if dead and found.phase == "intent" then
    found.state, found.phase, found.reason = "unknown", nil, "interrupted"
  end
  return found
end

--- Makes a row for people and programs of a row of the journal.
-- @tparam table found
-- @treturn table by column name
function row.make(found)
  local kind, id = found.key:match "^(%a+):(.*)$"
  local reason = found.reason
  if reason and found.state == "excluded" and found.text then
    reason = reason .. ": " .. found.text
  end
  return {
    id = id,
    kind = kind == "row" and "user" or kind,
    upn = found.upn,
    name = found.name,
    state = found.state,
    reason = found.state ~= "delivered" and reason or nil,
    status = found.status,
    code = found.code,
    attempts = found.attempts,
    installed = found.installed and found.installed == 1,
    conversation_id = found.conversation_id,
    activity_id = found.activity_id,
    request_id = found.request_id,
    planned_at = time.iso(found.planned_at),
    updated_at = time.iso(found.updated_at),
    variant = found.variant,
    language = found.language,
    via = found.rerouted and row.FEED or nil,
    answered = found.answered and found.answered > 0,
    dialog = found.dialog,
  }
end

return row

--- Does the Bot Connector know the bot?
local finding = require "crier.doctor.finding"

-- Nobody is in it and nothing is delivered: only whether the bot is known
-- shows.
local NOWHERE = "19:00000000000000000000000000000000@thread.v2"

-- What a service says that has accepted the bot and looked for the
-- conversation.
local ACCEPTED = { ok = true, absent = true, stale = true, refused = true,
  blocked = true }

return {
  { key = "bot", what = "Azure Bot", needs = { "connector host", "bot token" },
    run = function(context)
      local connector = context.client.connector
      local members, message, code, outcome = connector:members(NOWHERE)
      if outcome and outcome.kind == "stale" and outcome.scope == "run" then
        return finding.warning(outcome.reason .. ": " .. message, outcome.remedy)
      elseif members or outcome and ACCEPTED[outcome.kind] then
        return finding.ok "known to the Bot Connector"
      end
      return finding.failed(message, code, outcome)
    end },
}

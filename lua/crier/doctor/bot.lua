-- Does the Bot Connector know the bot?
local finding = require "crier.doctor.finding"
local registration = require "crier.doctor.registration"

return {
  { key = "bot", what = "Azure Bot", needs = { "connector host", "bot token" },
    run = function(context)
      local is_known, message, code, outcome = registration.ask(context.client)
      if is_known then
        return finding.ok "known to the Bot Connector"
      end
      return registration.explain(context, message, code, outcome)
    end },
}

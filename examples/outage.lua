-- An incident alert: at once, rather twice than never, and in the activity feed for
-- whom the chat fails.
--
--   crier run examples/outage.lua
--
-- Two warnings: who gets it twice, after an answer was lost, gets it twice; and the
-- activity feed needs the permission TeamsActivity.Send.
local crier = require "crier"

local default = crier.retry { attempts = 10, cap_s = 10 }

return crier.campaign {
  name = "network-outage-1",
  audience = crier.users { filter = "startsWith(officeLocation, 'New York')" },
  message = crier.text([[
**The network in ${recipient.officeLocation} is down** from 12:00 to 12:30.

Save your work, ${recipient.givenName}. Calls and mail on your phone go on.]],
    { importance = "high" }),
  urgent = true, -- before what else is under way
  install = true,
  on_missing = "empty", -- who has no given name is told as well
  on_unknown = "resend", -- after a lost answer, send again
  notify = {
    title = "The network is down from 12:00 to 12:30",
    text = "Save your work. Calls and mail on your phone go on.",
    url = "https://teams.microsoft.com/l/app/6c3e4f0a-0f6e-4d55-9c7b-8f2f1a4b7d11",
  },
  retry = function(outcome, attempt)
    local delay_s, reason = default(outcome, attempt)
    if not delay_s and outcome.phase == "send" then
      return crier.reroute
    end
    return delay_s, reason
  end,
}

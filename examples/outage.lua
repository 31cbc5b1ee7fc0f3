-- An urgent message to the people of one office: rather twice than never.
--
--   crier run examples/outage.lua
local crier = require "crier"

return crier.campaign {
  name = "network-outage-1",
  audience = crier.users { filter = "startsWith(officeLocation, 'New York')" },
  message = crier.text [[
**The network in ${recipient.officeLocation} is down** from 12:00 to 12:30.

Save your work, ${recipient.givenName}. Calls and mail on your phone go on.]],
  install = true,
  on_missing = "empty", -- who has no given name is told as well
  on_unknown = "resend", -- after a lost answer, send again
  retry = crier.retry { attempts = 10, cap_s = 10 },
}

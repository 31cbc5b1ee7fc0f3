-- Announces something in the channels of several teams, one post each.
--
--   crier run examples/announcement.lua
--
-- The app must be in these teams; where it is not, the post fails.
local crier = require "crier"

return crier.campaign {
  name = "maintenance-2027-06",
  audience = crier.channel("IT", "Announcements") + crier.channel("Customer Support")
    + crier.channel("Women's Health"),
  message = crier.text("${recipient.teamName}: on Sunday from 6:00 to 9:00 UTC the mail"
    .. " system is down.", { importance = "high" }),
}

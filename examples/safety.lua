-- An alarm that has to be answered: it comes between whatever else is being talked of,
-- and gives the word back.
--
--   crier run examples/safety.lua
local crier = require "crier"

local alarm = crier.text("**Fire alarm in building 2.** Are you out? Please answer **yes**.",
  { importance = "high" })
local again = crier.text "**Are you out of building 2?** Please answer **yes**."
local good = crier.text "Good. Stay at the meeting point."
local help = crier.text "The fire brigade has been told that you have not answered."

return crier.campaign {
  name = "fire-building-2",
  audience = crier.users {},
  message = crier.dialog(function(d)
    local answer = d:ask(alarm, { within = "15m", remind = "5m", reminder = again,
      validate = function(said) return (said.text or ""):lower() == "yes", "Are you out?" end })
    d:say(answer and good or help)
  end),
  urgent = true,
  install = true,
}

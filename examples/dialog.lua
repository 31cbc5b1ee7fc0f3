-- A dialog: it asks, waits for days, and goes on with the answer, in any process.
--
--   crier run examples/dialog.lua   # sends what it says first
--   crier serve                     # carries it on
--
-- When examples/safety.lua comes between, that has the word until it is answered; then
-- this one asks its question again.
local crier = require "crier"

-- What it says is made here, where it is checked before anything is sent.
local hello = crier.text [[
${recipient.givenName}, your laptop is four years old. Which one shall come: **small** or
**large**?]]
local reminder = crier.text "Small or large? You can also say **cancel**."
local where = crier.text "Shall it go to the **office**, or **home**?"
local ordered = crier.text "A ${data.size} one, to the ${data.place}: order ${data.order}."
local bye = crier.text "Then you keep the old one. The help desk orders a new one any time."

local function one_of(first, second)
  return function(answer)
    local said = (answer.text or ""):lower()
    return said == first or said == second, ("Please answer %s or %s."):format(first, second)
  end
end

return crier.campaign {
  name = "laptops-2027",
  audience = crier.users {},
  message = crier.dialog(function(d)
    local size = d:ask(hello, { within = "3d", remind = "1d", reminder = reminder, again = true,
      validate = one_of("small", "large") })
    if not size then
      return d:say(bye)
    end
    local place = d:ask(where, { again = true, validate = one_of("office", "home") })
    -- Once, whatever happens to this machine meanwhile; here a shop would be called.
    local order = d:once("order", function() return "4711" end)
    d:say(ordered, { size = size.text:lower(), order = order,
      place = place and place.text:lower() or "office" })
  end),
  install = true,
}

-- Greets everybody in the organisation with a card of their own.
--
--   crier run examples/hello.lua
--
-- All examples run against a simulated cloud of your own as well:
--
--   crier sandbox --users 500 --shell > sandbox.env &
--   sleep 1 && . ./sandbox.env
local crier = require "crier"

return crier.campaign {
  name = "hello",
  audience = crier.users {},
  message = crier.card "hello.json",
  install = true, -- for who lacks the app
  data = function(recipient)
    return { office = recipient.officeLocation or "wherever you work" }
  end,
}

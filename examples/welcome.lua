-- Welcomes who has joined since yesterday's run: to be run once a day.
--
--   crier run examples/welcome.lua
--
-- The first run notes who is there, and writes to nobody.
local crier = require "crier"

return crier.campaign {
  name = "welcome-" .. crier.today "Europe/Berlin",
  audience = crier.delta "welcome",
  message = crier.text [[
Welcome, ${recipient.givenName}! I am the assistant of your new workplace.

Your first stop is the [handbook](https://handbook.northwind.example).]],
  install = true, -- nobody who is new has the app
}

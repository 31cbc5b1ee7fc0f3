-- A short notice to the people of a list, without those who opted out.
--
--   crier run examples/notice.lua
local crier = require "crier"

return crier.campaign {
  name = "fire-drill",
  audience = crier.csv "fire-wardens.csv" - crier.csv "opted-out.csv",
  message = crier.text [[
Hello ${recipient.givenName}, you are a fire warden for **floor ${recipient.csv.floor}**.

The drill is on Thursday at 10:00. Please lead your floor to ${recipient.csv.assembly_point}.]],
  install = true, -- for who lacks the app
}

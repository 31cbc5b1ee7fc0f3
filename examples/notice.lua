-- A csv mail-merge: each row's person gets the row's own words, without those who
-- opted out.
--
--   crier preview examples/notice.lua --as ana.souza82@northwind.example
--   crier run examples/notice.lua
--
-- Rows that lead to nobody are in the ledger, with their line.
local crier = require "crier"

return crier.campaign {
  name = "fire-drill",
  audience = crier.csv "fire-wardens.csv" - crier.csv "opted-out.csv",
  message = crier.text [[
Hello ${recipient.givenName}, you are a fire warden for **floor ${recipient.csv.floor}**.

The drill is on Thursday at 10:00. Please lead your floor to ${recipient.csv.assembly_point}.]],
  install = true, -- for who lacks the app
}

-- An invitation for everybody, in their language, and in their working hours.
--
--   crier preview examples/all-hands.lua   # all languages on one page
--   crier plan examples/all-hands.lua      # how many in each, and until when
--   crier run examples/all-hands.lua
--
-- The run goes on until it was nine o'clock on a working day wherever somebody is: at
-- night, or on a Sunday, it waits. It can be stopped and run again meanwhile.
local crier = require "crier"

-- A country of several zones tells too little: there, the office does.
local ZONES = {
  ["New York"] = "America/New_York", Chicago = "America/Chicago",
  Austin = "America/Chicago", Seattle = "America/Los_Angeles",
  Curitiba = "America/Sao_Paulo", ["São Paulo"] = "America/Sao_Paulo",
  Recife = "America/Recife", Jakarta = "Asia/Jakarta",
}

-- "New York 3/23" is in New York. Without an answer the country counts.
local function zone_of(recipient)
  return ZONES[(recipient.officeLocation or ""):match "^(%D-)%s*%d"]
end

return crier.campaign {
  name = "all-hands-2027-q2",
  audience = crier.users {},
  message = crier.card { en = "all-hands.en.json", de = "all-hands.de.json",
    fr = "all-hands.fr.json" },
  fallback = "en", -- for whose language is none of these
  window = {
    from = "09:00", to = "18:00", days = "mon-fri", -- by the clock where they are
    zone = zone_of,
    holidays = { "01-01", "12-25", FR = { "07-14" }, US = { "07-04" } },
  },
  zone = "Europe/Berlin", -- where neither tells
  install = true,
}

-- A card in each person's language, with a link of their own.
--
--   crier run examples/benefits.lua
local crier = require "crier"

local TEXTS = {
  en = { title = "Choose your benefits", open = "Choose",
    body = "Enrolment for 2027 is open until 30 November." },
  de = { title = "Wählen Sie Ihre Zusatzleistungen", open = "Auswählen",
    body = "Die Anmeldung für 2027 ist bis zum 30. November offen." },
  fr = { title = "Choisissez vos avantages", open = "Choisir",
    body = "Les inscriptions pour 2027 sont ouvertes jusqu'au 30 novembre." },
}

return crier.campaign {
  name = "benefits-2027",
  audience = crier.users {
    filter = "department eq 'Sales' or department eq 'Marketing'",
  } - crier.csv "opted-out.csv",
  message = crier.card "benefits.json",
  data = function(recipient)
    local language = (recipient.preferredLanguage or "en"):sub(1, 2)
    return TEXTS[language] or TEXTS.en
  end,
  install = true,
  expect = { min = 5, max = 5000 }, -- otherwise nothing is sent
}

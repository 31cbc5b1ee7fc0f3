-- A/B: half of the people get one card, half another. Who gets which stays so,
-- however often it is stopped and resumed.
--
--   crier run examples/benefits.lua
--   crier status benefits-2027             # how many of each
--   crier export benefits-2027 --columns upn,variant,state
local crier = require "crier"

return crier.campaign {
  name = "benefits-2027",
  audience = crier.users {
    filter = "department eq 'Sales' or department eq 'Marketing'",
  } - crier.csv "opted-out.csv",
  message = crier.variants {
    news = crier.card "benefits-news.json",
    question = crier.card "benefits-question.json",
  },
  install = true,
  expect = { min = 5, max = 5000 }, -- otherwise nothing is sent
}

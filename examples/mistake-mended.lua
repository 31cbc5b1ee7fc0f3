-- What is put in the place of a message that was wrong.
--
--   crier amend office-move examples/mistake-mended.lua
--
-- It goes to those who got the first one; name and audience are that campaign's.
local crier = require "crier"

return crier.campaign {
  name = "office-move",
  audience = crier.users { filter = "department eq 'Finance'" },
  message = crier.text "Hello ${recipient.givenName}, your office moves on **1 May**.",
}

-- A message with the wrong day, and what to do about it.
--
--   crier run examples/mistake.lua
--   crier amend office-move examples/mistake-mended.lua   # the right day, in its place
--   crier recall office-move                              # or: it is deleted
--
-- Whoever is pending still gets the right day when the file itself is mended and run
-- again with --update. A notification on a phone cannot be taken back.
local crier = require "crier"

return crier.campaign {
  name = "office-move",
  audience = crier.users { filter = "department eq 'Finance'" },
  message = crier.text "Hello ${recipient.givenName}, your office moves on **1 April**.",
  install = true,
}

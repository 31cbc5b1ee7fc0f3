-- Gives everybody who has an older version of the app the catalog's newest one.
--
--   crier upgrade examples/upgrade.lua
local crier = require "crier"

return crier.campaign {
  name = "upgrade-1.1.0",
  audience = crier.users {},
}

-- A real Apache with two processes of two threads: Lua 5.3, a state each. It is reloaded,
-- and a process is killed.
local gateway_rules = require "support.gateway_rules"

describe("Apache #gateway", function()
  gateway_rules.hold("apache", { reload = "USR1", kills = true })
end)

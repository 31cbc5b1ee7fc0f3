-- A real nginx with four workers: LuaJIT. It is reloaded, and a worker is killed.
local gateway_rules = require "support.gateway_rules"

describe("nginx #gateway", function()
  gateway_rules.hold("nginx", { reload = "HUP", kills = true })
end)

-- A real lighttpd with two workers: Lua 5.4. One is killed.
local gateway_rules = require "support.gateway_rules"

describe("lighttpd #gateway", function()
  gateway_rules.hold("lighttpd", { kills = true })
end)

-- A real nginx with four workers: LuaJIT. It is reloaded, and a worker is killed.
local gateway_rules = require "support.gateway_rules"

describe("nginx #gateway", function()
  gateway_rules.hold("nginx", function(gateway, nth)
    if nth == 30 then
      gateway:signal "HUP"
    elseif nth == 80 then
      gateway:kill_worker()
    end
  end)
end)

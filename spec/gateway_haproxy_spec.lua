-- A real HAProxy with four threads: Lua 5.3, a state each; in a chroot and without
-- privileges, where the suite may do that. It is reloaded.
local gateway_rules = require "support.gateway_rules"
local gateways = require "support.gateways"
local programs = require "support.gateway_programs"

describe("HAProxy #gateway", function()
  if not gateway_rules.hold("haproxy", { reload = "USR2" }) then
    return
  end

  it("may have one Lua state for all its threads", function()
    local gateway = gateways.new()
    programs.start("haproxy", gateway, "journal", { load = "lua-load" })
    local good, bad = gateway:tell "m1", gateway:ask("POST", "/api/messages", "{", "Bearer "
      .. gateway.made.good)
    local strange = gateway:ask("POST", "/api/messages", "{", "Bearer x")
    local count = gateway:count "m1"
    gateway:close()
    assert.same({ 200, 1, 400, 401 }, { good.status, count, bad.status, strange.status })
  end)
end)

-- A real HAProxy with four threads: Lua 5.3, a state each; in a chroot and without
-- privileges, where the suite may do that. It is reloaded.
local gateways = require "support.gateways"
local programs = require "support.gateway_programs"

describe("HAProxy #gateway", function()
  local is_ready, reason = programs.is_ready "haproxy"
  if not is_ready then
    pending(reason)
    return
  end

  local here

  describe("with a journal", function()
    setup(function()
      here = gateways.new()
      programs.start("haproxy", here, "journal")
    end)
    teardown(function() here:close() end)

    gateways.specify(it, function() return here end, function(nth)
      if nth == 30 then
        os.execute("kill -USR2 " .. here.running.pid)
      end
    end)
  end)

  it("may have one Lua state for all its threads", function()
    here = gateways.new()
    programs.start("haproxy", here, "journal", { load = "lua-load" })
    local good, bad = here:tell "m1", here:ask("POST", "/api/messages", "{", "Bearer x")
    local count = here:count "m1"
    here:close()
    assert.same({ 200, 1, 400 }, { good, count, bad.status })
  end)

  describe("in front of crier serve", function()
    setup(function()
      here = gateways.new()
      here:listen()
      programs.start("haproxy", here, "forward")
    end)
    teardown(function() here:close() end)

    gateways.specify_forward(it, function() return here end)
  end)
end)

-- A real nginx with four workers: LuaJIT. It is reloaded, and a worker is killed.
local gateways = require "support.gateways"
local programs = require "support.gateway_programs"

describe("nginx #gateway", function()
  local is_ready, reason = programs.is_ready "nginx"
  if not is_ready then
    pending(reason)
    return
  end

  local here

  describe("with a journal", function()
    setup(function()
      here = gateways.new()
      programs.start("nginx", here, "journal")
    end)
    teardown(function() here:close() end)

    gateways.specify(it, function() return here end, function(nth)
      if nth == 30 then
        os.execute("kill -HUP " .. here.running.pid)
      elseif nth == 80 then
        os.execute("kill -9 " .. gateways.children(here.running.pid)[1])
      end
    end)
  end)

  describe("in front of crier serve", function()
    setup(function()
      here = gateways.new()
      here:listen()
      programs.start("nginx", here, "forward")
    end)
    teardown(function() here:close() end)

    gateways.specify_forward(it, function() return here end)
  end)
end)

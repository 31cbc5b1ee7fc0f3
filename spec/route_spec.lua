local core = require "crier.core"
local route = require "crier.campaign.route"

local DIRECT = { conversation = "connector" }
local COLD = { conversation = "connector", install = true }
local GRAPH = { conversation = "graph", install = true }

describe("crier.campaign.route", function()
  it("names each phase after the call that it makes", function()
    local operations = {}
    for _, name in ipairs(core.outcome.operations) do
      operations[name] = true
    end
    for _, way in ipairs { { "send", COLD }, { "send", GRAPH }, { "upgrade", DIRECT },
      { "uninstall", DIRECT } } do
      for _, phase in ipairs(route.phases(way[1], way[2])) do
        assert.is_true(operations[phase], phase)
      end
    end
  end)

  it("begins with what nobody knows yet", function()
    assert.equal("create", route.first("send", DIRECT))
    assert.equal("install", route.first("send", COLD))
    assert.equal("installation", route.first("send", GRAPH))
    assert.equal("installation", route.first("upgrade", COLD))
    assert.equal("installation", route.first("uninstall", DIRECT))
  end)

  it("tells who answers", function()
    assert.equal("connector", route.service "create")
    assert.equal("connector", route.service "send")
    for _, phase in ipairs { "install", "installation", "chat", "upgrade", "uninstall" } do
      assert.equal("graph", route.service(phase))
    end
  end)

  it("tells what is sent once from what people notice", function()
    local once, noticed = {}, {}
    for _, phase in ipairs { "chat", "create", "delete", "install", "installation", "notify",
      "send", "uninstall", "update", "upgrade" } do
      once[#once + 1] = route.delivers(phase) and phase or nil
      noticed[#noticed + 1] = route.keeps_hours(phase) and phase or nil
    end
    assert.same({ "notify", "send" }, once)
    assert.same({ "notify", "send", "uninstall", "upgrade" }, noticed)
  end)

  it("needs the app wherever an installation is touched", function()
    assert.is_false(route.needs_app("send", { conversation = "connector", install = false }))
    assert.is_true(route.needs_app("send", COLD))
    assert.is_true(route.needs_app("send", { conversation = "graph", install = false }))
    assert.is_true(route.needs_app("upgrade", DIRECT))
    assert.is_true(route.needs_app("uninstall", DIRECT))
  end)

  describe(".seconds()", function()
    it("is that of the tightest budget", function()
      assert.equal(20, route.seconds("send", DIRECT, 1000, 0))
      assert.equal(40, route.seconds("send", DIRECT, 0, 1000))
      assert.equal(40, route.seconds("send", COLD, 0, 1000))
      assert.equal(60, route.seconds("send", COLD, 1000, 1000))
    end)

    it("knows what Graph's own way costs", function()
      assert.equal(20, route.seconds("send", { conversation = "graph" }, 0, 600))
      assert.equal(40, route.seconds("send", GRAPH, 0, 600)) -- looked for twice
      assert.equal(12, route.seconds("send", GRAPH, 600, 0))
    end)

    it("knows what upgrades and uninstalls cost", function()
      assert.equal(10, route.seconds("upgrade", DIRECT, 0, 300))
      assert.equal(20, route.seconds("uninstall", DIRECT, 0, 300))
    end)
  end)
end)

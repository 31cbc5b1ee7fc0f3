local budget = require "crier.budget"

describe("crier.budget #portable", function()
  it("has Teams' documented limits", function()
    local function windows(class)
      local found = {}
      for i, window in ipairs(budget.classes[class].windows) do
        found[i] = { window.limit, window.period_ms }
      end
      return found
    end
    assert.same({ { 50, 1000 } }, windows "connector")
    assert.same({ { 7, 1000 }, { 8, 2000 }, { 60, 30000 }, { 1800, 3600000 } },
      windows "thread")
    assert.same({ { 30, 1000 } }, windows "install")
    assert.same({ { 30, 1000 } }, windows "apps")
    assert.same({ { 350, 1000 } }, windows "directory")
  end)

  it("counts a lane's calls together and each conversation's apart", function()
    local per = {}
    for name, class in pairs(budget.classes) do
      per[name] = class.per
    end
    assert.same({ connector = "lane", thread = "conversation", install = "lane",
      apps = "lane", directory = "lane" }, per)
  end)

  it("lets creates and sends share the connector's budget", function()
    assert.same({ "connector", "thread" }, budget.of.create)
    assert.same({ "connector", "thread" }, budget.of.send)
  end)

  it("knows the class of each operation", function()
    for operation, classes in pairs(budget.of) do
      for _, class in ipairs(classes) do
        assert.equal("string", type(budget.classes[class].shown), operation)
      end
    end
  end)

  describe(".rate()", function()
    it("is that of the tightest window", function()
      assert.equal(50, budget.rate "connector")
      assert.equal(30, budget.rate "install")
      assert.equal(0.5, budget.rate "thread")
    end)
  end)
end)

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
    assert.same({ { 30, 1000 } }, windows "apps_write")
    assert.same({ { 15, 1000 } }, windows "uninstall")
    assert.same({ { 30, 1000 } }, windows "teams")
    assert.same({ { 60, 1000 } }, windows "roster")
    assert.same({ { 5, 1000 } }, windows "chats")
    assert.same({ { 5, 1000 } }, windows "notify")
    assert.same({ { 2, 1000 } }, windows "notify_many")
    assert.same({ { 14, 1000 }, { 16, 2000 }, { 120, 30000 }, { 3600, 3600000 } },
      windows "thread_read")
    assert.same({ { 250, 1000 } }, windows "directory")
    assert.same({ { 20, 1000 } }, windows "groups")
  end)

  it("counts a lane's calls together and each conversation's apart", function()
    for name, class in pairs(budget.classes) do
      local expected = name:find "^thread" and "conversation" or "lane"
      assert.equal(expected, class.per, name)
    end
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

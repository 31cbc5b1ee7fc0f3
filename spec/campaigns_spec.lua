local ledger = require "crier.campaign.ledger"
local stores = require "support.stores"

local NOW = stores.NOW

describe("crier.journal.campaigns", function()
  local place, store, lane, campaigns

  before_each(function()
    place = stores.new()
    store = place:open()
    lane = assert(store.lanes:acquire("bot", "contoso"))
    campaigns = store.campaigns
  end)
  after_each(function() place:close() end)

  local function add(changes, at)
    return campaigns:add(stores.campaign(lane, changes), at or NOW)
  end

  describe(":add()", function()
    it("begins a campaign in state planning", function()
      local row = add()
      for name, value in pairs { id = 1, name = "hello", action = "send", lane = lane.id,
        app = "bot", tenant = "contoso", cloud = "public", state = "planning", digest = "d1",
        script = "hello.lua", on_unknown = "report", lane_fence = lane.fence,
        started_at = NOW } do
        assert.equal(value, row[name], name)
      end
      -- What else it has says that nothing has been done yet.
      for name, value in pairs(row) do
        assert.is_true(type(value) ~= "number" or value == 0 or name == "id" or name == "lane"
          or name == "lane_fence" or name == "started_at", name)
      end
    end)

    it("refuses a name that is there", function()
      add()
      local row, _, code = add()
      assert.is_nil(row)
      assert.equal("SQLITE_CONSTRAINT", code:sub(1, 17))
    end)
  end)

  describe(":find() and :list()", function()
    it("find by name, and list the newest first", function()
      add({ name = "a" }, NOW)
      add({ name = "b" }, NOW + 2)
      add({ name = "c" }, NOW + 1)
      assert.equal("b", campaigns:find("b").name)
      assert.is_false(campaigns:find "d")
      local names = {}
      for i, row in ipairs(campaigns:list()) do
        names[i] = row.name
      end
      assert.same({ "b", "c", "a" }, names)
    end)
  end)

  describe(":bundle()", function()
    it("keeps the files, a csv's without its content", function()
      assert.same({ { path = "hello.lua", digest = "f1", content = "return 1" },
        { path = "people.csv", digest = "f2" } }, campaigns:bundle(add().id))
    end)

    it("keeps bytes as they are", function()
      local bytes = "\0\255\r\n'"
      local row = add { files = { { path = "a", digest = "x", content = bytes } } }
      assert.equal(bytes, campaigns:bundle(row.id)[1].content)
    end)
  end)

  describe(":set_content()", function()
    it("puts other content in the place of the old", function()
      local row = add()
      assert.is_true(campaigns:set_content(row.id, { digest = "d2",
        script = "b.lua", on_unknown = "resend",
        files = { { path = "b.lua", digest = "g", content = "x" } } }))
      row = campaigns:find "hello"
      assert.equal("d2", row.digest)
      assert.equal("b.lua", row.script)
      assert.equal("resend", row.on_unknown)
      assert.same({ { path = "b.lua", digest = "g", content = "x" } },
        campaigns:bundle(row.id))
    end)
  end)

  describe(":set_state()", function()
    it("sets state and reason", function()
      local row = add()
      assert.equal(1, campaigns:set_state(row.id, "paused", "by me"))
      assert.equal("paused", campaigns:state(row.id))
      assert.equal("by me", campaigns:find("hello").why)
      campaigns:set_state(row.id, "running")
      assert.is_nil(campaigns:find("hello").why)
    end)
  end)

  describe(":set_state_if_running()", function()
    it("leaves what somebody has paused, cancelled or finished", function()
      local row = add()
      for _, state in ipairs { "planning", "running", "waiting", "stopped" } do
        campaigns:set_state(row.id, state)
        assert.equal(1, campaigns:set_state_if_running(row.id, "stopped", "x"))
      end
      for _, state in ipairs { "paused", "cancelled", "finished" } do
        campaigns:set_state(row.id, state, "as it was")
        assert.equal(0, campaigns:set_state_if_running(row.id, "stopped", "x"))
        assert.equal(state, campaigns:state(row.id))
        assert.equal("as it was", campaigns:find("hello").why)
      end
    end)
  end)

  describe(":state()", function()
    it("is what another connection wrote", function()
      local row = add()
      place:open().campaigns:set_state(row.id, "paused")
      assert.equal("paused", campaigns:state(row.id))
      assert.is_false(campaigns:state(99))
    end)
  end)

  describe(":set_planned()", function()
    it("counts who is in the ledger", function()
      local row = add()
      for i = 1, 3 do
        store.targets:add(row.id, "send", { key = "user:" .. i, fields = "{}" },
          "create", NOW)
      end
      assert.equal(1, campaigns:set_planned(row.id))
      row = campaigns:find "hello"
      assert.equal(1, row.planned)
      assert.equal(3, row.targeted)
    end)
  end)

  describe(":remove_unplanned()", function()
    it("removes a campaign whose plan is not complete, and its files", function()
      local row = add()
      assert.equal(1, campaigns:remove_unplanned(row.id))
      assert.is_false(campaigns:find "hello")
      assert.same({}, campaigns:bundle(row.id))
    end)

    it("is told of one that nobody plans any more", function()
      local row = add()
      local found = ledger.read(store, campaigns:find "hello")
      assert.same({ "stopped", "its people were not read to the end: nothing was sent" },
        { found.state, found.why })
      campaigns:set_planned(row.id)
      assert.is_nil(ledger.read(store, campaigns:find "hello").why)
    end)

    it("leaves one whose plan is", function()
      local row = add()
      campaigns:set_planned(row.id)
      assert.equal(0, campaigns:remove_unplanned(row.id))
      assert.equal(2, #campaigns:bundle(row.id))
    end)
  end)

  describe(":finish()", function()
    it("notes how and when a campaign ended", function()
      local row = add()
      campaigns:set_state(row.id, "running", "x")
      campaigns:finish(row.id, "finished", 2, NOW + 5)
      row = campaigns:find "hello"
      assert.equal("finished", row.state)
      assert.is_nil(row.why)
      assert.equal(2, row.exit_status)
      assert.equal(NOW + 5, row.finished_at)
    end)
  end)

  describe(":add_calls()", function()
    it("adds to what was counted before", function()
      local row = add()
      campaigns:add_calls(row.id, { token = 1, graph = 2, connector = 3, throttled = 4 })
      campaigns:add_calls(row.id, { token = 0, graph = 0, connector = 5, throttled = 1 })
      row = campaigns:find "hello"
      assert.same({ 1, 2, 8, 5 }, { row.token_calls, row.graph_calls,
        row.connector_calls, row.throttled })
    end)
  end)
end)

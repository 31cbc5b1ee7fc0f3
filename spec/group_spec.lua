local group = require "crier.campaign.group"
local stores = require "support.stores"

local NOW = stores.NOW

describe("crier.campaign.group", function()
  local place, store, campaign, lane, open

  before_each(function()
    place = stores.new()
    store, campaign, lane = place:planned(5)
    open = group.new(store, campaign, lane)
  end)
  after_each(function() place:close() end)

  local function due()
    return store.targets:due(campaign.id, "send", { due_at = -1, id = 0 }, NOW, 10)
  end

  local function settled(row, state, changes)
    row.state, row.phase = state, state == "pending" and "send" or nil
    for name, value in pairs(changes or {}) do
      row[name] = value
    end
    return row
  end

  -- What another connection reads: what is on the disk.
  local function on_disk()
    local found = {}
    for key, row in pairs(stores.rows(place:open(), campaign)) do
      found[key] = row.phase or row.state
    end
    return found
  end

  it("writes intents and outcomes in one commit", function()
    local rows = due()
    open:intend(rows[1], NOW, NOW + 500)
    open:intend(rows[2], NOW, NOW + 500)
    open:settle(settled(rows[3], "delivered"), NOW)
    assert.equal(3, open:size())
    assert.equal("send", on_disk()["user:1"])
    assert.same({ rows[1], rows[2] }, open:commit(NOW))
    assert.same({ ["user:1"] = "intent", ["user:2"] = "intent",
      ["user:3"] = "delivered", ["user:4"] = "send", ["user:5"] = "send" },
      on_disk())
    assert.equal(0, open:size())
    assert.is_nil(open.deadline)
  end)

  it("is due 20 ms after its oldest row, or when a request is to leave", function()
    local rows = due()
    open:settle(settled(rows[1], "failed"), NOW)
    assert.equal(NOW + 20, open.deadline)
    open:intend(rows[2], NOW + 5, NOW + 500)
    assert.equal(NOW + 20, open.deadline)
    open:intend(rows[3], NOW + 5, NOW + 12)
    assert.equal(NOW + 12, open.deadline)
    open:commit(NOW + 12)
    open:intend(rows[4], NOW + 30, NOW + 31)
    assert.equal(NOW + 31, open.deadline)
  end)

  it("lets more rows join a request that could leave at once", function()
    open:intend(due()[1], NOW, NOW)
    assert.equal(NOW + group.LONGEST_MS, open.deadline)
  end)

  it("keeps and forgets conversations with the rows", function()
    local rows = due()
    store.conversations:keep(lane, "user:2", "19:old", nil, NOW)
    open:settle(settled(rows[1], "pending", { conversation_id = "19:new",
      service_url = "https://smba/" }), NOW, "keep")
    open:settle(settled(rows[2], "pending"), NOW, "forget")
    assert.same({}, open:commit(NOW))
    local conversations = place:open().conversations
    assert.same({ conversation_id = "19:new", service_url = "https://smba/" },
      conversations:find(lane, "user:1"))
    assert.is_false(conversations:find(lane, "user:2"))
  end)

  it("adds the calls that were made", function()
    open:settle(settled(due()[1], "delivered"), NOW)
    open:commit(NOW, { token = 1, graph = 2, connector = 3, throttled = 4 })
    local row = place:open().campaigns:find "hello"
    assert.same({ 1, 2, 3, 4 }, { row.token_calls, row.graph_calls,
      row.connector_calls, row.throttled })
  end)

  it("writes no due time that lies before the commit", function()
    open:settle(settled(due()[1], "pending", { due_at = NOW - 50 }), NOW - 50)
    open:commit(NOW)
    assert.equal(NOW, stores.rows(store, campaign)["user:1"].due_at)
  end)

  it("writes nothing and keeps all rows when another process took over", function()
    local rows = due()
    open:settle(settled(rows[1], "delivered"), NOW)
    open:intend(rows[2], NOW, NOW)
    store.db:exec "UPDATE lane SET fence = fence + 1"
    local intents, message, code = open:commit(NOW, { token = 1, graph = 1,
      connector = 1, throttled = 0 })
    assert.is_nil(intents)
    assert.equal("another process has taken over this app and tenant", message)
    assert.equal("HELD", code)
    assert.equal("send", on_disk()["user:1"])
    assert.equal("send", on_disk()["user:2"])
    assert.equal(0, store.campaigns:find("hello").token_calls)
    assert.equal(2, open:size())
  end)

  it("still writes outcomes when another process took over", function()
    open:settle(settled(due()[1], "delivered"), NOW)
    store.db:exec "UPDATE lane SET fence = fence + 1"
    assert.same({}, open:commit(NOW))
    assert.equal("delivered", on_disk()["user:1"])
  end)

  it("writes nothing when a planned row is gone", function()
    local rows = due()
    open:intend(rows[1], NOW, NOW)
    open:intend(rows[2], NOW, NOW)
    store.db:exec "UPDATE target SET state = 'excluded', phase = NULL WHERE id = 2"
    local intents, message, code = open:commit(NOW)
    assert.is_nil(intents)
    assert.equal("a planned row is gone", message)
    assert.equal("STORE", code)
    assert.equal("send", on_disk()["user:1"])
  end)

  it("writes everything at the next try when the store was busy", function()
    local other = place:open()
    store.db:exec "PRAGMA busy_timeout = 0"
    open:intend(due()[1], NOW, NOW)
    other.db:begin()
    local intents, _, code = open:commit(NOW)
    assert.is_nil(intents)
    assert.equal("SQLITE_BUSY", code)
    other.db:rollback()
    assert.equal(1, #open:commit(NOW))
    assert.equal("intent", on_disk()["user:1"])
  end)

  it("gives up its intents alone", function()
    local rows = due()
    open:intend(rows[1], NOW, NOW)
    open:settle(settled(rows[2], "failed"), NOW)
    assert.same({ rows[1] }, open:drop_intents())
    assert.equal(1, open:size())
    assert.same({}, open:commit(NOW))
    assert.equal("send", on_disk()["user:1"])
  end)
end)

local stores = require "support.stores"

local LANE = { app = "bot", tenant = "contoso", host = "https://smba.example" }

describe("crier.journal.conversations", function()
  local place, conversations

  before_each(function()
    place = stores.new()
    conversations = place:open().conversations
  end)
  after_each(function() place:close() end)

  it("keeps a conversation with its service URL", function()
    assert.is_false(conversations:find(LANE, "user:1"))
    conversations:keep(LANE, "user:1", "19:a", "https://smba.example/emea", 5)
    assert.same({ conversation_id = "19:a",
      service_url = "https://smba.example/emea" },
      conversations:find(LANE, "user:1"))
  end)

  it("puts a newer one in the place of the old", function()
    conversations:keep(LANE, "user:1", "19:a", "https://smba.example/emea", 5)
    conversations:keep(LANE, "user:1", "19:b", nil, 6)
    assert.same({ conversation_id = "19:b" }, conversations:find(LANE, "user:1"))
  end)

  it("keeps apps, tenants, hosts and targets apart", function()
    conversations:keep(LANE, "user:1", "19:a", nil, 5)
    for field in pairs(LANE) do
      local other = { app = LANE.app, tenant = LANE.tenant, host = LANE.host }
      other[field] = "other"
      assert.is_false(conversations:find(other, "user:1"))
    end
    assert.is_false(conversations:find(LANE, "chat:1"))
  end)

  it("knows which of several have one", function()
    for i = 1, 3 do
      conversations:keep(LANE, "user:" .. i, "19:" .. i, nil, 5)
    end
    assert.same({ ["user:1"] = true, ["user:3"] = true },
      conversations:known(LANE, { "user:1", "user:3", "user:4", "chat:2" }))
    assert.same({}, conversations:known({ app = "other", tenant = "contoso",
      host = LANE.host }, { "user:1" }))
    assert.same({}, conversations:known(LANE, {}))
  end)

  it("forgets the one that it is told", function()
    conversations:keep(LANE, "user:1", "19:a", nil, 5)
    conversations:keep(LANE, "user:2", "19:b", nil, 5)
    assert.equal(1, conversations:forget(LANE, "user:1"))
    assert.is_false(conversations:find(LANE, "user:1"))
    assert.equal("19:b", conversations:find(LANE, "user:2").conversation_id)
  end)
end)

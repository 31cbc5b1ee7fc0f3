local stores = require "support.stores"

describe("crier.journal.approvals", function()
  local here

  before_each(function() here = stores.new() end)
  after_each(function() here:close() end)

  local function signed(changes)
    local made = { digest = "p1", who = "ben", host = "ward7", recipients = 2,
      comment = "fine" }
    for name, value in pairs(changes or {}) do
      made[name] = value
    end
    return made
  end

  it("hold for the digest that was signed", function()
    local store, campaign = here:planned(2)
    assert.is_true(store.approvals:add(campaign.id, signed(), stores.NOW))
    assert.is_true(store.approvals:add(campaign.id, signed { digest = "p2", who = "cleo" },
      stores.NOW))
    assert.same({ { who = "ben", host = "ward7", at = stores.NOW, recipients = 2,
      comment = "fine" } }, store.approvals:list(campaign.id, "p1"))
    assert.same({}, store.approvals:list(campaign.id + 1, "p1"))
  end)

  it("hold until they are withdrawn", function()
    local store, campaign = here:planned(2)
    assert(store.approvals:add(campaign.id, signed(), stores.NOW))
    assert(store.approvals:add(campaign.id, signed { digest = "p2" }, stores.NOW))
    assert.equal(2, store.approvals:withdraw(campaign.id, stores.NOW + 1))
    assert.equal(0, store.approvals:withdraw(campaign.id, stores.NOW + 2))
    assert.same({}, store.approvals:list(campaign.id, "p1"))
    assert(store.approvals:add(campaign.id, signed { who = "cleo" }, stores.NOW + 3))
    assert.equal("cleo", store.approvals:list(campaign.id, "p1")[1].who)
  end)
end)

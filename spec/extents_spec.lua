-- What the door reads of a campaign a part at a time.
local stores = require "support.stores"

describe("a campaign's rows", function()
  local made, store, campaign

  before_each(function()
    made = stores.new()
    store, campaign = made:planned(10)
  end)

  after_each(function()
    made:close()
  end)

  local function add(key)
    assert(store.targets:add(campaign.id, "send", { key = key, upn = key .. "@contoso.com",
      name = key, fields = "{}" }, "send", stores.NOW))
  end

  it("lie between two ids, which are found anew when there are more", function()
    local first, last = store.extents:of(campaign.id)
    assert.equal(9, last - first)
    assert.same({ first, last }, { store.extents:of(campaign.id) })
    add "user:late"
    assert(store.campaigns:set_planned(campaign.id))
    assert.same({ first, last + 1 }, { store.extents:of(campaign.id) })
  end)

  it("lie nowhere when there are none", function()
    assert.same({ 1, 0 }, { store.extents:of(12345) })
    assert.same({ {} }, { store.people:find(12345, {}, 0, 10) })
    assert.same({ {} }, { store.history:seconds(12345, 0) })
  end)

  it("are counted by the second, a window at a time", function()
    -- Fifty thousand more, delivered in three seconds.
    assert(store.db:script(([[
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
      INSERT INTO target (campaign, step, key, state, due_at, attempts, planned_at, updated_at)
      SELECT %d, 'send', 'user:n' || i, 'delivered', 0, 1, 0, 1800000000000 + i %% 3 * 1000
      FROM n]]):format(campaign.id)))
    assert(store.campaigns:set_planned(campaign.id))
    local after, looks, found = 0, 0, {}
    while after do
      local rows
      rows, after = store.history:seconds(campaign.id, after)
      looks = looks + 1
      for _, one in ipairs(rows) do
        found[one.second] = (found[one.second] or 0) + one.count
      end
    end
    assert.same({ [1800000000] = 16666, [1800000001] = 16667, [1800000002] = 16667 }, found)
    assert.equal(3, looks)
  end)
end)

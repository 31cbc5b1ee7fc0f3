-- Plans that the journal keeps.
local stores = require "support.stores"

describe("crier.journal.plans", function()
  local there, plans

  before_each(function()
    there = stores.new()
    plans = there:planned(1).plans
  end)

  after_each(function() there:close() end)

  local function plan(n)
    return { id = ("p-%d"):format(n), at = n, who = "ana", script = "hello.lua", state = "done",
      name = "hello", recipients = 3, digest = "d", content_digest = "c", plan = "{}",
      message = '{"each":[]}' }
  end

  it("keeps all that was found out, and who has started it", function()
    local made = plan(1)
    assert.equal(0, plans:keep(made))
    assert.same(made, plans:find "p-1")
    assert(plans:started("p-1", "hello"))
    assert.equal("hello", plans:find("p-1").campaign)
    assert.is_false(plans:find "p-2")
  end)

  it("lists them newest first, and lets the oldest go", function()
    for n = 1, 53 do
      assert(plans:keep(plan(n)))
    end
    local rows = plans:list()
    assert.same({ 50, "p-53", "p-4" }, { #rows, rows[1].id, rows[50].id })
    assert.is_nil(rows[1].plan)
    assert.is_false(plans:find "p-3")
  end)
end)

-- Plans that are made through the door, and those that the journal keeps.
local door_plans = require "crier.door.plans"
local shell = require "support.shell"
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

describe("crier.door.plans", function()
  local folder, routes, host

  before_each(function()
    folder, routes = shell.run "mktemp -d", {}
    assert(io.open(folder .. "/hello.lua", "w")):close()
    host = { folder = folder, deed = {}, memo = { forget = function() end },
      door = { on = function(_, method, path, _, answer)
        routes[method .. " " .. path] = answer
      end },
      worker = { loop = { now = function() return 0 end, spawn = function() end } } }
    door_plans.add(host)
  end)

  after_each(function() os.execute("rm -rf " .. folder) end)

  local function plan()
    return routes["POST /plans"] { who = { name = "ana" }, body = { script = "hello.lua" } }
  end

  it("forgets a plan that no journal took when the next one begins", function()
    host.reading.lost = { id = "lost", state = "failed", why = "database or disk is full", at = 0 }
    assert.equal(202, (plan()))
    assert.equal(202, (plan()))
    local states = {}
    for _, one in pairs(host.reading) do
      states[#states + 1] = one.state
    end
    assert.same({ "reading", "reading" }, states)
  end)

  it("makes no more than a few at a time", function()
    for _ = 1, 8 do
      assert.equal(202, (plan()))
    end
    local refused = plan()
    assert.same({ 429, "5" }, { refused.status, refused.headers["Retry-After"] })
    assert.matches('"message":"8 plans are being made"', refused.body, 1, true)
  end)
end)

-- Welcome campaigns: only who joined since the last one, against the simulator.
local rehearsal = require "support.rehearsal"

local function script(name, more, options, rest)
  return ([[
local crier = require "crier"
return crier.campaign { name = %q, audience = crier.delta("welcome"%s)%s, install = true,
  message = crier.text "Welcome" %s }]]):format(name, options or "", more or "", rest or "")
end

describe("crier.delta", function()
  local stage, ended

  local function new(options)
    options = options or {}
    options.users, options.installed = options.users or 300, 1
    stage = rehearsal.new({}, options)
    ended = nil
    return stage
  end

  after_each(function() stage:close() end)

  -- Runs a campaign; gives the people of its ledger by number, or the ending.
  local function run(...)
    stage:write("campaign.lua", script(...))
    ended = stage:run()
    local name = ...
    local found = {}
    for _, row in ipairs(stage:rows(name)) do
      found[#found + 1] = stage.simulator.people:find(row.id)
    end
    table.sort(found)
    return found
  end

  -- The first people, from one on, who have an account and Teams.
  local function reachable(count, from)
    local who, found = stage.simulator.people, {}
    for k = from or 1, who.count do
      if who:is_reachable(k) and who:kind(k) == "member" then
        found[#found + 1] = k
      end
      if #found == count then
        return found
      end
    end
  end

  local function change(numbers, removed)
    for _, k in ipairs(numbers) do
      stage.simulator.people:change(k, { removed = removed })
    end
  end

  local function leave(numbers)
    change(numbers, "changed")
  end

  local function join(numbers)
    change(numbers, false)
  end

  it("gives nobody at first, then who has joined, each once", function()
    new()
    local joining = reachable(5)
    leave(joining)
    assert.same({}, run("welcome-1"))
    assert.equal(0, ended.exit)
    assert.same({}, run("welcome-2"))
    join(joining)
    stage.simulator.people:change(reachable(1, 50)[1], { jobTitle = "Chief" })
    assert.same(joining, run("welcome-3"))
    assert.equal(0, ended.exit)
    assert.same({}, stage:compare("welcome-3").problems)
    assert.same({}, run("welcome-4"))
    assert.equal(5, #stage:deliveries())
  end)

  it("gives everybody at first, if that is wanted", function()
    new { users = 60 }
    local found = run("welcome-1", nil, ', { first = "everybody" }')
    assert.is_true(#found > 40)
    assert.same({}, run("welcome-2", nil, ', { first = "everybody" }'))
  end)

  it("waits for who is still disabled", function()
    new()
    local one, other = reachable(2)[1], reachable(2)[2]
    stage.simulator.people:change(one, { accountEnabled = false })
    run("welcome-1")
    stage.simulator.people:change(other, { jobTitle = "Chief" })
    assert.same({}, run("welcome-2"))
    stage.simulator.people:change(one, { accountEnabled = true })
    assert.same({ one }, run("welcome-3"))
  end)

  it("notes nothing while a plan is not written", function()
    new()
    local joining = reachable(3)
    leave(joining)
    run("welcome-1")
    join(joining)
    stage:write("campaign.lua", script("welcome-2", nil, nil, ", expect = { min = 100 }"))
    assert.equal(3, stage:run().exit)
    assert.same(joining, run("welcome-3"))
  end)

  it("survives a service that has forgotten the link", function()
    new { faults = "resync=1" }
    local joining = reachable(3)
    leave(joining)
    run("welcome-1")
    join(joining)
    assert.same(joining, run("welcome-2"))
    assert.same({}, run("welcome-3"))
  end)

  it("reads anew when other properties are wanted", function()
    new()
    local joining = reachable(2)
    leave(joining)
    run("welcome-1")
    join(joining)
    assert.same(joining, run("welcome-2", nil, ', { select = { "employeeId" } }'))
    assert.same({}, run("welcome-3"))
  end)

  it("keeps its newcomers when it is planned anew", function()
    new()
    local joining = reachable(30)
    leave(joining)
    run("welcome-1")
    join(joining)
    stage.options.started = function(work)
      work.loop:at(work.loop:now() + 900, function()
        work:stop { exit = 3, state = "stopped", why = "a test" }
      end)
    end
    assert.same(joining, run("welcome-2"))
    local counts = stage:compare("welcome-2").counts
    assert.is_true(counts.delivered > 0 and counts.pending > 0)
    stage.options.started = nil
    stage:write("campaign.lua", (script("welcome-2"):gsub("Welcome", "Good morning")))
    local ending = stage:run { update = true }
    assert.equal(0, ending.exit)
    local found = stage:compare("welcome-2")
    assert.same({}, found.problems)
    assert.same({ delivered = 30 }, found.counts)
    assert.same({}, run("welcome-3"))
  end)

  it("takes part in sets", function()
    new()
    local joining = reachable(8)
    leave(joining)
    run("welcome-1")
    join(joining)
    local found = run("welcome-2", ":sample(3, 'x')")
    assert.equal(3, #found)
    assert.same({}, run("welcome-3"))
  end)

  it("keeps families and tenants apart", function()
    new()
    local joining = reachable(2)
    leave(joining)
    run("welcome-1")
    join(joining)
    run("welcome-2")
    local store = stage:open()
    local known = store.db:rows "SELECT DISTINCT tenant, key FROM delta_known"
    assert.same({ { tenant = stage.simulator.tenant, key = "welcome" } }, known)
    assert.is_false(store.deltas:find(stage.simulator.tenant, "other"))
    assert.is_false(store.deltas:find("other", "welcome"))
    store:close()
  end)

  it("forgets who is deleted for good", function()
    new { users = 60 }
    local gone = reachable(1)
    run("welcome-1")
    local store = stage:open()
    local key = "user:" .. stage.simulator.people:id(gone[1])
    assert.is_true(store.deltas:is_known(stage.simulator.tenant, "welcome", key))
    store:close()
    change(gone, "deleted")
    run("welcome-2")
    store = stage:open()
    assert.is_false(store.deltas:is_known(stage.simulator.tenant, "welcome", key))
    store:close()
  end)

  it("stops the plan when the directory cannot be read", function()
    new { roles = { "AppCatalog.Read.All" } }
    stage:write("campaign.lua", script("welcome-1"))
    local ending = stage:run()
    assert.equal(77, ending.exit)
    assert.matches("User.Read.All", ending.remedy)
  end)
end)

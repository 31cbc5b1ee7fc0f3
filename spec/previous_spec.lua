-- Campaigns to those whom an earlier one addressed, against the simulator.
local rehearsal = require "support.rehearsal"

local function script(name, audience, more)
  return ([[
local crier = require "crier"
return crier.campaign { name = %q, audience = %s, %s
  message = crier.text "Hi ${recipient.displayName}" }]]):format(name, audience, more or "")
end

describe("crier.previous", function()
  local stage

  before_each(function()
    stage = rehearsal.new({ ["people.csv"] = "upn,floor\n" },
      { users = 120, installed = 0.5 })
    stage:write("campaign.lua", script("hello", "crier.users()"))
    assert.equal(2, stage:run().exit)
  end)
  after_each(function() stage:close() end)

  -- The ids of a campaign's rows in some state, as a sorted list.
  local function ids(name, state)
    local found = {}
    for _, row in ipairs(stage:rows(name)) do
      if not state or row.state == state then
        found[#found + 1] = row.id
      end
    end
    table.sort(found)
    return found
  end

  local function run(audience, more)
    stage:write("campaign.lua", script("again", audience, more))
    return stage:run()
  end

  it("gives who was delivered to", function()
    assert.equal(0, run('crier.previous "hello"').exit)
    assert.same(ids("hello", "delivered"), ids "again")
    assert.same({}, stage:compare("again", function() return 2 end).problems)
  end)

  it("gives who is in other states", function()
    assert.equal(0, run('crier.previous("hello", { state = "failed" })', "install = true,").exit)
    assert.same(ids("hello", "failed"), ids("again", "delivered"))
  end)

  it("refuses to tell who answered where nothing was asked", function()
    local ending = run 'crier.previous("hello", { answered = true })'
    assert.same({ 65, true }, { ending.exit, ending.why:find("crier.previous 'hello': answered"
      .. " is for a dialog or a poll, and that campaign asked nothing", 1, true) ~= nil })
  end)

  it("gives all of several states, excluded for the same reasons", function()
    run('crier.previous("hello", { state = { "delivered", "failed", "excluded" } })')
    assert.same(ids "hello", ids "again")
    assert.same(ids("hello", "excluded"), ids("again", "excluded"))
  end)

  it("asks the directory how they are now", function()
    local one = stage.simulator.people:find(ids("hello", "delivered")[1])
    stage.simulator.people:change(one, { displayName = "Somebody Else" })
    run('crier.previous "hello"')
    local store = stage:open()
    local row = store.targets:find(store.campaigns:find("again").id,
      stage.simulator.people:id(one))[1]
    assert.equal("Somebody Else", row.name)
    store:close()
  end)

  it("keeps the row of the file", function()
    local people = stage.simulator.people
    stage:write("people.csv", ("upn,floor\n%s,7\nbad\n"):format(
      people:value(people:find(ids("hello", "delivered")[1]), "userPrincipalName")))
    stage:write("campaign.lua", script("floors", 'crier.csv "people.csv"'))
    assert.equal(0, stage:run().exit)
    assert.equal(0, run('crier.previous("floors", { state = { "delivered", "excluded" } })'
      .. ":where(function(r) return r.csv.floor == '7' end)").exit)
    assert.equal(1, #ids "again")
  end)

  it("stops the plan when there is no such campaign", function()
    for audience, why in pairs {
      ['crier.previous "hallo"'] = "crier.previous 'hallo': there is no such campaign in the"
        .. " store",
      ['crier.users() - crier.previous "again"'] =
        "crier.previous 'again': it is this campaign itself",
    } do
      local ending = run(audience)
      assert.equal(65, ending.exit)
      assert.equal(why, ending.why)
    end
  end)

  it("stops the plan when that one was for another tenant", function()
    stage.env.AZURE_TENANT_ID = "00000000-0000-4000-8000-000000000000"
    local ending = run 'crier.previous "hello"'
    assert.equal(65, ending.exit)
    assert.equal("crier.previous 'hello': that campaign was for tenant "
      .. stage.simulator.tenant, ending.why)
  end)

  it("stops the plan when there is no store yet", function()
    os.remove(stage.path .. "/crier.db")
    local ending = run 'crier.previous "hello"'
    assert.equal("crier.previous 'hello': there is no such campaign in the store", ending.why)
    assert.equal(65, ending.exit)
  end)
end)

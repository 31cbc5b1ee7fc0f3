local cjson = require "cjson"
local core = require "crier.core"
local deed = require "crier.cli.deed"
local event = require "crier.report.event"
local place = require "support.place"
local sandbox = require "support.sandbox"
local stores = require "support.stores"

local DEED = { command = "run", options = "--yes", user = "ann", host = "ward7", pid = 42,
  version = "0.1" }

describe("crier.journal.events", function()
  local here

  before_each(function() here = stores.new() end)
  after_each(function() here:close() end)

  it("keeps what began, and how it ended", function()
    local store, campaign = here:planned(2)
    local id = assert(store.events:begin(campaign.id, DEED, stores.NOW))
    local row = store.events:list(campaign.id)[1]
    assert.same({ "hello", "run", "--yes", "ann", "ward7", 42, "0.1", "d1", stores.NOW },
      { row.name, row.command, row.options, row.user, row.host, row.pid, row.version,
        row.digest, row.started_at })
    assert.is_nil(row.ended_at)
    assert.is_true(store.events:finish(id, { exit = 3, why = "a signal", ledger = {
      targeted = 2, delivered = 1, failed = 0, unknown = 0, excluded = 0, pending = 1 } },
      stores.NOW + 5000))
    row = store.events:list(campaign.id)[1]
    assert.same({ 3, "a signal", stores.NOW + 5000 },
      { row.exit_status, row.why, row.ended_at })
    assert.equal('{"targeted":2,"delivered":1,"failed":0,"unknown":0,"excluded":0,"pending":1}',
      row.counts)
  end)

  it("goes with a campaign whose plan was never completed", function()
    local store, campaign, lane = here:planned(1)
    local other = assert(store.campaigns:add(stores.campaign(lane, { name = "other" }),
      stores.NOW))
    assert(store.events:begin(campaign.id, DEED, stores.NOW))
    assert(store.events:begin(other.id, DEED, stores.NOW))
    store.campaigns:remove_unplanned(campaign.id)
    store.campaigns:remove_unplanned(other.id)
    assert.equal(1, #store.events:list(campaign.id))
    assert.same({}, store.events:list(other.id))
  end)

  it("has no end to write where nothing began", function()
    assert.is_true(here:open().events:finish(nil, { exit = 0 }, stores.NOW))
  end)
end)

describe("crier.report.event", function()
  local row = { name = "hello", command = "retry", options = "", version = "0.1",
    digest = ("0123456789"):rep(3), started_at = stores.NOW }

  it("tells what is not known", function()
    assert.equal("2027-01-15 08:00:00 UTC  retry\n"
      .. "  by somebody on an unnamed host, process ?, crier 0.1\n"
      .. "  no end is known: it is under way, or was killed\n"
      .. "  content 012345678901\n", event.text(event.make(row)))
  end)

  it("leaves out the content of what has none", function()
    local made = event.make(row)
    made.digest = event.make({ digest = core.text.sha256 "", started_at = 1 }).digest
    assert.is_nil(made.digest)
    assert.is_nil(event.text(made):find "content")
  end)

  it("lets no control character through", function()
    local made = event.make(row)
    made.options, made.user = "x\27[2Jy", "a\nb"
    assert.is_nil(event.text(made):find "\27")
    assert.matches("by a b on", event.text(made))
  end)
end)

describe("crier.cli.deed", function()
  it("writes options as they could be typed", function()
    local made = deed.of { command = "retry", name = "hello", file = "my file.lua", yes = true,
      create_store = true, log = "json", reason = { "not installed", "it's" } }
    assert.equal("retry", made.command)
    assert.equal("'my file.lua' --create-store --log json --reason 'not installed'"
      .. [[ --reason 'it'\''s' --yes]], made.options)
    assert.equal("", deed.of({ command = "pause", name = "hello" }).options)
    assert.equal("number", type(made.pid))
  end)
end)

describe("crier log", function()
  local cloud, here

  setup(function()
    cloud = sandbox.start "--users 30 --limits off --seed 3 --faults blocked=0.2"
    here = place.new(cloud.env)
  end)

  teardown(function()
    cloud:stop()
    here:close()
  end)

  it("has each command that acted, in order, with who and how many", function()
    assert.equal(2, here:crier("run campaign.lua --json").status)
    assert.equal(2, here:crier("run campaign.lua").status) -- finished: does nothing
    assert.equal(65, here:crier("pause hello").status)
    assert.equal(2, here:crier("retry hello --reason blocked").status)
    assert.equal(0, here:crier("recall hello").status)
    local ledger, lines = here:status(), here:lines "log hello --json"
    local user = lines[1].user
    assert.equal(3, #lines)
    for i, wanted in ipairs { { "hello", "run", "campaign.lua --json", 2 },
      { "hello", "retry", "--reason blocked", 2 }, { "hello.recall-1", "recall", "", 0 } } do
      local line = lines[i]
      assert.same(wanted, { line.campaign, line.command, line.options, line.exit })
      assert.is_true(line.ended_at >= line.started_at)
      assert.equal(user, line.user)
      assert.matches(line.command == "recall" and "^userdata" or "^%x+$", tostring(line.digest))
    end
    for state, count in pairs(lines[1].counts) do
      assert.equal(ledger[state], count)
    end
    local shown = here:crier "log hello"
    assert.same({ 0, "" }, { shown.status, shown.err })
    assert.matches("UTC  recall %(hello%.recall%-1%)\n  by ", shown.out)
    assert.matches("exit 2 after %d+ s\n", shown.out)
    assert.equal(1, #here:lines "log hello.recall-1 --json")
  end)

  it("has what a breaker stopped, and what ended it", function()
    here:write("other.lua", (place.HELLO:gsub('"hello"', '"other"'):gsub('"Hello.-",',
      '"${data.x}", data = function() return {} end,')))
    assert.equal(3, here:crier("run other.lua --yes").status)
    assert.equal(0, here:crier("pause other").status)
    assert.equal(0, here:crier("cancel other --json").status)
    local lines = here:lines "log other --json"
    assert.same({ "run", "pause", "cancel" },
      { lines[1].command, lines[2].command, lines[3].command })
    assert.equal(3, lines[1].exit)
    assert.matches("20 .*missing data%.x", lines[1].why)
    assert.is_true(lines[2].counts.pending > 0)
    assert.equal(0, lines[3].counts.pending)
    assert.equal(cjson.null, lines[3].why)
  end)

  it("refuses a name that is not there", function()
    local result = here:crier "log helo"
    assert.equal(65, result.status)
    assert.matches("did you mean hello%?", result.err)
  end)
end)

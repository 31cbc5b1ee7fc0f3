-- Dialogs that are ended from outside: by a cancel, a recall, a pause.
local account = require "crier.report.account"
local campaigns = require "crier.door.campaigns"
local cjson = require "cjson"
local ledger = require "crier.campaign.ledger"
local orders = require "crier.campaign.orders"
local process = require "support.process"
local summary = require "crier.report.summary"
local talking = require "support.talking"

local SCRIPT = [[
local crier = require "crier"
local hello, bye = crier.text "What dish?", crier.text "Bye"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  message = crier.dialog(function(d)
    d:ask(hello, { remind = "1d", again = true })
    d:say(bye)
  end) }
]]
local ALARM = [[
local crier = require "crier"
local out, good = crier.text "Are you out?", crier.text "Good"
return crier.campaign { name = "alarm", audience = crier.users {},
  message = crier.dialog(function(d) d:ask(out) d:say(good) end) }
]]

local ORDER = [[
local crier = require "crier"
local what = crier.text "What?"
return crier.campaign { name = "order", audience = crier.users {},
  message = crier.dialog(function(d)
    d:ask(what) error "no kitchen"
  end) }
]]

local HOUR, DAY = 3600000, 24 * 3600000

describe("crier.dialog: from outside", function()
  local talk, ann

  local function order(command, row)
    return orders.give(talk.store, row or talk.store.campaigns:find "lunch",
      { command = command, options = "" }, math.floor(talk.loop:now()), orders[command])
  end

  before_each(function()
    talk = talking.new { ["campaign.lua"] = SCRIPT }
    talk:send "lunch"
    ann = talk:people()[1]
    talk:pass(5000)
  end)

  after_each(function() talk:close() end)

  it("a cancel ends the dialogs of a campaign that is finished, and says how many", function()
    assert.equal("campaign lunch is finished, and 3 open dialogs are cancelled",
      (order "cancel"))
    local row = talk.store.campaigns:find "lunch"
    assert.equal("finished", row.state)
    assert.same({ open = 0, done = 0, failed = 0, cancelled = 3, answered = 0 },
      talk.store.dialogs:counts(row.id))
    talk:write(ann, "soup")
    talk:pass(2 * DAY)
    assert.same({ "What dish?" }, talk:texts(ann))
    local said, why, exit = order "cancel"
    assert.same({ said, why, exit }, { nil,
      "campaign lunch is finished: there is nothing to change", 65 })
  end)

  it("a recall ends the dialogs whose message it deletes", function()
    talk:pass(60000, function()
      assert(talk.worker:start("lunch.recall-1", { action = "recall", parent = "lunch" }))
    end)
    assert.equal("cancelled", talk:dialog(ann).state)
    talk:pass(2 * DAY)
    assert.same({ "What dish?" }, talk:texts(ann))
  end)

  it("a pause holds what dialogs send of their own accord, of one that is finished too",
    function()
    assert.equal("campaign lunch is paused, and its 3 open dialogs: who answers is answered,"
      .. " nobody is reminded; `crier resume lunch` goes on with it", (order "pause"))
    assert.equal("paused", talk.store.campaigns:find "lunch".state)
    talk:pass(2 * DAY)
    assert.same({ "What dish?" }, talk:texts(ann))
    talk:write(ann, "soup")
    talk:pass(HOUR)
    assert.same({ "What dish?", "Bye" }, talk:texts(ann))
    assert.equal("done", talk:dialog(ann).state)
  end)

  it("a resume goes on with them: what is overdue is sent once", function()
    local bo = talk:people()[2]
    order "pause"
    talk:pass(5.5 * DAY)
    local said = order "resume"
    assert.equal("campaign lunch goes on with its 3 open dialogs", said)
    local row = talk.store.campaigns:find "lunch"
    assert.same({ "finished", 0 }, { row.state, row.exit_status })
    assert.is_nil(row.why)
    talk:pass(23 * HOUR)
    assert.same({ "What dish?", "What dish?" }, talk:texts(bo))
    talk:pass(2 * HOUR)
    assert.equal(3, #talk:texts(bo))
  end)

  it("the door pauses and resumes them, and so does the program", function()
    local routes = {}
    campaigns.add { worker = talk.worker, deed = { host = "here", pid = 1, version = "1" },
      door = { on = function(_, method, path, _, answer)
        routes[method .. " " .. path:match "[^/]+$"] = answer end },
      memo = { forget = function() end, get = function(_, _, find) return find() end } }
    local function ask(what)
      local status, body = routes["POST " .. what] { named = { name = "lunch" },
        who = { name = "bo" }, body = {} }
      local found = cjson.decode(body)
      return { status, found.state, found.dialogs.open }
    end
    assert.same({ 200, "paused", 3 }, ask "pause")
    assert.same({ 200, "finished", 3 }, ask "resume")
    order "pause"
    local said = process.run("resume lunch", { CRIER_STORE = "sqlite:" .. talk.stage.path
      .. "/crier.db" })
    assert.same({ 0, "campaign lunch goes on with its 3 open dialogs\n" },
      { said.status, said.err })
    assert.equal("finished", talk.store.campaigns:find "lunch".state)
  end)

  it("a question that comes back while its campaign is paused is asked when that is resumed",
    function()
    talk.stage:write("alarm.lua", ALARM)
    talk:send("alarm", "alarm.lua")
    order "pause"
    talk:write(ann, "yes")
    talk:pass(HOUR)
    assert.same({ "What dish?", "Are you out?", "Good" }, talk:texts(ann))
    order "resume"
    talk:pass(HOUR)
    assert.same({ "What dish?", "Are you out?", "Good", "What dish?" }, talk:texts(ann))
  end)

  it("a cancel ends those of one that is paused, which is finished then", function()
    order "pause"
    assert.equal("campaign lunch is finished, and 3 open dialogs are cancelled",
      (order "cancel"))
    assert.equal("finished", talk.store.campaigns:find "lunch".state)
    local _, why, exit = order "pause"
    assert.same({ "campaign lunch is finished: there is nothing to change", 65 }, { why, exit })
  end)

  it("who failed is sent to again while the others' dialogs stay paused", function()
    local id = talk.store.campaigns:find "lunch".id
    talk.store.db:exec("UPDATE target SET state = 'failed', reason = 'blocked' WHERE key = ?",
      "user:" .. talk:people()[2])
    order "pause"
    talk:pass(2 * DAY, function()
      assert(talk.worker:start("lunch", { stored = "lunch", lift = true, again = {} }))
    end)
    assert.same({ "What dish?" }, talk:texts(ann))
    local row = talk.store.campaigns:by_id(id)
    assert.same({ "paused", "paused by an operator" }, { row.state, row.why })
    talk:pass(HOUR, function()
      assert(talk.worker:start("lunch", { stored = "lunch", lift = true }))
    end)
    assert.equal("finished", talk.store.campaigns:by_id(id).state)
    assert.same({ "What dish?", "What dish?" }, talk:texts(ann))
  end)

  it("one that failed is told, with what to do", function()
    talk.stage:write("order.lua", ORDER)
    talk:send("order", "order.lua")
    talk:write(ann, "soup")
    talk:pass(5000)
    local row = talk.store.campaigns:find "order"
    local found = ledger.read(talk.store, row)
    local problem = "order.lua:5: no kitchen"
    assert.same({ open = 2, done = 0, failed = 1, cancelled = 0, answered = 1,
      problem = problem, remedy = "mend the script, and ask these people again under another"
        .. " name; `crier export order` has them, with dialog failed" }, found.dialogs)
    assert.is_not_nil(summary.text(found, true):find([[
dialogs failed, the last one with:
        1  order.lua:5: no kitchen
             mend the script, and ask these people again under another name;
             `crier export order` has them, with dialog failed

dialogs: 2 open, 1 failed; 1 person answered
calls: ]], 1, true))
    local each = account.find(talk.store, row, ann)[1]
    local told = {}
    for _, one in ipairs(each.told) do
      told[one.what] = true
    end
    assert.is_true(told["the dialog failed: " .. problem])
    local shown = cjson.decode(account.json(each.row, each.told, row))
    assert.same({ "delivered", "failed", problem }, { shown.state, shown.dialog,
      shown.problem })
    local said = process.run("why order " .. ann,
      { CRIER_STORE = "sqlite:" .. talk.stage.path .. "/crier.db" })
    assert.is_not_nil(said.out:find("\n  dialog        failed\n  went wrong    " .. problem, 1,
      true), said.out)
  end)

  it("who writes to a question that may not have arrived has got it", function()
    local row, people = talk.store.campaigns:find "lunch", talk:people()
    for _, person in ipairs(people) do
      assert.equal(1, talk.store.db:exec("UPDATE target SET state = 'unknown', reason = 'x',"
        .. " remedy = 'ask' WHERE key = ?", "user:" .. person))
    end
    talk.store.db:exec "DELETE FROM dialog"
    talk:write(ann, "soup")
    talk:pass(5000)
    assert.same({ "What dish?", "Bye" }, talk:texts(ann))
    local found = ledger.read(talk.store, row)
    assert.same({ 1, 2, 1 }, { found.delivered, found.unknown, found.dialogs.done })
    local each = account.find(talk.store, row, ann)[1]
    assert.is_nil(each.row.remedy)
    local said = ""
    for _, one in ipairs(each.told) do
      said = said .. one.what .. "\n"
    end
    assert.is_not_nil(said:find("delivered: the answer has come", 1, true), said)
    talk.store.db:exec "UPDATE campaign SET state = 'cancelled' WHERE talks = 1"
    talk:write(people[2], "soup")
    talk:pass(5000)
    assert.equal(2, ledger.read(talk.store, row).unknown)
  end)

  it("new content is put in place while nobody has got the first", function()
    talk:close()
    local poll = [[
local crier = require "crier"
return crier.campaign { name = "lunch", audience = crier.users {}, install = %s,
  message = crier.poll { question = %q, choices = { "Soup", "Pizza" } } }
]]
    talk = talking.new({ ["campaign.lua"] = poll:format("false", "Wat?") }, { users = 30 })
    talk:send "lunch"
    local found = ledger.read(talk.store, talk.store.campaigns:find "lunch")
    assert.same({ "paused", 0 }, { found.state, found.delivered })
    assert.is_not_nil(summary.next_steps(found):find("crier run FILE --update", 1, true))
    talk.stage:write("campaign.lua", (poll:format("true", "What?")))
    local function start(options)
      talk:pass(60000, function() assert(talk.worker:start("lunch", options)) end)
    end
    start { path = talk.stage.path .. "/campaign.lua", update = true }
    start { stored = "lunch", lift = true, again = {} }
    start { stored = "lunch", lift = true }
    found = ledger.read(talk.store, talk.store.campaigns:find "lunch")
    assert.equal(found.targeted - found.excluded, found.delivered)
    assert.equal(found.delivered, found.dialogs.open)
    assert.equal("What?", talk.store.polls:results(1).questions[1].title)
  end)

  it("what they said in vain is told, of all and of each person", function()
    talk:write(ann, "soup")
    talk:pass(5000)
    local row = talk.store.campaigns:find "lunch"
    assert.is_nil(ledger.read(talk.store, row).dialogs.lost)
    talk.store.db:exec("UPDATE target SET state = 'unknown', reason = 'interrupted'"
      .. " WHERE step LIKE 'dialog.%'")
    local found = ledger.read(talk.store, row)
    assert.same({ unknown = 1, failed = 0 }, found.dialogs.lost)
    assert.is_not_nil(summary.text(found):find("dialogs: 2 open, 1 done; 1 person answered\n"
      .. "of what they said after that 1 may not have arrived, 0 did not:", 1, true))
    local told = {}
    for _, each in ipairs(account.find(talk.store, row, ann)[1].told) do
      told[each.what] = true
    end
    assert.is_true(told["a message of the dialog may not have arrived: interrupted"])
    for _, each in ipairs(account.find(talk.store, row, talk:people()[2])[1].told) do
      assert.is_nil(each.what:find "may not have arrived")
    end
  end)
end)

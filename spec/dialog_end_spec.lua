-- Dialogs that are ended from outside: by a cancel, a recall, a pause.
local orders = require "crier.campaign.orders"
local talking = require "support.talking"

local SCRIPT = [[
local crier = require "crier"
local hello, bye = crier.text "What dish?", crier.text "Bye"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  message = crier.dialog(function(d)
    d:ask(hello, { remind = "1d" })
    d:say(bye)
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

  it("nobody is reminded by a campaign that is paused", function()
    local id = talk.store.campaigns:find "lunch".id
    assert(talk.store.campaigns:set_state(id, "paused", "paused by an operator"))
    talk:pass(2 * DAY)
    assert.same({ "What dish?" }, talk:texts(ann))
    assert(talk.store.campaigns:set_state(id, "finished"))
    talk:pass(HOUR)
    assert.same({ "What dish?", "What dish?" }, talk:texts(ann))
  end)
end)

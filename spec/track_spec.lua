-- What campaigns note of what people do with their messages.
local policies = require "crier.campaign.policies"
local report = require "crier.report.results"
local summary = require "crier.report.summary"
local ledger = require "crier.campaign.ledger"
local talking = require "support.talking"
local track = require "crier.campaign.track"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true, %s
  message = crier.poll { question = "Soup?", choices = { "Yes", "No" } } }
]]

describe("a campaign's track", function()
  local talk

  after_each(function()
    if talk then
      talk:close()
    end
    talk = nil
  end)

  it("takes reactions and reads, and nothing else", function()
    assert.is_nil(track.problem { reactions = true, reads = false })
    for _, case in ipairs { { true,
      "track takes { clicks = true, reactions = true, reads = true }" },
      { { reads = "yes" }, "track: reads must be true or false" },
      { { read = true }, "track: unknown option 'read'; did you mean 'reads'?" } } do
      assert.equal(case[2], track.problem(case[1]))
    end
  end)

  it("is told by a plan", function()
    local definition = require "crier".campaign { name = "x", audience = require "crier".users(),
      message = require "crier".text "x", track = { reads = true } }
    local found
    for _, one in ipairs(policies.list(definition)) do
      found = one.name == "track" and one.text or found
    end
    assert.equal("it is noted of each person: up to which message each chat was read (an"
      .. " estimate; the app needs ChatMessageReadReceipt.Read.Chat)", found)
  end)

  -- Everybody reacts to the message; one reads further than it.
  local function react(option)
    talk = talking.new { ["campaign.lua"] = SCRIPT:format(option) }
    talk:send "lunch"
    local people = talk:people()
    for i, person in ipairs(people) do
      local target = talk.store.targets:by_id(talk:dialog(person).target)
      talk:hear(talk:activity(person, "messageReaction", { replyToId = target.activity_id,
        reactionsAdded = { { type = i == 1 and "heart" or "like" } } }))
      if i == 1 then
        talk:hear(talk:activity(person, "event",
          { name = "application/vnd.microsoft.readReceipt",
            value = { lastReadMessageId = target.activity_id .. "0" } }))
      end
    end
    talk:pass(1000)
    return talk.store.campaigns:find "lunch"
  end

  it("shows in status and results, as the estimate that it is", function()
    local row = react "track = { reactions = true, reads = true },"
    local status = summary.text(ledger.read(talk.store, row), true, 200)
    local shown = report.text(report.read(talk.store, row), { width = 200 })
    for _, line in ipairs { "reacted: 3 people (2 like, 1 heart)\n",
      "read: about 1 of 3 (an estimate: a chat whose receipts are off never counts" } do
      assert.is_not_nil(status:find(line, 1, true), status)
      assert.is_not_nil(shown:find(line, 1, true), shown)
    end
  end)

  it("is off unless it is turned on", function()
    local row = react ""
    assert.is_nil(summary.text(ledger.read(talk.store, row), true):find "react")
    assert.equal(0, talk.store.db:row("SELECT count(*) AS n FROM reaction").n)
  end)
end)

local decide = require "crier.campaign.decide"

local NOW = 1800000000000

describe("crier.campaign.decide of a post in a channel or chat #portable", function()
  local policy = { action = "send", install = true, conversation = "connector",
    on_unknown = "report", retry = function(outcome) return nil, outcome.reason end }

  local function post(changes)
    local row = { key = "channel:19:a@thread.tacv2", phase = "send", state = "pending",
      due_at = 0, tries = 0, repaired = 0, conversation_id = "19:a@thread.tacv2" }
    for name, value in pairs(changes or {}) do
      row[name] = value
    end
    return row
  end

  local function settle(row, kind)
    local outcome = { kind = kind, reason = "why", id = "170", remedy = "for people" }
    return decide.settle(row, outcome, policy, NOW, true), outcome.remedy
  end

  it("is delivered with its id, in the channel itself", function()
    local row = post()
    assert.is_nil(settle(row, "ok"))
    assert.equal("delivered 170 19:a@thread.tacv2",
      ("%s %s %s"):format(row.state, row.activity_id, row.conversation_id))
  end)

  it("is never installed for, but says where the app must be", function()
    for _, key in ipairs { "channel:19:a@thread.tacv2", "chat:19:a@thread.v2" } do
      local row = post { key = key }
      local action, remedy = settle(row, "absent")
      assert.is_nil(action)
      assert.equal("failed why", row.state .. " " .. row.reason)
      assert.matches("^add the app to the team", remedy)
    end
  end)

  it("is tried once more by the configured URL, and never elsewhere", function()
    local row = post { service_url = "https://elsewhere.example/" }
    assert.equal("forget", (settle(row, "stale")))
    assert.same({ "pending", "send", 1 }, { row.state, row.phase, row.repaired })
    assert.is_nil(row.service_url)
    assert.equal("19:a@thread.tacv2", row.conversation_id)
    local action, remedy = settle(row, "stale")
    assert.is_nil(action)
    assert.equal("failed", row.state)
    assert.equal("check the id: Teams knows no such channel or group chat", remedy)
  end)

  it("fails, waits and stays unknown as a message to a person does", function()
    local row = post()
    settle(row, "blocked")
    assert.equal("failed", row.state)
    row = post()
    settle(row, "ambiguous")
    assert.equal("unknown", row.state)
    row = post()
    settle(row, "throttled")
    assert.same({ "pending", "send" }, { row.state, row.phase })
  end)
end)

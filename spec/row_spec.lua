local row = require "crier.report.row"

local function made(changes)
  local found = { key = "user:0a1b", upn = "ann@contoso.com", name = "Ann",
    state = "delivered", attempts = 1, planned_at = 1800000000000,
    updated_at = 1800000000500 }
  for name, value in pairs(changes or {}) do
    found[name] = value
  end
  return row.make(found)
end

describe("crier.report.row #portable", function()
  it("has the columns of an export, in order", function()
    assert.equal("id kind upn name state reason status code attempts installed"
      .. " conversation_id activity_id request_id planned_at updated_at variant language"
      .. " via answered dialog",
      table.concat(row.columns, " "))
  end)

  describe(".as_seen()", function()
    it("takes what a dead process left under way for unknown", function()
      local found = row.as_seen({ state = "pending", phase = "intent" }, true)
      assert.same({ state = "unknown", reason = "interrupted" }, found)
    end)

    it("leaves everything else as it is", function()
      local rows = { { state = "pending", phase = "send" },
        { state = "failed", reason = "blocked" } }
      for _, each in ipairs(rows) do
        local state, reason = each.state, each.reason
        assert.equal(each, row.as_seen(each, true))
        assert.same({ state, reason }, { each.state, each.reason })
      end
      assert.equal("pending",
        row.as_seen({ state = "pending", phase = "intent" }, false).state)
    end)
  end)

  describe(".make()", function()
    it("shows who was delivered to", function()
      assert.same({ id = "0a1b", kind = "user", upn = "ann@contoso.com",
        name = "Ann", state = "delivered", attempts = 1, installed = true,
        status = 201, conversation_id = "19:a", activity_id = "a1",
        request_id = "r1", planned_at = "2027-01-15T08:00:00.000Z",
        updated_at = "2027-01-15T08:00:00.500Z" }, made { installed = 1,
        status = 201, conversation_id = "19:a", activity_id = "a1",
        request_id = "r1" })
    end)

    it("makes only what it has columns for", function()
      local known = {}
      for _, name in ipairs(row.columns) do
        known[name] = true
      end
      for name in pairs(made { reason = "x", code = "y", text = "z",
        remedy = "do", fields = "{}" }) do
        assert.is_true(known[name], name)
      end
    end)

    it("tells installed before from installed by us and from unknown", function()
      assert.is_true(made({ installed = 1 }).installed)
      assert.is_false(made({ installed = 0 }).installed)
      assert.is_nil(made().installed)
    end)

    it("gives a reason to all but the delivered", function()
      assert.is_nil(made({ reason = "throttled" }).reason)
      assert.equal("blocked", made({ state = "failed", reason = "blocked",
        text = "said" }).reason)
      assert.equal("bad row: p.csv line 3: x", made({ state = "excluded",
        reason = "bad row", text = "p.csv line 3: x" }).reason)
    end)

    it("takes kind and id out of the key", function()
      local chat = made { key = "chat:19:abc@thread.v2" }
      assert.equal("chat", chat.kind)
      assert.equal("19:abc@thread.v2", chat.id)
      local bad = made { key = "row:p.csv:3", state = "excluded" }
      assert.equal("user", bad.kind)
      assert.equal("p.csv:3", bad.id)
    end)
  end)
end)

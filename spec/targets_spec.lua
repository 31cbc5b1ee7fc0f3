local stores = require "support.stores"

local NOW = stores.NOW

describe("crier.journal.targets", function()
  local place, store, campaign, lane, targets

  before_each(function()
    place = stores.new()
  end)
  after_each(function() place:close() end)

  local function plan(count, phase)
    store, campaign, lane = place:planned(count, phase)
    targets = store.targets
    return campaign.id
  end

  -- The ids of the rows that are due, in pages of `most`.
  local function due(phase, now, most, cursor)
    local found = {}
    cursor = cursor or { due_at = -1, id = 0 }
    while true do
      local rows = assert(targets:due(campaign.id, phase, cursor, now, most))
      for _, row in ipairs(rows) do
        found[#found + 1] = row.id
      end
      if #rows == 0 then
        return found
      end
    end
  end

  local function set(key, sql, ...)
    assert.equal(1, store.db:exec("UPDATE target SET " .. sql .. " WHERE key = '"
      .. key .. "'", ...))
  end

  describe(":add()", function()
    it("adds a person who waits, with what templates see", function()
      local id = plan(0)
      assert.equal(1, targets:add(id, "send", { key = "user:a", upn = "a@x",
        name = "A", fields = '{"id":"a"}', csv = '{"n":"1"}' }, "install", NOW))
      local row = targets:due(id, "install", { due_at = -1, id = 0 }, NOW, 10)[1]
      assert.equal("user:a", row.key)
      assert.equal("install", row.phase)
      assert.equal('{"id":"a"}', row.fields)
      assert.equal('{"n":"1"}', row.csv)
      assert.same({ 0, 0, 0 }, { row.attempts, row.tries, row.repaired })
    end)

    it("adds nobody twice", function()
      local id = plan(0)
      local person = { key = "user:a", name = "first", fields = "{}" }
      assert.equal(1, targets:add(id, "send", person, "create", NOW))
      person.name = "second"
      assert.equal(0, targets:add(id, "send", person, "create", NOW))
      assert.equal("first", targets:page(id, 0, 10)[1].name)
      assert.equal(1, store.db:row("SELECT count(*) AS n FROM recipient").n)
    end)

    it("adds who is left out with reason and detail, and no phase", function()
      local id = plan(0)
      targets:add(id, "send", { key = "row:p.csv:3", fields = "{}",
        excluded = "bad row", detail = "p.csv line 3: x" }, "create", NOW)
      local row = targets:page(id, 0, 10)[1]
      assert.equal("excluded", row.state)
      assert.equal("bad row", row.reason)
      assert.equal("p.csv line 3: x", row.text)
      assert.is_nil(row.phase)
    end)
  end)

  describe(":skip_known()", function()
    it("gives known conversations to who waits for one", function()
      local id = plan(3, "install")
      store.conversations:keep(lane, "user:2", "19:b", "https://smba/", NOW)
      assert.equal(1, targets:skip_known(id, lane, "install", "send"))
      local row = targets:due(id, "send", { due_at = -1, id = 0 }, NOW, 10)[1]
      assert.equal("user:2", row.key)
      assert.equal("19:b", row.conversation_id)
      assert.equal("https://smba/", row.service_url)
      assert.same({ 1, 3 }, due("install", NOW, 10))
    end)

    it("takes no conversation of another host, tenant or app", function()
      local id = plan(1, "create")
      for field in pairs { app = 1, tenant = 1, host = 1 } do
        local other = { app = lane.app, tenant = lane.tenant, host = lane.host }
        other[field] = "other"
        store.conversations:keep(other, "user:1", "19:b", nil, NOW)
      end
      assert.equal(0, targets:skip_known(id, lane, "create", "send"))
    end)
  end)

  describe(":due() and :next_due()", function()
    it("give each row once, in the order of due time and id", function()
      plan(7)
      set("user:2", "due_at = 50")
      set("user:5", "due_at = 40")
      for _, most in ipairs { 1, 2, 3, 100 } do
        assert.same({ 1, 3, 4, 6, 7, 5, 2 }, due("send", 100, most))
      end
    end)

    it("leave what is due now or later for later", function()
      local id = plan(3)
      set("user:2", "due_at = 50")
      set("user:3", "due_at = 60")
      local cursor = { due_at = -1, id = 0 }
      assert.equal(0, targets:next_due(id, "send", cursor))
      assert.same({ 1 }, due("send", 50, 10, cursor))
      assert.equal(50, targets:next_due(id, "send", cursor))
      assert.same({ 2 }, due("send", 51, 10, cursor))
      assert.same({ 3 }, due("send", 999, 10, cursor))
      assert.is_nil(targets:next_due(id, "send", cursor))
    end)

    it("give a row again that was given a new due time", function()
      plan(2)
      local cursor = { due_at = -1, id = 0 }
      assert.same({ 1, 2 }, due("send", 10, 10, cursor))
      set("user:1", "due_at = 10")
      assert.same({ 1 }, due("send", 11, 10, cursor))
    end)

    it("leave out other phases, intents and who is settled", function()
      plan(4)
      set("user:1", "phase = 'create'")
      set("user:2", "phase = 'intent'")
      set("user:3", "state = 'failed', phase = NULL")
      assert.same({ 4 }, due("send", 10, 10))
      assert.same({ 1 }, due("create", 10, 10))
    end)
  end)

  describe(":intend()", function()
    it("notes attempt and holder, and takes the row off the work", function()
      plan(1)
      assert.equal(1, targets:intend({ id = 1, attempts = 3 }, lane.fence, NOW))
      local row = stores.rows(store, campaign)["user:1"]
      assert.equal("intent", row.phase)
      assert.equal("pending", row.state)
      assert.equal(3, row.attempts)
      assert.equal(lane.fence, row.fence)
      assert.same({}, due("send", 10, 10))
    end)

    it("changes nothing for who is settled", function()
      plan(1)
      set("user:1", "state = 'excluded', phase = NULL")
      assert.equal(0, targets:intend({ id = 1, attempts = 1 }, lane.fence, NOW))
    end)
  end)

  describe(":settle()", function()
    local function row(changes)
      local made = { id = 1, state = "pending", phase = "send", due_at = 5,
        attempts = 1, tries = 0, repaired = 0 }
      for name, value in pairs(changes) do
        made[name] = value
      end
      return made
    end

    it("writes what became of a row", function()
      plan(1)
      assert.equal(1, targets:settle(row { state = "failed", phase = false,
        reason = "blocked", installed = 1, installed_at = 7, tries = 2,
        outcome = { status = 403, code = "ConversationBlockedByUser",
          text = "said", remedy = "do", request_id = "r1", id = "a1" } },
        lane.fence, NOW + 1))
      local found = stores.rows(store, campaign)["user:1"]
      assert.same({ "failed", "blocked", 403, "ConversationBlockedByUser",
        "said", "do", "r1", 1, 7, 2, NOW + 1 }, { found.state, found.reason,
        found.status, found.code, found.text, found.remedy, found.request_id,
        found.installed, found.installed_at, found.tries, found.updated_at })
      assert.is_nil(found.activity_id)
    end)

    it("keeps the activity of what was delivered, and no complaint", function()
      plan(1)
      targets:settle(row { state = "delivered", conversation_id = "19:a",
        activity_id = "a1", outcome = { status = 201, text = "x", remedy = "y" } },
        lane.fence, NOW)
      local found = stores.rows(store, campaign)["user:1"]
      assert.equal("a1", found.activity_id)
      assert.equal("19:a", found.conversation_id)
      assert.is_nil(found.text)
      assert.is_nil(found.remedy)
    end)

    it("never writes over a newer holder's attempt", function()
      plan(1)
      targets:intend({ id = 1, attempts = 1 }, lane.fence + 1, NOW)
      assert.equal(0, targets:settle(row { state = "failed" }, lane.fence, NOW))
      assert.equal(1, targets:settle(row { state = "failed" }, lane.fence + 1, NOW))
      assert.equal(0, targets:settle(row { state = "delivered" }, lane.fence + 1, NOW))
    end)
  end)

  describe(":recover()", function()
    local function intents()
      local id = plan(3)
      targets:intend({ id = 1, attempts = 1 }, lane.fence, NOW)
      targets:intend({ id = 2, attempts = 1 }, lane.fence + 1, NOW)
      return id
    end

    it("reports what an earlier holder left under way", function()
      local id = intents()
      assert.equal(1, targets:recover(id, lane.fence + 1, "report", NOW + 9))
      local rows = stores.rows(store, campaign)
      assert.equal("unknown", rows["user:1"].state)
      assert.equal("interrupted", rows["user:1"].reason)
      assert.is_nil(rows["user:1"].phase)
      assert.equal("intent", rows["user:2"].phase)
      assert.equal("send", rows["user:3"].phase)
      assert.equal(0, targets:recover(id, lane.fence + 1, "report", NOW + 9))
    end)

    it("sends it once more when that is wanted", function()
      local id = intents()
      assert.equal(1, targets:recover(id, lane.fence + 1, "resend", NOW + 9))
      local row = stores.rows(store, campaign)["user:1"]
      assert.same({ "pending", "send", NOW + 9, 1 },
        { row.state, row.phase, row.due_at, row.attempts })
    end)

    it("goes on in the activity feed with who was sent there", function()
      local id = intents()
      set("user:1", "rerouted = 'blocked'")
      assert.equal(1, targets:recover(id, lane.fence + 1, "resend", NOW + 9))
      local row = stores.rows(store, campaign)["user:1"]
      assert.same({ "notify", 1 }, { row.phase, row.doubt })
    end)
  end)

  describe(":exclude_pending()", function()
    it("excludes who waits, and nobody whose message is under way", function()
      local id = plan(4)
      targets:intend({ id = 2, attempts = 1 }, lane.fence, NOW)
      set("user:3", "state = 'delivered', phase = NULL")
      assert.equal(2, targets:exclude_pending(id, "cancelled", NOW))
      local rows = stores.rows(store, campaign)
      assert.equal("excluded", rows["user:1"].state)
      assert.equal("cancelled", rows["user:1"].reason)
      assert.equal("pending", rows["user:2"].state)
      assert.equal("delivered", rows["user:3"].state)
    end)
  end)

  describe(":leave_out()", function()
    it("excludes who waits and is no member any more", function()
      local id = plan(1100)
      targets:intend({ id = 5, attempts = 1 }, lane.fence, NOW)
      assert.is_true(targets:leave_out(id, function(key)
        return tonumber(key:match "%d+") % 2 == 0
      end, NOW))
      local counts = targets:counts(id)
      assert.equal(549, counts.excluded)
      assert.equal(551, counts.pending)
      assert.equal("left the audience",
        stores.rows(store, campaign)["user:1"].reason)
    end)

    it("says when the store fails", function()
      local id = plan(2)
      local reader = place:open { read_only = true }
      local ok, _, code = reader.targets:leave_out(id, function() end, NOW)
      assert.is_nil(ok)
      assert.equal("SQLITE_READONLY", code)
    end)
  end)

  describe(":counts()", function()
    it("counts every state, and their sum", function()
      local id = plan(6)
      set("user:1", "state = 'delivered', phase = NULL")
      set("user:2", "state = 'failed', phase = NULL")
      set("user:3", "state = 'unknown', phase = NULL")
      set("user:4", "state = 'excluded', phase = NULL")
      targets:intend({ id = 5, attempts = 1 }, lane.fence, NOW)
      assert.same({ targeted = 6, delivered = 1, failed = 1, unknown = 1,
        excluded = 1, pending = 2 }, targets:counts(id))
    end)

    it("counts what a dead process left under way as unknown", function()
      local id = plan(2)
      targets:intend({ id = 1, attempts = 1 }, lane.fence, NOW)
      local counts = targets:counts(id, true)
      assert.equal(1, counts.unknown)
      assert.equal(1, counts.pending)
    end)
  end)

  describe(":reasons()", function()
    it("counts by reason, most first, with a remedy", function()
      local id = plan(4)
      set("user:1", "state = 'failed', reason = 'blocked', remedy = 'do x'")
      set("user:2", "state = 'failed', reason = 'absent'")
      set("user:3", "state = 'failed', reason = 'absent'")
      assert.same({ { reason = "absent", count = 2 },
        { reason = "blocked", count = 1, remedy = "do x" } },
        targets:reasons(id, "failed"))
      assert.same({}, targets:reasons(id, "unknown"))
    end)
  end)

  describe(":phases()", function()
    it("counts who waits, by phase", function()
      local id = plan(4)
      set("user:1", "phase = 'install'")
      set("user:2", "state = 'failed', phase = NULL")
      assert.same({ install = 1, send = 2 }, targets:phases(id))
    end)
  end)

  describe(":page()", function()
    it("gives the ledger in the order of planning", function()
      local id = plan(5)
      local first = targets:page(id, 0, 3)
      assert.equal(3, #first)
      assert.equal("u1@contoso.com", first[1].upn)
      assert.equal("User 1", first[1].name)
      assert.equal(NOW, first[1].planned_at)
      local rest = targets:page(id, first[3].id, 3)
      assert.equal(2, #rest)
      assert.equal("user:5", rest[2].key)
      assert.same({}, targets:page(id, rest[2].id, 3))
    end)
  end)

  describe(":find()", function()
    it("finds a person by id, key or UPN in any letter case", function()
      local id = plan(3)
      for _, who in ipairs { "2", "user:2", "u2@contoso.com", "U2@Contoso.com" } do
        local rows = targets:find(id, who)
        assert.equal(1, #rows)
        assert.equal("user:2", rows[1].key)
      end
      assert.same({}, targets:find(id, "nobody"))
    end)
  end)
end)

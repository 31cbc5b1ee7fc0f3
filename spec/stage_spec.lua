local audience_stage = require "crier.audience.stage"
local campaign_stage = require "crier.campaign.stage"
local stores = require "support.stores"

describe("crier.audience.stage", function()
  local stage

  before_each(function() stage = audience_stage.new() end)
  after_each(function() stage:close() end)

  local function set(...)
    local name = stage:new_set()
    for _, person in ipairs { ... } do
      if type(person) == "string" then
        person = { key = person, name = person .. " of " .. name }
      end
      stage:put(name, person)
    end
    return name
  end

  -- The people of a set as one text: key, name, csv and reason.
  local function text(name)
    local found = {}
    for i, row in ipairs(stage:people(name, "", 1000)) do
      found[i] = table.concat({ row.key, row.name or "-", row.csv or "-",
        row.excluded or "-" }, " ")
    end
    return found
  end

  local function keys(name)
    local found = {}
    for i, row in ipairs(stage:people(name, "", 1000)) do
      found[i] = row.key
    end
    return table.concat(found, " ")
  end

  local BAD = { key = "row:p.csv:3", excluded = "bad row", detail = "line 3" }

  describe(":put()", function()
    it("keeps the first of two with one key", function()
      local name = set({ key = "a", name = "first" }, { key = "a", name = "second" })
      assert.same({ "a first - -" }, text(name))
      assert.equal(1, stage:size(name))
    end)
  end)

  describe(":people()", function()
    it("gives pages by key", function()
      local name = set("c", "a", "d", "b")
      local page = stage:people(name, "", 3)
      assert.equal(3, #page)
      assert.equal("c", page[3].key)
      assert.equal("d", stage:people(name, "c", 3)[1].key)
      assert.equal("{}", page[1].fields)
      assert.equal("", page[1].flags)
    end)
  end)

  describe(":combine()", function()
    it("unites, and the left side's fields win", function()
      assert.same({ "a a of set_1 - -", "b b of set_1 - -", "c c of set_2 - -" },
        text(stage:combine("+", set("a", "b"), set("b", "c"))))
    end)

    it("intersects, and the left side's fields win", function()
      assert.same({ "b b of set_1 - -" },
        text(stage:combine("*", set("a", "b"), set("b", "c"))))
    end)

    it("subtracts", function()
      assert.same({ "a a of set_1 - -" },
        text(stage:combine("-", set("a", "b"), set("b", "c"))))
    end)

    it("takes a csv row from the right where the left has none", function()
      for _, operator in ipairs { "+", "*" } do
        local left = set({ key = "a" }, { key = "b", csv = "left" })
        local right = set({ key = "a", csv = "right" }, { key = "b", csv = "right" })
        assert.same({ "a - right -", "b - left -" },
          text(stage:combine(operator, left, right)))
      end
    end)

    it("keeps the bad rows of the left side, and of both when it unites", function()
      local wanted = { ["+"] = "row:p.csv:3 row:q.csv:7", ["*"] = "row:p.csv:3",
        ["-"] = "row:p.csv:3" }
      for operator, kept in pairs(wanted) do
        local other = { key = "row:q.csv:7", excluded = "bad row", detail = "line 7" }
        assert.equal(kept, keys(stage:combine(operator, set(BAD), set(other))))
      end
    end)

    it("keeps who is not in the directory, but intersects with nobody else", function()
      local gone = { key = "user:x", excluded = "no such user" }
      assert.equal("user:x", keys(stage:combine("+", set(), set(gone))))
      assert.equal("user:x", keys(stage:combine("-", set(gone), set())))
      assert.equal("", keys(stage:combine("*", set("user:x"), set(gone))))
    end)

    it("computes with the set that it made", function()
      local made = stage:combine("-", stage:combine("+", set("a", "b"),
        set("c")), set("b"))
      assert.equal("a c", keys(made))
    end)

    it("drops the sets that it combined", function()
      stage:combine("+", set("a"), set("b"))
      assert.equal(1, stage.db:row("SELECT count(*) AS n FROM sqlite_master"
        .. " WHERE type = 'table'").n)
    end)
  end)

  describe(":put_entry() and :entries()", function()
    it("merge an entry that differs in letter case alone", function()
      local list = stage:new_entries()
      stage:put_entry(list, { who = "Ann@X", form = "name", line = 2, csv = '{"a":"1"}' })
      stage:put_entry(list, { who = "ann@x", form = "name", line = 3, csv = '{"a":"2"}' })
      stage:put_entry(list, { who = "0A", form = "id" })
      stage:put_entry(list, { who = "0B", form = "id" })
      assert.same({ { ord = 1, who = "ann@x", shown = "Ann@X", form = "name", line = 2,
        csv = '{"a":"1"}' } }, stage:entries(list, "name", 0, 10))
      assert.equal(2, #stage:entries(list, "id", 0, 10))
      assert.equal(1, #stage:entries(list, "id", 2, 10))
      assert.equal(1, #stage:entries(list, "id", 0, 1))
    end)
  end)

  describe(":has()", function()
    it("counts nobody who is left out", function()
      local name = set("a", BAD)
      assert.is_true(stage:has(name, "a"))
      assert.is_false(stage:has(name, "b"))
      assert.is_false(stage:has(name, BAD.key))
    end)
  end)

  describe(":exclude() and :excluded()", function()
    it("leave out by flags, and count by reason, most first", function()
      local name = set({ key = "a", flags = "guest" }, { key = "b", flags = "guest" },
        { key = "c", flags = "disabled,guest" }, "d", BAD)
      stage:exclude(name, function(flags)
        return flags ~= "" and flags:match "^%w+" or nil
      end)
      assert.same({ { reason = "guest", count = 2 },
        { reason = "bad row", count = 1 }, { reason = "disabled", count = 1 } },
        stage:excluded(name))
      assert.is_true(stage:has(name, "d"))
    end)

    it("leave a reason that is there as it is", function()
      local name = set { key = "a", flags = "guest", excluded = "no such user" }
      stage:exclude(name, function() return "guest" end)
      assert.same({ { reason = "no such user", count = 1 } }, stage:excluded(name))
    end)
  end)

  describe(":replace(), :remove(), :copy() and :clear()", function()
    it("change a set, and leave its copy", function()
      local name = set("a", "b")
      stage:replace(name, { key = "a", name = "new", flags = "guest" })
      stage:replace(name, { key = "c", name = "C" })
      stage:remove(name, "b")
      assert.same({ "a new - -", "c C - -" }, text(name))
      local other = stage:copy(name)
      stage:clear(name)
      assert.equal("", keys(name))
      assert.equal("a c", keys(other))
    end)
  end)

  describe(":exclude_one(), :exclude_posts() and :drop_excluded()", function()
    it("mark who is not marked yet, and drop them but for who was not found", function()
      local name = set("user:a", "user:b", "channel:x", BAD,
        { key = "user:y", excluded = "no such user" },
        { key = "user:z", excluded = "several users" })
      stage:exclude_one(name, "user:a", "suppressed")
      stage:exclude_one(name, "user:a", "later")
      stage:exclude_one(name, "user:y", "later")
      stage:exclude_posts(name, "not a person")
      assert.equal("suppressed", stage:people(name, "user:", 1)[1].excluded)
      stage:drop_excluded(name)
      assert.equal("row:p.csv:3 user:b user:y user:z", keys(name))
    end)
  end)

  describe(":each()", function()
    it("goes through more than a page, also while somebody is taken out", function()
      local name, seen = set(), 0
      stage:together(function()
        for i = 1, 1203 do
          stage:put(name, { key = ("user:%05d"):format(i) })
        end
      end)
      stage:each(name, function(row)
        seen = seen + 1
        if seen % 3 == 0 then
          stage:remove(name, row.key)
        end
      end)
      assert.equal(1203, seen)
      assert.equal(802, stage:size(name))
    end)
  end)

  describe(":kinds()", function()
    it("counts who is not left out", function()
      assert.same({ user = 2, channel = 1, chat = 0 }, stage:kinds(set("user:a", "user:b",
        "channel:x", BAD, { key = "chat:y", excluded = "suppressed" })))
    end)
  end)

  describe(":together()", function()
    it("puts many rows at once", function()
      local name = set()
      stage:together(function()
        for i = 1, 10 do
          stage:put(name, { key = "user:" .. i })
        end
      end)
      assert.equal(10, stage:size(name))
    end)

    it("raises what the function raised", function()
      local problem = {}
      local ok, message = pcall(stage.together, stage, function()
        error(problem)
      end)
      assert.is_false(ok)
      assert.equal(problem, message)
    end)
  end)

  describe(":close()", function()
    it("may be repeated", function()
      stage:close()
      stage:close()
    end)
  end)
end)

describe("crier.campaign.stage", function()
  local NOW = stores.NOW
  local place, store, campaign

  before_each(function()
    place = stores.new()
    store, campaign = place:planned(3)
  end)
  after_each(function() place:close() end)

  local function new(phase)
    return campaign_stage.new(phase or "send",
      { journal = store, campaign = campaign })
  end

  it("gives rows in order, and takes back what was not used", function()
    local stage = new()
    assert.is_nil(stage:peek())
    assert.is_true(stage:fill(NOW))
    local first = stage:take()
    assert.equal("user:1", first.key)
    assert.equal("user:2", stage:peek().key)
    stage:put_back(first)
    assert.equal(first, stage:take())
  end)

  it("is empty when all was taken and nothing is to come", function()
    local stage = new()
    assert.is_false(stage:is_empty())
    stage:fill(NOW)
    for _ = 1, 3 do
      assert.is_false(stage:is_empty())
      stage:take()
    end
    assert.is_true(stage:fill(NOW + 1))
    assert.is_true(stage:is_empty())
    local other = new "install"
    other:fill(NOW)
    assert.is_true(other:is_empty())
  end)

  it("waits for the row that is due next", function()
    store.db:exec("UPDATE target SET due_at = ? WHERE id = 3", NOW + 1000)
    local stage = new()
    stage:fill(NOW)
    stage:take()
    stage:take()
    stage:fill(NOW + 1)
    assert.equal(NOW + 1001, stage.next_due)
    assert.is_nil(stage:peek())
    stage:fill(NOW + 1000)
    assert.is_nil(stage:peek())
    stage:fill(NOW + 1001)
    assert.equal("user:3", stage:peek().key)
  end)

  it("reads again when a row is expected", function()
    local stage = new()
    stage:fill(NOW)
    for _ = 1, 3 do
      stage:take()
    end
    stage:fill(NOW + 1)
    assert.is_true(stage:is_empty())
    store.db:exec("UPDATE target SET due_at = ? WHERE id = 2", NOW + 500)
    stage:expect(NOW + 500)
    stage:expect(NOW + 900)
    assert.is_false(stage:is_empty())
    assert.equal(NOW + 501, stage.next_due)
    stage:fill(NOW + 501)
    assert.equal("user:2", stage:take().key)
  end)

  it("reads more than one batch, each row once", function()
    local other = stores.new()
    local big, row = other:planned(700)
    local stage = campaign_stage.new("send", { journal = big, campaign = row })
    local seen, now = {}, NOW
    for _ = 1, 2000 do
      assert(stage:fill(now))
      local each = stage:peek() and stage:take()
      if each then
        assert.is_nil(seen[each.key])
        seen[each.key] = true
        seen[#seen + 1] = each.key
      elseif stage:is_empty() then
        break
      end
      now = now + 1
    end
    assert.equal(700, #seen)
    other:close()
  end)

  it("says when the store fails", function()
    local stage = new()
    store.db:exec "DROP TABLE recipient"
    local ok, message, code = stage:fill(NOW)
    assert.is_nil(ok)
    assert.equal("no such table: recipient", message)
    assert.equal("SQLITE_ERROR", code)
  end)
end)

-- Campaigns whose people get different messages, from the first send to the last
-- word about it.
local ledger = require "crier.campaign.ledger"
local page = require "crier.report.page"
local gather = require "crier.report.gather"
local process = require "support.process"
local stores = require "support.stores"
local summary = require "crier.report.summary"
local trial = require "support.trial"

local TWO = 'crier.variants({ a = crier.text "A", b = crier.text { en = "B", de = "Be" } }, %s)'

-- `weights` as Lua text; more people than one commit takes are not needed.
local function script(weights, more)
  return trial.script('install = true, breaker = false, fallback = "en"' .. (more or ""),
    TWO:format(weights or "{}"))
end

-- What each person was given: `b en`, by id.
local function given(stage, name)
  local found = {}
  for _, row in ipairs(stage:rows(name or "hello")) do
    if type(row.variant) == "string" then
      found[row.id] = row.variant .. (type(row.language) == "string" and " " .. row.language or "")
    end
  end
  return found
end

local TEXTS = { A = "a", B = "b en", Be = "b de" }

-- What each person was sent, in the same words.
local function arrived(stage)
  local found = {}
  for _, delivery in ipairs(stage:deliveries()) do
    assert.is_nil(found[delivery.recipient])
    found[delivery.recipient] = TEXTS[delivery.activity.text] or delivery.activity.text
  end
  return found
end

local function count(found)
  local sums = {}
  for _, what in pairs(found) do
    sums[what] = (sums[what] or 0) + 1
  end
  return sums
end

describe("a campaign in variants and languages", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  local function run(more, options)
    options = options or {}
    options.users = options.users or 60
    made = trial.new(script(nil, more), options)
    return made:run()
  end

  it("has in its ledger what each person was given", function()
    local ending = run()
    local got = given(made.stage)
    assert.same(arrived(made.stage), got)
    local sums = count(got)
    assert.is_true(sums.a > 5 and sums["b en"] > 5)
    local found = ending.ledger
    assert.same({ "a", sums.a, "b" }, { found.variants[1].name, found.variants[1].delivered,
      found.variants[2].name })
    assert.equal(found.delivered, found.variants[1].delivered + found.variants[2].delivered)
    assert.equal(sums["b en"], found.languages[#found.languages].delivered)
    assert.equal("en", found.languages[#found.languages].name)
  end)

  it("goes on after a stop with the same for each", function()
    local ending = run(nil, { started = trial.after(1500, function(work)
      work:stop { exit = 3, state = "stopped", why = "a signal" }
    end) })
    assert.equal(3, ending.exit)
    local before = given(made.stage)
    assert.is_true(next(before) ~= nil and ending.ledger.pending > 0)
    assert.equal(0, made:rerun().exit)
    local after = given(made.stage)
    for id, what in pairs(before) do
      assert.equal(what, after[id])
    end
    assert.same(arrived(made.stage), after)
  end)

  it("knows what somebody was to get of whom nobody knows whether it came", function()
    -- Dies as soon as a message is on its way.
    run(nil, { latency = { ms = 120 }, started = function(work)
      for ms = 1, 3000 do
        work.loop:at(work.loop:now() + ms, function()
          if work.in_flight > 0 and work.counts.delivered > 5 then
            error("a crash", 0)
          end
        end)
      end
    end })
    local store = made.stage:open()
    local waiting = store.db:rows("SELECT key, variant FROM target WHERE phase = 'intent'")
    store:close()
    assert.is_true(#waiting > 0)
    made:rerun()
    local after = given(made.stage)
    for _, row in ipairs(waiting) do
      assert.equal(row.variant, after[row.key:sub(6)]:sub(1, 1))
    end
  end)

  it("keeps to them in a retry, though the weights are others now", function()
    local fails = 25
    made = trial.new(script(), { users = 60 }, function(request)
      if request.method == "POST" and request.url:find "/activities" and fails > 0 then
        fails = fails - 1
        return { status = 403, headers = {}, body = '{"error":{"code":"Forbidden"}}' }
      end
    end)
    local ending = made:run()
    assert.equal(25, ending.ledger.failed)
    local before = given(made.stage)
    local store = made.stage:open()
    assert.equal(1, store.db:exec("UPDATE bundle SET content = ? WHERE path = 'campaign.lua'",
      script "{ weights = { a = 0, b = 1 } }"))
    store:close()
    assert.equal(0, made:run({ stored = "hello", again = {} }).exit)
    assert.same(before, given(made.stage))
    assert.same(before, arrived(made.stage))
  end)

  it("keeps to them when it is amended, and says what a plain one put in their place", function()
    run()
    local before = given(made.stage)
    made.stage:write("campaign.lua", (script "{ weights = { a = 0, b = 1 } }"
      :gsub('"A"', '"A2"'):gsub('"B"', '"B2"')))
    local ending = made:run { action = "amend", parent = "hello" }
    assert.same(before, given(made.stage, "hello.amend-1"))
    assert.equal(ending.ledger.delivered, ending.ledger.variants[1].delivered
      + ending.ledger.variants[2].delivered)
    for id, text in pairs(arrived(made.stage)) do
      assert.equal(({ a = "A2", ["b en"] = "B2", ["b de"] = "b de" })[before[id]], text)
    end
    made.stage:write("campaign.lua", trial.script("install = true", 'crier.text "Same for all"'))
    made:run { action = "amend", parent = "hello" }
    assert.same({ ["Same for all"] = ending.ledger.targeted }, count(arrived(made.stage)))
    for id, what in pairs(given(made.stage, "hello.amend-2")) do
      assert.equal(before[id]:sub(1, 1), what)
    end
  end)

  it("can be followed by a campaign to those of one variant", function()
    run()
    local got = given(made.stage)
    made.stage:write("campaign.lua", 'local crier = require "crier"\nreturn crier.campaign {'
      .. ' name = "again", audience = crier.previous("hello", { variant = "b" }),'
      .. ' message = crier.text "Again" }')
    assert.equal(0, made:run().exit)
    local wanted, found = {}, {}
    for id, what in pairs(got) do
      wanted[id] = what ~= "a" or nil
    end
    for _, row in ipairs(made.stage:rows "again") do
      found[row.id] = true
    end
    assert.same(wanted, found)
  end)
end)

describe("crier.journal.shares", function()
  local made, store, campaign

  before_each(function()
    made = stores.new()
    store, campaign = made:planned(8)
  end)

  after_each(function()
    made:close()
  end)

  local function set(nth, state, variant, language, phase)
    assert(store.db:exec("UPDATE target SET state = ?, variant = ?, language = ?, phase = ?,"
      .. " attempts = 1 WHERE key = ?", state, variant, language, phase, "user:" .. nth))
  end

  it("is nothing where everybody gets the same", function()
    assert.same({}, store.shares:read(campaign.id))
    set(1, "delivered")
    assert.same({}, store.shares:read(campaign.id))
    assert.is_nil(ledger.read(store, store.campaigns:find "hello").variants)
  end)

  it("counts by variant and by language", function()
    set(1, "delivered", "b", "fr")
    set(2, "delivered", "b", "en")
    set(3, "failed", "a")
    set(4, "pending", "a", "en", "intent")
    local function share(name, counts)
      local all = { name = name, delivered = 0, failed = 0, unknown = 0, pending = 0,
        excluded = 0 }
      for state, n in pairs(counts) do
        all[state] = n
      end
      return all
    end
    assert.same({ variants = { share("a", { failed = 1, pending = 1 }),
      share("b", { delivered = 2 }) }, languages = { share("en", { delivered = 1,
      pending = 1 }), share("fr", { delivered = 1 }) } }, store.shares:read(campaign.id))
    assert.equal(1, store.shares:read(campaign.id, true).languages[1].unknown)
  end)

  it("is shown by status and report", function()
    set(1, "delivered", "b", "fr")
    set(2, "failed", "b", "en")
    local row = store.campaigns:find "hello"
    local found = ledger.read(store, row)
    local text = summary.text(found, true)
    assert.matches("\nby variant:\n +2  b +1 delivered, 1 failed\n", text)
    assert.matches("\nby language:\n +1  en +1 failed\n +1  fr +1 delivered\n", text)
    assert.matches('"variants":%[{"delivered":1,"excluded":0,"failed":1,"name":"b"',
      summary.json(found))
    local written = page.make(gather.read(store, row), { now = stores.NOW, version = "0" })
    assert.matches("by variant", written)
    assert.matches('<th scope="row">fr</th>', written, 1, true)
  end)

  it("is told of one person by why", function()
    set(1, "delivered", "b", "fr")
    local result = process.run("why hello u1@contoso.com", { CRIER_STORE = "sqlite:" .. made.path })
    assert.equal(0, result.status)
    assert.matches("\n  variant +b\n  language +fr\n", result.out)
  end)
end)

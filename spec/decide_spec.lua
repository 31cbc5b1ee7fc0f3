local decide = require "crier.campaign.decide"
local detour = require "crier.campaign.detour"

local NOW = 1800000000000

local function policy(changes)
  local made = {
    action = "send",
    retry = function(outcome, tries)
      if tries >= 3 then
        return nil, "gave up"
      elseif not outcome.heals and (outcome.kind == "transient" or outcome.kind == "ambiguous") then
        return tries
      end
    end,
    on_unknown = "report",
    install = false,
  }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

local function row(phase, changes)
  local made = { phase = phase, state = "pending", due_at = 0, tries = 0,
    repaired = 0 }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

-- What became of a row, in a form to compare.
local function fate(made, action)
  return { state = made.state, phase = made.phase, reason = made.reason,
    wait_ms = made.state == "pending" and made.due_at - NOW or nil,
    tries = made.tries, action = action }
end

local function settle(made, outcome, rules, sent)
  outcome.reason = outcome.reason or "why"
  return fate(made, decide.settle(made, outcome, rules or policy(), NOW, sent))
end

local function waits(phase, wait_ms, more)
  local wanted = { state = "pending", phase = phase, reason = "why",
    wait_ms = wait_ms, tries = 0 }
  for name, value in pairs(more or {}) do
    wanted[name] = value
  end
  return wanted
end

local FAILED = { state = "failed", reason = "why", tries = 1 }

-- What each phase does with each kind of outcome that may come in it, for a
-- row at its first try.
local function everywhere(phase)
  return {
    throttled = waits(phase, 1000),
    transient = waits(phase, 1000, { tries = 1 }),
    ambiguous = { state = "unknown", reason = "why", tries = 0 },
    blocked = FAILED,
    absent = FAILED,
    stale = FAILED,
    too_large = FAILED,
    refused = FAILED,
    unauthorized = waits(phase, 0, { action = "repeat" }),
    misconfigured = waits(phase, 0, { action = "stop" }),
  }
end

local function table_of(phase, changes)
  local made = everywhere(phase)
  for kind, wanted in pairs(changes) do
    made[kind] = wanted
  end
  return made
end

local TABLE = {
  install = table_of("install", {
    ok = { state = "pending", phase = "create", wait_ms = 100, tries = 0 },
    already = { state = "pending", phase = "create", wait_ms = 0, tries = 0 },
    absent = waits("install", 0, { action = "catalog" }),
  }),
  create = table_of("create", {
    ok = { state = "pending", phase = "send", wait_ms = 0, tries = 0,
      action = "keep" },
  }),
  send = table_of("send", {
    ok = { state = "delivered", tries = 0 },
    stale = { state = "pending", phase = "create", wait_ms = 0, tries = 0,
      action = "forget" },
  }),
}

describe("crier.campaign.decide #portable", function()
  for _, phase in ipairs { "install", "create", "send" } do
    describe("of an answer to " .. phase, function()
      for kind, wanted in pairs(TABLE[phase]) do
        it("that is " .. kind .. " settles or moves the row", function()
          assert.same(wanted, settle(row(phase), { kind = kind }))
        end)
      end
    end)
  end

  it("keeps the outcome with the row", function()
    local made, outcome = row "send", { kind = "ok", id = "a1" }
    settle(made, outcome)
    assert.equal(outcome, made.outcome)
  end)

  it("makes due times whole", function()
    local made = row "send"
    decide.settle(made, { kind = "throttled", retry_after_ms = 0.7 }, policy(),
      NOW + 0.6)
    assert.equal(NOW + 1, made.due_at)
  end)

  describe("of a throttled call", function()
    it("waits as long as the service asks and uses up no try", function()
      assert.same(waits("send", 42000, { tries = 2 }), settle(
        row("send", { tries = 2 }), { kind = "throttled", retry_after_ms = 42000 }))
    end)
  end)

  describe("of a transient failure", function()
    it("holds the service back when the call never left", function()
      assert.same(waits("create", 0, { tries = 2, action = "outage" }),
        settle(row("create", { tries = 2 }), { kind = "transient" }, nil, false))
    end)

    it("asks the policy, which may give another reason", function()
      assert.same(waits("send", 2000, { tries = 2 }),
        settle(row("send", { tries = 1 }), { kind = "transient" }))
      assert.same({ state = "failed", reason = "gave up", tries = 3 },
        settle(row("send", { tries = 2 }), { kind = "transient" }))
      assert.same({ state = "failed", reason = "why", tries = 1 },
        settle(row "send", { kind = "transient" },
          policy { retry = function() end }))
    end)

    it("never undercuts Retry-After, whatever the policy says", function()
      assert.same(waits("send", 9000, { tries = 1 }), settle(row "send",
        { kind = "transient", retry_after_ms = 9000 }))
    end)
  end)

  describe("of an ambiguous answer", function()
    it("asks the policy under on_unknown = resend", function()
      local resend = policy { on_unknown = "resend" }
      assert.same(waits("send", 1000, { tries = 1 }),
        settle(row "send", { kind = "ambiguous" }, resend))
      assert.same({ state = "unknown", reason = "gave up", tries = 3 },
        settle(row("send", { tries = 2 }), { kind = "ambiguous" }, resend))
    end)
  end)

  describe("and its policy", function()
    local asked

    -- A policy that answers one thing, and keeps what it was asked.
    local function answering(...)
      local results, count = { ... }, select("#", ...)
      asked = {}
      return policy { retry = function(outcome, attempt)
        asked[#asked + 1] = { outcome.kind, outcome.phase, attempt, outcome.heals or false }
        return (table.unpack or unpack)(results, 1, count) -- luacheck: ignore 113 143
      end }
    end

    it("is asked once about each answer that is no success", function()
      for kind, attempt in pairs { throttled = 0, transient = 1, ambiguous = 0, blocked = 1,
        absent = 1, stale = 0, too_large = 1, refused = 1, unauthorized = 0,
        misconfigured = 0 } do
        settle(row("send", { installed = 0 }), { kind = kind }, answering())
        assert.same({ { kind, "send", attempt, attempt == 0 } }, asked)
      end
      settle(row "send", { kind = "ok" }, answering())
      assert.same({}, asked)
    end)

    it("has anything tried again", function()
      for _, kind in ipairs { "blocked", "absent", "too_large", "refused" } do
        assert.same(waits("send", 5000, { tries = 1 }),
          settle(row "send", { kind = kind }, answering(5)))
      end
    end)

    it("never has anything sent again that may have arrived", function()
      for _, answer in ipairs { 0, 5 } do
        assert.same({ state = "unknown", reason = "why", tries = 0 },
          settle(row "send", { kind = "ambiguous" }, answering(answer)))
      end
      assert.same({ state = "unknown", reason = "why", tries = 0 },
        settle(row "send", { kind = "ambiguous" }, answering(nil, "broke", "x:1: text")))
    end)

    it("may wait longer than crier would, never shorter", function()
      assert.same(waits("send", 9000), settle(row "send",
        { kind = "throttled", retry_after_ms = 9000 }, answering(1)))
      assert.same(waits("send", 20000), settle(row "send",
        { kind = "throttled", retry_after_ms = 9000 }, answering(20)))
    end)

    it("cannot give up what heals", function()
      assert.same(waits("send", 1000),
        settle(row "send", { kind = "throttled" }, answering(nil, "enough")))
    end)

    it("that breaks fails the person, with its own words", function()
      for _, kind in ipairs { "throttled", "refused" } do
        local outcome = { kind = kind, text = "the service's" }
        local found = settle(row "send", outcome, answering(nil, "broke", "x:1: text"))
        assert.same({ "failed", "broke" }, { found.state, found.reason })
        assert.equal("x:1: text", outcome.text)
      end
    end)

    it("is asked about who cannot be sent to at all", function()
      local made = row "send"
      decide.give_up(made, { kind = "too_large", reason = "too large" }, answering(7), NOW)
      assert.same({ "pending", NOW + 7000 }, { made.state, made.due_at })
      decide.give_up(made, { kind = "too_large", reason = "too large" },
        answering(nil, "cut it"), NOW)
      assert.same({ "failed", "cut it" }, { made.state, made.reason })
      assert.same({ { "too_large", "send", 2, false } }, asked)
    end)
  end)

  describe("that a policy wants reinstalled for", function()
    local function wanting(changes)
      changes = changes or {}
      changes.retry = function() return detour.reinstall end
      if changes.install == nil then
        changes.install = true
      end
      return policy(changes)
    end

    -- Answers in turn, each for the phase that it names; the phases that were seen.
    local function walk(made, rules, steps)
      local seen = {}
      for i, step in ipairs(steps) do
        seen[i] = made.phase
        decide.settle(made, step, rules, NOW)
      end
      return seen
    end

    local FOUND = { kind = "ok", installation = { id = "inst" } }

    it("takes the app off and puts it on again, once", function()
      local made = row("send", { installed = 0, conversation_id = "19:x" })
      assert.equal("forget",
        settle(made, { kind = "refused", status = 403 }, wanting()).action)
      assert.same({ "installation", "uninstall", "install", "create", "send" },
        walk(made, wanting(), { FOUND, { kind = "ok" }, { kind = "ok" },
          { kind = "ok", id = "19:y" }, { kind = "refused", reason = "why", text = "said" } }))
      assert.same({ "failed", "why", "19:y" }, { made.state, made.reason, made.conversation_id })
      assert.equal("crier.reinstall: the app was installed again already (the service: said)",
        made.outcome.text)
    end)

    it("installs alone where the app is gone already", function()
      for _, gone in ipairs { { kind = "already" }, { kind = "absent" } } do
        local made = row("send", { installed = 0 })
        assert.same({ "send", "installation", "uninstall", "install" }, walk(made, wanting(),
          { { kind = "refused" }, FOUND, gone, { kind = "ok" } }))
        assert.equal("create", made.phase)
      end
      local made = row("send", { installed = 0 })
      assert.same({ "send", "installation", "install" }, walk(made, wanting(),
        { { kind = "refused" }, { kind = "ok" }, { kind = "ok" } }))
      assert.same({ "create", 1 }, { made.phase, made.installed })
    end)

    it("goes Graph's own way afterwards", function()
      local made = row("send", { installed = 0 })
      local rules = wanting { conversation = "graph" }
      assert.same({ "send", "installation", "uninstall", "install", "installation", "chat" },
        walk(made, rules, { { kind = "refused" }, FOUND, { kind = "ok" }, { kind = "ok" },
          FOUND, { kind = "ok", id = "19:y" } }))
      assert.equal("send", made.phase)
    end)

    it("is left alone who blocked the bot, unless the campaign installs again", function()
      local outcome = { kind = "blocked", reason = "blocked" }
      local made = row "send"
      assert.same({ state = "failed", reason = "blocked", tries = 1 },
        settle(made, outcome, wanting()))
      assert.matches("^crier%.reinstall: who blocked the bot is left alone", outcome.text)
      assert.equal("installation", settle(row "send", { kind = "blocked" },
        wanting { install = "again" }).phase)
    end)

    it("is a person who is sent to", function()
      for _, made in ipairs { row("send", { key = "channel:19:x" }), row "update" } do
        local action = made.phase == "update" and "amend" or "send"
        local outcome = { kind = "refused" }
        assert.same(FAILED, settle(made, outcome, wanting { action = action }))
        assert.equal("crier.reinstall: it is for messages to people", outcome.text)
      end
    end)

    it("is not interfered with while crier goes on by itself", function()
      assert.same(waits("send", 1000), settle(row "send", { kind = "throttled" }, wanting()))
    end)
  end)

  describe("of an install", function()
    it("notes that it was ours, and when", function()
      local made = row "install"
      settle(made, { kind = "ok" })
      assert.equal(1, made.installed)
      assert.equal(NOW, made.installed_at)
    end)

    it("notes an app that was there, perhaps by an install whose answer was lost", function()
      local made = row "install"
      settle(made, { kind = "already" })
      assert.same({ 0, NOW }, { made.installed, made.installed_at })
      settle(made, { kind = "absent", reason = "not installed" })
      assert.same({ "pending", "create" }, { made.state, made.phase })
    end)

    it("begins the tries of the next phase anew", function()
      local made = row("install", { tries = 4 })
      settle(made, { kind = "already" })
      assert.equal(0, made.tries)
    end)
  end)

  describe("of a create", function()
    it("keeps the conversation and its service URL", function()
      local made = row "create"
      settle(made, { kind = "ok", id = "19:x", service_url = "https://smba/" })
      assert.equal("19:x", made.conversation_id)
      assert.equal("https://smba/", made.service_url)
    end)

    it("installs for whom the app is not there, when it may", function()
      assert.same({ state = "pending", phase = "install", wait_ms = 0, tries = 0 },
        settle(row("create", { tries = 2 }), { kind = "absent" },
          policy { install = true }))
    end)

    it("fails when the app was there before and still is not found", function()
      assert.same(FAILED, settle(row("create", { installed = 0 }),
        { kind = "absent" }, policy { install = true }))
    end)

    it("looks again for 30 s after our own install, less and less often", function()
      local made, waited = row("create", { installed = 1, installed_at = NOW }), {}
      local now = NOW + 100
      while made.state == "pending" and #waited < 100 do
        decide.settle(made, { kind = "absent", reason = "why" },
          policy { retry = function() end }, now)
        waited[#waited + 1] = made.state == "pending" and made.due_at - now or nil
        now = made.due_at
      end
      assert.equal("failed", made.state)
      assert.equal("why", made.reason)
      assert.is_true(now - NOW >= 30000 and now - NOW <= 38000)
      assert.same({ 50, 75, 112 }, { waited[1], waited[2], waited[3] })
      assert.equal(8000, waited[#waited])
      assert.is_true(#waited < 20)
    end)

    it("does not take an install of the future for a recent one", function()
      assert.same(FAILED, settle(row("create",
        { installed = 1, installed_at = NOW + 5000 }), { kind = "absent" }))
    end)

    it("teaches later installs how long to wait before the first look", function()
      local rules = policy()
      settle(row("create", { installed = 1, installed_at = NOW - 2000 }),
        { kind = "absent" }, rules)
      assert.equal(2500, settle(row "install", { kind = "ok" }, rules).wait_ms)
      settle(row("create", { installed = 1, installed_at = NOW - 29000 }),
        { kind = "absent" }, rules)
      assert.equal(8000, settle(row "install", { kind = "ok" }, rules).wait_ms)
    end)
  end)

  describe("of a send", function()
    it("repairs a deleted chat once", function()
      local made = row "send"
      assert.equal("forget", settle(made, { kind = "stale" }).action)
      assert.equal(1, made.repaired)
      made.phase = "send"
      assert.same(FAILED, settle(made, { kind = "stale" }))
    end)

    it("does not call stale what was made anew", function()
      local outcome = { kind = "stale", reason = "stale conversation", remedy = "Nothing to do" }
      assert.same({ state = "failed", reason = "unusable answer", tries = 1 },
        settle(row("send", { repaired = 1 }), outcome))
      assert.matches("^Teams does not know the conversation", outcome.remedy)
    end)

    it("goes to another host with the whole run, for whom it counts no try", function()
      for _, phase in ipairs { "create", "send" } do
        local made = row(phase, { service_url = "https://smba.example/emea/" })
        assert.same(waits(phase, 0, { action = "move" }),
          settle(made, { kind = "stale", scope = "run" }))
        assert.is_nil(made.service_url)
      end
    end)

    it("begins with the installation where Graph knows the chat", function()
      assert.equal("installation", settle(row "send", { kind = "stale" },
        policy { conversation = "graph" }).phase)
    end)

    it("forgets the chat of who removed the app, and installs", function()
      assert.same({ state = "pending", phase = "install", wait_ms = 0, tries = 0,
        action = "forget" }, settle(row "send", { kind = "absent" },
        policy { install = true }))
    end)

    it("fails who removed the app after an install of ours", function()
      assert.same(FAILED, settle(row("send", { installed = 1,
        installed_at = NOW - 60000 }), { kind = "absent" }, policy { install = true }))
    end)
  end)

  describe("of a create with the host of an earlier conversation", function()
    it("asks the cloud's own host before anything is believed", function()
      for _, kind in ipairs { "absent", "refused", "stale" } do
        local made = row("create", { service_url = "https://smba.example/emea/" })
        assert.same(waits("create", 0), settle(made, { kind = kind }))
        assert.is_nil(made.service_url)
        assert.same(FAILED, settle(made, { kind = kind }))
      end
    end)

    it("keeps the host that worked, unless the answer names one", function()
      local made = row("create", { service_url = "https://smba.example/emea/" })
      settle(made, { kind = "ok", id = "a:1" })
      assert.equal("https://smba.example/emea/", made.service_url)
      made = row("create", { service_url = "https://smba.example/emea/" })
      settle(made, { kind = "ok", id = "a:1", service_url = "https://smba.example/in/" })
      assert.equal("https://smba.example/in/", made.service_url)
    end)
  end)

  describe("of a look at the installation", function()
    local FOUND = { id = "inst", version = "1.0.0" }

    it("goes on to the chat with what it found", function()
      local made = row "installation"
      assert.same({ state = "pending", phase = "chat", wait_ms = 0, tries = 0 },
        settle(made, { kind = "ok", installation = FOUND },
          policy { conversation = "graph" }))
      assert.equal("inst", made.installation_id)
      assert.equal(0, made.installed)
    end)

    it("installs where nothing is, or fails", function()
      assert.same({ state = "pending", phase = "install", wait_ms = 0, tries = 0 },
        settle(row "installation", { kind = "ok" },
          policy { conversation = "graph", install = true }))
      assert.same({ state = "failed", reason = "not installed", tries = 1 },
        settle(row "installation", { kind = "ok" }, policy { conversation = "graph" }))
    end)

    it("waits, for 30 s at most, until our own install shows", function()
      local rules = policy { conversation = "graph", install = true }
      local made = row("installation", { installed = 1, installed_at = NOW - 2000 })
      assert.same({ state = "pending", phase = "installation", wait_ms = 1000,
        tries = 1, reason = "not installed" }, settle(made, { kind = "ok" }, rules))
      made = row("installation", { installed = 1, installed_at = NOW - 30000 })
      assert.same({ state = "failed", reason = "not installed", tries = 1 },
        settle(made, { kind = "ok" }, rules))
    end)

    it("upgrades what is older than the catalog's, and nothing else", function()
      local rules = policy { action = "upgrade", app_version = "1.1.0" }
      assert.same({ state = "pending", phase = "upgrade", wait_ms = 0, tries = 0 },
        settle(row "installation", { kind = "ok", installation = FOUND }, rules))
      rules.app_version = "1.0.0"
      assert.same({ state = "excluded", reason = "up to date", tries = 0 },
        settle(row "installation", { kind = "ok", installation = FOUND }, rules))
      assert.same({ state = "excluded", reason = "not installed", tries = 0 },
        settle(row "installation", { kind = "ok" }, rules))
    end)

    it("uninstalls what is there", function()
      local rules = policy { action = "uninstall" }
      assert.same({ state = "pending", phase = "uninstall", wait_ms = 0, tries = 0 },
        settle(row "installation", { kind = "ok", installation = FOUND }, rules))
      assert.same({ state = "excluded", reason = "not installed", tries = 0 },
        settle(row "installation", { kind = "ok" }, rules))
    end)
  end)

  describe("of an upgrade or uninstall", function()
    it("is done, also when it was done before", function()
      local done = { state = "delivered", tries = 0 }
      assert.same(done, settle(row "upgrade", { kind = "ok" }))
      assert.same(done, settle(row "uninstall", { kind = "ok" }))
      assert.same(done, settle(row "uninstall", { kind = "already" }))
    end)

    it("leaves out whose installation is gone", function()
      for _, phase in ipairs { "upgrade", "uninstall" } do
        assert.same({ state = "excluded", reason = "not installed", tries = 0 },
          settle(row(phase), { kind = "absent" }))
      end
    end)
  end)

  describe("of an amendment or a recall", function()
    it("is done, also when the message was deleted before", function()
      local done = { state = "delivered", tries = 0 }
      assert.same(done, settle(row "update", { kind = "ok", id = "1" }))
      assert.same(done, settle(row "delete", { kind = "ok" }))
      assert.same(done, settle(row "delete", { kind = "already" }))
    end)

    it("fails where the message to change is gone", function()
      assert.same(FAILED, settle(row "update", { kind = "absent" }))
    end)

    it("keeps the id of the message that it is about", function()
      local made = row("update", { activity_id = "170" })
      settle(made, { kind = "ok", id = "171" })
      assert.equal("170", made.activity_id)
    end)
  end)

  describe("of a chat", function()
    it("is kept, and sent to", function()
      local made = row "chat"
      assert.same({ state = "pending", phase = "send", wait_ms = 0, tries = 0,
        action = "keep" }, settle(made, { kind = "ok", id = "19:x@unq.gbl.spaces" }))
      assert.equal("19:x@unq.gbl.spaces", made.conversation_id)
    end)

    it("that does not show yet is waited for", function()
      local made = row("chat", { installed = 1, installed_at = NOW - 2000 })
      assert.same(waits("chat", 1000, { tries = 1 }), settle(made, { kind = "absent" }))
    end)
  end)

  describe("where a cloud may not install by application permission", function()
    local BARRED = waits("install", 0, { action = "stop" })

    it("stops when the one who is tried is refused", function()
      for _, status in ipairs { 403, 412 } do
        assert.same(BARRED, settle(row "install", { kind = "refused", status = status },
          policy { is_trial = true }))
      end
    end)

    it("takes a refusal for one person's once somebody has the app", function()
      for _, kind in ipairs { "ok", "already" } do
        local rules = policy { is_trial = true }
        settle(row "install", { kind = kind }, rules)
        assert.is_false(rules.is_trial)
        assert.same(FAILED, settle(row "install", { kind = "blocked", status = 403 }, rules))
      end
    end)
  end)
end)

-- Plans that somebody else has to sign, and what the policy of an organisation permits.
local approval = require "crier.campaign.approval"
local cjson = require "cjson"
local core = require "crier.core"
local ledger = require "crier.campaign.ledger"
local report = require "crier.report.plan"
local rules = require "crier.campaign.rules"
local summary = require "crier.report.summary"
local trial = require "support.trial"

local SCRIPT = trial.script "install = true"
local APPROVED = trial.script "install = true, approval = true"

describe("a run", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  local function begin(script, policy)
    made = trial.new(script, { users = 60 })
    if policy then
      made.stage:write("policy.json", cjson.encode { rules = policy })
      made.stage.env.CRIER_POLICY = made.stage.path .. "/policy.json"
    end
  end

  local function run(user, more)
    local options = { deed = { command = "run", options = "", user = user, version = "0" } }
    for name, value in pairs(more or {}) do
      options[name] = value
    end
    return made:run(options)
  end

  -- Signs, or tells why not.
  local function sign(user, name)
    local store = made.stage:open()
    local row = store.campaigns:find(name or "hello")
    local described = approval.describe(store, row)
    local policy = made.stage.env.CRIER_POLICY and rules.read(made.stage.env.CRIER_POLICY)
    local refusal = approval.refusal(row, described, user, policy)
    if not refusal then
      assert(approval.sign(store, row, described, { who = user, comment = "fine" }, 1000))
    end
    store:close()
    return refusal, described
  end

  local function withdraw()
    local store = made.stage:open()
    store.approvals:withdraw(store.campaigns:find("hello").id, 2000)
    store:close()
  end

  describe("that needs an approval", function()
    it("writes its plan, sends nothing, and goes on once somebody else has signed", function()
      begin(APPROVED)
      local ending = run "ana"
      assert.same({ 3, "campaign hello: waits for approval", "nothing was sent: crier approve"
        .. " hello   by somebody else than ana; then run it again" },
        { ending.exit, ending.why, ending.remedy })
      assert.same({ "stopped", "waits for approval", 60 },
        { ending.ledger.state, ending.ledger.why, ending.ledger.targeted })
      assert.equal(3, run("ana").exit)
      local refusal, described = sign "ben"
      assert.is_nil(refusal)
      assert.same({ "ana", 60 - ending.ledger.excluded },
        { described.author, described.recipients })
      assert.equal(0, #made.stage:deliveries())
      ending = run "ana"
      assert.equal(0, ending.exit, ending.why)
      assert.equal(described.recipients, #made.stage:deliveries())
    end)

    it("is shown with who signed", function()
      begin(APPROVED)
      run "ana"
      sign "ben"
      local store = made.stage:open()
      local found = ledger.read(store, store.campaigns:find "hello")
      local events = store.events:list(1)
      store:close()
      assert.matches("\napproved by ben on 1970%-01%-01 00:00:01 UTC, for %d+ recipients: fine\n",
        summary.text(found, true))
      local one = cjson.decode(summary.json(found)).approvals[1]
      assert.same({ "ben", "fine", "1970-01-01T00:00:01.000Z" }, { one.who, one.comment, one.at })
      assert.same({ "run", 3 }, { events[1].command, events[1].exit_status })
    end)

    it("cannot be signed by who planned it", function()
      begin(APPROVED)
      run "ana"
      assert.same({ exit = 78, why = "ana has planned it: somebody else has to approve it" },
        (sign "ana"))
      assert.same({ exit = 78, why = "the system does not tell who you are" }, (sign(nil)))
    end)

    it("cannot be run by who signed it", function()
      begin(APPROVED)
      run "ana"
      sign "ben"
      local ending = run "ben"
      assert.same({ 3, "campaign hello: ben has approved it, and cannot for a run of ben" },
        { ending.exit, ending.why })
      sign "cleo"
      assert.equal(0, run("ben").exit)
    end)

    it("needs another one for other content", function()
      begin(APPROVED)
      run "ana"
      sign "ben"
      made.stage:write("campaign.lua", (APPROVED:gsub("Hi ", "Hey ")))
      local ending = run("ana", { update = true })
      assert.same({ 3, "campaign hello: waits for approval" }, { ending.exit, ending.why })
      sign "ben"
      assert.equal(0, run("ana").exit)
      assert.matches("^Hey ", made.stage:deliveries()[1].activity.text)
    end)

    it("needs another one when it was withdrawn, also to be resumed", function()
      begin(APPROVED)
      run "ana"
      sign "ben"
      withdraw()
      assert.equal(3, run("ana").exit)
      assert.equal(3, run("ana", { stored = "hello", lift = true }).exit)
      sign "ben"
      assert.equal(0, run("ana", { stored = "hello", lift = true }).exit)
      assert.same({ exit = 65, why = "campaign hello is finished: there is nothing to approve" },
        (sign "ben"))
    end)

    it("does not need it to send again, to recall, or to test", function()
      begin(APPROVED)
      run "ana"
      sign "ben"
      assert.equal(0, run("ana").exit)
      assert.equal(0, run("ben", { action = "recall", parent = "hello" }).exit)
      local who = made.stage:deliveries()[1].recipient
      local ending = run("ana", { test = { to = { who } } })
      assert.same({ 0, "hello.test-1" }, { ending.exit, ending.ledger.name })
    end)

    it("needs one for an amendment of its own", function()
      begin(APPROVED)
      run "ana"
      sign "ben"
      run "ana"
      local ending = run("ana", { action = "amend", parent = "hello" })
      assert.equal("campaign hello.amend-1: waits for approval", ending.why)
      sign("ben", "hello.amend-1")
      assert.equal(0, run("ana", { action = "amend", parent = "hello" }).exit)
    end)
  end)

  describe("that is planned", function()
    it("is told to wait for approval, until it is signed", function()
      begin(APPROVED)
      local found = made.stage:plan()
      assert.same({ 3, "waits for approval", "a run writes its plan; crier approve hello   by"
        .. " somebody else signs it" }, { found.exit, found.why, found.remedy })
      run "ana"
      assert.equal(3, made.stage:plan().exit)
      local _, described = sign "ben"
      found = made.stage:plan()
      assert.same({ 0, described.digest }, { found.exit, found.digest })
    end)

    it("is told what the policy forbids", function()
      begin(SCRIPT, { { name = "r", users = { "*" }, max_recipients = 20,
        hours = { from = "07:00", to = "17:00" } } })
      local found = made.stage:plan()
      assert.equal(78, found.exit)
      assert.matches(", rule 'r': 20 recipients at most, not ", found.why)
      assert.matches("\n  policy +rule 'r' of ", report.text(found, "campaign.lua", 200))
      made.stage.clock.set(trial.START_MS + 10 * 3600000)
      assert.matches("a run may begin at 2027%-01%-16 07:00 UTC, not now", made.stage:plan().why)
    end)
  end)

  describe("under a policy", function()
    local function forbidden(ending, why)
      assert.equal(78, ending.exit, ending.why)
      assert.equal("policy " .. made.stage.path .. "/policy.json" .. why, ending.why)
      assert.equal("nothing was sent: ask who keeps the policy", ending.remedy)
      assert.equal(0, #made.stage:deliveries())
    end

    it("needs a rule for its user, as do a test and a recall", function()
      begin(SCRIPT, { { name = "r", users = { "ana" }, campaigns = { "other" } } })
      forbidden(run "ana", ": no rule lets ana send hello")
      forbidden(run("ben", { test = { to = { "x@y.z" } } }), ": no rule lets ben send hello.test-1")
      assert.is_nil(made.stage.logged) -- nothing was asked
    end)

    it("keeps to the audiences of its rule", function()
      begin(SCRIPT, { { name = "r", users = { "*" }, audiences = { "csv" } } })
      forbidden(run "ana", ", rule 'r': the audience has users, which is not among its audiences")
    end)

    it("keeps to the number of recipients", function()
      begin(SCRIPT, { { name = "r", users = { "*" }, max_recipients = 20 } })
      local ending = run "ana"
      forbidden(ending, ", rule 'r': 20 recipients at most, not "
        .. ending.why:match "(%d+)$")
      assert.is_false(core.fs.exists(made.stage.path .. "/crier.db"))
    end)

    it("keeps to the hours", function()
      begin(SCRIPT, { { name = "r", users = { "*" }, hours = { from = "09:00", to = "17:00" } } })
      forbidden(run "ana", ", rule 'r': a run may begin at 2027-01-15 09:00 UTC, not now")
      made.stage.clock.set(trial.START_MS + 3600000)
      assert.equal(0, run("ana").exit)
    end)

    it("keeps to the hours when it begins later", function()
      begin(trial.script 'install = true, at = "2027-01-15 17:00 UTC"', { { name = "r",
        users = { "*" }, hours = { from = "08:00", to = "17:00" } } })
      forbidden(run "ana", ", rule 'r': a run may begin at 2027-01-16 08:00 UTC, not at"
        .. " 2027-01-15 17:00 UTC")
    end)

    it("waits for those who may approve", function()
      begin(SCRIPT, { { name = "r", users = { "ana" }, approval = { above = 20 },
        approvers = { "cleo", "dan" } } })
      assert.equal("campaign hello: waits for approval", run("ana").why)
      assert.same({ exit = 78, why = "policy, rule 'r': who approves is cleo or dan, not ben" },
        (sign "ben"))
      sign "cleo"
      assert.equal(0, run("ana").exit)
    end)

    it("does not wait where few are reached", function()
      begin(SCRIPT, { { name = "r", users = { "ana" }, approval = { above = 60 } } })
      assert.equal(0, run("ana").exit)
    end)

    it("is refused when the policy cannot be read", function()
      begin(SCRIPT, { { name = "r" } })
      local ending = run "ana"
      assert.equal(78, ending.exit)
      assert.equal("CRIER_POLICY " .. made.stage.path .. "/policy.json: rule 'r': users: must"
        .. " be a list of texts", ending.why)
    end)
  end)

  it("has the user of the process where no other is told", function()
    begin(SCRIPT, { { name = "r", users = { core.fs.username() } } })
    assert.equal(0, made:run().exit)
  end)
end)

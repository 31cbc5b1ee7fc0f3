local cjson = require "cjson"
local core = require "crier.core"
local plan_digest = require "crier.campaign.plan_digest"
local rehearsal = require "support.rehearsal"
local report = require "crier.report.plan"
local trial = require "support.trial"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

describe("crier.campaign.forecast", function()
  local here

  local function new(script, options, files)
    options = options or {}
    options.users = options.users or 60
    files = files or {}
    files["campaign.lua"] = script
    here = rehearsal.new(files, options)
    return here
  end

  after_each(function() here:close() end)

  it("tells what a run would do, and does none of it", function()
    local found = new(trial.script "install = true", { seed = 5 }):plan()
    assert.equal(0, found.exit)
    assert.equal("hello", found.name)
    assert.same({ 60, here.simulator.tenant, "public" },
      { found.audience.targeted, found.tenant, found.cloud })
    assert.is_true(found.store.is_new)
    assert.is_false(core.fs.exists(here.path .. "/crier.db"))
    assert.equal(0, #here:deliveries())
    local operations = here:stats().operations
    assert.is_nil(operations.install)
    assert.is_nil(operations.create)
    local ending = here:run()
    assert.equal(ending.ledger.targeted - ending.ledger.excluded, found.audience.recipients)
    assert.same(ending.ledger.exclusions, found.audience.excluded)
  end)

  it("leaves a store as it is", function()
    new(trial.script "install = true"):run()
    local before = read(here.path .. "/crier.db")
    here:write("campaign.lua", (trial.script "install = true":gsub('"hello"', '"again"')))
    local found = here:plan()
    assert.equal(0, found.exit)
    assert.is_nil(found.store.is_new or nil)
    assert.equal(before, read(here.path .. "/crier.db"))
    assert.same({ new = 0, known = found.audience.recipients }, found.people)
    assert.same({ { service = "connector", operation = "send",
      count = found.audience.recipients } }, found.calls)
  end)

  it("names the plan by a digest of content, name and place", function()
    local found = new(trial.script()):plan()
    assert.equal(plan_digest.of { digest = found.content_digest, name = "hello",
      action = "send", tenant = found.tenant, cloud = "public",
      app = here.simulator.client_id }, found.digest)
    assert.equal(found.digest, here:plan().digest)
    here:write("campaign.lua", trial.script(nil, 'crier.text "Hello"'))
    assert.not_equal(found.digest, here:plan().digest)
  end)

  it("warns of a mistyped name in what is subtracted, and so does a run", function()
    local script = trial.script "install = true":gsub("crier.users {}",
      'crier.users {} - crier.csv "no.csv"')
    local found = new(script, { users = 6, confirm = true },
      { ["no.csv"] = "upn\nnobody@northwind.example\n" }):plan()
    local said = "1 row of what is subtracted leads to nobody, and so keeps nobody out:"
      .. " no.csv line 2: nobody@northwind.example is not in the directory"
    assert.same({ 6, { said } }, { found.audience.targeted, found.warnings })
    assert.matches("leads to nobody", report.text(found, "x.lua", 200))
    here:run()
    assert.same({ said }, here.running.warnings)
  end)

  describe("about a name that the store knows", function()
    it("tells that it is finished", function()
      new(trial.script "install = true"):run()
      local found = here:plan()
      assert.same({ 0, "finished" }, { found.exit, found.campaign.state })
      assert.is_nil(found.audience)
      assert.matches("a run would send nothing", report.text(found, "x.lua", 80))
    end)

    it("ends as a run does when its content is another", function()
      new(trial.script "install = true"):run()
      here:write("campaign.lua", trial.script("install = true", 'crier.text "Hello"'))
      local found, ending = here:plan(), here:run()
      assert.equal(65, found.exit)
      assert.same({ ending.exit, ending.why, ending.remedy },
        { found.exit, found.why, found.remedy })
    end)

    it("tells what is left of it", function()
      new(trial.script "install = true", { confirm = true, started = function(work)
        work.loop:at(work.loop:now() + 300, function()
          work:stop { exit = 3, state = "stopped", why = "enough" }
        end)
      end }):run()
      local found, store = here:plan(), here:open()
      local counts = store.targets:counts(store.campaigns:find("hello").id)
      store:close()
      assert.is_nil(found.why)
      assert.same({ 0, "goes on" }, { found.exit, found.campaign.way })
      assert.is_true(counts.pending > 0)
      assert.equal(counts.pending, found.audience.recipients)
      assert.equal(counts.pending, found.message.made)
    end)
  end)

  describe("that would stop", function()
    it("tells all the same what it knows when expect is not met", function()
      local found = new(trial.script "install = true, expect = { max = 10 }"):plan()
      assert.equal(3, found.exit)
      assert.matches("recipients, where expect says at most 10", found.why)
      assert.equal(found.audience.recipients, found.message.made)
    end)

    it("refuses an empty audience", function()
      local found = new([[local crier = require "crier"
        return crier.campaign { name = "hello", message = crier.text "Hi",
          audience = crier.users { filter = "department eq 'None'" } }]]):plan()
      assert.equal(65, found.exit)
      assert.equal("the audience is empty", found.why)
    end)

    it("refuses a script that is not one, without the network", function()
      local found = new("return 7"):plan()
      assert.equal(65, found.exit)
      assert.is_nil(found.name)
      assert.same({}, here:stats().operations)
    end)

    it("names permissions that the token lacks", function()
      local found = new(trial.script "install = true", { roles =
        { "User.Read.All", "AppCatalog.Read.All" } }):plan()
      assert.same({ "TeamsAppInstallation.ReadWriteSelfForUser.All" },
        found.permissions.missing)
      assert.equal(77, found.exit)
      assert.matches("^permissions missing: Teams", found.why)
      assert.matches("^who has the app could not be asked", found.warnings[1])
    end)

    it("tells that GCC High installs nothing", function()
      local found = new(trial.script "install = true",
        { env = { CRIER_CLOUD = "gcch" } }):plan()
      assert.equal(77, found.exit)
      assert.matches("GCC High an app cannot install itself", found.cloud_limits)
    end)
  end)

  describe("of messages", function()
    it("names whose would fail, and who gets the largest", function()
      local found = new([[local crier = require "crier"
        return crier.campaign { name = "hello",
          audience = crier.list { "%1", "%2", "%3" },
          data = function(recipient)
            return { word = recipient.id ~= "%1" and ("x"):rep(recipient.id == "%2" and 90 or 9)
              or nil }
          end,
          message = crier.text "Hi ${data.word}" }]], {}):plan()
      assert.equal(65, found.exit) -- nobody has such an id
      local ids = {}
      for k = 1, 60 do
        if here.simulator.people:kind(k) == "member" then
          ids[#ids + 1] = here.simulator.people:id(k)
        end
      end
      here:write("campaign.lua", (read(here.path .. "/campaign.lua"):gsub("%%(%d)",
        function(n) return ids[tonumber(n)] end)))
      found = here:plan()
      local failure = found.message.failures[1]
      assert.same({ 1, "missing data.word", 1, ids[1] },
        { found.message.failed, failure.reason, failure.count, failure.first[1].id })
      assert.equal(ids[2], found.message.largest.id)
      assert.is_true(found.message.bytes > 180)
      assert.matches("would fail%s+1 missing data.word: ", report.text(found, "x.lua", 100))
    end)
  end)

  describe("as a headline", function()
    local function headline(script)
      return report.text(new(script, { users = 60 }):plan(), "x.lua", 100):match "^hello: ([^\n]+)"
    end

    it("tells that everybody would fail, and why", function()
      local said = report.text(new(trial.script [[install = true,
        data = function() error "no such room" end]]):plan(), "x.lua", 100)
      assert.matches("^hello: none of %d+ recipients would get a message\n", said)
      assert.matches("would fail +%d+ data function failed: .-\n +%S*campaign%.lua:%d:[^\n]*no"
        .. " such room\n", said)
      assert.matches("^breaker: the first 20 people all failed: data function failed"
        .. " %(%S*campaign%.lua:%d: no such room%)$", here:run().why)
    end)

    it("tells that nothing would be sent when a run would stop", function()
      assert.matches("^nothing would be sent: a run for %d+ recipients would stop$",
        headline(trial.script "expect = { max = 10 }"))
    end)

    it("is followed by a warning of a guard that never pauses", function()
      assert.matches("nobody fails for the reason 'blokked'", new(trial.script [[install = true,
        guards = { { reason = "blokked", rate = "5%" } }]]):plan().warnings[1])
    end)

    it("counts the hold of a canary", function()
      assert.matches("^%d+ recipients would get a message, in about 2 h",
        headline(trial.script "install = true, canary = { people = 5, hold = '2h' }"))
    end)
  end)

  it("counts languages and variants", function()
    local found = new([[local crier = require "crier"
      return crier.campaign { name = "hello", audience = crier.users {}, fallback = "en",
        message = crier.text { en = "Hi", fr = "Salut" } }]], { users = 200 }):plan()
    local sum, seen = 0, {}
    for _, one in ipairs(found.message.languages) do
      sum, seen[one.language] = sum + one.count, one.count
    end
    assert.equal(found.audience.recipients, sum)
    assert.is_true(seen.en > 0 and seen.fr > 0)
    assert.matches("languages +en [%d,]+, fr [%d,]+\n", report.text(found, "x.lua", 100))
  end)

  it("shows what the script set of the policies", function()
    local found = new(trial.script [[on_unknown = "resend", tolerate = { failed = "2%" },
      window = { from = "09:00", to = "17:00", holidays = { "12-25", FR = { "07-14" } } },
      zone = "Europe/Berlin",
      retry = crier.retry { attempts = 2 }]]):plan()
    local told = {}
    for _, one in ipairs(found.policies) do
      told[one.name] = one.text
    end
    assert.equal('{ failed = "2%" }', told.tolerate)
    assert.equal('{ from = "09:00", holidays = { "12-25", FR = { "07-14" } }, to = "17:00" }',
      told.window)
    assert.is_nil(told.messages)
    assert.equal("the script's own", told.retry)
    assert.matches("^resend: ", told.on_unknown)
    assert.matches("^no: who lacks the app fails", told.install)
    assert.is_nil(told.conversation)
  end)

  it("looks at the card's addresses", function()
    local found = new([[local crier = require "crier"
      return crier.campaign { name = "hello", audience = crier.users {},
        message = crier.card "card.json" }]], {}, { ["card.json"] = [[{"type":"AdaptiveCard",
      "version":"1.5","body":[{"type":"Image","url":"http://a.example/x.png"}],
      "actions":[{"type":"Action.OpenUrl","url":"https://a.example/${recipient.id}"}]}]] }):plan()
    assert.same({ kind = "picture", url = "http://a.example/x.png", state = "warning",
      problem = "Teams shows pictures and media by https alone", place = "/body/0/url" },
      table.remove(found.links, 2))
    assert.equal(found.audience.recipients, #found.links)
    assert.equal("not checked", found.links[2].state)
    assert.matches(" and %d+ more like", report.text(found, "x.lua", 100))
    assert.matches("^picture http://a.example/x.png at /body/0/url: ", found.warnings[1])
  end)

  it("is one JSON document", function()
    local found = new(trial.script "install = true"):plan()
    local document = cjson.decode(report.json(found))
    assert.equal(found.digest, document.digest)
    assert.equal(found.audience.recipients, document.audience.recipients)
    assert.equal("install", document.calls[2].operation)
    assert.same({}, document.warnings)
    assert.equal("User.Read.All", document.permissions.needed[1])
  end)
end)

local face = require "crier.cli.face"
local outlook = require "crier.campaign.outlook"
local process = require "support.process"
local rehearsal = require "support.rehearsal"
local summary = require "crier.report.summary"
local text = require "crier.format.text"

local HELLO = [[
local crier = require "crier"
return crier.campaign {
  name = "hello", audience = crier.users {}, install = true,
  message = crier.text "Hello ${recipient.givenName}",
}
]]

-- A file that keeps what is written.
local function page()
  local written = {}
  return {
    write = function(_, ...)
      written[#written + 1] = table.concat { ... }
    end,
    flush = function() end,
    text = function()
      return table.concat(written)
    end,
    clear = function()
      written = {}
    end,
  }
end

local function bare(line)
  return (line:gsub("\27%[%d*%a", ""))
end

-- A dispatch as far as a face looks at it.
local function dispatch(clock, more)
  local stages = {}
  for _, phase in ipairs { "send", "create", "install" } do
    stages[phase] = { wait_until = 0, next_due = nil, rows = {},
      peek = function(self) return self.rows[1] end }
  end
  local work = {
    loop = { now = function() return clock.now end },
    phases = { "send", "create", "install" },
    stages = stages,
    outages = {},
    rate = {},
    in_flight = 1,
    cold_share = 1,
    policy = { action = "send", install = true, conversation = "connector" },
    counts = { targeted = 500, excluded = 38, delivered = 100, failed = 2, unknown = 1,
      pending = 359 },
    client = { config = { limits = "teams" }, used = {}, throttled = 0,
      reached = true },
  }
  for name, value in pairs(more or {}) do
    work[name] = value
  end
  return work
end

describe("crier.campaign.outlook", function()
  local clock, work

  before_each(function()
    clock = { now = 100000 }
    work = dispatch(clock)
  end)

  local function said()
    local found = outlook.waiting(work)
    return found and found.text
  end

  it("has nothing to say while work goes on", function()
    work.stages.install.wait_class, work.stages.install.wait_until = "install", 100200
    assert.is_nil(said())
    assert.equal("sending", outlook.phase(work))
    work.stages.install.rows[1] = {}
    assert.equal("installing", outlook.phase(work))
  end)

  it("names the budget that is waited for", function()
    work.stages.install.wait_class, work.stages.install.wait_until = "install", 102500
    assert.equal("waiting: install budget 3 s", said())
  end)

  it("names the service that does not answer, why, and for how long", function()
    work.outages.graph = { since = 88000, text = "Could not connect" }
    assert.equal("no answer from graph (Could not connect) for 12 s", said())
    assert.equal("no answer from graph for 12 s", outlook.waiting(work).short)
  end)

  it("tells the next try when nothing else is under way", function()
    work.stages.create.next_due = 104000
    assert.is_nil(said())
    work.in_flight = 0
    assert.equal("next try in 4 s", said())
  end)

  it("tells what a stop waits for", function()
    work.stopping, work.in_flight = { deadline = 118000 }, 12
    assert.equal("waiting for 12 calls in flight, 18 s at most", said())
    assert.equal("stopping", outlook.phase(work))
  end)

  it("reckons the time left at the allowed rates, longer at a slower pace", function()
    assert.equal(359 * 2 / 50, outlook.seconds_left(work))
    assert.equal(359, outlook.seconds_left(work, 1))
    assert.is_nil(outlook.seconds_left(work, 0))
    work.rate.per_second = 2
    assert.equal(359 / 2, outlook.seconds_left(work))
    work.rate.per_second = nil
    work.client.config.limits = "off"
    assert.is_nil(outlook.seconds_left(work))
  end)
end)

describe("crier.campaign.outlook.allowed()", function()
  it("is the budget's rate, or the campaign's below it, for its last phase", function()
    local work = dispatch { now = 0 }
    assert.equal(50, outlook.allowed(work))
    work.rate.per_second = 0.5
    assert.equal(0.5, outlook.allowed(work))
    work.stages.install.rows[1] = {}
    assert.equal(30, outlook.allowed(work))
    work.stages.install.rows[1] = nil
    work.client.config.limits = "off"
    assert.equal(0.5, outlook.allowed(work))
    work.rate.per_second = nil
    assert.is_nil(outlook.allowed(work))
  end)
end)

describe("crier.cli.face", function()
  local err

  before_each(function()
    err = page()
  end)

  local function make(arguments, options)
    options = options or {}
    options.err = err
    local is_terminal = options.is_terminal
    options.isatty = function() return is_terminal end
    local env = options.env or { TERM = "xterm", LANG = "C.UTF-8" }
    options.getenv = function(name) return env[name] end
    options.width = function() return options.columns or 120 end
    return face.new(arguments or {}, options)
  end

  -- A run whose timers are turned by hand.
  local function run_of(work, clock)
    local timers = {}
    local loop = work and work.loop or { now = function() return clock.now end }
    function loop:at(at_ms, callback)
      timers[#timers + 1] = { at_ms = at_ms, callback = callback }
    end
    local run = { loop = loop, work = work, client = work and work.client }
    function run.pass(ms)
      local till = clock.now + ms
      while timers[1] and timers[1].at_ms <= till do
        local timer = table.remove(timers, 1)
        clock.now = timer.at_ms
        timer.callback()
      end
      clock.now = till
    end
    return run
  end

  it("redraws one line on a terminal, five times a second", function()
    local clock = { now = 1000000 }
    local work = dispatch(clock)
    local run = run_of(work, clock)
    local shown = make({}, { is_terminal = true, columns = 90 })
    shown:watch(run)
    shown:started(work)
    work.client.used.connector = 50
    run.pass(1000)
    local all = err:text()
    assert.equal(5, select(2, all:gsub("\r", "")))
    assert.is_nil(all:find "\n")
    local last = bare(all:match "\r([^\r]*)$")
    assert.matches("103/462  delivered 100, failed 2, unknown 1  50 of 50/s  15 s left$", last)
    assert.is_true(text.width(last) < 90)
    shown:ended()
    assert.matches("\r\27%[K$", err:text())
  end)

  it("shows the rate against the budget of what is done most", function()
    for _, case in ipairs { { "install", "installing .*  20 of 30 calls/s" },
      { "uninstall", "uninstalling .*  10 of 15 calls/s" } } do
      err:clear()
      local clock = { now = 1000000 }
      local work = dispatch(clock, { phases = { case[1] } })
      work.stages.uninstall = work.stages.install
      local run = run_of(work, clock)
      local shown = make({}, { is_terminal = true, columns = 100 })
      shown:watch(run)
      shown:started(work)
      work.client.used = { install = 20, uninstall = 10, connector = 3 }
      run.pass(1000)
      assert.matches(case[2], bare(err:text():match "\r([^\r]*)$"))
    end
  end)

  it("writes a line every five seconds elsewhere, without escapes", function()
    for _, options in ipairs { {}, { is_terminal = true, env = { TERM = "dumb" } } } do
      err:clear()
      local clock = { now = 1000000 }
      local run = run_of(dispatch(clock), clock)
      make({}, options):watch(run)
      run.pass(14999)
      assert.equal(2, select(2, err:text():gsub("\n", "")))
      assert.is_nil(err:text():find "[\r\27]")
      assert.matches("^sending 22 %%  103/462  delivered 100, failed 2, unknown 1  0 of 50 calls/s",
        err:text())
    end
  end)

  it("has no colour where NO_COLOR is set", function()
    for _, case in ipairs { { "1", false }, { "", true } } do
      err:clear()
      local clock = { now = 1000000 }
      local run = run_of(dispatch(clock), clock)
      make({}, { is_terminal = true, env = { TERM = "xterm", NO_COLOR = case[1] } }):watch(run)
      run.pass(200)
      assert.equal(case[2], err:text():find("\27[31m", 1, true) ~= nil)
    end
  end)

  it("counts people while the audience is read", function()
    local clock = { now = 1000000 }
    local run = run_of(nil, clock)
    run.client = { reached = true }
    local shown = make({}, { is_terminal = true })
    shown:watch(run)
    shown:reading(12000)
    shown:reading(345)
    run.pass(200)
    assert.equal("\rreading the audience: 12,345 people", bare(err:text()))
  end)

  it("keeps silent elsewhere until a call has got through, and under --log", function()
    for _, case in ipairs { { {}, false }, { { log = "text" }, true } } do
      local clock = { now = 1000000 }
      local run = run_of(nil, clock)
      run.client = { reached = case[2], waiting_for = { kind = "transient", reason = "down" } }
      make(case[1], { is_terminal = case[1].log ~= nil }):watch(run)
      run.pass(20000)
    end
    assert.equal("", err:text())
  end)

  it("says what an interrupted run waits for, and that the second time ends it", function()
    local clock = { now = 1000000 }
    local work = dispatch(clock, { in_flight = 3 })
    local run = run_of(work, clock)
    function run:interrupt()
      self.work.stopping = self.work.stopping or { deadline = clock.now + 20000 }
    end
    local shown = make()
    shown:interrupt(run)
    shown:interrupt(run)
    assert.equal("stopping: waiting for 3 calls in flight, 20 s at most; Ctrl-C again"
      .. " does not wait\nnot waiting any longer for 3 calls in flight\n", err:text())
  end)

  local QUESTION = { name = "hello", action = "send", tenant = "t-1", app = "a-1",
    store = "crier.db",
    is_new_store = true, targeted = 2500, recipients = 2313, installs = 2000, seconds = 93,
    excluded = { { count = 187, reason = "guest" } } }

  it("shows what would be sent", function()
    make { yes = true }:confirm(QUESTION)
    assert.equal([[
  tenant      t-1
  app         a-1
  store       crier.db (new: nothing is known of earlier sends)
  targeted    2,500
  excluded    187  guest
  installs    2,000
  recipients  2,313, in about 1 min 33 s
]], err:text())
  end)

  it("shows what there is to look at", function()
    local question = { warnings = { "1 row leads to nobody" } }
    for name, value in pairs(QUESTION) do
      question[name] = value
    end
    make({ yes = true }):confirm(question)
    assert.matches("\n  warning     1 row leads to nobody\n  recipients  2,313", err:text())
  end)

  it("says how many personal chats, channel posts and group chats these are", function()
    local question = { kinds = { user = 2310, channel = 1, chat = 2 } }
    for name, value in pairs(QUESTION) do
      question[name] = value
    end
    make({ yes = true }):confirm(question)
    assert.matches("\n  sends       2,310 personal chats, 1 channel post, 2 group chats\n",
      err:text())
  end)

  it("says what it is about to do when that is not sending", function()
    local question = { action = "uninstall" }
    for name, value in pairs(QUESTION) do
      question[name] = question[name] or value
    end
    local _, ending = make({}, { read = function() return "no" end }):confirm(question)
    assert.matches("\n  does        uninstall\n  recipients  2,313, in about 1 min 33 s\n"
      .. "Type the number of recipients %(2,313%) to uninstall: $", err:text())
    assert.equal("not confirmed: nothing was uninstalled", ending.why)
  end)

  it("takes the number of recipients for a yes, and nothing else", function()
    local cases = { { "2313", true }, { "2,313", true }, { " 2313 ", true }, { "2500" }, { "y" },
      { "" }, { "2313.0" }, { "0x909" }, { nil } }
    for i = 1, 9 do
      local answer = (cases[i] or {})[1]
      local ok, ending = make({}, { read = function() return answer end }):confirm(QUESTION)
      if cases[i][2] then
        assert.is_true(ok)
      else
        assert.is_nil(ok)
        assert.equal(64, ending.exit)
        assert.equal("not confirmed: nothing was sent", ending.why)
      end
    end
  end)

  describe("before hosts that are not loopback", function()
    local here

    before_each(function()
      here = rehearsal.new({ ["campaign.lua"] = HELLO }, { users = 30,
        env = { CRIER_CONNECTOR_URL = "https://smba.trafficmanager.net/teams/" } })
    end)

    after_each(function()
      here:close()
    end)

    local function run(answer)
      return here:run { face = make({}, { is_terminal = true,
        read = function() return answer end }) }
    end

    it("sends nothing and makes no store after another number", function()
      local ending = run "31"
      assert.equal(64, ending.exit)
      assert.is_nil(ending.ledger)
      assert.is_nil(io.open(here.path .. "/crier.db"))
      assert.equal(0, here:stats().deliveries)
      assert.is_nil(here:stats().operations.install)
    end)

    it("sends after the number of recipients", function()
      run "31"
      local count = err:text():match "recipients %((%d+)%) to send: $"
      local ending = run(count)
      assert.equal(0, ending.exit)
      assert.equal(tonumber(count), ending.ledger.delivered)
      assert.equal(ending.ledger.delivered, here:stats().deliveries)
    end)
  end)
end)

describe("crier --help #rounds", function()
  local shown = {}

  local function help(arguments)
    if shown[arguments] then
      return shown[arguments]
    end
    local result = process.run(arguments .. " --help")
    assert.equal(0, result.status)
    assert.equal("", result.err)
    for line in result.out:gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
    shown[arguments] = result.out
    return result.out
  end

  it("lists the commands in the order of a working day, an example in each", function()
    local day = { "new", "doctor", "preview", "plan", "test", "approve", "run", "status",
      "pause", "resume", "cancel", "rate", "retry", "amend", "recall", "why", "export",
      "report", "results", "log", "optout", "serve", "worker", "key",
      "sandbox", "pack", "publish", "upgrade", "uninstall" }
    local names, wanted = {}, {}
    for name in help "":match "Commands:\n(.-)\n\n":gmatch "\n?   (%a+)  [^\n]+" do
      names[#names + 1] = name
      assert.matches("\nExamples?:\n   crier " .. name, help(name))
    end
    for _, name in ipairs(day) do
      if io.open("lua/crier/cli/" .. name .. ".lua") then
        wanted[#wanted + 1] = name
      end
    end
    assert.same(wanted, names)
  end)

  it("breaks no line of its prose early", function()
    for name in help "":match "Commands:\n(.-)\n\n":gmatch "\n?   (%a+)  [^\n]+" do
      local before = ""
      for line in help(name):gmatch "([^\n]*)\n" do
        assert.is_true(#line <= 80, line)
        local word = line:match "^(%S+)"
        if word and before:find "^%S.*[^:]$" and not before:find "^Usage" then
          assert.is_true(#before + 1 + #word > 80, name .. ": " .. before)
        end
        before = line
      end
    end
  end)

  -- The modules of the program that a command line loads.
  local function loaded_by(words)
    local kept, names = {}, {}
    for name, module in pairs(package.loaded) do
      kept[name] = name:find "^crier%.cli" and module or nil
    end
    local function forget()
      for name in pairs(package.loaded) do
        package.loaded[name] = not name:find "^crier%.cli" and package.loaded[name] or nil
      end
    end
    finally(function()
      forget()
      for name, module in pairs(kept) do
        package.loaded[name] = module
      end
    end)
    forget()
    package.loaded["crier.cli.output"] = { write = function() end,
      finish = function(status) return status end }
    assert.equal(0, require("crier.cli").main(words))
    for name in pairs(package.loaded) do
      names[#names + 1] = name:match "^crier%.cli%.(.+)"
    end
    table.sort(names)
    return names
  end

  it("loads no command", function()
    assert.same({ "output" }, loaded_by { "--help" })
  end)

  it("of a command loads that one", function()
    assert.same({ "log", "output", "store" }, loaded_by { "log", "--help" })
  end)

  it("is named by each usage error, with what was probably meant", function()
    local cases = {
      { "", "a command is required (see crier --help)" },
      { "statsu", "unknown command 'statsu'; did you mean 'status'? (see crier --help)" },
      { "run", "missing argument 'file' (see crier run --help)" },
      { "run x --yess", "unknown option '--yess'; did you mean '--yes'? (see crier run --help)" },
    }
    for _, case in ipairs(cases) do
      local result = process.run(case[1])
      assert.same({ 64, "", "crier: " .. case[2] .. "\n" },
        { result.status, result.out, result.err })
    end
  end)
end)

describe("crier.report.summary", function()
  local function ledger(more)
    local made = { name = "hello", state = "finished", seconds = 21.2, targeted = 1500,
      delivered = 1457, failed = 6, unknown = 0, excluded = 37, pending = 0,
      calls = { token = 2, graph = 470, connector = 3019 }, throttled = 0,
      started_at = "2027-01-15T08:00:00.000Z",
      failures = { { count = 6, reason = "blocked", remedy = "The person has blocked the bot" } },
      exclusions = { { count = 37, reason = "guest" } }, unknowns = {} }
    for name, value in pairs(more or {}) do
      made[name] = value
    end
    return made
  end

  it("shows the ledger as a small table, remedies wrapped", function()
    assert.equal([[
campaign hello: finished after 22 s
    1,457  delivered  accepted by Teams (not: seen)
        6  failed
       37  excluded
    1,500  targeted   = the sum of these

failed, by reason:
        6  blocked
             The person has
             blocked the bot

excluded, by reason:
       37  guest

calls: 2 token, 470 Graph, 3,019 connector; 0 throttled
]], summary.text(ledger(), true, 30))
  end)

  it("says so when the ledger does not add up", function()
    assert.matches("targeted   THE LEDGER DOES NOT ADD UP\n", summary.text(ledger(), nil))
  end)

  it("shows no control character of a reason, a remedy or a name", function()
    local ill = "\27[2J\226\128\174x\ny"
    local found = ledger { why = ill, failures = { { reason = ill, count = 2, remedy = ill } },
      exclusions = { { reason = ill, count = 1 } }, unknowns = { { reason = ill, count = 1 } } }
    local shown = summary.text(found, true)
    assert.is_nil(shown:find "[%z\1-\9\11-\31\127]")
    assert.is_nil(shown:find("\226\128\174", 1, true))
    local _, count = shown:gsub("%?%[2J%?x y", "")
    assert.equal(5, count)
    assert.is_nil(summary.list({ ledger { state = ill } }):find("\27", 1, true))
  end)

  it("says why a campaign stands still", function()
    assert.matches("^campaign hello: paused %(by an operator%)\n",
      summary.text(ledger { state = "paused", why = "by an operator" }, true))
  end)

  it("tells what to type next", function()
    assert.equal([[
next:
  crier retry hello                             sends again to who failed
  crier why hello WHO                           tells one person's story
  crier export hello --format csv > hello.csv   has a row for each person
]], summary.next_steps(ledger()))
    assert.matches("crier resume hello +goes on with who is pending\n  crier cancel hello",
      summary.next_steps(ledger { state = "paused", failed = 0 }))
    assert.matches("crier run FILE %-%-update +puts mended content in place\n",
      summary.next_steps(ledger { state = "paused", action = "send" }))
    assert.is_nil(summary.next_steps(ledger(), 60):find "row for each")
  end)

  it("names only commands that there are", function()
    for _, state in ipairs { "planning", "running", "paused", "stopped", "finished",
      "cancelled" } do
      for command in summary.next_steps(ledger { state = state }):gmatch "crier (%a+)" do
        assert.equal("function", type(require("crier.cli." .. command).run))
      end
    end
  end)

  it("lines several campaigns up", function()
    assert.equal([[
name   state     started                  targeted  delivered  failed  unknown  excluded  pending
hello  finished  2027-01-15 08:00:00 UTC     1,500      1,457       6        0        37        0
b      planning                                  0          0       0        0         0        0
]], summary.list { ledger(), ledger { name = "b", state = "planning", started_at = false,
      targeted = 0, delivered = 0, failed = 0, excluded = 0 } })
  end)
end)

-- Campaigns that wait: in virtual time, which begins on Friday, 2027-01-15, at
-- 08:00 UTC.
local cjson = require "cjson"
local instant = require "crier.campaign.instant"
local shell = require "support.shell"
local trial = require "support.trial"
local zones = require "crier.campaign.zones"

local known = zones.new()

local function ms(text)
  return assert(instant.parse(text, known))
end

-- Days to wait for pass in few steps: nothing but the run has to be simulated.
local function csv_script(more)
  return ('local crier = require "crier"\nreturn crier.campaign { name = "hello",'
    .. ' audience = crier.csv "people.csv", message = crier.text "Hi", %s }'):format(more)
end

describe("a campaign with a time", function()
  local made

  after_each(function()
    if made then
      made.stage:close()
      made = nil
    end
  end)

  local function new(more, options, answer)
    made = trial.new(trial.script("install = true, " .. more), options or { users = 20 },
      answer)
    return made
  end

  -- When what was delivered arrived, first and last.
  local function span()
    local list = made.stage:deliveries()
    table.sort(list, function(a, b) return a.at < b.at end)
    return #list, list[1] and ms(list[1].at), list[1] and ms(list[#list].at)
  end

  local function row_of_store()
    local store = made.stage:open()
    local row = store.campaigns:find "hello"
    store:close()
    return row
  end

  local AT = 'at = "2027-01-15 11:00 Europe/Berlin"'

  describe("at", function()
    it("prepares now, and sends from the start on", function()
      local ending = new(AT):run()
      assert.equal(0, ending.exit)
      local count, first, last = span()
      assert.equal(ending.ledger.targeted - ending.ledger.excluded, count)
      assert.is_true(first >= ms "2027-01-15T10:00Z")
      assert.is_true(last < ms "2027-01-15T10:00:05Z")
      for _, row in ipairs(made.stage:rows "hello") do
        assert.equal(row.state == "delivered", row.installed == true)
      end
    end)

    for _, action in ipairs { "upgrade", "uninstall" } do
      it("holds an " .. action .. " as well", function()
        local seen
        made = trial.new('local crier = require "crier"\nreturn crier.campaign { name = "hello",'
          .. ' audience = crier.users {}, ' .. AT .. " }", { users = 3, installed = 1,
          installed_version = "1.0.0", started = trial.after(600000,
            function() seen = row_of_store() end) })
        local ending = made:run { action = action }
        assert.equal(0, ending.exit)
        assert.equal(3 - ending.ledger.excluded, ending.ledger.delivered)
        assert.is_true(ending.ledger.delivered > 0)
        assert.is_table(seen)
        assert.equal("waiting", seen.state)
        assert.equal(ms "2027-01-15T10:00Z", seen.waits_until)
        assert.is_true(made:passed_ms() >= 7200000)
      end)
    end

    it("says in the store that it waits, and until when", function()
      local seen
      new(AT .. ', zone = "Asia/Kolkata"', { users = 3, started = trial.after(600000,
        function() seen = row_of_store() end) }):run()
      assert.equal("waiting", seen.state)
      assert.equal("it starts at 2027-01-15 15:30 Asia/Kolkata", seen.why)
      assert.equal(ms "2027-01-15T10:00Z", seen.waits_until)
      assert.equal("finished", row_of_store().state)
      assert.is_nil(row_of_store().why)
    end)

    it("is shown by status and why, in the campaign's zone and the person's", function()
      local status, why
      new(AT .. ', zone = "Asia/Kolkata", window = { from = "09:00", to = "24:00",'
        .. ' zone = function() return "Europe/Berlin" end }', { users = 3,
        started = trial.after(600000, function(_, stage)
          local crier = "CRIER_STORE=" .. stage.env.CRIER_STORE .. " build/bin/crier "
          status = cjson.decode(shell.run(crier .. "status hello --json"))
          why = shell.run(crier .. "why hello " .. stage.simulator.people:id(1))
        end) }):run()
      assert.equal("waiting", status.state)
      assert.equal("it starts at 2027-01-15 15:30 Asia/Kolkata", status.why)
      assert.equal("2027-01-15T10:00:00.000Z", status.waiting_until)
      assert.matches("next try +2027%-01%-15 15:30 Asia/Kolkata %(2027%-01%-15 11:00"
        .. " Europe/Berlin%)", why)
    end)

    it("is asked about with its start, and when the last window opens", function()
      made = trial.new(trial.script("install = true, " .. AT .. ', deadline ='
        .. ' "2027-01-16T08:00Z", window = { from = "09:00", to = "17:00", days = "sat",'
        .. ' zone = "country" }'), { users = 20 })
      local question = require "crier.campaign.question"
      local of_plan, times = question.of_plan, nil
      question.of_plan = function(...)
        local asked = of_plan(...)
        times = asked.times
        return asked
      end
      made:run()
      question.of_plan = of_plan
      assert.equal("starts", times[1].label)
      assert.equal("2027-01-15 11:00 Europe/Berlin, in 2 h 00 min", times[1].text)
      assert.equal("window", times[2].label)
      assert.matches("^opens 2027%-01%-1", times[2].text)
      assert.equal("deadline", times[3].label)
      assert.matches("^2027%-01%-16 09:00 Europe/Berlin, in 24 h 00 min; too late for %d+$",
        times[3].text)
    end)

    it("goes on waiting after a signal", function()
      new(AT, { users = 3, started = trial.after(600000, function(_, stage)
        stage.running:interrupt()
      end) })
      local ending = made:run()
      assert.equal(3, ending.exit)
      assert.equal("stopped", ending.ledger.state)
      assert.equal(3, ending.ledger.pending)
      assert.equal(0, (span()))
      assert.equal(0, made:rerun().exit)
      local count, first = span()
      assert.equal(3, count)
      assert.is_true(first >= ms "2027-01-15T10:00Z")
    end)

    it("sees a pause while it waits, and sends nothing", function()
      new(AT, { users = 3, started = trial.after(600000, function(_, stage)
        local store = stage:open()
        store.campaigns:set_state(1, "paused", "paused by an operator")
        store:close()
      end) })
      assert.equal(3, made:run().exit)
      assert.is_true(made:passed_ms() < 620000)
      assert.equal(0, (span()))
    end)

    it("asks the store seldom while it waits", function()
      local looks = 0
      new(AT, { users = 3, started = function(work)
        local state = work.journal.campaigns.state
        function work.journal.campaigns.state(...)
          looks = looks + 1
          return state(...)
        end
      end }):run()
      assert.is_true(looks < 2 * 720 + 40) -- every five seconds, for two hours
    end)
  end)

  describe("a start that was missed", function()
    local PAST = 'at = "2027-01-15T07:30:00Z"'

    it("is run, unless the campaign says otherwise", function()
      local ending = new(PAST):run()
      assert.equal(0, ending.exit)
      assert.equal(ending.ledger.delivered, (span()))
    end)

    it("is none within a quarter of an hour", function()
      assert.equal(0, new('missed = "skip", at = "2027-01-15T07:46:00Z"'):run().exit)
    end)

    it("is skipped: nothing is sent, nothing is planned", function()
      local ending = new(PAST .. ', missed = "skip"'):run()
      assert.equal(3, ending.exit)
      assert.equal("the start, 2027-01-15 07:30 UTC, was missed by 30 min 00 s:"
        .. " missed = \"skip\"", ending.why)
      assert.is_nil(ending.ledger)
      assert.equal(0, made.stage:stats().calls or 0)
    end)

    it("is skipped after the plan as well, until somebody resumes it", function()
      new('missed = "skip", ' .. AT, { users = 3, started = trial.after(1000,
        function(_, stage) stage.running:interrupt() end) }):run()
      made.stage.clock.set(ms "2027-01-15T12:00Z")
      local ending = made:rerun()
      assert.equal(3, ending.exit)
      assert.equal("nothing was sent: crier resume hello   sends it all the same",
        ending.remedy)
      assert.equal(0, (span()))
      assert.equal(0, made:run({ stored = "hello", lift = true }).exit)
      assert.equal(3, (span()))
    end)

    it("is not missed by who has begun to send", function()
      new('missed = "skip", at = "2027-01-15T08:00:00Z"', { users = 150, started =
        trial.after(2000, function(_, stage) stage.running:interrupt() end) }):run()
      assert.is_true((span()) > 20)
      made.stage.clock.set(ms "2027-01-15T12:00Z")
      local ending = made:rerun()
      assert.equal(0, ending.exit)
      assert.equal(ending.ledger.delivered, (span()))
      assert.equal(0, ending.ledger.pending)
    end)

    it("is asked about at a terminal", function()
      local said
      local function ask(answer)
        new(PAST .. ', missed = "ask"', { users = 3 })
        return made:run { face = { is_interactive = function() return true end,
          agree = function(_, text) said = text return answer end, began = function() end,
          reading = function() end, started = function() end } }
      end
      assert.equal(64, ask(false).exit)
      assert.equal("the start, 2027-01-15 07:30 UTC, was missed by 30 min 00 s:"
        .. " send it now?", said)
      made.stage:close()
      assert.equal(0, ask(true).exit)
    end)

    it("needs a terminal to be asked about", function()
      local ending = new(PAST .. ', missed = "ask"'):run()
      assert.equal(64, ending.exit)
      assert.equal("nothing was sent: run it at a terminal, or say missed = \"run\" or"
        .. " \"skip\"", ending.remedy)
      assert.equal(0, (span()))
    end)
  end)

  describe("a deadline", function()
    it("fails who was not sent to before it, and no guard minds", function()
      local ending = new('deadline = "2027-01-15T08:00:04Z"', { users = 200 }):run()
      assert.equal(2, ending.exit)
      assert.equal("finished", ending.ledger.state)
      local count, _, last = span()
      assert.equal(count, ending.ledger.delivered)
      assert.is_true(count > 20 and count < 150)
      assert.is_true(last < ms "2027-01-15T08:00:05Z")
      assert.equal("too late", ending.ledger.failures[1].reason)
      assert.equal(200 - count - ending.ledger.excluded, ending.ledger.failures[1].count)
      assert.equal(1, #ending.ledger.failures)
    end)

    it("counts for who was told to wait beyond it", function()
      local ending = new('["until"] = "2027-01-15T08:05:00Z"', { users = 3 },
        function(request)
          if request.url:find "/activities" then
            return { status = 429, headers = { ["retry-after"] = "600" }, body = "{}" }
          end
        end):run()
      assert.equal(2, ending.exit)
      assert.equal(3, made:reasons("failed")["too late"])
      assert.is_true(made:passed_ms() < 301000)
    end)

    it("that has passed lets nothing begin", function()
      local ending = new('deadline = "2027-01-15T07:00:00Z"'):run()
      assert.equal(3, ending.exit)
      assert.equal("the deadline, 2027-01-15 07:00 UTC, has passed", ending.why)
      assert.is_nil(ending.ledger)
    end)

    it("that passed during a stop fails who is left, when it goes on", function()
      new('deadline = "2027-01-15T09:00Z"', { users = 150, started = trial.after(2000,
        function(_, stage) stage.running:interrupt() end) }):run()
      made.stage.clock.set(ms "2027-01-15T12:00Z")
      local ending = made:rerun()
      assert.equal(2, ending.exit)
      assert.equal(ending.ledger.delivered, (span()))
      assert.equal(150 - (span()) - ending.ledger.excluded, made:reasons("failed")["too late"])
    end)

    it("before any window refuses the plan", function()
      local ending = new('deadline = "2027-01-15T12:00Z", zone = "UTC", window = { from ='
        .. ' "18:00", to = "20:00", zone = "UTC" }'):run()
      assert.equal(65, ending.exit)
      assert.equal("nobody can be sent to before the deadline", ending.why)
    end)
  end)

  describe("a window", function()
    -- The ids of some who can be reached.
    local function reachable(count)
      local people, found, k = made.stage.simulator.people, {}, 0
      while #found < count do
        k = k + 1
        found[#found + 1] = people:is_reachable(k) and people:id(k) or nil
      end
      return found
    end

    it("sends to each person in office hours, where they are", function()
      local lines, zone_of = { "id,tz" }, {}
      local list = { "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Pacific/Auckland",
        "Asia/Kathmandu", "America/Los_Angeles" }
      made = trial.new("", { users = 40 })
      for i, person in ipairs(reachable(12)) do
        zone_of[person] = list[i % #list + 1]
        lines[#lines + 1] = person .. "," .. zone_of[person]
      end
      made.stage:write("people.csv", table.concat(lines, "\n") .. "\n")
      made.stage:write("campaign.lua", csv_script('install = true, zone = "Europe/Berlin",'
        .. ' window = { from = "09:00", to = "17:00", days = "mon-fri", zone = { column ='
        .. ' "tz" } }'))
      assert.equal(0, made:run().exit)
      local found = {}
      for _, each in ipairs(made.stage:deliveries()) do
        found[each.recipient] = known:text(ms(each.at), zone_of[each.recipient])
      end
      local days = { ["Asia/Kolkata"] = "2027-01-15 13:3", ["Europe/Berlin"] = "2027-01-15 09:0",
        ["America/New_York"] = "2027-01-15 09:0", ["Pacific/Auckland"] = "2027-01-18 09:0",
        ["Asia/Kathmandu"] = "2027-01-15 13:4", ["America/Los_Angeles"] = "2027-01-15 09:0" }
      for id, zone in pairs(zone_of) do
        assert.equal(days[zone], found[id]:sub(1, 15), zone)
      end
    end)

    it("closes in the middle of a run, and goes on the next day", function()
      new('zone = "UTC", window = { from = "07:00", to = "08:01", zone = "UTC" }',
        { users = 400 })
      made.stage.clock.set(ms "2027-01-15T08:00:50Z")
      local ending = made:run()
      assert.equal(0, ending.exit)
      local late = 0
      for _, each in ipairs(made.stage:deliveries()) do
        local time = known:text(ms(each.at)):sub(12, 16)
        assert.is_true(time >= "07:00" and time <= "08:01", time)
        late = late + (ms(each.at) >= ms "2027-01-16T07:00Z" and 1 or 0)
      end
      assert.is_true(late > 100)
      assert.same({}, (made:compare()))
    end)

    it("holds for retries, too", function()
      local refused = 0
      new('zone = "UTC", window = { from = "07:00", to = "08:30", zone = "UTC" }',
        { users = 2 }, function(request, passed)
          if request.url:find "/activities" and passed < 3600000 then
            refused = refused + 1
            return { status = 429, headers = { ["retry-after"] = "2400" }, body = "{}" }
          end
        end)
      assert.equal(0, made:run().exit)
      assert.is_true(refused >= 1)
      local _, first = span()
      assert.equal("2027-01-16 07:00 UTC", known:text(first))
    end)

    it("stops the plan where somebody's zone is none", function()
      made = trial.new("", { users = 20 })
      made.stage:write("people.csv", "id,tz\n" .. reachable(1)[1] .. ",Europe/Berln\n")
      made.stage:write("campaign.lua", csv_script('zone = "UTC", window = { from = "09:00",'
        .. ' to = "17:00", zone = { column = "tz" } }'))
      local ending = made:run()
      assert.equal(65, ending.exit)
      assert.matches("^zone of .+: 'Europe/Berln' is no time zone", ending.why)
      assert.equal(0, (span()))
    end)

    it("takes holidays from a file, which is a part of the campaign", function()
      made = trial.new(trial.script('install = true, zone = "UTC", window = { from = "00:00",'
        .. ' to = "24:00", zone = "UTC", holidays = "free.csv" }'), { users = 2 })
      made.stage:write("free.csv", "2027-01-15\n2027-01-16\n")
      assert.equal(0, made:run().exit)
      local _, first = span()
      assert.equal("2027-01-17 00:00 UTC", known:text(first))
      made.stage:write("free.csv", "2027-01-15\n")
      local ending = made:run()
      assert.equal(65, ending.exit)
      assert.matches("free.csv has changed", ending.why)
    end)
  end)
end)

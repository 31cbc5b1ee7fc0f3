local core = require "crier.core"
local rehearsal = require "support.rehearsal"
local report = require "crier.report.plan"
local schedule = require "crier.campaign.schedule"
local timetable = require "crier.campaign.timetable"
local trial = require "support.trial"

local HOUR = 3600 * 1000
-- A Monday, 2027-01-18 00:00 UTC.
local MONDAY = 1800230400000

local function reckon(definition, people, seconds, hold)
  local times = timetable.new(assert(schedule.new(definition, { read = error })), MONDAY)
  for country, count in pairs(people) do
    for i = 1, count do
      assert(times:take { key = "user:" .. i,
        fields = ('{"usageLocation":"%s"}'):format(country) })
    end
  end
  return times:reckon(seconds, hold)
end

describe("crier.campaign.timetable", function()
  it("begins at once where nothing is said", function()
    assert.same({ starts_ms = MONDAY, ends_ms = MONDAY + 60000, too_late = 0 },
      reckon({}, { DE = 10 }, 60))
  end)

  it("has neither beginning nor end without people", function()
    assert.same({ too_late = 0 }, reckon({}, {}, 0))
  end)

  it("begins at the given instant", function()
    local told = reckon({ at = "2027-01-18T09:00:00Z" }, { DE = 4 }, 60)
    assert.same({ MONDAY + 9 * HOUR, MONDAY + 9 * HOUR + 60000 },
      { told.starts_ms, told.ends_ms })
  end)

  it("waits for each person's window", function()
    local told = reckon({ zone = "UTC",
      window = { from = "09:00", to = "17:00", zone = "country" } }, { JP = 10, DE = 10 }, 60)
    assert.equal(MONDAY, told.starts_ms) -- 09:00 in Tokyo
    assert.near(MONDAY + 8 * HOUR + 30000, told.ends_ms, 1) -- from 09:00 in Berlin on
  end)

  it("goes on in the next window with who is left", function()
    local told = reckon({ zone = "UTC", window = { from = "09:00", to = "17:00" } },
      { DE = 100 }, 12 * 3600)
    assert.equal(MONDAY + 8 * HOUR, told.starts_ms) -- 09:00 in Berlin
    assert.near(MONDAY + (24 + 8 + 4) * HOUR, told.ends_ms, HOUR / 4)
  end)

  it("holds the rest after the first few", function()
    local told = reckon({}, { DE = 1000 }, 1000, { people = 7, ms = HOUR })
    assert.same({ MONDAY, MONDAY + 1000000 + HOUR }, { told.starts_ms, told.ends_ms })
    told = reckon({}, { DE = 1000 }, 1000, { people = 1000, ms = HOUR })
    assert.equal(MONDAY + 1000000, told.ends_ms)
  end)

  it("counts who would pass the deadline", function()
    local told = reckon({ deadline = "2027-01-18T01:00:00Z" }, { DE = 100 }, 4 * 3600)
    assert.near(75, told.too_late, 1)
    assert.near(MONDAY + HOUR, told.ends_ms, 3 * 60000)
  end)

  it("tells a zone that is none", function()
    local times = timetable.new(assert(schedule.new({ zone = "UTC", window = { from = "09:00",
      to = "17:00", zone = { column = "zone" } } }, { read = error })), MONDAY)
    local ok, problem = times:take { key = "user:1", upn = "a@b", fields = "{}",
      csv = '{"zone":"Europe/Nowhere"}' }
    assert.is_nil(ok)
    assert.matches("^zone of a@b: 'Europe/Nowhere' is no time zone", problem)
  end)
end)

describe("crier plan of a campaign with a time", function()
  it("tells it in the campaign's zone and in UTC", function()
    local here = rehearsal.new({ ["campaign.lua"] =
      trial.script 'at = "2027-02-01 09:00 Europe/Berlin"' }, { users = 100 })
    local found = here:plan()
    here:close()
    assert.same({ 0, "Europe/Berlin", "2027-02-01T08:00:00.000Z" },
      { found.exit, found.time.zone, found.time.starts_at })
    assert.matches("starts +2027%-02%-01 09:00 Europe/Berlin %(2027%-02%-01 08:00 UTC%)",
      report.text(found, "x.lua", 100))
  end)

  it("has the campaign's own rate, and the pause after its canary, in it", function()
    local here = rehearsal.new({ ["campaign.lua"] =
      trial.script 'rate = 1, canary = { people = 10, hold = "10m" }' }, { users = 100 })
    local found = here:plan()
    here:close()
    assert.equal(found.audience.recipients, found.time.seconds)
    assert.equal(1800000000000 + (found.audience.recipients + 600) * 1000,
      core.clock.read(found.time.ends_at))
  end)

  it("ends as a run does when the start was missed and that is to be skipped", function()
    local here = rehearsal.new({ ["campaign.lua"] =
      trial.script 'at = "2027-01-14 09:00 UTC", missed = "skip"' }, { users = 30 })
    local found, ending = here:plan(), here:run()
    assert.same({ 3, ending.exit, ending.why }, { found.exit, ending.exit, found.why })
    here:write("campaign.lua", trial.script 'at = "2027-01-14 09:00 UTC", missed = "ask"')
    found = here:plan()
    here:close()
    assert.equal(0, found.exit)
    assert.matches("its time is past, and a run asks", report.text(found, "x.lua", 200))
  end)
end)

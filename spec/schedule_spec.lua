local campaign = require "crier.campaign"
local audience = require "crier.audience"
local calendar = require "crier.template.calendar"
local instant = require "crier.campaign.instant"
local schedule = require "crier.campaign.schedule"
local zones = require "crier.campaign.zones"

local known = zones.new()

local function ms(text)
  return assert(instant.parse(text, known))
end

local FORM = "write \"2026-12-01 09:00 Europe/Berlin\", \"2026-12-01T09:00:00+01:00\""
  .. " or \"2026-12-01T08:00:00Z\""

-- A campaign of these options; nil and what is wrong.
local function described(options)
  options.name, options.audience = "hello", audience.users()
  options.message = campaign.text "Hello"
  local ok, made = pcall(campaign.new, options)
  if ok then
    return made
  end
  return nil, (made:gsub("^.-crier%.campaign: ", ""))
end

local function problem(options)
  local made, message = described(options)
  assert.is_nil(made)
  return message
end

local files = {
  ["de.ics"] = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\n"
    .. "DTEND;VALUE=DATE:20261227\r\nSUMMARY:Weihnachten\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
  ["all.csv"] = "date,name\n2026-12-31,\"New Year's Eve\"\n# none\n\n2027-01-01;New Year\n",
  ["bad.csv"] = "2026-12-31\n31.12.2026\n",
  ["weekly.ics"] = "BEGIN:VEVENT\nDTSTART:20260101T080000Z\nRRULE:FREQ=WEEKLY\nEND:VEVENT\n",
}

local disk = { read = function(_, path)
  if files[path] then
    return files[path]
  end
  return nil, "cannot read " .. path
end }

local function new(options)
  return schedule.new(assert(described(options)), disk)
end

-- What `opening` says of some moments, in UTC.
local function openings(made, where, list)
  local found = {}
  for i, text in ipairs(list) do
    local at, why = made:opening(where, ms(text))
    found[i] = at and known:text(at):sub(1, 16) or why
  end
  return found
end

describe("crier.campaign.instant #portable", function()
  describe(".parse()", function()
    it("reads a moment with its distance from UTC", function()
      assert.equal(ms "2026-12-01T08:00:00Z", ms "2026-12-01T09:00:00+01:00")
      assert.equal(ms "2026-12-01T08:00Z", ms "2026-12-01 13:30:00.250 +05:30")
      assert.equal(calendar.ms(2026, 12, 1, 8), ms "2026-12-01T08:00:00Z")
    end)

    it("reads a moment of a named zone, and gives the name", function()
      local at, name = instant.parse("2026-07-01 09:00 Europe/Berlin", known)
      assert.equal(calendar.ms(2026, 7, 1, 7), at)
      assert.equal("Europe/Berlin", name)
      assert.equal(calendar.ms(2026, 7, 1, 7),
        (instant.parse("2026-07-01T09:00 W. Europe Standard Time", known)))
      assert.equal(calendar.ms(2026, 12, 1, 3, 15), ms "2026-12-01 09:00 Asia/Kathmandu")
    end)

    it("says what to write where there is no zone, or no moment", function()
      for text, why in pairs {
        ["2026-12-01T09:00:00"] = "'2026-12-01T09:00:00' has no zone: " .. FORM,
        ["2026-12-01"] = "'2026-12-01' is no date and time: " .. FORM,
        ["2026-02-29 09:00 UTC"] = "'2026-02-29 09:00 UTC' is no date and time: " .. FORM,
        ["2026-12-01 24:30Z"] = "'2026-12-01 24:30Z' is no date and time: " .. FORM,
        ["2026-12-01T09:00+1"] = "'2026-12-01T09:00+1' has no zone that can be read: " .. FORM,
        ["2026-12-01 09:00 Europe/Berln"] = "'Europe/Berln' is no time zone of this"
          .. " system's database; did you mean 'Europe/Berlin'?",
      } do
        local at, message = instant.parse(text, known)
        assert.is_nil(at)
        assert.equal(why, message)
      end
      assert.equal("it is a number: " .. FORM, select(2, instant.parse(1, known)))
    end)

    it("takes the 29th of February of a leap year", function()
      assert.equal(calendar.ms(2028, 2, 29, 8), ms "2028-02-29 09:00 Europe/Berlin")
    end)

    it("refuses what a zone's clocks never show, or show twice", function()
      local _, gap = instant.parse("2026-03-29 02:30 Europe/Berlin", known)
      assert.matches("^2026%-03%-29 02:30 is skipped when the clocks go forward there", gap)
      local _, twice = instant.parse("2026-10-25 02:30 Europe/Berlin", known)
      assert.matches("^2026%-10%-25 02:30 comes twice when the clocks go back there", twice)
      assert.equal(ms "2026-10-25T01:30:00Z", ms "2026-10-25T02:30:00+01:00")
    end)
  end)
end)

describe("crier.campaign.zones #portable", function()
  it("knows the zone of a country whose clocks agree", function()
    local now = ms "2026-11-22T00:00Z"
    for code, name in pairs { DE = "Europe/Berlin", IN = "Asia/Kolkata", FR = "Europe/Paris",
      NP = "Asia/Kathmandu", gb = "Europe/London" } do
      assert.equal(name, known:of_country(code, now))
    end
    for _, code in ipairs { "US", "ES", "AU", "XX", "" } do
      assert.is_nil(known:of_country(code, now))
    end
  end)

  it("says a moment and a day as a zone's clocks show them", function()
    assert.equal("2026-12-01 09:00 Europe/Berlin",
      known:text(ms "2026-12-01T08:00Z", "Europe/Berlin"))
    assert.equal("2026-12-01 08:00 UTC", known:text(ms "2026-12-01T08:00Z", "Nowhere"))
    assert.equal("2026-12-02", known:day("Pacific/Auckland", ms "2026-12-01T12:00Z"))
    assert.equal("2026-11-30", known:day("America/New_York", ms "2026-12-01T04:59Z"))
  end)
end)

describe("crier.campaign #portable", function()
  it("refuses when-options that cannot be meant", function()
    assert.equal("at: '2026-12-01T09:00' has no zone: " .. FORM,
      problem { at = "2026-12-01T09:00" })
    assert.equal("deadline lies before at: nobody would be sent to", problem {
      at = "2026-12-01T09:00Z", deadline = "2026-12-01T09:00+01:00" })
    assert.equal("deadline and until are one option under two names: say one of them", problem {
      deadline = "2026-12-01T09:00Z", ["until"] = "2026-12-01T09:00Z" })
    assert.equal("until: 'soon' is no date and time: " .. FORM,
      problem { ["until"] = "soon" })
    assert.equal("missed says what to do when at is missed, and there is no at",
      problem { missed = "ask" })
    assert.equal("missed must be \"run\" or \"skip\" or \"ask\"", problem {
      missed = "wait", at = "2026-12-01T09:00Z" })
    assert.equal("urgent must be a boolean, not a number", problem { urgent = 1 })
    assert.equal("zone: 'Mars' is no time zone of this system's database",
      problem { zone = "Mars" })
  end)

  it("refuses windows that cannot be meant", function()
    local function of(window)
      return problem { window = window, zone = "UTC" }
    end
    assert.equal("window takes { from = \"09:00\", to = \"17:00\", days = \"mon-fri\" }",
      of "9-17")
    assert.equal("window: to is missing: write a time of the day, such as \"09:00\"",
      of { from = "09:00" })
    assert.equal("window: from is '9': write a time of the day, such as \"09:00\"",
      of { from = 9, to = "17:00" })
    assert.equal("window: it never opens: a whole day is from = \"00:00\", to = \"24:00\"",
      of { from = "09:00", to = "9:00" })
    assert.equal("window: 'mon-fry' is no day: days = \"mon-fri\" or { \"mon\", \"wed\" }",
      of { from = "09:00", to = "17:00", days = "mon-fry" })
    assert.equal("window: unknown option 'fom'; did you mean 'from'?",
      of { fom = "09:00", to = "17:00" })
    assert.matches("^window: zone = \"mailbox\" is not offered", of {
      from = "09:00", to = "17:00", zone = "mailbox" })
    assert.equal("window needs zone = \"Europe/Berlin\", the campaign's own, for those"
      .. " whose zone is not known", problem { window = { from = "09:00", to = "17:00" } })
  end)

  it("takes until, in brackets, as deadline", function()
    assert.equal("2026-12-01T09:00Z", described { ["until"] = "2026-12-01T09:00Z" }.deadline)
  end)
end)

describe("crier.campaign.schedule #portable", function()
  local OFFICE = { from = "09:00", to = "17:00", days = "mon-fri" }

  it("says nothing where a campaign has none", function()
    local made = new {}
    assert.is_nil((schedule.read(described {}, disk)))
    assert.equal("UTC", made.zone)
    assert.equal(17, made:opening({}, 17))
  end)

  it("opens at the start, and not from the deadline on", function()
    local made = new { at = "2026-12-01 09:00 Europe/Berlin", deadline = "2026-12-01T17:00Z" }
    assert.equal("Europe/Berlin", made.zone)
    assert.same({ "2026-12-01 08:00", "2026-12-01 09:30", "2026-12-01 16:59", "too late" },
      openings(made, {}, { "2026-11-27T12:00Z", "2026-12-01T09:30Z", "2026-12-01T16:59Z",
        "2026-12-01T17:00Z" }))
  end)

  it("opens in office hours by each person's clock", function()
    local made = new { window = OFFICE, zone = "Europe/Berlin" }
    local night = { "2026-11-27T23:00Z" } -- a Friday night
    for zone, opens in pairs { ["Europe/Berlin"] = "2026-11-30 08:00",
      ["Asia/Kolkata"] = "2026-11-30 03:30", ["Asia/Kathmandu"] = "2026-11-30 03:15",
      ["Pacific/Chatham"] = "2026-11-29 19:15", ["Pacific/Kiritimati"] = "2026-11-29 19:00",
      ["America/New_York"] = "2026-11-30 14:00", ["America/St_Johns"] = "2026-11-30 12:30" } do
      assert.same({ opens }, openings(made, { zone = zone }, night), zone)
    end
    assert.same({ "2026-11-27 23:00" },
      openings(made, { zone = "Pacific/Pago_Pago" }, night)) -- noon there
  end)

  it("keeps to the clock when it is changed", function()
    local made = new { window = { from = "02:15", to = "02:45" }, zone = "Europe/Berlin" }
    -- 2026-03-29 has no such hour; 2026-10-25 has it twice.
    assert.same({ "2026-03-28 01:15", "2026-03-30 00:15", "2026-10-25 00:15",
      "2026-10-25 00:20", "2026-10-25 01:15", "2026-10-25 01:44", "2026-10-26 01:15" },
      openings(made, {}, { "2026-03-27T20:00Z", "2026-03-28T01:45Z", "2026-10-24T20:00Z",
        "2026-10-25T00:20Z", "2026-10-25T00:45Z", "2026-10-25T01:44Z", "2026-10-25T01:45Z" }))
    local skipped = new { window = { from = "02:30", to = "04:00" }, zone = "Europe/Berlin" }
    assert.same({ "2026-03-29 01:00" }, openings(skipped, {}, { "2026-03-29T00:00Z" }))
    local half = new { window = { from = "01:45", to = "02:15" }, zone = "Australia/Lord_Howe" }
    -- Clocks go back by half an hour at 02:00 of 2027-04-04, which is 15:00 UTC.
    assert.same({ "2027-04-03 14:45", "2027-04-03 15:15" },
      openings(half, {}, { "2027-04-03T12:00Z", "2027-04-03T15:00Z" }))
  end)

  -- Each moment by itself: open exactly when the clock shows it.
  it("opens exactly when the clock shows an hour of it", function()
    local made = new { window = { from = "22:30", to = "02:20", days = { "sat", "sun" } },
      zone = "Europe/Berlin" }
    for _, zone in ipairs { "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago" } do
      for _, first in ipairs { "2026-03-26T00:00Z", "2026-04-02T00:00Z", "2026-10-22T00:00Z",
        "2026-09-03T00:00Z" } do
        local from, expected = ms(first), nil
        for minute = 5 * 1440, 0, -20 do
          local at = from + minute * 60000
          local shown = calendar.fields(at + known:offset(zone, at))
          local time = shown.hour * 60 + shown.minute
          local day = time < 140 and (shown.weekday + 6) % 7 or shown.weekday
          if (time >= 1350 or time < 140) and (day == 6 or day == 0) then
            expected = at
          end
          local opens = made:opening({ zone = zone }, at)
          if expected == at then
            assert.equal(at, opens, zone .. known:text(at))
          elseif expected then
            -- At most the time between two looks before it.
            assert.is_true(opens <= expected and opens > expected - 1200000,
              zone .. known:text(at))
          end
        end
      end
    end
  end)

  it("lets a window over midnight belong to the day on which it opens", function()
    local made = new { window = { from = "22:00", to = "06:00", days = "fri",
      holidays = "2026-12-04" }, zone = "UTC" }
    assert.same({ "2026-11-27 22:00", "2026-11-28 05:59", "2026-12-11 22:00" },
      openings(made, {}, { "2026-11-27T05:00Z", "2026-11-28T05:59Z", "2026-11-28T06:00Z" }))
  end)

  it("takes days over the end of the week, and whole days", function()
    local made = new { window = { from = "00:00", to = "24:00", days = "sat-mon" },
      zone = "UTC" }
    assert.same({ "2026-11-28 00:00", "2026-11-30 23:59", "2026-12-05 00:00" },
      openings(made, {}, { "2026-11-27T05:00Z", "2026-11-30T23:59Z", "2026-12-01T00:00Z" }))
  end)

  it("leaves out holidays: dates, every year's, files, by country", function()
    local made = new { window = { from = "09:00", to = "17:00",
      holidays = { "2028-02-29", "01-06", "all.csv", DE = "de.ics", FR = { "2026-12-24" } } },
      zone = "UTC" }
    local function next_day(country, text)
      return openings(made, { country = country }, { text })[1]:sub(1, 10)
    end
    assert.equal("2026-12-27", next_day("DE", "2026-12-25T00:00Z"))
    assert.equal("2026-12-25", next_day("FR", "2026-12-24T00:00Z"))
    assert.equal("2026-12-24", next_day("DE", "2026-12-24T00:00Z"))
    assert.equal("2026-12-25", next_day(nil, "2026-12-25T00:00Z"))
    assert.equal("2027-01-02", next_day(nil, "2026-12-31T00:00Z"))
    assert.equal("2029-01-07", next_day("FR", "2029-01-06T00:00Z"))
    assert.equal("2028-03-01", next_day(nil, "2028-02-29T00:00Z"))
  end)

  it("says which line of which file is no holiday", function()
    local function why(value)
      local made, message = new { zone = "UTC",
        window = { from = "09:00", to = "17:00", holidays = value } }
      assert.is_nil(made)
      return message
    end
    assert.equal("bad.csv:2: '31.12.2026' is no date: write 2026-12-25, or 12-25 for"
      .. " every year", why "bad.csv")
    assert.equal("weekly.ics:3: an event that recurs is not read: give each year's date,"
      .. " or write 12-25 in the script for every year", why "weekly.ics")
    assert.equal("cannot read none.csv", why { "none.csv" })
    assert.matches("^window: holiday '2027%-02%-29' is no date", why { "2027-02-29" })
    assert.equal("window: holidays: 'Germany' is no country: two letters, such as DE",
      why { Germany = "12-25" })
  end)

  it("is too late for ever where every day is a holiday", function()
    local days = {}
    for month = 1, 12 do
      for day = 1, 31 do
        local is_day = pcall(string.format, "%d", day)
          and calendar.iso(calendar.ms(2000, month, day)):sub(6, 7) == ("%02d"):format(month)
        days[#days + 1] = is_day and ("%02d-%02d"):format(month, day) or nil
      end
    end
    local made = new { zone = "UTC", window = { from = "09:00", to = "17:00", holidays = days } }
    assert.same({ "too late" }, openings(made, {}, { "2026-11-27T05:00Z" }))
  end)

  describe(":place_of()", function()
    local NOW = ms "2026-11-22T00:00Z"

    local function place(source, row)
      row = row or {}
      row.key, row.upn = "user:1", "ann@contoso.com"
      row.fields = row.fields or '{"usageLocation":"IN"}'
      local window = { from = "09:00", to = "17:00", zone = source }
      return assert(new { zone = "Europe/Berlin", window = window }):place_of(row, NOW)
    end

    it("is by the country where it has one zone, else the campaign's", function()
      assert.same({ zone = "Asia/Kolkata", country = "IN" }, place())
      assert.same({ zone = "Asia/Kolkata", country = "IN" }, place "country")
      assert.same({ country = "US" }, place(nil, { fields = '{"usageLocation":"US"}' }))
      assert.same({}, place(nil, { fields = "{}" }))
    end)

    it("is by a column, a function or a fixed name before that", function()
      assert.same({ zone = "America/Chicago", country = "IN" },
        place({ column = "tz" }, { csv = '{"tz":"America/Chicago"}' }))
      assert.same({ zone = "Asia/Kolkata", country = "IN" },
        place({ column = "tz" }, { csv = '{"tz":" "}' }))
      assert.same({ zone = "Tokyo Standard Time", country = "IN" },
        place(function() return "Tokyo Standard Time" end))
      assert.same({ zone = "Asia/Tokyo", country = "IN" }, place "Asia/Tokyo")
    end)

    it("says whose zone is none, and where the script went wrong", function()
      local found, message = place({ column = "tz" }, { csv = '{"tz":"Europe/Berln"}' })
      assert.is_nil(found)
      assert.equal("zone of ann@contoso.com: 'Europe/Berln' is no time zone of this"
        .. " system's database; did you mean 'Europe/Berlin'?", message)
      message = select(2, place(function() return 1 end))
      assert.equal("window: the zone function returned a number and not a zone's name",
        message)
      message = select(2, place(function() error "oh" end))
      assert.matches("schedule_spec%.lua:%d+: oh$", message)
    end)
  end)
end)

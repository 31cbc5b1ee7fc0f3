local calendar = require "crier.template.calendar"
local zone = require "crier.template.zone"

-- Minutes east of Greenwich on a date at noon UTC.
local function offset(name, year, month, day)
  return zone.offset(assert(zone.open(name)), calendar.ms(year, month, day, 12))
end

describe("crier.template.zone #portable", function()
  it("knows what held, and what will hold for ever", function()
    assert.equal(60, offset("Europe/Berlin", 2027, 1, 1))
    assert.equal(120, offset("Europe/Berlin", 2027, 7, 1))
    assert.equal(120, offset("Europe/Berlin", 2071, 7, 1))
    assert.equal(60, offset("Europe/Berlin", 2071, 1, 1))
    assert.equal(-240, offset("America/New_York", 2099, 7, 1))
    assert.equal(660, offset("Australia/Sydney", 2099, 1, 1))
    assert.equal(330, offset("Asia/Kolkata", 2027, 1, 1))
    assert.equal(0, offset("Etc/UTC", 2027, 1, 1))
    assert.equal(-180, offset("America/Sao_Paulo", 2027, 1, 1))
    assert.equal(-120, offset("America/Sao_Paulo", 2018, 12, 1))
  end)

  it("changes at the second", function()
    local berlin = zone.open "Europe/Berlin"
    local change = calendar.ms(2027, 3, 28, 1)
    assert.equal(60, zone.offset(berlin, change - 1))
    assert.equal(120, zone.offset(berlin, change))
  end)

  it("knows the names of Windows", function()
    assert.equal(120, offset("W. Europe Standard Time", 2027, 7, 1))
    assert.equal(-420, offset("Pacific Standard Time", 2027, 7, 1))
    assert.equal(720, offset("UTC+12", 2027, 7, 1))
    for _, name in pairs(require "crier.template.windows_zones") do
      assert.is_table(zone.open(name), name)
    end
  end)

  it("opens nothing that is no zone", function()
    for _, name in ipairs { "Nowhere/City", "../../../etc/passwd", "/etc/passwd", "",
      "zone.tab", ("a"):rep(100), "Europe" } do
      assert.is_nil(zone.open(name))
    end
  end)

  it("refuses a damaged file", function()
    local file = assert(io.open("/usr/share/zoneinfo/Europe/Berlin", "rb"))
    local bytes = file:read "*a"
    file:close()
    for size = 0, #bytes - 40, 97 do
      assert.is_nil(zone.parse(bytes:sub(1, size)))
    end
    assert.is_table(zone.parse(bytes))
  end)
end)

describe("crier.template.calendar #portable", function()
  it("counts days both ways", function()
    for days = -800000, 800000, 1234 do
      local f = calendar.fields(days * calendar.DAY)
      assert.equal(days, calendar.days(f.year, f.month, f.day))
      assert.equal((days + 4) % 7, f.weekday)
    end
    assert.equal(0, calendar.days(1970, 1, 1))
    assert.equal("2028-02-29T23:59:59.999Z",
      calendar.iso(calendar.ms(2028, 3, 1) - 1))
  end)

  it("keeps a month's last day when months are added", function()
    local function add(text, months)
      return calendar.iso(calendar.add_months(calendar.parse(text), months)):sub(1, 10)
    end
    assert.equal("2027-02-28", add("2027-01-31", 1))
    assert.equal("2028-02-29", add("2027-01-31", 13))
    assert.equal("2026-12-31", add("2027-01-31", -1))
    assert.equal("2027-02-28", add("2028-02-29", -12))
  end)
end)

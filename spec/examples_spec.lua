-- Every campaign of examples/ runs unchanged against the simulated tenant.
local rehearsal = require "support.rehearsal"
local shell = require "support.shell"
local teams = require "support.teams"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- What each is to send: its store's name, and a text that somebody gets.
local SENT = {
  hello = { name = "hello", text = "This card was made for you, in Köln" },
  notice = { name = "fire-drill", text = "you are a fire warden for **floor 6**" },
  outage = { name = "network-outage-1", text = "**The network in New York" },
  benefits = { name = "benefits-2027", text = "which benefits will you use" },
}

local function files_with(script)
  local files = { ["campaign.lua"] = read("examples/" .. script .. ".lua") }
  for name in shell.run "cd examples && ls -p | grep -v /":gmatch "%S+" do
    files[name] = read("examples/" .. name)
  end
  return files
end

describe("the examples", function()
  local here

  after_each(function()
    here:close()
  end)

  it("upgrade who has an older version", function()
    here = rehearsal.new(files_with "upgrade", { users = 200, installed = 0.5 })
    local ending = here:run { action = "upgrade" }
    assert.equal(0, ending.exit, ending.why)
    assert.same({ "upgrade-1.1.0", "upgrade", 0 }, { ending.ledger.name, ending.ledger.action,
      ending.ledger.pending })
    assert.equal(0, #here:deliveries())
  end)

  it("welcome who has joined, and nobody before", function()
    here = rehearsal.new(files_with "welcome", { users = 200 })
    local people, joining = here.simulator.people, {}
    for k = 1, 200 do
      if #joining < 3 and people:kind(k) == "member" then
        joining[#joining + 1] = k
        people:change(k, { removed = "changed" })
      end
    end
    local ending = here:run()
    assert.same({ 0, 0 }, { ending.exit, ending.ledger.targeted })
    for _, k in ipairs(joining) do
      people:change(k, { removed = false })
    end
    here:write("campaign.lua", (read("examples/welcome.lua"):gsub('"welcome%-"', '"next-"')))
    ending = here:run()
    assert.same({ 0, 3 }, { ending.exit, ending.ledger.delivered })
    assert.equal(3, #here:deliveries())
  end)

  it("announce in channels", function()
    here = rehearsal.new(files_with "announcement", { users = 200, install_delay_ms = 0 })
    for _, name in ipairs { "IT", "Customer Support", "Women's Health" } do
      teams.add_app(here, name)
    end
    local ending = here:run()
    assert.same({ 0, 3 }, { ending.exit, ending.ledger.delivered })
    local texts = {}
    for i, delivery in ipairs(here:deliveries()) do
      texts[i] = delivery.activity.text:match "^[^:]*"
    end
    table.sort(texts)
    assert.same({ "Customer Support", "IT", "Women's Health" }, texts)
  end)

  it("invite everybody in their language, in their working hours", function()
    here = rehearsal.new(files_with "all-hands", { users = 400 })
    local ending = here:run()
    assert.equal(0, ending.exit, ending.why)
    local people, rows, seen = here.simulator.people, {}, {}
    local HOURS = { -- of UTC, when it is nine to six there in January
      DE = { 8, 17 }, JP = { 0, 9 }, ["New York"] = { 14, 23 }, Seattle = { 17, 26 } }
    for _, row in ipairs(here:rows "all-hands-2027-q2") do
      rows[row.id] = row
    end
    assert.same({ 0, 0 }, { ending.ledger.failed, ending.ledger.pending })
    local TITLES = { en = "All hands on Thursday, 10 June",
      de = "Betriebsversammlung am Donnerstag, 10. Juni",
      fr = "Réunion générale le jeudi 10 juin" }
    for _, delivery in ipairs(here:deliveries()) do
      local language = rows[delivery.recipient].language
      assert.equal(TITLES[language], delivery.activity.attachments[1].content.body[1].text)
      local k = people:find(delivery.recipient)
      local office = people:value(k, "officeLocation") or "?"
      for _, place in ipairs { office:match "^(%D-)%s*%d" or office,
        people:value(k, "usageLocation") } do
        local hours, hour = HOURS[place], tonumber(delivery.at:match "T(%d%d)")
        assert.is_true(not hours or hour >= hours[1] and hour < hours[2]
          or hour + 24 < hours[2], delivery.at .. " in " .. place)
        seen[place] = hours and true or nil
      end
      seen[language] = true
    end
    for _, what in ipairs { "en", "de", "fr", "DE", "JP", "New York", "Seattle" } do
      assert.is_true(seen[what], what)
    end
  end)

  it("put a mistake right, and take it back", function()
    here = rehearsal.new(files_with "mistake", { users = 200 })
    local sent = here:run().ledger.delivered
    assert.is_true(sent >= 5)
    local function texts()
      local found = {}
      for _, delivery in ipairs(here:deliveries()) do
        local day = delivery.activity.text:match "%*%*(.-)%*%*"
          .. (delivery.deleted_at and " deleted" or "")
        found[day] = (found[day] or 0) + 1
      end
      return found
    end
    assert.same({ ["1 April"] = sent }, texts())
    here:write("campaign.lua", read "examples/mistake-mended.lua")
    local ending = here:run { action = "amend", parent = "office-move" }
    assert.same({ 0, "office-move.amend-1" }, { ending.exit, ending.ledger.name })
    assert.same({ ["1 May"] = sent }, texts())
    assert.equal(0, here:run({ action = "recall", parent = "office-move" }).exit)
    assert.same({ ["1 May deleted"] = sent }, texts())
  end)

  it("alert by the feed whom the chat fails", function()
    here = rehearsal.new(files_with "outage", { users = 500,
      faults = "blocked=0.3,cut-after=0.1" })
    local ending = here:run()
    assert.equal(0, ending.exit, ending.why)
    local feed = 0
    for _, row in ipairs(here:rows "network-outage-1") do
      feed = feed + (row.via == "activity feed" and 1 or 0)
    end
    assert.is_true(feed > 0)
    assert.equal(feed, select(2, here.simulator.notifications:text():gsub("\n", "")))
  end)

  it("give people one of two cards", function()
    here = rehearsal.new(files_with "benefits", { users = 200 })
    assert.equal(0, here:run().exit)
    local seen = {}
    for _, row in ipairs(here:rows "benefits-2027") do
      if row.state == "delivered" then
        seen[row.variant] = (seen[row.variant] or 0) + 1
      end
    end
    assert.is_true(seen.news >= 5 and seen.question >= 5)
  end)

  -- What has a spec of its own, above.
  local OWN = { upgrade = true, welcome = true, announcement = true, mistake = true,
    ["mistake-mended"] = true, ["all-hands"] = true, poll = true, dialog = true, safety = true }
  for script in shell.run "ls examples":gmatch "(%S+)%.lua" do
    local generic = OWN[script] and function() end or it
    generic("send to everybody they address: " .. script, function()
      local expected = assert(SENT[script], "say what examples/" .. script .. ".lua sends")
      here = rehearsal.new(files_with(script), { users = 500 })
      local ending = here:run()
      assert.equal(0, ending.exit, ending.why)
      local ledger = ending.ledger
      assert.equal(expected.name, ledger.name)
      assert.same({ "finished", 0, 0, 0 },
        { ledger.state, ledger.failed, ledger.unknown, ledger.pending })
      assert.is_true(ledger.delivered >= 5)
      assert.same({}, here:compare(expected.name).problems)
      local all = here.simulator:answer({ method = "GET", headers = {},
        url = "http://127.0.0.1:1/_sandbox/deliveries" }, here.clock.now_ms()).body
      assert.truthy(all:find(expected.text, 1, true))
      assert.falsy(all:find("${", 1, true))
    end)
  end

  it("leave out who opted out", function()
    here = rehearsal.new(files_with "notice", { users = 500 })
    here:run()
    local people = {}
    for _, row in ipairs(here:rows "fire-drill") do
      people[row.upn] = row.state
    end
    assert.equal("delivered", people["ana.souza82@northwind.example"])
    assert.is_nil(people["anouk.visser84@northwind.example"])
  end)
end)

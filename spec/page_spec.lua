local cjson = require "cjson"
local gather = require "crier.report.gather"
local html = require "crier.report.html"
local markup = require "support.markup"
local page = require "crier.report.page"
local place = require "support.place"
local process = require "support.process"
local sandbox = require "support.sandbox"
local shell = require "support.shell"
local stores = require "support.stores"
local text = require "crier.format.text"

local EVIL = "<script>alert('x')</script>\"\27[2J&\226\128\174"

-- The tables of a page, each as rows of cells, by caption.
local function tables(found)
  local list, rows = {}, nil
  for _, each in ipairs(found) do
    if each.name == "caption" then
      rows = {}
      list[each.text] = rows
    elseif each.name == "tr" then
      rows[#rows + 1] = {}
    elseif each.name == "th" or each.name == "td" then
      table.insert(rows[#rows], each.text)
    end
  end
  return list
end

describe("crier report", function()
  local cloud, here, found, written

  setup(function()
    cloud = sandbox.start("--users 200 --limits off --seed 17 --faults "
      .. "blocked=0.05,policy=0.05,502-after=0.03,429=0.05")
    here = place.new(cloud.env)
    assert.equal(2, here:crier("run campaign.lua").status)
    here:write("mended.lua", (place.HELLO:gsub("Hello", "Mended")))
    assert.equal(2, here:crier("amend hello mended.lua").status)
    local result = here:crier "report hello"
    assert.same({ 0, "", "wrote hello.html\n" }, { result.status, result.out, result.err })
    written = process.read(here.path .. "/hello.html")
    found = markup.read(written)
  end)

  teardown(function()
    cloud:stop()
    here:close()
  end)

  it("has the numbers of `status --json`", function()
    local ledger, shown = here:status(), tables(found)
    local rows = shown["People by state"]
    for i, state in ipairs { "delivered", "failed", "unknown", "excluded", "pending",
      "targeted" } do
      assert.equal(state, rows[i + 1][1]:sub(1, #state))
      assert.equal(text.number(ledger[state]), rows[i + 1][2])
    end
    local captions = { failures = "Not delivered, by reason", exclusions = "Left out, by reason",
      unknowns = "May or may not have arrived, by reason" }
    for name, caption in pairs(captions) do
      assert.equal(#ledger[name] + 1, #shown[caption])
      for i, reason in ipairs(ledger[name]) do
        local row = shown[caption][i + 1]
        assert.equal(text.number(reason.count), row[2])
        assert.equal(reason.reason .. (reason.remedy or ""),
          row[1]:sub(1, #reason.reason + #(reason.remedy or "")))
      end
    end
    local calls = shown.Calls
    assert.same({ ledger.calls.token, ledger.calls.graph, ledger.calls.connector,
      ledger.throttled }, { tonumber(calls[2][2]), tonumber(calls[3][2]), tonumber(calls[4][2]),
      tonumber(calls[5][2]) })
  end)

  it("says the equation, and that it adds up", function()
    local ledger = here:status()
    assert.matches(("%d targeted= %d delivered+ %d failed+ %d unknown+ %d excluded+ 0 pending")
      :format(ledger.targeted, ledger.delivered, ledger.failed, ledger.unknown, ledger.excluded),
      markup.all(found, "main")[1].text, 1, true)
    assert.matches("It adds up", written)
  end)

  it("plots all that was delivered", function()
    local sum = 0
    for i, row in ipairs(tables(found)["Messages accepted by Teams, over time"]) do
      sum = sum + (i > 1 and tonumber(row[2]) or 0)
    end
    assert.equal(here:status().delivered, sum)
    assert.is_true(#markup.all(found, "rect") > 0)
  end)

  it("shows the message, for nobody who exists", function()
    assert.matches("Hello Alex", markup.all(found, "pre")[1].text, 1, true)
    assert.equal("Hello Alex", markup.all(found, "q")[1].text)
  end)

  it("tells what was amended, and who did what", function()
    local amended = here:status "hello.amend-1"
    local row = tables(found)["Campaigns that changed or deleted what was sent"][2]
    assert.same({ ("hello.amend-1finished, %d unknown"):format(amended.unknown),
      text.number(amended.targeted),
      text.number(amended.delivered), "0" }, row)
    local events = markup.all(found, "li")
    assert.equal(2, #events)
    assert.matches("run campaign.lua", events[1].text, 1, true)
    assert.matches("amend mended.lua (hello.amend-1)", events[2].text, 1, true)
  end)

  it("is one file that asks for nothing and runs nothing", function()
    for _, each in ipairs(found) do
      assert.is_nil(({ script = 1, link = 1, iframe = 1, object = 1, base = 1 })[each.name])
      assert.is_nil(each.attributes.src)
      for name in pairs(each.attributes) do
        assert.is_nil(name:find "^on")
      end
    end
    local css = markup.all(found, "style")[1].text
    assert.is_nil(css:find "url%(" or css:find "@import" or css:find "[<&]")
    assert.matches("prefers%-color%-scheme: dark", css)
    assert.matches("@media print", css)
  end)

  it("can be read by those who do not see it", function()
    local level = 0
    for _, each in ipairs(found) do
      local next_level = tonumber(each.name:match "^h(%d)$")
      if next_level then
        assert.is_true(next_level <= level + 1)
        level = next_level
      end
    end
    assert.equal(#markup.all(found, "table"), #markup.all(found, "caption"))
    for _, each in ipairs(markup.all(found, "th")) do
      assert.is_true(each.attributes.scope == "row" or each.attributes.scope == "col")
    end
    assert.equal("img", markup.all(found, "svg")[1].attributes.role)
    assert.equal("en", found[1].attributes.lang)
  end)

  it("names nobody unless it is told to", function()
    local user = here:lines("log hello --json")[1].user
    for _, row in ipairs(here:export()) do
      assert.is_nil(written:find(row.upn, 1, true))
      assert.is_nil(written:find(row.name, 1, true))
      assert.is_nil(written:find(row.id, 1, true))
    end
    assert.is_nil(written:find(html.escape(user) .. " on ", 1, true))
    local named = here:crier "report hello --names --out -"
    assert.same({ 0, "" }, { named.status, named.err })
    local rows = tables(markup.read(named.out))
    local ledger = here:status()
    local people = rows[("Failed or unknown: %d of %d"):format(ledger.failed + ledger.unknown,
      ledger.failed + ledger.unknown)]
    assert.equal(ledger.failed + ledger.unknown + 1, #people)
    for _, row in ipairs(here:export()) do
      if row.state == "failed" then
        assert.matches(row.upn, named.out, 1, true)
      end
    end
  end)

  it("reports what amends, and what has no message", function()
    local amended = here:crier "report hello.amend-1 --out -"
    assert.matches("<p>Amends hello</p>", amended.out)
    assert.matches("Mended Alex", amended.out)
    assert.equal("table", type(markup.read(amended.out)))
    assert.equal(2, here:crier("recall hello").status)
    local recalled = here:crier "report hello.recall-1 --out -"
    assert.matches("<p>Recalls hello</p>", recalled.out)
    assert.is_nil(recalled.out:find "The message</h2>")
    assert.equal("table", type(markup.read(recalled.out)))
  end)

  it("replaces a whole page by a whole page, or says why not", function()
    here:write("page.html", "old")
    assert.equal(0, here:crier("report hello --out page.html").status)
    assert.matches("^<!DOCTYPE html>", process.read(here.path .. "/page.html"))
    local refused = here:crier "report hello --out nowhere/page.html"
    assert.same({ 1, "crier: nowhere/page.html cannot be written: No such file or directory\n" },
      { refused.status, refused.err })
    assert.equal("", shell.run("ls " .. here.path .. " | grep part"))
    assert.equal(65, here:crier("report nothing").status)
  end)
end)

describe("crier.report.page", function()
  local there

  before_each(function() there = stores.new() end)
  after_each(function() there:close() end)

  local function make(store, campaign, names)
    local written = page.make(gather.read(store, store.campaigns:find(campaign), names),
      { now = stores.NOW, version = "0.1", names = names })
    return markup.read(written), written
  end

  it("lets nothing from outside out of its place", function()
    local store, campaign, lane = there:planned(3)
    local evil = stores.campaign(lane, { name = "evil", script = EVIL, digest = EVIL,
      files = { { path = EVIL, digest = EVIL, content = EVIL } } })
    local row = assert(store.campaigns:add(evil, stores.NOW))
    for i, state in ipairs { "delivered", "failed", "unknown", "excluded" } do
      assert(store.targets:add(row.id, "send", { key = "user:" .. i .. EVIL, upn = EVIL,
        name = EVIL, fields = cjson.encode { givenName = EVIL } }, "send", stores.NOW))
      assert(store.db:exec("UPDATE target SET state = ?, phase = NULL, reason = ?, remedy = ?"
        .. " WHERE campaign = ? AND key = ?", state, EVIL, EVIL, row.id, "user:" .. i .. EVIL))
    end
    assert(store.campaigns:set_planned(row.id))
    assert(store.campaigns:set_state(row.id, "paused", EVIL))
    assert(store.events:finish(assert(store.events:begin(row.id, { command = EVIL,
      options = EVIL, user = EVIL, host = EVIL, version = EVIL, pid = 1 }, stores.NOW)),
      { exit = 3, why = EVIL }, stores.NOW))
    for _, names in ipairs { false, true } do
      local found, written = make(store, "evil", names)
      assert.equal(0, #markup.all(found, "script"))
      assert.is_nil(written:find("<script", 1, true))
      assert.is_nil(written:find "\27" or written:find("\226\128\174", 1, true))
      assert.matches("alert(&#39;x&#39;)", written, 1, true)
    end
    assert.equal("table", type((make(store, campaign.name))))
  end)

  it("says why the message cannot be shown", function()
    local store = there:planned(1)
    local _, written = make(store, "hello")
    assert.matches("It cannot be shown: ", written)
  end)

  it("is the same size for few and for many", function()
    local store, campaign = there:planned(2000)
    assert(store.db:exec("UPDATE target SET state = 'delivered', phase = NULL,"
      .. " updated_at = ? + id * 7000", stores.NOW))
    local found = make(store, "hello")
    assert.is_true(#markup.all(found, "rect") <= 62)
    local sum = 0
    for i, row in ipairs(tables(found)["Messages accepted by Teams, over time"]) do
      sum = sum + (i > 1 and tonumber(row[2]) or 0)
    end
    assert.equal(2000, sum)
    assert.equal(2000, store.history:stages(campaign.id)[1].count)
  end)

  it("tells half, most and the longest of who waited", function()
    local store, campaign = there:planned(100)
    assert(store.db:exec("UPDATE target SET state = 'delivered', phase = NULL, attempts = 1,"
      .. " updated_at = planned_at + id * 1000"))
    assert.same({ { name = "known", count = 100, median = 51000, most = 96000,
      longest = 100000 } }, store.history:stages(campaign.id))
    assert.same({ { attempts = 1, count = 100 } }, store.history:attempts(campaign.id))
    assert(store.db:exec("UPDATE target SET updated_at = planned_at + id * 500000"
      .. " WHERE id > 1"))
    assert.same({ 25025000, 47525000, 50000000 }, (function(stage)
      return { stage.median, stage.most, stage.longest }
    end)(store.history:stages(campaign.id)[1]))
    assert(store.db:exec("UPDATE target SET installed = 1, installed_at = planned_at + 5000,"
      .. " attempts = id WHERE id <= 4"))
    local stages = store.history:stages(campaign.id)
    assert.same({ "known", "send", "install" }, { stages[1].name, stages[2].name,
      stages[3].name })
    assert.same({ { attempts = 1, count = 97 }, { attempts = 2, count = 1 },
      { attempts = 3, count = 2 } }, store.history:attempts(campaign.id))
  end)
end)

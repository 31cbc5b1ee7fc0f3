-- Clicks: signed addresses, the route that takes them, and a campaign that counts them.
local clicks = require "crier.campaign.clicks"
local config = require "crier.config"
local echoes = require "crier.report.echoes"
local hmac = require "crier.hmac"
local routes = require "crier.serve.clicks"
local serving = require "support.serving"
local talking = require "support.talking"

local BASE = "https://bot.contoso.com/teams"

describe("crier.hmac", function()
  it("agrees with RFC 4231", function()
    for _, case in ipairs {
      { ("\11"):rep(20), "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
      { "Jefe", "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
      { ("\170"):rep(131), "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    } do
      assert.equal(case[3], hmac.new(case[1])(case[2]))
    end
  end)
end)

describe("crier.campaign.clicks", function()
  local made = clicks.new("key", BASE)

  local function token_of(target, url)
    return made:address(target, url):match "/c/(.*)$"
  end

  it("reads what it signed", function()
    for _, url in ipairs { "https://x.example/", "http://x.example/a?b=c&d=%20#e",
      "https://x.example/" .. ("a"):rep(1400) } do
      assert.same({ 7, url }, { made:read(token_of(7, url)) })
    end
    assert.equal(BASE .. "/c/7.", made:address(7, "https://x.example/"):sub(1, #BASE + 5))
  end)

  it("signs no address that a header cannot have as it is", function()
    for _, url in ipairs { "mailto:ann@contoso.com", "https://x.example/\r\nSet-Cookie: a=b",
      "https://x.example/ä", "https://x.example/a b", "javascript:alert(1)",
      "https://x.example/" .. ("a"):rep(1500) } do
      assert.is_nil(made:address(7, url))
    end
  end)

  it("reads nothing that it did not sign", function()
    local token, evil = token_of(7, "https://x.example/"), token_of(7, "https://evil.example/")
    local other = clicks.new("another key", BASE):address(7, "https://x.example/"):match "c/(.*)$"
    for _, bad in ipairs { "", "7", "x.y.z", token:gsub("^7", "8"), token .. "A", other,
      token:match "^(.*%.)" .. evil:match "[^.]*$", token:upper(), token:gsub("%.%x", ".0", 1)
      :gsub("^7%.0", "7.g"), ("9"):rep(400) .. token:sub(2) } do
      assert.is_nil((made:read(bad)), bad)
    end
  end)

  it("has buttons lead by way of the server, and nothing else", function()
    local activity = [[{"text":"https://x.example/","attachments":[{"content":{"body":[
      {"type":"Image","url":"https://x.example/p.png"}],"actions":[
      {"type":"Action.OpenUrl","title":"Go","url":"https:\/\/x.example\/a"},
      {"type":"Action.OpenUrl","title":"Mail","url":"mailto:a@b.example"},
      {"type":"Action.ShowCard","card":{"actions":[{"url":"https://x.example/b",
      "type":"Action.OpenUrl"}]}}]}}]}]]
    local function through(url)
      return '"' .. made:address(9, url) .. '"'
    end
    local expected = activity
    for from, to in pairs { ['"https:\\/\\/x.example\\/a"'] = through "https://x.example/a",
      ['"https://x.example/b"'] = through "https://x.example/b" } do
      local at, stop = expected:find(from, 1, true)
      expected = expected:sub(1, at - 1) .. to .. expected:sub(stop + 1)
    end
    assert.equal(expected, made:put(activity, 9))
  end)
end)

describe("CRIER_PUBLIC_URL", function()
  it("is https, or http on loopback", function()
    local function read(url)
      local values = { AZURE_TENANT_ID = "t", AZURE_CLIENT_ID = "c", AZURE_CLIENT_SECRET = "s",
        CRIER_PUBLIC_URL = url }
      return config.read({}, function(name) return values[name] end)
    end
    for url, kept in pairs { ["https://bot.contoso.com/"] = "https://bot.contoso.com",
      [BASE] = BASE, ["http://127.0.0.1:3978"] = "http://127.0.0.1:3978" } do
      assert.equal(kept, assert(read(url)).public_url)
    end
    for _, url in ipairs { "http://bot.contoso.com", "bot.contoso.com", "https://a b",
      "https://x.example/?a=b", "http://127.0.0.1.evil.example" } do
      local found, _, code = read(url)
      assert.same({ nil, "CONFIG" }, { found, code })
    end
  end)
end)

describe("a campaign that counts clicks", function()
  local SCRIPT = [[
local crier = require "crier"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  track = { clicks = true }, message = crier.dialog((function()
    local menu = crier.card "menu.json"
    return function(d) d:ask(menu) end
  end)()) }
]]
  local CARD = [[{ "type": "AdaptiveCard", "version": "1.5", "body": [],
    "actions": [
      { "type": "Action.OpenUrl", "title": "Menu", "url": "https://x.example/menu" } ] }]]
  local talk, place

  before_each(function()
    talk = talking.new({ ["campaign.lua"] = SCRIPT, ["menu.json"] = CARD })
  end)
  after_each(function()
    talk:close()
    if place then
      place:close()
    end
    place = nil
  end)

  it("needs to know where its server is", function()
    local job
    talk:pass(1000, function()
      job = talk.worker:start("lunch", { path = talk.stage.path .. "/campaign.lua" })
    end)
    assert.same({ 78, "CRIER_PUBLIC_URL is not set" }, { job.ended.exit, job.ended.why })
  end)

  it("asks to come again while the store tells nothing", function()
    local logged = {}
    place = serving.new()
    routes.add(place.server, { journal = { clicks = { key = function()
      return nil, "database is locked", "SQLITE_BUSY"
    end } }, now = talk.stage.clock.now_ms, log = function(entry) logged[1] = entry end })
    local response = place:ask("GET", "/c/1.ab.cd")
    assert.same({ 503, "1" }, { response.status, response.headers["retry-after"] })
    assert.same({ event = "store failed", problem = "database is locked",
      code = "SQLITE_BUSY" }, logged[1])
  end)

  it("notes them, and sends on to where the button led", function()
    talk.stage.env.CRIER_PUBLIC_URL = BASE
    talk:send "lunch"
    place = serving.new()
    routes.add(place.server, { journal = talk.store, now = talk.stage.clock.now_ms,
      log = function() end })
    for i, person in ipairs(talk:people()) do
      local url = talk:received(person)[1].attachments[1].content.actions[1].url
      local path = "/c/" .. url:match("^" .. BASE:gsub("%p", "%%%0") .. "/c/(.*)$")
      for _ = 1, i == 1 and 2 or i == 2 and 1 or 0 do
        local response = place:ask("GET", path)
        assert.same({ 302, "https://x.example/menu" }, { response.status,
          response.headers.location })
      end
      assert.equal(404, place:ask("GET", (path:gsub("%.%x", ".g", 1))).status)
    end
    for _, case in ipairs { { "true", 2 }, { "false", 1 } } do
      talk.stage:write("next.lua", ([[
local crier = require "crier"
return crier.campaign { name = "next-%s", message = crier.text "Hi",
  audience = crier.previous("lunch", { clicked = %s }) }
]]):format(case[1], case[1]))
      talk:send("next-" .. case[1], "next.lua")
      assert.equal(case[2], #talk.store.targets:page(
        talk.store.campaigns:find("next-" .. case[1]).id, 0, 9))
    end
    local found = talk.store.echoes:counts(talk.store.campaigns:find "lunch")
    assert.same({ people = 2, links = { { url = "https://x.example/menu", people = 2,
      times = 3 } } }, found.clicks)
    assert.equal("clicked: about 2 people (2 https://x.example/menu; an estimate: programs that"
      .. " look at links count, too)", echoes.lines(found, 3)[1])
  end)
end)

local links = require "crier.campaign.links"
local loop = require "crier.loop"
local reach = require "crier.campaign.reach"

local PNG = { status = 200, headers = { ["content-type"] = "image/png" } }

-- A network that answers by `METHOD URL`, and notes what it is asked.
local function network(answers)
  local asked, queue = {}, {}
  local transport = {}
  function transport.submit(_, request)
    asked[#asked + 1] = request
    queue[#queue + 1] = { ticket = #asked,
      response = answers[request.method .. " " .. request.url]
        or { sent = false, error = "COULDNT_RESOLVE_HOST", message = "no such host" } }
    return #asked
  end
  function transport.step()
    local done = queue
    queue = {}
    return done
  end
  return loop.new { transport = transport, clock = { now_ms = function() return 0 end } },
    asked
end

local function check(list, answers, options)
  local machine, asked = network(answers or {})
  machine:run(reach.check, machine, list, options or { asks = true, in_sandbox = false })
  return asked
end

local function one(kind, url)
  return { kind = kind, url = url, place = "/body/0" }
end

describe("crier.campaign.links #portable", function()
  it("finds pictures, media, buttons and links in a card", function()
    local found = links.new()
    found:take { attachments = { { contentType = "application/vnd.microsoft.card.adaptive",
      content = {
        backgroundImage = { url = "https://a/bg.png" },
        body = {
          { type = "Image", url = "https://a/1.png" },
          { type = "ImageSet", images = { { type = "Image", url = "https://a/2.png" } } },
          { type = "Media", poster = "https://a/p.png", sources = { { url = "https://a/v.mp4" } } },
          { type = "TextBlock", text = "See [the page](https://a/page) or https://a/bare." },
          { type = "Icon", iconUrl = "icon:Calendar" },
        },
        actions = {
          { type = "Action.OpenUrl", url = "https://a/open", iconUrl = "https://a/i.png" },
          { type = "Action.Submit", data = { url = "not looked at" } },
        },
      } } } }
    local seen = {}
    for i, each in ipairs(found.list) do
      seen[i] = each.kind .. " " .. each.url .. " " .. each.place
    end
    table.sort(seen)
    assert.same({
      "button https://a/open /actions/0/url",
      "link https://a/bare /body/3/text",
      "link https://a/page /body/3/text",
      "media https://a/v.mp4 /body/2/sources/0/url",
      "picture https://a/1.png /body/0/url",
      "picture https://a/2.png /body/1/images/0/url",
      "picture https://a/bg.png /backgroundImage/url",
      "picture https://a/i.png /actions/0/iconUrl",
      "picture https://a/p.png /body/2/poster",
    }, seen)
  end)

  it("finds links in a text, each once, and keeps a bounded number", function()
    local found = links.new()
    for _ = 1, 2 do
      found:take { text = "[a](https://a/x) and (https://b/y), [m](mailto:x@y.z)" }
    end
    assert.equal(3, #found.list)
    for i = 1, 1500 do
      found:take { text = "https://c/" .. i }
    end
    assert.same({ 1000, 503 }, { #found.list, found.more })
  end)

  it("is not lost in a card without end", function()
    local deep = { text = "https://a/deep" }
    for _ = 1, 100 do
      deep = { items = { deep } }
    end
    local found = links.new()
    found:take { attachments = { { content = deep } } }
    assert.same({}, found.list)
  end)

  it("tells what is wrong with an address as it stands", function()
    for _, each in ipairs {
      { "picture", "https://a.example/x.png" },
      { "picture", "data:image/png;base64,AA==" },
      { "button", "https://a.example:8443/x?y=1#z" },
      { "button", "mailto:help@a.example" },
      { "link", "http://a.example/" },
      { "picture", "http://a.example/x.png", "by https alone" },
      { "button", "", "empty" },
      { "button", "a.example/x", "no scheme" },
      { "button", "https:///x", "no host" },
      { "button", "https://a b.example/", "must be written with %" },
      { "button", "https://bank.example@evil.example/", "is a name, not a host" },
      { "button", "https://a_b.example/", "its host is not one" },
      { "button", "javascript:alert(1)", "may not open javascript:" },
      { "link", "https://a.example/" .. ("x"):rep(2100), "longer than 2048" },
    } do
      local flaw = links.flaw(each[1], each[2])
      if each[3] then
        assert.is_truthy((flaw or ""):find(each[3], 1, true), each[2] .. ": " .. tostring(flaw))
      else
        assert.is_nil(flaw)
      end
    end
  end)

  it("knows private hosts", function()
    for _, url in ipairs { "http://127.0.0.1:80/", "http://localhost/", "https://10.1.2.3/x",
      "https://intranet/x", "http://169.254.169.254/metadata", "https://[::1]/",
      "https://172.20.1.1/", "https://a.internal/", "http://2130706433/", "https://0x7f.1/" } do
      assert.is_true(links.is_private(url), url)
    end
    for _, url in ipairs { "https://a.example/", "https://172.32.1.1/",
      "https://10.example.com" } do
      assert.is_false(links.is_private(url), url)
    end
  end)
end)

describe("crier.campaign.reach", function()
  it("asks by HEAD, without a token", function()
    local list = { one("picture", "https://a.example/x.png") }
    local asked = check(list, { ["HEAD https://a.example/x.png"] = PNG })
    assert.same({ "ok" }, { list[1].state, list[1].problem })
    assert.equal(1, #asked)
    assert.same({}, asked[1].headers)
    assert.is_nil(asked[1].token)
    assert.is_true(asked[1].outside)
    assert.equal(5000, asked[1].timeout_ms)
  end)

  it("asks again by a GET of one byte where a HEAD is not answered", function()
    local list = { one("button", "https://a.example/x") }
    local asked = check(list, { ["HEAD https://a.example/x"] = { status = 405 },
      ["GET https://a.example/x"] = { status = 206 } })
    assert.equal("ok", list[1].state)
    assert.same({ Range = "bytes=0-0" }, asked[2].headers)
  end)

  it("warns of what is not there", function()
    local list = { one("button", "https://a.example/gone"), one("picture", "https://b.example/x"),
      one("picture", "https://c.example/x"), one("button", "https://d.example/x"),
      one("picture", "https://e.example/x.svg") }
    for i, each in ipairs(list) do
      each.place = "/body/" .. i
    end
    check(list, {
      ["HEAD https://a.example/gone"] = { status = 404 },
      ["GET https://a.example/gone"] = { status = 404 },
      ["HEAD https://c.example/x"] = { status = 401 },
      ["HEAD https://d.example/x"] = { status = 401 },
      ["HEAD https://e.example/x.svg"] = { status = 200,
        headers = { ["content-type"] = "image/svg+xml; charset=utf-8" } },
    })
    local told = {}
    for i, each in ipairs(list) do
      told[i] = each.problem or each.state
    end
    assert.same({ "it is not there (404)", "no answer: no such host",
      "it asks for a sign-in (401), and Teams has none", "ok",
      "it is image/svg+xml: Teams shows PNG, JPEG and GIF" }, told)
  end)

  it("asks no private network, and from a sandbox nobody else", function()
    local list = { one("button", "http://169.254.169.254/x"), one("button", "https://a.example/") }
    local asked = check(list, { ["HEAD https://a.example/"] = { status = 200 } })
    assert.equal(1, #asked)
    assert.same({ "not checked", "ok" }, { list[1].state, list[2].state })
    list = { one("button", "http://127.0.0.1:9/x"), one("button", "https://a.example/"),
      one("button", "http://169.254.169.254/latest"), one("button", "http://10.0.0.1/"),
      one("button", "http://127.0.0.1.a.example/"), one("button", "http://localhost:9/x") }
    for i, each in ipairs(list) do
      each.place = "/body/" .. i
    end
    asked = check(list, { ["HEAD http://127.0.0.1:9/x"] = { status = 200 },
      ["HEAD http://localhost:9/x"] = { status = 200 } }, { asks = true, in_sandbox = true })
    assert.equal(2, #asked)
    assert.is_false(asked[1].outside)
    local states = {}
    for i, each in ipairs(list) do
      states[i] = each.state
    end
    assert.same({ "ok", "not checked", "not checked", "not checked", "not checked", "ok" }, states)
  end)

  it("says so where a name leads into a private network", function()
    local list = { one("button", "https://intranet.example/") }
    check(list, { ["HEAD https://intranet.example/"] = { sent = false, barred = true,
      error = "COULDNT_CONNECT", message = "its address is in a private network" } })
    assert.same({ "not checked", "an address of a private network" },
      { list[1].state, list[1].problem })
  end)

  it("asks for a few of each place and for a bounded number in all", function()
    local list = {}
    for i = 1, 100 do
      list[i] = one("button", "https://a.example/" .. i)
      list[i].place = "/body/" .. i % 50
    end
    for i = 101, 110 do
      list[i] = one("button", "https://a.example/" .. i)
    end
    assert.equal(40, #check(list))
    local same = {}
    for i = 1, 10 do
      same[i] = one("button", "https://a.example/" .. i)
    end
    assert.equal(3, #check(same))
    assert.equal("not checked", same[10].state)
  end)

  it("asks nobody when it is not to", function()
    local list = { one("button", "https://a.example/"), one("picture", "http://a.example/") }
    assert.equal(0, #check(list, {}, { asks = false, in_sandbox = false }))
    assert.same({ "ok", "warning" }, { list[1].state, list[2].state })
  end)
end)

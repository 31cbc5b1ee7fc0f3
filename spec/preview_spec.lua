local cjson = require "cjson"
local core = require "crier.core"
local markup = require "support.markup"
local page = require "crier.preview.page"
local place = require "support.place"
local process = require "support.process"
local renderer = require "crier.preview.renderer"
local sandbox = require "support.sandbox"
local simulated = require "crier.simulator.people"

local CARD = [[{ "type": "AdaptiveCard", "version": "1.5", "body": [
  { "type": "TextBlock", "text": "Dear ${recipient.givenName}, floor ${recipient.csv.floor}" },
  { "type": "Image", "url": "https://x.example/map.png", "altText": "A map" } ] }]]

local SCRIPT = [[
local crier = require "crier"
return crier.campaign { name = "floors", message = crier.card "card.json",
  audience = crier.csv "people.csv" + crier.list { "bo@contoso.com" } }
]]

local PEOPLE = "upn,floor\nana@contoso.com,4th\neve@contoso.com,<b>7</b>\n"

-- What the page's script is given.
local function data_of(found)
  for _, each in ipairs(markup.all(found, "script")) do
    if each.attributes.id == "data" then
      return cjson.decode(each.text)
    end
  end
end

describe("crier.preview.renderer", function()
  it("is the published file, with its licence", function()
    assert.equal("7ce4faadd363b2824e752a66fc5460d5cf6a59637123837000a289d610c295dd",
      core.text.sha256(renderer.script))
    assert.matches("Copyright %(c%) 2017 Microsoft", renderer.licence)
    assert.matches("Permission is hereby granted", renderer.licence)
  end)
end)

describe("crier.preview.page", function()
  local function make(activity, options)
    options = options or {}
    options.name, options.whom = "n", "w"
    return page.make({ { activity = cjson.encode(activity) } }, options)
  end

  local CARD_TYPE = "application/vnd.microsoft.card.adaptive"

  it("draws on a phone and on a desk, light and dark", function()
    local found = markup.read(make { type = "message", summary = "Hello", attachments = {
      { contentType = CARD_TYPE, content = { type = "AdaptiveCard", body = {
        { type = "TextBlock", text = "Hi" } } } } } })
    local panes = {}
    for i, each in ipairs(markup.all(found, "figure")) do
      panes[i] = each.text
    end
    assert.same({ "On a phone, lightHelloHi", "On a phone, darkHelloHi",
      "On a desk, lightHelloHi", "On a desk, darkHelloHi" }, panes)
    local data = data_of(found)
    assert.equal("Hi", data.messages[1].cards[1].body[1].text)
    assert.equal(0, data.messages[1].first)
    assert.equal("#292929", data.configs.dark.containerStyles.default.backgroundColor)
  end)

  it("lets no text of the message out of its place", function()
    local evil = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>"
    local found = markup.read(make { type = "message", text = evil, summary = evil,
      attachments = { { contentType = CARD_TYPE, content = { type = "AdaptiveCard",
        body = { { type = "TextBlock", text = evil } } } } } })
    assert.equal(3, #markup.all(found, "script"))
    assert.equal(0, #markup.all(found, "img"))
    local data = data_of(found)
    assert.equal(evil, data.messages[1].cards[1].body[1].text)
    assert.equal(1, data.messages[1].first)
  end)

  it("runs its own scripts alone, and fetches pictures only when told to", function()
    local function policy(written)
      for _, each in ipairs(markup.all(markup.read(written), "meta")) do
        if each.attributes["http-equiv"] then
          return each.attributes.content:gsub("&#39;", "'")
        end
      end
    end
    local written = make { type = "message", text = "x" }
    local nonce = policy(written):match "script%-src 'nonce%-(%x+)'$"
    assert.equal(32, #nonce)
    for _, each in ipairs(markup.all(markup.read(written), "script")) do
      assert.equal(nonce, each.attributes.nonce)
      assert.is_nil(each.attributes.src)
    end
    assert.matches("img%-src data:;", policy(written))
    assert.matches("img%-src data: https:;", policy(make({ text = "x" }, { pictures = true })))
    assert.matches("Copyright (c) 2017 Microsoft", written, 1, true)
    assert.is_nil(written:find("sourceMappingURL", 1, true))
  end)
end)

describe("crier preview", function()
  local here

  before_each(function()
    here = place.new({}, { ["floors.lua"] = SCRIPT, ["card.json"] = CARD,
      ["people.csv"] = PEOPLE })
  end)

  after_each(function() here:close() end)

  local function shown(options)
    local result = here:crier("preview floors.lua --out - " .. (options or ""))
    assert.same({ 0, "" }, { result.status, result.err })
    return markup.all(markup.read(result.out), "q")[1].text, result.out
  end

  it("needs neither network nor store, and makes values up", function()
    local result = here:crier "preview floors.lua"
    assert.same({ 0, "", "wrote floors-preview.html\n" },
      { result.status, result.out, result.err })
    local written = process.read(here.path .. "/floors-preview.html")
    assert.matches("Dear Alex, floor [floor]", written, 1, true)
    assert.is_nil(written:find("ana@contoso.com", 1, true))
    assert.is_nil(io.open(here.path .. "/crier.db"))
  end)

  it("takes the row of who is named", function()
    assert.equal("Dear Alex, floor 4th", (shown "--as ANA@contoso.com"))
    assert.equal("Dear Alex, floor <b>7</b>", (shown "--as eve@contoso.com"))
    assert.equal("Dear Alex, floor ", (shown "--as bo@contoso.com"))
  end)

  describe("for somebody of the directory", function()
    local cloud, somebody

    setup(function()
      cloud = sandbox.start "--users 9 --seed 7 --limits off"
      local people = simulated.new { users = 9, seed = 7, domain = "contoso.com" }
      local k = 7 -- who reads Spanish
      somebody = { id = people:id(k), name = people:value(k, "displayName") }
    end)

    teardown(function() cloud:stop() end)

    before_each(function()
      here:write("floors.lua", SCRIPT:gsub("crier%.card \"card%.json\"",
        'crier.text { en = "Hi ${recipient.displayName}", es = "Hola ${recipient.displayName}" },'
          .. ' fallback = "en"'))
    end)

    it("asks for who is in no file", function()
      local result = here:crier("preview floors.lua --out - --as " .. somebody.id, cloud.env)
      assert.same({ 0, "" }, { result.status, result.err })
      assert.matches(">Hola " .. somebody.name .. "<", result.out, 1, true)
      assert.is_nil(result.out:find(">Hi ", 1, true))
      assert.same({ 0, 1 }, { #cloud:deliveries(), cloud:requests "resolve" })
      assert.is_nil(io.open(here.path .. "/crier.db"))
    end)

    it("says in one line who is not there, and why it cannot ask", function()
      local result = here:crier("preview floors.lua --as zoe@contoso.com", cloud.env)
      assert.same({ 65, "crier: zoe@contoso.com is in no csv, jsonl or list of the script;"
        .. " zoe@contoso.com is not in the directory\n" }, { result.status, result.err })
      result = here:crier "preview floors.lua --as zoe@contoso.com"
      assert.equal(65, result.status)
      assert.matches("^crier: zoe@contoso%.com is in no csv, jsonl or list of the script, and the"
        .. " directory cannot be asked: AZURE_TENANT_ID is not set: [^\n]+\n$", result.err)
    end)
  end)

  describe("of several messages", function()
    local TWO = [[
local crier = require "crier"
return crier.campaign { name = "floors", fallback = "en",
  message = crier.variants { a = crier.card "card.json",
    b = crier.text { en = "Floor ${formatNumber(1234.5, 1)}",
      fr = "Étage ${formatNumber(1234.5, 1)}" } },
  language = function(recipient) return recipient.csv and recipient.csv.tongue end,
  audience = crier.csv "people.csv" + crier.list { "00000000-0000-4000-8000-0000000000aa" } }
]]

    before_each(function()
      here:write("people.csv", "upn,floor,tongue\nana@contoso.com,4th,de\neve@contoso.com,7,FR\n")
      here:write("floors.lua", TWO)
    end)

    -- What the notifications say, or the text where there is none, by heading.
    local function sections(options)
      local result = here:crier("preview floors.lua --out - " .. (options or ""))
      assert.same({ 0, "" }, { result.status, result.err })
      local found = markup.read(result.out)
      local heads = {}
      for i, each in ipairs(markup.all(found, "h2")) do
        heads[i] = each.text
      end
      return heads, data_of(found), result.out
    end

    it("has each of them, with a list of all at the top", function()
      local heads, data, written = sections()
      assert.same({ "variant a", "variant b, en", "variant b, fr" }, heads)
      assert.same({ 1, 0, 0 }, { #data.messages[1].cards, #data.messages[2].cards,
        #data.messages[3].cards })
      assert.matches('<a href="#m3">variant b, fr</a>', written, 1, true)
      assert.matches("Floor 1,234.5<", written, 1, true)
      assert.matches("Étage 1\194\160234,5<", written, 1, true)
    end)

    it("has what somebody gets, as far as the script tells", function()
      assert.same({ "variant a", "variant b, fr" }, (sections "--as eve@contoso.com"))
      assert.same({ "variant b, en" }, (sections "--as ana@contoso.com --variant b"))
      -- The variant goes by the person's id; the language is the directory's.
      local heads = sections "--as 00000000-0000-4000-8000-0000000000aa"
      assert.is_true(#heads == 1 and heads[1] == "variant a"
        or #heads == 2 and heads[1] == "variant b, en")
    end)

    it("has what a reader of some language gets", function()
      local heads, _, written = sections "--variant b --language en-IN"
      assert.same({ "variant b, en" }, heads)
      assert.matches("Floor 1,234.5<", written, 1, true)
    end)

    it("refuses what the message has not", function()
      local result = here:crier "preview floors.lua --variant c"
      assert.same({ 64, "crier: the message has no variant c\n" }, { result.status, result.err })
      here:write("floors.lua", SCRIPT)
      result = here:crier "preview floors.lua --language fr"
      assert.same({ 64, "crier: the message is in no language: it is the same for everybody\n" },
        { result.status, result.err })
    end)
  end)

  it("says what is wrong, and writes nothing", function()
    here:write("bad.lua", SCRIPT:gsub("card%.json", "none.json"))
    here:write("raises.lua", "error 'no'")
    here:write("empty.lua", (SCRIPT:gsub('message = crier.card "card.json",', "")))
    local cases = { ["floors.lua --as zoe@contoso.com"] = "zoe@contoso.com is in no csv",
      ["bad.lua"] = "cannot read none.json", ["raises.lua"] = "raises.lua:1: no",
      ["empty.lua"] = "empty.lua: it has no message", ["none.lua"] = "cannot read none.lua" }
    for arguments, said in pairs(cases) do
      local result = here:crier("preview " .. arguments)
      assert.same({ 65, "" }, { result.status, result.out })
      assert.equal("crier: " .. said, result.err:sub(1, #said + 7))
    end
    assert.equal(1, here:crier("preview floors.lua --out nowhere/x.html").status)
  end)
end)

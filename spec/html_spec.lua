local card = require "crier.report.card"
local cjson = require "cjson"
local html = require "crier.report.html"
local json = require "crier.format.json"
local markdown = require "crier.report.markdown"
local markup = require "support.markup"
local plot = require "crier.report.plot"

local h = html.element

local HOSTILE = { "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='x",
  "</style></title></textarea>", "&lt;b&gt; &amp; &#x3c;", "a\0b\27[2J\8c", "\255\254\192\128",
  "x\226\128\174evil", "]]>", "<!--", "\226\128\168line", "${recipient.id}" }

-- A page around something, read strictly.
local function read(body)
  return markup.read(html.page { title = "t", css = "p { }", body = body })
end

describe("crier.report.html", function()
  it("writes elements, attributes and texts", function()
    assert.equal('<p class="a" id="1">x &lt; y<br/><b>2</b></p>', html.render(h("p",
      { id = 1, class = "a", title = false }, "x < y", nil, h "br", { h("b", nil, 2) }, false)))
  end)

  it("skips what is false in the middle of a list", function()
    assert.equal("ab", html.render { "a", false, { "b" } })
  end)

  it("lets no text out of its place", function()
    for _, text in ipairs(HOSTILE) do
      local found = read { h("p", { title = text, class = text }, text), h("pre", nil, text) }
      assert.equal(7, #found - #markup.all(found, "meta"), text)
      assert.equal(found[#found].text, markup.all(found, "p")[1].text)
      assert.equal(0, #markup.all(found, "script"))
      assert.is_nil(html.escape(text):find "[%z\1-\9\11-\31]")
    end
  end)

  it("keeps line breaks, and nothing else that is not seen", function()
    assert.equal("a\nb\nc\nd?e f", html.escape "a\nb\r\nc\rd\0e\tf")
  end)

  it("asks for nothing from elsewhere, and runs nothing", function()
    local text = html.page { title = "<t>", css = "", body = {} }
    assert.matches("default%-src &#39;none&#39;; style%-src &#39;unsafe%-inline&#39;;"
      .. " img%-src data:", text)
    assert.equal("<t>", markup.all(markup.read(text), "title")[1].text)
  end)
end)

describe("crier.report.markdown", function()
  local function shown(text)
    return html.render(markdown.read(text))
  end

  it("knows bold, italic, links and lines", function()
    assert.equal("a <strong>b <em>c</em></strong><br/>d", shown "a **b _c_**\nd")
    assert.equal('<a href="https://x.org/a?b=1&amp;c" rel="noopener noreferrer">x</a>',
      shown "[x](https://x.org/a?b=1&c)")
    assert.equal("snake_case_name", shown "snake_case_name")
  end)

  it("links to http, https and mailto alone", function()
    for _, url in ipairs { "javascript:alert(1)", "JavaScript:x", "data:text/html,x", "//x.org",
      "vbscript:x", "file:///etc/passwd", "java\tscript:x" } do
      assert.is_nil(shown("[x](" .. url .. ")"):find("href", 1, true))
    end
    assert.matches("mailto:a@b", shown "[x](mailto:a@b)")
  end)

  it("is done in a moment with marks that lead nowhere", function()
    for _, mark in ipairs { "[", "**", "_", "[x](", "_a ", "**a" } do
      assert.equal("string", type(shown(mark:rep(20000))))
      assert.equal("string", type(shown(mark:rep(math.floor(3900 / #mark)))))
    end
  end)
end)

describe("crier.format.json", function()
  it("writes text over several lines, in its order", function()
    assert.equal('{\n  "b": [\n    1,\n    {}\n  ],\n  "a": "x\\"{,:\\\\"\n}',
      json.pretty '{"b":[1,{}],"a":"x\\"{,:\\\\"}')
    assert.equal('[]', json.pretty "[ ]")
    assert.equal('"a, b"', json.pretty '"a, b"')
  end)

  it("changes no value", function()
    local text = '{"type":"message","n":[1.50,-2e3,null,true,[[]]],"s":"\\u00e9 { [ : , \\\\"}'
    assert.same(cjson.decode(text), cjson.decode(json.pretty(text)))
  end)
end)

describe("crier.report.card", function()
  local function show(content, more)
    local activity = { type = "message", attachments = { {
      contentType = "application/vnd.microsoft.card.adaptive", content = content } } }
    for name, value in pairs(more or {}) do
      activity[name] = value
    end
    local shown, toast = card.show(cjson.encode(activity))
    return read { shown }, toast, html.render(shown)
  end

  it("shows texts, facts, columns and buttons", function()
    local found, toast, text = show({ type = "AdaptiveCard", body = {
      { type = "TextBlock", text = "Hello **Ann**", size = "Large", weight = "Bolder" },
      { type = "FactSet", facts = { { title = "Desk", value = "4" } } },
      { type = "ColumnSet", columns = { { type = "Column", items = { { type = "RichTextBlock",
        inlines = { "one ", { type = "TextRun", text = "two" } } } } } } },
      { type = "Container", items = { { type = "Input.Text", label = "Name" } } },
      { type = "TextBlock", text = "hidden", isVisible = false },
    }, actions = { { type = "Action.OpenUrl", title = "Open", url = "https://x.org/" } } },
      { summary = "Hello Ann" })
    assert.equal("Hello Ann", toast)
    assert.matches('class="text size%-large weight%-bolder ?">Hello <strong>Ann</strong>', text)
    assert.equal("Desk4", markup.all(found, "dl")[1].text)
    assert.matches("one </span>.*two</span>", text)
    assert.matches("%[Input%.Text: Name%]", text)
    assert.matches('href="https://x.org/"', text)
    assert.is_nil(text:find "hidden")
  end)

  it("fetches no picture", function()
    local _, _, text = show { body = {
      { type = "Image", url = "https://x.org/a.png", altText = "A map" },
      { type = "Image", url = "data:image/png;base64,iVBORw0KGgo=", altText = "Dot" },
      { type = "Image", url = "data:image/svg+xml;base64,PHN2Zz4=" },
      { type = "ImageSet", images = { { type = "Image", url = "http://x.org/b.png" } } } } }
    assert.equal(1, select(2, text:gsub("<img ", "")))
    assert.matches('<img alt="Dot" class="picture" src="data:image/png', text)
    assert.matches("A map", text)
  end)

  it("takes anything for a card, as deep as it goes", function()
    local deep = { type = "TextBlock", text = "x" }
    for _ = 1, 100 do
      deep = { type = "Container", items = { deep } }
    end
    local _, _, text = show { body = { deep } }
    assert.matches("deeper elements", text)
    for _, content in ipairs { { body = "x", actions = "y" }, { body = { 1, "x", { 2 } } },
      { body = { { type = {} }, { type = "TextBlock", text = {} },
        { type = "FactSet", facts = { 1 } },
        { type = "Table", rows = { 1, { cells = { 2, { items = { 3 } } } } } },
        { type = "Image" }, { type = "ColumnSet", columns = { 4 } } } } } do
      assert.equal("table", type((show(content))))
    end
    assert.is_nil((card.show "x"))
    assert.same({}, (card.show "{}"))
  end)

  it("lets no text of a card out of its place", function()
    for _, text in ipairs(HOSTILE) do
      if not text:find "[\192-\255]" then -- what JSON cannot carry
        local found = show({ body = {
          { type = "TextBlock", text = text, color = text, size = text },
          { type = text }, { type = "Image", url = text, altText = text },
          { type = "FactSet", facts = { { title = text, value = text } } } },
          actions = { { title = text, url = "javascript:" .. text } } },
          { text = text, summary = text })
        for _, each in ipairs(found) do
          assert.is_nil(each.attributes.onerror or each.attributes.onload)
          assert.is_true(each.name ~= "script" and each.name ~= "img")
        end
      end
    end
  end)
end)

describe("crier.report.plot", function()
  it("cuts any span into a bounded number of round pieces", function()
    for _, span in ipairs { 0, 1, 999, 60000, 61000, 3599000, 86400000, 30 * 86400000,
      400 * 86400000 } do
      local from, width, count = plot.pieces(1800000000123, 1800000000123 + span)
      assert.is_true(count >= 1 and count <= 62, span)
      assert.is_true(from <= 1800000000123 and from + width * count > 1800000000123 + span)
      assert.equal(0, from % width)
      assert.equal(math.floor(width), width)
    end
  end)

  it("draws a bar for each piece, and tells its numbers", function()
    local element = plot.draw { from = 1800000000000, width = 60000, count = 4,
      rows = { { bucket = 0, count = 1200 }, { bucket = 3, count = 3000 } } }
    local found = read { element }
    local bars, cells = markup.all(found, "rect"), markup.all(found, "td")
    assert.same({ "40.00", "100.00" }, { bars[1].attributes.height, bars[2].attributes.height })
    assert.same({ "1,200", "20", "3,000", "50" },
      { cells[1].text, cells[2].text, cells[3].text, cells[4].text })
    assert.equal("08:03", markup.all(found, "th")[5].text)
    assert.equal("Between 08:00 and 08:04 UTC at most 50 messages a second, reckoned over 1 min.",
      markup.all(found, "svg")[1].attributes["aria-label"])
  end)

  it("chooses the unit that has numbers above one", function()
    local function caption(count, width)
      local found = read { plot.draw { from = 1800000000000, width = width, count = 1,
        rows = { { bucket = 0, count = count } } } }
      return markup.all(found, "figcaption")[1].text
    end
    assert.equal("Messages a second, over time (UTC)", caption(60, 60000))
    assert.equal("Messages a minute, over time (UTC)", caption(59, 60000))
    assert.equal("Messages an hour, over time (UTC)", caption(1, 3600000))
  end)
end)

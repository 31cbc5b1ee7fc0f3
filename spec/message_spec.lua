local cjson = require "cjson"
local message = require "crier.template.message"
local template = require "crier.template"
local value = require "crier.template.value"

local HEAD = '{"type":"AdaptiveCard","version":"1.5",'
local SCOPE = { recipient = { givenName = "Zoë" }, data = { n = 5 }, campaign = {} }
local ALERT = { notification = { alert = true } }

local function card(rest)
  return assert(message.card(HEAD .. rest .. "}", "hello.json"))
end

local function summary(body)
  return cjson.decode((card('"body":' .. body):fill(SCOPE))).summary
end

local function refused(kind, source)
  local result, text, code = message[kind](source, "hello.json")
  assert.is_nil(result)
  assert.equal("TEMPLATE", code)
  return text
end

describe("crier.template.message #portable", function()
  describe(".card()", function()
    it("makes a message with the card as its attachment", function()
      local text = card('"body":[{"type":"TextBlock","text":"Hi ${recipient.givenName}",'
        .. '"n":12345678901234567890}],"actions":[]'):fill(SCOPE)
      assert.equal('{"type":"message","summary":"Hi Zoë","attachments":[{"contentType":'
        .. '"application/vnd.microsoft.card.adaptive","content":' .. HEAD
        .. '"body":[{"type":"TextBlock","text":"Hi Zoë","n":12345678901234567890}],'
        .. '"actions":[]}}],"channelData":{"notification":{"alert":true}}}', text)
    end)

    it("keeps places and paths of the card", function()
      local t = assert(message.card('{"type":"AdaptiveCard",\n "body":[{"type":"TextBlock",'
        .. '\n  "text":"${recipient.name}"}]}', "hello.json"))
      assert.same({ { path = "recipient.name", root = "recipient", field = "name",
        place = "hello.json:3:11 (/body/0/text)" } }, t:paths())
      local _, text = template.check(t, { recipient = { "displayName", "names" } })
      assert.equal("hello.json:3:11: ${recipient.name}: no such field; "
        .. "did you mean recipient.names?", text)
    end)

    it("refuses what is no Adaptive Card", function()
      local cases = {
        { "[]", "hello.json:1:1: a card is a JSON object" },
        { " {}", 'hello.json:1:2: an Adaptive Card has "type": "AdaptiveCard"' },
        { '{"type":\n"message"}', 'hello.json:2:1: an Adaptive Card has "type": "AdaptiveCard"' },
        { '{"type":"${data.t}"}', 'hello.json:1:9: an Adaptive Card has "type": "AdaptiveCard"' },
        { '{"type":1}', 'hello.json:1:9: an Adaptive Card has "type": "AdaptiveCard"' },
        { '{"type":"AdaptiveCard",}',
          'hello.json:1:24: expected a key in double quotes, found "}"' },
        { HEAD .. '"body":"${f(x)}"}',
          "hello.json:1:50: ${f(x)}: there is no function f; did you mean if?" },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[2], refused("card", case[1]))
      end
    end)

    it("takes the first visible TextBlock as summary", function()
      assert.equal("b", summary('[{"type":"Image","text":"a"},{"type":"TextBlock",'
        .. '"isVisible":false,"text":"x"},{"type":"TextBlock","text":""},{"type":"Container",'
        .. '"items":[{"type":"ColumnSet","columns":[{"items":[{"type":"TextBlock",'
        .. '"text":"b"}]}]}]},{"type":"TextBlock","text":"c"}]'))
      assert.equal("n 5", summary('[{"type":"TextBlock","text":"n ${data.n}"}]'))
      assert.equal("5", summary('[{"type":"TextBlock","text":"${data.n}"}]'))
    end)

    it("has no summary without a TextBlock", function()
      assert.is_nil(summary("[]"))
      assert.is_nil(summary('{"type":"Image"}'))
      assert.is_nil(summary('[{"type":"TextBlock"}]'))
      assert.is_nil(cjson.decode(card('"x":1'):fill(SCOPE)).summary)
    end)

    it("writes the summary as one plain line", function()
      assert.equal("Hi Zoë, see the page now",
        summary('[{"type":"TextBlock","text":"**Hi** ${recipient.givenName},\\n\\n'
          .. 'see [the page](https://contoso.example/a?b=c) **now**"}]'))
    end)

    it("takes its time over no brackets", function() -- a square of these is minutes
      local function of(text)
        return summary('[{"type":"TextBlock","text":"' .. text .. '"}]')
      end
      assert.equal("a b c d [e](f [g", of "[a]() [b](x) [](y)[c](z) [d](#) [e](f [g")
      for _, piece in ipairs { "[", "[a](", "[a]" } do
        assert.equal(199 + #"…", #of(piece:rep(2 ^ 17)))
      end
    end)

    it("bounds the summary", function()
      local function block(text)
        return '[{"type":"TextBlock","text":"' .. text .. '"}]'
      end
      local long = ("é"):rep(200)
      assert.equal(long, summary(block(long)))
      assert.equal(("é"):rep(199) .. "…", summary(block(long .. "é")))
      assert.equal("5" .. ("é"):rep(199) .. "…",
        summary(block("${data.n}" .. long .. "é${data.n}")))
      local name = ("😀"):rep(300)
      local text = card('"body":' .. block("${recipient.givenName}"))
        :fill({ recipient = { givenName = name } })
      assert.equal(("😀"):rep(200), cjson.decode(text).summary)
      assert.equal(name, cjson.decode(text).attachments[1].content.body[1].text)
    end)
  end)

  describe(".text()", function()
    it("makes a message with the text", function()
      local t = assert(message.text('Hi "${recipient.givenName}"\n${data.n}', "text"))
      assert.equal('{"type":"message","text":"Hi \\"Zoë\\"\\n5",'
        .. '"channelData":{"notification":{"alert":true}}}', t:fill(SCOPE))
      assert.equal("text:2:1", t:paths()[2].place)
    end)

    it("keeps a value alone a text", function()
      local t = assert(message.text("${data.n}", "text"))
      assert.same({ type = "message", text = "5", channelData = ALERT },
        cjson.decode(t:fill(SCOPE)))
      assert.same({ nil, "data.n is a table and cannot stand inside text", "TYPE" },
        { t:fill({ data = { n = {} } }) })
    end)

    it("refuses an empty text and a broken hole", function()
      assert.equal("hello.json: the text is empty", refused("text", " \n"))
      assert.equal("hello.json:1:6: ${a b}: unexpected b", refused("text", "x${a b}"))
    end)
  end)

  describe(".activity()", function()
    local function filled(activity)
      return assert(message.activity(activity, "activity")):fill(SCOPE)
    end

    it("takes JSON text as given, a type added", function()
      assert.equal('{"type":"message","text":"Hi Zoë","x":[]}',
        filled('{"text":"Hi ${recipient.givenName}","x":[]}'))
      assert.equal('{"a":1,"type":"typing"}', filled('{"a":1,"type":"typing"}'))
      assert.equal('{"type":"message"}', filled("{}"))
    end)

    it("takes a table, its keys sorted", function()
      assert.equal('{"type":"message","entities":[],"suggestedActions":{"actions":'
        .. '[{"title":"n 5"}]},"text":"Hi Zoë","value":{}}', filled({
        text = "Hi ${recipient.givenName}", entities = value.array({}), value = {},
        suggestedActions = { actions = { { title = "n ${data.n}" } } },
      }))
    end)

    it("tells its outline and places for who judges it", function()
      local made = assert(message.activity(
        '{"text":"${ data.x }a\\"",\n "attachments":[{}, 7, true],"n":"${data.x}"}', "a.json"))
      assert.equal('{"type":"message","text":"${data.x}a\\"","attachments":[{},7,true],'
        .. '"n":"${data.x}"}', made:outline())
      assert.equal("a.json:1:9", made:locate "/text")
      assert.equal("a.json:2:16", made:locate "/attachments")
      assert.equal("a.json:2:21", made:locate "/attachments/1")
      assert.equal("a.json:2:24", made:locate "/attachments/2/x/y")
      assert.equal("a.json (/type)", made:locate "/type")
      assert.equal("a.json", made:locate "")
      made = assert(message.activity({ text = "x" }, "hello.lua"))
      assert.equal("hello.lua (/text)", made:locate "/text")
    end)

    it("adds the summary of its first card", function()
      local CARD = "application/vnd.microsoft.card.adaptive"
      local function attached(rest)
        return '{"attachments":[{"contentType":"image/png","content":{}},{"contentType":"'
          .. CARD .. '","content":{"body":[{"type":"TextBlock","text":"n ${data.n}"}]}}]'
          .. rest .. "}"
      end
      assert.matches('^{"type":"message","summary":"n 5","attachments":', filled(attached ""))
      assert.equal("s", cjson.decode(filled(attached ',"summary":"s"')).summary)
      assert.is_nil(cjson.decode(filled '{"attachments":[7]}').summary)
    end)

    it("checks its cards as those of files", function()
      local function with(content)
        return { attachments = { { contentType = "application/vnd.microsoft.card.adaptive",
          content = content } } }
      end
      local made = assert(message.activity(with { type = "AdaptiveCard", version = "1.6",
        body = { { type = "Image" } } }, "hello.lua"))
      assert.same({ "hello.lua: /attachments/0/content/body/0: Image without url shows nothing",
        "hello.lua: /attachments/0/content/version: Teams shows cards up to 1.5, not all of 1.6" },
        made.warnings)
      assert.equal("hello.json: /attachments/0/content/body/0: there is no element TextBlok;"
        .. " did you mean TextBlock?", refused("activity",
        with { type = "AdaptiveCard", body = { { type = "TextBlok" } } }))
      assert.equal("hello.json:1:92: /attachments/0/content: there is no card Adaptive",
        refused("activity", '{"attachments":[{"contentType":'
          .. '"application/vnd.microsoft.card.adaptive","content":{"type":"Adaptive"}}]}'))
      assert.same({}, message.activity({ attachments = { { contentType = "image/png",
        content = { type = "Nothing" } } } }, "hello.lua").warnings)
    end)

    it("refuses what is no activity", function()
      assert.equal("hello.json:1:1: an activity is a JSON object", refused("activity", "[]"))
      assert.equal("hello.json: a value in it is a function",
        refused("activity", { text = print }))
      local cyclic = {}
      cyclic.x = cyclic
      assert.equal("hello.json: a value in it is nested deeper than 64 levels, "
        .. "or contains itself", refused("activity", cyclic))
    end)
  end)

  describe("options", function()
    local BODY = '"body":[{"type":"TextBlock","text":"Hi"}]'

    local function made(options)
      return assert(message.card(HEAD .. BODY .. "}", "hello.json", options)):fill(SCOPE)
    end

    it("give a card summary, importance and alert", function()
      assert.matches('^{"type":"message","summary":"For Zoë","importance":"high",'
        .. '"attachments":%[.*%]}$', made { summary = "For ${recipient.givenName}",
        importance = "high", alert = false })
      assert.matches('^{"type":"message","summary":"Hi","attachments":.*,"channelData":'
        .. '{"notification":{"alert":true}}}$', made { alert = true })
    end)

    it("give a text a format too", function()
      assert.equal('{"type":"message","summary":"s","importance":"low","textFormat":"xml",'
        .. '"text":"t"}', assert(message.text("t", "text", { summary = "s", importance = "low",
        format = "xml", alert = false })):fill(SCOPE))
    end)

    it("put mentions beside those that a card has", function()
      local mention = { type = "mention", text = "<at>A</at>", mentioned = { id = "a" } }
      local function entities(rest)
        local t = assert(message.card(HEAD .. BODY .. rest .. "}", "hello.json",
          { mentions = { mention } }))
        return cjson.decode(t:fill(SCOPE)).attachments[1].content.msteams
      end
      assert.same({ entities = { mention } }, entities "")
      assert.same({ entities = { mention } }, entities ',"msteams":7')
      assert.same({ width = "Full", entities = { mention } },
        entities ',"msteams":{"width":"Full"}')
      assert.same({ entities = { { x = 1 }, mention } },
        entities ',"msteams":{"entities":[{"x":1}]}')
    end)

    it("are templates, refused with their place", function()
      local function problem(kind, source, options)
        local t, text, code = message[kind](source, "a.json", options)
        assert.is_nil(t)
        assert.equal("TEMPLATE", code)
        return text
      end
      for kind, source in pairs { card = HEAD .. BODY .. "}", text = "t" } do
        assert.equal("a.json summary:1:5: ${a b}: unexpected b",
          problem(kind, source, { summary = "${a b}" }))
        assert.equal("a.json: a value in a mention is a function",
          problem(kind, source, { mentions = { print } }))
        assert.matches("^a%.json mentions:1:", problem(kind, source,
          { mentions = { { text = "${a b}" } } }))
      end
    end)
  end)

  describe("a summary", function()
    it("is the first text in reading order", function()
      assert.equal("ab", summary('[{"type":"Container","isVisible":false,"items":[{"type":'
        .. '"TextBlock","text":"x"}]},{"type":"Image","selectAction":{"card":{"body":[{"type":'
        .. '"TextBlock","text":"x"}]}},"fallback":{"type":"TextBlock","text":"x"}},{"type":'
        .. '"ActionSet","actions":[{"card":{"body":[{"type":"TextBlock","text":"x"}]}}]},'
        .. '{"type":"RichTextBlock","inlines":["",7,{"type":"TextRun","text":"a"},"b"]},'
        .. '{"type":"TextBlock","text":"x"}]'))
      assert.equal("5 Zoë", summary('[{"type":"RichTextBlock","inlines":[{"text":"${data.n}"},'
        .. '" ",{"text":"${recipient.givenName}"}]}]'))
      assert.equal("a", summary('[{"type":"RichTextBlock"},{"type":"RichTextBlock","inlines":[]},'
        .. '{"type":"Table","rows":[{"cells":[{"items":[{"type":"TextBlock","text":"a"}]}]}]}]'))
    end)
  end)

  it("refuses half of a surrogate pair and what is no number, with the place", function()
    local function problem(kind, source)
      local result, text, code = template.check(assert(message[kind](source, "a.json")), {})
      assert.same({ nil, "TEMPLATE" }, { result, code })
      return text
    end
    local HALF = ": this is half of a character, which is written \\uD83D\\uDE00"
    assert.equal("a.json:1:84" .. HALF, problem("card", HEAD
      .. '"body":[{"type":"TextBlock","text":"\\\\ud800 \\ud800 x"}]}'))
    assert.equal("a.json:1:14" .. HALF, problem("activity", '{"text":"é\\n \\uDC00"}'))
    assert.equal("a.json:1:3" .. HALF, problem("activity", '{"\\ud83d":1}'))
    assert.equal("a.json:1:6: this number is too large", problem("activity", '{"x":-1e999}'))
    assert.same({ nil, "activity:1:10" .. HALF }, { message.complete '{"text":"\\ud83dx"}' })
    assert.is_true(template.check(assert(message.activity(
      '{"text":"\\ud83d\\ude00 \\\\ud83d"}', "a.json")), {}))
  end)

  describe("what a person's values decide", function()
    local EXEC = '"$when":"${recipient.department == \'Execs\'}"'
    local TOLD = '{"type":"TextBlock","text":"Canteen closed"}'
    local SECRET = '{"type":"TextBlock","text":"Confidential"}'
    local people = { data = { n = 0, on = false, title = "A title", names = { "Ada", "Bo" },
      nobody = value.array {},
      items = { { name = "a", open = false }, { name = "**b**", open = true } } },
      recipient = { department = "Sales" }, campaign = {} }

    local function fill_of(text, options)
      return assert(message.card(HEAD .. text .. "}", "hello.json", options)):fill(people)
    end

    local function told(text)
      return cjson.decode((assert(fill_of(text)))).summary
    end

    local function body(first)
      return told('"body":[' .. first .. "," .. TOLD .. "]")
    end

    it("hides text from the summary as from the card", function()
      local holder = '{"type":"Container",%s,"items":[' .. SECRET .. "]}"
      assert.equal("Canteen closed", body(holder:format(EXEC)))
      assert.equal("Canteen closed", body(holder:format '"isVisible":"${data.on}"'))
      assert.equal("Canteen closed", body(holder:format '"isVisible":"${string(data.on)}"'))
      assert.equal("Canteen closed", body(holder:format '"isVisible":"False"'))
      assert.equal("Confidential", body(holder:format '"isVisible":"${!data.on}"'))
      assert.equal("Confidential", body(holder:format '"isVisible":"${recipient.jobTitle}"'))
      assert.equal("b", told('"body":[{"type":"RichTextBlock","inlines":[{"type":"TextRun",'
        .. '"$when":"${data.on}","text":"a"},"b"]}]'))
      people.recipient.department = "Execs"
      assert.equal("Confidential", body(holder:format(EXEC)))
      people.recipient.department = "Sales"
    end)

    it("takes the summary from what $data is written for", function()
      assert.equal("1: b", told('"body":[{"$data":"${data.items}","$when":"${open}",'
        .. '"type":"TextBlock","text":"${$index}: ${name}"}]'))
      assert.equal("Ada x", told('"body":[{"$data":"${data.names}","type":"TextBlock",'
        .. '"text":"${$data} x"}]'))
      assert.equal("A title", told('"$data":"${data}","body":[{"type":"TextBlock",'
        .. '"text":"${title}"}]'))
      assert.is_nil(told('"body":[{"$data":"${data.items}","$when":"${name == 0}",'
        .. '"type":"TextBlock","text":"${name}"},{"type":"Image","url":"u"}]'))
    end)

    it("leaves a summary that is given", function()
      assert.equal("S", cjson.decode((fill_of('"$data":"${data}","body":[{"type":"TextBlock",'
        .. '"text":"${title}"}]', { summary = "S" }))).summary)
    end)

    it("asks nothing of conditions that follow or hold no text", function()
      local text = fill_of('"body":[{"type":"Image","url":"u","$when":"${data.on}"},' .. TOLD
        .. ',{"type":"Container",' .. EXEC .. ',"items":[' .. SECRET .. "]}]")
      assert.matches('^{"type":"message","summary":"Canteen closed",', text)
    end)

    it("fails a person whose card is empty", function()
      local EMPTY = { nil, "the card is empty: its $when is false", "EMPTY" }
      assert.same(EMPTY, { fill_of('"$when":"${data.on}","body":[' .. TOLD .. "]") })
      assert.same(EMPTY, { fill_of('"$when":"${data.on}","body":[' .. TOLD .. "]",
        { summary = "S" }) })
      assert.same(EMPTY, { fill_of('"body":[{"type":"Container",' .. EXEC .. ',"items":[]}]') })
      assert.same({ nil, "the card is empty: its $data has nothing", "EMPTY" },
        { fill_of('"$data":"${data.nobody}","body":[' .. TOLD .. "]") })
      assert.same({ nil, "the card is 2 cards: its $data is a list", "EMPTY" },
        { fill_of('"$data":"${data.items}","body":[' .. TOLD .. "]") })
      assert.matches('"body":%[%]', fill_of '"body":[]')
      assert.matches('"body":%[%],"actions":%[{', fill_of('"body":[{"type":"Container",' .. EXEC
        .. ',"items":[]}],"actions":[{"type":"Action.Submit"}]'))
    end)

    it("is seen in the cards of an activity", function()
      local function filled(members, content)
        return assert(message.activity('{' .. members .. '"attachments":[{"contentType":'
          .. '"application/vnd.microsoft.card.adaptive","content":' .. content .. "}]}",
          "a.json")):fill(people)
      end
      assert.equal("Ada", cjson.decode((filled("", '{"body":[{"$data":"${data.names}",'
        .. '"type":"TextBlock","text":"${$data}"}]}'))).summary)
      assert.same({ nil, "the card is empty: its $when is false", "EMPTY" },
        { filled("", '{"$when":"${data.on}","body":[' .. TOLD .. "]}") })
      assert.same({ nil, "the message is empty: its $when is false", "EMPTY" },
        { filled('"$when":"${data.on}",', "{}") })
    end)
  end)

  describe(".complete()", function()
    local CARD = '"attachments":[{"contentType":"application/vnd.microsoft.card.adaptive",'
      .. '"content":{"body":[{"type":"TextBlock","text":"${a} \\"b\\""}]}}]'

    it("adds type and summary, and changes nothing else", function()
      assert.equal('{"type":"message"}', message.complete "{}")
      assert.equal('{"type":"message", "text" : [] }', message.complete ' { "text" : [] }')
      assert.equal('{"type":"message","summary":"${a} \\"b\\"",' .. CARD .. "}",
        message.complete("{" .. CARD .. "}"))
      assert.equal('{"summary":"${a} \\"b\\"","type":"x",' .. CARD .. "}",
        message.complete('{"type":"x",' .. CARD .. "}"))
      local whole = '{ "type":"x","summary":"", ' .. CARD .. "}"
      assert.equal(whole, message.complete(whole))
      assert.equal("[]", message.complete "[]")
      assert.same({ nil, "activity:1:2: expected a key in double quotes, found the end of the"
        .. " text" }, { message.complete "{" })
    end)
  end)
end)

local activity = require("crier.core").activity

local SPLIT = "text and attachments in one activity: Teams would split it into two messages "
  .. "and return no usable id"
local NO_MENTION = "a mention has a text, <at>name</at>, and mentioned.id"
local LOST = "the text of this mention does not occur in the "

local function accepts(json, options)
  assert.is_true(activity.check(json, options))
end

local function refuses(code, text, place, json, options)
  assert.same({ nil, text, code, place, n = 4 },
    { n = select("#", activity.check(json, options)), activity.check(json, options) })
end

local function mention(text, id)
  return ('{"type":"mention","text":"%s","mentioned":{"id":"%s","name":"A"}}'):format(text, id)
end

local function with_text(text, entity)
  return ('{"text":"%s","entities":[{"type":"other"},%s]}'):format(text, entity)
end

local function with_card(text, entity)
  return '{"attachments":[{"contentType":"image/png"},{"contentType":'
    .. '"application/vnd.microsoft.card.adaptive","content":{"body":[{"items":[7,null,"'
    .. text .. '"]}],"msteams":{"entities":[' .. entity .. "]}}}]}"
end

local function with_actions(...)
  return '{"suggestedActions":{"to":[],"actions":[' .. table.concat({ ... }, ",") .. "]}}"
end

local IM_BACK = '{"type":"imBack","title":"a","value":"a"}'

describe("crier.core.activity", function()
  describe(".check()", function()
    it("takes what Teams takes", function()
      for _, json in ipairs { "{}", '{"x":123456789012345678901234}', '{"type":"typing"}',
        '{"type":"message","text":"x"}',
        '{"text":null,"attachments":[{}],"importance":null}', '{"text":"","attachments":[{}]}',
        '{"text":"x","attachments":[]}', '{"text":"x","attachments":null}',
        '{"entities":{},"suggestedActions":[],"attachments":{}}' } do
        accepts(json)
      end
    end)

    it("refuses what is no object", function()
      for _, json in ipairs { "", "[]", "null", '"x"', "{", "{}{}", '{"a":1,}' } do
        refuses("NOT_OBJECT", "an activity is a JSON object", "", json)
      end
    end)

    it("refuses text and attachments together, unless they are asked for", function()
      for _, json in ipairs { '{"text":"x","attachments":[{}]}',
        '{"text":"${data.t}","attachments":"${data.a}"}', '{"text":7,"attachments":[1]}' } do
        refuses("SPLIT", SPLIT, "/attachments", json)
        accepts(json, { split = true })
      end
    end)

    it("knows the words of importance, format and layout", function()
      for key, case in pairs {
        importance = { "IMPORTANCE", 'importance is "low", "normal" or "high"',
          { "low", "normal", "high" } },
        textFormat = { "TEXT_FORMAT", 'textFormat is "markdown", "plain" or "xml"',
          { "markdown", "plain", "xml" } },
        attachmentLayout = { "LAYOUT", 'attachmentLayout is "list" or "carousel"',
          { "list", "carousel" } },
      } do
        for _, word in ipairs(case[3]) do
          accepts(('{"%s":"%s"}'):format(key, word))
        end
        accepts(('{"%s":"${data.x}"}'):format(key))
        for _, word in ipairs { '"urgent"', '""', '"High"', "7", "[]", "true" } do
          refuses(case[1], case[2], "/" .. key, ('{"%s":%s}'):format(key, word))
        end
      end
    end)

    it("refuses a mention whose text does not occur", function()
      accepts(with_text("Hi <at>Ann</at>!", mention("<at>Ann</at>", "29:1")))
      accepts(with_text("<at>${a.b}</at>", mention("<at>${a.b}</at>", "${a.id}")))
      accepts(with_text('<at id=\\"0\\">A</at>', mention('<at id=\\"0\\">A</at>', "1")))
      for _, text in ipairs { "Hi Ann", "", "<at>ann</at>", "<at> Ann</at>", "<at>An</at>" } do
        refuses("MENTION_TEXT", LOST .. "message: Teams would not show it as one",
          "/entities/1/text", with_text(text, mention("<at>Ann</at>", "29:1")))
      end
      refuses("MENTION_TEXT", LOST .. "message: Teams would not show it as one",
        "/entities/0/text", '{"entities":[' .. mention("<at>A</at>", "1") .. "]}")
    end)

    it("refuses a mention in a card whose text does not occur in that card", function()
      accepts(with_card("Hi <at>Ann</at>!", mention("<at>Ann</at>", "u@x")))
      refuses("MENTION_CARD", LOST .. "card: Teams would not show it as one",
        "/attachments/1/content/msteams/entities/0/text",
        with_card("Hi Ann", mention("<at>Ann</at>", "u@x")))
    end)

    it("refuses a mention of another form", function()
      for _, text in ipairs { "Ann", "<at></at>", "<at>Ann", "Ann</at>", "<at>A<b>n</at>",
        "<at>Ann</at> ", "<ats>Ann</at>", "", "<at", "<at>" } do
        refuses("MENTION", NO_MENTION, "/entities/1", with_text(text, mention(text, "29:1")))
      end
      for _, entity in ipairs { mention("<at>A</at>", ""), '{"type":"mention"}',
        '{"type":"mention","text":"<at>A</at>"}',
        '{"type":"mention","text":"<at>A</at>","mentioned":{"id":7}}',
        '{"type":"mention","text":7,"mentioned":{"id":"x"}}' } do
        refuses("MENTION", NO_MENTION, "/entities/1", with_text("<at>A</at>", entity))
      end
    end)

    it("takes six suggested actions that answer, in a 1:1 chat", function()
      local six = with_actions(IM_BACK, IM_BACK, IM_BACK, IM_BACK, IM_BACK, '"${data.a}"')
      accepts(six)
      accepts(with_actions('{"type":"${data.t}"}'))
      accepts(with_actions(), { is_group = true })
      local text = 'Teams takes at most 6 suggested actions, all of type "imBack"'
      refuses("ACTIONS", text, "/suggestedActions/actions",
        with_actions(IM_BACK, IM_BACK, IM_BACK, IM_BACK, IM_BACK, IM_BACK, IM_BACK))
      for _, action in ipairs { '{"type":"openUrl"}', "{}", "7", "null", '{"type":7}' } do
        refuses("ACTIONS", text, "/suggestedActions/actions/1", with_actions(IM_BACK, action))
      end
      refuses("ACTIONS_GROUP", "suggested actions are shown in a 1:1 chat only",
        "/suggestedActions", six, { is_group = true })
    end)

    it("bears deep and hostile input", function()
      refuses("NOT_OBJECT", "an activity is a JSON object", "", ('{"a":'):rep(100000))
      accepts(with_card(("x"):rep(100000), mention("<at>A</at>", "1")
        :gsub("<at>A</at>", ("x"):rep(10)):gsub("mention\"", "other\"")))
      accepts('{"text":"\\u0000","entities":[null,7,[],"x"],"attachments":null}')
    end)
  end)

  describe(".size()", function()
    it("counts UTF-16", function()
      for text, bytes in pairs { [""] = 0, abc = 6, ["é"] = 2, ["€"] = 2, ["😀"] = 4,
        ["aé€😀b"] = 12, ["\255"] = 2 } do
        assert.equal(bytes, activity.size(text))
      end
    end)

    it("leaves base64 images out", function()
      local head = '{"url":"data:image/png;base64,'
      local function size(data, tail)
        return activity.size(head .. data .. '"' .. (tail or "}"))
      end
      assert.equal(size "", size(("aB+/9="):rep(10000)))
      assert.equal(size "", size "iVBOR\\/w0=")
      assert.equal(size "" + 2 * (#head + 1), size("AAAA", "}" .. head .. 'BBBB"'))
      assert.equal(size "" + 2 * 2, size "AAAA é")
      assert.equal(2 * 26, activity.size "data:text/plain;base64,AAA")
      assert.equal(2 * 20, activity.size "data:image;base64AAA")
      assert.equal(2 * 10, activity.size "data:image")
      assert.equal(2 * 19, activity.size "data:image/;base64,")
    end)

    it("has Teams' limits beside it", function()
      assert.same({ 28672, 81920, 102400 },
        { activity.WARN_BYTES, activity.ADVISED_BYTES, activity.LIMIT_BYTES })
    end)
  end)

  it("raises on misuse", function()
    assert.has_error(function() activity.check() end)
    assert.has_error(function() activity.check({}) end)
    assert.has_error(function() activity.check("{}", true) end)
    assert.has_error(function() activity.size() end)
  end)
end)

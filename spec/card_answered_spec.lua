-- What becomes of a question's card.
local card = require "crier.dialog.card"
local cjson = require "cjson"

local function activity(content)
  return ('{"type":"message","summary":"Q","attachments":[{"contentType":'
    .. '"application/vnd.microsoft.card.adaptive","content":%s}]}'):format(content)
end

local function content_of(text)
  return cjson.decode(text).attachments[1].content
end

-- The texts of a card, line by line.
local function lines(text)
  local found = {}
  for i, each in ipairs(content_of(text).body) do
    local runs = {}
    for k, run in ipairs(each.inlines or {}) do
      runs[k] = run.text
    end
    found[i] = each.text or each.type == "RichTextBlock" and table.concat(runs) or each.type
  end
  return found
end

local FORM = activity [[{ "type": "AdaptiveCard", "version": "1.5", "refresh": {},
  "selectAction": { "type": "Action.Submit" },
  "body": [ { "type": "TextBlock", "text": "Lunch", "size": 1.50 },
    { "type": "Input.ChoiceSet", "id": "dish", "label": "Dish", "isMultiSelect": true,
      "choices": [ { "title": "Soup", "value": "1" }, { "title": "Stew", "value": "2" } ] },
    { "type": "ColumnSet", "columns": [ { "type": "Column", "items": [
      { "type": "Input.Toggle", "id": "hot", "title": "Hot" },
      { "type": "Input.Number", "id": "plates" } ] } ] },
    { "type": "Input.Text", "id": "word", "style": "Password" },
    { "type": "Input.Text", "id": "note" },
    { "type": "ActionSet", "actions": [ { "type": "Action.Submit", "title": "No",
      "data": { "crier": {}, "no": true } } ] } ],
  "actions": [ { "type": "Action.Submit", "title": "Yes", "data": { "no": false } },
    { "type": "Action.OpenUrl", "title": "Menu", "url": "https://contoso.com" } ] }]]

describe("crier.dialog.card #portable", function()
  describe(".answered()", function()
    it("has what was given in the place of inputs, and no button but links", function()
      local made = card.answered(FORM, { value = { dish = "2,1", hot = "true", plates = 2,
        word = "secret", note = " ", no = false } })
      assert.same({ "Lunch", "Dish  Stew, Soup", "ColumnSet", "✓ Yes" }, lines(made))
      local content = content_of(made)
      local items = content.body[3].columns[1].items
      assert.same({ "✓ Hot", "2" }, { items[1].inlines[1].text, items[2].inlines[1].text })
      assert.same({ { type = "Action.OpenUrl", title = "Menu", url = "https://contoso.com" } },
        content.actions)
      assert.same({}, { content.refresh, content.selectAction })
      assert.is_nil(made:find("secret", 1, true))
      assert.is_not_nil(made:find('"size":1.50', 1, true)) -- literals stay as they are
    end)

    it("tells of two buttons the one that was pressed, if it can", function()
      local function last(value)
        local found = lines(card.answered(FORM, { value = value }))
        return found[#found]
      end
      assert.equal("✓ No", last { no = true })
      assert.equal("✓ Yes", last { no = false })
      assert.equal("✓ ", last {})
      local two = activity [[{ "type": "AdaptiveCard", "actions": [
        { "type": "Action.Execute", "title": "A", "verb": "a" },
        { "type": "Action.Execute", "title": "B", "verb": "b",
          "data": { "of": { "kind": 1 } } } ] }]]
      assert.same({ "✓ B" }, lines(card.answered(two, { value = { verb = "b" } })))
    end)

    it("has a written line as it was written", function()
      local found = lines(card.answered(FORM, { text = "*soup* [x](y)" }))
      assert.equal("*soup* [x](y)", found[#found])
    end)

    it("is of no text", function()
      assert.is_nil(card.answered('{"type":"message","text":"Soup?"}', { text = "yes" }))
    end)
  end)

  it(".closed() says why nothing can be done", function()
    local made = card.closed(FORM, "Over.")
    assert.same({ "Lunch", "ColumnSet", "Over." }, lines(made))
    assert.equal("Over.", cjson.decode(made).summary)
    assert.same({ "Soup?", "Over." }, lines(card.closed(activity [[{ "body": [
      { "type": "Input.Text", "label": "Soup?" }, { "type": "Input.Text", "label": "Why?" } ]
      }]], "Over.")))
  end)

  it(".filled() has an answer to be changed", function()
    local content = content_of(card.filled(FORM, { dish = "1", plates = "3" }, "Noted."))
    assert.same({ "1", "3", "Noted." }, { content.body[2].value,
      content.body[3].columns[1].items[2].value, content.body[7].text })
    assert.is_not_nil(content.refresh)
    assert.equal(2, #content.actions)
  end)

  it(".content() is what Teams shows: the card, or a text as one", function()
    assert.equal("Lunch", cjson.decode(card.content(FORM)).body[1].text)
    assert.equal("Thanks", cjson.decode(card.content '{"type":"message","text":"Thanks"}')
      .body[1].text)
    assert.is_nil(card.content '{"type":"message"}')
  end)
end)

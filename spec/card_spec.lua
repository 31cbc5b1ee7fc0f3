local card = require "crier.template.card"
local document = require "crier.template.document"

local function check(text)
  local state = assert(document.read(text, "c.json"))
  return card.check(state.tree, state.source)
end

local function body(inner)
  return '{"type":"AdaptiveCard","version":"1.5","body":[' .. inner .. "]}"
end

describe("crier.template.card #portable", function()
  it("takes every type in its place", function()
    for _, inner in ipairs {
      '{"type":"TextBlock","text":"x"}',
      '{"type":"ColumnSet","columns":[{"items":[{"type":"Image","url":"u"}]}]}',
      '{"type":"Table","rows":[{"cells":[{"items":[{"type":"TextBlock","text":"x"}]}]}]}',
      '{"type":"RichTextBlock","inlines":["x",{"type":"TextRun","text":"y"}]}',
      '{"type":"ActionSet","actions":[{"type":"Action.ShowCard","card":{"type":"AdaptiveCard",'
        .. '"body":[{"type":"Input.Text","id":"i"}]}}]}',
      '{"type":"${data.kind}"}', '"${data.element}"',
      '{"type":"Hologram","fallback":"drop"}',
      '{"type":"Container","$data":"${data.l}","$when":"${x}","items":[],'
        .. '"selectAction":{"type":"Action.OpenUrl","url":"u"}}',
    } do
      assert.same({}, check(body(inner)))
    end
  end)

  it("refuses what there is not, with place and suggestion", function()
    local cases = {
      { body '{"type":"TextBlok","text":"x"}',
        "c.json:1:56: /body/0: there is no element TextBlok; did you mean TextBlock?" },
      { body '\n{"type":"Container","items":[{"type":"Action.Submit"}]}',
        "c.json:2:38: /body/0/items/0: there is no element Action.Submit" },
      { '{"type":"AdaptiveCard","actions":[{"type":"Action.OpenURL","url":"u"}]}',
        "c.json:1:43: /actions/0: there is no action Action.OpenURL; "
          .. "did you mean Action.OpenUrl?" },
      { body '{"type":"Image","url":"u","selectAction":{"type":"Image"}}',
        "c.json:1:97: /body/0/selectAction: there is no action Image" },
      { body '{"type":"RichTextBlock","inlines":[{"type":"TextBlock"}]}',
        "c.json:1:91: /body/0/inlines/0: there is no inline TextBlock" },
    }
    for _, case in ipairs(cases) do
      local warnings, message = check(case[1])
      assert.is_nil(warnings)
      assert.equal(case[2], message)
    end
  end)

  it("warns of what Teams may not show", function()
    assert.same({ "c.json:1:34: /version: Teams shows cards up to 1.5, not all of 1.6" },
      check '{"type":"AdaptiveCard","version":"1.6"}')
    assert.same({ "c.json:1:34: /version: Teams shows cards up to 1.5, not all of 1.10" },
      check '{"type":"AdaptiveCard","version":"1.10"}')
    assert.same({}, check '{"type":"AdaptiveCard","version":"1.2"}')
    assert.same({ "c.json:1:48: /body/0: Image without url shows nothing",
      "c.json:1:65: /body/1: this element has no type" },
      check(body '{"type":"Image"},{"text":"x"}'))
  end)
end)

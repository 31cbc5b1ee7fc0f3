-- The cards of dialogs: which presses are answers.
local talking = require "support.talking"

local CARD = [[{ "type": "AdaptiveCard", "version": "1.5",
  "refresh": { "action": { "type": "Action.Execute", "verb": "look", "data": { "a": 1 } },
    "userIds": [ "29:x" ] },
  "body": [ { "type": "Input.Text", "id": "dish" } ],
  "actions": [ { "type": "Action.Execute", "title": "Send", "verb": "send" } ] }]]

local SCRIPT = [[
local crier = require "crier"
local question, bye = crier.card "lunch.json", crier.text "Bye"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  message = crier.dialog(function(d)
    d:ask(question, { validate = function(answer) return answer.value.dish:find "o" end })
    d:say(bye)
  end) }
]]

describe("crier.dialog: a card", function()
  local talk

  local function begin()
    local made = talking.new { ["campaign.lua"] = SCRIPT, ["lunch.json"] = CARD }
    made:send "lunch"
    return made, made:people()[1]
  end

  after_each(function() talk:close() end)

  -- What Teams shows when it refreshes a card by itself.
  local function look(person, data)
    local status, answer = talk:hear(talk:activity(person, "invoke", {
      name = "adaptiveCard/action", value = { trigger = "automatic", action = {
        type = "Action.Execute", verb = "look", data = data } } }))
    assert.equal(200, status)
    return answer
  end

  it("is shown as it stands to who looks at it, which is no answer", function()
    local ann
    talk, ann = begin()
    local content = talk:received(ann)[1].attachments[1].content
    local data = content.refresh.action.data
    assert.same({ 1, 1 }, { data.a, data.crier.r })
    assert.is_nil(content.actions[1].data.crier.r)
    local function kept()
      return talk.store.db:row("SELECT count(*) AS n FROM inbox").n
    end
    local before = kept()
    talk:pass(5000)
    for _, pressed in ipairs { data, talk:data(ann, 1, { dish = "soup" }) } do
      local answer = look(ann, pressed)
      assert.same({ 200, "application/vnd.microsoft.card.adaptive", content },
        { answer.statusCode, answer.type, answer.value })
    end
    assert.equal(400, look(talk:people()[2], data).statusCode)
    assert.equal(before, kept())
    assert.equal(400, look(ann, { dish = "soup" }).statusCode)
    talk:pass(5000)
    assert.same({ "open", 0 }, { talk:dialog(ann).state, talk:dialog(ann).answered })
    local press = talk:pressing(ann, 1, { dish = "soup" })
    press.value.action.verb = "send"
    local shown = select(2, talk:hear(press)).value
    talk:pass(5000)
    assert.same({ "✓ Send", "Bye" }, talk:texts(ann))
    assert.same(shown, talk:received(ann)[1].attachments[1].content)
    assert.same({ "soup", "✓ Send" }, { shown.body[1].inlines[1].text,
      shown.body[2].inlines[1].text })
    assert.is_nil(shown.refresh)
    assert.same(shown, look(ann, data).value)
  end)

  it("shows that it is closed to who looks at it then", function()
    local ann
    talk, ann = begin()
    local data = talk:received(ann)[1].attachments[1].content.refresh.action.data
    talk:pass(5000)
    talk.store.dialogs:cancel(talk.store.campaigns:find("lunch").id, talk.loop:now())
    local shown = look(ann, data).value
    assert.same({ 1, "This question is closed." }, { #shown.body, shown.body[1].text })
    assert.is_nil(shown.actions)
  end)

  it("stays open where the script cannot say whether it is answered, and logs that", function()
    local ann
    talk, ann = begin()
    talk:write(ann, "soup")
    talk:pass(5000)
    assert.same({ "(card)", "This is no answer that can be taken: please try again." },
      talk:texts(ann))
    local entry = talk.logged[#talk.logged]
    assert.same({ "dialog cannot validate", "lunch" }, { entry.event, entry.campaign })
    assert.is_not_nil(entry.problem:find "^campaign.lua:5: attempt to index")
    talk:execute(ann, 1, { dish = "soup" })
    talk:pass(5000)
    assert.equal("done", talk:dialog(ann).state)
  end)

  it("is not answered by the press of another store's card", function()
    local ann
    talk, ann = begin()
    local data = talk:data(ann, 1, { dish = "soup" })
    data.crier.p = data.crier.p - 1
    local answer = select(2, talk:hear(talk:activity(ann, "invoke", {
      name = "adaptiveCard/action", value = { action = { type = "Action.Execute",
        verb = "send", data = data } } })))
    assert.equal("This question is closed: your answer came too late.", answer.value)
    assert(talk:hear(talk:activity(ann, "message", { value = data })) == 200)
    talk:pass(5000)
    assert.same({ "open", 0, "(card)" }, { talk:dialog(ann).state, talk:dialog(ann).answered,
      table.concat(talk:texts(ann), " ") })
  end)
end)

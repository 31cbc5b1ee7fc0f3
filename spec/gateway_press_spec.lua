-- Answers to dialogs and polls that come in by a gateway which only has the store: Teams
-- is answered at once, and whoever works on the store takes the answer.
local gateway = require "crier.gateway"
local issuer = require "support.issuer"
local keys = require "crier.bot.keys"
local talking = require "support.talking"

local HOUR, DAY = 3600000, 24 * 3600000
local RECEIVED = "Your answer was received."
local CLOSED = "This question is closed: your answer came too late."
local ANSWERED = "You have answered this already: your first answer counts."
local signer = issuer.new()

local CARD = [[{ "type": "AdaptiveCard", "version": "1.5",
  "body": [ { "type": "Input.Text", "id": "dish" } ],
  "actions": [ { "type": "Action.Execute", "title": "Send", "verb": "send" } ] }]]

local DIALOG = [[
local crier = require "crier"
local question, bye = crier.card "lunch.json", crier.text "${data.dish}, by ${data.verb}"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  message = crier.dialog(function(d)
    local answer = d:ask(question, { within = "1d", validate = function(given)
      return given.value.dish ~= "", "Which dish?"
    end })
    if answer then
      d:say(bye, answer.value)
    end
  end) }
]]

local POLL = [[
local crier = require "crier"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  message = crier.poll { question = "Soup?", choices = { "Yes", "No" }, within = "1d", %s } }
]]

describe("crier.gateway: the press of a button", function()
  local talk, opened, people

  local function begin(script)
    talk = talking.new({ ["campaign.lua"] = script, ["lunch.json"] = CARD })
    talk:send "lunch"
    people = talk:people()
    local env, now_ms = talk.stage.env, talk.stage.clock.now_ms()
    opened = assert(gateway.open { now = talk.stage.clock.now_ms, store = env.CRIER_STORE,
      tenant = env.AZURE_TENANT_ID, client_id = env.AZURE_CLIENT_ID,
      connector_url = env.CRIER_CONNECTOR_URL })
    assert(talk.store.key_sets:keep(keys.sources(opened.config)[1].url, '{"keys":['
      .. signer:jwk("now", ',"endorsements":["msteams"]') .. "]}", now_ms))
    local token = signer:sign('{"alg":"RS256","kid":"now"}',
      ('{"iss":"https://api.botframework.com","aud":"%s","serviceurl":"%s","nbf":%d,"exp":%d}')
      :format(env.AZURE_CLIENT_ID, talk.config.info.connector, math.floor(now_ms / 1000),
        math.floor((now_ms + 10 * DAY) / 1000)))
    talk.front = { receive = function(_, request)
      request.headers.authorization = "Bearer " .. token
      return opened:receive(request)
    end }
  end

  after_each(function()
    opened:close()
    talk:close()
  end)

  local function last(person)
    local texts = talk:texts(person)
    return texts[#texts]
  end

  it("carries a dialog on, once", function()
    begin(DIALOG)
    local press = talk:pressing(people[1], 1, { dish = "soup" })
    local status, answer = talk:hear(press)
    assert.same({ 200, { statusCode = 200, value = RECEIVED,
      type = "application/vnd.microsoft.activity.message" } }, { status, answer })
    assert.equal("open", talk:dialog(people[1]).state)
    assert.same({ 200, answer }, { talk:hear(press) })
    talk:pass(5000)
    assert.same({ 200, answer }, { talk:hear(press) })
    talk:restart()
    talk:pass(5000)
    assert.same({ "soup", "soup, by answer" }, talk:texts(people[1]))
    assert.same({ "done", 1 }, { talk:dialog(people[1]).state, talk:dialog(people[1]).answered })
    assert.same({ 0, 0 }, { talk.store.inbox:counts() })
  end)

  it("that is no answer is told of in the chat", function()
    begin(DIALOG)
    assert.equal(RECEIVED, talk:execute(people[1], 1, { dish = "" }).value)
    talk:pass(5000)
    assert.equal("Which dish?", last(people[1]))
    assert.equal("open", talk:dialog(people[1]).state)
    talk:pass(DAY)
    assert.equal(RECEIVED, talk:execute(people[1], 1, { dish = "stew" }).value)
    talk:pass(5000)
    assert.equal(CLOSED, last(people[1]))
    assert.equal(0, talk:dialog(people[1]).answered)
  end)

  it("counts in a poll, once, and of a second one the person is told", function()
    begin(POLL:format 'thanks = "Noted."')
    local again = talk:pressing(people[1], 1, { answer = "1" })
    assert.equal(RECEIVED, talk:execute(people[1], 1, { answer = "2" }).value)
    talk:pass(5000)
    assert.same({ 0, 1 }, talk:counts "lunch")
    assert.same({ "Noted." }, talk:texts(people[1])) -- in the place of the card
    assert.equal(200, (talk:hear(again)))
    talk:pass(5000)
    assert.same({ 0, 1 }, talk:counts "lunch")
    assert.equal(ANSWERED, last(people[1]))
  end)

  it("may change an answer", function()
    begin(POLL:format "changeable = true")
    for _, answer in ipairs { "2", "1" } do
      talk:execute(people[1], 1, { answer = answer })
      talk:pass(HOUR)
    end
    assert.same({ 1, 0 }, talk:counts "lunch")
    assert.same({ "(card)" }, talk:texts(people[1]))
  end)

  it("leaves nothing of an anonymous answer once it is counted", function()
    begin(POLL:format "anonymous = true")
    for _, answer in ipairs { "2", "2", "nonsense1" } do
      talk:execute(people[1], 1, { answer = answer })
    end
    talk:pass(5000)
    talk:execute(people[2], 1, { answer = "nonsense2" })
    assert.equal(1, talk:traces "nonsense2")
    talk:pass(5000)
    assert.same({ 0, 0 }, { talk:traces "nonsense1", talk:traces "nonsense2" })
    assert.equal("", talk.store.db:row("SELECT group_concat(body, '') AS all_ FROM inbox").all_)
    assert.equal(1, talk:results("lunch").answered)
    assert.same({ "Thank you.", ANSWERED, ANSWERED }, talk:texts(people[1]))
  end)

  it("in time counts, though it is worked on when the time is over", function()
    begin(DIALOG)
    talk:pass(DAY - HOUR)
    talk:execute(people[1], 1, { dish = "soup" })
    talk.stage.clock.set(talk.stage.clock.now_ms() + 2 * HOUR)
    assert(talk.engine:work()) -- before what was heard
    talk:pass(5000)
    assert.equal("soup, by answer", last(people[1]))
    assert.same({ 1, 0 }, { talk:dialog(people[1]).answered, talk:dialog(people[2]).answered })
  end)

  it("that can be no answer is answered at once, and left to nobody", function()
    begin(DIALOG)
    local function shown(press)
      local _, answer = talk:hear(press)
      return answer.value
    end
    local foreign = talk:pressing(people[2], 1, {})
    foreign.value.action.data = talk:data(people[1], 1, { dish = "soup" })
    assert.equal("This question was put to somebody else.", shown(foreign))
    local other = talk:pressing(people[1], 1, {})
    other.value.action.data.crier.p = 1
    assert.equal(CLOSED, shown(other))
    local unmarked = talk:pressing(people[1], 1, {})
    unmarked.value.action.data = { dish = "soup" }
    assert.equal(CLOSED, shown(unmarked))
    local automatic = talk:pressing(people[1], 1, { dish = "soup" })
    automatic.value.trigger = "automatic"
    assert.equal("BadRequest", shown(automatic).code)
    assert.equal(501, (talk:hear(talk:activity(people[1], "invoke", { name = "task/fetch" }))))
    assert.same({ 0, 0 }, { talk.store.inbox:counts() })
  end)
end)

-- Dialogs from the campaign's message to their end, with people of the simulator.
local results = require "crier.report.results"
local talking = require "support.talking"

local CARD = [[{ "type": "AdaptiveCard", "version": "1.5",
  "body": [ { "type": "TextBlock", "text": "Lunch, ${recipient.givenName}?" },
    { "type": "Input.Text", "id": "dish" } ],
  "actions": [ { "type": "Action.Submit", "title": "Send", "data": { "yes": true } } ] }]]

local function script(body, more)
  return ([[
local crier = require "crier"
local question = crier.card "lunch.json"
local thanks, sorry = crier.text "Thanks for ${data.dish}", crier.text "Too late"
local hello, bye = crier.text "What dish?", crier.text "Bye ${recipient.givenName}"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true, %s
  message = crier.dialog(function(d)
%s
  end) }
]]):format(more or "", body)
end

local HOUR, DAY = 3600000, 24 * 3600000

describe("crier.dialog", function()
  local talk

  local function begin(body, more)
    talk = talking.new { ["campaign.lua"] = script(body, more), ["lunch.json"] = CARD }
    talk:send "lunch"
    return talk:people()[1]
  end

  after_each(function() talk:close() end)

  it("sends what it asks first, and goes on with the answer", function()
    local ann = begin [[
      local a = d:ask(question)
      d:say(thanks, { dish = a.value.dish })]]
    assert.same({ "(card)" }, talk:texts(ann))
    assert.equal("open", talk:dialog(ann).state)
    talk:press(ann, 1, { dish = "soup" })
    talk:pass(5000)
    assert.same({ "✓ Send", "Thanks for soup" }, talk:texts(ann))
    assert.equal("done", talk:dialog(ann).state)
    assert.equal(1, talk:dialog(ann).answered)
  end)

  it("gives the fields of the button, without its own mark", function()
    local ann = begin [[
      local a = d:ask(question)
      local names = {}
      for name in pairs(a.value) do names[#names + 1] = name end
      table.sort(names)
      d:say(thanks, { dish = table.concat(names, " ") })]]
    talk:press(ann, 1, { dish = "soup" })
    talk:pass(5000)
    assert.equal("Thanks for dish yes", talk:texts(ann)[2])
  end)

  it("takes a written line as an answer", function()
    local ann = begin [[
      local a = d:ask(hello)
      d:say(thanks, { dish = a.text })]]
    talk:write(ann, "stew")
    talk:pass(5000)
    assert.same({ "What dish?", "Thanks for stew" }, talk:texts(ann))
  end)

  it("takes no written line where none is wanted", function()
    local ann = begin "local a = d:ask(question, { text = false }) d:say(bye)"
    talk:write(ann, "stew")
    talk:pass(5000)
    assert.equal("open", talk:dialog(ann).state)
  end)

  it("reminds, and gives up in the end", function()
    local ann = begin [[
      local a, why = d:ask(hello, { within = "3d", remind = "1d" })
      if not a then d:say(thanks, { dish = why }) end]]
    talk:pass(23 * HOUR)
    assert.equal(1, #talk:texts(ann))
    talk:pass(2 * HOUR)
    assert.same({ "What dish?", "What dish?" }, talk:texts(ann))
    talk:pass(DAY)
    assert.equal(3, #talk:texts(ann))
    talk:pass(DAY)
    assert.same({ "What dish?", "What dish?", "What dish?", "Thanks for timeout" },
      talk:texts(ann))
    assert.equal("done", talk:dialog(ann).state)
  end)

  it("reminds once after a gap in which nobody was there to remind", function()
    local ann = begin [[d:ask(hello, { within = "30d", remind = "1d" })]]
    talk.loop:run(function() talk.loop:sleep(5.5 * DAY) end)
    talk:pass(23 * HOUR)
    assert.equal(2, #talk:texts(ann))
    talk:pass(2 * HOUR)
    assert.equal(3, #talk:texts(ann))
  end)

  it("reminds with another message when it is told which", function()
    local ann = begin [[d:ask(hello, { within = "2d", remind = "1d", reminder = sorry })]]
    talk:pass(25 * HOUR)
    assert.same({ "What dish?", "Too late" }, talk:texts(ann))
  end)

  it("does not remind who has answered", function()
    local ann = begin [[
      d:ask(hello, { within = "3d", remind = "1d" })
      d:ask(hello)]]
    talk:write(ann, "stew")
    talk:pass(4 * DAY)
    assert.same({ "What dish?", "What dish?" }, talk:texts(ann))
  end)

  it("asks to mend what is no answer", function()
    local ann = begin [[
      local a = d:ask(hello, { validate = function(answer)
        return answer.text == "stew", "There is only stew."
      end })
      d:say(thanks, { dish = a.text })]]
    talk:write(ann, "soup")
    talk:pass(5000)
    talk:write(ann, "stew")
    talk:pass(5000)
    assert.same({ "What dish?", "There is only stew.", "Thanks for stew" }, talk:texts(ann))
    assert.equal(1, talk:dialog(ann).answered)
  end)

  it("ends when somebody cancels it", function()
    local ann = begin [[
      local a, why = d:ask(hello)
      d:say(thanks, { dish = why })]]
    talk:write(ann, " Cancel ")
    talk:pass(5000)
    assert.same({ "What dish?", "Thanks for cancelled" }, talk:texts(ann))
    assert.equal("cancelled", talk:dialog(ann).state)
    assert.equal(0, talk:dialog(ann).answered)
  end)

  it("lets somebody opt out of its topic", function()
    local ann = begin([[
      local a, why = d:ask(hello)
      d:say(thanks, { dish = why })]], 'topic = "meals",')
    talk:write(ann, "unsubscribe")
    talk:pass(5000)
    assert.equal("Thanks for opted out", talk:texts(ann)[2])
    assert.equal("user:" .. ann, talk.store.opt_outs:list(talk.config.tenant)[1].key)
  end)

  it("counts the first answer, and tells who answers twice or too late", function()
    local ann = begin [[
      local a = d:ask(question, { within = "1d", closed = "The kitchen is closed." })
      d:say(thanks, { dish = a and a.value.dish or "nothing" })]]
    local bob = talk:people()[2]
    local first = talk:press(ann, 1, { dish = "soup" })
    talk:pass(5000)
    talk:hear(first) -- Teams sends the same activity again
    talk:press(ann, 1, { dish = "soup" }) -- a second press
    talk:press(ann, 1, { dish = "stew" })
    talk:pass(2 * DAY)
    talk:press(bob, 1, { dish = "soup" })
    talk:pass(5000)
    assert.same({ "✓ Send", "Thanks for soup",
      "You have answered this already: your first answer counts." }, talk:texts(ann))
    assert.same({ "(card)", "Thanks for nothing", "The kitchen is closed." },
      talk:texts(bob))
  end)

  it("does not take somebody's answer to another's question", function()
    local ann = begin "d:ask(question) d:say(bye)"
    local bob = talk:people()[2]
    assert.equal(200, (talk:hear(talk:activity(bob, "message",
      { value = talk:data(ann, 1, { dish = "soup" }) }))))
    talk:pass(5000)
    assert.equal("open", talk:dialog(ann).state)
    assert.equal(1, #talk:texts(ann))
  end)

  it("puts its thanks in the place of the question", function()
    local ann = begin "d:ask(question, { thanks = bye })"
    talk:press(ann, 1, { dish = "soup" })
    talk:pass(5000)
    assert.equal(1, talk.stage:stats().operations.update["200"])
  end)

  it("shows a text's thanks as a card to who pressed, and leaves the question if told so",
    function()
    local ann = begin "d:ask(question, { thanks = bye }) d:ask(question, { thanks = false })"
    local answer = talk:execute(ann, 1, { dish = "soup" })
    talk:pass(5000)
    assert.matches("^Bye ", talk:texts(ann)[1])
    assert.same({ { type = "TextBlock", text = talk:texts(ann)[1], wrap = true } },
      answer.value.body)
    talk:press(ann, 1, { dish = "stew" })
    talk:pass(5000)
    assert.same({ "done", "(card)" }, { talk:dialog(ann).state, talk:texts(ann)[2] })
  end)

  it("answers the press of an Action.Execute at once", function()
    local ann = begin "d:ask(question) d:say(bye)"
    local data = talk:data(ann, 1, { dish = "soup" })
    local status, answer = talk:hear(talk:activity(ann, "invoke", { name = "adaptiveCard/action",
      value = { action = { type = "Action.Execute", verb = "order", data = data } } }))
    assert.same({ 200, 200, "application/vnd.microsoft.card.adaptive" },
      { status, answer.statusCode, answer.type })
    talk:pass(5000)
    assert.same(answer.value, talk:received(ann)[1].attachments[1].content)
    assert.same({ "✓ Send", "Bye " .. talk.store.targets:by_id(talk:dialog(ann).target).name
      :match "%S+" }, talk:texts(ann))
  end)

  it("survives a restart at each step", function()
    local ann = begin [[
      local a = d:ask(hello)
      local at, chance = d:now(), d:random(1, 8)
      local count = d:once("order", function() return { 7 } end)
      d:wait("2h")
      local b = d:ask(hello)
      d:say(thanks, { dish = ("%s %s %d %d %s"):format(a.text, b.text, chance, count[1],
        d:now() - at >= 7200000) })]]
    for _, step in ipairs { function() end, function() talk:write(ann, "soup") end,
      function() end, function() end, function() talk:write(ann, "stew") end } do
      talk:restart()
      step()
      talk:restart()
      talk:pass(2 * HOUR)
    end
    assert.same({ "What dish?", "What dish?", "Thanks for soup stew 3 7 true" },
      talk:texts(ann))
  end)

  it("runs what acts on the world once", function()
    local count = 0
    _G.crier_spec_order = function() count = count + 1 return count end
    local ann = begin [[
      d:ask(hello)
      local n = d:once("order", crier_spec_order)
      d:ask(hello)
      d:say(thanks, { dish = tostring(n == 1) })]]
    talk:write(ann, "a")
    talk:pass(5000)
    talk:write(ann, "b")
    talk:pass(5000)
    _G.crier_spec_order = nil
    assert.equal(1, count)
    assert.equal("Thanks for true", talk:texts(ann)[3])
  end)

  it("gives control back to the dialog before", function()
    talk = talking.new { ["campaign.lua"] = script [[
        local a = d:ask(hello, { again = true })
        d:say(thanks, { dish = a.text })]], ["lunch.json"] = CARD,
      ["other.lua"] = [[
local crier = require "crier"
local question, done = crier.text "Are you safe?", crier.text "Good."
return crier.campaign { name = "safety", audience = crier.users {}, install = true,
  message = crier.dialog(function(d)
    d:ask(question)
    d:say(done)
  end) }
]] }
    talk:send "lunch"
    talk:send("safety", "other.lua")
    local ann = talk:people()[1]
    talk:write(ann, "yes")
    talk:pass(5000)
    talk:write(ann, "stew")
    talk:pass(5000)
    local texts = talk:texts(ann)
    table.sort(texts, function(a, b) return a < b end)
    assert.same({ "Are you safe?", "Good.", "Thanks for stew", "What dish?", "What dish?" },
      texts)
  end)

  it("stops where its script raises, with file and line, and tells nobody else", function()
    local ann = begin [[
      local a = d:ask(hello)
      error("no kitchen")]]
    talk:write(ann, "soup")
    talk:pass(5000)
    local row = talk:dialog(ann)
    assert.equal("failed", row.state)
    assert.equal("campaign.lua:8: no kitchen", row.problem)
    assert.equal("dialog failed", talk.logged[#talk.logged].event)
    assert.equal("lunch", talk.logged[#talk.logged].campaign)
    assert.equal("1 of 3 people answered (33.3 %); 1 dialog failed: campaign.lua:8: no kitchen",
      results.heading(results.read(talk.store, talk.store.campaigns:find "lunch")))
    assert.equal("open", talk:dialog(talk:people()[2]).state)
  end)

  it("says nothing of a run that fails", function()
    local ann = begin [[
      d:ask(hello)
      d:say(bye)
      error("no kitchen")]]
    talk:write(ann, "soup")
    talk:pass(5000)
    assert.same({ "What dish?" }, talk:texts(ann))
    assert.equal("campaign.lua:9: no kitchen", talk:dialog(ann).problem)
  end)

  it("stops where it talks without end, and says nothing of that", function()
    local ann = begin [[
      d:ask(hello)
      while true do d:say(bye) end]]
    talk:write(ann, "soup")
    talk:pass(5000)
    assert.same({ "What dish?" }, talk:texts(ann))
    assert.equal("campaign.lua:8: the dialog says more than 20 messages before it waits",
      talk:dialog(ann).problem)
  end)

  it("stops where it says what was not checked before", function()
    local ann = begin [[
      d:ask(hello)
      d:say(require("crier").text "new")]]
    talk:write(ann, "soup")
    talk:pass(5000)
    assert.is_not_nil(talk:dialog(ann).problem:find(
      "campaign.lua:8: a message of a dialog is made where the script loads", 1, true))
  end)

  it("speaks each person's language", function()
    talk = talking.new { ["campaign.lua"] = [[
local crier = require "crier"
local question = crier.text { en = "What dish?", fr = "Quel plat ?" }
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  fallback = "en", language = function() return "fr" end,
  message = crier.dialog(function(d) d:ask(question) end) }
]] }
    talk:send "lunch"
    assert.same({ "Quel plat ?" }, talk:texts(talk:people()[1]))
  end)

  it("keeps ten thousand open over a restart, and knows whose answer is whose #rounds", function()
    local count = 10000
    begin "d:ask(hello) d:say(bye)"
    local campaign = talk.store.campaigns:find "lunch".id
    assert(talk.store:transaction(function()
      local now = math.floor(talk.loop:now())
      for i = 1, count do
        talk.store.db:exec("INSERT INTO target (campaign, step, key, state, due_at,"
          .. " conversation_id, planned_at, updated_at) VALUES (?, 'send', ?, 'delivered', 0, ?,"
          .. " 1, 1)", campaign, ("user:p%d"):format(i), ("a:%d"):format(i))
        talk.store.db:exec("INSERT INTO recipient (target, fields)"
          .. " VALUES (last_insert_rowid(), '{}')")
        talk.store.dialogs:begin(talk.store.db:row("SELECT max(id) AS id FROM target").id, now)
      end
      return true
    end))
    repeat until assert(talk.engine:work()) == 0
    talk:restart()
    for i = 1, count, 100 do
      talk:write(("p%d"):format(i), "soup")
    end
    repeat until assert(talk.bot:work()) == 0
    local counts = talk.store.dialogs:counts(campaign)
    assert.equal(count / 100, counts.answered)
    for i = 1, count, 997 do
      local row = talk:dialog(("p%d"):format(i))
      assert.equal((i - 1) % 100 == 0 and "done" or "open", row.state)
    end
  end)

  describe("before anything is sent", function()
    local function refused(body, more)
      talk = talking.new { ["campaign.lua"] = script(body, more), ["lunch.json"] = CARD }
      local job
      talk:pass(1000, function()
        job = talk.worker:start("lunch", { path = talk.stage.path .. "/campaign.lua" })
      end)
      assert.same({}, talk.stage:deliveries())
      return job.ended
    end

    it("fails who a dialog does not begin with a message for", function()
      local ended = refused 'if d.recipient.id then d:now() end d:ask(hello)'
      assert.equal(2, ended.exit)
      assert.equal("dialog failed", ended.ledger.failures[1].reason)
    end)

    it("refuses one that begins with a message for nobody", function()
      local ended = refused 'd:now() d:ask(hello)'
      assert.equal(65, ended.exit)
      assert.is_not_nil(ended.why:find("campaign.lua:6: a dialog begins with d:ask", 1, true))
    end)

    it("refuses languages of which none is for everybody else", function()
      talk = talking.new { ["campaign.lua"] = script("d:ask(hello)"):gsub('crier%.text "Bye',
        'crier.text({ en = "x", fr = "y" }), crier.text "Bye') }
      local job
      talk:pass(1000, function()
        job = talk.worker:start("lunch", { path = talk.stage.path .. "/campaign.lua" })
      end)
      assert.same({ 65, true }, { job.ended.exit, job.ended.why:find("fallback is missing: which"
        .. " of en, fr is for whose language is none of them?", 1, true) ~= nil })
    end)

    it("refuses a card that is wrong, though it comes later", function()
      talk = talking.new { ["campaign.lua"] = script "d:ask(hello) d:say(question)",
        ["lunch.json"] = '{ "type": "AdaptiveCard", "version": "1.5", "body":'
          .. ' [ { "type": "TextBlock", "text": "${recipient.nix}" } ] }' }
      local job
      talk:pass(1000, function()
        job = talk.worker:start("lunch", { path = talk.stage.path .. "/campaign.lua" })
      end)
      assert.equal(65, job.ended.exit)
      assert.is_not_nil(job.ended.why:find("lunch.json:1:", 1, true), job.ended.why)
    end)
  end)
end)

-- Polls from the campaign to their results, with people of the simulator.
local account = require "crier.report.account"
local gather = require "crier.report.gather"
local orders = require "crier.campaign.orders"
local ledger = require "crier.campaign.ledger"
local page = require "crier.report.page"
local policies = require "crier.campaign.policies"
local report = require "crier.report.results"
local row_view = require "crier.report.row"
local talking = require "support.talking"

local unpack = table.unpack or unpack -- luacheck: ignore 113 143

local HOUR, DAY = 3600000, 24 * 3600000

local function script(options)
  return ([[
local crier = require "crier"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  message = crier.poll { %s } }
]]):format(options)
end

local SIMPLE = [[question = "Soup, ${recipient.givenName}?", choices = { "Yes", "No" },
  thanks = "Noted."]]

describe("crier.poll", function()
  local talk

  local function begin(options, people)
    talk = talking.new({ ["campaign.lua"] = script(options) }, { users = people or 3 })
    talk:send "lunch"
    return talk:people()
  end

  local function results()
    return talk:results "lunch"
  end

  local function counts(nth)
    return talk:counts("lunch", nth)
  end

  after_each(function() talk:close() end)

  it("counts as delivered what is answered, whatever was known of it", function()
    for _, more in ipairs { "", ", anonymous = true" } do
      local people = begin(SIMPLE .. more)
      local at = talk.store.db:row("SELECT updated_at FROM target WHERE key = ?",
        "user:" .. people[1]).updated_at
      for i = 1, 2 do
        assert.equal(1, talk.store.db:exec("UPDATE target SET state = 'unknown', reason ="
          .. " 'interrupted', text = 'x', remedy = 'ask' WHERE key = ?", "user:" .. people[i]))
        talk.store.db:exec("DELETE FROM dialog WHERE key = ?", "user:" .. people[i])
      end
      talk:execute(people[1], 1, { answer = "2" })
      local row = talk.store.campaigns:find "lunch"
      local found = ledger.read(talk.store, row)
      assert.same({ 2, 1, 1 }, { found.delivered, found.unknown, found.dialogs.answered })
      local each = account.find(talk.store, row, people[1])[1]
      assert.equal("lunch: delivered: the answer has come",
        each.told[#each.told].campaign .. ": "
          .. each.told[#each.told].what:match "^[^,]*":gsub(" after.*", ""))
      assert.same({ "delivered", more ~= "" }, { each.row.state, each.row.updated_at == at })
      assert.is_nil(each.row.remedy)
      talk:close()
    end
    begin(SIMPLE)
  end)

  it("asks by a card, and puts its thanks in the card's place", function()
    local people = begin(SIMPLE)
    local card = talk:received(people[1])[1].attachments[1].content
    assert.equal("1.5", card.version)
    local input = card.body[1]
    assert.same({ "Input.ChoiceSet", "answer", true, false }, { input.type, input.id,
      input.isRequired, input.isMultiSelect })
    assert.is_not_nil(input.label:find "^Soup, %w+%?$")
    assert.same({ { title = "Yes", value = "1" }, { title = "No", value = "2" } },
      input.choices)
    assert.equal("Action.Execute", card.actions[1].type)
    local answer = talk:execute(people[1], 1, { answer = "2" })
    assert.equal("application/vnd.microsoft.card.adaptive", answer.type)
    assert.is_nil(answer.value.actions)
    assert.same({ 2, input.label, "Noted." }, { #answer.value.body,
      answer.value.body[1].inlines[1].text, answer.value.body[2].text })
    talk:pass(5000)
    local now = talk:received(people[1])[1]
    assert.same({ "Noted.", answer.value }, { now.summary, now.attachments[1].content })
    assert.equal(1, talk.stage:stats().operations.update["200"])
    assert.equal("done", talk:dialog(people[1]).state)
    assert.same({ 0, 1 }, counts())
  end)

  it("takes one answer a person", function()
    local people = begin(SIMPLE)
    talk:execute(people[1], 1, { answer = "2" })
    assert.equal("You have answered this already: your first answer counts.",
      talking.words(talk:execute(people[1], 1, { answer = "1" })))
    talk:execute(people[2], 1, { answer = "1" })
    assert.same({ 1, 1 }, counts())
    assert.same({ 3, 2 }, { results().asked, results().answered })
  end)

  it("counts several choices, free text, and what was left out", function()
    local people = begin [[title = "Lunch", questions = {
      { name = "dish", title = "Which?", choices = { "Soup", "Stew", "Salad" },
        multiple = true },
      { title = "Anything else?", text = true, optional = true } }]]
    talk:execute(people[1], 1, { dish = "3,1", q2 = " More salt, please. " })
    talk:execute(people[2], 1, { dish = "1", q2 = "" })
    assert.same({ 2, 0, 1 }, counts())
    local found = results().questions
    assert.same({ 100, 0, 50 }, { found[1].choices[1].percent, found[1].choices[2].percent,
      found[1].choices[3].percent })
    assert.same({ "More salt, please." }, found[2].comments)
    assert.same({ 2, 1 }, { found[1].answers, found[2].answers })
  end)

  it("takes its time over no answer", function() -- a square of this is minutes
    local people = begin [[questions = { { title = "Else?", text = true } }]]
    local long = "a" .. (" "):rep(2 ^ 17) .. "b"
    assert.equal("This is no answer that can be taken: please try again.",
      talking.words(talk:execute(people[1], 1, { q1 = long })))
    talk:execute(people[1], 1, { q1 = " a  b " })
    assert.same({ "a  b" }, results().questions[1].comments)
  end)

  it("asks again for what is no answer", function()
    local people = begin [[question = "Soup?", choices = { "Yes", "No" }, missing = "Well?"]]
    local INVALID = "This is no answer that can be taken: please try again."
    for _, case in ipairs { { "", "Well?" }, { nil, "Well?" }, { "3", INVALID },
      { "1,2", INVALID }, { "x", INVALID }, { 1, INVALID }, { "1 OR 1", INVALID } } do
      assert.equal(case[2], talking.words(talk:execute(people[1], 1, { answer = case[1] })))
    end
    assert.same({ 0, 0 }, counts())
    assert.equal("open", talk:dialog(people[1]).state)
  end)

  it("lets no answer be changed once the campaign is cancelled", function()
    local people = begin [[question = "Soup?", choices = { "Yes", "No" }, changeable = true]]
    local function cancel()
      return (orders.give(talk.store, talk.store.campaigns:find "lunch",
        { command = "cancel", options = "" }, math.floor(talk.loop:now()), orders.cancel))
    end
    talk:execute(people[1], 1, { answer = "1" })
    assert.is_true(results().is_changeable)
    assert.equal("campaign lunch is finished, and 2 open dialogs are cancelled;"
      .. " answers stay as they are", cancel())
    assert.equal("You have answered this already: your first answer counts.",
      talking.words(talk:execute(people[1], 1, { answer = "2" })))
    assert.same({ 1, 0 }, counts())
    assert.is_false(results().is_changeable)
    assert.is_nil(cancel())
  end)

  it("lets no answer be changed once the card is recalled", function()
    local people = begin [[question = "Soup?", choices = { "Yes", "No" }, changeable = true]]
    talk:execute(people[1], 1, { answer = "1" })
    local late = talk:pressing(people[1], 1, { answer = "2" })
    talk:pass(60000, function()
      assert(talk.worker:start("lunch.recall-1", { action = "recall", parent = "lunch" }))
    end)
    assert.equal("cancelled", talk:dialog(people[2]).state)
    local _, answer = talk:hear(late)
    assert.equal("You have answered this already: your first answer counts.",
      talking.words(answer))
    assert.same({ 1, 0 }, counts())
  end)

  it("lets an answer be changed, which the card shows, until it is too late", function()
    local people = begin [[changeable = true, within = "1d", thanks = "Noted.", questions = {
      { name = "dish", title = "Which?", choices = { "Soup", "Stew", "Salad" }, multiple = true },
      { name = "why", title = "Why?", text = true, optional = true } }]]
    local function shown(answer)
      local body = answer.value.body
      return { body[1].value, body[2].value, body[3].text, #answer.value.actions }
    end
    local function standing()
      return talk:received(people[1])[1].attachments[1].content
    end
    local first = talk:execute(people[1], 1, { dish = "3,1", why = 'say "cheese"' })
    assert.same({ "1,3", 'say "cheese"', "Noted.", 1 }, shown(first))
    talk:pass(HOUR)
    assert.same(first.value, standing())
    local second = talk:execute(people[1], 1, { dish = "2", why = "" })
    assert.same({ "2", nil, "Noted.", 1 }, shown(second))
    talk:pass(HOUR)
    assert.same(second.value, standing())
    assert.same({ 0, 1, 0 }, counts())
    assert.equal(1, results().answered)
    talk:pass(DAY)
    assert.equal("You have answered this already: your first answer counts.",
      talking.words(talk:execute(people[1], 1, { dish = "1" })))
    assert.equal("This poll is closed.",
      talking.words(talk:execute(people[2], 1, { dish = "1" })))
    assert.same({ 0, 1, 0 }, counts())
  end)

  it("has its card say that it is closed to who looks at it then", function()
    local people = begin(SIMPLE .. [[, within = "1d", closed = "Over."]])
    local content = talk:received(people[1])[1].attachments[1].content
    local function look(person)
      local data = talk:received(person)[1].attachments[1].content.refresh.action.data
      return select(2, talk:hear(talk:activity(person, "invoke", {
        name = "adaptiveCard/action", value = { trigger = "automatic", action = {
          type = "Action.Execute", verb = "look", data = data } } })))
    end
    assert.same(content, look(people[1]).value)
    talk:pass(25 * HOUR)
    local shown = look(people[1]).value
    assert.is_nil(shown.actions)
    assert.is_nil(shown.refresh)
    assert.same({ content.body[1].label, "Over." }, { shown.body[1].inlines[1].text,
      shown.body[2].text })
    assert.equal(0, results().answered)
  end)

  it("speaks each person's language", function()
    talk = talking.new({ ["campaign.lua"] = [[
local crier = require "crier"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  language = function(r) return r.id < "8" and "fr" or "en" end, fallback = "en",
  message = crier.poll { question = { en = "Soup?", fr = "De la soupe ?" },
    choices = { { en = "Yes", fr = "Oui" }, "OK" },
    thanks = { en = "Thanks", fr = "Merci" } } }
]] }, { users = 8 })
    talk:send "lunch"
    local seen = {}
    for _, person in ipairs(talk:people()) do
      local input = talk:received(person)[1].attachments[1].content.body[1]
      local said = talking.words(talk:execute(person, 1, { answer = "1" }))
      seen[table.concat({ input.label, input.choices[1].title, said }, " / ")] = true
    end
    assert.same({ ["Soup? / Yes / Thanks"] = true, ["De la soupe ? / Oui / Merci"] = true },
      seen)
    assert.equal("Soup?", results().questions[1].title)
  end)

  it("reminds who has not answered, and takes all its cards away", function()
    local people = begin(SIMPLE .. [[, within = "3d", remind = "1d"]])
    talk:pass(25 * HOUR)
    assert.equal(2, #talk:received(people[1]))
    talk:execute(people[1], 2, { answer = "1" })
    talk:pass(3 * DAY)
    assert.equal(2, talk.stage:stats().operations.update["200"])
    assert.equal(2, #talk:received(people[1]))
    assert.equal(3, #talk:received(people[2]))
    assert.same({ 1, 0 }, counts())
  end)

  it("tells later campaigns, and exports, who has answered", function()
    local people = begin(SIMPLE)
    talk:execute(people[2], 1, { answer = "1" })
    for _, case in ipairs { { "true", { people[2] } }, { "false", { people[1], people[3] } } } do
      talk.stage:write("next.lua", ([[
local crier = require "crier"
return crier.campaign { name = "next-%s", message = crier.text "Hi",
  audience = crier.previous("lunch", { answered = %s }) }
]]):format(case[1], case[1]))
      talk:send("next-" .. case[1], "next.lua")
      local rows, keys = talk.store.targets:page(
        talk.store.campaigns:find("next-" .. case[1]).id, 0, 9), {}
      for i, row in ipairs(rows) do
        keys[i] = row.key:match ":(.*)"
        assert.is_nil(row_view.make(row).answered)
      end
      table.sort(keys)
      assert.same(case[2], keys)
    end
    for _, row in ipairs(talk.store.targets:page(talk.store.campaigns:find("lunch").id, 0, 9)) do
      assert.equal(row.key == "user:" .. people[2], row_view.make(row).answered)
    end
  end)

  describe("shows its results", function()
    local function read()
      return report.read(talk.store, talk.store.campaigns:find "lunch")
    end

    before_each(function()
      local people = begin([[questions = {
        { name = "dish", title = "Which?", choices = { "Soup", "=Stew, hot" } },
        { name = "why", title = "Why?", text = true, optional = true } }]], 4)
      talk:execute(people[1], 1, { dish = "2", why = "cold\nday" })
      talk:execute(people[2], 1, { dish = "2" })
      talk:execute(people[3], 1, { dish = "1" })
    end)

    it("as text with bars", function()
      assert.equal([[
campaign lunch: 3 of 4 people answered (75.0 %)

Which?
  Soup        ######                   1   33.3 %
  =Stew, hot  ############             2   66.7 %

Why?
  - cold day
]], report.text(read(), { width = 50 }))
    end)

    it("as csv", function()
      assert.equal(table.concat({ "question,title,kind,value,choice,count,percent,comment",
        "dish,Which?,one,1,Soup,1,33.3,", "dish,Which?,one,2,\"'=Stew, hot\",2,66.7,",
        "why,Why?,text,,,,,cold day", "" }, "\r\n"), report.csv(read()))
    end)

    it("as JSON", function()
      local found = require "cjson".decode(report.json(read()))
      assert.same({ "lunch", "finished", 4, 3, 1, false, false }, { found.name, found.state,
        found.asked, found.answered, found.open, found.anonymous, found.changeable })
      assert.same({ value = 2, title = "=Stew, hot", count = 2,
        percent = found.questions[1].choices[2].percent }, found.questions[1].choices[2])
      assert.same({ name = "why", title = "Why?", kind = "text", answered = 1, hidden = false,
        choices = {}, comments = { "cold\nday" } }, found.questions[2])
    end)

    it("in the campaign's page", function()
      local made = page.make(gather.read(talk.store, talk.store.campaigns:find "lunch"),
        { now = 0, version = "0" })
      for _, part in ipairs { "<h2>Answers</h2><p>3 of 4 people answered (75.0 %).</p>",
        "<th scope=\"row\">=Stew, hot</th><td class=\"number\">2</td>", "<li>cold" } do
        assert.is_not_nil(made:find(part, 1, true), part)
      end
    end)
  end)

  it("is told by a plan", function()
    talk = talking.new { ["campaign.lua"] = "" }
    local crier = require "crier"
    local choices = { "Yes", "No" }
    assert.equal("1 question, by name, changeable; answers are taken for 3 days, who has not"
      .. " answered is asked again after 1 day", crier.poll({ question = "A?",
        choices = choices, changeable = true, within = "3d", remind = "1d" }).poll:text())
    local list = policies.list(crier.campaign { name = "x", audience = crier.users(),
      message = crier.poll { question = "A?", choices = choices, anonymous = true } })
    assert.same({ name = "poll", is_set = true,
      text = "1 question, anonymous; answers are taken for ever" }, list[#list])
  end)

  it("refuses what it cannot ask, before anything is sent", function()
    local crier = require "crier"
    for _, case in ipairs {
      { {}, "question is missing, or questions" },
      { { question = "A?", choices = { "Yes" } },
        'question: choices takes two or more: { "Yes", "No" }' },
      { { question = "A?", choices = { "Yes", "No" }, anonymous = true, changeable = true },
        "an anonymous answer cannot be changed: nobody knows which one it is" },
      { { question = "A?", choices = { "Yes", "No" }, within = "soon" },
        'within is a span such as "30m", "2h" or "3d"' },
      { { question = "A?", choices = { "Yes", "No" }, within = "1d", remind = "24h" },
        "remind must be shorter than within: nobody would be asked again" },
      { { question = "A?", choices = { "Yes", "No", "Yes" } },
        "question: choice 3 is the same as choice 1" },
      { { question = "A?", choices = { "Yes", nil, "No" } },
        "question: choice 2 must be a text, or one for each language" },
      { { question = "A?", choices = { "Yes", "No" }, anonymus = true },
        "unknown option 'anonymus'; did you mean 'anonymous'?" },
      { { question = { en = "A?", fr = "B ?" }, choices = { { en = "Yes", de = "Ja" }, "No" } },
        "question: choice 1: it is in de, en, and other texts in en, fr" },
      { { questions = { { title = "A?", text = true, choices = {} } } },
        "question 1: a free text has no choices" },
      { { questions = { { name = "x", title = "A?", text = true },
        { name = "x", title = "B?", text = true } } }, "question 2: the name x is taken" },
    } do
      local ok, problem = pcall(crier.poll, case[1])
      assert.is_false(ok)
      assert.equal("crier.poll: " .. case[2], (problem:gsub("^.-lua:%d+: ", "")))
    end
    talk = talking.new { ["campaign.lua"] = "" }
  end)

  describe("that is anonymous", function()
    local ASKED = [[anonymous = true, questions = {
      { title = "Content?", choices = { "Yes", "No" } },
      { title = "Why?", text = true, optional = true } }]]

    -- All rows of the store, by table, as text.
    local function rows_by_table()
      local found = {}
      for _, one in ipairs(talk.store.db:rows(
        "SELECT name FROM sqlite_master WHERE type = 'table'")) do
        found[one.name] = {}
        for i, row in ipairs(talk.store.db:rows("SELECT * FROM " .. one.name)) do
          local cells = {}
          for name, value in pairs(row) do
            cells[#cells + 1] = name .. "=" .. tostring(value)
          end
          table.sort(cells)
          found[one.name][i] = table.concat(cells, "\n")
        end
      end
      return found
    end

    -- What is kept of polls after people answered in an order; one by Action.Submit.
    local function kept_after(order)
      local people = begin(ASKED, 6)
      for i, nth in ipairs(order) do
        local fields = { q1 = nth % 2 == 0 and "1" or "2",
          q2 = nth <= 3 and "because" .. nth or "" }
        if i == 2 then
          talk:press(people[nth], 1, fields)
        else
          talk:execute(people[nth], 1, fields)
        end
        talk:pass(HOUR)
      end
      local found, all = rows_by_table(), {}
      for name, rows in pairs(found) do
        if name:find "^poll" then
          all[name] = rows
        end
      end
      return all, found
    end

    it("keeps what was answered apart from who answered", function()
      local _, found = kept_after { 1, 2, 3, 4, 5 }
      for _, word in ipairs { "because1", "because2", "because3" } do
        assert.equal(1, talk:traces(word), word)
        for name, rows in pairs(found) do
          for _, row in ipairs(rows) do
            assert.is_true(name == "poll_comment" or not row:find(word, 1, true), name)
          end
        end
      end
      for name, rows in pairs(found) do
        for _, row in ipairs(rows) do
          if name:find "^poll" then
            assert.is_nil(row:find "user:", name)
            assert.is_nil(row:find "target=", name)
            assert.is_nil(row:find "%f[%w]at=", name)
          elseif name == "inbox" then
            assert.is_not_nil(row:find("body=\n", 1, true), row)
            assert.is_nil(row:find("sha256:", 1, true))
          elseif name == "dialog_event" and row:find("kind=answer", 1, true) then
            assert.is_not_nil(row:find('value={"v":{"value":{}}}', 1, true), row)
          end
        end
      end
      assert.equal(0, #found.poll_answer)
      assert.equal(1, #found.poll_comment)
      assert.same({ { event = "campaign ended", campaign = "lunch", exit = 0 } }, talk.logged)
    end)

    it("keeps the same, in whatever order people answer", function()
      local first = kept_after { 1, 2, 3, 4, 5 }
      talk:close()
      assert.same(first, (kept_after { 5, 3, 1, 4, 2 }))
    end)

    it("tells nothing before five have answered a question", function()
      local people = begin(ASKED, 6)
      for nth = 1, 4 do
        talk:execute(people[nth], 1, { q1 = "1", q2 = "because" })
      end
      local found = results()
      assert.equal(4, found.answered)
      assert.is_not_nil(report.text(report.read(talk.store, talk.store.campaigns:find "lunch"))
        :find(("Content?\n  %s\n"):format(report.HIDDEN), 1, true))
      assert.same({ name = "q1", kind = "one", title = "Content?", is_hidden = true },
        found.questions[1])
      talk:execute(people[5], 1, { q1 = "1" })
      found = results()
      assert.same({ 5, 0 }, counts())
      assert.is_true(found.questions[2].is_hidden)
      assert.is_nil(found.questions[2].comments)
    end)

    it("forgets what is answered too late, twice, or in vain", function()
      local people = begin(ASKED, 3)
      talk:press(people[1], 1, { q1 = "7", q2 = "wrongly" })
      talk:pass(5000)
      talk:press(people[1], 1, { q1 = "1", q2 = "rightly" })
      talk:press(people[1], 1, { q1 = "2", q2 = "doubly" })
      talk:pass(5000)
      assert.same({ 0, 1, 0 }, { talk:traces "wrongly", talk:traces "rightly",
        talk:traces "doubly" })
      assert.equal(1, results().answered)
    end)

    it("forgets the text of a press that has no id of its own", function()
      local people = begin(ASKED, 3)
      for _ = 1, 2 do
        local made = talk:pressing(people[1], 1, { q1 = "1", q2 = "nameless" })
        made.id = nil
        assert.equal(200, (talk:hear(made)))
      end
      talk:pass(5000)
      assert.same({ 0, 1, 1 }, { talk:traces "sha256:", talk:traces "nameless",
        results().answered })
      assert.same({ 0, 0 }, { talk.store.inbox:counts() })
    end)

    it("deals comments out to rows that tell no order", function()
      local people = begin(ASKED, 2)
      local row = talk:dialog(people[1])
      local all = {}
      for i = 1, 200 do
        all[i] = ("comment %03d"):format(i)
        assert(talk.store.polls:count(row, true, { [2] = { comment = all[i] } }))
      end
      assert.same(all, results().questions[2].comments)
      local rows = talk.store.db:rows "SELECT comments FROM poll_comment"
      assert.is_true(#rows > 3)
      for _, each in ipairs(rows) do
        local list = require "cjson".decode(each.comments)
        assert.is_true(#list <= 64)
        local sorted = { unpack(list) }
        table.sort(sorted)
        assert.same(sorted, list)
      end
    end)
  end)
end)

-- Tests of a campaign: its message to a few people, in a ledger of its own.
local cjson = require "cjson"
local place = require "support.place"
local rehearsal = require "support.rehearsal"
local command = require "crier.cli.test"
local trial = require "crier.campaign.trial"

local SCRIPT = [[
local crier = require "crier"
return crier.campaign {
  name = "hello", install = true, topic = "news", expect = { min = 1000 },
  audience = crier.users { select = { "employeeId" } } * crier.csv "desks.csv"
    - crier.csv "gone.csv",
  message = crier.text
    "${recipient.givenName} of ${campaign.name}: ${recipient.csv.desk}, ${data.n}",
  data = function(recipient) return { n = #recipient.id } end,
}
]]

describe("crier.campaign.trial", function()
  describe(".mark()", function()
    local function marked(text)
      return cjson.decode(trial.mark(text))
    end

    it("marks the notification of a card, and nothing of the card", function()
      local text = '{ "type":"message","summary":"Choose","attachments":[{"content":{"text":"x"}}]}'
      assert.equal((text:gsub("Choose", "[test] Choose")), trial.mark(text))
    end)

    it("puts a line above a text", function()
      assert.equal("[test]\n\n- a \"list\"", marked('{"text":"- a \\"list\\""}').text)
      local made = marked '{"summary":"s","text":"t","x":{"text":"inner"}}'
      assert.same({ "[test] s", "[test]\n\nt", "inner" }, { made.summary, made.text, made.x.text })
    end)

    it("gives a notification to what has none", function()
      assert.equal('{"summary":"[test]","attachments":[]}', trial.mark '{"attachments":[]}')
      assert.equal('{"summary":"[test]","text":""}', trial.mark '{"text":""}')
      assert.equal('{"summary":"[test]"}', trial.mark '{}')
    end)
  end)

  it("marks the headline in the activity feed", function()
    local given = '{"previewText":{"content":"c"},"templateParameters":[{"name":"n","value":"T"}]}'
    assert.equal((given:gsub('"T"', '"[test] T"')), trial.mark_notice(given))
  end)

  it("is for people who are named, each once", function()
    assert.same({ "ana@x.com", "Ben@x.com", "c" },
      command.people { "ana@x.com, Ben@x.com,,ben@X.com", "c", "ANA@x.com" })
    assert.same({}, command.people { " , " })
  end)

  it("is for twenty people at most", function()
    local here, names = place.new {}, {}
    for i = 1, 21 do
      names[i] = "a" .. i
    end
    local result = here:crier("test campaign.lua --to " .. table.concat(names, ","))
    assert.equal(64, result.status)
    assert.equal("crier: --to names 21 people: a test goes to at least one, and to 20 at most\n",
      result.err)
    here:close()
  end)

  describe("a test", function()
    local here, people

    -- The first people that can be sent to.
    before_each(function()
      here = rehearsal.new({ ["campaign.lua"] = SCRIPT }, { users = 200, seed = 3 })
      people = {}
      local known = here.simulator.people
      for k = 1, 200 do
        if known:kind(k) == "member" then
          people[#people + 1] = { id = known:id(k), upn = known:value(k, "userPrincipalName"),
            name = known:value(k, "givenName") }
        elseif known:kind(k) == "disabled" then
          people.disabled = known:id(k)
        end
      end
      here:write("desks.csv", ("upn,desk\n%s,D1\n%s,D2\n"):format(people[1].upn, people[2].upn))
      here:write("gone.csv", ("upn,desk\n%s,D3\n"):format(people[3].upn))
    end)

    after_each(function()
      here:close()
    end)

    local function test(to, as)
      local ending = here:run { test = { to = to, as = as } }
      return ending, here:deliveries()
    end

    it("goes to whom it names alone, with their data, whatever is expected", function()
      local ending, sent = test { people[2].upn, people[1].id:upper() }
      assert.equal(0, ending.exit, ending.why)
      assert.same({ "hello.test-1", 2, 2 }, { ending.ledger.name, ending.ledger.targeted,
        ending.ledger.delivered })
      local texts = {}
      for _, delivery in ipairs(sent) do
        texts[delivery.recipient] = delivery.activity.text
      end
      assert.same({ [people[1].id] = "[test]\n\n" .. people[1].name .. " of hello: D1, 36",
        [people[2].id] = "[test]\n\n" .. people[2].name .. " of hello: D2, 36" }, texts)
    end)

    it("is made with the data of somebody else", function()
      local ending, sent = test({ people[4].upn, people[5].id }, people[1].upn)
      assert.equal(0, ending.exit, ending.why)
      assert.equal(2, #sent)
      for _, delivery in ipairs(sent) do
        assert.equal("[test]\n\n" .. people[1].name .. " of hello: D1, 36", delivery.activity.text)
      end
      local row = here:rows("hello.test-1")[1]
      assert.is_true(row.upn == people[4].upn or row.upn == people[5].upn)
    end)

    it("is of the variant of whose data it is made with", function()
      here:write("campaign.lua", (SCRIPT:gsub('crier.text\n.-",', 'crier.variants { a ='
        .. ' crier.text "a ${recipient.id}", b = crier.text "b ${recipient.id}" },')))
      local seen = {}
      for i = 1, 8 do
        local ending = test({ people[9].id }, people[i].id)
        seen[here:rows(ending.ledger.name)[1].variant] = true
      end
      local texts = {}
      for _, delivery in ipairs(here:deliveries()) do
        texts[delivery.activity.text:match "^%[test%]\n\n(%l)"] = true
      end
      assert.same({ a = true, b = true }, texts)
      assert.same(texts, seen)
    end)

    it("has the next number each time, and leaves the campaign untouched", function()
      test { people[1].id }
      assert.equal("hello.test-2", test({ people[1].id }).ledger.name)
      local store = here:open()
      assert.is_false(store.campaigns:find "hello")
      assert.equal("hello", store.campaigns:find("hello.test-2").test_of)
      store:close()
      here:write("campaign.lua", (SCRIPT:gsub("expect = %b{},", "")))
      local ending = here:run()
      assert.equal(0, ending.exit, ending.why)
      assert.same({ "hello", 2, 2 }, { ending.ledger.name, ending.ledger.targeted,
        ending.ledger.delivered })
    end)

    it("has nothing of a row for whom the campaign's files have none", function()
      test { people[4].id }
      local _, sent = test { people[3].id } -- the file takes people away, and gives no rows
      assert.equal("[test]\n\n" .. people[4].name .. " of hello: , 36", sent[1].activity.text)
      assert.equal("[test]\n\n" .. people[3].name .. " of hello: , 36", sent[2].activity.text)
    end)

    it("sends nothing when somebody is unknown, or left out", function()
      local ending = test { people[1].id, "nobody@contoso.com", "bob" }
      assert.equal(65, ending.exit)
      assert.matches("%-%-to: nobody@contoso%.com is not in the directory", ending.why)
      assert.matches("%-%-to: bob is neither an object id nor a UPN", ending.why)
      ending = test({ people[1].id }, "nobody@contoso.com")
      assert.same({ 65, "--as: nobody@contoso.com is not in the directory" },
        { ending.exit, ending.why })
      assert.matches(" is left out %(disabled%)$", test({ people.disabled }).why)
      test { people[1].id }
      local store = here:open()
      assert(store.opt_outs:add(here.env.AZURE_TENANT_ID, "user:" .. people[1].id, "*", 1, "x"))
      assert(store.opt_outs:add(here.env.AZURE_TENANT_ID, "user:" .. people[2].id, "news", 1, "x"))
      store:close()
      ending = test { people[1].id, people[2].id }
      assert.equal(65, ending.exit)
      assert.matches("is left out %(suppressed%)", ending.why)
      assert.matches("is left out %(opted out %(news%)%)", ending.why)
      assert.equal(1, #here:deliveries())
    end)

    it("is asked about as a run is", function()
      here.env.CRIER_GRAPH_URL, here.env.CRIER_CONNECTOR_URL = "https://graph.example",
        "https://smba.example/teams/"
      here.env.AZURE_AUTHORITY_HOST = "https://login.example"
      local ending = here:run { test = { to = { people[1].id } }, create_store = true }
      assert.equal(64, ending.exit, ending.why)
      assert.equal(1, here.question.recipients)
      assert.equal(0, #here:deliveries())
    end)

    it("can be amended and recalled, and stays a test", function()
      test { people[1].id }
      here:write("campaign.lua", (SCRIPT:gsub("of ", "from ")))
      local ending = here:run { action = "amend", parent = "hello.test-1" }
      assert.same({ 0, "hello.test-1.amend-1" }, { ending.exit, ending.ledger.name })
      assert.equal("[test]\n\n" .. people[1].name .. " from hello: D1, 36",
        here:deliveries()[1].activity.text)
      ending = here:run { action = "recall", parent = "hello.test-1" }
      assert.same({ 0, 1 }, { ending.exit, ending.ledger.delivered })
      assert.matches("%d", here:deliveries()[1].deleted_at)
    end)

    it("goes on as it was planned", function()
      here.options.started = function(work)
        work:stop { exit = 3, state = "stopped", why = "stopped by a signal" }
      end
      assert.equal(3, test({ people[4].id }, people[2].id).exit)
      here.options.started = nil
      local ending = here:run { stored = "hello.test-1", lift = true }
      assert.same({ 0, 1 }, { ending.exit, ending.ledger.delivered })
      assert.equal("[test]\n\n" .. people[2].name .. " of hello: D2, 36",
        here:deliveries()[1].activity.text)
    end)
  end)
end)

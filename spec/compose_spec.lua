local audience = require "crier.audience"
local describe_campaign = require "crier.campaign"
local campaign = require "crier.campaign.message"
local cjson = require "cjson"
local compose = require "crier.campaign.compose"

local function files(texts)
  return { shown = "dir/hello.lua", read = function(_, path)
    if texts and texts[path] then
      return texts[path]
    end
    return nil, "cannot read " .. path, "FILE"
  end }
end

local function definition(message, changes)
  local options = { name = "hello", audience = audience.users(),
    message = type(message) == "string" and campaign.text(message) or message }
  for name, value in pairs(changes or {}) do
    options[name] = value
  end
  return describe_campaign.new(options)
end

local function new(message, changes, texts)
  return assert(compose.new(definition(message, changes), files(texts)))
end

-- A row of the journal for a person with these fields and this csv row.
local function row(fields, csv)
  return { fields = cjson.encode(fields or { givenName = "Ann" }),
    csv = csv and cjson.encode(csv) }
end

-- The text of a person's message.
local function text_for(made, one)
  return cjson.decode((assert(made:render(one or row())))).text
end

-- What compose.new says of a message that it refuses.
local function refused(message, changes, texts)
  local made, problem, code = compose.new(definition(message, changes), files(texts))
  assert.is_nil(made)
  return problem, code
end

describe("crier.campaign.compose", function()
  describe(".new()", function()
    it("takes text, a card and an activity", function()
      assert.equal("Hi Ann", text_for(new "Hi ${recipient.givenName}"))
      local card = cjson.decode(new(campaign.card "a.json", nil, { ["a.json"] =
        '{"type":"AdaptiveCard","version":"1.5","body":[]}' }):render(row()))
      assert.equal("AdaptiveCard", card.attachments[1].content.type)
      assert.same({ type = "message", text = "Ann" }, cjson.decode(new(
        campaign.activity { type = "message", text = "${recipient.givenName}" })
        :render(row())))
    end)

    it("gives the reason where a card comes out empty", function()
      local made = new(campaign.card "a.json", nil, { ["a.json"] =
        '{"type":"AdaptiveCard","version":"1.5","$when":"${recipient.givenName == \'Bo\'}",'
          .. '"body":[{"type":"TextBlock","text":"Hi"}]}' })
      assert.same({ nil, "the card is empty: its $when is false" }, { made:render(row()) })
      assert.equal("Hi", cjson.decode(made:render(row { givenName = "Bo" })).summary)
    end)

    it("takes what the activity feed is to say, and judges it", function()
      local function notify(text)
        return { notify = { title = "News", text = text, url = "https://teams.example/l/1" },
          data = function() return { n = 1.5 } end }
      end
      local made = new("x", notify "${recipient.givenName} has ${data.n}")
      assert.equal("Ann has 1.5", cjson.decode(made:render_notice(row())).previewText.content)
      assert.same({ nil, "missing data.gone",
        "the message needs ${data.gone}, which has no value" },
        { new("x", notify "${data.gone}"):render_notice(row()) })
      local problem, code = refused("x", notify "${recipient.givenname}")
      assert.matches("^dir/hello%.lua notify:1:%d+: .*givenName", problem)
      assert.equal("TEMPLATE", code)
    end)

    it("refuses a card that is not there", function()
      local problem, code = refused(campaign.card "gone.json")
      assert.equal("cannot read gone.json", problem)
      assert.equal("FILE", code)
    end)

    it("refuses a card that is not JSON, with its place", function()
      local problem, code = refused(campaign.card "a.json", nil, { ["a.json"] = "{" })
      assert.matches("^a%.json:1:2: ", problem)
      assert.equal("TEMPLATE", code)
    end)

    it("refuses a field that is not selected, and suggests one", function()
      local problem, code = refused "Hi ${recipient.givenNam}"
      assert.matches("dir/hello%.lua.*givenName", problem)
      assert.equal("TEMPLATE", code)
      assert.is_not_nil(new("${recipient.city}",
        { audience = audience.users { select = { "city" } } }))
    end)

    it("refuses a root that is not there", function()
      assert.equal("TEMPLATE", select(2, refused "${person.givenName}"))
      assert.equal("TEMPLATE", select(2, refused "${data.office}"))
      assert.is_not_nil(new("${data.office}", { data = function() end }))
    end)

    it("refuses a message that is too large without its values", function()
      local problem, code = refused(("x"):rep(41 * 1024))
      assert.matches("^the message is 8%d KB even without its values; Teams"
        .. " advises at most 80 KB: make it smaller$", problem)
      assert.equal("TEMPLATE", code)
    end)
  end)

  describe("an activity that Teams would not show", function()
    local CARD = '{"type":"AdaptiveCard",\n"body":[{"type":"TextBlock","text":"Hi'
      .. ' <at>${recipient.displayName}</at>"}]}'
    local ANN = campaign.mention("${recipient.displayName}", "${recipient.id}")

    it("is refused with its place", function()
      assert.equal("dir/hello.lua:1:42: text and attachments in one activity: Teams would split"
        .. " it into two messages and return no usable id",
        refused(campaign.activity '{"text":"${campaign.name}","attachments":[{}]}'))
      assert.equal("dir/hello.lua (/importance): importance is \"low\", \"normal\" or \"high\"",
        refused(campaign.activity { importance = "urgent" }))
      assert.equal("a.json:2:33: the text of this mention does not occur in the card: Teams would"
        .. " not show it as one", refused(campaign.card "a.json", nil, { ["a.json"] =
        '{"type":"AdaptiveCard",\n"msteams":{"entities":[{"text": "<at>A</at>","type":"mention",'
        .. '"mentioned":{"id":"x"}}]}}' }))
      assert.equal("dir/hello.lua (/entities/0/text): the text of this mention does not occur in"
        .. " the message: Teams would not show it as one",
        refused(campaign.text("Hi", { mentions = { ANN } })))
    end)

    it("may be asked for, where Teams makes two messages of it", function()
      assert.same({ type = "message", text = "hello", attachments = { { x = 1 } } },
        cjson.decode(new(campaign.activity('{"text":"${campaign.name}","attachments":[{"x":1}]}',
          { split = true })):render(row())))
    end)

    it("names people in text and cards, for XML", function()
      local person = row { displayName = "R&D <1>", id = "7" }
      local made = cjson.decode(new(campaign.text("Hi <at>${recipient.displayName}</at>,"
        .. " ${recipient.displayName}", { mentions = { ANN } })):render(person))
      assert.equal("Hi <at>R&amp;D &lt;1&gt;</at>, R&D <1>", made.text)
      local entity = { type = "mention", text = "<at>R&amp;D &lt;1&gt;</at>",
        mentioned = { id = "7", name = "R&D <1>" } }
      assert.same({ entity }, made.entities)
      made = cjson.decode(new(campaign.card("a.json", { mentions = { ANN } }), nil,
        { ["a.json"] = CARD }):render(person))
      local card = made.attachments[1].content
      assert.equal("Hi <at>R&amp;D &lt;1&gt;</at>", card.body[1].text)
      assert.same({ entity }, card.msteams.entities)
      assert.equal("Hi R&D <1>", made.summary)
    end)

    it("says what is wrong in an option's own template", function()
      assert.matches("^a%.json summary:1:4: .*givenName",
        refused(campaign.card("a.json", { summary = "Hi ${recipient.givenNam}" }), nil,
          { ["a.json"] = CARD }))
      assert.matches("^dir/hello%.lua mentions:.*givenName", refused(campaign.text(
        "<at>A</at>", { mentions = { campaign.mention("A", "${recipient.givenNam}") } })))
    end)
  end)

  describe(":render()", function()
    it("fills in recipient, csv, campaign and data", function()
      local made = new("${recipient.givenName} ${recipient.csv.seat}"
        .. " ${campaign.name} ${data.office}", { data = function(recipient)
          return { office = recipient.givenName .. "/" .. recipient.csv.seat }
        end })
      assert.equal("Ann 7 hello Ann/7", text_for(made,
        row({ givenName = "Ann" }, { seat = "7" })))
    end)

    it("fails whom a value is missing for", function()
      local made = new("${data.office}", { data = function() return {} end })
      local activity, reason, text = made:render(row())
      assert.is_nil(activity)
      assert.equal("missing data.office", reason)
      assert.equal("the message needs ${data.office}, which has no value", text)
    end)

    it("leaves it empty when the campaign says so", function()
      assert.equal("Hi !", text_for(new("Hi ${recipient.surname}!",
        { on_missing = "empty" })))
    end)

    it("fails whom the data function raises for, in one line", function()
      local made = new("${data.office}", { data = function()
        error("no office\nstack traceback", 0)
      end })
      local activity, reason, text = made:render(row())
      assert.is_nil(activity)
      assert.equal("data function failed", reason)
      assert.matches("^spec/compose_spec.lua:%d+: no office$", text)
    end)

    it("fails whom the data function returns something else for", function()
      local made = new("${data.office}", { data = function() return "Oslo" end })
      local activity, reason, text = made:render(row())
      assert.is_nil(activity)
      assert.equal("data function failed", reason)
      assert.matches("^spec/compose_spec%.lua:%d+: it returned a string and not a table$", text)
    end)

    it("takes no data for an empty table", function()
      assert.equal("Hi", text_for(new("Hi", { data = function() end })))
    end)

    it("takes up to 100 KB when asked to", function()
      local made = new(campaign.text("${recipient.givenName}", { large = true }))
      assert.is_string((made:render(row { givenName = ("x"):rep(49 * 1024) })))
      local activity, reason, text = made:render(row { givenName = ("x"):rep(51 * 1024) })
      assert.is_nil(activity)
      assert.equal("too large", reason)
      assert.equal("the message is 103 KB; Teams takes at most 100 KB", text)
      assert.matches("^the message is 1%d%d KB even without its values; Teams takes",
        refused(campaign.text(("x"):rep(60 * 1024), { large = true })))
    end)

    it("does not count the data of images", function()
      local made = new(campaign.text "data:image/png;base64,${recipient.givenName}")
      assert.is_string((made:render(row { givenName = ("x"):rep(60 * 1024) })))
    end)

    it("fails whom the message is too large for", function()
      local made = new "${recipient.givenName}"
      local activity, reason, text =
        made:render(row { givenName = ("x"):rep(50 * 1024) })
      assert.is_nil(activity)
      assert.equal("too large", reason)
      assert.equal("the message is 101 KB; Teams advises at most 80 KB", text)
    end)
  end)

  describe(":is_large()", function()
    it("is true once a message was larger than older clients show", function()
      local made = new "${recipient.givenName}"
      made:render(row())
      assert.is_false(made:is_large())
      made:render(row { givenName = ("x"):rep(20 * 1024) })
      assert.is_true(made:is_large())
      assert.is_true(new(("x"):rep(20 * 1024)):is_large())
    end)
  end)
end)

describe("utcNow() in a campaign", function()
  it("is the run's own time", function()
    local trial = require "support.trial"
    local made = trial.new(trial.script("install = true",
      'crier.text "${formatDateTime(utcNow(), \'yyyy-MM-dd HH\')}"'), { users = 10 })
    assert.equal(0, made:run().exit)
    for _, delivery in ipairs(made.stage:deliveries()) do
      assert.equal("2027-01-15 08", delivery.activity.text)
    end
    made.stage:close()
  end)
end)

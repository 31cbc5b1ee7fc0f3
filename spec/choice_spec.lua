local audience = require "crier.audience"
local campaign = require "crier.campaign"
local cjson = require "cjson"
local compose = require "crier.campaign.compose"

local function card(text)
  return ('{"type":"AdaptiveCard","version":"1.5","body":[{"type":"TextBlock","text":"%s"}]}')
    :format(text)
end

local FILES = { ["en.json"] = card "Hi ${recipient.givenName}", ["fr.json"] = card
  "Salut ${recipient.givenName}", ["bad.json"] = card "Hi ${recipient.givenNam}" }

local files = { shown = "dir/hello.lua", read = function(_, path)
  return FILES[path], "cannot read " .. path, "FILE"
end }

local function new(message, more)
  local options = { name = "hello", audience = audience.users(), message = message }
  for name, any in pairs(more or {}) do
    options[name] = any
  end
  return compose.new(campaign.new(options), files)
end

local function row(fields, more)
  fields.givenName = "Ann"
  local made = { key = "user:1", fields = cjson.encode(fields) }
  for name, any in pairs(more or {}) do
    made[name] = any
  end
  return made
end

-- The text that somebody is sent, and what the ledger says of it.
local function sent(made, one)
  local activity, reason, text = made:render(one)
  if not activity then
    return reason, text
  end
  return cjson.decode(activity).text, one.language, one.variant
end

describe("a message in several languages", function()
  local TEXTS = { de = "Hallo", en = "Hello", fr = "Salut" }

  it("is sent in each person's own, or in the fallback", function()
    local made = assert(new(campaign.text(TEXTS), { fallback = "en" }))
    local cases = { ["fr-CA"] = "fr", ["de"] = "de", ["ja-JP"] = "en", ["not a tag"] = "en" }
    for wanted, tag in pairs(cases) do
      for _ = 1, 2 do
        assert.same({ TEXTS[tag], tag }, { sent(made, row { preferredLanguage = wanted }) })
      end
    end
    assert.same({ "Hello", "en" }, { sent(made, row {}) })
    assert.same({ "Hello", "en" }, { sent(made, row { preferredLanguage = 7 }) })
    assert.same({ "Hello", "en" }, { sent(made, { key = "channel:1", fields = "{}" }) })
  end)

  it("asks the script first, then the directory", function()
    local made = assert(new(campaign.text(TEXTS), { fallback = "en",
      language = function(recipient) return recipient.csv and recipient.csv.lang end }))
    local function with(csv)
      return row({ preferredLanguage = "de-DE" }, { csv = csv })
    end
    assert.same({ "Salut", "fr" }, { sent(made, with '{"lang":"FR"}') })
    assert.same({ "Hello", "en" }, { sent(made, with '{"lang":"it"}') })
    assert.same({ "Hallo", "de" }, { sent(made, with "{}") })
    assert.same({ "Hallo", "de" }, { sent(made, with()) })
  end)

  it("fails whom the script's function fails for, with its line", function()
    local made = assert(new(campaign.text(TEXTS), { fallback = "en",
      language = function(recipient) return recipient.csv.lang end }))
    local reason, text = sent(made, row {})
    assert.equal("language function failed", reason)
    assert.matches("^spec/choice_spec%.lua:%d+: .*csv", text)
    made = assert(new(campaign.text(TEXTS), { fallback = "en", language = function()
      return 1
    end }))
    assert.same({ "language function failed", "it returned a number and not a text" },
      { sent(made, row {}) })
  end)

  it("tells the data function which language it is for", function()
    local made = assert(new(campaign.text { de = "${data.word}", en = "${data.word}" }, {
      fallback = "en", data = function(_, tag) return { word = "in " .. tag } end }))
    assert.equal("in de", sent(made, row { preferredLanguage = "de-AT" }))
    local plain
    made = assert(new(campaign.text "Hi", { data = function(...)
      plain = { n = select("#", ...), ... }
    end }))
    sent(made, row {})
    assert.is_nil(plain[2])
  end)

  it("is checked in each of them, and each is named where it is wrong", function()
    local cases = {
      { { en = "en.json", fr = "none.json" }, "cannot read none.json (fr)" },
      { { en = "en.json", fr = "bad.json" }, "^bad%.json:1:%d+: .*givenName.* %(fr%)$" },
    }
    for _, case in ipairs(cases) do
      local made, problem = new(campaign.card(case[1]), { fallback = "en" })
      assert.is_nil(made)
      assert.is_true(problem == case[2] or problem:find(case[2]) ~= nil, problem)
    end
    local made, problem = new(campaign.text { en = "Hi", fr = ("x"):rep(41 * 1024) },
      { fallback = "en" })
    assert.is_nil(made)
    assert.matches("^the message is 8%d KB .*: make it smaller %(fr%)$", problem)
    made, problem = new(campaign.variants { a = campaign.text "Hi",
      b = campaign.card { en = "bad.json" } })
    assert.is_nil(made)
    assert.matches(" %(variant b, en%)$", problem)
  end)

  it("takes the size of each that it allows for each", function()
    local made = assert(new(campaign.variants { a = campaign.text("${recipient.surname}",
      { large = true }), b = campaign.text "${recipient.surname}" }))
    local long = { surname = ("x"):rep(45 * 1024) }
    assert.equal(45 * 1024, #sent(made, row(long, { variant = "a" })))
    assert.equal("too large", (sent(made, row(long, { variant = "b" }))))
  end)
end)

describe("numbers and dates of a message in several languages", function()
  local FORMATS = "${formatNumber(1234.5, 2)} ${formatDateTime('2027-03-28T09:30:00.000Z',"
    .. " 'd MMMM')} ${toUpper('i')} ${string(0.5)}"

  local function formatted(message, wanted)
    local made = assert(new(message, message.kind == "languages" and { fallback = "en" } or nil))
    return (sent(made, row { preferredLanguage = wanted }))
  end

  it("are written as in each person's language", function()
    local message = campaign.text { en = FORMATS, de = FORMATS, fr = FORMATS, ja = FORMATS,
      tr = FORMATS }
    local cases = {
      ["de-DE"] = "1.234,50 28 März I 0,5", ["de-CH"] = "1'234,50 28 März I 0,5",
      ["fr-FR"] = "1\194\160234,50 28 mars I 0,5", ["ja-JP"] = "1,234.50 28 3月 I 0.5",
      ["en-GB"] = "1,234.50 28 March I 0.5", ["tr-TR"] = "1,234.50 28 March İ 0.5",
      ["ru-RU"] = "1,234.50 28 March I 0.5", -- who gets the fallback gets its formats
    }
    for wanted, text in pairs(cases) do
      assert.equal(text, formatted(message, wanted))
    end
  end)

  it("are English in a message of no language, whatever its readers speak", function()
    assert.equal("1,234.50 28 March I 0.5", formatted(campaign.text(FORMATS), "de-DE"))
  end)

  it("are, for a program's own templates, as it says", function()
    local made = assert(require "crier.template".compile(
      "${toUpper('i')} ${formatNumber(1234.5, 1)}", { kind = "text" }))
    assert.equal("İ 1,234.5", made:render { locale = "tr-TR" })
    assert.equal("I 1.234,5", made:render { locale = "de-DE" })
    assert.equal("I 1,234.5", made:render())
  end)

  it("follow a function's own locale all the same", function()
    assert.equal("1.234,50", formatted(campaign.text { en =
      "${formatNumber(1234.5, 2, 'de-DE')}", fr = "x" }, "en-US"))
  end)
end)

describe("variants of a message", function()
  local TWO = campaign.variants { a = campaign.text "A", b = campaign.text { en = "B", fr = "Bé" } }

  local function key(i)
    return { key = ("user:%08x"):format(i), preferredLanguage = "fr" }
  end

  it("are given by person, each in the person's language", function()
    local made = assert(new(TWO, { fallback = "en" }))
    local seen = {}
    for i = 1, 20 do
      local one = row({ preferredLanguage = "fr-FR" }, key(i))
      local text, tag, name = sent(made, one)
      seen[text] = true
      assert.same(name == "a" and { "A" } or { "Bé", "fr" }, { text, tag })
    end
    assert.same({ A = true, ["Bé"] = true }, seen)
  end)

  it("stay with who had one, as long as there is such a one", function()
    local made = assert(new(TWO, { fallback = "en" }))
    for i = 1, 10 do
      assert.equal("A", (sent(made, row({}, { key = key(i).key, variant = "a" }))))
      assert.equal("B", (sent(made, row({}, { key = key(i).key, variant = "b" }))))
      local _, _, anew = sent(made, row({}, { key = key(i).key, variant = "gone" }))
      assert.same({ sent(made, row({}, key(i))) }, { sent(made, row({}, key(i))) })
      assert.equal(select(3, sent(made, row({}, key(i)))), anew)
    end
  end)

  it("go by the campaign's name unless there is a seed", function()
    local function shares(name, options)
      local made = assert(new(campaign.variants({ a = campaign.text "A", b = campaign.text "B" },
        options), { name = name }))
      local found = {}
      for i = 1, 40 do
        found[i] = sent(made, row({}, key(i)))
      end
      return table.concat(found)
    end
    assert.equal(shares "one", shares("two", { seed = "one" }))
    assert.are_not.equal(shares "one", shares "two")
  end)
end)

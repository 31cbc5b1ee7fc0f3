local campaign = require "crier.campaign"
local audience = require "crier.audience"
local language = require "crier.campaign.language"

describe("crier.campaign.language #portable", function()
  local TAGS = { "de", "en", "fr", "pt-BR", "zh-CN", "zh-Hant" }

  local function chosen(wanted, tags)
    return language.choose(tags or TAGS, wanted) or "none"
  end

  describe(".choose()", function()
    it("takes the language itself, then a shorter tag, as RFC 4647 looks up", function()
      local cases = { { "fr", "fr" }, { "fr-FR", "fr" }, { "FR_ca", "fr" }, { "de-Latn-AT", "de" },
        { "pt-BR", "pt-BR" }, { "zh-Hant-TW", "zh-Hant" }, { "en-a-bbb-x-private", "en" } }
      for _, case in ipairs(cases) do
        assert.equal(case[2], chosen(case[1]))
      end
      -- The example of RFC 4647, 3.4: a single letter goes with what follows it.
      assert.equal("zh-Hant-CN", chosen("zh-Hant-CN-x-private1-private2",
        { "zh-Hant-CN", "zh-Hant-CN-x" }))
    end)

    it("prefers another region of a language to another language", function()
      assert.equal("pt-BR", chosen "pt")
      assert.equal("pt-BR", chosen "pt-PT")
      assert.equal("en-GB", chosen("en-AU", { "en-GB", "en-US", "fr" }))
      assert.equal("en-US", chosen("en-AU", { "en-US-x-all", "en-US", "fr" }))
    end)

    it("does not cross from one script to another", function()
      assert.equal("zh-Hant", chosen "zh-TW")
      assert.equal("zh-CN", chosen "zh-SG")
      assert.equal("zh-CN", chosen "zh")
      assert.equal("none", chosen("zh-TW", { "en", "zh-CN" }))
      assert.equal("none", chosen("sr-Cyrl-RS", { "sr-Latn" }))
      assert.equal("sr-Latn", chosen("sr-RS", { "sr-Latn" }))
    end)

    it("knows a language by its other names", function()
      assert.equal("nb", chosen("no", { "en", "nb" }))
      assert.equal("no", chosen("nb-NO", { "en", "no" }))
      assert.equal("he", chosen("iw-IL", { "en", "he" }))
    end)

    it("finds nothing for what is none of them, or no tag at all", function()
      for _, wanted in ipairs { "ja", "ja-JP", "", "*", "-", "French", "e", "\255", "x-fr" } do
        assert.equal("none", chosen(wanted))
      end
      assert.is_nil(language.choose(TAGS, nil))
    end)
  end)

  describe(".formats()", function()
    it("is of the text's language, in its reader's region", function()
      local cases = {
        { "de", "de-CH", "de", "de-CH" }, { "de", "de-AT", "de", "de-DE" },
        { "de", "en-US", "de", "de-DE" }, { "fr", nil, "fr", "fr-FR" },
        { "en", "en-IN", "en", "en-IN" }, { "en", "ja-JP", "en", "en-US" },
        { "es", "es-ES", "es", "es-ES" }, { "es", "es-MX", "es", "es-MX" },
        { "pt-BR", "pt-PT", "pt", "pt-BR" }, { "da", "da-DK", "da", "de-DE" },
        { "no", "nb-NO", "nb", "sv-SE" }, { "ja", "ja-JP", "ja", "en-US" },
        { "tr", "tr-TR", "tr", "en-US" }, { "zh-Hant", "zh-TW", "zh", "en-US" },
        { "fil", "fil-PH", "en", "en-US" },
      }
      for _, case in ipairs(cases) do
        assert.same({ case[3], case[4] }, { language.formats(case[1], case[2]) })
      end
    end)
  end)
end)

describe("a message in several languages #portable", function()
  local function raised(fn, ...)
    local ok, message = pcall(fn, ...)
    assert.is_false(ok)
    return (message:gsub("^spec/language_spec%.lua:%d+: ", ""))
  end

  local function described(message, more)
    local options = { name = "hello", audience = audience.users(), message = message }
    for name, any in pairs(more or {}) do
      options[name] = any
    end
    return campaign.new(options)
  end

  it("is one message each, in the order of their tags", function()
    local made = campaign.card({ fr = "f.json", en = "e.json" }, { alert = false,
      summary = { fr = "Bonjour" } })
    assert.equal("languages", made.kind)
    local en, fr = made.each[1], made.each[2]
    assert.same({ "en", "e.json", { alert = false } },
      { en.name, en.message.path, en.message.options })
    assert.same({ "fr", "f.json", { alert = false, summary = "Bonjour" } },
      { fr.name, fr.message.path, fr.message.options })
    assert.equal("Hallo", campaign.text({ de = "Hallo" }).each[1].message.source)
  end)

  it("is refused where it is wrong, at the line of the caller", function()
    local cases = {
      { campaign.card, {}, "crier.card: it takes at least one language" },
      { campaign.card, { "a.json" },
        "crier.card: each language is a text such as fr or pt-BR" },
      { campaign.card, { pt_BR = "a.json" },
        "crier.card: 'pt_BR' is no language's tag, such as fr or pt-BR" },
      { campaign.card, { en = 1 }, "crier.card: en must be a file name" },
      { campaign.text, { en = "" }, "crier.text: en must be a text" },
      { campaign.text, { nb = "Hei", no = "Hei" },
        "crier.text: nb and no are the same language" },
    }
    for _, case in ipairs(cases) do
      local ok, message = pcall(function()
        local made = case[1](case[2])
        return made
      end)
      assert.is_false(ok)
      assert.equal(case[3], message:match "^spec/language_spec%.lua:%d+: (.*)")
    end
    assert.equal("crier.card: a summary for each language goes with a file name for each language",
      raised(campaign.card, "a.json", { summary = { en = "Hi" } }))
    assert.equal("crier.text: summary: unknown option 'dee'; did you mean 'de'?",
      raised(campaign.text, { de = "Hallo" }, { summary = { dee = "Hallo" } }))
    assert.equal("crier.text: summary must be a text for each language",
      raised(campaign.text, { de = "Hallo" }, { summary = { de = 1 } }))
  end)

  it("has a fallback, which is one of its languages", function()
    local both, one = campaign.text { de = "Hallo", en = "Hi" }, campaign.text { de = "Hallo" }
    assert.equal("en", described(both, { fallback = "en" }).fallback)
    assert.is_nil(described(one).fallback)
    assert.equal("crier.campaign: fallback is missing: which of de, en is for whose language is"
      .. " none of them?", raised(described, both))
    assert.equal('crier.campaign: fallback = "fr": the message is in de, en',
      raised(described, both, { fallback = "fr" }))
    assert.equal('crier.campaign: fallback = "fr": the message is in de',
      raised(described, campaign.variants { a = both, b = one }, { fallback = "fr" })
        :gsub("de, en", "de"))
    for _, more in ipairs { { fallback = "en" }, { language = print } } do
      assert.equal("crier.campaign: " .. next(more) .. " is for a message in several languages:"
        .. ' crier.card { en = "…", de = "…" }', raised(described, campaign.text "Hi", more))
    end
  end)
end)

local audience = require "crier.audience"
local campaign = require "crier.campaign"

local function options(changes)
  local made = { name = "hello", audience = audience.users(),
    message = campaign.text "Hello" }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

local function raised(fn, ...)
  local ok, message = pcall(fn, ...)
  assert.is_false(ok)
  return (assert(message:match "campaign_spec%.lua:%d+: (.*)", message))
end

-- What `crier.campaign` says about changed options; nil when it takes them.
local function problem(changes, gone)
  local all = options(changes)
  if gone then
    all[gone] = nil
  end
  local ok, message = pcall(function()
    local made = campaign.new(all)
    return made
  end)
  if ok then
    return nil
  end
  return message:match "campaign_spec%.lua:%d+: crier%.campaign: (.*)"
    or message:match "campaign_spec%.lua:%d+: (.*)"
end

describe("crier.campaign #portable", function()
  describe(".new()", function()
    it("keeps what is described, with defaults", function()
      local all = options()
      local made = campaign.new(all)
      assert.equal("hello", made.name)
      assert.equal(all.audience, made.audience)
      assert.equal(all.message, made.message)
      assert.is_false(made.install)
      assert.equal("report", made.on_unknown)
      for _, name in ipairs { "allow_empty", "breaker", "data", "expect",
        "include", "on_missing", "retry" } do
        assert.is_nil(made[name])
      end
    end)

    it("keeps every option", function()
      local all = options { allow_empty = true, breaker = false,
        data = function() end, expect = { min = 1 }, include = { "guest" },
        install = true, on_missing = "empty", on_unknown = "resend",
        retry = function() end, tolerate = { failed = "2%" } }
      local made = campaign.new(all)
      for name, value in pairs(all) do
        assert.equal(value, made[name])
      end
    end)

    it("keeps them though the script's table changes", function()
      local all = options()
      local made = campaign.new(all)
      all.name = "other"
      assert.equal("hello", made.name)
    end)

    it("raises when it is given no table", function()
      assert.equal("crier.campaign takes a table", raised(function()
        local made = campaign.new("hello")
        return made
      end))
    end)

    it("refuses an unknown option and suggests a known one", function()
      assert.equal("unknown option 'audeince'; did you mean 'audience'?",
        problem { audeince = audience.users() })
      assert.equal("unknown option 'colour'", problem { colour = 1 })
    end)
  end)

  describe("the option name", function()
    local refusal = "name must begin with a letter or digit and hold only"
      .. " letters, digits, '.', '_' and '-', at most 64"

    it("is needed", function()
      assert.equal("name is missing", problem({}, "name"))
    end)

    it("takes letters, digits, point, underscore and hyphen", function()
      for _, name in ipairs { "a", "7", "benefits-2027", "A.b_c-d",
        ("x"):rep(64) } do
        assert.is_nil(problem { name = name })
      end
    end)

    it("takes nothing else", function()
      for _, name in ipairs { "", ".a", "-a", "_a", "a b", "a/b", "é", "a\n",
        "a\0", ("x"):rep(65), 7, true, {} } do
        assert.equal(refusal, problem { name = name })
      end
    end)
  end)

  describe("the option audience", function()
    it("is needed", function()
      assert.equal("audience is missing: whom should it reach?",
        problem({}, "audience"))
    end)

    it("takes sources and sets", function()
      assert.is_nil(problem { audience = audience.list { "a" } })
      assert.is_nil(problem { audience = audience.users() - audience.csv "a" })
    end)

    it("takes nothing else", function()
      for _, value in ipairs { "people.csv", { "ann" }, false } do
        assert.equal("audience must be crier.users{…}, crier.csv \"…\","
          .. " crier.list{…}, or sets of them", problem { audience = value })
      end
    end)
  end)

  describe("the option message", function()
    it("may be missing: an upgrade sends nothing", function()
      assert.is_nil(problem({}, "message"))
    end)

    it("takes cards, texts and activities", function()
      assert.is_nil(problem { message = campaign.card "a.json" })
      assert.is_nil(problem { message = campaign.activity {} })
    end)

    it("takes nothing else", function()
      for _, value in ipairs { "Hello", {}, 1 } do
        assert.equal("message must be crier.card \"…\", crier.text \"…\","
          .. " crier.activity {…} or crier.variants {…}", problem { message = value })
      end
    end)
  end)

  describe("each of the other options", function()
    it("refuses what it is not", function()
      local cases = {
        { "allow_empty", 1, "allow_empty must be a boolean, not a number" },
        { "breaker", "no", "breaker must be a boolean, not a string" },
        { "install", "yes", "install must be true, false or \"again\"" },
        { "data", {}, "data must be a function, not a table" },
        { "rate", "10", "rate must be a number of messages a second, such as 10, from 0.02 on" },
        { "language", "csv.lang", "language must be a function, not a string" },
        { "fallback", 1, "fallback must be a string, not a number" },
        { "retry", 6, "retry must be a function, not a number" },
        { "on_unknown", "retry", 'on_unknown must be "report" or "resend"' },
        { "on_unknown", true, 'on_unknown must be "report" or "resend"' },
        { "on_missing", "skip", 'on_missing must be "fail" or "empty"' },
        { "expect", 5, "expect takes { min = n, max = n }" },
        { "expect", { min = "5" }, "expect takes { min = n, max = n }" },
        { "expect", { max = 1.5 }, "expect takes { min = n, max = n }" },
        { "expect", { max = -1 }, "expect takes { min = n, max = n }" },
        { "expect", { min = 0 / 0 }, "expect takes { min = n, max = n }" },
        { "expect", { mim = 5 },
          "expect: unknown option 'mim'; did you mean 'min'?" },
        { "expect", { min = 6, max = 5 }, "expect: min is above max" },
        { "notify", "News", 'notify takes a table: { title = "…", text = "…", url = "…" }' },
        { "notify", { title = "News", text = " " }, "notify: text is missing, a text" },
        { "notify", { title = "News", text = "For you", url = "http://x.example/" },
          "notify: url must be a link of Teams, https://teams.microsoft.com/l/…" },
        { "notify", { title = "News", text = "For you", url = "https://x.example/", topic = "x" },
          "notify: unknown option 'topic'" },
        { "include", "guest", 'include takes a list: { "guest" }' },
        { "include", { guest = true }, 'include takes a list: { "guest" }' },
        { "include", { "guests" },
          "include: 'guests' is not one of disabled, guest, no_teams" },
        { "include", { 7 },
          "include: '7' is not one of disabled, guest, no_teams" },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[3], problem { [case[1]] = case[2] })
      end
    end)

    it("takes what it is", function()
      local cases = {
        { "allow_empty", false }, { "breaker", true }, { "install", false },
        { "on_unknown", "report" }, { "on_missing", "fail" }, { "expect", {} },
        { "expect", { min = 0, max = 5 } }, { "expect", { min = 5, max = 5 } },
        { "include", {} }, { "include", { "disabled", "guest", "no_teams" } },
      }
      for _, case in ipairs(cases) do
        assert.is_nil(problem { [case[1]] = case[2] })
      end
    end)
  end)

  describe(".card(), .text() and .activity()", function()
    it("describe a message", function()
      assert.same({ kind = "card", path = "a.json" },
        setmetatable(campaign.card "a.json", nil))
      assert.same({ kind = "text", source = "Hi" },
        setmetatable(campaign.text "Hi", nil))
      local activity = { type = "message" }
      assert.equal(activity, campaign.activity(activity).source)
      assert.equal("{}", campaign.activity("{}").source)
    end)

    it("raise for misuse, at the line of the caller", function()
      local cases = {
        { campaign.card, "crier.card takes a file name, or one for each language" },
        { campaign.text, "crier.text takes a text, or one for each language" },
        { campaign.activity, "crier.activity takes a table or JSON text" },
      }
      for _, case in ipairs(cases) do
        for _, value in ipairs { 1, true, "" } do
          if value ~= "" or case[1] ~= campaign.activity then
            assert.equal(case[2], raised(function()
              local made = case[1](value)
              return made
            end))
          end
        end
      end
    end)
  end)

  describe(".is()", function()
    it("tells campaigns from everything else", function()
      assert.is_true(campaign.is(campaign.new(options())))
      assert.is_false(campaign.is(options()))
      assert.is_false(campaign.is(nil))
    end)
  end)
end)

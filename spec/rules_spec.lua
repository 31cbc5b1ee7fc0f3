local audience = require "crier.audience"
local cjson = require "cjson"
local rules = require "crier.campaign.rules"

local function policy(...)
  return assert(rules.parse(cjson.encode { rules = { ... } }))
end

local function refused(text)
  local made, problem = rules.parse(text)
  assert.is_nil(made)
  return problem
end

-- What is wrong with one rule.
local function flaw(changes)
  local rule = { name = "r", users = { "ana" } }
  for name, value in pairs(changes) do
    rule[name] = value
  end
  local made, problem = rules.parse(cjson.encode { rules = { rule } })
  assert.is_true(made ~= nil or problem ~= nil)
  return problem
end

describe("crier.campaign.rules #portable", function()
  describe(".parse()", function()
    it("takes every key", function()
      assert.is_nil(flaw { campaigns = { "news-*" }, audiences = { "csv" },
        max_recipients = 5, approval = { above = 500 }, approvers = { "ben" },
        hours = { from = "08:00", to = "18:00", days = "mon-fri", zone = "UTC" } })
      assert.is_nil(flaw { approval = true, hours = { from = "08:00", to = "18:00" } })
      assert.is_nil(flaw { approval = cjson.null })
    end)

    it("refuses a key that it does not know", function()
      assert.equal("rule 'r': unknown option 'max_recipents'; did you mean 'max_recipients'?",
        flaw { max_recipents = 5 })
      assert.equal("it: unknown option 'rule'; did you mean 'rules'?",
        refused '{ "rules": [], "rule": [] }')
    end)

    it("refuses what a key is not", function()
      local list = "must be a list of texts"
      for _, case in ipairs {
        { "users", "ana", list }, { "users", {}, list }, { "users", { 1 }, list },
        { "campaigns", "x", list }, { "audiences", { { "x" } }, list },
        { "approvers", {}, list }, { "max_recipients", "5", "must be a whole number" },
        { "max_recipients", 1.5, "must be a whole number" },
        { "approval", "always", 'must be true, false or { "above": 500 }' },
        { "approval", { above = 5, below = 6 }, 'must be true, false or { "above": 500 }' },
        { "hours", { from = "8" }, "window: from is '8': write a time of the day, such as"
          .. ' "09:00"' },
        { "hours", { from = "08:00", to = "18:00", zone = "Europe/Berln" },
          "'Europe/Berln' is no time zone of this system's database; did you mean"
          .. " 'Europe/Berlin'?" },
      } do
        assert.equal(("rule 'r': %s: %s"):format(case[1], case[3]), flaw { [case[1]] = case[2] })
      end
      assert.equal("rule 1: name: must be a text", refused '{ "rules": [ { "users": ["a"] } ] }')
    end)

    it("refuses what is no policy", function()
      local none = 'it has no list of rules: { "rules": [ … ] }'
      assert.equal(none, refused "{}")
      assert.equal(none, refused '{ "rules": { "name": "x" } }')
      assert.equal("rule 1 is no object", refused '{ "rules": [ 5 ] }')
      assert.matches("^it is not a JSON object: ", refused "rules:")
      assert.matches("^it is not a JSON object", refused "")
    end)
  end)

  describe(".read()", function()
    it("gives nothing where there is no policy", function()
      assert.same({ nil, nil }, { rules.read(nil) })
    end)

    it("names the file that it cannot read", function()
      local made, message, code = rules.read "/nowhere/policy.json"
      assert.is_nil(made)
      assert.equal("CONFIG", code)
      assert.matches("^CRIER_POLICY /nowhere/policy.json: .*No such file", message)
    end)
  end)

  describe(":find()", function()
    it("gives the first rule whose users and campaigns fit", function()
      local made = policy({ name = "news", users = { "ana", "svc-*" }, campaigns = { "news-*" } },
        { name = "ana", users = { "ANA" } }, { name = "rest", users = { "*" },
          campaigns = { "a.b" } })
      local function name(user, campaign)
        return (made:find(user, campaign) or {}).name
      end
      assert.equal("news", name("ana", "news-1"))
      assert.equal("news", name("svc-cron", "news-"))
      assert.equal("ana", name("ana", "benefits"))
      assert.equal("rest", name("ben", "a.b"))
      assert.is_nil(name("ben", "axb"))
      assert.is_nil(name("svc", "news-1"))
      assert.equal("rest", name(nil, "a.b"))
    end)

    it("gives what is done to a campaign that campaign's rule", function()
      local made = policy { name = "r", users = { "*" }, campaigns = { "benefits" } }
      for _, name in ipairs { "benefits", "benefits.test-12", "benefits.amend-1",
        "benefits.test-2.recall-1" } do
        assert.equal("r", made:find("ana", name).name)
      end
      assert.is_nil(made:find("ana", "benefits.other-1"))
      assert.is_nil(made:find("ana", "benefits-2"))
    end)
  end)

  describe(".stranger()", function()
    local sales, all, file = audience.group "Sales", audience.users {}, audience.csv "a.csv"
    local made = policy { name = "r", users = { "*" }, audiences = { "group:sales", "csv",
      "users:department eq *", "channel:News/*" } }

    local function stranger(any)
      return rules.stranger(made.list[1], any)
    end

    it("allows the sources that are named, with what they are of", function()
      assert.is_nil(stranger(sales))
      assert.is_nil(stranger(file))
      assert.is_nil(stranger(audience.users { filter = "department eq 'Sales'" }))
      assert.is_nil(stranger(audience.channel("News", "General")))
      assert.equal("users", stranger(all))
      assert.equal("group:Sales2", stranger(audience.group "Sales2"))
      assert.equal("channel:Board/x", stranger(audience.channel("Board", "x")))
      assert.equal("list", stranger(audience.list { "ana@contoso.com" }))
    end)

    it("looks at who gets into a set", function()
      assert.equal("users", stranger(sales + all))
      assert.is_nil(stranger(sales + file))
      assert.is_nil(stranger(sales - all))
      assert.equal("users", stranger(all - sales))
      assert.is_nil(stranger(all * sales))
      assert.is_nil(stranger(sales * all))
      assert.equal("users", stranger(all * audience.team "x"))
      assert.equal("users", stranger(all:where(function() return true end):limit(5)))
      assert.is_nil(stranger((file - all):sample(5)))
    end)

    it("allows all where a rule names none", function()
      assert.is_nil(rules.stranger({}, all))
    end)
  end)

  it("tells when a run may begin", function()
    local made = policy { name = "r", users = { "*" },
      hours = { from = "08:00", to = "18:00", days = "mon-fri", zone = "Europe/Berlin" } }
    local rule, friday = made.list[1], 1800000000000 -- 2027-01-15, a Friday, 09:00 there
    assert.equal(friday, (made:opening(rule, friday)))
    local opens, said = made:opening(rule, friday + 9 * 3600000)
    assert.equal("2027-01-18 08:00 Europe/Berlin", said)
    assert.equal(friday + 71 * 3600000, opens)
    assert.equal(5, (made:opening({}, 5)))
  end)

  it("tells what has to be approved, and by whom", function()
    assert.is_true(rules.needs_approval({ approval = true }, 1))
    assert.is_true(rules.needs_approval({ approval = { above = 5 } }, 6))
    assert.is_false(rules.needs_approval({ approval = { above = 5 } }, 5))
    assert.is_false(rules.needs_approval({ approval = false }, 9))
    assert.is_false(rules.needs_approval(nil, 9))
    assert.is_true(rules.may_approve({ approvers = { "ben", "c*" } }, "cleo"))
    assert.is_false(rules.may_approve({ approvers = { "ben" } }, "cleo"))
    assert.is_true(rules.may_approve({}, "cleo"))
    assert.is_true(rules.may_approve(nil, "cleo"))
  end)
end)

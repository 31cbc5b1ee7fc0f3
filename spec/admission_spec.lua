local admission = require "crier.campaign.admission"

local FILES = { { path = "hello.lua", digest = "a1" },
  { path = "people.csv", digest = "b1" } }

-- A campaign as the store knows it, planned and stopped unless told.
local function known(changes)
  local row = { name = "hello", app = "bot", tenant = "contoso",
    cloud = "public", action = "send", digest = "d1", planned = 1, state = "stopped" }
  for name, value in pairs(changes or {}) do
    row[name] = value
  end
  return row
end

local function found(changes)
  local script = { app = "bot", tenant = "contoso", cloud = "public",
    action = "send", digest = "d1", files = FILES }
  for name, value in pairs(changes or {}) do
    script[name] = value
  end
  return script
end

local function decide(row, script)
  return admission.decide(row, script or found(), FILES)
end

describe("crier.campaign.admission #portable", function()
  describe(".decide() about a name that is new", function()
    it("plans", function()
      assert.equal("plan", decide(nil))
      assert.equal("plan", decide(false))
    end)

    it("plans again when the plan was never completed", function()
      assert.equal("plan", decide(known { planned = 0, state = "planning",
        digest = "d0" }))
    end)
  end)

  describe(".decide() about the same content", function()
    it("goes on where it stopped, whatever state a dead process left", function()
      for _, state in ipairs { "planning", "running", "waiting", "stopped" } do
        assert.equal("go on", decide(known { state = state }))
      end
    end)

    it("shows what is finished", function()
      assert.equal("show", decide(known { state = "finished" }))
    end)

    it("refuses what is paused, and says which command lifts it", function()
      local way, refusal = decide(known { state = "paused",
        why = "breaker: the first 20 people all failed: blocked" })
      assert.equal("refuse", way)
      assert.same({
        exit = 3,
        why = "campaign hello is paused: breaker: the first 20 people all"
          .. " failed: blocked",
        remedy = "crier resume hello   goes on with it",
      }, refusal)
      local _, other = decide(known { state = "paused" })
      assert.equal("campaign hello is paused: by an operator", other.why)
    end)

    it("goes on with what is paused when that is lifted", function()
      assert.equal("go on", decide(known { state = "paused" },
        found { lift = true }))
    end)

    it("refuses what is cancelled, lifted or not", function()
      for _, lift in ipairs { true, false } do
        local way, refusal = decide(known { state = "cancelled", finished_at = 5 },
          found { lift = lift })
        assert.equal("refuse", way)
        assert.same({
          exit = 3,
          why = "campaign hello was cancelled",
          remedy = "a cancelled campaign is over: use another name",
        }, refusal)
      end
    end)

    it("names the way on when a cancel was broken off", function()
      local way, refusal = decide(known { state = "cancelled" })
      assert.same({ "refuse", "crier cancel hello   does it to the end" },
        { way, refusal.remedy })
    end)
  end)

  describe(".decide() about other content", function()
    local other = { digest = "d2", files = {
      { path = "card.json", digest = "c1" },
      { path = "hello.lua", digest = "a2" } } }

    it("refuses, says what differs and names the ways on", function()
      local way, refusal = decide(known(), found(other))
      assert.equal("refuse", way)
      assert.same({
        exit = 65,
        why = "campaign hello was planned with other content: card.json is new,"
          .. " hello.lua has changed, people.csv is gone",
        remedy = "use --update to send the new content to those not yet sent,"
          .. " or give the new content another name",
      }, refusal)
    end)

    it("puts it in place when that is asked for", function()
      other.update = true
      assert.equal("update", decide(known(), found(other)))
      assert.equal("update", decide(known { state = "paused" }, found(other)))
      other.update = nil
    end)

    it("has it lift no pause", function()
      assert.is_nil(admission.stays(known(), { pending = 7, failed = 2 }))
      local row = known { state = "paused", why = "breaker: x" }
      assert.same({ exit = 3, why = "campaign hello has its new content, and is still paused:"
        .. " breaker: x", remedy = "crier resume hello   sends it to 7 who are pending" },
        admission.stays(row, { pending = 7, failed = 0 }))
    end)

    it("refuses it for who is talked with, once they have begun with the old one", function()
      for _, update in ipairs { true, false } do
        other.update, other.has_begun = update, true
        local way, refusal = decide(known { talks = 1, state = "paused" }, found(other))
        assert.equal("refuse", way)
        assert.same({ exit = 65, why = "campaign hello talks with people, who have begun with"
          .. " other content: card.json is new, hello.lua has changed, people.csv is gone",
          remedy = "crier resume hello   goes on with it as it was planned\n"
          .. "  crier cancel hello   ends it; the new content needs another name" }, refusal)
      end
      other.update, other.has_begun = true, false
      assert.equal("update", decide(known { talks = 1, state = "paused" }, found(other)))
      other.update, other.has_begun = nil, true
      assert.is_truthy(select(2, decide(known(), found(other))).remedy:find("--update", 1, true))
      other.has_begun = nil
    end)

    it("goes on when it is asked for and nothing differs", function()
      assert.equal("go on", decide(known(), found { update = true }))
    end)

    it("refuses what is over, asked for or not", function()
      for _, state in ipairs { "finished", "cancelled" } do
        local way, refusal = decide(known { state = state },
          found { digest = "d2", update = true })
        assert.equal("refuse", way)
        assert.equal(65, refusal.exit)
        assert.equal("it is " .. state .. ": give the new content another name",
          refusal.remedy)
      end
    end)
  end)

  describe(".decide() about another sender", function()
    it("refuses another app, tenant or cloud", function()
      for _, change in ipairs { { app = "x" }, { tenant = "x" },
        { cloud = "gcc" } } do
        local way, refusal = decide(known(), found(change))
        assert.equal("refuse", way)
        assert.same({
          exit = 65,
          why = "campaign hello belongs to tenant contoso, app bot, cloud public",
          remedy = "use another name or another store",
        }, refusal)
      end
    end)
  end)
end)

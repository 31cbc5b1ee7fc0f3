local plan_digest = require "crier.campaign.plan_digest"

local function planned(changes)
  local made = { digest = ("a"):rep(64), name = "hello", action = "send",
    tenant = "contoso", app = "bot", cloud = "public" }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

describe("crier.campaign.plan_digest", function()
  it("is the same for the same plan", function()
    assert.equal(plan_digest.of(planned()), plan_digest.of(planned { update = true }))
    assert.equal(64, #plan_digest.of(planned()))
  end)

  it("changes with each part", function()
    for part in pairs(planned()) do
      assert.not_equal(plan_digest.of(planned()),
        plan_digest.of(planned { [part] = "another" }))
    end
  end)

  it("keeps its parts apart", function()
    assert.not_equal(plan_digest.of(planned { tenant = "ab", app = "c" }),
      plan_digest.of(planned { tenant = "a", app = "bc" }))
  end)

  it("raises when a part is missing", function()
    assert.has_error(function()
      plan_digest.of { name = "hello" }
    end, "digest")
  end)

  it("is shown by its beginning", function()
    assert.equal("0123456789ab", plan_digest.short "0123456789abcdef")
  end)
end)

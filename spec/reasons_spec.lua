local campaign = require "crier.campaign"
local reasons = require "crier.campaign.reasons"

describe("crier.campaign.reasons", function()
  local function warnings(guards, retry)
    return reasons.warnings(campaign.bare { name = "x", guards = guards, retry = retry })
  end

  it("warns of a guard for a reason that nobody fails for", function()
    assert.same({ "guards, number 2: nobody fails for the reason 'blokked', so that it never"
      .. " pauses; did you mean 'blocked'?" },
      warnings { { rate = "5%" }, { reason = "blokked", rate = "5%" } })
  end)

  it("takes what is known, the beginning of it, and what names what lacks", function()
    for _, reason in ipairs { "blocked", "block", "not installed", "missing data.office", "miss",
      "no such", "the card is empty" } do
      assert.same({}, warnings { { reason = reason, rate = "5%" } })
    end
  end)

  it("leaves the reasons of a script's own retry policy alone", function()
    assert.same({}, warnings({ { reason = "blokked", rate = "5%" } }, function() end))
  end)

  it("knows all that the services' answers are sorted into", function()
    local known, seen = {}, 0
    for _, reason in ipairs(reasons.known) do
      known[reason] = true
    end
    for _, name in ipairs { "common", "connector", "graph" } do
      local file = assert(io.open("src/core/rows_" .. name .. ".c", "rb"))
      local text = file:read "*a":gsub("\\\n", " ")
      file:close()
      for reason in text:gmatch 'SCOPE_%u+,%s*"([^"]-[^" ])"' do
        seen = seen + 1
        assert.is_true(known[reason], reason)
      end
    end
    assert.is_true(seen > 40)
  end)
end)

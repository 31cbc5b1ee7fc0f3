-- `crier approve`, as it is typed.
local cjson = require "cjson"
local core = require "crier.core"
local operator = require "crier.operator"
local place = require "support.place"
local stores = require "support.stores"

describe("crier approve", function()
  local kept, here

  -- A campaign of four people, one of them left out, that somebody has planned.
  before_each(function()
    kept = stores.new()
    local store, campaign = kept:planned(3)
    assert(store.targets:add(campaign.id, "send", { key = "user:4", fields = "{}",
      excluded = "guest" }, "send", stores.NOW))
    assert(store.campaigns:set_planned(campaign.id))
    assert(store.events:begin(campaign.id, { command = "run", options = "", user = "ana",
      version = "0" }, stores.NOW))
    here = place.new({ CRIER_STORE = "sqlite:" .. kept.path }, {})
  end)

  after_each(function()
    here:close()
    kept:close()
  end)

  it("shows what is signed, and signs it, for log and status to tell", function()
    local result = here:crier "approve hello"
    assert.same({ 64, "crier: there is no terminal to ask at\n  say --yes when it is meant\n" },
      { result.status, result.err })
    result = here:crier "approve hello --yes --json --comment 'agreed with HR'"
    assert.equal(0, result.status, result.err)
    assert.matches("\n  plan        %x+ %(%x+%)\n  planned by  ana\n  targeted    4\n"
      .. "  excluded    1  guest\n  recipients  3\n", result.err)
    local one = cjson.decode(result.out).approvals[1]
    assert.same({ 3, "agreed with HR" }, { one.recipients, one.comment })
    result = here:crier "log hello"
    assert.matches(" approve %-%-comment 'agreed with HR' %-%-json %-%-yes\n", result.out)
    result = here:crier "approve hello --withdraw"
    assert.equal("campaign hello: 1 approval withdrawn; a run that is under way goes on:"
      .. " crier pause hello\n", result.err)
    assert.same({}, here:status().approvals)
  end)

  it("knows people by whom sudo or doas names", function()
    local names = { SUDO_USER = "ana", DOAS_USER = "ben" }
    local function name(variable)
      return operator.name(function(asked) return asked == variable and names[asked] or nil end)
    end
    assert.same({ "ana", "ben", core.fs.username() },
      { name "SUDO_USER", name "DOAS_USER", name "OTHER" })
    local result = here:crier("approve hello --yes", { SUDO_USER = "ana" })
    assert.same({ 78, "crier: ana has planned it: somebody else has to approve it\n" },
      { result.status, result.err })
  end)

  it("heeds the policy", function()
    here:write("policy.json",
      '{"rules":[{"name":"r","users":["ana"],"approvers":["nobody else"]}]}')
    local result = here:crier("approve hello --yes", { CRIER_POLICY = "policy.json" })
    assert.equal(78, result.status)
    assert.matches("^crier: policy, rule 'r': who approves is nobody else, not ", result.err)
  end)
end)

local metrics = require "crier.metrics"
local registry = require "crier.metrics.registry"

-- The sample lines that begin with a name.
local function lines_of(text, name)
  local found = {}
  for line in text:gmatch "[^\n]+" do
    if line:sub(1, #name) == name then
      found[#found + 1] = line
    end
  end
  return found
end

describe("crier.metrics.registry #portable", function()
  it("writes families in their order and series in that of their labels", function()
    local all = registry.new()
    local calls = all:family("counter", "calls_total", "Calls.", { "service" })
    local size = all:family("gauge", "size", "Size.")
    calls:add(2, "graph")
    calls:add(1, "connector")
    calls:add(1, "graph")
    size:set(0.5)
    assert.equal("# HELP calls_total Calls.\n# TYPE calls_total counter\n"
      .. 'calls_total{service="connector"} 1\ncalls_total{service="graph"} 3\n'
      .. "# HELP size Size.\n# TYPE size gauge\nsize 0.5\n", all:text())
  end)

  it("leaves out a family without series", function()
    local all = registry.new()
    local gauge = all:family("gauge", "size", "Size.", { "of" })
    gauge:set(1, "a")
    gauge:clear()
    assert.equal("", all:text())
  end)

  it("escapes what a label must not hold", function()
    local all = registry.new()
    all:family("gauge", "size", "Size.", { "of" }):set(1, 'a"b\\c\nd')
    assert.same({ 'size{of="a\\"b\\\\c\\nd"} 1' }, lines_of(all:text(), "size{"))
  end)

  it("counts a histogram's buckets upwards, with sum and count", function()
    local all = registry.new()
    local seconds = all:family("histogram", "seconds", "Time.", { "of" }, { 0.1, 1 })
    for _, value in ipairs { 0.05, 0.1, 0.5, 7 } do
      seconds:observe(value, "a")
    end
    assert.same({ 'seconds_bucket{of="a",le="0.1"} 2',
      'seconds_bucket{of="a",le="1"} 3', 'seconds_bucket{of="a",le="+Inf"} 4',
      'seconds_sum{of="a"} 7.65', 'seconds_count{of="a"} 4' },
      lines_of(all:text(), "seconds_"))
  end)
end)

describe("crier.metrics #portable", function()
  local function call(self, status, kind, ms)
    self:call({ service = "connector", operation = "send" }, { kind = kind },
      { status = status, total_ms = ms })
  end

  it("counts calls by status, and those that asked for patience by budget", function()
    local self = metrics.new()
    call(self, 201, "ok", 120)
    call(self, 201, "ok", 80)
    call(self, 429, "throttled", 10)
    call(self, nil, "transient", 30000)
    local text = self:text()
    assert.same({
      'crier_requests_total{service="connector",operation="send",status="201"} 2',
      'crier_requests_total{service="connector",operation="send",status="429"} 1',
      'crier_requests_total{service="connector",operation="send",status="none"} 1',
    }, lines_of(text, "crier_requests_total{"))
    assert.same({ 'crier_throttled_total{budget="connector"} 1' },
      lines_of(text, "crier_throttled_total{"))
    assert.same({ 'crier_request_seconds_count{service="connector",operation="send"} 3' },
      lines_of(text, "crier_request_seconds_count"))
  end)

  it("follows a ledger from what the store says", function()
    local self = metrics.new()
    self:ledger("hello", { { state = "pending", reason = "busy", count = 3 },
      { state = "failed", reason = "blocked", count = 1 } })
    self:settled("hello", "delivered", nil)
    self:settled("hello", "failed", "blocked")
    self:settled("another", "delivered", nil)
    assert.same({ 'crier_recipients{campaign="hello",state="delivered",reason=""} 1',
      'crier_recipients{campaign="hello",state="excluded",reason=""} 0',
      'crier_recipients{campaign="hello",state="failed",reason=""} 0',
      'crier_recipients{campaign="hello",state="failed",reason="blocked"} 2',
      'crier_recipients{campaign="hello",state="pending",reason=""} 1',
      'crier_recipients{campaign="hello",state="unknown",reason=""} 0' },
      lines_of(self:text(), "crier_recipients{"))
  end)

  it("tells only so many reasons apart", function()
    local self, rows = metrics.new(), {}
    for i = 1, 60 do
      rows[i] = { state = "failed", reason = ("reason %02d"):format(i), count = 1 }
    end
    self:ledger("hello", rows)
    local found = lines_of(self:text(), "crier_recipients{")
    assert.equal(56, #found)
    assert.equal('crier_recipients{campaign="hello",state="failed",reason="other"} 10', found[4])
  end)

  it("takes the webhook's counts as they stand", function()
    local self = metrics.new()
    self:received { accepted = 2, refused = 1 }
    self:received { accepted = 5, refused = 1 }
    assert.same({ 'crier_webhook_total{result="accepted"} 5',
      'crier_webhook_total{result="refused"} 1' }, lines_of(self:text(), "crier_webhook_total{"))
  end)

  -- What it reads of a client.
  local function client(changes)
    local found = { loop = { now = function() return 5000 end }, lane = "a lane",
      used = { connector = true }, config = { app = "an app", tenant = "a tenant",
        limits = "teams", credential = { expires_at_ms = 1893456000000 }, bot_credential = {} },
      pacer = { state = function(_, class, lane, now)
        assert.same({ "connector", "a lane", 5000 }, { class, lane, now })
        return { limit = 50, used = 12, waiting_ms = 250 }
      end } }
    for name, value in pairs(changes or {}) do
      found.config[name] = value
    end
    return found
  end

  it("tells a budget's limit, use and wait, of those that were used", function()
    local text = metrics.new():text(client(), true)
    assert.same({ 'crier_budget_limit{budget="connector"} 50',
      'crier_budget_used{budget="connector"} 12' }, lines_of(text, "crier_budget_"))
    assert.same({ 'crier_waiting_seconds{budget="connector"} 0.25' },
      lines_of(text, "crier_waiting_seconds{"))
    local unlimited = metrics.new():text(client { limits = "off" }, true)
    assert.same({ 'crier_budget_used{budget="connector"} 12' },
      lines_of(unlimited, "crier_budget_"))
  end)

  it("tells when a credential ends, where it is known", function()
    assert.same({ 'crier_credential_expiry_seconds{service="graph"} 1893456000' },
      lines_of(metrics.new():text(client()), "crier_credential_expiry_seconds{"))
  end)

  it("tells whether the lane is held", function()
    local self = metrics.new()
    assert.same({ 'crier_lane_held{app="an app",tenant="a tenant"} 1' },
      lines_of(self:text(client(), true), "crier_lane_held{"))
    assert.same({ 'crier_lane_held{app="an app",tenant="a tenant"} 0' },
      lines_of(self:text(client(), false), "crier_lane_held{"))
  end)

  it("says which build it is", function()
    assert.same({ ('crier_build_info{version="%s"} 1'):format(require("crier").version) },
      lines_of(metrics.new():text(), "crier_build_info"))
  end)
end)

--- What gateways are held to, in front of a journal and in front of `crier serve`.
local assert = require "luassert"
local busted = require "busted"
local cjson = require "cjson"
local gateways = require "support.gateways"
local programs = require "support.gateway_programs"

local rules = {}

-- Those that know in front of `crier serve` what Teams has signed.
local JUDGES = { nginx = true, haproxy = true, lighttpd = true }

-- Sends all of them at once; those that were not acknowledged.
local function tell_all(self, ids, acknowledge)
  local flying, left = {}, {}
  for _, id in ipairs(ids) do
    flying[assert(self:submit("POST", "/api/messages", cjson.encode(self:activity(id)),
      "Bearer " .. self.made.good))] = id
  end
  while next(flying) do
    for _, completion in ipairs(self.transport:step(200)) do
      local id = flying[completion.ticket]
      flying[completion.ticket] = nil
      if completion.response.status == 200 then
        acknowledge()
      else
        left[#left + 1] = id
      end
    end
  end
  return left
end

-- Sends what was not acknowledged again, as Teams does, until nothing is left; meanwhile
-- the gateway is reloaded, and a worker of it is killed.
local function tell_many(self, count, disturbed)
  local left, acknowledged = {}, 0
  for i = 1, count do
    left[i] = "many-" .. i
  end
  for _ = 1, 200 do
    left = tell_all(self, left, function()
      acknowledged = acknowledged + 1
      if disturbed.reload and acknowledged == 30 then
        self:signal(disturbed.reload)
      elseif disturbed.kills and acknowledged == 80 then
        self:kill_worker()
      end
    end)
    if not left[1] then
      return
    end
    self.transport:step(50)
  end
  error "it is not acknowledged however often it is sent"
end

local function refuses_all(gateway)
  local tried, taken = gateway:try_all()
  assert.same({}, taken)
  assert.is_true(tried >= 200, tried)
end

-- What holds in front of a journal; `start` makes the gateway.
local function hold_journal(start, disturbed)
  local gateway

  busted.setup(function() gateway = start "journal" end)
  busted.teardown(function() gateway:close() end)

  busted.it("puts what Teams sends into the store, once", function()
    assert.equal(200, gateway:tell("m1").status)
    assert.equal(200, gateway:tell("m1").status)
    assert.equal(1, gateway:count "m1")
    assert.equal(200, gateway:tell("large", ("x"):rep(200 * 1024)).status)
    assert.equal(1, gateway:count "large")
  end)

  busted.it("refuses each token that is wrong in any way", function()
    local before = gateway:total()
    refuses_all(gateway)
    assert.equal(before, gateway:total())
  end)

  busted.it("refuses what is no event of Teams", function()
    local good, before = "Bearer " .. gateway.made.good, gateway:total()
    assert.equal(405, gateway:ask("GET", "/api/messages").status)
    assert.equal(400, gateway:ask("POST", "/api/messages", "{", good).status)
    assert.equal(413, gateway:ask("POST", "/api/messages", ("x"):rep(256 * 1024 + 1), good).status)
    assert.equal(404, gateway:ask("POST", "/api/other", "{}", good).status)
    assert.equal(before, gateway:total())
  end)

  busted.it("asks Teams to come again while somebody else writes", function()
    assert.equal(200, gateway:tell("before").status)
    assert(gateway.store.db:begin())
    local status = gateway:tell("meanwhile").status
    assert(gateway.store.db:rollback())
    assert.equal(503, status)
    assert.equal(0, gateway:count "meanwhile")
    assert.equal(200, gateway:insist("tell", "meanwhile").status)
    assert.equal(1, gateway:count "meanwhile")
  end)

  busted.it("has messages sent", function()
    local body = '{"id":"order-17","to":"ann","text":"It is here"}'
    local answer = gateway:insist("ask", "POST", "/say", body)
    assert.same({ 202, { id = "order-17", is_new = true } },
      { answer.status, cjson.decode(answer.body) })
    assert.equal(200, gateway:insist("ask", "POST", "/say", body).status)
    local row = gateway.store.db:row("SELECT t.key, t.phase, r.fields FROM target t"
      .. " JOIN recipient r ON r.target = t.id")
    assert.same({ "user:ann", "create", { type = "message", text = "It is here" } },
      { row.key, row.phase, cjson.decode(row.fields) })
    assert.equal(400, gateway:ask("POST", "/say", "{}").status)
  end)

  busted.it("answers the press of a button, and leaves it to who works on the store", function()
    gateway:insist("ask", "POST", "/say", '{"id":"asked","to":"ann","text":"x"}')
    local asked = gateway.store.db:row "SELECT id, planned_at FROM target ORDER BY id DESC"
    local press = gateway:activity "press"
    press.type, press.name = "invoke", "adaptiveCard/action"
    press.value = { action = { type = "Action.Execute", data = { answer = "1",
      crier = { t = asked.id, n = 1, p = asked.planned_at } } } }
    for _ = 1, 2 do
      local answer = gateway:insist("tell", press)
      assert.same({ 200, { statusCode = 200, value = "Your answer was received.",
        type = "application/vnd.microsoft.activity.message" } },
        { answer.status, cjson.decode(answer.body) })
    end
    local left = gateway.store.db:rows("SELECT body FROM inbox WHERE type = 'invoke'"
      .. " AND due_at IS NOT NULL")
    assert.equal(1, #left)
    assert.equal("1", cjson.decode(left[1].body).value.action.data.answer)
    press.id, press.name = "other", "task/fetch"
    assert.equal(501, gateway:insist("tell", press).status)
  end)

  busted.it("loses nothing that it has acknowledged, whatever becomes of it", function()
    tell_many(gateway, 120, disturbed)
    for i = 1, 120 do
      assert.equal(1, gateway:count("many-" .. i))
    end
  end)
end

-- What holds in front of `crier serve`.
local function hold_forward(start, judges)
  local gateway

  busted.setup(function() gateway = start "forward" end)
  busted.teardown(function() gateway:close() end)

  busted.it("hands over what Teams has signed, as it came", function()
    for _, text in ipairs { "hello", ("x"):rep(200 * 1024) } do
      assert.equal(200, gateway:tell("m1", text).status)
      assert.equal(text, cjson.decode(gateway.handed[#gateway.handed].body).text)
    end
    assert.equal(0, gateway:total())
  end)

  busted.it("hands over the clicks that are counted, and nothing near them", function()
    local path = "/c/17." .. ("0a"):rep(16) .. "." .. ("aZ_-"):rep(500)
    local answer = gateway:ask("GET", path)
    assert.same({ 302, "https://contoso.com" .. path },
      { answer.status, answer.headers.location })
    local before = #gateway.handed
    assert.equal("GET", gateway.handed[before].method)
    for _, other in ipairs { "/c/", "/c/1/2", "/metrics", "/api/messages/c/1" } do
      assert.equal(404, gateway:ask("GET", other).status)
    end
    for _, one in ipairs { path, "/api/messages" } do
      assert.equal(413, gateway:ask("POST", one, ("x"):rep(256 * 1024 + 1)).status)
    end
    assert.equal(before, #gateway.handed)
  end)

  if judges then
    busted.it("refuses everything else by itself", function()
      local before = #gateway.handed
      refuses_all(gateway)
      assert.equal(405, gateway:ask("GET", "/api/messages").status)
      assert.equal(before, #gateway.handed)
    end)
  end

  busted.it("has Teams come again when nobody takes it", function()
    gateway.backend:close()
    gateway.backend = nil
    local status = gateway:tell("m2").status
    assert.is_true(status >= 502 and status <= 504, status)
  end)
end

--- Holds a gateway to all of it, or says what it needs and lacks.
-- @tparam string name see `support.gateway_programs`
-- @tparam table disturbed `reload` (the signal for it, if any), and whether it `kills`:
-- it can spare a worker
-- @treturn boolean whether it is here
function rules.hold(name, disturbed)
  local is_ready, reason = programs.is_ready(name)
  if not is_ready then
    busted.pending(reason)
    return false
  end

  local function start(mode)
    local gateway = gateways.new()
    if mode == "forward" then
      gateway:listen()
    end
    programs.start(name, gateway, mode)
    return gateway
  end

  busted.describe("with a journal", function() hold_journal(start, disturbed) end)
  busted.describe("in front of crier serve", function() hold_forward(start, JUDGES[name]) end)
  return true
end

return rules

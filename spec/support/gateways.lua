--- What gateways are held to: a store with the keys of an issuer, what Teams sends, and
-- what has to become of it.
local cjson = require "cjson"
local config = require "crier.config"
local core = require "crier.core"
local events = require "support.teams_events"
local keys = require "crier.bot.keys"
local server = require "crier.server"
local shell = require "support.shell"
local stores = require "support.stores"
local verifier_cases = require "verifier_cases"

local gateways = {}

local methods = {}
local mt = { __index = methods }

-- A whole head of a request is at most so long in the gateways' own settings.
local LONGEST_HEADER = 7000
-- HTTP itself takes blanks at the ends of a header away, and a second passes until a token
-- that is too early by one is judged.
local PASSING = { ["a blank before"] = true, ["a blank behind"] = true,
  ["a begin in 301 s"] = true, ["issued in 301 s"] = true }

--- Whether what a gateway needs is there: the program's module of Lua, and ours for it.
-- @tparam {string,...} paths of files
-- @treturn[1] true
-- @treturn[2] false
-- @treturn[2] string why a spec that needs them is pending
function gateways.is_ready(paths)
  for _, path in ipairs(paths) do
    local file = io.open(path)
    if not file then
      return false, path .. " is missing: .ci/deps test, and make LUA=luajit, make LUA=lua5.3"
    end
    file:close()
  end
  return true
end

-- Made once a process: the keys take a while.
local made

--- Makes the store and the tokens.
-- @tparam ?string folder of the store
function gateways.new(folder)
  local now_s = os.time()
  made = made or verifier_cases.new(now_s)
  local self = setmetatable({ place = stores.new(folder), made = made,
    transport = core.transport.new { max_connections = 16 } }, mt)
  self.folder, self.store = self.place.folder, self.place:open()
  local settings = assert(config.read({ tenant = self.made.tenant,
    client_id = self.made.client_id }, function() end))
  assert(self.store.key_sets:keep(keys.sources(settings)[1].url, self.made.jwks, now_s * 1000))
  return self
end

--- What is put in front of a program's name: its environment.
-- @tparam ?string path of the store, as the gateway sees it
-- @treturn string
function methods:environment(path)
  return ("env AZURE_TENANT_ID=%s AZURE_CLIENT_ID=%s CRIER_STORE=sqlite:%s"):format(
    self.made.tenant, self.made.client_id, path or self.place.path)
end

--- Writes one of the examples, changed for here.
-- @tparam string from path below examples/gateways
-- @tparam table changes text -> text, each of which has to be there
-- @tparam ?string before what comes first
-- @treturn string path of the file
function methods:write(from, changes, before)
  local file = assert(io.open("examples/gateways/" .. from))
  local text = file:read "*a"
  file:close()
  for old, new in pairs(changes) do
    local first, last = text:find(old, 1, true)
    assert(first, from .. " has no " .. old)
    while first do
      text = text:sub(1, first - 1) .. new .. text:sub(last + 1)
      first, last = text:find(old, first + #new, true)
    end
  end
  local path = self.folder .. "/" .. from:match "[^/]+$"
  file = assert(io.open(path, "w"))
  file:write(before or "", text)
  file:close()
  return path
end

--- An activity of Teams.
function methods:activity(id, text)
  local activity = events.activity("message", id, { text = text or "hello" })
  activity.serviceUrl = self.made.service_url
  activity.conversation.tenantId = self.made.tenant
  activity.channelData.tenant.id = self.made.tenant
  return activity
end

--- Hands a request over; the ticket, or nil when no such request can be sent.
function methods:submit(method, path, body, authorization)
  return self.transport:submit { method = method, url = self.url .. path, body = body,
    headers = { ["Content-Type"] = body and "application/json" or nil,
      Authorization = authorization } }
end

--- Listens for what the gateway hands over; `handed` are the bodies.
function methods:listen()
  self.handed = {}
  self.backend = assert(server.listen { path = self.folder .. "/serve.sock" })
end

-- Waits for the gateway, and is what it hands over to.
local function step(self)
  local done = self.transport:step(self.backend and 2 or 200)
  for _, request in ipairs(self.backend and assert(self.backend:run()) or {}) do
    self.handed[#self.handed + 1] = request.body
    self.backend:respond(request.id, 200, {}, "")
  end
  return done
end

--- Sends a request; its response, or nil when no such request can be sent.
function methods:ask(...)
  if not self:submit(...) then
    return nil
  end
  for _ = 1, 5000 do
    local done = step(self)
    if done[1] then
      return done[1].response
    end
  end
  error "no answer"
end

--- Sends an activity with a good token; the status.
function methods:tell(id, text)
  return self:ask("POST", "/api/messages", cjson.encode(self:activity(id, text)),
    "Bearer " .. self.made.good).status
end

--- How often the store has what was told.
function methods:count(id)
  return self.store.db:row("SELECT count(*) AS n FROM inbox WHERE activity_id = ?", id).n
end

function methods:total()
  return self.store.db:row("SELECT count(*) AS n FROM inbox").n
end

--- Sends each token that is to be refused; how many there were, and the names of those
-- that were not.
function methods:try_all()
  local tried, taken = 0, {}
  for _, case in ipairs(self.made.list) do
    if case.code and not case.control and not PASSING[case.name]
      and #(case.header or "") <= LONGEST_HEADER then
      local answer = self:ask("POST", "/api/messages", cjson.encode(case.activity), case.header)
      tried = tried + (answer and 1 or 0)
      if answer and answer.status ~= 401 and answer.status ~= 400 then
        taken[#taken + 1] = ("%s: %s"):format(case.name, tostring(answer.status or answer.error))
      end
    end
  end
  return tried, taken
end

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

-- Sends what was not acknowledged again, as Teams does, until nothing is left; `disturb`
-- is called with how many were acknowledged, as they are.
local function tell_many(self, count, disturb)
  local left, acknowledged = {}, 0
  for i = 1, count do
    left[i] = "many-" .. i
  end
  for _ = 1, 200 do
    left = tell_all(self, left, function()
      acknowledged = acknowledged + 1
      disturb(acknowledged)
    end)
    if not left[1] then
      return
    end
    self.transport:step(50)
  end
  error "it is not acknowledged however often it is sent"
end

--- What holds for each gateway in journal mode.
-- @tparam function it of busted, which a module does not see
-- @tparam function here gives what `new` made, with `url`
-- @tparam function disturb called with how many events were acknowledged, as they are
function gateways.specify(it, here, disturb)
  local assert = require "luassert"

  it("puts what Teams sends into the store, once", function()
    local gateway = here()
    assert.equal(200, gateway:tell "m1")
    assert.equal(200, gateway:tell "m1")
    assert.equal(1, gateway:count "m1")
    assert.equal(200, gateway:tell("large", ("x"):rep(200 * 1024)))
    assert.equal(1, gateway:count "large")
  end)

  it("refuses each token that is wrong in any way", function()
    local gateway = here()
    local before = gateway:total()
    local tried, taken = gateway:try_all()
    assert.same({}, taken)
    assert.is_true(tried >= 200, tried)
    assert.equal(before, gateway:total())
  end)

  it("refuses what is no event of Teams", function()
    local gateway = here()
    local good, before = "Bearer " .. gateway.made.good, gateway:total()
    assert.equal(405, gateway:ask("GET", "/api/messages").status)
    assert.equal(400, gateway:ask("POST", "/api/messages", "{", good).status)
    assert.equal(413, gateway:ask("POST", "/api/messages", ("x"):rep(256 * 1024 + 1), good).status)
    assert.equal(404, gateway:ask("POST", "/api/other", "{}", good).status)
    assert.equal(before, gateway:total())
  end)

  it("asks Teams to come again while somebody else writes", function()
    local gateway = here()
    assert.equal(200, gateway:tell "before")
    assert(gateway.store.db:begin())
    local status = gateway:tell "meanwhile"
    assert(gateway.store.db:rollback())
    assert.equal(503, status)
    assert.equal(0, gateway:count "meanwhile")
    for _ = 1, 200 do
      status = gateway:tell "meanwhile"
      if status == 200 then
        break
      end
      gateway.transport:step(10)
    end
    assert.equal(200, status)
    assert.equal(1, gateway:count "meanwhile")
  end)

  it("has messages sent", function()
    local gateway = here()
    local body = '{"id":"order-17","to":"ann","text":"It is here"}'
    local answer = gateway:ask("POST", "/say", body)
    assert.same({ 202, { id = "order-17", is_new = true } },
      { answer.status, cjson.decode(answer.body) })
    assert.equal(200, gateway:ask("POST", "/say", body).status)
    local row = gateway.store.db:row("SELECT t.key, t.phase, r.fields FROM target t"
      .. " JOIN recipient r ON r.target = t.id")
    assert.same({ "user:ann", "create", { type = "message", text = "It is here" } },
      { row.key, row.phase, cjson.decode(row.fields) })
    assert.equal(400, gateway:ask("POST", "/say", "{}").status)
  end)

  it("loses nothing that it has acknowledged, whatever becomes of it", function()
    local gateway = here()
    tell_many(gateway, 120, disturb)
    for i = 1, 120 do
      assert.equal(1, gateway:count("many-" .. i))
    end
  end)
end

--- What holds for each gateway in forward mode.
-- @tparam function it of busted
-- @tparam function here gives what `new` made, with `url`, and listens
function gateways.specify_forward(it, here)
  local assert = require "luassert"

  it("hands over what Teams has signed, as it came", function()
    local gateway = here()
    for _, text in ipairs { "hello", ("x"):rep(200 * 1024) } do
      assert.equal(200, gateway:tell("m1", text))
      assert.equal(text, cjson.decode(gateway.handed[#gateway.handed]).text)
    end
    assert.equal(0, gateway:total())
  end)

  it("refuses everything else by itself", function()
    local gateway = here()
    local before = #gateway.handed
    local tried, taken = gateway:try_all()
    assert.same({}, taken)
    assert.is_true(tried >= 200, tried)
    assert.equal(405, gateway:ask("GET", "/api/messages").status)
    assert.equal(413, gateway:ask("POST", "/api/messages", ("x"):rep(256 * 1024 + 1)).status)
    assert.equal(before, #gateway.handed)
  end)

  it("has Teams come again when nobody takes it", function()
    local gateway = here()
    gateway.backend:close()
    gateway.backend = nil
    local status = gateway:tell "m2"
    assert.is_true(status >= 502 and status <= 504, status)
  end)
end

--- Process numbers of the children of a process.
function gateways.children(pid)
  local found = {}
  for child in shell.run("ps -o pid= --ppid " .. pid):gmatch "%d+" do
    found[#found + 1] = child
  end
  return found
end

--- Ends everything.
function methods:close()
  if self.running then
    self.running:stop()
  end
  if self.backend then
    self.backend:close()
  end
  self.transport:close()
  self.place:close()
end

return gateways

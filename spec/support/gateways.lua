--- What stands around a gateway: a store with the keys of an issuer, and what Teams sends.
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

-- By the time they are for; made once a process: the keys take a while.
local made = {}

--- Makes the store and the tokens.
-- @tparam ?string folder of the store
-- @tparam ?integer now_s the time that the tokens are for; default now
function gateways.new(folder, now_s)
  local kind = now_s or "now"
  now_s = now_s or os.time()
  made[kind] = made[kind] or verifier_cases.new(now_s)
  local self = setmetatable({ place = stores.new(folder), made = made[kind],
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

--- Listens for what the gateway hands over; `handed` are the requests.
function methods:listen()
  self.handed = {}
  self.backend = assert(server.listen { path = self.folder .. "/serve.sock" })
end

-- Waits for the gateway, and is what it hands over to.
local function step(self)
  local done = self.transport:step(self.backend and 2 or 200)
  for _, request in ipairs(self.backend and assert(self.backend:run()) or {}) do
    self.handed[#self.handed + 1] = request
    local is_click = request.method == "GET"
    self.backend:respond(request.id, is_click and 302 or 200,
      is_click and { Location = "https://contoso.com" .. request.path } or {}, "")
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

--- Sends an activity with a good token; the response.
-- @tparam table|string activity, or the id of a message
-- @tparam ?string text of the message
function methods:tell(activity, text)
  activity = type(activity) == "table" and activity or self:activity(activity, text)
  return self:ask("POST", "/api/messages", cjson.encode(activity), "Bearer " .. self.made.good)
end

--- Does one of these until it is not told any more to come again.
-- @tparam string name `ask` or `tell`
-- @param ... its arguments
function methods:insist(name, ...)
  for _ = 1, 200 do
    local answer = self[name](self, ...)
    if answer.status ~= 503 then
      return answer
    end
    self.transport:step(10)
  end
  error "it is told to come again however often it comes"
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

--- Sends a signal to the gateway.
function methods:signal(name)
  assert(os.execute(("kill -%s %s"):format(name, self.running.pid)))
end

--- Kills one of its workers.
function methods:kill_worker()
  local worker = assert(shell.run("ps -o pid= --ppid " .. self.running.pid):match "%d+")
  assert(os.execute("kill -KILL " .. worker))
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

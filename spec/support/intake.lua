--- `crier serve` at the end of a bad line: so many events a second, copies of them, some
-- late, some byte by byte, and what is to be refused between them; with thousands of
-- connections on which nothing comes; and it is killed.
--
-- Every acknowledged event is in the store afterwards, once, and worked on; of what was
-- refused there is nothing in any file.
local cjson = require "cjson"
local core = require "crier.core"
local journal = require "crier.journal"
local letters = require "support.letters"
local process = require "support.process"
local senders = require "support.senders"
local server = require "crier.server"
local shell = require "support.shell"
local siege = require "support.siege"

local intake = {}

-- Whoever connects to it does so from 127.0.0.1, which never takes its port meanwhile.
local HOST = "127.0.0.2"
local LONGEST_S = 60 -- far more than anything takes
local NOBODY = "COULDNT_CONNECT"

-- One turn of everybody on this side.
local function turn(self, ms)
  self.crowd:turn(ms, { self.keys:fd() })
  for _, request in ipairs(assert(self.keys:run())) do
    local response = self.writers.cloud:step(request, core.clock.now_ms())
    self.keys:respond(request.id, response.status, response.headers, response.body)
  end
end

local function await(self, what, look)
  local deadline = os.time() + LONGEST_S
  while not look() do
    if os.time() > deadline then
      error("it never comes true: " .. what .. "\n" .. self.serving:errors(), 0)
    end
    turn(self, 5)
  end
end

local function start(self)
  self.serving = process.start(("serve --json --listen %s:%d"):format(HOST, self.port or 0),
    self.env, self.folder)
end

local function cpu_ms(self)
  local stat = process.read("/proc/" .. self.serving.pid .. "/stat")
  local user, system = stat:match "%) %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%d+) (%d+)"
  return (tonumber(user) + tonumber(system)) * 10
end

-- Until it has its keys, and takes what comes.
local function await_ready(self)
  local client, ready = core.transport.new {}, false
  await(self, "it is ready", function()
    client:submit { method = "GET", headers = {}, url = ("http://%s:%d/readyz"):format(HOST,
      self.port) }
    repeat
      turn(self, 1)
      local done = client:step(1)[1]
      ready = done and done.response.status == 200
    until done
    return ready
  end)
  client:close()
end

local function peak_kib(self)
  return tonumber(process.read("/proc/" .. self.serving.pid .. "/status"):match "VmHWM:%s+(%d+)")
end

-- Those who come meanwhile find nobody, and come again.
local function kill(self)
  self.peak_kib = self.peak_kib or peak_kib(self)
  self.cpu_ms = self.cpu_ms + cpu_ms(self)
  self.serving:signal "KILL"
  assert(self.serving:wait().status == "signal 9")
  self.killed = self.killed + 1
  local before = self.crowd:count("good", NOBODY)
  self.crowd:post(self.writers:good())
  await(self, "somebody finds nobody there", function()
    return self.crowd:count("good", NOBODY) > before
  end)
  start(self)
end

-- Connections on which nothing comes, or little: they stay until the first kill.
local function besiege(self, count)
  self.siege = siege.new(HOST, self.port, count)
  await(self, "they are all there", function() return self.siege:is_complete() end)
  local letter = self.writers:good()
  self.crowd:post(letter)
  await(self, "Teams is answered beside them", function()
    return self.crowd.acknowledged[letter.id]
  end)
end

-- Two events in ten are copies, one is late, one in fifty comes from a slow client; one in
-- ten is followed by something that is to be refused.
local function send(self, nth)
  local crowd, kind = self.crowd, nth % 10
  if kind == 0 and self.last then
    crowd:post(self.last, "copy") -- perhaps before the first was answered
  elseif kind == 5 and self.last then
    crowd:post_later(self.last, "copy", nth * 37 % self.latest_ms)
  elseif kind == 3 then
    crowd:post_later(self.writers:good(), "late", nth * 53 % self.latest_ms)
  elseif nth % 50 == 7 then
    crowd:post(self.writers:good(), "slow")
  else
    self.last = self.writers:good()
    crowd:post(self.last)
  end
  if kind == 1 then
    crowd:post(self.writers:wrong())
  end
end

local function send_all(self, options)
  local began, made = core.clock.now_ms(), 0
  local every = math.ceil(options.events / (options.kills + 1))
  while made < options.events do
    local due = math.floor((core.clock.now_ms() - began) / 1000 * options.rate)
    while made < math.min(due, options.events) and not self.crowd:is_busy() do
      made = made + 1
      send(self, made)
      if made % every == 0 and made < options.events then
        kill(self)
      end
    end
    turn(self, 1)
  end
  local seconds = (core.clock.now_ms() - began) / 1000
  await(self, "everything is answered", function() return self.crowd:is_done() end)
  return seconds
end

-- What the store holds of each activity.
local function audit(self, store, wrong)
  local copies, stored = {}, 0
  for _, row in ipairs(store.db:rows "SELECT activity_id AS id, handled_at FROM inbox") do
    copies[row.id], stored = (copies[row.id] or 0) + 1, stored + 1
    wrong.idle = wrong.idle + (row.handled_at and 0 or 1)
    wrong.refused = wrong.refused + (self.crowd.refused[row.id] and 1 or 0)
    wrong.strange = wrong.strange + (self.crowd.acknowledged[row.id] and 0 or 1)
  end
  local acknowledged = 0
  for id in pairs(self.crowd.acknowledged) do
    acknowledged = acknowledged + 1
    wrong.lost = wrong.lost + (copies[id] and 0 or 1)
    wrong.twice = wrong.twice + ((copies[id] or 0) > 1 and 1 or 0)
  end
  local states = 0
  for _, row in ipairs(store.db:rows "SELECT target, state FROM contact") do
    states = states + 1
    wrong.state = wrong.state + (self.writers.states[row.target] == row.state and 0 or 1)
  end
  for _ in pairs(self.writers.states) do
    states = states - 1
  end
  wrong.state = wrong.state + math.abs(states)
  return acknowledged, stored
end

local function finish(self, result)
  local wrong = { lost = 0, twice = 0, idle = 0, refused = 0, strange = 0, state = 0,
    unexpected = #self.crowd.unexpected }
  local store = assert(journal.open(self.folder .. "/crier.db"))
  await(self, "the inbox is empty", function() return store.inbox:counts() == 0 end)
  self.cpu_ms, self.peak_kib = self.cpu_ms + cpu_ms(self), self.peak_kib or peak_kib(self)
  self.serving:signal "TERM"
  result.exit = self.serving:wait().status
  result.acknowledged, result.stored = audit(self, store, wrong)
  store:close()
  wrong.traces = tonumber(shell.run(("cat %s/crier.db* | grep -acF %s"):format(self.folder,
    shell.quote(letters.REFUSED))))
  result.wrong, result.unexpected = wrong, self.crowd.unexpected
end

--- Sends it all, and counts.
-- @tparam table options
-- @tparam integer options.rate events a second
-- @tparam integer options.events how many, copies among them
-- @tparam integer options.people who tell them
-- @tparam integer options.latest_ms how late the latest are
-- @tparam integer options.kills how often it is killed, at even distances
-- @tparam integer options.besiegers connections on which nothing comes, or little
-- @treturn table `sent`, `answers` (by kind), `acknowledged`, `stored`, `wrong` (counts, all
--   of them 0 where nothing is), `unexpected` (texts), `took` (milliseconds), `besiegers`
--   (as many as the system allowed), `peak_kib` (memory, until the first kill) …
function intake.run(options)
  local self = { folder = shell.folder(), keys = assert(server.listen {}), killed = 0,
    cpu_ms = 0, latest_ms = options.latest_ms }
  local origin = ("http://127.0.0.1:%d"):format(self.keys:port())
  self.writers = letters.new(options.people, origin)
  self.env = self.writers.cloud:environment(origin)
  self.env.CRIER_STORE = "sqlite:" .. self.folder .. "/crier.db"
  start(self)
  self.port = math.floor(tonumber(cjson.decode(self.serving:line()).url:match ":(%d+)/"))
  self.crowd = senders.new(HOST, self.port)
  local result = {}
  local ok, problem = pcall(function()
    await_ready(self)
    besiege(self, options.besiegers)
    local seconds = send_all(self, options)
    result.per_second = math.floor(options.events / seconds)
    finish(self, result)
  end)
  if not ok and self.serving:is_alive() then
    self.serving:signal "KILL"
    self.serving:wait()
  end
  result.sent, result.answers, result.killed = self.crowd.sent, self.crowd.counts, self.killed
  result.took, result.cpu_ms, result.peak_kib = self.crowd.took, self.cpu_ms, self.peak_kib
  result.besiegers = self.siege and self.siege.held
  if self.siege then
    self.siege:close()
  end
  self.crowd:close()
  self.keys:close()
  os.execute("rm -rf " .. self.folder)
  assert(ok, problem)
  return result
end

return intake

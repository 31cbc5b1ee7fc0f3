--- Those who bring letters to a bot's address, and come again with what was not
-- acknowledged, as Teams does: soon here, since nobody is to wait for it.
local core = require "crier.core"
local heap = require "crier.heap"
local letters = require "support.letters"
local rawclients = require "support.rawclients"

local senders = {}

local senders_methods = {}
local senders_mt = { __index = senders_methods }

local AGAIN_MS = 100
local MOST_UNDER_WAY = 200
local PATH = "/api/messages"
local SLOWLY = { pieces = 20, pause_ms = 20, after = "read" }
local HALF = { pieces = 3, pause_ms = 20, after = "cut" }

--- Makes them.
-- @tparam string host
-- @tparam integer port
-- @treturn table `counts` (answers by kind), `acknowledged` and `refused` (sets of ids),
--   `took` (milliseconds), `under_way`, `unexpected` (texts)
function senders.new(host, port)
  return setmetatable({ url = ("http://%s:%d%s"):format(host, port, PATH), flying = {},
    transport = core.transport.new { max_connections = MOST_UNDER_WAY }, slow = {}, raw_count = 0,
    raw = rawclients.new(host, port), later = heap.new(), under_way = 0, counts = {},
    acknowledged = {}, refused = {}, took = {}, sent = 0, unexpected = {} }, senders_mt)
end

--- Brings a letter.
-- @tparam table letter of `support.letters`
-- @tparam ?string kind under which its answer is counted: by default its own
function senders_methods:post(letter, kind)
  kind = kind or letter.kind
  self.under_way, self.sent = self.under_way + 1, self.sent + 1
  if not letter.ends[200] then
    self.refused[letter.id] = true
  end
  if kind == "slow" or kind == "half" then
    self.raw_count = self.raw_count + 1
    self.slow[tostring(self.raw_count)] = { letter = letter, kind = kind }
    self.raw:send(self.raw_count, letters.raw(letter, PATH), kind == "slow" and SLOWLY or HALF)
    return
  end
  local ticket = assert(self.transport:submit { method = "POST", url = self.url,
    body = letter.body, headers = letter.headers })
  self.flying[ticket] = { letter = letter, kind = kind }
end

--- Brings it after a while.
function senders_methods:post_later(letter, kind, after_ms)
  self.later:push { at_ms = core.clock.now_ms() + after_ms, letter = letter, kind = kind }
end

-- What somebody got for a letter: a status, or a word.
local function settle(self, one, answer)
  local letter, counts = one.letter, self.counts[one.kind] or {}
  self.counts[one.kind], self.under_way = counts, self.under_way - 1
  local told = tostring(answer)
  counts[told] = (counts[told] or 0) + 1
  if answer == 200 then
    self.acknowledged[letter.id] = true
  end
  if not letter.ends[answer] then
    if type(answer) == "number" and answer ~= 503 then
      self.unexpected[#self.unexpected + 1] = one.kind .. " was told " .. told
    else
      self:post_later(letter, one.kind, AGAIN_MS)
    end
  end
end

--- Whether as many are under way as can be.
function senders_methods:is_busy()
  return self.under_way >= MOST_UNDER_WAY
end

--- Brings what is due, and takes what was answered.
-- @tparam integer ms how long it may wait for something
-- @tparam {integer,...} descriptors that end the wait
function senders_methods:turn(ms, descriptors)
  local first = self.later:first()
  while first and first.at_ms <= core.clock.now_ms() and not self:is_busy() do
    self.later:pop()
    self:post(first.letter, first.kind)
    first = self.later:first()
  end
  for _, completion in ipairs((self.transport:step(ms, descriptors))) do
    local one, response = self.flying[completion.ticket], completion.response
    self.flying[completion.ticket] = nil
    if response.status == 200 then
      self.took[#self.took + 1] = response.total_ms
    end
    settle(self, one, response.status or response.error)
  end
  for _, told in ipairs(self.raw:answers()) do
    local one = self.slow[told.name]
    self.slow[told.name] = nil
    settle(self, one, tonumber(told.answer) or told.answer)
  end
end

--- Whether nothing is under way, and nobody is to come again.
function senders_methods:is_done()
  return self.under_way == 0 and not self.later:first()
end

--- How often something was told to those of a kind.
function senders_methods:count(kind, answer)
  return (self.counts[kind] or {})[answer] or 0
end

--- Ends them.
function senders_methods:close()
  self.raw:close()
  self.transport:close()
end

return senders

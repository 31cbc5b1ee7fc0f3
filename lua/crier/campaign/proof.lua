--- Everybody's message, made and measured but not sent: who would get the largest,
-- whose would fail, in which languages, with which addresses.
-- @module crier.campaign.proof
local cjson = require "cjson.safe"
local core = require "crier.core"
local heap = require "crier.heap"
local links = require "crier.campaign.links"

local proof = {}

local proof_methods = {}
local proof_mt = { __name = "crier.proof", __index = proof_methods }

--- Up to so many recipients all messages are made; from more on those of a sample.
proof.MOST = 100000
--- About so many are in the sample, and
proof.SAMPLE = 20000
-- besides it those with the longest fields.
local LONGEST = 100
local FIRST = 5 -- named for each reason
local LINKED = 1000 -- messages whose addresses are looked at

--- Creates a proof of which nothing is made yet.
-- @tparam crier.compose compose
-- @tparam integer recipients how many there are
-- @tparam string seed of the sample
-- @treturn crier.proof
function proof.new(compose, recipients, seed)
  return setmetatable({
    compose = compose,
    seed = seed,
    recipients = recipients,
    share = recipients > proof.MOST and proof.SAMPLE / recipients or 1,
    longest = heap.new(),
    links = links.new(),
    made = 0,
    bytes = 0,
    failed = 0,
    reasons = {},
    languages = {},
    variants = {},
  }, proof_mt)
end

-- Whether a person is in the sample: a hash as a fraction of all hashes.
local function is_drawn(self, key)
  return self.share == 1 or tonumber(core.text.sha256(self.seed .. "\0" .. key):sub(1, 8), 16)
    / 2 ^ 32 < self.share
end

local function keep_longest(self, row)
  local length = #(row.fields or "") + #(row.csv or "")
  local shortest = self.longest:first()
  if self.longest.count == LONGEST and length <= shortest.at_ms then
    return
  elseif self.longest.count == LONGEST then
    self.longest:pop()
  end
  self.longest:push { at_ms = length, row = row }
end

local function who(row)
  return { id = row.key:match ":(.*)" or row.key, name = row.name, upn = row.upn }
end

local function note_failure(self, row, reason, text)
  local found = self.reasons[reason]
  if not found then
    found = { reason = reason, text = text, count = 0, first = {} }
    self.reasons[reason] = found
  end
  self.failed, found.count = self.failed + 1, found.count + 1
  if #found.first < FIRST then
    found.first[#found.first + 1] = who(row)
  end
end

local function count(counts, name)
  if name then
    counts[name] = (counts[name] or 0) + 1
  end
end

local function make(self, row)
  local made, reason, text = self.compose:render(row)
  self.made = self.made + 1
  if not made then
    return note_failure(self, row, reason, text)
  end
  local bytes = core.activity.size(made)
  if bytes > self.bytes then
    self.bytes, self.largest = bytes, who(row)
  end
  count(self.languages, row.language)
  count(self.variants, row.variant)
  if self.made <= LINKED then
    self.links:take(cjson.decode(made) or {})
  end
end

--- Takes one recipient.
-- @tparam table row with `key`, `upn`, `name`, `fields`, `csv`
function proof_methods:take(row)
  if is_drawn(self, row.key) then
    make(self, row)
  else
    keep_longest(self, row)
  end
end

local function by_count(counts, name)
  local list = {}
  for key, n in pairs(counts) do
    list[#list + 1] = { [name] = key, count = n }
  end
  table.sort(list, function(a, b)
    return a.count > b.count or a.count == b.count and a[name] < b[name]
  end)
  return list
end

--- Ends it.
-- @treturn table `of` (recipients), `made`, `is_sample`, `bytes` and `largest` (who:
--   `id`, `name`, `upn`), `failed`, `failures` (`reason`, `text`, `count`, `first`: who),
--   `languages` and `variants` (`language` or `variant`, and `count`), `links` (see
--   `crier.links`), `more_links`
function proof_methods:finish()
  while self.longest.count > 0 do
    make(self, self.longest:pop().row)
  end
  local failures = {}
  for _, found in pairs(self.reasons) do
    failures[#failures + 1] = found
  end
  table.sort(failures, function(a, b)
    return a.count > b.count or a.count == b.count and a.reason < b.reason
  end)
  return { of = self.recipients, made = self.made, is_sample = self.share ~= 1,
    bytes = self.bytes, largest = self.largest, failed = self.failed, failures = failures,
    languages = by_count(self.languages, "language"),
    variants = by_count(self.variants, "variant"),
    links = self.links.list, more_links = self.links.more }
end

return proof

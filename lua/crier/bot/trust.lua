--- The bot's verifier, with the keys that the journal has: a `crier.verifier` that
-- notices when they change, and asks for newer ones when a token names a key that is
-- not among them. No network: see `crier.bot.keys`.
-- @module crier.bot.trust
local keys = require "crier.bot.keys"
local verifier = require "crier.verifier"

local trust = {}

local trust_methods = {}
local trust_mt = { __name = "crier.bot.trust", __index = trust_methods }

local LOOK_MS = 60 * 1000 -- how long keys that were taken back are believed
local HURRY_MS = 1000 -- how soon the journal is looked at again for an unknown key
local ASK_MS = 60 * 1000 -- how often newer keys are asked for
local SOON_MS = 10 * 1000 -- how soon they have to come to be waited for

--- Makes it.
-- @tparam table options
-- @tparam crier.journal options.journal
-- @tparam table options.config from `crier.config`
-- @tparam function options.now the time, milliseconds since 1970
-- @treturn crier.bot.trust
function trust.new(options)
  local sources = keys.sources(options.config)
  return setmetatable({ journal = options.journal, config = options.config,
    now = options.now, sources = sources, taken = {}, -- side -> fetched_at
    looked_at = -math.huge, asked_at = -math.huge }, trust_mt)
end

-- Whether a while has passed; one that the clock, set back, has not begun yet has.
local function is_over(since_ms, wait_ms, now_ms)
  return now_ms < since_ms or now_ms >= since_ms + wait_ms
end

local function make(self, jwks)
  local config = self.config
  local entra = self.sources[2] and { tenant = config.tenant, apps = config.entra_apps }
  return verifier.new { client_id = config.bot_client_id, jwks = jwks,
    endpoints = config.endpoints, entra = entra or nil,
    now = function() return self.now() / 1000 end }
end

local function take(self, source, row)
  local ok
  if self.verifier then
    ok = self.verifier:set_keys(row.text, source.side)
  elseif source.side == "bot" then
    self.verifier = make(self, row.text)
    ok = self.verifier
  end
  self.taken[source.side] = ok and row.fetched_at or self.taken[source.side]
  return ok ~= nil
end

-- Takes over what is newer. Tells whether anything was.
local function look(self, now_ms)
  local sets, changed = self.journal.key_sets, false
  for _, source in ipairs(self.sources) do
    local fetched_at = sets:fetched_at(source.url)
    if fetched_at and fetched_at ~= self.taken[source.side] then
      local row = sets:find(source.url)
      changed = row and row.text and take(self, source, row) or changed
    end
  end
  self.looked_at = now_ms
  return changed
end

local function ask(self, now_ms)
  if is_over(self.asked_at, ASK_MS, now_ms) then
    self.asked_at = now_ms
    for _, source in ipairs(self.sources) do
      self.journal.key_sets:ask(source.url, math.floor(now_ms))
    end
  end
end

--- Verifies the token that came with an activity, as `crier.verifier` does.
-- @tparam ?string authorization
-- @tparam table|function activity
-- @treturn[1] table the claims
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: of `crier.verifier`, or `KEYS_MISSING` when there is no key
--   set yet, which is nobody's fault who calls: answer 503
function trust_methods:verify(authorization, activity)
  local now_ms = self.now()
  if not self.verifier or is_over(self.looked_at, LOOK_MS, now_ms) then
    look(self, now_ms)
  end
  if not self.verifier then
    ask(self, now_ms)
    return nil, "there is no key set yet", "KEYS_MISSING"
  end
  local claims, message, code = self.verifier:verify(authorization, activity)
  if code ~= "KEY_UNKNOWN" then
    return claims, message, code
  elseif is_over(self.looked_at, HURRY_MS, now_ms) and look(self, now_ms) then
    claims, message, code = self.verifier:verify(authorization, activity)
  end
  if code == "KEY_UNKNOWN" then
    ask(self, now_ms)
  end
  return claims, message, code
end

--- Tells whether newer keys were asked for and will be fetched at once: an unknown key
-- may be among them, so that Teams is to come again.
-- @treturn boolean
function trust_methods:awaits()
  local now_ms = self.now()
  for _, source in ipairs(self.sources) do
    local row = self.journal.key_sets:find(source.url)
    if row and row.asked_at and keys.due_at(row, now_ms) <= now_ms + SOON_MS then
      return true
    end
  end
  return false
end

return trust

--- When to try again what did not work: the default policy.
--
-- A policy is any function `(outcome, attempt) -> delay_s | nil, reason`. It
-- is asked after the `attempt`-th try that used up an attempt; a throttled
-- call, and one that never left this machine, use up none. nil gives up, and
-- `reason` then stands in the ledger. A campaign asks it more, see
-- `crier.campaign.retry_policy`.
-- @module crier.retry
local suggest = require "crier.suggest"

local retry = {}

local DEFAULTS = { attempts = 6, base_s = 1, factor = 2, cap_s = 60 }

-- The only kinds of outcome for which another try can help. An ambiguous one
-- comes here only under `on_unknown = "resend"`.
local WORTH_IT = { transient = true, ambiguous = true }

local NAMES = { "attempts", "base_s", "cap_s", "factor", "random" }

local function flaw(options)
  if type(options) ~= "table" then
    return "crier.retry takes a table"
  end
  for name in pairs(DEFAULTS) do
    local value = options[name]
    if value ~= nil and not (type(value) == "number" and value >= 0) then
      return "crier.retry: " .. name .. " must be a number from 0 on"
    end
  end
  if options.random ~= nil and type(options.random) ~= "function" then
    return "crier.retry: random must be a function"
  end
  return suggest.unknown_key("crier.retry", options, NAMES)
end

--- Makes a policy: exponential back-off with full jitter, at least half of a
-- second, and never earlier than the service asked for.
-- @tparam ?table options
-- @tparam[opt=6] integer options.attempts tries in all
-- @tparam[opt=1] number options.base_s the first delay's ceiling, seconds
-- @tparam[opt=2] number options.factor growth of the ceiling
-- @tparam[opt=60] number options.cap_s the largest ceiling, seconds
-- @tparam[opt=math.random] function options.random gives numbers in [0, 1)
-- @treturn function
-- @raise on an unknown option or a number out of range
function retry.new(options)
  options = options or {}
  local message = flaw(options)
  if message then
    error(message, 2)
  end
  local function option(name)
    return options[name] or DEFAULTS[name]
  end
  local attempts, base_s = option("attempts"), option("base_s")
  local factor, cap_s = option("factor"), option("cap_s")
  local random = options.random or math.random
  return function(outcome, attempt)
    if not WORTH_IT[outcome.kind] or outcome.heals or attempt >= attempts then
      return nil, outcome.reason
    end
    local ceiling_s = math.min(cap_s, base_s * factor ^ (attempt - 1))
    local delay_s = math.max(0.5, random() * ceiling_s)
    return math.max(delay_s, (outcome.retry_after_ms or 0) / 1000)
  end
end

return retry

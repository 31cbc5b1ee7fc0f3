--- The reasons that crier knows why somebody fails, for what a script says of them.
-- @module crier.campaign.reasons
local suggest = require "crier.suggest"

local reasons = {}

--- Those with fixed words; others begin with `missing` and name what lacks.
reasons.known = {
  "already deleted", "already in the catalog", "answer too large", "answered by a proxy",
  "app installed twice", "app unknown", "bad query", "bad request", "batch forbidden",
  "batch refused", "blocked", "blocked by policy", "blocked for all", "bot disabled",
  "bot not registered", "cannot connect", "card refused", "certificate not trusted",
  "changed meanwhile", "consent missing", "contention", "data function failed",
  "failed dependency", "host not found", "interrupted", "language function failed",
  "listing expired", "locked", "message refused", "no answer", "no licence", "no such app",
  "no such group", "no such member", "no such message", "no such sending", "no such team",
  "no such team or channel", "no such user", "no such user or app", "not installed",
  "not permitted", "not supported app-only", "package refused", "proxy failed",
  "proxy not found", "proxy refused", "quota reached", "redirected", "refused",
  "retry policy failed", "service error", "service unavailable", "stale conversation",
  "tenant unknown", "throttled", "token refused", "token too old", "too early", "too large",
  "too late", "transport failed", "tunnel failed", "unusable answer", "version exists",
  "wrong app id", "wrong region", "wrong service host",
}

local OPEN = { "missing ", "the card is " }

local function begins(reason, with)
  return reason:sub(1, #with) == with
end

-- The beginning of a reason will do.
local function is_known(reason)
  for _, open in ipairs(OPEN) do
    if begins(reason, open) or begins(open, reason) then
      return true
    end
  end
  for _, known in ipairs(reasons.known) do
    if begins(known, reason) then
      return true
    end
  end
  return false
end

--- What is odd about the reasons that guards are set for. A retry policy of the script's
-- own may give any reason.
-- @tparam crier.campaign definition
-- @treturn {string,...} warnings
function reasons.warnings(definition)
  local list = {}
  for nth, one in ipairs(not definition.retry and definition.guards or {}) do
    if one.reason and not is_known(one.reason) then
      local near = suggest.nearest(one.reason, reasons.known)
      list[#list + 1] = ("guards, number %d: nobody fails for the reason '%s', so that it never"
        .. " pauses%s"):format(nth, one.reason, near and "; did you mean '" .. near .. "'?" or "")
    end
  end
  return list
end

return reasons

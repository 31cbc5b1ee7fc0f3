--- A campaign's retry policy, as a run asks it: whatever a script's function does,
-- nobody is lost, and no person is tried for ever.
--
-- It is asked after every answer that is no success, about one person. What it may
-- answer:
--
--     a number           try again after so many seconds, or when the service said
--     nil, a reason      give up; the reason stands in the ledger
--     a detour           another way to the person, see `crier.campaign.detour`
--
-- What it sees of the answer, a table of its own:
--
--     kind            `throttled` `transient` `ambiguous` `blocked` `absent` `stale`
--                     `too_large` `refused` `unauthorized` `misconfigured`
--     reason          a few stable words, as in the ledger
--     status, code    of the service's answer; nil where there was none
--     scope           whom it concerns: `recipient` `conversation` `app` `tenant` `run`
--     phase           the call: `install` `create` `send` …
--     retry_after_ms  what the service asked for
--     text, remedy    the service's words, and what to do
--     attempts        messages that left for this person so far
--     heals           true: crier goes on by itself; a number makes it wait longer,
--                     and nothing else that is answered counts
-- @module crier.campaign.retry_policy
local detour = require "crier.campaign.detour"
local foreign = require "crier.foreign"
local person = require "crier.audience.person"
local retry = require "crier.retry"

local retry_policy = {}

--- Tries of one call for one person, whatever the policy says.
retry_policy.MOST_TRIES = 100

-- A policy that asks for more would only hide a person for ever.
local LONGEST_DELAY_S = 7 * 24 * 3600

-- The reason of who failed by the policy's own fault.
local FAILED = "retry policy failed"

local SHOWN = { "kind", "reason", "status", "code", "scope", "phase", "retry_after_ms",
  "text", "remedy", "heals" }

local function picture(outcome, row)
  local made = { attempts = row.attempts }
  for _, name in ipairs(SHOWN) do
    made[name] = outcome[name]
  end
  return made
end

local function is_delay(value)
  return type(value) == "number" and value == value and value < math.huge
end

-- What is wrong with an answer, or nil.
local function flaw(answer, reason, definition)
  if detour.is(answer) then
    local lacks = detour.lacks(answer, definition)
    return lacks and ("%s needs a campaign with %s"):format(tostring(answer), lacks)
  elseif answer ~= nil and not is_delay(answer) then
    local shown = type(answer) == "number" and ("%g"):format(answer) or "a " .. type(answer)
    return "it returned " .. shown .. ", and not seconds, or nil and a reason"
  elseif answer == nil and reason ~= nil and type(reason) ~= "string" then
    return "its reason is a " .. type(reason) .. " and not a text"
  end
end

--- Makes the policy of a campaign.
-- @tparam crier.campaign definition its `retry`, or `crier.retry {}`
-- @treturn function `(outcome, attempt, row)` gives seconds or a detour; or nil, the
--   reason for the ledger, and what there is to add for people
function retry_policy.new(definition)
  local asked = definition.retry
  if not asked then
    return retry.new()
  end
  return function(outcome, attempt, row)
    local ok, answer, reason = foreign.call(asked, picture(outcome, row), attempt,
      person.recipient(row))
    local problem = ok and flaw(answer, reason, definition)
    if not ok or problem then
      return nil, FAILED, problem and foreign.place(asked) .. ": " .. problem or answer
    elseif not answer then
      return nil, reason or outcome.reason
    elseif detour.is(answer) then
      return answer
    elseif attempt >= retry_policy.MOST_TRIES then
      return nil, outcome.reason, ("given up after %d tries, the most that there are")
        :format(attempt)
    end
    return math.min(math.max(answer, 0), LONGEST_DELAY_S)
  end
end

return retry_policy

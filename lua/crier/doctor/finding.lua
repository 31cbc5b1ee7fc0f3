--- What a check finds: `{ state =, why =, remedy =, code =, exit = }`.
--
-- `state` is `ok`, `warning`, `wrong` or `not checked`; `code` is the service's
-- own; `exit` is what the program ends with because of a wrong one.
-- @module crier.doctor.finding
local finding = {}

local PERSON, NO_ANSWER, SERVICE, SETTINGS = 2, 69, 77, 78

-- As `crier run` ends: what nobody answered, what the service refuses, and
-- what is set wrongly here.
local EXITS = {
  throttled = NO_ANSWER,
  transient = NO_ANSWER,
  ambiguous = NO_ANSWER,
  stale = NO_ANSWER,
  misconfigured = SERVICE,
  unauthorized = SERVICE,
  blocked = SERVICE,
}

--- All is well.
-- @tparam ?string why what was seen
-- @treturn table
function finding.ok(why)
  return { state = "ok", why = why }
end

--- A run would work, but somebody should know.
-- @tparam string why
-- @tparam ?string remedy
-- @treturn table
function finding.warning(why, remedy)
  return { state = "warning", why = why, remedy = remedy }
end

--- Something in the settings, the store or the script is wrong.
-- @tparam string why
-- @tparam ?string remedy
-- @tparam[opt=78] integer exit
-- @treturn table
function finding.wrong(why, remedy, exit)
  return { state = "wrong", why = why, remedy = remedy, exit = exit or SETTINGS }
end

--- Nobody looked.
-- @tparam string why
-- @tparam ?string remedy
-- @treturn table
function finding.unchecked(why, remedy)
  return { state = "not checked", why = why, remedy = remedy }
end

-- The reason first, then the service's own words where they add to it.
local function said(message, outcome)
  local reason = outcome.reason
  if not reason or message == reason then
    return message
  end
  return reason .. ": " .. message
end

--- A call failed.
-- @tparam string message
-- @tparam ?string code
-- @tparam ?table outcome of `crier.core`; nil when the call was not made
-- @treturn table
function finding.failed(message, code, outcome)
  if not outcome then
    return { state = "wrong", why = message, code = code, exit = SETTINGS }
  end
  local exit = outcome.code ~= "CONFIG" and EXITS[outcome.kind] or SETTINGS
  local is_personal = outcome.scope == "recipient"
    or outcome.scope == "conversation"
  if is_personal and exit ~= NO_ANSWER then
    exit = PERSON
  end
  return { state = "wrong", why = said(message, outcome), remedy = outcome.remedy,
    code = outcome.code, exit = exit }
end

--- The same about one person: the run would work for others.
-- @tparam string why
-- @tparam ?string remedy
-- @treturn table
function finding.personal(why, remedy)
  return { state = "wrong", why = why, remedy = remedy, exit = PERSON }
end

return finding

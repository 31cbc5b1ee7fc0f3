--- Whether the person at the terminal wants what changes something.
-- @module crier.doctor.consent
local finding = require "crier.doctor.finding"

local consent = {}

--- Asks once, before the first change.
-- @tparam table context `ask` (function: whether it is meant), `person`
-- @treturn ?table a finding when nothing may be changed
function consent.refusal(context)
  if context.is_confirmed == nil then
    context.is_confirmed = context.ask {
      tenant = context.config.tenant,
      app = context.config.app_id or context.config.app,
      person = context.person,
      install = context.will_install and not context.is_installed,
      send = context.will_send,
    }
  end
  if not context.is_confirmed then
    return finding.unchecked("not confirmed: nothing was installed or sent")
  end
end

return consent

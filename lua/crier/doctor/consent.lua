--- Whether the person at the terminal wants what changes something.
-- @module crier.doctor.consent
local core = require "crier.core"
local finding = require "crier.doctor.finding"

local consent = {}

--- Asks once, before the first change.
-- @tparam table context `ask` (function of a question: whether it is meant),
--   `config`, `person`, `will_install`, `is_installed`, `will_send`
-- @treturn ?table a finding when nothing may be changed
function consent.refusal(context)
  if context.is_confirmed == nil then
    context.is_confirmed = context.ask {
      tenant = context.config.tenant,
      app = context.config.app_id or context.config.app,
      person = context.person.userPrincipalName or context.person.id,
      install = context.will_install and not context.is_installed,
      send = context.will_send,
    }
  end
  if not context.is_confirmed then
    return finding.unchecked "not confirmed: nothing was installed or sent"
  end
end

--- Shows what would be changed, and asks.
-- @tparam table question see `consent.refusal`
-- @tparam table terminal `err` (has `write` and `flush`), `read` (gives a line
--   or nil)
-- @treturn boolean whether it is meant
function consent.ask(question, terminal)
  local deeds = {}
  deeds[#deeds + 1] = question.install and "install the app" or nil
  deeds[#deeds + 1] = question.send and "send one test message" or nil
  for _, row in ipairs { { "tenant", question.tenant }, { "app", question.app },
    { "person", question.person }, { "will", table.concat(deeds, ", ") } } do
    terminal.err:write(("  %-11s %s\n"):format(row[1],
      core.text.printable(row[2])))
  end
  terminal.err:write "Type the number of recipients (1) to go on: "
  terminal.err:flush()
  local answer = terminal.read()
  if not answer then
    terminal.err:write "\n" -- the end of input left the cursor in the line
  end
  return (answer or ""):match "^%s*1%s*$" ~= nil
end

return consent

--- The press of an Action.Execute, for which Teams waits: what it says, and what is shown
-- for it. After "Universal Actions for Adaptive Cards".
-- @module crier.dialog.press
local envelope = require "crier.bot.envelope"
local stamp = require "crier.dialog.stamp"

local press = {}

--- The name of the invoke.
press.NAME = "adaptiveCard/action"
--- What is shown where nobody waits for the answer any more.
press.CLOSED = "This question is closed: your answer came too late."

local NOT_YOURS = "This question was put to somebody else."
local RECEIVED = "Your answer was received."
local MESSAGE = "application/vnd.microsoft.activity.message"
local CARD = "application/vnd.microsoft.card.adaptive"
local ERROR = "application/vnd.microsoft.error"

--- The body of the answer that leaves a card that refreshes itself as it is.
press.STAYS = { statusCode = 400, type = ERROR,
  value = { code = "BadRequest", message = "This card is not refreshed." } }

--- Has a text shown.
-- @tparam string text
-- @treturn table the body of the answer
function press.shown(text)
  return { statusCode = 200, type = MESSAGE, value = text }
end

--- Has a card shown in the place of the one with the button.
-- @tparam string card JSON
-- @treturn string the body of the answer
function press.card(card)
  return ('{"statusCode":200,"type":"%s","value":%s}'):format(CARD, card)
end

--- Reads a press.
-- @tparam table activity
-- @treturn[1] table the mark, see `crier.dialog.stamp`; `is_look` where nobody has pressed
--   anything, since Teams refreshes the card
-- @treturn[1] table the fields of the card, and the button's `verb`
-- @treturn[2] nil
-- @treturn[2] table the body of the answer: it is the press of no button of crier's
function press.read(activity)
  local value = envelope.table_in(activity, "value") or {}
  local action = envelope.table_in(value, "action") or {}
  local is_automatic = value.trigger == "automatic"
  local mark, fields = stamp.take(action.data)
  if not mark then
    return nil, is_automatic and press.STAYS or press.shown(press.CLOSED)
  end
  mark.is_look = mark.is_look or is_automatic
  fields.verb = fields.verb or envelope.text_in(action, "verb")
  return mark, fields
end

--- Tells why a press cannot be an answer, whatever it says: another store has sent the
-- card, or somebody else was asked.
-- @tparam table context `journal`, `person`
-- @tparam table mark
-- @treturn ?string what is shown; nil when it may be one
function press.refusal(context, mark)
  local known = context.journal.targets:by_id(mark.target)
  if not known or math.floor(known.planned_at) ~= mark.planned_at then
    return press.CLOSED
  end
  return known.key ~= context.person and NOT_YOURS or nil
end

--- Answers presses where dialogs cannot be carried on, as in a gateway: what may be an
-- answer is left to whoever works on the journal, see `crier.dialog.ear`.
-- @tparam crier.bot bot
function press.leave(bot)
  bot:on_invoke(press.NAME, function(context, activity)
    local mark, answer = press.read(activity)
    if not mark then
      return 200, answer
    end
    local refusal = press.refusal(context, mark)
    if mark.is_look then
      return 200, press.STAYS, false
    end
    return 200, press.shown(refusal or RECEIVED), not refusal or nil
  end)
end

return press

--- What people say to dialogs: the press of a card's button, a written line. Hangs on
-- the bot's ear, see `crier.bot`.
-- @module crier.dialog.ear
local ballot = require "crier.dialog.ballot"
local card = require "crier.dialog.card"
local cjson = require "cjson.safe"
local envelope = require "crier.bot.envelope"
local foreign = require "crier.foreign"
local format = require "crier.format.text"
local press = require "crier.dialog.press"
local stamp = require "crier.dialog.stamp"
local view = require "crier.dialog.view"

local ear = {}

local ANSWERED = "You have answered this already: your first answer counts."
local THANKS = "Thank you."
local CANCEL, OPT_OUT = { "cancel" }, "unsubscribe"
local LONGEST = 8000

local function text_activity(text)
  return cjson.encode { type = "message", text = text, textFormat = "plain" }
end

local function is_one_of(line, words)
  line = format.trim(line:lower())
  for _, word in ipairs(words) do
    if line == word:lower() then
      return true
    end
  end
  return false
end

-- Tells the person something, once for each activity of theirs.
local function tell(engine, row, context, text)
  local added, message, code = engine:send(row, ("dialog.%d.reply.%s"):format(row.id,
    tostring(context.row.activity_id)), text_activity(text))
  return added ~= nil or nil, message, code
end

-- The ids of the messages that asked a question: it, and those that reminded of it.
local function asked_by(engine, row, found, nth)
  local sent, ids, i = nth == 1 and found.target
    or engine.standing:find(engine:message_id(row, nth)), {}, 0
  while sent do
    ids[#ids + 1] = sent.activity_id
    i = i + 1
    sent = engine.standing:find(engine:message_id(row, nth, "remind." .. i))
  end
  return ids
end

-- Puts what a question becomes in its place, wherever it stands; what Teams waits for is
-- the same.
local function replace(engine, context, row, found, nth, answer, mark)
  local activity = view.answered(engine, row, found, nth, answer)
  context.shown = activity
  for i, id in ipairs(activity and asked_by(engine, row, found, nth) or {}) do
    local added, message, code = engine:send(row, engine:message_id(row, nth,
      i == 1 and mark or mark .. "." .. i), activity, id)
    if added == nil then
      return nil, message, code
    end
  end
  return true
end

-- Why a line or a press is no answer: what the person is told; nil when it is one. Where
-- the script cannot say, the question stands.
local function flaw_of(engine, row, found, answer)
  local validate = found.command.options.validate
  if not validate then
    return nil
  end
  local ok, is_good, text = foreign.call(validate, answer)
  if not ok then
    engine:complain("dialog cannot validate", row, is_good)
    return ballot.INVALID
  elseif is_good then
    return nil
  end
  return type(text) == "string" and text or ballot.INVALID
end

local function opt_out(engine, found, context)
  local added, message, code = engine.journal.opt_outs:add(context.lane.tenant,
    context.person, found.script.definition.topic or engine.journal.opt_outs.ALL,
    context.now, "person")
  return added ~= nil or nil, message, code
end

-- Takes an answer to a question that stands: true, what to tell, `taken`; or nil,
-- message, code.
local function take(engine, context, row, found, answer)
  local command, nth = found.command, row.waits_for
  local ok, message, code = true, nil, nil
  if answer.text and is_one_of(answer.text, { OPT_OUT }) then
    ok, message, code = opt_out(engine, found, context)
    answer = { why = "opted out", at = answer.at }
  elseif answer.text and is_one_of(answer.text, command.options.cancel or CANCEL) then
    answer = { why = "cancelled", at = answer.at }
  else
    local flaw = flaw_of(engine, row, found, answer)
    if flaw then
      return true, flaw
    end
  end
  if ok and not answer.why then
    ok, message, code = replace(engine, context, row, found, nth, answer, "thanks")
  end
  if ok then
    ok, message, code = engine:advance(row, answer, context.now)
  end
  if not ok then
    return nil, message, code
  end
  return true, nil, "taken"
end

-- As `take`, of a poll. What happened anonymously has no time.
local function vote(engine, context, row, found, fields)
  return ballot.take(engine, row, found, fields, function(event, poll)
    local ok, message, code = replace(engine, context, row, found, row.waits_for, event.value,
      "thanks")
    if not ok then
      return nil, message, code
    end
    return engine:advance(row, event, poll.anonymous and row.began_at or context.now)
  end)
end

-- An answer in the place of the one before.
local function vote_anew(engine, context, row, found, nth, fields)
  return ballot.change(engine, row, found, fields, function()
    return replace(engine, context, row, found, nth, {}, "thanks."
      .. tostring(context.row.activity_id))
  end)
end

local function same(first, second)
  if type(first) ~= "table" or type(second) ~= "table" then
    return first == second
  end
  for name, value in pairs(first) do
    if not same(value, second[name]) then
      return false
    end
  end
  for name in pairs(second) do
    if first[name] == nil then
      return false
    end
  end
  return true
end

-- An answer to a question that does not stand: what to tell, or nil; and what is shown.
local function too_late(engine, row, found, nth, fields)
  local after, asked = found.events[nth + 1], found.events[nth]
  if after and after.kind == "answer" and not after.value.why then
    if same(after.value.value or {}, fields) then
      return nil, view.answered(engine, row, found, nth, after.value)
    end
    return ANSWERED, view.closed(row, found, nth, ANSWERED)
  end
  local poll = found.asked[nth] and found.asked[nth].message.poll
  local said = poll and ballot.said(found, row, poll.closed) or asked and asked.value.closed
    or press.CLOSED
  return said, view.closed(row, found, nth, said)
end

-- A dialog that has just begun does not know yet what it waits for.
local function settled(engine, row, context)
  if row and row.state == "open" and not row.waits_for then
    local ok, message, code = engine:advance(row, nil, context.now)
    if not ok then
      return nil, message, code
    end
  end
  return row
end

-- The press of a button, by whoever was asked: true, what to tell, what became of it
-- (`taken`, `late`, `unknown`); or nil, message, code. What Teams is to show is in the
-- context.
local function pressed(engine, context, mark, fields)
  local dialogs, nth = engine.journal.dialogs, mark.nth
  local targets, is_secret = engine.journal.targets, engine.journal.polls:is_secret(mark.target)
  local ok, message, code = dialogs:begin(mark.target, context.now)
  if ok then
    ok, message, code = targets:prove(mark.target, context.now, is_secret)
  end
  if not ok then
    return nil, message, code
  end
  local row = dialogs:of_target(mark.target)
  if not row then
    return true, nil, "unknown"
  end
  row, message, code = settled(engine, row, context)
  if not row then
    return nil, message, code
  end
  local found = engine:look(row)
  local is_late = found.deadline and context.at > found.deadline
  if row.state == "open" and row.waits_for == nth and found.command and not is_late then
    if found.command.message.poll then
      return vote(engine, context, row, found, fields)
    end
    return take(engine, context, row, found, { value = fields, at = context.at })
  elseif ballot.is_changeable(engine, row, found, context.at) then
    return vote_anew(engine, context, row, found, nth, fields)
  end
  local said
  said, context.shown = too_late(engine, row, found, nth, fields)
  return true, said, "late"
end

-- Nothing is kept of what is answered anonymously, whatever becomes of it.
local function hide(engine, context, target)
  local journal = context.journal
  if not journal.polls:is_secret(target) then
    return true
  end
  local ok, message, code = journal.inbox:blank(context.lane, context.row)
  context.row.is_secret, engine.is_folding = true, true
  context.row.activity_id = context.row.activity_id:gsub("^sha256:.*", "blank")
  return ok, message, code
end

-- Begins the dialog that somebody may have got, and answers by what they write: so they
-- have got it. Its row, or false; or nil, message, code.
local function taken_up(engine, context, conversation_id)
  local targets = engine.journal.targets
  local target, message, code = targets:unproven(context.lane, context.person,
    conversation_id, context.at)
  if not target then
    return target, message, code
  elseif not engine:takes_text(target) then
    return false
  end
  local ok
  ok, message, code = engine.journal.dialogs:begin(target.id, context.now)
  if ok then
    ok, message, code = targets:prove(target.id, context.now)
  end
  if not ok then
    return nil, message, code
  end
  return engine.journal.dialogs:of_target(target.id)
end

-- A written line goes to the dialog that has the conversation's control.
local function written(engine, context, activity)
  local text = envelope.text_in(activity, "text", LONGEST)
  local top, message, code = engine.journal.dialogs:top(activity.conversation.id)
  if text and not top then
    top, message, code = taken_up(engine, context, activity.conversation.id)
  end
  if top == nil then
    return nil, message, code
  elseif not text or not top or top.key ~= context.person then
    return true
  end
  local row
  row, message, code = settled(engine, top, context)
  if not row then
    return nil, message, code
  elseif not row.waits_for or row.takes_text == 0 then
    return true
  end
  local found = engine:look(row)
  if not found.command or found.deadline and context.at > found.deadline then
    return true
  end
  return take(engine, context, row, found, { text = text, at = context.at })
end

local function row_of(engine, mark, activity)
  return mark and engine.journal.dialogs:of_target(mark.target)
    or engine.journal.dialogs:top(activity.conversation.id)
end

-- A press for which Teams does not wait: as `pressed`.
local function submitted(engine, context, mark, fields)
  local ok, message, code = hide(engine, context, mark.target)
  if not ok then
    return nil, message, code
  elseif mark.is_look or press.refusal(context, mark) then
    return true -- whose question it is learns nothing of it
  end
  return pressed(engine, context, mark, fields)
end

-- What was acknowledged: a press, if it has a mark, or a written line. The person is
-- told when it is no answer.
local function heard(engine, context, activity, mark, fields)
  local ok, said, code
  if mark then
    ok, said, code = submitted(engine, context, mark, fields)
  else
    ok, said, code = written(engine, context, activity)
  end
  context.row.has_acted = engine:acted()
  if ok and said then
    return tell(engine, row_of(engine, mark, activity), context, said)
  elseif ok then
    return true
  end
  return nil, said, code
end

local BECAME = { taken = THANKS, unknown = press.CLOSED }

-- Teams refreshes a card: what it shows now.
local function looked(engine, context, mark)
  local row = not press.refusal(context, mark) and engine.journal.dialogs:of_target(mark.target)
  local activity = row and view.now(engine, row, engine:look(row), mark.nth, context.at)
  return 200, activity and press.card(card.content(activity)) or press.STAYS, false
end

-- The press of an Action.Execute: Teams waits for what it is to show.
local function on_action(engine, context, activity)
  local mark, fields = press.read(activity)
  if not mark then
    return 200, fields
  elseif mark.is_look then
    return looked(engine, context, mark)
  end
  context.row.is_secret = context.journal.polls:is_secret(mark.target)
  local refusal = press.refusal(context, mark)
  if refusal then
    return 200, press.shown(refusal)
  end
  local ok, said, became = pressed(engine, context, mark, fields)
  if not ok then
    return nil, said
  end
  return 200, context.shown and press.card(card.content(context.shown))
    or press.shown(said or BECAME[became] or ANSWERED)
end

-- One that was left by `press.leave`.
local function on_left(engine, context, activity)
  if activity.name ~= press.NAME then
    return true
  end
  return heard(engine, context, activity, press.read(activity))
end

--- Lets dialogs hear what the bot hears.
-- @tparam crier.bot bot
-- @tparam crier.dialog.engine engine on the same journal
function ear.listen(bot, engine)
  bot:on("message", function(context, activity)
    return heard(engine, context, activity, stamp.take(activity.value))
  end)
  bot:on("invoke", function(context, activity)
    return on_left(engine, context, activity)
  end)
  bot:on_invoke(press.NAME, function(context, activity)
    return on_action(engine, context, activity)
  end)
end

return ear

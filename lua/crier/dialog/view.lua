--- What a question looks like now: as it was put, answered, or closed.
-- @module crier.dialog.view
local ballot = require "crier.dialog.ballot"
local card = require "crier.dialog.card"

local view = {}

-- What is said of a question that nobody can answer any more.
local CLOSED = "This question is closed."

local function say(found, row, message, data, nth)
  return (found.script:say(message, found.target, data, row.target, nth))
end

local function put(found, row, nth)
  local asked = found.asked[nth]
  return say(found, row, asked.message, asked.data, nth)
end

-- A poll that was answered: by name and changeable, with the answer in it; else without.
local function voted(engine, row, found, nth, line)
  local poll, question = found.asked[nth].message.poll, put(found, row, nth)
  line = line or ballot.said(found, row, poll.thanks)
  if not question or not line then
    return nil
  elseif poll.changeable then
    return card.filled(question, ballot.values(poll, engine.journal.polls:answers(row)), line)
  end
  return card.closed(question, line)
end

--- What takes the place of a question that is answered.
-- @tparam crier.dialog.engine engine
-- @tparam table row of the dialog
-- @tparam table found from `engine:look`
-- @tparam integer nth of the question
-- @tparam table answer `value` or `text`
-- @treturn ?string JSON of an activity; nil: it stays as it is
function view.answered(engine, row, found, nth, answer)
  local asked = found.asked[nth]
  local thanks = asked and asked.options.thanks
  if not asked then
    return nil
  elseif asked.message.poll then
    return voted(engine, row, found, nth)
  elseif thanks then
    return say(found, row, thanks, asked.data, nth)
  end
  local question = thanks == nil and asked.message.kind ~= "text" and put(found, row, nth)
  return question and card.answered(question, answer) or nil
end

--- What a question looks like that cannot be answered, or changed, any more.
-- @tparam table row
-- @tparam table found
-- @tparam integer nth
-- @tparam ?string line why; default that it is closed
-- @treturn ?string JSON of an activity
function view.closed(row, found, nth, line)
  local asked = found.asked[nth]
  local question = asked and put(found, row, nth)
  local poll = asked and asked.message.poll
  return question and card.closed(question, line or poll
    and ballot.said(found, row, poll.closed) or asked.options.closed or CLOSED) or nil
end

--- What somebody sees who looks at a question.
-- @tparam crier.dialog.engine engine
-- @tparam table row
-- @tparam table found
-- @tparam integer nth
-- @tparam integer at when
-- @treturn ?string JSON of an activity; nil when nobody knows
function view.now(engine, row, found, nth, at)
  local asked, answer = found.asked[nth], found.events[nth + 1]
  if not asked then
    return nil
  elseif not answer and row.state == "open" and not (found.deadline and at > found.deadline) then
    return put(found, row, nth)
  end
  local poll, is_answered = asked.message.poll, answer and not answer.value.why
  if is_answered and (not poll or not poll.changeable
    or ballot.is_changeable(engine, row, found, at)) then
    return view.answered(engine, row, found, nth, answer.value)
  end
  return view.closed(row, found, nth)
end

return view

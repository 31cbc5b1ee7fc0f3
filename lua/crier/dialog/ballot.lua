--- Takes the answers to polls: reads what a card's inputs hold, counts it, and keeps of
-- an anonymous one nothing else.
-- @module crier.dialog.ballot
local cjson = require "cjson.safe"
local format = require "crier.format.text"
local poll_card = require "crier.dialog.poll_card"

local ballot = {}

--- What is said of an answer that is none.
ballot.INVALID = "This is no answer that can be taken: please try again."
-- A character of UTF-8 has four bytes at most.
local LONGEST = 4 * poll_card.MOST_CHARACTERS

local readers = {}

function readers.text(_, value)
  local text = format.trim(value)
  if #text > LONGEST then
    return nil
  end
  return text ~= "" and { comment = text } or false
end

function readers.many(one, value)
  local choices, seen = {}, {}
  for word in value:gmatch "[^,]+" do
    local nth = tonumber(word:match "^%s*(%d+)%s*$")
    if not nth or not one.choices[nth] or seen[nth] then
      return nil
    end
    seen[nth] = true
    choices[#choices + 1] = nth
  end
  table.sort(choices)
  return choices[1] and { choices = choices } or false
end

function readers.one(one, value)
  local answer = readers.many(one, value)
  if answer and answer.choices[2] then
    return nil
  end
  return answer
end

--- Reads what was filled in.
-- @tparam table poll see `crier.dialog.poll`
-- @tparam table fields of a card, by id
-- @treturn[1] table by number of the question: `choices` (numbers) or `comment`
-- @treturn[2] nil
-- @treturn[2] ?string what the person is told; nil when an answer is missing
function ballot.read(poll, fields)
  local answers = {}
  for nth, one in ipairs(poll.questions) do
    local value = fields[one.name]
    if value == nil or value == cjson.null then
      value = ""
    elseif type(value) ~= "string" then
      return nil, ballot.INVALID
    end
    local answer = readers[one.kind](one, value)
    if answer == nil then
      return nil, ballot.INVALID
    elseif not answer and not one.is_optional then
      return nil, nil
    end
    answers[nth] = answer or nil
  end
  return answers
end

--- One of a poll's texts as somebody reads it.
-- @tparam table found from `engine:look`
-- @tparam table row of the dialog
-- @tparam crier.message message
-- @treturn ?string
function ballot.said(found, row, message)
  local activity = found.script:say(message, found.target, nil, row.target, 1)
  return activity and cjson.decode(activity).text
end

--- An answer as the card's inputs have it.
-- @tparam table poll
-- @tparam table answers as of `read`
-- @treturn table texts, by name of the question
function ballot.values(poll, answers)
  local values = {}
  for nth, answer in pairs(answers) do
    local choices = {}
    for i, choice in ipairs(answer.choices or {}) do
      choices[i] = ("%d"):format(choice)
    end
    values[poll.questions[nth].name] = answer.comment or table.concat(choices, ",")
  end
  return values
end

-- true, what to tell (when it is no answer), what became of it; or nil, message, code.
local function settle(engine, row, found, poll, fields, keep)
  local answers, flaw = ballot.read(poll, fields)
  if not answers then
    return true, flaw or ballot.said(found, row, poll.missing) or ballot.INVALID
  end
  local ok, message, code = keep(answers)
  if not ok then
    return nil, message, code
  end
  engine.is_folding = engine.is_folding or poll.anonymous
  return true, nil, "taken"
end

--- Takes an answer to a question that stands. Call inside a transaction.
-- @tparam crier.dialog.engine engine
-- @tparam table row of the dialog
-- @tparam table found from `engine:look`
-- @tparam table fields
-- @tparam function go_on called with the event, that an answer came, once it is counted
-- @treturn[1] boolean true
-- @treturn[1] ?string what the person is told, since it is no answer
-- @treturn[1] ?string `taken`
-- @treturn[2] nil
-- @treturn[2] string message, and a code: the store failed
function ballot.take(engine, row, found, fields, go_on)
  local poll = found.command.message.poll
  return settle(engine, row, found, poll, fields, function(answers)
    local ok, message, code = engine.journal.polls:count(row, poll.anonymous, answers)
    if not ok then
      return nil, message, code
    end
    return go_on({ value = {} }, poll)
  end)
end

--- Whether a poll's answer that was given can be changed.
-- @tparam crier.dialog.engine engine
-- @tparam table row of the dialog
-- @tparam table found from `engine:look`
-- @tparam integer at when it is to be changed
-- @treturn boolean
function ballot.is_changeable(engine, row, found, at)
  local poll = found.script and found.script.definition.message.poll
  return poll ~= nil and poll.changeable and row.answered > 0
    and (not poll.within_ms or at <= found.events[1].value.at + poll.within_ms)
    and engine.journal.polls:is_changeable(row.campaign)
    and not engine.journal.sent:is_recalled(row.campaign, row.target)
end

--- Takes another answer in the place of the one before. Call inside a transaction.
-- @tparam crier.dialog.engine engine
-- @tparam table row of the dialog
-- @tparam table found from `engine:look`
-- @tparam table fields
-- @tparam function go_on called once it is counted
-- @return as of `take`
function ballot.change(engine, row, found, fields, go_on)
  return settle(engine, row, found, found.script.definition.message.poll, fields,
    function(answers)
      local ok, message, code = engine.journal.polls:change(row, answers)
      if not ok then
        return nil, message, code
      end
      return go_on()
    end)
end

return ballot

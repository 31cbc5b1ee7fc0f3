--- The card of a poll: inputs with labels, and a button that sends them.
--
-- The button is an Action.Execute: Teams waits for what the bot says to it, so that the
-- answer is counted before it is acknowledged. A card that closes has Teams look at it
-- again whenever it is shown; in a chat of two nobody need be named for that ("Work with
-- Universal Actions for Adaptive Cards"). Choices have numbers for values, since
-- Teams puts commas between those that are chosen.
-- @module crier.dialog.poll_card
local card = require "crier.template.card"
local value = require "crier.template.value"

local poll_card = {}

-- What the button says that it does, and what looks whether there is still time.
local VERB, LOOK = "answer", "look"
--- Characters that a free text may have.
poll_card.MOST_CHARACTERS = 1000

local function heading(text)
  return { type = "TextBlock", text = text, wrap = true, weight = "Bolder", size = "Medium" }
end

local function input(one, words, say)
  local made = { id = one.name, label = say(one.title) }
  if not one.is_optional then
    made.isRequired, made.errorMessage = true, say(words.missing)
  end
  if one.kind == "text" then
    made.type, made.isMultiline = "Input.Text", true
    made.maxLength = poll_card.MOST_CHARACTERS
    return made
  end
  made.type, made.style, made.wrap = "Input.ChoiceSet", "expanded", true
  made.isMultiSelect = one.kind == "many"
  local choices = {}
  for i, choice in ipairs(one.choices) do
    choices[i] = { title = say(choice), value = ("%d"):format(i) }
  end
  made.choices = value.array(choices)
  return made
end

--- Makes the message of a poll, in one language.
-- @tparam table asked `within_ms` and `questions` as of `crier.dialog.poll`
-- @tparam table words what is said
-- @tparam ?string tag the language
-- @tparam table options `alert`, `importance`
-- @tparam function in_language chooses one of a text's languages
-- @treturn table an activity
function poll_card.make(asked, words, tag, options, in_language)
  local function say(any)
    return in_language(any, tag)
  end
  local body = {}
  if words.title then
    body[1] = heading(say(words.title))
  end
  for _, one in ipairs(asked.questions) do
    body[#body + 1] = input(one, words, say)
  end
  if words.note then
    body[#body + 1] = { type = "TextBlock", text = say(words.note), wrap = true,
      isSubtle = true, size = "Small" }
  end
  local content = { type = "AdaptiveCard", version = card.VERSION, body = value.array(body),
    actions = value.array { { type = "Action.Execute", title = say(words.submit),
      verb = VERB } } }
  if asked.within_ms then
    content.refresh = { action = { type = "Action.Execute", verb = LOOK } }
  end
  content["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json"
  return {
    type = "message",
    summary = say(words.summary or words.title or asked.questions[1].title),
    importance = options.importance,
    attachments = value.array { { contentType = "application/vnd.microsoft.card.adaptive",
      content = content } },
    channelData = options.alert ~= false and { notification = { alert = true } } or nil,
  }
end

return poll_card

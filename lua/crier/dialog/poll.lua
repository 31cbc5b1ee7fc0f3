--- Polls: a card with questions, and the dialog that takes the answer, once a person.
--
-- `crier.poll` is a message of the kind `dialog` with `poll` (what is asked) and
-- `messages` (what it says, the card first).
-- @module crier.dialog.poll
local amount = require "crier.format.amount"
local card = require "crier.dialog.poll_card"
local dialog = require "crier.dialog"
local language = require "crier.campaign.language"
local messages = require "crier.campaign.message"
local suggest = require "crier.suggest"

local poll = {}

local poll_methods = {}
local poll_mt = { __name = "crier.poll", __index = poll_methods }

local OPTIONS = { "alert", "anonymous", "changeable", "choices", "closed", "importance",
  "missing", "multiple", "note", "question", "questions", "remind", "submit", "summary",
  "thanks", "title", "within" }
local QUESTION = { "choices", "multiple", "name", "optional", "text", "title" }
local FLAGS = { "alert", "anonymous", "changeable", "multiple" }
local WORDS = { "closed", "missing", "note", "question", "submit", "summary", "thanks", "title" }

local IMPORTANCE = { low = true, normal = true, high = true }

local MOST_QUESTIONS, MOST_CHOICES = 20, 50
local NAME, LONGEST_NAME = "^%a[%w_-]*$", 32

-- What is said unless the script says it, in its own languages.
local DEFAULTS = { submit = "Send", missing = "Please answer this.", thanks = "Thank you.",
  closed = "This poll is closed.",
  note = "This is anonymous: answers are counted, not who gave them." }

local function is_text(any)
  return type(any) == "string" and any:find "%S" ~= nil
end

-- Whether it is a text, or one for each language; notes the languages.
local function text_problem(what, any, found)
  if is_text(any) then
    return nil
  elseif type(any) ~= "table" then
    return what .. " must be a text, or one for each language"
  end
  local tags, problem = language.tags(any)
  problem = problem or language.missing(tags, any, "a text")
  if not problem and found.tags and table.concat(found.tags, " ") ~= table.concat(tags, " ") then
    problem = ("it is in %s, and other texts in %s"):format(table.concat(tags, ", "),
      table.concat(found.tags, ", "))
  end
  found.tags = found.tags or tags
  return problem and what .. ": " .. problem
end

local function flag_problem(what, value)
  return value ~= nil and type(value) ~= "boolean" and what .. " must be true or false" or nil
end

local function choices_problem(what, choices, found)
  if type(choices) ~= "table" or #choices < 2 then
    return what .. ": choices takes two or more: { \"Yes\", \"No\" }"
  elseif #choices > MOST_CHOICES then
    return ("%s: it has more than %d choices"):format(what, MOST_CHOICES)
  end
  local seen = {}
  for i = 1, #choices do
    local choice = choices[i]
    local problem = text_problem(("%s: choice %d"):format(what, i), choice, found)
      or seen[choice] and ("%s: choice %d is the same as choice %d"):format(what, i, seen[choice])
    if problem then
      return problem
    end
    seen[choice] = i
  end
end

local function name_problem(what, name, seen)
  if type(name) ~= "string" or not name:find(NAME) or #name > LONGEST_NAME then
    return what .. ": a name begins with a letter and holds only letters, digits, '_' and"
      .. " '-', at most 32"
  elseif seen[name] or name == "crier" then
    return ("%s: the name %s is taken"):format(what, name)
  end
  seen[name] = true
end

-- A question as a script writes it: what is wrong, or nil.
local function question_problem(what, one, found)
  if type(one) ~= "table" then
    return what .. " must be a table: { title = …, choices = { … } }"
  end
  local problem = suggest.unknown_key(what, one, QUESTION)
    or name_problem(what, one.name, found.names)
    or text_problem(what .. ": title", one.title, found)
  for _, name in ipairs { "multiple", "optional", "text" } do
    problem = problem or flag_problem(what .. ": " .. name, one[name])
  end
  if problem then
    return problem
  elseif not one.text then
    return choices_problem(what, one.choices, found)
  elseif one.choices or one.multiple then
    return what .. ": a free text has no choices"
  end
end

local function named(one, name)
  if type(one) ~= "table" or one.name ~= nil then
    return one
  end
  local made = { name = name }
  for key, value in pairs(one) do
    made[key] = value
  end
  return made
end

-- The questions of a poll, the short form of one too.
local function listed(options)
  if options.questions == nil and options.question == nil then
    return nil, "question is missing, or questions"
  elseif options.questions == nil then
    return { { name = "answer", title = options.question, choices = options.choices,
      multiple = options.multiple } }
  elseif options.question or options.choices or options.multiple then
    return nil, "question and choices are of a poll with one question, questions of one"
      .. " with several"
  elseif type(options.questions) ~= "table" or #options.questions == 0 then
    return nil, "questions takes a list: { { title = …, choices = { … } } }"
  elseif #options.questions > MOST_QUESTIONS then
    return nil, ("it has more than %d questions"):format(MOST_QUESTIONS)
  end
  local made = {}
  for i, one in ipairs(options.questions) do
    made[i] = named(one, "q" .. i)
  end
  return made
end

local function span_problem(name, value)
  local ms = value ~= nil and amount.ms(value)
  return value ~= nil and (not ms or ms == 0)
    and name .. ' is a span such as "30m", "2h" or "3d"' or nil
end

-- What is wrong with the options beside the questions.
local function options_problem(options, found)
  local problem = suggest.unknown_key("crier.poll", options, OPTIONS)
  problem = problem and problem:gsub("^crier%.poll: ", "")
  for _, name in ipairs(FLAGS) do
    problem = problem or flag_problem(name, options[name])
  end
  for _, name in ipairs { "within", "remind" } do
    problem = problem or span_problem(name, options[name])
  end
  for _, name in ipairs(WORDS) do
    local is_none = options[name] == nil or name == "note" and options.note == false
    problem = problem or not is_none and text_problem(name, options[name], found) or nil
  end
  if not problem and options.within and options.remind
    and amount.ms(options.remind) >= amount.ms(options.within) then
    problem = "remind must be shorter than within: nobody would be asked again"
  elseif not problem and options.importance ~= nil and not IMPORTANCE[options.importance] then
    problem = 'importance must be "low", "normal", "high"'
  elseif not problem and options.anonymous and options.changeable then
    problem = "an anonymous answer cannot be changed: nobody knows which one it is"
  end
  return problem
end

-- What is asked, in short, for who reads answers.
local function questions_of(questions)
  local made = {}
  for i, one in ipairs(questions) do
    made[i] = { name = one.name, title = one.title, choices = one.choices,
      is_optional = one.optional or false,
      kind = one.text and "text" or one.multiple and "many" or "one" }
  end
  return made
end

--- Says what holds for the answers.
-- @treturn string
function poll_methods:text()
  return ("%d question%s, %s%s; answers are taken %s%s"):format(#self.questions,
    #self.questions == 1 and "" or "s", self.anonymous and "anonymous" or "by name",
    self.changeable and ", changeable" or "", self.within_ms
    and "for " .. amount.span(self.within_ms) or "for ever", self.remind_ms
    and ", who has not answered is asked again after " .. amount.span(self.remind_ms) or "")
end

local function in_language(any, tag)
  if type(any) ~= "table" then
    return any
  end
  return tag and any[tag] or any.en or any[language.tags(any)[1]]
end

--- What is asked, for the journal: in one language.
-- @tparam ?string tag the language; default English, or the first
-- @treturn table see `crier.journal.polls.define`
function poll_methods:asked(tag)
  local made = { is_anonymous = self.anonymous, is_changeable = self.changeable,
    questions = {} }
  for i, one in ipairs(self.questions) do
    local choices = {}
    for k, choice in ipairs(one.choices or {}) do
      choices[k] = in_language(choice, tag)
    end
    made.questions[i] = { name = one.name, kind = one.kind, choices = choices,
      title = in_language(one.title, tag) }
  end
  return made
end

-- A message for all, or one for each language.
local function spoken(tags, make)
  if not tags then
    return make()
  end
  local each = {}
  for i, tag in ipairs(tags) do
    each[i] = { name = tag, message = make(tag) }
  end
  return messages.in_each(each)
end

local function words_of(options)
  local words = {}
  for _, name in ipairs(WORDS) do
    local given = options[name]
    words[name] = given == nil and DEFAULTS[name] or given or nil
  end
  words.note = options.anonymous and words.note or nil
  return words
end

--- A poll: a message of a campaign whose answers are counted, see `crier results`.
--
-- Texts may be given for each language, `{ en = "…", fr = "…" }`, and have `${path}`
-- where values go.
-- @tparam table options
-- @tparam string|table options.question of a poll with one; with
-- @tparam ?table options.choices its choices, a list of texts, and
-- @tparam[opt=false] boolean options.multiple whether several may be chosen
-- @tparam ?table options.questions of a poll with several: a list of `{ name =, title =,
--   choices = { … }, multiple = true, text = true, optional = true }`; with `text` the
--   answer is free text
-- @tparam ?string|table options.title what stands above the questions
-- @tparam ?string options.within how long answers are taken, such as `"3d"`; default for
--   ever
-- @tparam ?string options.remind after how long who has not answered is asked again, and
--   after as long again, such as `"1d"`
-- @tparam[opt=false] boolean options.anonymous what is answered is kept apart from who
--   has answered
-- @tparam[opt=false] boolean options.changeable whether an answer may be changed for as
--   long as answers are taken
-- @tparam ?string|table options.thanks what the card says once it is answered
-- @tparam ?string|table options.closed what it says when answers are taken no more
-- @tparam ?string|table options.submit what the button says; default "Send"
-- @tparam ?string|table options.missing what is said where an answer is missing
-- @tparam ?string|table|boolean options.note what the card of an anonymous poll says of
--   that; false: nothing
-- @tparam ?string|table options.summary the text of the notification; default the question
-- @tparam ?string options.importance as of `crier.card`
-- @tparam[opt=true] boolean options.alert raise a notification
-- @treturn crier.message
-- @raise on a wrong argument or an unknown option
function poll.new(options)
  if type(options) ~= "table" then
    error("crier.poll takes a table: { question = …, choices = { … } }", 2)
  end
  local found = { names = {} }
  local problem = options_problem(options, found)
  local questions, wrong = listed(options)
  problem = problem or wrong
  for i, one in ipairs(not problem and questions or {}) do
    problem = problem or question_problem(options.questions and "question " .. i or "question",
      one, found)
  end
  if problem then
    error("crier.poll: " .. problem, 2)
  end
  local words = words_of(options)
  local made = setmetatable({ questions = questions_of(questions),
    anonymous = options.anonymous or false, changeable = options.changeable or false,
    within_ms = amount.ms(options.within), remind_ms = amount.ms(options.remind) }, poll_mt)
  local question = spoken(found.tags, function(tag)
    return messages.activity(card.make(made, words, tag, options, in_language))
  end)
  for _, name in ipairs { "closed", "missing", "thanks" } do
    made[name] = spoken(found.tags, function(tag)
      return messages.text(in_language(words[name], tag))
    end)
  end
  question.poll = made
  local ask = { within = options.within, remind = options.remind, text = false }
  local message = dialog.new(function(d) d:ask(question, ask) end)
  message.poll, message.messages = made, { question, made.thanks, made.missing,
    made.closed }
  return message
end

return poll

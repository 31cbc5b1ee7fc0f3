--- What people answered to a campaign: as text with bars, as csv and as JSON.
-- @module crier.report.results
local core = require "crier.core"
local csv = require "crier.report.csv"
local echoes = require "crier.report.echoes"
local json = require "crier.format.json"
local polls = require "crier.journal.polls"
local text = require "crier.format.text"

local results = {}

local ORDER = { "name", "state", "asked", "answered", "open", "failed", "problem", "anonymous",
  "changeable", "hidden", "questions", "echoes" }
local COLUMNS = { "question", "title", "kind", "value", "choice", "count", "percent",
  "comment" }
local WIDTH, LABEL, NUMBERS = 80, 32, 18
local MOST_COMMENTS = 20
local FULL, PLAIN = "\226\150\136", "#"

--- What is said of a question that too few have answered.
results.HIDDEN = ("too few answers yet: those of an anonymous poll are shown from %d on")
  :format(polls.FEWEST)

--- Reads what people answered.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @treturn ?table as `results --json` prints it; nil when the campaign asks nothing, and
--   notes nothing
function results.read(journal, campaign)
  local echo = journal.echoes:counts(campaign)
  if campaign.talks == 0 and not echo then
    return nil
  end
  local counts = journal.dialogs:counts(campaign.id)
  local found = journal.polls:results(campaign.id) or { questions = {} }
  local made = { name = campaign.name, state = campaign.state, answered = counts.answered,
    asked = counts.open + counts.done + counts.failed + counts.cancelled, open = counts.open,
    failed = counts.failed, problem = journal.dialogs:problem(campaign.id),
    anonymous = found.is_anonymous, changeable = found.is_changeable, questions = {},
    echoes = echo, delivered = echo and journal.targets:counts(campaign.id).delivered or nil,
    is_asked = campaign.talks == 1 }
  local is_hidden = found.questions[1] ~= nil
  for i, one in ipairs(found.questions) do
    local choices = {}
    for k, choice in ipairs(one.choices or {}) do
      choices[k] = { value = choice.nth, title = choice.title, count = choice.answers,
        percent = choice.percent }
    end
    made.questions[i] = { name = one.name, title = one.title, kind = one.kind,
      answered = one.answers, hidden = one.is_hidden or false, choices = choices,
      comments = one.comments or {} }
    is_hidden = is_hidden and one.is_hidden
  end
  made.hidden = is_hidden and results.HIDDEN or nil
  return made
end

--- Results as one line of JSON.
-- @tparam table found from `read`
-- @treturn string
function results.json(found)
  return json.ordered(found, ORDER)
end

local function rounded(percent)
  return percent and math.floor(percent * 10 + 0.5) / 10
end

--- Results as csv: a row for each choice, and for each comment.
-- @tparam table found from `read`
-- @treturn string
function results.csv(found)
  local lines = { table.concat(COLUMNS, ",") .. "\r\n" }
  local function add(one, more)
    more.question, more.title, more.kind = one.name, one.title, one.kind
    lines[#lines + 1] = csv.row(more, COLUMNS)
  end
  for _, one in ipairs(found.questions) do
    for _, choice in ipairs(one.choices) do
      add(one, { value = choice.value, choice = choice.title, count = choice.count,
        percent = rounded(choice.percent) })
    end
    for _, comment in ipairs(one.comments) do
      add(one, { comment = comment })
    end
  end
  return table.concat(lines)
end

--- How many answered, and what holds for their answers.
-- @tparam table found from `read`
-- @treturn string
function results.heading(found)
  local share = found.asked > 0 and found.answered / found.asked * 100 or 0
  local failed = found.failed > 0 and ("; %s failed: %s"):format(text.count(found.failed,
    "dialog", "dialogs"), core.text.printable(found.problem or "")) or ""
  return ("%s of %s answered (%.1f %%)%s%s"):format(text.number(found.answered),
    text.count(found.asked, "person", "people"), share, found.anonymous and "; anonymous"
      or found.changeable and "; answers can be changed" or "", failed)
end

local function padded(label, width)
  label = text.cut(core.text.printable(label), width, "…")
  return label .. (" "):rep(width - text.width(label))
end

local function add_choices(lines, one, width, mark)
  local widest = 0
  for _, choice in ipairs(one.choices) do
    widest = math.max(widest, text.width(choice.title))
  end
  widest = math.min(widest, LABEL)
  local room = math.max(10, width - widest - NUMBERS - 4)
  for _, choice in ipairs(one.choices) do
    local bar = math.floor(choice.percent / 100 * room + 0.5)
    lines[#lines + 1] = ("  %s  %s%s %7s %6.1f %%"):format(padded(choice.title, widest),
      mark:rep(bar), (" "):rep(room - bar), text.number(choice.count), choice.percent)
  end
  if one.kind == "many" then
    lines[#lines + 1] = ("  of %s, who could choose several"):format(text.count(one.answered,
      "person", "people"))
  end
end

local function add_comments(lines, one, width, name)
  for i, comment in ipairs(one.comments) do
    if i > MOST_COMMENTS then
      lines[#lines + 1] = ("  and %s more: crier results %s --format csv"):format(
        text.number(#one.comments - MOST_COMMENTS), name)
      return
    end
    for k, line in ipairs(text.wrap(core.text.printable((comment:gsub("%s+", " "))), width,
      "    ")) do
      lines[#lines + 1] = k == 1 and "  - " .. line:sub(5) or line
    end
  end
  if #one.comments == 0 then
    lines[#lines + 1] = "  nobody wrote anything"
  end
end

--- Results as text for people.
-- @tparam table found from `read`
-- @tparam ?table options `width` (columns; default 80), `is_utf8` (whether bars may be
--   drawn with blocks)
-- @treturn string lines
function results.text(found, options)
  options = options or {}
  local width = options.width or WIDTH
  local lines = { ("campaign %s: %s"):format(found.name, found.is_asked
    and results.heading(found) or "nothing was asked") }
  for _, said in ipairs(echoes.lines(found.echoes, found.delivered)) do
    for _, line in ipairs(text.wrap(core.text.printable(said), width)) do
      lines[#lines + 1] = line
    end
  end
  for _, one in ipairs(found.questions) do
    lines[#lines + 1] = ""
    for _, line in ipairs(text.wrap(core.text.printable(one.title), width)) do
      lines[#lines + 1] = line
    end
    if one.hidden then
      lines[#lines + 1] = "  " .. results.HIDDEN
    elseif one.kind ~= "text" then
      add_choices(lines, one, width, options.is_utf8 and FULL or PLAIN)
    else
      add_comments(lines, one, width, found.name)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return results

--- Polls: what was asked, and what was answered.
--
--     poll           campaign: whose message is a poll
--     poll_question  its questions, and how many answered each
--     poll_choice    their choices, and how many chose each
--     poll_answer    who chose what, or wrote what (choice 0); never of an anonymous poll
--     poll_comment   what was written to an anonymous poll, many to a row
--
-- Answers are counted, so that of an anonymous one nothing else has to be kept: no
-- person, no time, no order. That somebody has answered is in the dialog, see
-- `crier.journal.dialogs`.
--
-- Rows lie in a file as they came, whatever their keys: comments without a name lie
-- together, by the alphabet, in a row that is written anew with each. A row that grows
-- too large is dealt out into two.
-- @module crier.journal.polls
local cjson = require "cjson"
local core = require "crier.core"

local unpack = table.unpack or unpack -- luacheck: ignore 113 143

local polls = {}

local polls_methods = {}
local polls_mt = { __name = "crier.polls", __index = polls_methods }

-- Comments without a name that lie together.
local MOST_TOGETHER = 64

--- So many answers of an anonymous poll are needed before any is shown.
polls.FEWEST = 5

--- SQL that makes the tables, new with version 3.
polls.sql = [[

CREATE TABLE poll (
  campaign INTEGER PRIMARY KEY REFERENCES campaign (id),
  anonymous INTEGER NOT NULL,
  changeable INTEGER NOT NULL
);

CREATE TABLE poll_question (
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  nth INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  answers INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (campaign, nth)
) WITHOUT ROWID;

CREATE TABLE poll_choice (
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  question INTEGER NOT NULL,
  nth INTEGER NOT NULL,
  title TEXT NOT NULL,
  answers INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (campaign, question, nth)
) WITHOUT ROWID;

CREATE TABLE poll_answer (
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  question INTEGER NOT NULL,
  target INTEGER NOT NULL REFERENCES target (id),
  choice INTEGER NOT NULL,
  comment TEXT,
  PRIMARY KEY (campaign, question, target, choice)
) WITHOUT ROWID;

CREATE TABLE poll_comment (
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  question INTEGER NOT NULL,
  part INTEGER NOT NULL,
  comments TEXT NOT NULL,
  PRIMARY KEY (campaign, question, part)
) WITHOUT ROWID;
]]

--- Used by `crier.journal` alone.
function polls.new(journal)
  return setmetatable({ db = journal.db }, polls_mt)
end

-- Runs statements until one fails.
local function all(db, statements)
  for _, one in ipairs(statements) do
    local ok, message, code = db:exec(unpack(one))
    if not ok then
      return nil, message, code
    end
  end
  return true
end

--- Notes what a campaign asks, in the place of what it asked before. Call inside a
-- transaction, while nobody has been asked.
-- @param db the connection
-- @tparam integer campaign id
-- @tparam ?table asked `is_anonymous`, `is_changeable`, `questions`: an array of `name`,
--   `kind` (`one`, `many` or `text`), `title`, `choices` (an array of texts); nil where its
--   message is no poll
-- @treturn boolean true; or nil, message, code
function polls.define(db, campaign, asked)
  local statements = {}
  for i, noun in ipairs { "poll", "poll_question", "poll_choice" } do
    statements[i] = { "DELETE FROM " .. noun .. " WHERE campaign = ?", campaign }
  end
  if not asked then
    return all(db, statements)
  end
  statements[#statements + 1] = { "INSERT INTO poll VALUES (?, ?, ?)", campaign,
    asked.is_anonymous and 1 or 0, asked.is_changeable and 1 or 0 }
  for nth, one in ipairs(asked.questions) do
    statements[#statements + 1] = { "INSERT INTO poll_question (campaign, nth, name, kind,"
      .. " title) VALUES (?, ?, ?, ?, ?)", campaign, nth, one.name, one.kind, one.title }
    for i, title in ipairs(one.choices or {}) do
      statements[#statements + 1] = { "INSERT INTO poll_choice (campaign, question, nth, title)"
        .. " VALUES (?, ?, ?, ?)", campaign, nth, i, title }
    end
  end
  return all(db, statements)
end

--- Folds the log of what was written into the file, so that it does not tell what was
-- written together. Call outside of a transaction.
-- @treturn boolean whether it could; it cannot while others read
function polls_methods:fold()
  local row = self.db:row "PRAGMA wal_checkpoint(TRUNCATE)"
  return row ~= nil and row.busy == 0
end

--- Whether a target is asked anonymously.
-- @tparam integer target id of the ledger's row
-- @treturn boolean
function polls_methods:is_secret(target)
  return self.db:row("SELECT 1 FROM target t JOIN poll p ON p.campaign = t.campaign"
    .. " WHERE t.id = ? AND p.anonymous = 1", target) ~= false
end

local function count(self, campaign, question, answer, by)
  local db = self.db
  local ok, message, code = db:exec("UPDATE poll_question SET answers = answers + ?"
    .. " WHERE campaign = ? AND nth = ?", by, campaign, question)
  for _, choice in ipairs(answer.choices or {}) do
    if ok then
      ok, message, code = db:exec("UPDATE poll_choice SET answers = answers + ?"
        .. " WHERE campaign = ? AND question = ? AND nth = ?", by, campaign, question, choice)
    end
  end
  return ok, message, code
end

local function keep_named(self, row, question, answer)
  for _, choice in ipairs(answer.choices or { 0 }) do
    local ok, message, code = self.db:exec("INSERT INTO poll_answer VALUES (?, ?, ?, ?, ?)",
      row.campaign, question, row.target, choice, answer.comment)
    if not ok then
      return nil, message, code
    end
  end
  return true
end

-- A number from 1 to n that nobody can tell beforehand.
local function draw(n)
  return tonumber(core.text.random_hex(6), 16) % n + 1
end

local function write_part(self, row, question, part, comments)
  table.sort(comments)
  return self.db:exec("INSERT INTO poll_comment VALUES (?, ?, ?, ?) ON CONFLICT (campaign,"
    .. " question, part) DO UPDATE SET comments = excluded.comments", row.campaign, question,
    part, cjson.encode(comments))
end

-- Half of a list, by lot.
local function deal(comments)
  local dealt = {}
  for _ = 1, math.floor(#comments / 2) do
    dealt[#dealt + 1] = table.remove(comments, draw(#comments))
  end
  return dealt
end

-- A comment's place among the others says nothing of when it came.
local function keep_apart(self, row, question, answer)
  if not answer.comment then
    return true
  end
  local db = self.db
  local parts = db:row("SELECT count(*) AS n FROM poll_comment WHERE campaign = ?"
    .. " AND question = ?", row.campaign, question).n
  local part = draw(math.max(parts, 1))
  local known = db:row("SELECT comments FROM poll_comment WHERE campaign = ? AND question = ?"
    .. " AND part = ?", row.campaign, question, part)
  local comments, ok, message, code = known and cjson.decode(known.comments) or {}, true, nil, nil
  comments[#comments + 1] = answer.comment
  if #comments > MOST_TOGETHER then
    ok, message, code = write_part(self, row, question, parts + 1, deal(comments))
  end
  if ok then
    ok, message, code = write_part(self, row, question, part, comments)
  end
  return ok, message, code
end

--- Counts somebody's answer. Call inside a transaction, once a person.
-- @tparam table row of the dialog
-- @tparam boolean is_secret whether the poll is anonymous
-- @tparam table answers by number of the question: `choices` (numbers) or `comment`
-- @treturn boolean true; or nil, message, code
function polls_methods:count(row, is_secret, answers)
  local keep = is_secret and keep_apart or keep_named
  for question, answer in pairs(answers) do
    local ok, message, code = count(self, row.campaign, question, answer, 1)
    if ok then
      ok, message, code = keep(self, row, question, answer)
    end
    if not ok then
      return nil, message, code
    end
  end
  return true
end

--- Whether answers can be changed, as long as it is not too late for them.
-- @tparam integer campaign id
-- @treturn boolean
function polls_methods:is_changeable(campaign)
  return self.db:row("SELECT 1 FROM poll WHERE campaign = ? AND changeable = 1", campaign)
    ~= false
end

--- Has the answers stay as they are.
-- @tparam integer campaign id
-- @treturn integer 1 where they could be changed until now, else 0; or nil, message, code
function polls_methods:close(campaign)
  return self.db:exec("UPDATE poll SET changeable = 0 WHERE campaign = ? AND changeable = 1",
    campaign)
end

--- What somebody has answered, of a poll that is not anonymous.
-- @tparam table row of the dialog
-- @treturn table by number of the question: `choices` or `comment`
function polls_methods:answers(row)
  local found = {}
  for _, one in ipairs(self.db:rows("SELECT q.nth, a.choice, a.comment FROM poll_question q"
    .. " JOIN poll_answer a ON a.campaign = q.campaign AND a.question = q.nth"
    .. " WHERE q.campaign = ? AND a.target = ? ORDER BY q.nth, a.choice", row.campaign,
    row.target)) do
    local answer = found[one.nth] or { comment = one.comment }
    found[one.nth] = answer
    if one.choice > 0 then
      answer.choices = answer.choices or {}
      table.insert(answer.choices, one.choice)
    end
  end
  return found
end

--- Puts somebody's new answer in the place of the one before. Call inside a transaction.
-- @tparam table row of the dialog
-- @tparam table answers as of `count`
-- @treturn boolean true; or nil, message, code
function polls_methods:change(row, answers)
  for question, answer in pairs(self:answers(row)) do
    local ok, message, code = count(self, row.campaign, question, answer, -1)
    if ok then
      ok, message, code = self.db:exec("DELETE FROM poll_answer WHERE campaign = ?"
        .. " AND question = ? AND target = ?", row.campaign, question, row.target)
    end
    if not ok then
      return nil, message, code
    end
  end
  return self:count(row, false, answers)
end

local function percent(answers, of)
  return of > 0 and answers / of * 100 or 0
end

local function named_comments(self, campaign, nth)
  local found = {}
  for i, row in ipairs(self.db:rows("SELECT comment FROM poll_answer WHERE campaign = ?"
    .. " AND question = ? AND comment IS NOT NULL ORDER BY target", campaign, nth)) do
    found[i] = row.comment
  end
  return found
end

local function nameless_comments(self, campaign, nth)
  local found = {}
  for _, row in ipairs(self.db:rows("SELECT comments FROM poll_comment WHERE campaign = ?"
    .. " AND question = ?", campaign, nth)) do
    for _, comment in ipairs(cjson.decode(row.comments)) do
      found[#found + 1] = comment
    end
  end
  table.sort(found)
  return found
end

local function read_question(self, campaign, one, is_secret)
  local question = { name = one.name, kind = one.kind, title = one.title }
  if is_secret and one.answers < polls.FEWEST then
    question.is_hidden = true
    return question
  end
  question.answers = one.answers
  if one.kind == "text" then
    question.comments =
      (is_secret and nameless_comments or named_comments)(self, campaign, one.nth)
    return question
  end
  question.choices = self.db:rows("SELECT nth, title, answers FROM poll_choice"
    .. " WHERE campaign = ? AND question = ? ORDER BY nth", campaign, one.nth)
  for _, choice in ipairs(question.choices) do
    choice.percent = percent(choice.answers, one.answers)
  end
  return question
end

--- A poll's results. Of an anonymous one nothing is told before enough have answered.
-- @tparam integer campaign id
-- @treturn table|boolean `is_anonymous`, `is_changeable`, `asked` (people), `answered`
--   (people), `questions`: an array of `name`, `kind`, `title`, `answers`, `choices` (an
--   array of `nth`, `title`, `answers`, `percent` of who answered the question) or
--   `comments`; of who has not answered enough `is_hidden` in their place; false when the
--   campaign is no poll
function polls_methods:results(campaign)
  local poll = self.db:row("SELECT * FROM poll WHERE campaign = ?", campaign)
  if not poll then
    return false
  end
  local people = self.db:row("SELECT count(*) AS asked, count(CASE WHEN answered > 0 THEN 1"
    .. " END) AS answered FROM dialog WHERE campaign = ?", campaign)
  local found = { is_anonymous = poll.anonymous == 1, is_changeable = poll.changeable == 1,
    asked = people.asked, answered = people.answered, questions = {} }
  for i, one in ipairs(self.db:rows("SELECT * FROM poll_question WHERE campaign = ?"
    .. " ORDER BY nth", campaign)) do
    found.questions[i] = read_question(self, campaign, one, found.is_anonymous)
  end
  return found
end

return polls

--- All that a report tells of a campaign, read from the store. What is counted
-- over people is counted there.
-- @module crier.report.gather
local event = require "crier.report.event"
local ledger = require "crier.campaign.ledger"
local plot = require "crier.report.plot"
local results = require "crier.report.results"
local sample = require "crier.report.sample"

local gather = {}

local MOST_NAMES = 500
local SENDS = { send = true, amend = true }

-- What to do about who was left out, where the ledger does not say.
local HINTS = {
  disabled = 'the account is disabled; include = { "disabled" } lifts it',
  guest = 'a guest of the organisation; include = { "guest" } lifts it',
  no_teams = 'no licence for Teams; include = { "no_teams" } lifts it',
  ["no such user"] = "the directory does not know them: mend the csv or list",
  ["bad row"] = "mend the row of the file: `crier export` has its line",
  cancelled = "the campaign was cancelled before their turn",
  ["left the audience"] = "the audience changed with --update",
}

local function timeline(journal, campaign)
  local span = journal.history:span(campaign.id)
  if not span then
    return nil
  end
  local from, width, count = plot.pieces(span.first, span.last)
  return { from = from, width = width, count = count, first = span.first,
    last = span.last,
    rows = journal.history:timeline(campaign.id, from, width) }
end

local function message(journal, campaign, with_names)
  if not SENDS[campaign.action] then
    return nil
  end
  local somebody = journal.history:somebody(campaign.id)
  local whom = with_names and somebody or sample.nobody(somebody)
  local made, problem = sample.stored(journal, campaign, whom,
    { is_lenient = not with_names, is_own = with_names and somebody ~= nil })
  return { each = made, problem = problem,
    name = with_names and somebody and (somebody.name or somebody.upn
      or somebody.key) or nil }
end

local function sequels(journal, campaign)
  local found = {}
  for _, action in ipairs { "amend", "recall" } do
    for _, row in ipairs(journal.campaigns:sequels(campaign.id, action)) do
      found[#found + 1] = ledger.read(journal, row)
    end
  end
  return found
end

--- What was done to a campaign.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @treturn table array, see `crier.report.event`
function gather.events(journal, campaign)
  local found = {}
  for i, row in ipairs(journal.events:list(campaign.id)) do
    found[i] = event.make(row)
  end
  return found
end

--- Says what to do about who was left out.
-- @tparam table reasons array of `{ reason =, remedy = }`
-- @treturn table the same
function gather.with_hints(reasons)
  for _, row in ipairs(reasons) do
    row.remedy = row.remedy or HINTS[row.reason]
  end
  return reasons
end

--- Makes a campaign's message in all its variants and languages, with the data of
-- somebody who gets it.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @treturn ?table `each` (see `crier.report.sample`) or `problem`, and `name` of whom;
--   nil for what has no message
function gather.message(journal, campaign)
  if not SENDS[campaign.action] then
    return nil
  end
  local somebody = journal.history:somebody(campaign.id)
  local each, problem = sample.stored(journal, campaign, somebody or sample.nobody(),
    { is_lenient = true })
  return { each = each, problem = problem,
    name = somebody and (somebody.name or somebody.upn or somebody.key) or nil }
end

--- Makes the message as one person gets it.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @tparam table row of the person, see `crier.journal.targets`
-- @treturn ?table `each` or `problem`; nil for what has no message, and for whom was
--   left out
function gather.own_message(journal, campaign, row)
  if not SENDS[campaign.action] or row.state == "excluded" then
    return nil
  end
  local each, problem = sample.stored(journal, campaign, journal.targets:by_id(row.id),
    { is_own = true })
  return { each = each, problem = problem }
end

--- Reads a campaign.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @tparam ?boolean with_names whether people may be named
-- @treturn table `ledger`, `adds_up`, `parent`, `timeline`, `stages`, `attempts`,
--   `results` (see `crier.report.results`), `message`, `sequels`, `events`, `files`,
--   `unreached`, `digest`, `script`, `on_unknown`
function gather.read(journal, campaign, with_names)
  local found = ledger.read(journal, campaign)
  gather.with_hints(found.exclusions)
  return {
    ledger = found,
    adds_up = ledger.check(found) or false,
    parent = journal.history:parent(campaign),
    timeline = timeline(journal, campaign),
    stages = journal.history:stages(campaign.id),
    attempts = journal.history:attempts(campaign.id),
    results = results.read(journal, campaign),
    message = message(journal, campaign, with_names),
    sequels = sequels(journal, campaign),
    events = gather.events(journal, campaign),
    files = journal.campaigns:bundle(campaign.id),
    unreached = with_names
      and journal.history:unreached(campaign.id, MOST_NAMES) or nil,
    digest = campaign.digest,
    script = campaign.script,
    on_unknown = campaign.on_unknown,
  }
end

return gather

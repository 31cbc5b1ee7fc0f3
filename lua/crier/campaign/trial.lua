--- A test of a campaign: its message, sent to a few people who are named, in a
-- ledger of its own.
--
-- It is a campaign (`benefits.test-1`, the next number each time) that knows which
-- one it tests, so that all that is done to campaigns can be done to it. Of the
-- script's options it takes those that make message and way; when, how carefully
-- and to how many the campaign itself goes is none of its affair.
--
-- Who gets it sees that it is a test, and the card as everybody will: the mark is
-- in the notification of a card, and a line above a text, which is its own
-- notification.
-- @module crier.campaign.trial
local audience = require "crier.audience"
local campaign = require "crier.campaign"
local json = require "crier.template.json_tree"
local lookup = require "crier.audience.lookup"
local node = require "crier.template.node"
local person = require "crier.audience.person"
local plan = require "crier.campaign.plan"
local reader = require "crier.audience.reader"

local trial = {}

--- To how many people a test goes at most.
trial.MOST = 20

local DATA = 65
local MARK = "[test]"
local KEPT = { "conversation", "data", "include", "install", "notify", "on_missing",
  "on_unknown", "retry", "topic" }

--- The name of a campaign's next test.
-- @tparam ?crier.journal journal nil when there is no store yet
-- @tparam string name of the campaign
-- @treturn string
function trial.next_name(journal, name)
  local nth = 1
  while journal and journal.campaigns:find(("%s.test-%d"):format(name, nth)) do
    nth = nth + 1
  end
  return ("%s.test-%d"):format(name, nth)
end

--- Puts a mark on a message.
-- @tparam string activity JSON text
-- @treturn string JSON text
function trial.mark(activity)
  local tree = assert(json.parse(activity, "activity"))
  local text, summary = node.find(tree, "text"), node.find(tree, "summary")
  local edits = {}
  if text and text.kind == "string" and not node.is_text(text, "") then
    edits[1] = { at = text.at + 1, add = MARK .. "\\n\\n" }
  end
  if summary and summary.kind == "string" then
    edits[#edits + 1] = { at = summary.at + 1, add = MARK .. " " }
  elseif not edits[1] then
    edits[1] = { at = tree.at + 1, add = ('"summary":"%s"%s'):format(MARK,
      tree[1] and "," or "") }
  end
  table.sort(edits, function(a, b) return a.at > b.at end)
  for _, edit in ipairs(edits) do
    activity = activity:sub(1, edit.at - 1) .. edit.add .. activity:sub(edit.at)
  end
  return activity
end

--- Puts a mark on a notification of the activity feed: on its headline.
-- @tparam string notification JSON text, see `crier.campaign.notice`
-- @treturn string JSON text
function trial.mark_notice(notification)
  local tree = assert(json.parse(notification, "notification"))
  local at = node.find(node.find(tree, "templateParameters")[1], "value").at
  return notification:sub(1, at) .. MARK .. " " .. notification:sub(at + 1)
end

-- Who is sent to has the data of another one: of that one's variant, too.
local function rendering(made, method, mark)
  return function(_, row)
    local key = "user:" .. tostring(person.recipient(row).id)
    local model = setmetatable({ key = key }, { __index = row })
    local text, reason, more = made[method](made, model)
    row.variant, row.language = model.variant, model.language
    if not text then
      return nil, reason, more
    end
    return mark(text)
  end
end

--- Composes what another composes, with a mark on it.
-- @tparam crier.compose made
-- @treturn crier.compose
function trial.compose(made)
  return setmetatable({
    render = rendering(made, "render", trial.mark),
    render_notice = rendering(made, "render_notice", trial.mark_notice),
  }, { __index = made })
end

--- What a test does.
-- @tparam crier.campaign tested
-- @tparam string name of the test
-- @tparam ?{string,...} to whom it goes; nil when they are in the ledger already
-- @treturn crier.campaign
function trial.definition(tested, name, to)
  local options = { name = name, breaker = false, fatigue = false,
    audience = tested.audience }
  for _, option in ipairs(KEPT) do
    options[option] = tested[option]
  end
  if to then
    options.audience = audience.list(to)
    options.audience.select = reader.selected(tested.audience)
  end
  return campaign.bare(options)
end

-- The sources of an audience that put somebody into it.
local function kept(any, found)
  if not any[1] then
    found[any] = true
  end
  for i = 1, any.operator == "-" and 1 or #any do
    kept(any[i], found)
  end
  return found
end

--- Reads what lies on this machine: who is to get the test, and the rows that the
-- campaign's files have.
-- @tparam crier.campaign.run run with `tested` (the campaign's definition)
-- @tparam table context see `crier.audience.reader.prepare`
-- @treturn table see there; or nil, message, code
function trial.prepare(run, context)
  local sources, message, code = reader.prepare(run.tested.audience, run.stage, context)
  if not sources then
    return nil, message, code
  end
  local is_kept = kept(run.tested.audience, {})
  run.rows = {}
  for _, source in ipairs(sources) do
    run.rows[#run.rows + 1] = is_kept[source.node] and source.entries or nil
  end
  local prepared = assert(reader.prepare(run.definition.audience, run.stage, context))
  prepared[1].path = "--to"
  return prepared
end

local function refuse(said)
  return nil, { exit = DATA, why = table.concat(said, "; "), remedy = "nothing was sent" }
end

-- Whoever is named must be somebody to whom the campaign could go.
local function check(stage, set)
  local said = {}
  stage:each(set, function(row)
    if row.excluded then
      said[#said + 1] = row.detail or ("--to: %s is left out (%s)"):format(
        row.upn or row.key:match ":(.*)", row.excluded)
    end
  end)
  if said[1] then
    return refuse(said)
  end
  return true
end

-- The person whose data the message is made with.
local function find(run, who)
  local stage = run.stage
  local source = { entries = stage:new_entries(), set = stage:new_set(), path = "--as" }
  stage:put_entry(source.entries, { who = who, form = lookup.form(who) })
  local set, message, code, outcome = lookup.resolve(source, { stage = stage,
    client = run.client, progress = function() end,
    selection = lookup.selection(reader.selected(run.tested.audience)) })
  if not set then
    return nil, plan.failure(message, code, outcome)
  end
  local row = stage:people(set, "", 1)[1]
  if row.detail then
    return refuse { row.detail }
  end
  return row
end

-- A person's row in the campaign's files, of several the first.
local function row_of(run, one)
  local id = one.key:match ":(.*)"
  for _, entries in ipairs(run.rows) do
    local csv = run.stage:csv_of(entries, id, one.upn or id,
      person.recipient(one).mail or id)
    if csv then
      return csv
    end
  end
end

--- Gives everybody of a test the data that the message is made with: their own,
-- or that of one person for all. Call inside a task.
-- @tparam crier.campaign.run run with `rows` from `prepare`
-- @tparam table made from `crier.campaign.plan.read`
-- @treturn table the same; or nil and what the run ends with
function trial.dress(run, made)
  local stage, as = run.stage, run.options.test.as
  local ok, problem = check(stage, made.set)
  if ok and as then
    as, problem = find(run, as)
  end
  if problem then
    return nil, problem
  end
  stage:each(made.set, function(row)
    local model = as or row
    stage:set_data(made.set, row.key, model.fields, row_of(run, model))
  end)
  return made
end

return trial

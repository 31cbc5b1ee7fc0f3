--- All that is known of one person, or post, in a campaign: the row, and its story.
-- @module crier.report.account
local json = require "crier.format.json"
local ledger = require "crier.campaign.ledger"
local route = require "crier.campaign.route"
local row_view = require "crier.report.row"
local story = require "crier.report.story"
local time = require "crier.format.time"

local account = {}

local COLUMNS = {}
for _, name in ipairs(row_view.columns) do
  COLUMNS[#COLUMNS + 1] = name
end
for _, name in ipairs { "phase", "text", "remedy", "problem", "next_try_at", "story" } do
  COLUMNS[#COLUMNS + 1] = name
end

--- When the next try of who is pending is; the start of a campaign that waits is for
-- all.
-- @tparam table row
-- @tparam table campaign row
-- @treturn ?integer milliseconds since 1970
function account.next_try(row, campaign)
  local due_at = row.state == "pending" and row.due_at or 0
  if row.state == "pending" and campaign.state == "waiting" and route.delivers(row.phase) then
    due_at = math.max(due_at, campaign.waits_until or 0)
  end
  return due_at > 0 and due_at or nil
end

--- As one JSON document.
-- @tparam table row as `find` gives it
-- @tparam {table,...} told its story
-- @tparam table campaign row
-- @treturn string
function account.json(row, told, campaign)
  local made, list = row_view.make(row), {}
  for i, each in ipairs(told) do
    list[i] = { at = time.iso(each.at), campaign = each.campaign,
      what = each.what }
  end
  made.phase, made.text, made.remedy = row.phase, row.text, row.remedy
  made.problem = row.problem
  made.next_try_at = time.iso(account.next_try(row, campaign))
  made.story = list
  return json.ordered(made, COLUMNS)
end

-- The rows of whom is meant: a person, or a bare id of a chat or channel.
local function find(journal, campaign, who)
  for _, prefix in ipairs { "", "chat:", "channel:" } do
    local rows = journal.targets:find(campaign.id, prefix .. who)
    if #rows > 0 then
      return rows
    end
  end
  return {}
end

-- What happened to a target, in order.
local function tell(journal, campaign, target)
  local key = target.key
  local rows = journal.stories:rows(campaign, key)
  for _, row in ipairs(rows) do
    row_view.as_seen(row, ledger.is_dead(journal, { lane = row.lane,
      fence = row.campaign_fence, lane_fence = row.lane_fence,
      on_unknown = row.on_unknown }))
  end
  if target.dialog and not journal.polls:is_secret(target.id) then
    target.lost = journal.dialogs:lost_of(campaign, target.id)
  end
  return story.tell {
    rows = rows,
    dialog = target.dialog and target,
    events = journal.events:list(campaign.parent or campaign.id),
    standing = journal.stories:standing(campaign, key),
  }
end

--- Who is meant, as they stand, each with their story.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @tparam string who object id or UPN of a person; or a chat, a channel
-- @treturn {table,...} `{ row =, told = }`, empty when nobody is meant
function account.find(journal, campaign, who)
  local dead, found = ledger.is_dead(journal, campaign), {}
  for i, each in ipairs(find(journal, campaign, who)) do
    local row = row_view.as_seen(each, dead)
    found[i] = { row = row, told = tell(journal, campaign, row) }
  end
  return found
end

return account

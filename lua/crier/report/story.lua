--- The story of one person: what the store knows of them, in the order of time.
-- @module crier.report.story
local event = require "crier.report.event"
local targets = require "crier.journal.targets"

local story = {}

local DONE = { send = "delivered", upgrade = "upgraded",
  uninstall = "uninstalled", amend = "amended", recall = "recalled" }
local PLANNED = { send = "planned", upgrade = "planned: to be upgraded",
  uninstall = "planned: to be uninstalled", amend = "planned: to be amended",
  recall = "planned: to be recalled" }

story.phases = {
  install = "the app is to be installed",
  installation = "the app is to be looked for",
  create = "the chat is to be opened",
  chat = "the chat is to be found",
  upgrade = "the app is to be upgraded",
  uninstall = "the app is to be removed",
  update = "the message is to be changed",
  delete = "the message is to be deleted",
  send = "the message is to be sent",
  held = "held until it is known how the first people fared",
  notify = "the activity feed is to say it",
  intent = "the message is on its way",
}

--- What is to happen next to a row that is pending.
-- @tparam ?string phase
-- @treturn string
function story.next_of(phase)
  if phase and phase:find "^aside " then
    return "waits until the campaign is resumed"
  end
  return story.phases[phase] or phase or "planned"
end

-- The service's words, unless the answer's numbers say the same.
local function because(row)
  local is_said = row.text == nil or row.text == row.code
    or row.text == tostring(row.status)
  return (row.reason and ": " .. row.reason or "")
    .. (is_said and "" or " (" .. row.text .. ")")
end

local function after(row)
  return row.attempts == 0 and "" or (" after %d attempt%s"):format(row.attempts,
    row.attempts == 1 and "" or "s")
end

local function answer(row)
  return row.status and (", answer %d"):format(row.status)
    .. (row.code and " " .. row.code or "") or ""
end

-- Where the retry policy sent somebody.
local function around(row)
  return ((row.reinstalled or 0) > 0 and ", the app put on again" or "")
    .. (row.rerouted and (" by the activity feed (the chat: %s)"):format(row.rerouted) or "")
end

-- What stands at the end, or just now.
local endings = {
  delivered = function(row)
    return DONE[row.action] .. (row.reason == targets.ANSWERED
      and ": the answer has come" or "") .. around(row) .. after(row) .. answer(row)
  end,
  failed = function(row)
    return "failed" .. around(row) .. because(row) .. answer(row)
  end,
  unknown = function(row)
    return "unknown" .. because(row) .. answer(row)
  end,
  excluded = function(row)
    return "left out" .. because(row)
  end,
  pending = function(row)
    return "pending: " .. story.next_of(row.phase)
      .. (row.reason and ", last answer " .. row.reason or "")
  end,
}

local function tell_row(add, row)
  local name = row.campaign_name
  -- Who was settled by the plan has never been anything else.
  local is_settled = row.state ~= "pending" and row.updated_at == row.planned_at
  if not is_settled then
    add(row.planned_at, name, PLANNED[row.action]
      .. (row.canary == 1 and ", among the first" or ""))
  end
  if row.installed_at then
    add(row.installed_at, name, row.installed == 1 and "the app was installed"
      or "the app turned out to be installed")
  elseif row.installed == 1 then
    add(row.planned_at, name, "the app was installed by this campaign")
  end
  if row.state ~= "pending" or row.updated_at > row.planned_at then
    add(row.updated_at, name, endings[row.state](row))
  end
end

local function tell_standing(add, standing)
  if standing.chat_at then
    add(standing.chat_at, nil, "the chat was opened, or found")
  end
  if standing.removed_at then
    add(standing.removed_at, nil, "the app was removed by this person")
  end
  for _, each in ipairs(standing.opt_outs) do
    add(each.at, nil, (each.topic == "*" and "opted out of everything"
      or "opted out of " .. each.topic) .. " (" .. each.source .. ")")
  end
end

-- How a dialog ended that did not come to its end: of one that did, an anonymous poll's,
-- nobody knows when.
local function tell_dialog(add, row)
  if row and row.dialog == "failed" then
    add(row.dialog_at, nil, "the dialog failed: " .. row.problem)
  elseif row and row.dialog == "cancelled" then
    add(row.dialog_at, nil, "the dialog was cancelled")
  end
  for _, each in ipairs(row and row.lost or {}) do
    add(each.updated_at, nil, (each.state == "failed" and "a message of the dialog failed"
      or "a message of the dialog may not have arrived") .. because(each))
  end
end

-- Commands that reached this person: not those before the plan, nor those that
-- found them settled for good.
local function tell_events(add, events, rows)
  local spans = {}
  for _, row in ipairs(rows) do
    spans[row.campaign_name] = row
  end
  for _, each in ipairs(events) do
    local row = spans[each.name]
    if row and each.started_at <= row.updated_at then
      local made = event.make(each)
      add(each.started_at, each.name, ("crier %s, by %s on %s"):format(
        event.command(made), made.user or "somebody",
        made.host or "an unnamed host"))
    end
  end
end

--- Tells it.
-- @tparam table found `rows` and `standing` (see `crier.journal.stories`),
--   `events` (see `crier.journal.events`), and `dialog`: the ledger's row of who was talked
--   with
-- @treturn table array of `{ at =, campaign =, what = }`, the first first; `at` in
--   milliseconds since 1970
function story.tell(found)
  local told = {}
  local function add(at, campaign, what)
    told[#told + 1] = { at = at, campaign = campaign, what = what,
      nth = #told }
  end
  tell_events(add, found.events, found.rows)
  for _, row in ipairs(found.rows) do
    tell_row(add, row)
  end
  tell_dialog(add, found.dialog)
  tell_standing(add, found.standing)
  table.sort(told, function(a, b)
    if a.at ~= b.at then
      return a.at < b.at
    end
    return a.nth < b.nth
  end)
  return told
end

return story

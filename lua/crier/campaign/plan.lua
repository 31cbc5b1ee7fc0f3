--- Makes a complete plan before anything is sent: every page of every set is
-- read, put together and counted; only then do targets enter the ledger.
-- @module crier.campaign.plan
local app = require "crier.graph.app"
local canary = require "crier.campaign.canary"
local exclusions = require "crier.campaign.exclusions"
local newcomers = require "crier.audience.newcomers"
local openings = require "crier.campaign.openings"
local reader = require "crier.audience.reader"
local route = require "crier.campaign.route"
local text = require "crier.format.text"

local plan = {}

local PAGE = 500

local EXITS = {
  misconfigured = 77,
  unauthorized = 77,
  refused = 65,
  absent = 65,
}

--- What the run ends with when a call of the plan failed for good.
-- @tparam string message
-- @tparam string code
-- @tparam ?table outcome of the call
-- @treturn table `{ exit =, why =, remedy = }`
function plan.failure(message, code, outcome)
  if code == "URL_REFUSED" then
    return { exit = 78, why = message, remedy = "nothing was sent" }
  elseif code == "AUDIENCE" then
    return { exit = 65, why = message, remedy = "nothing was sent: mend the audience" }
  end
  local exit = outcome and (outcome.code == "CONFIG" and 78
    or EXITS[outcome.kind]) or 69
  local remedy = outcome and outcome.remedy
  if exit == 69 and outcome and outcome.status then
    remedy = nil -- it is the service's affair
  end
  return {
    exit = exit,
    why = message,
    remedy = exit == 69 and "nothing was sent: " .. (remedy or "check the"
      .. " network, HTTPS_PROXY and the service's health, then run it again")
      or remedy,
    code = outcome and outcome.code,
  }
end

--- Finds the Teams app in the catalog. Call inside a task.
-- @tparam crier.client client
-- @treturn[1] table see `crier.graph.app.details`
-- @treturn[2] nil
-- @treturn[2] table `{ exit =, why =, remedy = }`
function plan.find_app(client)
  local found, message, code, outcome = app.details(client)
  if found then
    return found
  elseif code == "APP_UNKNOWN" then
    return nil, { exit = 78, why = message, remedy = "publish the app, or set"
      .. " CRIER_APP_ID to its manifest id or catalog id" }
  end
  return nil, plan.failure(message, code, outcome)
end

--- Reads the audience into the stage. Call inside a task.
-- @tparam table context `definition`, `action`, `stage`, `prepared`, `client`,
--   `progress`, `app`, `tenant`, `now_ms` and, where there are, `journal`,
--   `campaign` (its row) and `schedule`
-- @treturn[1] table `set`, `targeted`, `recipients` (not excluded), `kinds` (of
--   these: `user`, `channel`, `chat`), `excluded` (array of `{ reason =, count = }`),
--   `deltas` (see `crier.audience.newcomers`), `warnings` (lines), `openings` (see
--   `crier.campaign.openings`, where there is a schedule)
-- @treturn[2] nil
-- @treturn[2] table `{ exit =, why =, remedy = }`
function plan.read(context)
  local definition, stage = context.definition, context.stage
  local reading = {
    stage = stage,
    client = context.client,
    prepared = context.prepared,
    select = reader.selected(definition.audience),
    progress = context.progress,
    journal = context.journal,
    tenant = context.tenant,
    campaign = context.campaign and context.campaign.id,
    exclude_default = function(set)
      exclusions.mark_default(stage, set, definition)
    end,
    exclude = function(set)
      exclusions.mark(context, set)
    end,
  }
  local set, message, code, outcome = reader.resolve(definition.audience, reading)
  if not set then
    return nil, plan.failure(message, code, outcome)
  end
  exclusions.mark(context, set)
  local made = { set = set, targeted = stage:size(set), kinds = stage:kinds(set),
    excluded = stage:excluded(set), deltas = reading.deltas }
  made.recipients, made.warnings = made.targeted, stage:warnings()
  for _, row in ipairs(made.excluded) do
    made.recipients = made.recipients - row.count
  end
  if context.schedule then
    made.openings, message = openings.survey(context.schedule, stage, made,
      context.now_ms)
    if not made.openings then
      return nil, plan.failure(message, "AUDIENCE")
    end
  end
  return made
end

-- Why nobody is left, in a few words.
local function reasons_of(made)
  local parts = {}
  for i, row in ipairs(made.excluded) do
    parts[i] = ("%d %s"):format(row.count, row.reason)
  end
  return table.concat(parts, ", ")
end

--- Compares a plan with what its author expected. Of newcomers there may be none.
-- @tparam crier.campaign definition
-- @tparam table made from `plan.read`
-- @treturn ?table `{ exit =, why =, remedy = }` when it must not be sent
function plan.check(definition, made)
  local expect = definition.expect or {}
  if made.recipients == 0 and not definition.allow_empty and not made.deltas[1] then
    return {
      exit = 65,
      why = made.targeted == 0 and "the audience is empty"
        or ("the audience is empty: everybody in it is excluded (%s)")
          :format(reasons_of(made)),
      remedy = "mend the audience, or say allow_empty = true",
    }
  end
  if made.openings and made.recipients > 0 and made.openings.late == made.recipients then
    return { exit = 65, why = "nobody can be sent to before the deadline",
      remedy = "nothing was sent: mend the deadline, or the window" }
  end
  local least, most = expect.min or 0, expect.max or math.huge
  if made.recipients < least or made.recipients > most then
    return {
      exit = 3,
      why = ("%d recipients, where expect says %s"):format(made.recipients,
        made.recipients < least and "at least " .. ("%d"):format(least)
          or "at most " .. ("%d"):format(most)),
      remedy = "nothing was sent: mend the audience, or the expectation",
    }
  end
end

--- Calls a function with the key of each person of a plan who has no conversation in
-- the store. Channels and chats are their own.
-- @tparam ?crier.journal journal nil when there is no store yet
-- @tparam table lane `{ app =, tenant =, host = }`
-- @tparam crier.stage stage
-- @tparam table made from `plan.read`
-- @tparam function visit called with a key
function plan.each_cold(journal, lane, stage, made, visit)
  local after = ""
  repeat
    local keys = stage:keys(made.set, after, PAGE)
    local known = journal and journal.conversations:known(lane, keys) or {}
    for _, key in ipairs(keys) do
      if key:find "^user:" and not known[key] then
        visit(key)
      end
    end
    after = keys[#keys]
  until #keys < PAGE
end

--- How many of a plan's recipients have a conversation: people in the store, and
-- all channels and chats.
-- @tparam ?crier.journal journal
-- @tparam table lane
-- @tparam crier.stage stage
-- @tparam table made
-- @treturn integer
function plan.count_known(journal, lane, stage, made)
  local cold = 0
  plan.each_cold(journal, lane, stage, made, function()
    cold = cold + 1
  end)
  return made.recipients - cold
end

-- A channel or chat is its own conversation: there is nothing to find.
local function add_target(context, one, phase, now_ms)
  local where = context.schedule and context.schedule:place_of(one, now_ms) or {}
  one.zone, one.country = where.zone, where.country
  local kind, id = one.key:match "^(%a+):(.*)$"
  if kind == "channel" or kind == "chat" then
    one.conversation_id, phase = id, "send"
  end
  return context.journal.targets:add(context.campaign.id, "send", one, phase, now_ms)
end

--- Writes a plan into the ledger, in one transaction. Who is there already
-- stays as they are.
-- @tparam table context `journal`, `stage`, `campaign` (row), `lane`,
--   `definition`, `update` (boolean: also leave out who left the audience)
-- @tparam table made from `plan.read`
-- @tparam integer now_ms
-- @treturn boolean true; or nil, message, code
function plan.write(context, made, now_ms)
  local journal, id = context.journal, context.campaign.id
  local action = context.campaign.action
  local phase = route.first(action, context.definition)
  return journal:transaction(function()
    local after = ""
    while true do
      local people = context.stage:people(made.set, after, PAGE)
      if #people == 0 then
        break
      end
      after = people[#people].key
      for _, one in ipairs(people) do
        local ok, message, code = add_target(context, one, phase, now_ms)
        if not ok then
          return nil, message, code
        end
      end
    end
    if context.update then
      local ok, message, code = journal.targets:leave_out(id,
        function(key) return context.stage:has(made.set, key) end, now_ms)
      if not ok then
        return nil, message, code
      end
    end
    if action == "send" then
      local ok, message, code =
        journal.targets:skip_known(id, context.lane, phase, "send")
      if not ok then
        return nil, message, code
      end
    end
    if context.schedule then
      local ok, message, code = openings.spread(journal, id, context.schedule, now_ms)
      if not ok then
        return nil, message, code
      end
    end
    for _, found in ipairs(made.deltas) do
      local ok, message, code = newcomers.keep(journal, context.stage, found,
        context.campaign, now_ms)
      if not ok then
        return nil, message, code
      end
    end
    local ok, message, code = canary.plan(context)
    if not ok then
      return nil, message, code
    end
    return journal.campaigns:set_planned(id)
  end)
end

--- What a plan's recipients are, in words.
-- @tparam table kinds `user`, `channel`, `chat`: how many of each
-- @treturn string
function plan.kinds_text(kinds)
  return ("%s, %s, %s"):format(text.count(kinds.user, "personal chat"),
    text.count(kinds.channel, "channel post"), text.count(kinds.chat, "group chat"))
end

return plan

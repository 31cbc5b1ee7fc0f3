--- Who is left out of a campaign although the audience has them: by what the
-- directory says of them, and by what the store knows.
--
--     disabled, guest, no_teams   unless `include` lifts it
--     suppressed                  in the suppression list
--     opted out (news)            of the campaign's topic
--     had 3 messages in 7 days   see `crier.campaign.fatigue`
--     removed_by_user             took the app off; unless install = "again"
--     not a person                a channel or chat, where an app is upgraded or
--                                 uninstalled
-- @module crier.campaign.exclusions
local fatigue = require "crier.campaign.fatigue"
local person = require "crier.audience.person"

local exclusions = {}

local PAGE = 500

--- Marks who is left out by what the directory says.
-- @tparam crier.stage stage
-- @tparam string set
-- @tparam crier.campaign definition
function exclusions.mark_default(stage, set, definition)
  local include = {}
  for _, reason in ipairs(definition.include or {}) do
    include[reason] = true
  end
  stage:exclude(set, function(flags)
    return person.exclusion(flags, include)
  end)
end

-- Marks those of a listing that comes by pages.
local function mark_pages(stage, set, reason, next_page)
  local page
  repeat
    page = assert(next_page(page and page[#page]))
    stage:together(function()
      for _, row in ipairs(page) do
        stage:exclude_one(set, row.key, reason)
      end
    end)
  until #page < PAGE
end

local function mark_opt_outs(context, set, topic, reason)
  mark_pages(context.stage, set, reason, function(last)
    return context.journal.opt_outs:list(context.tenant,
      { topic = topic, after = last, most = PAGE })
  end)
end

local function mark_removals(context, set)
  mark_pages(context.stage, set, "removed_by_user", function(last)
    return context.journal.removals:list(context, last and last.key or "", PAGE)
  end)
end

-- An audience may be made of several sets: who is tired is found once.
local function mark_tired(context, set)
  local journal, cap = context.journal, fatigue.cap(context.definition, context.client.config)
  if not cap then
    return
  elseif context.is_anybody_tired == nil then
    local since = math.floor(context.client.loop:now()) - cap.within_ms
    local ids = fatigue.others(journal, context.tenant,
      context.campaign and context.campaign.id, since)
    context.is_anybody_tired = #ids >= cap.most
    if context.is_anybody_tired then
      assert(journal.broadcasts:gather(ids, cap.most, since))
    end
  end
  if context.is_anybody_tired then
    mark_pages(context.stage, set, cap.reason, function(last)
      return journal.broadcasts:page(last and last.key or "", PAGE)
    end)
  end
end

--- Marks who is left out, for every reason; who is marked already stays so.
-- @tparam table context `stage`, `definition`, `action`, `client`, and, where there is
--   a store, `journal` with `app` and `tenant`, and `campaign` (row) if it is known
-- @tparam string set
function exclusions.mark(context, set)
  local definition = context.definition
  exclusions.mark_default(context.stage, set, definition)
  if context.action ~= "send" then
    return context.stage:exclude_posts(set, "not a person")
  elseif not context.journal then
    return
  end
  mark_opt_outs(context, set, context.journal.opt_outs.ALL, "suppressed")
  if definition.topic then
    mark_opt_outs(context, set, definition.topic,
      ("opted out (%s)"):format(definition.topic))
  end
  if definition.install ~= "again" then
    mark_removals(context, set)
  end
  mark_tired(context, set)
end

return exclusions

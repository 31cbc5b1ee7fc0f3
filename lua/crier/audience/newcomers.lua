--- Who has joined the directory since a campaign of the same family last asked
-- ("Get incremental changes for users").
--
-- A delta tells who was added and who was changed alike, and everybody after a
-- resynchronisation (410). So the store keeps who was there: newcomers are those
-- whom it does not know. What was read is written down by `newcomers.keep`, in
-- the transaction of the plan.
-- @module crier.audience.newcomers
local listing = require "crier.graph.listing"
local lookup = require "crier.audience.lookup"
local person = require "crier.audience.person"

local newcomers = {}

local PAGE = 500

-- Puts a page into the set: what comes later counts.
local function take(stage, set, gone, page)
  local is_whole = true
  stage:together(function()
    for _, item in ipairs(page) do
      local made = type(item) == "table" and person.from_graph(item)
      local removed = made and item["@removed"]
      if not made then
        is_whole = false
      elseif removed then
        stage:remove(set, made.key)
        if type(removed) == "table" and removed.reason == "deleted" then
          stage:put(gone, made)
        end
      else
        stage:replace(set, made)
      end
    end
  end)
  if not is_whole then
    return false, "the directory listed somebody without an id", "NO_ID"
  end
end

local function read(context, request, set, gone)
  local document, message, code, outcome = listing.read(context.client, request,
    function(page)
      context.progress(#page)
      return take(context.stage, set, gone, page)
    end)
  if not document then
    return nil, message, code, outcome
  elseif type(document["@odata.deltaLink"]) ~= "string" then
    return nil, "the directory's last page has no deltaLink", "NOT_JSON"
  end
  return document["@odata.deltaLink"]
end

-- The link for the next time. One that the service no longer knows, or that leads
-- elsewhere, or asked for other properties, is replaced by a full reading.
local function read_changes(context, before, set, gone)
  local builder = context.client.build.graph
  local request = before and before.selection == context.selection
    and builder:next(before.link, false, "delta")
  if request then
    local link, message, code, outcome = read(context, request, set, gone)
    if link or not (outcome and outcome.kind == "stale") then
      return link, message, code, outcome
    end
    context.stage:clear(set)
    context.stage:clear(gone)
  end
  return read(context, builder:delta { select = context.selection }, set, gone)
end

-- A campaign that is planned anew has its newcomers still.
local function add_own(node, context, deltas, set)
  local stage, after = context.stage, ""
  local source = { entries = stage:new_entries(), set = set, path = "campaign" }
  while after do
    local page = deltas:newcomers(context.tenant, node.key, context.campaign, after, PAGE)
    for _, key in ipairs(page) do
      local id = key:match ":(.*)"
      stage:put_entry(source.entries, { who = id, form = lookup.form(id) })
    end
    after = page[#page]
  end
  return lookup.resolve(source, context)
end

--- Reads who has joined. Must be called inside a task.
-- @tparam table node `key`, `first`
-- @tparam table context see `crier.audience.reader.resolve`; what `keep` needs is
--   added to its `deltas`
-- @treturn[1] string the set, without who is excluded by default
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @treturn[2] ?table the outcome of the call that failed
function newcomers.read(node, context)
  local stage, deltas = context.stage, context.journal and context.journal.deltas
  local before = deltas and deltas:find(context.tenant, node.key)
  local set, gone = stage:new_set(), stage:new_set()
  local link, message, code, outcome = read_changes(context, before, set, gone)
  if link and before and context.campaign then
    local ok
    ok, message, code, outcome = add_own(node, context, deltas, set)
    link = ok and link
  end
  if not link then
    return nil, message, code, outcome
  end
  context.exclude_default(set)
  stage:keep(set, function(row)
    return not before
      or not deltas:is_known(context.tenant, node.key, row.key, context.campaign)
  end)
  stage:drop_excluded(set)
  local is_given = before and true or node.first == "everybody"
  context.deltas[#context.deltas + 1] = { key = node.key, link = link, gone = gone,
    selection = context.selection, joined = stage:copy(set), is_given = is_given }
  if not is_given then
    stage:clear(set)
  end
  return set
end

--- Writes down what was read, so that the next time begins there. Call inside the
-- transaction that writes the plan.
-- @tparam crier.journal journal
-- @tparam crier.stage stage
-- @tparam table found an entry of the context's `deltas`
-- @tparam table campaign the journal's row
-- @tparam integer now_ms
-- @treturn boolean true; or nil, message, code
function newcomers.keep(journal, stage, found, campaign, now_ms)
  local tenant = campaign.tenant
  local ok, message, code = journal.deltas:keep(tenant, found, now_ms)
  stage:each(found.joined, function(row)
    if ok then
      ok, message, code = journal.deltas:add_known(tenant, found.key, row.key,
        found.is_given and campaign.id or nil)
    end
  end)
  stage:each(found.gone, function(row)
    if ok then
      ok, message, code = journal.deltas:forget(tenant, found.key, row.key)
    end
  end)
  return ok and true, message, code
end

return newcomers

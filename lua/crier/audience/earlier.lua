--- Whom an earlier campaign of the store addressed.
-- @module crier.audience.earlier
local lookup = require "crier.audience.lookup"

local earlier = {}

local PAGE = 500

local function refuse(message, ...)
  return nil, message:format(...), "AUDIENCE"
end

local function find(name, context)
  if name == context.name then
    return refuse("crier.previous '%s': it is this campaign itself", name)
  end
  local row = context.journal and context.journal.campaigns:find(name)
  if not row or row.planned == 0 then
    return refuse("crier.previous '%s': there is no such campaign in the store", name)
  elseif context.tenant and row.tenant ~= context.tenant then
    return refuse("crier.previous '%s': that campaign was for tenant %s", name, row.tenant)
  end
  return row
end

-- People are looked up anew; a channel or chat is taken as it was.
local function put(stage, source, row)
  local kind, id = row.key:match "^(%a+):(.*)$"
  if kind == "user" then
    stage:put_entry(source.entries, { who = id, form = lookup.form(id), csv = row.csv })
  elseif kind ~= "row" then
    stage:put(source.set, row)
  end
end

--- Reads the rows of an earlier campaign, without the network. A bad row of its
-- csv file names nobody and is left behind.
-- @tparam table node `name`, `states`, `variant`, `answered`, `clicked`
-- @tparam crier.stage stage
-- @tparam table context `journal`, `tenant`, and `name` of the campaign that is
--   planned, where they are known
-- @treturn[1] table `entries`, `set` and `path` for `crier.audience.lookup`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `AUDIENCE`
function earlier.read(node, stage, context)
  local campaign, message, code = find(node.name, context)
  if not campaign then
    return nil, message, code
  elseif node.answered ~= nil and campaign.talks == 0 then
    return refuse("crier.previous '%s': answered is for a dialog or a poll, and that campaign"
      .. " asked nothing", node.name)
  elseif node.clicked ~= nil and campaign.tracks_clicks == 0 then
    return refuse("crier.previous '%s': that campaign did not count clicks", node.name)
  end
  local source = { entries = stage:new_entries(), set = stage:new_set(),
    path = "campaign " .. node.name }
  local after, count = 0, PAGE
  while count == PAGE do
    local page, problem, kind = context.journal.targets:in_states(campaign.id,
      node, after, PAGE)
    if not page then
      return nil, problem, kind
    end
    count = #page
    stage:together(function()
      for _, row in ipairs(page) do
        after = row.id
        put(stage, source, row)
      end
    end)
  end
  return source
end

return earlier

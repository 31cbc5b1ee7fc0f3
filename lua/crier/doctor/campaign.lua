-- Is the campaign's script sound, and may a run have its name?
local admission = require "crier.campaign.admission"
local audience = require "crier.audience"
local compose = require "crier.campaign.compose"
local config = require "crier.config"
local content = require "crier.campaign.content"
local finding = require "crier.doctor.finding"
local journal = require "crier.journal"
local reader = require "crier.audience.reader"
local schedule = require "crier.campaign.schedule"
local script = require "crier.campaign.script"
local stage = require "crier.audience.stage"

local DATA = 65

-- The store, which earlier campaigns are read from; nil when there is none. That
-- it cannot be used is told elsewhere.
local function open_store()
  local path = journal.path(config.store())
  return path and journal.exists(path) and journal.open(path) or nil
end

-- What the store knows of the name: nil when that is new.
local function recall(store, name)
  local row = store.campaigns:find(name)
  return row and { row = row, files = store.campaigns:bundle(row.id),
    has_begun = store.targets:has_begun(row.id) } or nil
end

-- Files and earlier campaigns are read as a run reads them.
local function check_sources(context, definition, files)
  local own, store, settings = stage.new(), open_store(), context.config or {}
  local ok, message = reader.prepare(definition.audience, own,
    { files = files, journal = store, tenant = settings.tenant,
      name = definition.name })
  own:close()
  if store then
    context.known = recall(store, definition.name)
    store:close()
  end
  return ok, message
end

local function check_campaign(context)
  local files = content.on_disk(context.file)
  local definition, message = script.load(files)
  local ok = definition
  if ok then
    ok, message = compose.new(definition, files)
  end
  if ok then
    ok, message = schedule.new(definition, files)
  end
  if ok then
    ok, message = check_sources(context, definition, files)
  end
  if not ok then
    return finding.wrong(message, nil, DATA)
  end
  context.definition, context.files = definition, files
  local kinds, seen = {}, {}
  audience.each_source(definition.audience, function(source)
    if not seen[source.kind] then
      seen[source.kind] = true
      kinds[#kinds + 1] = source.kind
    end
  end)
  return finding.ok(("%s: %s, install = %s"):format(definition.name,
    table.concat(kinds, ", "), tostring(definition.install)))
end

local WAYS = {
  plan = "its plan was not finished: a run makes it anew",
  ["go on"] = "planned before with this content: a run goes on with it",
}

-- As a run decides it.
local function check_name(context)
  local settings, files, known = context.config, context.files, context.known
  local way, refusal = admission.decide(known.row, {
    app = settings.app,
    tenant = settings.tenant,
    cloud = settings.cloud,
    action = "send",
    digest = files:digest(),
    files = files:list(),
    has_begun = known.has_begun,
  }, known.files)
  if way == "refuse" then
    return finding.wrong(refusal.why, refusal.remedy, refusal.exit)
  elseif way == "show" then
    return finding.warning(("campaign %s is finished, with this content: a run"
      .. " sends nothing"):format(known.row.name), "give what is new another name")
  end
  return finding.ok(WAYS[way])
end

return {
  { key = "campaign", what = "campaign",
    is_due = function(context) return context.file ~= nil end,
    run = check_campaign },
  { key = "campaign name", what = "its name", needs = { "settings", "campaign" },
    is_due = function(context) return context.known ~= nil end,
    run = check_name },
}

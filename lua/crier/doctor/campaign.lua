-- Is the campaign's script sound?
local audience = require "crier.audience"
local compose = require "crier.campaign.compose"
local config = require "crier.config"
local content = require "crier.campaign.content"
local finding = require "crier.doctor.finding"
local journal = require "crier.journal"
local reader = require "crier.audience.reader"
local script = require "crier.campaign.script"
local stage = require "crier.audience.stage"

local DATA = 65

-- The store, which earlier campaigns are read from; nil when there is none. That
-- it cannot be used is told elsewhere.
local function open_store()
  local path = journal.path(config.store())
  return path and journal.exists(path) and journal.open(path) or nil
end

-- Files and earlier campaigns are read as a run reads them.
local function check_sources(definition, files)
  local own, store = stage.new(), open_store()
  local ok, message = reader.prepare(definition.audience, own,
    { files = files, journal = store, name = definition.name })
  own:close()
  if store then
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
    ok, message = check_sources(definition, files)
  end
  if not ok then
    return finding.wrong(message, nil, DATA)
  end
  context.definition = definition
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

return {
  { key = "campaign", what = "campaign",
    is_due = function(context) return context.file ~= nil end,
    run = check_campaign },
}

--- What the door tells of a campaign at length: over time, by reason, who did what; and
-- its message as people get it.
-- @module crier.door.reports
local campaigns = require "crier.door.campaigns"
local cjson = require "cjson.safe"
local echoes = require "crier.report.echoes"
local gather = require "crier.report.gather"
local host = require "crier.preview.host"
local json = require "crier.report.json"
local results = require "crier.report.results"
local time = require "crier.report.time"

local reports = {}

-- The plot's numbers, with the pieces in which nothing was sent.
local function timeline_of(found)
  if not found then
    return nil
  end
  local counts = {}
  for i = 1, found.count do
    counts[i] = 0
  end
  for _, row in ipairs(found.rows) do
    counts[row.bucket + 1] = row.count
  end
  return { from = time.iso(found.from), width_s = found.width / 1000, counts = counts }
end

local function reasons_of(found)
  local rows = {}
  for _, state in ipairs { { "failed", "failures" }, { "unknown", "unknowns" },
    { "excluded", "exclusions" } } do
    for _, row in ipairs(found[state[2]] or {}) do
      rows[#rows + 1] = { state = state[1], reason = row.reason, count = row.count,
        remedy = row.remedy }
    end
  end
  return rows
end

-- What people answered, with the sentences that go with the numbers.
local function results_of(found)
  if found then
    found.heading = found.is_asked and results.heading(found) or nil
    found.echoed = echoes.lines(found.echoes, found.delivered)
  end
  return found
end

local function report(self, call)
  local row, refused = campaigns.row_of(self, call)
  if not row then
    return refused
  end
  return 200, self.memo:get("report " .. row.name, function()
    local found = gather.brief(self.worker.journal, row)
    return json.encode { timeline = timeline_of(found.timeline),
      reasons = reasons_of(found.ledger), events = found.events,
      results = results_of(found.results) }
  end)
end

--- A message as a JSON document: its JSON as it was made, where `[]` stays `[]`.
-- @tparam ?{table,...} each see `crier.report.sample.each`
-- @tparam ?table more fields of the document
-- @treturn string `each`: an array of `activity`, `variant`, `language`, `label`;
--   `hosts`: the renderer's settings by theme
function reports.message(each, more)
  local parts = {}
  for i, one in ipairs(each or {}) do
    parts[i] = ('{"activity":%s,'):format(one.activity) .. json.encode { label = one.label
      or "", variant = one.variant, language = one.language }:sub(2)
  end
  local document = json.encode(more or {})
  return ('{"each":[%s],"hosts":%s%s'):format(table.concat(parts, ","),
    cjson.encode(host.configs), #document > 2 and "," .. document:sub(2) or "}")
end

local function message(self, call)
  local row, refused = campaigns.row_of(self, call)
  if not row then
    return refused
  end
  return 200, self.memo:get("message " .. row.name, function()
    local found = gather.message(self.worker.journal, row) or {}
    return reports.message(found.each, { name = found.name, problem = found.problem })
  end)
end

--- Adds the routes.
-- @tparam table self `door`, `worker`, `memo`
function reports.add(self)
  local function on(path, answer)
    self.door:on("GET", path, nil, function(call) return answer(self, call) end)
  end
  on("/campaigns/{name}/report", report)
  on("/campaigns/{name}/message", message)
end

return reports

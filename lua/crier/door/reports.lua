--- What the door tells of a campaign at length: over time, by reason, who did what; and
-- its message as people get it.
-- @module crier.door.reports
local campaigns = require "crier.door.campaigns"
local cjson = require "cjson.safe"
local echoes = require "crier.report.echoes"
local gather = require "crier.report.gather"
local host = require "crier.preview.host"
local json = require "crier.format.json"
local plot = require "crier.report.plot"
local results = require "crier.report.results"
local time = require "crier.format.time"

local reports = {}

-- The plot's numbers, with the pieces in which nothing was sent.
local function timeline_of(seconds)
  local first, last
  for second in pairs(seconds) do
    first, last = math.min(first or second, second), math.max(last or second, second)
  end
  if not first then
    return nil
  end
  local from, width, count = plot.pieces(first * 1000, last * 1000)
  local counts = {}
  for i = 1, count do
    counts[i] = 0
  end
  for second, sent in pairs(seconds) do
    local i = math.floor((second * 1000 - from) / width) + 1
    counts[i] = counts[i] + sent
  end
  return { from = time.iso(from), width_s = width / 1000, counts = counts }
end

-- Others have their turn between one part of the rows and the next.
local function read_timeline(self, row)
  local seconds, after = {}, 0
  while after do
    local rows, rest = self.worker.journal.history:seconds(row.id, after)
    for _, one in ipairs(assert(rows, rest)) do
      seconds[one.second] = (seconds[one.second] or 0) + one.count
    end
    after = rest
    self.worker.loop:sleep(0)
  end
  return timeline_of(seconds)
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

local function make_report(self, row)
  local journal = self.worker.journal
  local standing = campaigns.standing(self, row)
  gather.with_hints(standing.exclusions)
  return json.encode { timeline = read_timeline(self, row), reasons = reasons_of(standing),
    events = gather.events(journal, row), results = results_of(results.read(journal, row)) }
end

local function report(self, call)
  local row, refused = campaigns.row_of(self, call)
  if not row then
    return refused
  end
  self.door:later(call, function()
    return 200, self.memo:get(("report %s %s"):format(row.state, row.name), function()
      return make_report(self, row)
    end)
  end)
end

--- A message as a JSON document: its JSON as it was made, where `[]` stays `[]`.
-- @tparam ?{table,...} each see `crier.report.sample.each`
-- @tparam ?table more fields of the document
-- @treturn string `each`: an array of `activity`, `variant`, `language`, `label`, `own`;
--   `hosts`: the renderer's settings by theme
function reports.message(each, more)
  local parts = {}
  for i, one in ipairs(each or {}) do
    parts[i] = ('{"activity":%s,'):format(one.activity) .. json.encode { label = one.label
      or "", variant = one.variant, language = one.language, own = one.is_own }:sub(2)
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

local function own_message(self, call)
  local found, row = campaigns.account_of(self, call)
  if not found then
    return row
  end
  local made = gather.own_message(self.worker.journal, row, found.row) or {}
  return 200, reports.message(made.each, { problem = made.problem })
end

--- Adds the routes.
-- @tparam table self `door`, `worker`, `memo`
function reports.add(self)
  campaigns.on(self, "GET", "/campaigns/{name}/report", nil, report)
  campaigns.on(self, "GET", "/campaigns/{name}/message", nil, message)
  campaigns.on(self, "GET", "/campaigns/{name}/people/{who}/message", nil, own_message)
end

return reports

--- Plans that are made through the door: what a script would do, found out without
-- doing it; then a test of it, and its start.
-- @module crier.door.plans
local campaigns = require "crier.door.campaigns"
local content = require "crier.campaign.content"
local core = require "crier.core"
local door = require "crier.door"
local face = require "crier.worker.face"
local forecast = require "crier.campaign.forecast"
local json = require "crier.format.json"
local plan = require "crier.report.plan"
local reports = require "crier.door.reports"
local sample = require "crier.report.sample"
local script = require "crier.campaign.script"
local time = require "crier.format.time"
local trial = require "crier.campaign.trial"

local plans = {}

local MOST = 50 -- kept at a time; the oldest gives way

-- A script is named by its file, which lies in the folder that the server was given.
local function path_of(self, name)
  if type(name) ~= "string" or not name:find "^[%w_][%w_.-]*%.lua$" then
    return nil
  end
  local path = self.folder .. "/" .. name
  return core.fs.is_regular(path) and path or nil
end

local function no_script(name)
  return door.refusal(404, ("there is no script %s in the server's folder"):format(
    tostring(name)), nil, "UNKNOWN")
end

local function scripts(self)
  local found = {}
  for _, name in ipairs(core.fs.list(self.folder) or {}) do
    if path_of(self, name) then
      found[#found + 1] = { path = name }
    end
  end
  table.sort(found, function(a, b) return a.path < b.path end)
  return 200, json.encode { scripts = found }
end

-- The message, in all variants and languages, as somebody who does not exist would get
-- it.
local function sample_of(path)
  local files = content.on_disk(path)
  local definition = script.load(files)
  local row = definition and sample.person(definition, files)
  return row and sample.each(definition, files, row, { is_lenient = true })
end

-- Finds out, inside a task.
local function make(self, one)
  local work = forecast.new { path = one.path, host = self.worker, getenv = self.worker.getenv,
    face = face.new(one), skips_links = false, deed = one.deed }
  local ok, found = pcall(work.go, work)
  work:close()
  if not ok then
    one.state, one.why = "failed", tostring(found)
    return
  end
  one.found = found
  one.state = found.name and found.audience and "done" or "failed"
  one.why, one.remedy = found.why, found.remedy
  one.sample = one.state == "done" and sample_of(one.path) or nil
end

local function keep(self, one)
  self.count = (self.count or 0) + 1
  self.plans[one.id], self.order[#self.order + 1] = one, one.id
  if #self.order > MOST then
    self.plans[table.remove(self.order, 1)] = nil
  end
end

local function begin(self, call)
  local path = path_of(self, call.body.script)
  if not path then
    return no_script(call.body.script)
  end
  local one = { id = core.text.random_hex(8), script = call.body.script, path = path,
    state = "reading", read = 0, who = call.who.name, at = math.floor(self.worker.loop:now()),
    deed = campaigns.deed(self, call, "plan", call.body.script) }
  keep(self, one)
  self.worker.loop:spawn(make, self, one)
  return 202, json.encode { id = one.id }
end

local function find(self, id)
  local one = type(id) == "string" and self.plans[id]
  if not one then
    return nil, door.refusal(404, "this plan is not known any more", "plan it again", "UNKNOWN")
  end
  return one
end

-- A plan in a few words.
local function summary(one)
  return { id = one.id, script = one.script, state = one.state, read = one.read,
    why = one.why, remedy = one.remedy, campaign = one.campaign, who = one.who,
    at = time.iso(one.at), name = one.found and one.found.name,
    recipients = one.state == "done" and one.found.audience.recipients or nil }
end

-- The newest first.
local function list(self)
  local found = {}
  for i = #self.order, 1, -1 do
    found[#found + 1] = summary(self.plans[self.order[i]])
  end
  return 200, json.encode { plans = found }
end

local function show(self, call)
  local one, refused = find(self, call.named.id)
  if not one then
    return refused
  end
  local body = json.encode(summary(one))
  if one.found then
    body = ('%s,"plan":%s,"message":%s}'):format(body:sub(1, -2), plan.json(one.found),
      reports.message(one.sample))
  end
  return 200, body
end

-- The plan that a start or a test is about.
local function done(self, call)
  local one, refused = find(self, call.body.plan)
  if not one then
    return nil, refused
  elseif one.state ~= "done" then
    return nil, door.refusal(409, "this plan is not complete", one.why, "REFUSED")
  end
  return one
end

local function start(self, call)
  local one, refused = done(self, call)
  if not one then
    return refused
  elseif call.body.digest ~= one.found.digest then
    return door.refusal(409, "digest is not the plan's", "start what was planned", "DIGEST")
  end
  local status, document = campaigns.start(self, one.found.name, { path = one.path,
    content_digest = one.found.content_digest, planned = one.deed,
    deed = campaigns.deed(self, call, "run", one.script) })
  if status == 202 then
    one.campaign = one.found.name
  end
  return status, document
end

local function people(to)
  if type(to) ~= "table" or #to == 0 or #to > trial.MOST then
    return nil
  end
  for _, who in ipairs(to) do
    if type(who) ~= "string" or who == "" then
      return nil
    end
  end
  return to
end

local function test(self, call)
  local one, refused = done(self, call)
  local to = people(call.body.to)
  if not one then
    return refused
  elseif not to then
    return door.refusal(400, ("to is a list of 1 to %d people"):format(trial.MOST), nil,
      "MALFORMED")
  end
  return campaigns.start(self, trial.next_name(self.worker.journal, one.found.name), {
    path = one.path, test = { to = to }, deed = campaigns.deed(self, call, "test", one.script) })
end

--- Adds the routes.
-- @tparam table self `door`, `worker`, `memo`, `deed`, and `folder` with the scripts
function plans.add(self)
  self.plans, self.order = {}, {}
  local function on(...)
    campaigns.on(self, ...)
  end
  on("GET", "/scripts", nil, scripts)
  on("GET", "/plans", nil, list)
  on("POST", "/plans", "plan", begin)
  on("GET", "/plans/{id}", nil, show)
  on("POST", "/campaigns", "start", start)
  on("POST", "/tests", "test", test)
end

return plans

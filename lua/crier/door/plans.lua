--- Plans that are made through the door: what a script would do, found out without
-- doing it; then a test of it, and its start. The journal keeps what was found out.
-- @module crier.door.plans
local campaigns = require "crier.door.campaigns"
local content = require "crier.campaign.content"
local core = require "crier.core"
local door = require "crier.door"
local face = require "crier.worker.face"
local forecast = require "crier.campaign.forecast"
local foreign = require "crier.foreign"
local gather = require "crier.report.gather"
local json = require "crier.format.json"
local plan = require "crier.report.plan"
local reports = require "crier.door.reports"
local sample = require "crier.report.sample"
local script = require "crier.campaign.script"
local time = require "crier.format.time"
local trial = require "crier.campaign.trial"

local plans = {}

local MOST = 8 -- that are made at a time

-- A script is named by its file, which lies in the folder that the server was given.
local function path_of(self, name)
  if type(name) ~= "string" or not name:find "^[%w_][%w_.-]*%.lua$" then
    return nil
  end
  local path = self.folder .. "/" .. name
  return core.fs.is_regular(path) and path or nil
end

local function no_script(name)
  return door.refusal(404, ("there is no script %s in the server's folder"):format(name),
    nil, "UNKNOWN")
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

-- What was found out, into the columns of the journal.
local function take(one, found)
  local audience, campaign = found.audience, found.campaign
  one.state = found.name and audience and "done" or "failed"
  one.name, one.why, one.remedy = found.name, found.why, found.remedy
  one.digest, one.content_digest = found.digest, found.content_digest
  if audience then
    one.recipients = audience.recipients
    gather.with_hints(audience.excluded)
  elseif not one.why then -- what has come to its end stays there
    one.why = ("campaign %s is %s: it sends nothing any more"):format(found.name, campaign.state)
    one.remedy = "to send it again, give it another name; tests of it can be sent"
  end
  one.plan = plan.json(found)
  one.message = found.name and reports.message(sample_of(one.path)) or nil
end

-- Finds out, inside a task. What came of it is in the journal then.
local function make(self, one)
  one.work = forecast.new { path = one.path, host = self.worker, getenv = self.worker.getenv,
    face = face.new(one), skips_links = false, deed = one.deed }
  local ok, problem = pcall(function() take(one, one.work:go()) end)
  one.work:close()
  if not ok then
    one.state, one.why = "failed", foreign.text(problem)
  end
  self.count = self.count - 1
  ok, problem = self.worker.journal.plans:keep(one)
  if ok then
    self.reading[one.id] = nil
  else
    one.state, one.why, one.plan, one.message = "failed", problem, nil, nil
  end
end

-- What no journal took is told of until another plan begins.
local function forget_lost(self)
  for id, one in pairs(self.reading) do
    self.reading[id] = one.state == "reading" and one or nil
  end
end

local function begin(self, call)
  local path = path_of(self, call.body.script)
  if type(call.body.script) ~= "string" then
    return door.refusal(400, "script is the name of a file", nil, "MALFORMED")
  elseif not path then
    return no_script(call.body.script)
  elseif self.count >= MOST then
    return door.refusal(429, ("%d plans are being made"):format(self.count),
      "wait until one of them is complete", "TOO_MANY", { ["Retry-After"] = "5" })
  end
  local one = { id = core.text.random_hex(8), script = call.body.script, path = path,
    state = "reading", read = 0, who = call.who.name, at = math.floor(self.worker.loop:now()),
    deed = campaigns.deed(self, call, "plan", call.body.script) }
  forget_lost(self)
  self.reading[one.id], self.count = one, self.count + 1
  self.worker.loop:spawn(make, self, one)
  return 202, json.encode { id = one.id }
end

local function find(self, id)
  local one = type(id) == "string" and (self.reading[id] or self.worker.journal.plans:find(id))
  if not one then
    return nil, door.refusal(404, "this plan is not known any more", "plan it again", "UNKNOWN")
  end
  return one
end

-- A plan in a few words.
local function summary(one)
  return { id = one.id, script = one.script, state = one.state, read = one.read,
    doing = one.state == "reading" and one.work and one.work:doing() or nil,
    why = one.why, remedy = one.remedy, campaign = one.campaign, who = one.who,
    at = time.iso(one.at), name = one.name, recipients = one.recipients }
end

-- The newest first.
local function list(self)
  local rows = self.worker.journal.plans:list()
  for _, one in pairs(self.reading) do
    rows[#rows + 1] = one
  end
  table.sort(rows, function(a, b)
    return a.at > b.at or a.at == b.at and a.id < b.id
  end)
  for i, one in ipairs(rows) do
    rows[i] = summary(one)
  end
  return 200, json.encode { plans = rows }
end

local function show(self, call)
  local one, refused = find(self, call.named.id)
  if not one then
    return refused
  end
  local body = json.encode(summary(one))
  if one.plan then
    body = ('%s,"plan":%s,"message":%s}'):format(body:sub(1, -2), one.plan,
      one.message or "null")
  end
  return 200, body
end

-- The plan that a start or a test is about, with the path of its script.
local function meant(self, call)
  local one, refused = find(self, call.body.plan)
  local path = one and path_of(self, one.script)
  if not one then
    return nil, refused
  elseif not path then
    return nil, no_script(one.script)
  end
  return one, path
end

local function start(self, call)
  local one, path = meant(self, call)
  if not one then
    return path
  elseif one.state ~= "done" then
    return door.refusal(409, "this plan is not complete", one.why, "REFUSED")
  elseif call.body.digest ~= one.digest then
    return door.refusal(409, "digest is not the plan's", "start what was planned", "DIGEST")
  end
  local planned = campaigns.deed(self, call, "plan", one.script)
  planned.user = one.who
  self.door:later(call, function()
    local status, document = campaigns.start(self, one.name, { path = path,
      content_digest = one.content_digest, planned = planned,
      deed = campaigns.deed(self, call, "run", one.script) })
    if status == 202 then
      self.worker.journal.plans:started(one.id, one.name)
    end
    return status, document
  end)
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

-- It takes no more than a script that is in order: a campaign that is over can be tried
-- as well.
local function test(self, call)
  local one, path = meant(self, call)
  local to = people(call.body.to)
  if not one then
    return path
  elseif not one.name then
    return door.refusal(409, "this plan is not complete", one.why, "REFUSED")
  elseif not to then
    return door.refusal(400, ("to is a list of 1 to %d people"):format(trial.MOST), nil,
      "MALFORMED")
  end
  self.door:later(call, function()
    return campaigns.start(self, trial.next_name(self.worker.journal, one.name), { path = path,
      test = { to = to }, deed = campaigns.deed(self, call, "test", one.script) })
  end)
end

--- Adds the routes.
-- @tparam table self `door`, `worker`, `memo`, `deed`, and `folder` with the scripts
function plans.add(self)
  self.reading, self.count = {}, 0
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

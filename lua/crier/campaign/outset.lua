--- Where and how a campaign would set out: what settings, store, cloud and token say
-- of it before anybody is sent to.
-- @module crier.campaign.outset
local canary = require "crier.campaign.canary"
local claims = require "crier.graph.claims"
local cloud = require "crier.campaign.cloud"
local needs = require "crier.campaign.needs"
local permissions = require "crier.graph.permissions"
local plan_digest = require "crier.campaign.plan_digest"
local policies = require "crier.campaign.policies"
local time = require "crier.format.time"

local outset = {}

local SERVICE = 77

-- What a run would do with the name.
local WAYS = {
  plan = "new",
  ["go on"] = "goes on",
  update = "update",
}

--- The lane of a forecast, for conversations.
-- @tparam crier.forecast self
-- @treturn table `app`, `tenant`, `host`
function outset.lane(self)
  return { app = self.config.app, tenant = self.config.tenant,
    host = self.config.info.connector }
end

local function store_of(self)
  local store = { path = self.store, is_new = self.is_new_store }
  if self.lane then
    local is_held, holder = self.journal.lanes:is_held(self.lane.id)
    store.held_by = is_held and holder ~= "" and holder or nil
  end
  return store
end

local function limits_of(self)
  return cloud.limits(self.config.cloud, self.definition)
end

local function known_of(self)
  local row = self.campaign
  if not row then
    return { way = "new" }
  end
  local counts = row.planned == 1 and self.journal.targets:counts(row.id) or nil
  return { way = WAYS[self.way] or row.state, state = row.state, why = row.why,
    counts = counts }
end

--- Fills in what needs no network: whom it is for, where, how.
-- @tparam crier.forecast self after its preparation
function outset.describe(self)
  local found, settings = self.found, self.config
  found.name, found.action = self.definition.name, self.action
  found.tenant, found.cloud = settings.tenant, settings.cloud
  found.app = { client_id = settings.client_id, bot = settings.bot_client_id,
    id = settings.app_id }
  found.store, found.campaign = store_of(self), known_of(self)
  found.digest, found.content_digest = plan_digest.of(self.planned), self.planned.digest
  found.policies = policies.list(self.definition)
  found.expect = self.definition.expect
  found.installs_app = self.definition.install ~= false
  local limits = limits_of(self)
  found.cloud_limits = limits and limits.why or nil
  if found.store.held_by then
    table.insert(found.warnings, ("%s sends for this app and tenant just now: a run"
      .. " would have to wait for it"):format(found.store.held_by))
  end
end

--- Fills in what the catalog says of the app.
-- @tparam crier.forecast self with `app`, if it was found
function outset.name_app(self)
  local app, found = self.app or {}, self.found.app
  found.id, found.manifest_id = app.id or found.id, app.manifest_id
  found.name, found.version = app.name, app.version
end

--- What this cloud refuses the campaign, if anything.
-- @tparam crier.forecast self
-- @treturn ?table `{ exit =, why =, remedy = }`
function outset.refusal(self)
  local limits = limits_of(self)
  return limits and limits.exit and limits or nil
end

--- When it would begin and end.
-- @tparam crier.forecast self
-- @tparam crier.timetable timetable with its recipients
-- @tparam number seconds at the allowed rates
-- @treturn table `seconds`, `elapsed` (from begin to end), `zone` (the campaign's),
--   `starts_at`, `ends_at` (nil when nobody would be in time), the same as
--   `starts_local` and `ends_local`, `too_late`
--   (how many), `is_missed` (what the script says of that), `is_unlimited`
function outset.time(self, timetable, seconds)
  local schedule, first = timetable.schedule, self.definition.canary
  local hold = first and self.way == "plan" and { ms = canary.hold_ms(first),
    people = canary.size(first, self.asked.recipients) } or nil
  local told = timetable:reckon(seconds, hold)
  local starts_ms, ends_ms = told.starts_ms, told.ends_ms and math.floor(told.ends_ms)
  return { seconds = seconds, zone = schedule.zone,
    elapsed = ends_ms and (ends_ms - starts_ms) / 1000 or nil, too_late = told.too_late,
    starts_at = time.iso(starts_ms), starts_local = starts_ms and schedule:text(starts_ms),
    ends_at = time.iso(ends_ms), ends_local = ends_ms and schedule:text(ends_ms),
    is_missed = self.way == "plan" and schedule.at_ms ~= nil and schedule.at_ms < timetable.now_ms
      and schedule.missed or nil,
    is_unlimited = self.config.limits == "off" }
end

--- The permissions that it needs, and those that the token has.
-- @tparam crier.forecast self
-- @treturn table `needed` (the least of each), `granted`, `missing` and `broad`; the
--   last three are nil when the token does not tell
function outset.permissions(self)
  local operations, found, seen = needs.operations(self.definition,
    self.config.app_id ~= nil), { needed = {} }, {}
  for _, operation in ipairs(operations) do
    local least = permissions.of[operation].least
    if not seen[least] then
      seen[least] = true
      table.insert(found.needed, least)
    end
  end
  local token = self.client.reached and self.client.tokens.graph:text() or nil
  local roles = claims.roles(token)
  if roles then
    found.granted, found.missing = needs.sort_out(operations, roles)
    found.broad = needs.broad(roles)
  end
  return found
end

--- What lacks for a run, by the token's permissions.
-- @tparam crier.forecast self with `found.permissions`
-- @treturn ?table `{ exit =, why =, remedy = }`
function outset.missing_permission(self)
  local missing = self.found.permissions.missing or {}
  if #missing == 0 then
    return nil
  end
  local names = table.concat(missing, ", ")
  return { exit = SERVICE, why = "permissions missing: " .. names,
    remedy = ("crier doctor FILE   tells how to get %s"):format(#missing == 1 and "it"
      or "them") }
end

return outset

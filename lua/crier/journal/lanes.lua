--- Lanes: who may send for an (app, tenant) just now.
--
-- A kernel lock on a file beside the store, which death releases at once, and
-- a fencing number that rises with each holder.
-- @module crier.journal.lanes
local core = require "crier.core"

local lanes = {}

local lanes_methods = {}
local lanes_mt = { __name = "crier.lanes", __index = lanes_methods }

--- Used by `crier.journal` alone.
function lanes.new(journal)
  return setmetatable(
    { journal = journal, db = journal.db, locks = {}, flags = {} },
    lanes_mt
  )
end

local function lock_path(self, lane)
  return ("%s-lane%d.lock"):format(self.journal.path, lane)
end

local function find(self, app, tenant)
  return self.db:row("SELECT id, fence, service_url, paused_until FROM lane"
    .. " WHERE app = ? AND tenant = ?", app, tenant)
end

local function signed(said)
  return ("%sprocess %d on %s"):format(said or "", core.fs.pid(), core.fs.hostname())
end

-- Somebody who only looks (`is_held`) has the lock for a moment and writes
-- nothing: a holder without a name is asked again, a bounded number of times.
local function take(path, said)
  local who = signed(said)
  local lock, holder, code
  for _ = 1, 10000 do
    lock, holder, code = core.lock.acquire(path, who)
    if lock or code ~= "HELD" or holder ~= "" then
      break
    end
  end
  return lock, holder, code
end

--- The lane of an app and a tenant, made when there is none, and not taken.
-- @tparam string app the bot's client id
-- @tparam string tenant
-- @treturn table as of `acquire`; or nil, message, code
function lanes_methods:ensure(app, tenant)
  local lane = find(self, app, tenant)
  if lane then -- nothing to write, which somebody else's commit could delay
    return lane
  end
  local ok, message = self.db:exec("INSERT INTO lane (app, tenant)"
    .. " VALUES (?, ?) ON CONFLICT DO NOTHING", app, tenant)
  if not ok then
    return nil, message, "STORE"
  end
  return find(self, app, tenant)
end

--- Takes a lane.
-- @tparam string app the bot's client id
-- @tparam string tenant
-- @treturn[1] table `{ id =, fence =, service_url =, paused_until = }`
-- @treturn[2] nil
-- @treturn[2] string message, which names the holder
-- @treturn[2] string code `HELD` or `STORE`
-- @treturn[2] ?string who holds it
function lanes_methods:acquire(app, tenant)
  local lane, wrong, kind = self:ensure(app, tenant)
  if not lane then
    return nil, wrong, kind
  end
  local ok, message, code, holder = self:retake(lane)
  if not ok then
    return nil, message, code, holder
  end
  return lane
end

--- Notes until when a service asks a lane's calls to pause, for who has it next.
-- @tparam table lane from `acquire`
-- @tparam integer until_ms milliseconds since 1970
function lanes_methods:pause(lane, until_ms)
  return self.db:exec("UPDATE lane SET paused_until = ? WHERE id = ?",
    math.floor(until_ms), lane.id)
end

--- Whether this process holds a lane.
-- @tparam table lane from `acquire` or `ensure`
-- @treturn boolean
function lanes_methods:holds(lane)
  return self.locks[lane.id] ~= nil
end

--- Changes what others are told of the holder, before its process.
-- @tparam table lane that is held
-- @tparam string said
function lanes_methods:say(lane, said)
  return self.locks[lane.id]:say(signed(said))
end

--- Lets a lane go, for a while; see `retake`.
-- @tparam table lane from `acquire`
function lanes_methods:release(lane)
  local lock = self.locks[lane.id]
  self.locks[lane.id] = nil
  if lock then
    lock:release()
  end
end

--- Takes a lane again that was let go.
-- @tparam table lane from `acquire` or `ensure`; its `fence` and `service_url` become the present
--   ones
-- @tparam ?string said what others are told of the holder, before its process
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message, which names the holder
-- @treturn[2] string code `HELD` or `STORE`
-- @treturn[2] ?string who holds it
function lanes_methods:retake(lane, said)
  local lock, holder, code = take(lock_path(self, lane.id), said)
  if not lock and code == "HELD" then
    return nil, ("store %s is in use for this app and tenant by %s: wait for"
      .. " it, or stop it"):format(self.journal.path, holder), "HELD", holder
  elseif not lock then
    return nil, holder, "STORE"
  end
  local ok, message = self.db:exec(
    "UPDATE lane SET fence = fence + 1 WHERE id = ?", lane.id)
  if not ok then
    lock:release()
    return nil, message, "STORE"
  end
  self.locks[lane.id] = lock
  local row = self.db:row("SELECT fence, service_url, paused_until FROM lane"
    .. " WHERE id = ?", lane.id)
  lane.fence, lane.service_url = row.fence, row.service_url
  lane.paused_until = row.paused_until
  return true
end

-- A lock that says something while its holder lives, and nothing after its death.
local function raise_flag(self, path, said)
  if self.flags[path] then
    return true
  end
  local lock, holder = take(path, said)
  self.flags[path] = lock
  return lock and true, holder
end

local function lower_flag(self, path)
  local lock = self.flags[path]
  self.flags[path] = nil
  if lock then
    lock:release()
  end
end

-- What another process's flag says, or nil.
local function read_flag(self, path)
  if self.flags[path] or not core.fs.exists(path) then
    return nil
  end
  local lock, holder, code = core.lock.acquire(path, "")
  if lock then
    lock:release()
  end
  return code == "HELD" and holder ~= "" and holder or nil
end

local function urgent_path(self, lane)
  return ("%s-lane%d-urgent.lock"):format(self.journal.path, lane)
end

local function queue_path(self, campaign)
  return ("%s-campaign%d.lock"):format(self.journal.path, campaign)
end

--- Asks for a lane on behalf of an urgent campaign: whoever else holds it lets it
-- go. It holds until `unask`, or until this process ends.
-- @tparam integer lane id
-- @tparam string campaign name
-- @treturn ?boolean true; nil while somebody else asks
-- @treturn ?string who asks
function lanes_methods:ask(lane, campaign)
  return raise_flag(self, urgent_path(self, lane), "campaign " .. campaign .. ", ")
end

--- Asks no more. Safe to repeat.
-- @tparam integer lane id
function lanes_methods:unask(lane)
  lower_flag(self, urgent_path(self, lane))
end

--- Who asks for a lane.
-- @tparam integer lane id
-- @treturn ?string nil when nobody else does
function lanes_methods:asked_by(lane)
  return read_flag(self, urgent_path(self, lane))
end

--- Notes that this process lives and waits to go on with a campaign, without the
-- lane.
-- @tparam integer campaign id
-- @treturn ?boolean true; nil when another process does
-- @treturn ?string who
function lanes_methods:queue(campaign)
  return raise_flag(self, queue_path(self, campaign), "")
end

--- Ends `queue`. Safe to repeat.
-- @tparam integer campaign id
function lanes_methods:leave_queue(campaign)
  local path = queue_path(self, campaign)
  if self.flags[path] then
    os.remove(path)
  end
  lower_flag(self, path)
end

--- Who waits to go on with a campaign, without the lane.
-- @tparam integer campaign id
-- @treturn ?string nil when no process does
function lanes_methods:queued_by(campaign)
  local path = queue_path(self, campaign)
  return self.flags[path] and signed() or read_flag(self, path)
end

--- Lets everything go.
function lanes_methods:close()
  for _, list in ipairs { self.locks, self.flags } do
    for key, lock in pairs(list) do
      lock:release()
      list[key] = nil
    end
  end
end

--- The tenants for which anything was planned.
-- @treturn {string,...}
function lanes_methods:tenants()
  local tenants = {}
  for _, row in ipairs(self.db:rows "SELECT DISTINCT tenant FROM lane ORDER BY 1") do
    tenants[#tenants + 1] = row.tenant
  end
  return tenants
end

--- Notes the service URL that a lane's tenant turned out to need.
-- @tparam table lane from `acquire`; changed as well
-- @tparam string service_url
-- @treturn boolean true; or nil, message, code
function lanes_methods:move(lane, service_url)
  lane.service_url = service_url
  local ok, message, code = self.db:exec(
    "UPDATE lane SET service_url = ? WHERE id = ?", service_url, lane.id)
  return ok and true, message, code
end

--- When the last call of a lane's campaigns was written down.
-- @tparam table lane from `acquire`
-- @treturn ?integer milliseconds since 1970; nil when there was none
function lanes_methods:last_call(lane)
  local row = self.db:row(
    "SELECT max(called_at) AS at FROM campaign WHERE lane = ?", lane.id)
  return row and row.at or nil
end

--- The lane of an app and a tenant.
-- @tparam string app the bot's client id
-- @tparam string tenant
-- @treturn ?table as of `acquire`; nil when there was no run
function lanes_methods:find(app, tenant)
  return find(self, app, tenant) or nil
end

--- Whether somebody holds a lane just now.
-- @tparam integer lane id
-- @treturn boolean
-- @treturn ?string who, when it is another process; empty when that only looks
function lanes_methods:is_held(lane)
  if self.locks[lane] then
    return true
  end
  local path = lock_path(self, lane)
  if not core.fs.exists(path) then
    return false
  end
  local lock, holder, code = core.lock.acquire(path, "")
  if lock then
    lock:release()
  end
  return code == "HELD", code == "HELD" and holder or nil
end

--- Whether this process is still the lane's newest holder.
-- @tparam table lane from `acquire`
-- @treturn boolean
function lanes_methods:is_ours(lane)
  local row = self.db:row("SELECT fence FROM lane WHERE id = ?", lane.id)
  return row and row.fence == lane.fence or false
end

return lanes

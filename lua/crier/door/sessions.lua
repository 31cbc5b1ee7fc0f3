--- Who has signed in on the page: sessions, in memory alone. A restart ends them all.
-- @module crier.door.sessions
local core = require "crier.core"

local sessions = {}

local sessions_methods = {}
local sessions_mt = { __name = "crier.door.sessions", __index = sessions_methods }

local MOST = 1000

--- How long a session lasts.
sessions.LONGEST_MS = 12 * 3600 * 1000

--- Creates an empty set.
-- @tparam function now milliseconds since 1970
-- @treturn crier.door.sessions
function sessions.new(now)
  return setmetatable({ now = now, secret = core.text.random_hex(32), by_id = {}, count = 0 },
    sessions_mt)
end

local function drop(self, id)
  if self.by_id[id] then
    self.by_id[id], self.count = nil, self.count - 1
  end
end

-- The one that ends first.
local function oldest(self)
  local found
  for id, session in pairs(self.by_id) do
    if not found or session.ends_at < self.by_id[found].ends_at then
      found = id
    end
  end
  return found
end

--- Begins a session; when there are too many, the oldest ends.
-- @tparam string digest of the key that was shown; a key that is taken away ends it
-- @treturn string its id, for the cookie
function sessions_methods:begin(digest)
  if self.count >= MOST then
    drop(self, oldest(self))
  end
  local id = core.text.random_hex(32)
  self.by_id[id] = { digest = digest, ends_at = self.now() + sessions.LONGEST_MS }
  self.count = self.count + 1
  return id
end

--- The key of a session.
-- @tparam string id
-- @treturn ?string digest
function sessions_methods:find(id)
  local session = self.by_id[id]
  if session and session.ends_at <= self.now() then
    drop(self, id)
    return nil
  end
  return session and session.digest
end

--- Ends a session. Safe to repeat.
-- @tparam string id
function sessions_methods:stop(id)
  drop(self, id)
end

--- What a change must carry, so that another site's page cannot make it.
-- @tparam string whose id of a session, or a user that a proxy has signed in
-- @treturn string
function sessions_methods:csrf(whose)
  return core.text.sha256(self.secret .. "\0" .. whose)
end

return sessions

--- Who has the app, as far as the bot was told: people, and group chats.
--
-- Events come in any order: one that is older than what is known changes nothing.
-- @module crier.journal.contacts
local contacts = {}

local contacts_methods = {}
local contacts_mt = { __name = "crier.contacts", __index = contacts_methods }

--- Used by `crier.journal` alone.
function contacts.new(journal)
  return setmetatable({ db = journal.db }, contacts_mt)
end

--- Looks a contact up.
-- @tparam table lane `{ app =, tenant = }`
-- @tparam string key of the target, such as `user:<id>`
-- @treturn table|boolean the row, or false
function contacts_methods:find(lane, key)
  return self.db:row("SELECT * FROM contact WHERE app = ? AND tenant = ? AND target = ?",
    lane.app, lane.tenant, key)
end

--- Finds whose an id of Teams is.
-- @tparam table lane
-- @tparam string teams_id such as `29:…`
-- @treturn ?string key
function contacts_methods:key_of(lane, teams_id)
  local row = self.db:row("SELECT target FROM contact WHERE app = ? AND tenant = ?"
    .. " AND teams_id = ? ORDER BY changed_at DESC LIMIT 1", lane.app, lane.tenant,
    teams_id)
  return row and row.target or nil
end

--- Notes that a target has the app, or lost it.
-- @tparam table lane
-- @tparam string key
-- @tparam table event `state` (`installed`, `removed`), `at` (when it became so),
--   `is_install` (the app was just put there), `teams_id` and `locale` where they are
--   known
-- @tparam integer now_ms
-- @treturn boolean whether that is the newest; or nil, message, code
function contacts_methods:note(lane, key, event, now_ms)
  local changed, message, code = self.db:exec("INSERT INTO contact (app, tenant, target,"
    .. " teams_id, locale, state, changed_at, installed_at, seen_at)"
    .. " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (app, tenant, target) DO UPDATE SET"
    .. " teams_id = coalesce(excluded.teams_id, teams_id),"
    .. " locale = coalesce(excluded.locale, locale), state = excluded.state,"
    .. " changed_at = excluded.changed_at, seen_at = excluded.seen_at,"
    .. " installed_at = coalesce(excluded.installed_at, installed_at)"
    .. " WHERE excluded.changed_at >= contact.changed_at", lane.app, lane.tenant, key,
    event.teams_id, event.locale, event.state, event.at, event.is_install and event.at or nil,
    now_ms)
  if not changed then
    return nil, message, code
  end
  return changed == 1
end

--- A page of the contacts of a state.
-- @tparam table lane
-- @tparam string state
-- @tparam string after key of the last one before; "" to begin
-- @tparam integer most
-- @treturn table array of rows
function contacts_methods:list(lane, state, after, most)
  return self.db:rows("SELECT * FROM contact WHERE app = ? AND tenant = ? AND state = ?"
    .. " AND target > ? ORDER BY target LIMIT ?", lane.app, lane.tenant, state, after, most)
end

return contacts

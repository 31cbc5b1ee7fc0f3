--- Dialogs: one row for each person that a campaign talks with, and what has happened
-- in it, in order.
-- @module crier.journal.dialogs
local dialogs = {}

local dialogs_methods = {}
local dialogs_mt = { __name = "crier.dialogs", __index = dialogs_methods }

--- SQL that makes the tables, new with version 3.
dialogs.sql = [[

CREATE TABLE dialog (
  id INTEGER PRIMARY KEY,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  target INTEGER NOT NULL UNIQUE REFERENCES target (id),
  key TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  service_url TEXT,
  state TEXT NOT NULL,
  waits_for INTEGER,
  takes_text INTEGER NOT NULL DEFAULT 0,
  reminded INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0,
  wake_at INTEGER,
  problem TEXT,
  began_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
);

CREATE INDEX dialog_stack ON dialog (conversation_id, id) WHERE state = 'open';
CREATE INDEX dialog_wake ON dialog (campaign, wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX dialog_campaign ON dialog (campaign, state, answered);

CREATE TABLE dialog_event (
  dialog INTEGER NOT NULL REFERENCES dialog (id),
  nth INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT,
  value TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (dialog, nth)
) WITHOUT ROWID;
]]

--- Used by `crier.journal` alone.
function dialogs.new(journal)
  return setmetatable({ db = journal.db }, dialogs_mt)
end

--- Begins the dialog with a target that got a campaign's message, if that is one. It
-- is due at once; one that is there already stays as it is.
-- @tparam integer target id of the ledger's row
-- @tparam integer now_ms
-- @treturn integer how many began; or nil, message, code
function dialogs_methods:begin(target, now_ms)
  return self.db:exec("INSERT INTO dialog (campaign, target, key, conversation_id,"
    .. " service_url, state, wake_at, began_at, changed_at) SELECT t.campaign, t.id, t.key,"
    .. " t.conversation_id, t.service_url, 'open', ?, ?, ? FROM target t JOIN campaign c"
    .. " ON c.id = t.campaign WHERE t.id = ? AND c.talks = 1 AND c.state <> 'cancelled'"
    .. " AND t.conversation_id IS NOT NULL"
    .. " ON CONFLICT DO NOTHING", now_ms, now_ms, now_ms, target)
end

local CANCEL = "UPDATE dialog SET state = 'cancelled', waits_for = NULL, takes_text = 0,"
  .. " wake_at = NULL, changed_at = ? WHERE state = 'open' AND "

--- Ends a campaign's dialogs.
-- @tparam integer campaign id
-- @tparam integer now_ms
-- @treturn integer how many were open; or nil, message, code
function dialogs_methods:cancel(campaign, now_ms)
  return self.db:exec(CANCEL .. "campaign = ?", now_ms, campaign)
end

--- Ends the dialog whose first message a recall has deleted, if there is one.
-- @tparam integer target id of the recall's row
-- @tparam integer now_ms
-- @treturn integer how many were open; or nil, message, code
function dialogs_methods:recall(target, now_ms)
  return self.db:exec(CANCEL .. "target = (SELECT o.id FROM target n JOIN campaign c"
    .. " ON c.id = n.campaign JOIN target o ON o.campaign = c.parent AND o.step = 'send'"
    .. " AND o.key = n.key WHERE n.id = ?)", now_ms, target)
end

--- The dialog of a target.
-- @tparam integer target id of the ledger's row
-- @treturn table|boolean its row, or false
function dialogs_methods:of_target(target)
  return self.db:row("SELECT * FROM dialog WHERE target = ?", target)
end

--- The dialog that has a conversation's control: the one that began last.
-- @tparam string conversation_id
-- @treturn table|boolean its row, or false
function dialogs_methods:top(conversation_id)
  return self.db:row("SELECT * FROM dialog WHERE conversation_id = ? AND state = 'open'"
    .. " ORDER BY id DESC LIMIT 1", conversation_id)
end

--- Whether there is something in a dialog's chat that nobody has worked on yet.
-- @tparam table row of the dialog
-- @treturn boolean
function dialogs_methods:is_unheard(row)
  return self.db:row("SELECT 1 FROM campaign c JOIN lane l ON l.id = c.lane JOIN inbox i"
    .. " ON i.app = l.app AND i.tenant = l.tenant AND i.conversation_id = ?"
    .. " WHERE c.id = ? AND i.due_at IS NOT NULL LIMIT 1", row.conversation_id,
    row.campaign) ~= false
end

-- When each campaign's next dialog wakes. Those of one that is paused wait until it is
-- resumed: looked for campaign by campaign, they cost nothing meanwhile.
local NEXT = "SELECT c.id, (SELECT min(d.wake_at) FROM dialog d WHERE d.campaign = c.id"
  .. " AND d.wake_at IS NOT NULL) AS at FROM campaign c WHERE c.talks = 1"
  .. " AND c.state <> 'paused' AND c.aside IS NULL"
local DUE = "SELECT * FROM dialog WHERE campaign = ? AND wake_at <= ? ORDER BY wake_at, id LIMIT ?"

--- The dialogs whose time has come, the first first.
-- @tparam integer now_ms
-- @tparam integer most rows
-- @treturn table array of rows; or nil, message, code
function dialogs_methods:due(now_ms, most)
  local campaigns, message, code = self.db:rows("SELECT * FROM (" .. NEXT .. ") AS next"
    .. " WHERE at <= ? ORDER BY at LIMIT ?", now_ms, most)
  if not campaigns then
    return nil, message, code
  end
  local found = {}
  for _, campaign in ipairs(campaigns) do
    local rows
    rows, message, code = self.db:rows(DUE, campaign.id, now_ms, most - #found)
    if not rows then
      return nil, message, code
    end
    for _, row in ipairs(rows) do
      found[#found + 1] = row
    end
  end
  return found
end

--- When the next dialog's time comes.
-- @treturn ?integer milliseconds since 1970
function dialogs_methods:next_due()
  local row = self.db:row("SELECT min(at) AS at FROM (" .. NEXT .. ") AS next")
  return row and row.at or nil
end

--- What has happened in a dialog.
-- @tparam integer id
-- @treturn table array of `kind`, `name`, `value` (JSON), `at`; or nil, message, code
function dialogs_methods:events(id)
  return self.db:rows("SELECT kind, name, value, at FROM dialog_event WHERE dialog = ?"
    .. " ORDER BY nth", id)
end

--- Adds what happens.
-- @tparam integer id
-- @tparam integer nth from 1
-- @tparam table event `kind`, `name`, `json` (its value)
-- @tparam integer now_ms
function dialogs_methods:add_event(id, nth, event, now_ms)
  return self.db:exec("INSERT INTO dialog_event VALUES (?, ?, ?, ?, ?, ?)", id, nth,
    event.kind, event.name, event.json, now_ms)
end

--- Writes how a dialog stands.
-- @tparam table row with `state`, `waits_for`, `takes_text`, `reminded`, `answered`,
--   `wake_at`, `problem`
-- @tparam integer now_ms
function dialogs_methods:save(row, now_ms)
  return self.db:exec("UPDATE dialog SET state = ?, waits_for = ?, takes_text = ?,"
    .. " reminded = ?, answered = ?, wake_at = ?, problem = ?, changed_at = ? WHERE id = ?",
    row.state, row.waits_for, row.takes_text, row.reminded, row.answered, row.wake_at,
    row.problem, now_ms, row.id)
end

--- Why a campaign's dialog failed, the one that did last.
-- @tparam integer campaign id
-- @treturn ?string file, line and what was raised; nil when none has failed
function dialogs_methods:problem(campaign)
  local row = self.db:row("SELECT problem FROM dialog WHERE campaign = ? AND state = 'failed'"
    .. " ORDER BY changed_at DESC, id DESC LIMIT 1", campaign)
  return row and row.problem or nil
end

--- Counts a campaign's dialogs.
-- @tparam integer campaign id
-- @treturn table `open`, `done`, `failed`, `cancelled`, and `answered`: how many have
--   answered at all
function dialogs_methods:counts(campaign)
  local found = { open = 0, done = 0, failed = 0, cancelled = 0, answered = 0 }
  for _, row in ipairs(self.db:rows("SELECT state, count(*) AS n, sum(answered > 0) AS some"
    .. " FROM dialog WHERE campaign = ? GROUP BY state", campaign)) do
    found[row.state] = row.n
    found.answered = found.answered + row.some
  end
  return found
end

-- What a dialog has said after its campaign's message, and what may not have arrived of it.
local LOST = " FROM campaign m JOIN target t ON t.campaign = m.id AND t.step >= 'dialog.'"
  .. " AND t.step < 'dialog/' AND t.state IN ('failed', 'unknown') JOIN dialog d"
  .. " ON d.id = CAST(substr(t.step, 8) AS INTEGER) WHERE m.action = 'message' AND m.lane = ?"

--- Counts what a campaign's dialogs have said that did not arrive, or may not have.
-- @tparam table campaign row
-- @treturn ?table `failed`, `unknown`: messages; nil when there are none
function dialogs_methods:lost(campaign)
  local found
  for _, row in ipairs(self.db:rows("SELECT t.state, count(*) AS n" .. LOST
    .. " AND d.campaign = ? GROUP BY t.state", campaign.lane, campaign.id)) do
    found = found or { failed = 0, unknown = 0 }
    found[row.state] = row.n
  end
  return found
end

--- The same of one person: what became of each.
-- @tparam table campaign row
-- @tparam integer target id of the ledger's row
-- @treturn {table,...} `state`, `reason`, `updated_at`
function dialogs_methods:lost_of(campaign, target)
  return self.db:rows("SELECT t.state, t.reason, t.updated_at" .. LOST .. " AND d.target = ?"
    .. " ORDER BY t.id", campaign.lane, target)
end

return dialogs

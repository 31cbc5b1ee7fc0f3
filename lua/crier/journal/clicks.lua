--- Clicks: who opened which address of a campaign's message, where the campaign notes it.
-- @module crier.journal.clicks
local core = require "crier.core"

local clicks = {}

local clicks_methods = {}
local clicks_mt = { __name = "crier.journal.clicks", __index = clicks_methods }

local KEY_BYTES = 32

--- SQL that makes the table, new with version 3.
clicks.sql = [[

CREATE TABLE click (
  target INTEGER NOT NULL REFERENCES target (id),
  url TEXT NOT NULL,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  times INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  PRIMARY KEY (target, url)
) WITHOUT ROWID;

CREATE INDEX click_campaign ON click (campaign, url);
]]

--- Used by `crier.journal` alone.
function clicks.new(journal)
  return setmetatable({ db = journal.db }, clicks_mt)
end

--- The key that addresses are signed with, made when there is none.
-- @treturn string; or nil, message, code
function clicks_methods:key()
  local ok, message, code = self.db:exec("INSERT INTO store VALUES ('click key', ?)"
    .. " ON CONFLICT DO NOTHING", core.text.random_hex(KEY_BYTES))
  if not ok then
    return nil, message, code
  end
  return self.db:row("SELECT value FROM store WHERE key = 'click key'").value
end

--- Notes a click, if the target's campaign does so still.
-- @tparam integer target id of the ledger's row
-- @tparam string url
-- @tparam integer now_ms
function clicks_methods:note(target, url, now_ms)
  return self.db:exec("INSERT INTO click SELECT t.id, ?, t.campaign, 1, ? FROM target t"
    .. " JOIN campaign c ON c.id = t.campaign WHERE t.id = ? AND c.tracks_clicks = 1"
    .. " ON CONFLICT (target, url) DO UPDATE SET times = click.times + 1", url, now_ms, target)
end

--- Counts a campaign's clicks.
-- @tparam integer campaign id
-- @treturn table `people`, and `links`: an array of `{ url =, people =, times = }`
function clicks_methods:counts(campaign)
  local found = self.db:row("SELECT count(DISTINCT target) AS people FROM click"
    .. " WHERE campaign = ?", campaign)
  found.links = self.db:rows("SELECT url, count(*) AS people, sum(times) AS times FROM click"
    .. " WHERE campaign = ? GROUP BY url ORDER BY people DESC, url LIMIT 100", campaign)
  return found
end

return clicks

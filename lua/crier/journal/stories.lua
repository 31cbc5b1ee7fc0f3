--- All that the store knows of one target: in a campaign, in those that amend or
-- recall it, and beside them.
-- @module crier.journal.stories
local stories = {}

local stories_methods = {}
local stories_mt = { __name = "crier.stories", __index = stories_methods }

--- Used by `crier.journal` alone.
function stories.new(journal)
  return setmetatable({ db = journal.db }, stories_mt)
end

--- A target's rows in a campaign, in the one that it amends or recalls, and in
-- those that amend or recall either.
-- @tparam table campaign row
-- @tparam string key of the target
-- @treturn table array of rows with `campaign_name`, `action`, `on_unknown`,
--   `lane`, `lane_fence` and `campaign_fence`, the first planned first
function stories_methods:rows(campaign, key)
  local root = campaign.parent or campaign.id
  return self.db:rows("SELECT t.*, r.upn, r.name, c.name AS campaign_name,"
    .. " c.action, c.on_unknown, c.lane, l.fence AS lane_fence,"
    .. " c.fence AS campaign_fence FROM campaign c"
    .. " JOIN lane l ON l.id = c.lane JOIN target t ON t.campaign = c.id"
    .. " AND t.step = 'send' AND t.key = ? JOIN recipient r ON r.target = t.id"
    .. " WHERE c.id = ? OR c.parent = ? ORDER BY t.id", key, root, root)
end

--- What is known of a target whatever the campaign.
-- @tparam table campaign row, with `app` and `tenant`
-- @tparam string key of the target
-- @treturn table `chat_at` (when its chat was last opened or found), `removed_at`
--   (when it removed the app), both absent when that is not known; `opt_outs`, an
--   array of `{ topic =, at =, source = }`
function stories_methods:standing(campaign, key)
  local chat = self.db:row("SELECT max(updated_at) AS at FROM conversation"
    .. " WHERE app = ? AND tenant = ? AND target = ?", campaign.app,
    campaign.tenant, key)
  local removal = self.db:row("SELECT at FROM removal WHERE app = ?"
    .. " AND tenant = ? AND target = ?", campaign.app, campaign.tenant, key)
  return {
    chat_at = chat and chat.at or nil,
    removed_at = removal and removal.at or nil,
    opt_outs = self.db:rows("SELECT topic, at, source FROM opt_out"
      .. " WHERE tenant = ? AND key = ? ORDER BY at, topic", campaign.tenant, key),
  }
end

return stories

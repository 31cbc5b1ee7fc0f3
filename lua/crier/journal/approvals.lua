--- Approvals: who signed a campaign's plan. One holds for the digest that was
-- signed, until it is withdrawn.
-- @module crier.journal.approvals
local approvals = {}

local approvals_methods = {}
local approvals_mt = { __name = "crier.approvals", __index = approvals_methods }

--- Used by `crier.journal` alone.
function approvals.new(journal)
  return setmetatable({ db = journal.db }, approvals_mt)
end

--- Writes an approval.
-- @tparam integer campaign id
-- @tparam table approval `digest`, `who`, `recipients` (how many were to be reached)
--   and, where they are known, `host` and `comment`
-- @tparam integer now_ms
-- @treturn boolean true; or nil, message, code
function approvals_methods:add(campaign, approval, now_ms)
  local ok, message, code = self.db:exec("INSERT INTO approval (campaign, digest,"
    .. " who, host, at, recipients, comment) VALUES (?, ?, ?, ?, ?, ?, ?)", campaign,
    approval.digest, approval.who, approval.host, now_ms, approval.recipients,
    approval.comment)
  return ok and true, message, code
end

--- The approvals that hold.
-- @tparam integer campaign id
-- @tparam string digest of the plan
-- @treturn table array of `who`, `host`, `at`, `recipients`, `comment`, the first
--   first
function approvals_methods:list(campaign, digest)
  return self.db:rows("SELECT who, host, at, recipients, comment FROM approval"
    .. " WHERE campaign = ? AND digest = ? AND withdrawn_at IS NULL ORDER BY id",
    campaign, digest)
end

--- Withdraws all approvals of a campaign.
-- @tparam integer campaign id
-- @tparam integer now_ms
-- @treturn integer how many held; or nil, message, code
function approvals_methods:withdraw(campaign, now_ms)
  return self.db:exec("UPDATE approval SET withdrawn_at = ? WHERE campaign = ?"
    .. " AND withdrawn_at IS NULL", now_ms, campaign)
end

return approvals

--- Teams' documented limits, and which call uses which of them.
--
-- A budget is a class with windows and a key: the lane (app and tenant), or
-- one conversation. Figures: "Optimize your bot: rate limiting" for the
-- connector, "Microsoft Teams service limits" and "Identity and access
-- service limits" for Graph.
-- @module crier.budget
local budget = {}

--- The classes: windows as `{ limit =, period_ms = }`, `smooth` for an even
-- stream, `per` for what shares one budget.
--
-- The pacer's grace (a little more rate for the risk of a rare 429) is not
-- taken: a limit is never exceeded, whichever way the service counts.
budget.classes = {
  -- All Bot Connector operations of one app in one tenant: 50 a second.
  connector = {
    windows = { { limit = 50, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "connector budget",
  },
  -- One bot, one conversation: send and create together.
  thread = {
    windows = {
      { limit = 7, period_ms = 1000 },
      { limit = 8, period_ms = 2000 },
      { limit = 60, period_ms = 30000 },
      { limit = 1800, period_ms = 3600000 },
    },
    smooth = false,
    per = "conversation",
    shown = "conversation budget",
  },
  -- POST installedApps: 30 a second per app and tenant.
  install = {
    windows = { { limit = 30, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "install budget",
  },
  -- GET installedApps and GET appCatalogs: 30 a second per app and tenant.
  apps = {
    windows = { { limit = 30, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "app catalog budget",
  },
  -- Users with $select cost one resource unit; a small tenant has 3500 units
  -- in 10 seconds.
  directory = {
    windows = { { limit = 350, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "directory budget",
  },
}

--- Operation -> the classes that it uses.
budget.of = {
  create = { "connector", "thread" },
  send = { "connector", "thread" },
  install = { "install" },
  installation = { "apps" },
  catalog = { "apps" },
  user = { "directory" },
  users = { "directory" },
}

--- The steady rate that a class allows.
-- @tparam string class
-- @treturn number requests a second
function budget.rate(class)
  local least
  for _, window in ipairs(budget.classes[class].windows) do
    local rate = window.limit * 1000 / window.period_ms
    least = math.min(least or rate, rate)
  end
  return least
end

return budget

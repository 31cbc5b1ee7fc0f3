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
  -- POST and PUT appCatalogs, upgrades, and what else writes: 30 a second.
  apps_write = {
    windows = { { limit = 30, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "app write budget",
  },
  -- DELETE installedApps: 15 a second.
  uninstall = {
    windows = { { limit = 15, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "uninstall budget",
  },
  -- GET teams and what has no row of its own (the chat of an installation):
  -- 30 a second.
  teams = {
    windows = { { limit = 30, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "Teams read budget",
  },
  -- GET members and channels of a team: 60 a second.
  roster = {
    windows = { { limit = 60, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "roster budget",
  },
  -- Chats of one user: 5 a second; that many in all is easier to keep.
  chats = {
    windows = { { limit = 5, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "chat list budget",
  },
  -- sendActivityNotification: 5 a second; to many recipients at once: 2.
  notify = {
    windows = { { limit = 5, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "notification budget",
  },
  notify_many = {
    windows = { { limit = 2, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "notification budget",
  },
  -- Members of one conversation, read through the connector.
  thread_read = {
    windows = {
      { limit = 14, period_ms = 1000 },
      { limit = 16, period_ms = 2000 },
      { limit = 120, period_ms = 30000 },
      { limit = 3600, period_ms = 3600000 },
    },
    smooth = false,
    per = "conversation",
    shown = "conversation read budget",
  },
  -- Identity calls cost resource units, of which a small tenant has 3500 in
  -- 10 seconds. Users with $select cost one: 250 a second leave a hundred for
  -- groups and ids, which cost up to five each: 20 a second.
  directory = {
    windows = { { limit = 250, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "directory budget",
  },
  groups = {
    windows = { { limit = 20, period_ms = 1000 } },
    smooth = true,
    per = "lane",
    shown = "group budget",
  },
}

--- Operation -> the classes that it uses. Operations without a class (tokens;
-- `batch`, whose parts count each for itself) have no limit of their own.
budget.of = {
  create = { "connector", "thread" },
  send = { "connector", "thread" },
  post = { "connector", "thread" },
  reply = { "connector", "thread" },
  update = { "connector", "thread" },
  delete = { "connector", "thread" },
  typing = { "connector", "thread" },
  members = { "connector", "thread_read" },
  member = { "connector", "thread_read" },
  team_details = { "connector" },
  team_channels = { "connector" },
  send_to_users = { "connector" },
  send_to_tenant = { "connector" },
  send_to_team = { "connector" },
  send_to_channels = { "connector" },
  sending_state = { "connector" },
  failed_entries = { "connector" },
  cancel_sending = { "connector" },
  install = { "install" },
  installation = { "apps" },
  catalog = { "apps" },
  upgrade = { "apps_write" },
  publish = { "apps_write" },
  update_app = { "apps_write" },
  review = { "apps_write" },
  unpublish = { "apps_write" },
  uninstall = { "uninstall" },
  chat = { "teams" },
  teams = { "teams" },
  team = { "teams" },
  primary_channel = { "teams" },
  team_members = { "roster" },
  channels = { "roster" },
  find_chat = { "chats" },
  notify = { "notify" },
  notify_many = { "notify_many" },
  user = { "directory" },
  users = { "directory" },
  delta = { "directory" },
  resolve = { "groups" },
  groups = { "groups" },
  group = { "groups" },
  group_members = { "groups" },
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

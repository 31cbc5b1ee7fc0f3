--- Which permission of Microsoft Graph each call needs.
--
-- From the tables "Permissions" of each call's page (read 2026-11-22). All are
-- application permissions unless an entry says `delegated`.
-- @module crier.graph.permissions
local permissions = {}

local INSTALL = "TeamsAppInstallation."

-- The permissions for installations of one kind of place, least first; `also`
-- has those that do as well.
local function writes(place, more)
  local entry = {
    least = INSTALL .. "ReadWriteSelfFor" .. place .. ".All",
    consenting = INSTALL .. "ReadWriteAndConsentSelfFor" .. place .. ".All",
    also = {
      INSTALL .. "ReadWriteAndConsentSelfFor" .. place .. ".All",
      INSTALL .. "ReadWriteFor" .. place .. ".All",
      INSTALL .. "ReadWriteAndConsentFor" .. place .. ".All",
    },
  }
  for _, name in ipairs(more or {}) do
    entry.also[#entry.also + 1] = name
  end
  return entry
end

-- Who may write sees as well, so that one permission is enough for a campaign
-- that installs.
local function reads(place, more)
  local entry = writes(place, more)
  table.insert(entry.also, 1, entry.least)
  entry.least, entry.consenting = INSTALL .. "ReadFor" .. place .. ".All", nil
  return entry
end

local function in_places(kind, user_more)
  local entry = kind("User", user_more)
  entry.team, entry.chat = kind "Team", kind "Chat"
  return entry
end

local SELECTED = { INSTALL .. "ReadWriteSelectedForUser.All" }

local USERS = { least = "User.Read.All",
  also = { "Directory.Read.All", "User.ReadWrite.All", "Directory.ReadWrite.All" } }
local GROUPS = { least = "GroupMember.Read.All",
  also = { "Group.Read.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All",
    "Directory.Read.All", "Directory.ReadWrite.All" } }
local TEAMS = { least = "Team.ReadBasic.All",
  also = { "TeamSettings.Read.All", "TeamSettings.ReadWrite.All" } }
local CHANNELS = { least = "Channel.ReadBasic.All",
  resource_specific = "ChannelSettings.Read.Group",
  also = { "ChannelSettings.Read.All", "ChannelSettings.ReadWrite.All",
    "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All",
    "Directory.ReadWrite.All" } }
local CATALOG = { least = "AppCatalog.Read.All", also = { "AppCatalog.ReadWrite.All" } }
-- "Publish teamsApp": there is no application permission for it.
local PUBLISHING = { least = "AppCatalog.Submit", delegated = true,
  also = { "AppCatalog.ReadWrite.All", "Directory.ReadWrite.All" } }
local NOTIFYING = { least = "TeamsActivity.Send", also = {},
  resource_specific = "TeamsActivity.Send.User",
  team = { least = "TeamsActivity.Send", also = {},
    resource_specific = "TeamsActivity.Send.Group" },
  chat = { least = "TeamsActivity.Send", also = {},
    resource_specific = "TeamsActivity.Send.Chat" } }

--- What each operation needs:
-- `{ least = name, also = { names of others that do }, delegated = true or nil }`.
--
-- `resource_specific` names the permission that an app may declare in its
-- manifest instead. Operations on an installation have the same for teams and
-- chats under `team` and `chat`; `consenting` is what an install needs when the
-- app declares resource-specific permissions of type Application.
--
-- `batch` needs what its parts need; `next` what its first page needed.
permissions.of = {
  users = USERS,
  user = USERS,
  delta = USERS,
  -- The page's table has the first alone; its note says that what a permission
  -- such as User.Read.All covers is returned in full, the rest as bare ids.
  resolve = { least = "Directory.Read.All",
    also = { "Directory.ReadWrite.All", "User.Read.All" } },
  groups = GROUPS,
  group = GROUPS,
  group_members = GROUPS,
  teams = TEAMS,
  team = TEAMS,
  team_members = { least = "TeamMember.Read.All",
    resource_specific = "TeamMember.Read.Group", also = { "TeamMember.ReadWrite.All" } },
  channels = CHANNELS,
  primary_channel = CHANNELS,
  catalog = CATALOG,
  installation = in_places(reads, SELECTED),
  install = in_places(writes, SELECTED),
  upgrade = in_places(writes),
  uninstall = in_places(writes),
  chat = { least = INSTALL .. "ReadForUser.All", also = {
    INSTALL .. "ReadWriteSelfForUser.All", INSTALL .. "ReadWriteForUser.All",
    INSTALL .. "ReadWriteSelectedForUser.All", INSTALL .. "Read.All" } },
  find_chat = { least = "Chat.ReadBasic.All",
    also = { "Chat.Read.All", "Chat.ReadWrite.All" } },
  publish = PUBLISHING,
  update_app = PUBLISHING,
  review = { least = "AppCatalog.ReadWrite.All", delegated = true,
    also = { "Directory.ReadWrite.All" } },
  unpublish = PUBLISHING,
  notify = NOTIFYING,
  notify_many = { least = "TeamsActivity.Send", also = {} },
}

--- Permissions that go further than crier ever needs, or no longer do what they
-- did in 2020, and what to use in their place.
permissions.outdated = {
  ["User.ReadWrite.All"] = "it writes people, and since August 2020 installs nothing: use"
    .. " User.Read.All to read them and TeamsAppInstallation.ReadWriteSelfForUser.All to install",
  ["Directory.ReadWrite.All"] = "it writes the whole directory: use User.Read.All for people,"
    .. " GroupMember.Read.All for groups",
  ["Directory.Read.All"] = "it reads the whole directory: use User.Read.All for people,"
    .. " GroupMember.Read.All for groups; only look-ups by many ids at once need it",
  ["Group.ReadWrite.All"] = "it writes groups and teams: use GroupMember.Read.All for members,"
    .. " TeamsAppInstallation.ReadWriteSelfForTeam.All to install in teams",
  ["Group.Read.All"] = "it reads the content of groups: use GroupMember.Read.All for members,"
    .. " Team.ReadBasic.All and Channel.ReadBasic.All for teams",
  ["GroupMember.ReadWrite.All"] = "it changes members: use GroupMember.Read.All",
  ["Chat.Read.All"] = "it reads everybody's messages: crier reads none;"
    .. " TeamsAppInstallation.ReadWriteSelfForUser.All finds a person's chat",
  ["Chat.ReadWrite.All"] = "it reads and writes everybody's messages: crier needs neither;"
    .. " TeamsAppInstallation.ReadWriteSelfForUser.All finds a person's chat",
  ["AppCatalog.ReadWrite.All"] = "as an application permission it publishes nothing:"
    .. " use AppCatalog.Read.All",
  ["TeamMember.ReadWrite.All"] = "it changes the members of teams: use TeamMember.Read.All",
  ["TeamSettings.ReadWrite.All"] = "it changes teams: use Team.ReadBasic.All",
  ["ChannelSettings.ReadWrite.All"] = "it changes channels: use Channel.ReadBasic.All",
}
for _, place in ipairs { "User", "Team", "Chat" } do
  for _, kind in ipairs { "ReadWrite", "ReadWriteAndConsent" } do
    permissions.outdated[INSTALL .. kind .. "For" .. place .. ".All"] =
      "it manages every app: use " .. INSTALL .. kind .. "SelfFor" .. place
      .. ".All, which manages your own"
  end
end

--- Finds which granted permission allows an operation.
-- @tparam string operation
-- @tparam table roles array of granted names, as in a token's `roles`
-- @tparam ?string place `team` or `chat` when it is not about a person
-- @treturn ?string the least of those that do; nil when none does
-- @raise if Graph has no such operation
function permissions.held(operation, roles, place)
  local entry = permissions.of[operation]
    or error("Graph has no operation " .. tostring(operation), 2)
  entry = place and entry[place] or entry
  local granted = {}
  for _, role in ipairs(roles) do
    granted[role] = true
  end
  if granted[entry.least] then
    return entry.least
  end
  for _, name in ipairs(entry.also) do
    if granted[name] then
      return name
    end
  end
  return nil
end

return permissions

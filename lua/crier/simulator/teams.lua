--- Graph's `/teams`: lists, one team, its members and channels.
-- @module crier.simulator.teams
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")
local pages = require("crier.simulator.pages")

local teams = {}

local teams_methods = {}
local teams_mt = { __name = "crier.simulator.teams", __index = teams_methods }

local TEAM = { "Team.ReadBasic.All", "TeamSettings.Read.All", "TeamSettings.ReadWrite.All",
  "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All" }
local MEMBER = { "TeamMember.Read.All", "TeamMember.ReadWrite.All" }
local CHANNEL = { "Channel.ReadBasic.All", "ChannelSettings.Read.All",
  "ChannelSettings.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All",
  "Directory.ReadWrite.All" }

local function route(path, operation, budget, roles, answer, resource_specific)
  return { operation = operation, service = "graph", method = "GET", path = "/v1.0/teams" .. path,
    budget = budget, roles = roles, answer = answer, resource_specific = resource_specific }
end

--- What it answers; see `crier.simulator.router`.
teams.routes = {
  route("", "teams", "teams_read", TEAM),
  route("/{team}", "team", { "teams_read", "team" }, TEAM),
  route("/{team}/members", "team_members", { "roster", "team" }, MEMBER, nil,
    "TeamMember.Read.Group"),
  route("/{team}/channels", "channels", { "roster", "team" }, CHANNEL, nil,
    "ChannelSettings.Read.Group"),
  route("/{team}/channels/{channel}", "channels", { "roster", "team" }, CHANNEL, "channel",
    "ChannelSettings.Read.Group"),
  route("/{team}/primaryChannel", "primary_channel", { "teams_read", "team" }, CHANNEL, nil,
    "ChannelSettings.Read.Group"),
}

local function text(get)
  return { type = "string", get = get }
end

local TEAM_FIELDS = { id = text(function(team) return team.id end),
  displayName = text(function(team) return team.name end),
  description = text(function(team) return team.description end) }
local CHANNEL_FIELDS = { id = text(function(channel) return channel.id end),
  displayName = text(function(channel) return channel.name end),
  membershipType = text(function(channel) return channel.kind end) }
local MEMBER_TYPE = "microsoft.graph.aadUserConversationMember"

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.teams
function teams.new(simulator)
  return setmetatable({ simulator = simulator, people = simulator.people,
    organization = simulator.organization, tenant = simulator.tenant }, teams_mt)
end

--- Tells which team or page a call is about.
-- @tparam table call
function teams_methods:examine(call)
  call.team = call.ids.team and self.organization:team(call.ids.team)
  call.key = call.team and call.team.id
  call.target = pages.target(call.query) or call.team and call.team.nth
end

local function no_team(id)
  return answers.graph(404, "NotFound", "No team found with Group Id " .. id)
end

-- A predicate for `$filter`; without one, all pass.
local function kept(query, fields, type_name)
  if not query["$filter"] then
    return function() return true end
  end
  local keep, message, code = filter.compile(query["$filter"], fields, type_name, true)
  return keep, not keep and answers.graph(400, code, message) or nil
end

--- Answers `GET /teams`.
-- @tparam table call
-- @treturn table response
function teams_methods:teams(call)
  local keep, refusal = kept(call.query, TEAM_FIELDS, "microsoft.graph.team")
  local top, from
  if keep then
    top, refusal = pages.top(call.query)
  end
  if top then
    from, refusal = pages.mark(call.query)
  end
  if not from then
    return refusal
  end
  local texts = {}
  for _, team in ipairs(self.organization.teams) do
    if keep(team) then
      texts[#texts + 1] = encoding.json({ id = team.id, displayName = team.name,
        description = team.description })
    end
  end
  return pages.plain(call, texts, { top = top, from = from, context = "teams" })
end

--- Answers `GET /teams/{id}`.
-- @tparam table call
-- @treturn table response
function teams_methods:team(call)
  local team = call.team
  if not team then
    return no_team(call.ids.team)
  end
  return answers.json(200, encoding.json({ id = team.id, displayName = team.name,
    description = team.description, isArchived = false, visibility = "private",
    tenantId = self.tenant, internalId = self.organization:channels(team)[1].id }))
end

local function member_json(self, team, k)
  local id = self.people:id(k)
  return encoding.json({ ["@odata.type"] = "#" .. MEMBER_TYPE, userId = id,
    id = encoding.to_base64(team.id .. "##" .. id), tenantId = self.tenant,
    displayName = self.people:value(k, "displayName"), roles = encoding.raw(k % 50 == 0
      and '["owner"]' or "[]"), email = self.people:value(k, "mail") or encoding.null })
end

local function member_fields(self)
  local function property(name)
    return text(function(k) return self.people:value(k, name) end)
  end
  local prefix = MEMBER_TYPE .. "/"
  return { [prefix .. "userId"] = property("id"), [prefix .. "email"] = property("mail"),
    [prefix .. "displayName"] = property("displayName") }
end

--- Answers `GET /teams/{id}/members`: the people of the group who have Teams.
-- @tparam table call
-- @treturn table response
function teams_methods:team_members(call)
  local team, people = call.team, self.people
  if not team then
    return no_team(call.ids.team)
  end
  local keep, refusal = kept(call.query, member_fields(self), MEMBER_TYPE)
  local top, from
  if keep then
    top, refusal = pages.top(call.query)
  end
  if top then
    from, refusal = pages.mark(call.query)
  end
  if not from then
    return refusal
  end
  local out, k = {}, from
  while k < people.count and #out < top do
    k = k + 1
    if people:is_reachable(k) and team.member(people, k) and keep(k) then
      out[#out + 1] = member_json(self, team, k)
    end
  end
  local head = ('{"@odata.context":%s,"@odata.count":%d'):format(encoding.quote(call.origin
    .. "/v1.0/$metadata#teams('" .. team.id .. "')/members"), #out)
  if k < people.count then
    head = head .. ',"@odata.nextLink":'
      .. encoding.quote(pages.link(call, { ["$skiptoken"] = ("RFNwdAIAAQ%d"):format(k) }))
  end
  return answers.json(200, head .. ',"value":[' .. table.concat(out, ",") .. "]}")
end

local function channel_json(self, team, channel)
  return encoding.json({ id = channel.id, displayName = channel.name,
    description = channel.description or encoding.null, membershipType = channel.kind,
    isArchived = false, tenantId = self.tenant, email = channel.is_general and ""
      or encoding.null, webUrl = "https://teams.microsoft.com/l/channel/"
      .. encoding.escape(channel.id) .. "/" .. encoding.escape(channel.name) .. "?groupId="
      .. team.id .. "&tenantId=" .. self.tenant })
end

--- Answers `GET /teams/{id}/channels`.
-- @tparam table call
-- @treturn table response
function teams_methods:channels(call)
  if not call.team then
    return no_team(call.ids.team)
  end
  local keep, refusal = kept(call.query, CHANNEL_FIELDS, "microsoft.graph.channel")
  if not keep then
    return refusal
  end
  local out = {}
  for _, channel in ipairs(self.organization:channels(call.team)) do
    if keep(channel) then
      out[#out + 1] = channel_json(self, call.team, channel)
    end
  end
  return answers.json(200, ('{"@odata.context":%s,"@odata.count":%d,"value":[%s]}'):format(
    encoding.quote(call.origin .. "/v1.0/$metadata#teams('" .. call.team.id .. "')/channels"), #out,
    table.concat(out, ",")))
end

--- Answers `GET /teams/{id}/channels/{id}`.
-- @tparam table call
-- @treturn table response
function teams_methods:channel(call)
  local team = call.team
  for _, channel in ipairs(team and self.organization:channels(team) or {}) do
    if channel.id == call.ids.channel then
      return answers.json(200, channel_json(self, team, channel))
    end
  end
  return team and answers.graph(404, "NotFound", "No channel found with id " .. call.ids.channel)
    or no_team(call.ids.team)
end

--- Answers `GET /teams/{id}/primaryChannel`: General, whatever it is called.
-- @tparam table call
-- @treturn table response
function teams_methods:primary_channel(call)
  if not call.team then
    return no_team(call.ids.team)
  end
  return answers.json(200, channel_json(self, call.team,
    self.organization:channels(call.team)[1]))
end

return teams

--- Who is in a conversation, and what a team has: the reads of the connector.
-- After "Get Teams specific context for your bot".
-- @module crier.simulator.roster
local answers = require("crier.simulator.answers")
local connector = require("crier.simulator.connector")
local encoding = require("crier.simulator.encoding")
local people = require("crier.simulator.people")
local random = require("crier.simulator.random")

local roster = {}

local roster_methods = {}
local roster_mt = { __name = "crier.simulator.roster", __index = roster_methods }

local PAGE_LEAST, PAGE_MOST = 50, 500
local SHORT_PAGES = 5 -- one in five holds less than was asked for

--- What it answers; see `crier.simulator.router`.
roster.routes = {}

local function add(operation, path, answer)
  connector.add_route(roster.routes, { operation = operation, method = "GET", path = path,
    answer = answer, budget = { "connector", "conversation_read" } })
end

add("members", "/v3/conversations/{conversation}/pagedmembers")
add("members", "/v3/conversations/{conversation}/members", "all_members")
add("member", "/v3/conversations/{conversation}/members/{user}")
add("team_details", "/v3/teams/{conversation}")
add("team_channels", "/v3/teams/{conversation}/conversations")

--- Makes the noun.
-- @tparam crier.simulator simulator with its connector
-- @treturn crier.simulator.roster
function roster.new(simulator)
  return setmetatable({ simulator = simulator, connector = simulator.connector,
    conversations = simulator.connector.conversations, people = simulator.people, counts = {} },
    roster_mt)
end

--- Tells which conversation a call is about.
-- @tparam table call
function roster_methods:examine(call)
  self.connector:examine_place(call)
end

-- Why a conversation cannot be read. One that is unknown is of no tenant, where
-- an administrator could have disabled the bot.
local function unread(self, call, now_ms)
  return self.connector:unregistered(call)
    or call.place and self.connector:refusal(call)
    or self.connector:unreached(call.place, now_ms)
end

local function property(self, k, name)
  local value = self.people:value(k, name)
  return value ~= people.absent and value or nil
end

local function member_json(self, k)
  local id = self.people:id(k)
  return encoding.json({ id = self.conversations:account(k), objectId = id, aadObjectId = id,
    name = property(self, k, "displayName"), givenName = property(self, k, "givenName"),
    surname = property(self, k, "surname"), email = property(self, k, "mail"),
    userPrincipalName = property(self, k, "userPrincipalName"),
    tenantId = self.simulator.tenant, userRole = "user" })
end

-- As many members as fit, and after whom to go on: nil at the end.
local function collect(self, place, after, most)
  local out = {}
  local k = self.conversations:next_member(place, after)
  while k and #out < most do
    out[#out + 1] = member_json(self, k)
    after, k = k, self.conversations:next_member(place, k)
  end
  return out, k and after
end

--- Answers `GET /v3/conversations/{id}/pagedmembers`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function roster_methods:members(call, _, now_ms)
  local refusal = unread(self, call, now_ms)
  if refusal then
    return refusal
  end
  local after = call.query.continuationToken or "X0"
  local size = tonumber(call.query.pageSize or PAGE_MOST)
  after = tonumber(after:match("^X(%d+)$"))
  if not after or not size then
    return answers.connector(400, "BadArgument", "Bad page size or continuation token.")
  end
  size = math.max(PAGE_LEAST, math.min(PAGE_MOST, size))
  if random.hash(self.simulator.seed, 933, after) % SHORT_PAGES == 0 then
    size = size - 7
  end
  local out, next_after = collect(self, call.place, after, size)
  return answers.json(200, '{"members":[' .. table.concat(out, ",") .. "]"
    .. (next_after and (',"continuationToken":"X%d"'):format(next_after) or "") .. "}")
end

--- Answers `GET /v3/conversations/{id}/members`, which is deprecated.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function roster_methods:all_members(call, _, now_ms)
  local refusal = unread(self, call, now_ms)
  if refusal then
    return refusal
  end
  return answers.json(200, "[" .. table.concat((collect(self, call.place, 0, 10000)), ",") .. "]")
end

--- Answers `GET /v3/conversations/{id}/members/{id}`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function roster_methods:member(call, _, now_ms)
  local refusal = unread(self, call, now_ms)
  if refusal then
    return refusal
  end
  local k = self.conversations:person(call.ids.user)
  if not k or self.conversations:next_member(call.place, k - 1) ~= k then
    return answers.connector(404, "MemberNotFoundInConversation",
      "Member not found in conversation.")
  end
  return answers.json(200, member_json(self, k))
end

-- Why a team cannot be read: its id is that of General, not of its group.
local function unread_team(self, call, now_ms)
  local place = call.place
  if not call.ids.conversation:find("^19:") then
    return answers.connector(400, "BadArgument", "Bad format of the team's id.")
  elseif place and not (place.channel and place.channel.is_general) then
    call.place = nil
  end
  return unread(self, call, now_ms)
end

local function member_count(self, place)
  local count, k = 0, self.conversations:next_member(place, 0)
  while k do
    count, k = count + 1, self.conversations:next_member(place, k)
  end
  return count
end

-- The channels that a bot sees.
local function channels(self, team)
  local out = {}
  for _, channel in ipairs(self.simulator.organization:channels(team)) do
    if channel.kind == "standard" then
      out[#out + 1] = { id = channel.id, type = "standard",
        name = not channel.is_general and channel.name or nil }
    end
  end
  return out
end

--- Answers `GET /v3/teams/{id}`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function roster_methods:team_details(call, _, now_ms)
  local refusal = unread_team(self, call, now_ms)
  if refusal then
    return refusal
  end
  local place = call.place
  local team = place.team
  self.counts[team.id] = self.counts[team.id] or member_count(self, place)
  return answers.json(200, encoding.json({ id = place.id, name = team.name, type = "standard",
    aadGroupId = team.id, tenantId = self.simulator.tenant, memberCount = self.counts[team.id],
    channelCount = #channels(self, team) }))
end

--- Answers `GET /v3/teams/{id}/conversations`: General has no name.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function roster_methods:team_channels(call, _, now_ms)
  local refusal = unread_team(self, call, now_ms)
  return refusal or answers.json(200, encoding.json({
    conversations = channels(self, call.place.team) }))
end

return roster

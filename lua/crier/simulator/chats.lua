--- Graph's `/users/{id}/chats`: the chats of a person.
-- A person is in a chat with each bot that is installed, in one with a
-- colleague, and in a group chat.
-- @module crier.simulator.chats
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")
local pages = require("crier.simulator.pages")

local chats = {}

local chats_methods = {}
local chats_mt = { __name = "crier.simulator.chats", __index = chats_methods }

local MOST, MOST_WITH_MEMBERS = 50, 25
local TYPE = "microsoft.graph.chat"

--- What it answers; see `crier.simulator.router`.
chats.routes = {
  { operation = "find_chat", service = "graph", method = "GET", path = "/v1.0/users/{user}/chats",
    budget = { "teams_read", "user_chats" },
    roles = { "Chat.ReadBasic.All", "Chat.Read.All", "Chat.ReadWrite.All" } },
}

local FIELDS = {
  id = { type = "string", get = function(chat) return chat.id end },
  chatType = { type = "string", get = function(chat) return chat.chatType end },
  topic = { type = "string", get = function(chat) return chat.topic end },
  installedApps = { type = "list", get = function(chat) return chat.apps end, items = {
    ["teamsApp/id"] = { type = "string", get = function(app) return app.id end },
    ["teamsApp/externalId"] = { type = "string", get = function(app) return app.externalId end },
  } },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.chats
function chats.new(simulator)
  return setmetatable({ simulator = simulator, people = simulator.people,
    organization = simulator.organization, installs = simulator.installs }, chats_mt)
end

--- Tells whose chats a call is about.
-- @tparam table call
function chats_methods:examine(call)
  call.k = self.people:find(call.ids.user)
  call.key = call.k
end

local function all(self, k, now_ms)
  local out = {}
  for _, app in ipairs(self.installs:bots(k, now_ms)) do
    out[#out + 1] = { id = self.installs:chat_id(k, app), chatType = "oneOnOne", apps = { app },
      members = { k } }
  end
  local other = k % 2 == 0 and k - 1 or k + 1
  if other <= self.people.count then
    local a, b = self.people:id(math.min(k, other)), self.people:id(math.max(k, other))
    out[#out + 1] = { id = "19:" .. a .. "_" .. b .. "@unq.gbl.spaces", chatType = "oneOnOne",
      apps = {}, members = { k, other } }
  end
  local id, first, last = self.organization:chat_of(k)
  local chat = { id = id, chatType = "group", topic = "Lunch", apps = {}, members = {} }
  for member = first, last do
    chat.members[#chat.members + 1] = member
  end
  chat.apps = self.installs:bots(id, now_ms)
  out[#out + 1] = chat
  return out
end

local function member_json(self, k)
  local id = self.people:id(k)
  return { ["@odata.type"] = "#microsoft.graph.aadUserConversationMember", userId = id,
    id = encoding.to_base64("chat##" .. id), roles = encoding.raw('["owner"]'),
    displayName = self.people:value(k, "displayName"),
    email = self.people:value(k, "mail") or encoding.null }
end

local function chat_json(self, chat, has_members)
  local members
  if has_members then
    members = {}
    for i, k in ipairs(chat.members) do
      members[i] = member_json(self, k)
    end
  end
  return encoding.json({ id = chat.id, chatType = chat.chatType, members = members,
    topic = chat.topic or encoding.null, tenantId = self.simulator.tenant })
end

--- Answers `GET /users/{id}/chats`.
-- @tparam table call
-- @tparam table _ the request
-- @tparam number now_ms
-- @treturn table response
function chats_methods:find_chat(call, _, now_ms)
  local query, keep, refusal = call.query, function() return true end, nil
  local top, from
  if query["$filter"] then
    local message, code
    keep, message, code = filter.compile(query["$filter"], FIELDS, TYPE, true)
    refusal = not keep and answers.graph(400, code, message) or nil
  end
  if keep then
    top, refusal = pages.top(query, MOST, MOST)
  end
  if top then
    from, refusal = pages.mark(query)
  end
  if not from then
    return refusal
  elseif not call.k then
    return answers.graph(404, "NotFound", "User " .. call.ids.user .. " could not be found.")
  end
  local has_members = (query["$expand"] or ""):find("members", 1, true) ~= nil
  local texts = {}
  for _, chat in ipairs(all(self, call.k, now_ms)) do
    if keep(chat) then
      texts[#texts + 1] = chat_json(self, chat, has_members)
    end
  end
  return pages.plain(call, texts, { from = from, context = "chats",
    top = has_members and math.min(top, MOST_WITH_MEMBERS) or top })
end

return chats

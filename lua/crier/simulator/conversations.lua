--- The conversations of the bot: their ids, and who is in them.
--
--     a:1…                            personal, as the connector names it
--     19:<user>_<bot>@unq.gbl.spaces  the same, as Graph names it
--     19:…@thread.v2                  group chat
--     19:…@thread.tacv2               channel: a message begins a thread
--     19:…@thread.tacv2;messageid=…   that thread
--
-- A personal id is a function of the person, and of how often the chat was
-- deleted, so creating is idempotent and an id leads back to the person.
-- @module crier.simulator.conversations
local people = require("crier.simulator.people")
local random = require("crier.simulator.random")

local hash = random.hash

local conversations = {}

local conversations_methods = {}
local conversations_mt = { __name = "crier.simulator.conversations",
  __index = conversations_methods }

--- Makes them.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.conversations
function conversations.new(simulator)
  return setmetatable({ simulator = simulator, seed = simulator.seed, people = simulator.people,
    bot = simulator.client_id, offset = hash(simulator.seed, 905),
    account_offset = hash(simulator.seed, 930), deleted = {} }, conversations_mt)
end

local function personal_id(self, k, generation)
  return ("a:1%08x%x%07x%07x"):format(people.scramble(k, self.offset), generation,
    hash(self.seed, 906, k, generation), hash(self.seed, 907, k, generation))
end

--- Tells the id of person k's conversation as it is now.
-- @tparam number k
-- @treturn string
function conversations_methods:id(k)
  return personal_id(self, k, self.deleted[k] and 1 or 0)
end

--- Deletes person k's first chat: its id is good no more.
-- @tparam number k
function conversations_methods:delete(k)
  self.deleted[k] = true
end

--- Tells the account of person k as this bot sees it.
-- @tparam number k
-- @treturn string `29:1…`
function conversations_methods:account(k)
  return ("29:1%08x%07x-%07x"):format(people.scramble(k, self.account_offset),
    hash(self.seed, 931, k), hash(self.seed, 932, k))
end

--- Finds a person.
-- @tparam string id an Entra object id, or `29:…`; no user principal name
-- @treturn ?number k
function conversations_methods:person(id)
  local first = id:match("^29:1(%x%x%x%x%x%x%x%x)")
  if first then
    local k = people.unscramble(tonumber(first, 16), self.account_offset)
    return k >= 1 and k <= self.people.count and self:account(k) == id and k or nil
  elseif id:find("@", 1, true) then
    return nil
  end
  return self.people:find(id)
end

local function personal(self, id)
  local first, generation = id:match("^a:1(%x%x%x%x%x%x%x%x)([01])")
  if first then
    local k = people.unscramble(tonumber(first, 16), self.offset)
    generation = tonumber(generation)
    return k >= 1 and k <= self.people.count and personal_id(self, k, generation) == id and k
      or nil, generation
  end
  local user, bot = id:match("^19:([^_]+)_([^@]+)@unq%.gbl%.spaces$")
  return user and bot == self.bot and self.people:find(user) or nil
end

local function shared(self, id)
  local organization = self.simulator.organization
  local base = id:match("^(19:[^;]+);messageid=%d+$") or id
  local team, channel = organization:channel(base)
  if team then
    return { kind = "channel", id = id, team = team, channel = channel, installed = team.id,
      recipient = base }
  end
  local k = organization:chat(id)
  return k and { kind = "groupChat", id = id, installed = id, recipient = id, first = k } or nil
end

--- Finds what a conversation's id names.
-- @tparam string id
-- @treturn ?table `{ kind = "personal"|"groupChat"|"channel", id = as asked for,
-- recipient = of the person, chat or channel, installed = key of
-- `crier.simulator.installs` }`, with `k` and `generation` (how often the chat
-- had been deleted when the id was made; nil for Graph's id, which does not
-- change); `first` person of a group chat; `team` and `channel`
function conversations_methods:find(id)
  local k, generation = personal(self, id)
  if k then
    return { kind = "personal", id = id, k = k, generation = generation, installed = k,
      recipient = self.people:id(k) }
  end
  return id:find("^19:") and shared(self, id) or nil
end

--- Tells who is in a conversation, as an iterator's step.
-- @tparam table place from `find`
-- @tparam number after skips persons up to this number
-- @treturn ?number the next person's number, nil after the last
function conversations_methods:next_member(place, after)
  local who, last = self.people, self.people.count
  if place.kind == "personal" then
    return after < place.k and place.k or nil
  elseif place.kind == "groupChat" then
    local _, first
    _, first, last = self.simulator.organization:chat_of(place.first)
    after = math.max(after, first - 1)
  end
  for k = after + 1, last do
    if who:is_reachable(k) and (not place.team or place.team.member(who, k)) then
      return k
    end
  end
  return nil
end

return conversations

--- The people of the simulated organisation.
-- Person k (1 to N) is a function of the seed and k, made anew whenever asked
-- for: a million people take no memory.  An id and a user principal name lead
-- back to k by arithmetic.
--
-- Of each 200 people in a row exactly:
--
--    3 guests (userType Guest, `#EXT#` in the UPN)   none of these 15 can
--    1 guest of old, userType null, `#EXT#`          have the app installed
--    1 guest of userType Guest with a plain UPN
--    4 disabled accounts
--    2 rooms (disabled, no licence)
--    1 shared mailbox (enabled, no licence)
--    2 with plans but none for Teams
--    1 whose Teams plan was taken away (capabilityStatus Deleted)
--    3 without the property assignedPlans            reachable, as are
--    2 with a null userType                          the other 179
--    1 without the property userType
--
-- Some of the rest lack a title, an office, telephones, a language.
--
-- What is changed on purpose is kept: see `change`.
-- @module crier.simulator.people
local properties = require("crier.simulator.properties")
local random = require("crier.simulator.random")

local hash, multiply = random.hash, random.multiply

local people = {}

local people_methods = {}
local people_mt = { __name = "crier.simulator.people", __index = people_methods }

local WORD = 4294967296
-- An odd factor permutes the 32-bit numbers; its inverse undoes it.
local FACTOR, INVERSE = 2654435769, 340573321

--- What `value` returns for a property that a person does not have at all.
people.absent = properties.absent

--- The properties of a user by name; see `crier.simulator.properties`.
people.properties = properties.all

local KINDS = { "guest", "guest", "guest", "old_guest", "plain_guest", "disabled", "disabled",
  "disabled", "disabled", "room", "room", "mailbox", "no_teams", "no_teams", "revoked",
  "unplanned", "unplanned", "unplanned", "null_type", "null_type", "no_type" }
local IS_REACHABLE = { member = true, unplanned = true, null_type = true, no_type = true }

local SLOT = 1 -- the salt of the kind

--- Makes the people.
-- @tparam table options
-- @tparam number options.users how many
-- @tparam number options.seed whole, 0 to 2^32-1
-- @tparam string options.domain what their addresses end in
-- @tparam ?crier.simulator.faults options.faults `no-licence` is asked for
-- @treturn crier.simulator.people
function people.new(options)
  return setmetatable({ count = options.users, seed = options.seed, domain = options.domain,
    faults = options.faults, offset = hash(options.seed, 901), known_k = nil, known = {},
    gone = {}, changed = {}, log = {} }, people_mt)
end

--- Scrambles a number so that neighbours look unrelated; `unscramble` undoes.
-- @tparam number k 0 to 2^32-1
-- @tparam number offset 0 to 2^32-1
-- @treturn number 0 to 2^32-1
function people.scramble(k, offset)
  return (multiply(k, FACTOR) + offset) % WORD
end

--- Undoes `scramble`.
-- @tparam number scrambled 0 to 2^32-1
-- @tparam number offset
-- @treturn number
function people.unscramble(scrambled, offset)
  return math.floor(multiply((scrambled - offset) % WORD, INVERSE))
end

--- Tells the kind of person k, one of those above; `member` is the ordinary.
-- @tparam number k
-- @treturn string
function people_methods:kind(k)
  local place = (k - 1) % 200
  local block = (k - 1 - place) / 200
  local kind = KINDS[(place * 77 + hash(self.seed, block, SLOT)) % 200 + 1] or "member"
  return self.faults and IS_REACHABLE[kind] and self.faults:has("no-licence", k) and "no_teams"
    or kind
end

--- Tells whether the app can be installed for person k.
-- @tparam number k
-- @treturn boolean
function people_methods:is_reachable(k)
  return IS_REACHABLE[self:kind(k)] == true and not self.gone[k]
end

--- Tells the Entra object id of person k.
-- @tparam number k
-- @treturn string a GUID
function people_methods:id(k)
  return random.guid(people.scramble(k, self.offset), self.seed, k)
end

--- Finds a person.
-- @tparam string who an object id or a user principal name, any case
-- @tparam ?boolean even_gone also one who was removed
-- @treturn ?number k, or nil when there is nobody of that name
function people_methods:find(who, even_gone)
  local k
  who = who:lower()
  local first = who:match("^(%x%x%x%x%x%x%x%x)%-")
  if first and #who == 36 then
    k = people.unscramble(tonumber(first, 16), self.offset)
    return k >= 1 and k <= self.count and (even_gone or not self.gone[k]) and self:id(k) == who
      and k or nil
  end
  local name = who:match("^([^@]+)@")
  k = name and tonumber(name:gsub("_[^_]*#ext#$", ""):match("(%d+)$"))
  if not k or k < 1 or k > self.count or self.gone[k] and not even_gone then
    return nil
  end
  return properties.principal_name(self, k):lower() == who and k or nil
end

--- Tells a property of person k.
-- @tparam number k
-- @tparam string property one of `properties`
-- @return a string, a boolean, an array, nil for null, or `people.absent`
function people_methods:value(k, property)
  local changed = self.changed[k]
  if changed and changed[property] ~= nil then
    return changed[property]
  end
  return properties.all[property].get(self, k)
end

--- Changes a person, who is then in the next delta.
-- @tparam number k
-- @tparam table change properties by name; or `{ removed = "changed" }` for an
-- account that was deleted and may come back, `{ removed = "deleted" }` for
-- good, `{ removed = false }` for one that came back
function people_methods:change(k, change)
  if change.removed ~= nil then
    self.gone[k] = change.removed or nil
  end
  local kept = self.changed[k] or {}
  for name, value in pairs(change) do
    if name ~= "removed" then
      kept[name] = value
    end
  end
  self.changed[k] = kept
  self.log[#self.log + 1] = { k = k, change = change }
end

return people

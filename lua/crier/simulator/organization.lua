--- The groups, teams, channels and group chats of the simulated organisation.
-- All are functions of the seed, as the people are: who belongs is asked of a
-- predicate, so that a million members take no memory.
--
--     by department      "Sales" …: each a Microsoft 365 group with a team;
--                        everybody of that department
--     by office          "Office London" …: security groups, no mail
--     "All Departments"  holds the groups by department, and a device
--     "All Offices"      holds the groups by office
--     "Everybody"        holds those two: two levels of nesting
--     "Sales"            once more, a mailing list: the name is ambiguous
--     "Nobody"           is empty
--
-- A team has General, Announcements and the private channel Leads.  General of
-- one team was given another name, as an owner may.  Five people in a row are
-- in one group chat.
-- @module crier.simulator.organization
local names = require("crier.simulator.names")
local people = require("crier.simulator.people")
local random = require("crier.simulator.random")

local organization = {}

local organization_methods = {}
local organization_mt = { __name = "crier.simulator.organization",
  __index = organization_methods }

local IN_CHAT = 5
local DEVICE = "Room console"

local function mail_name(text)
  return (text:lower():gsub("[^%w]+", "."):gsub("^%.+", ""):gsub("%.+$", ""))
end

local function add(self, group)
  local nth = #self.groups + 1
  local seed = self.seed
  group.id = random.guid(random.hash(seed, 920, nth) * 61 % 4294967295, seed, 4.1e9 + nth)
  group.nth, group.groups = nth, group.groups or {}
  self.groups[nth], self.by_id[group.id] = group, group
  return group
end

local function by_department(self)
  local all = {}
  for i, department in ipairs(names.departments) do
    local name = department.name
    all[i] = add(self, { name = name, description = "Everybody in " .. name, is_unified = true,
      has_team = true, mail = mail_name(name) .. "@" .. self.people.domain,
      member = function(who, k) return who:value(k, "department") == name end })
  end
  return all
end

local function by_office(self)
  local all, seen = {}, {}
  for _, culture in ipairs(names.cultures) do
    for _, office in ipairs(culture.offices) do
      if not seen[office] then
        seen[office] = true
        all[#all + 1] = add(self, { name = "Office " .. office, member = function(who, k)
          local text = who:value(k, "officeLocation")
          return type(text) == "string" and text:sub(1, #office + 1) == office .. " "
        end })
      end
    end
  end
  return all
end

--- Makes the organisation.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.organization
function organization.new(simulator)
  local self = setmetatable({ seed = simulator.seed, people = simulator.people, groups = {},
    by_id = {}, teams = {}, offset = random.hash(simulator.seed, 921) }, organization_mt)
  local departments, offices = by_department(self), by_office(self)
  local all = add(self, { name = "All Departments", groups = departments, devices = { DEVICE } })
  add(self, { name = "Everybody", groups = { all, add(self, { name = "All Offices",
    groups = offices }) } })
  add(self, { name = departments[1].name, mail = "list." .. departments[1].mail,
    description = "News for " .. departments[1].name, groups = { departments[1] } })
  add(self, { name = "Nobody" })
  for _, group in ipairs(self.groups) do
    if group.has_team then
      self.teams[#self.teams + 1] = group
    end
  end
  self.renamed = self.teams[random.hash(self.seed, 922) % #self.teams + 1]
  return self
end

--- Finds a group.
-- @tparam string id any case
-- @treturn ?table `{ id =, name =, mail =, description =, is_unified =,
-- has_team =, member = predicate(people, k) or nil, groups = {…}, devices = }`
function organization_methods:group(id)
  return self.by_id[id:lower()]
end

--- Finds the group of a team.
-- @tparam string id any case
-- @treturn ?table
function organization_methods:team(id)
  local group = self.by_id[id:lower()]
  return group and group.has_team and group or nil
end

--- Tells all that a group holds, at any depth.
-- @tparam table group
-- @treturn {table,...} groups in it
-- @treturn {string,...} devices in it
-- @treturn function predicate(people, k): whether a person is in it
function organization_methods:closure(group)
  local groups, devices, predicates, seen = {}, {}, {}, { [group] = true }
  local function visit(at)
    predicates[#predicates + 1] = at.member
    for _, device in ipairs(at.devices or {}) do
      devices[#devices + 1] = device
    end
    for _, inner in ipairs(at.groups) do
      if not seen[inner] then
        seen[inner] = true
        groups[#groups + 1] = inner
        visit(inner)
      end
    end
  end
  visit(group)
  return groups, devices, function(who, k)
    for i = 1, #predicates do
      if predicates[i](who, k) then
        return true
      end
    end
    return false
  end
end

local function thread(self, nth, kind, domain)
  local seed = self.seed
  local first = people.scramble(nth * 4 + kind, self.offset)
  return ("19:%08x%06x%06x%06x%06x@%s"):format(first, random.hash(seed, 923, nth, kind) % 16777216,
    random.hash(seed, 924, nth, kind) % 16777216, random.hash(seed, 925, nth, kind) % 16777216,
    random.hash(seed, 926, nth, kind) % 16777216, domain)
end

--- Tells the channels of a team, General first.
-- @tparam table group of the team
-- @treturn {table,...} `{ id = thread, name =, kind = "standard"|"private",
-- is_general =, description = }`
function organization_methods:channels(group)
  return {
    { id = thread(self, group.nth, 1, "thread.tacv2"), kind = "standard", is_general = true,
      name = group == self.renamed and "Home" or "General", description = group.description },
    { id = thread(self, group.nth, 2, "thread.tacv2"), name = "Announcements", kind = "standard" },
    { id = thread(self, group.nth, 3, "thread.tacv2"), name = "Leads", kind = "private" },
  }
end

--- Finds the channel of a thread.
-- @tparam string id `19:…@thread.tacv2`
-- @treturn ?table group of its team
-- @treturn ?table channel
function organization_methods:channel(id)
  local first = id:match("^19:(%x%x%x%x%x%x%x%x)%x+@thread%.tacv2$")
  local n = first and people.unscramble(tonumber(first, 16), self.offset)
  local group = n and self.groups[math.floor(n / 4)]
  for _, channel in ipairs(group and group.has_team and self:channels(group) or {}) do
    if channel.id == id then
      return group, channel
    end
  end
  return nil
end

--- Tells the group chat that person k is in.
-- @tparam number k
-- @treturn string `19:…@thread.v2`
-- @treturn number its first person
-- @treturn number its last one
function organization_methods:chat_of(k)
  local nth = math.ceil(k / IN_CHAT)
  return thread(self, nth, 0, "thread.v2"), (nth - 1) * IN_CHAT + 1,
    math.min(nth * IN_CHAT, self.people.count)
end

--- Finds a group chat.
-- @tparam string id
-- @treturn ?number one of its people, or nil when there is no such chat
function organization_methods:chat(id)
  local first = id:match("^19:(%x%x%x%x%x%x%x%x)%x+@thread%.v2$")
  local n = first and people.unscramble(tonumber(first, 16), self.offset)
  local k = n and n % 4 == 0 and n / 4 >= 1 and math.floor(n / 4 - 1) * IN_CHAT + 1
  return k and k <= self.people.count and self:chat_of(k) == id and k or nil
end

return organization

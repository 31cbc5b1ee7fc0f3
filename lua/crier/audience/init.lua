--- Whom a campaign addresses: sources, the sets made of them, and what is drawn
-- from these.
--
-- What this module makes is a description; nothing is read until the campaign
-- is planned. Sets: `a + b` union, `a * b` intersection, `a - b` difference;
-- where both sides know a person, the left side's fields are kept. Every
-- audience has the methods `where`, `sample` and `limit`.
-- @module crier.audience
local suggest = require "crier.suggest"

local audience = {}

local audience_methods = {}
local audience_mt = { __name = "crier.audience", __index = audience_methods }

local function make(node)
  return setmetatable(node, audience_mt)
end

--- Whether a value is an audience.
-- @param value
-- @treturn boolean
function audience.is(value)
  return getmetatable(value) == audience_mt
end

local function combine(operator)
  return function(left, right)
    if not (audience.is(left) and audience.is(right)) then
      error("audiences combine with audiences only: crier.users{…} - "
        .. "crier.csv \"opted-out.csv\"", 2)
    end
    return make { kind = "set", operator = operator, left, right }
  end
end

audience_mt.__add = combine "+"
audience_mt.__mul = combine "*"
audience_mt.__sub = combine "-"

local function check_keys(name, options, known)
  local message = type(options) ~= "table" and name .. " takes a table"
    or suggest.unknown_key(name, options, known)
  if message then
    error(message, 3)
  end
end

local function check_text(name, value, what)
  if type(value) ~= "string" or not value:find "%S" then
    error(("%s takes %s"):format(name, what), 3)
  end
end

local function check_select(name, select)
  if select ~= nil and type(select) ~= "table" then
    error(name .. ": select must be a list of property names", 3)
  end
  for _, property in ipairs(select or {}) do
    if type(property) ~= "string" or not property:match "^[%w_]+$" then
      error(("%s: '%s' is not a property name"):format(name, tostring(property)), 3)
    end
  end
  return select or {}
end

--- The people of the tenant.
-- @tparam ?table options
-- @tparam ?string options.filter Graph's `$filter`, such as
--   `department eq 'Sales'`
-- @tparam ?table options.select properties beside those that are always read
-- @treturn crier.audience
-- @raise on an unknown option or a value of the wrong type
function audience.users(options)
  options = options or {}
  check_keys("crier.users", options, { "filter", "select" })
  if options.filter ~= nil and type(options.filter) ~= "string" then
    error("crier.users: filter must be a string", 2)
  end
  return make { kind = "users", filter = options.filter,
    select = check_select("crier.users", options.select) }
end

--- The people of a group.
-- @tparam string group Entra object id, mail address or name; a name that
--   several groups have stops the plan
-- @tparam ?table options
-- @tparam[opt=true] boolean options.nested also who is in a group of the group;
--   false: direct members alone
-- @treturn crier.audience
-- @raise on an unknown option or a value of the wrong type
function audience.group(group, options)
  options = options or {}
  check_text("crier.group", group, "a group's id, mail address or name")
  check_keys("crier.group", options, { "nested" })
  if options.nested ~= nil and type(options.nested) ~= "boolean" then
    error("crier.group: nested must be true or false", 2)
  end
  return make { kind = "group", group = group, nested = options.nested ~= false }
end

--- The members of a team, one chat each.
-- @tparam string team id or name; a name that several teams have stops the plan
-- @treturn crier.audience
-- @raise when it is no text
function audience.team(team)
  check_text("crier.team", team, "a team's id or name")
  return make { kind = "team", team = team }
end

--- A channel: one post for all who read it.
--
-- The app must be in the team already.
-- @tparam string team id or name
-- @tparam ?string channel id or name; General unless given
-- @treturn crier.audience
-- @raise on a value of the wrong type
function audience.channel(team, channel)
  check_text("crier.channel", team, "a team's id or name, and a channel's")
  if channel ~= nil then
    check_text("crier.channel", channel, "a team's id or name, and a channel's")
  end
  return make { kind = "channel", team = team, channel = channel }
end

--- A group chat: one post for all who are in it.
--
-- The app must be in the chat already.
-- @tparam string id as Teams and Graph know it: `19:…@thread.v2`
-- @tparam ?table options
-- @tparam ?string options.name what it is called, for templates and the export
-- @treturn crier.audience
-- @raise on an unknown option, and on the id of something else
function audience.chat(id, options)
  options = options or {}
  check_text("crier.chat", id, "a group chat's id, 19:…@thread.v2")
  if not id:find "^19:[^%s;]+@thread%.v2$" then
    error(("crier.chat: '%s' is not the id of a group chat, 19:…@thread.v2")
      :format(id), 2)
  end
  check_keys("crier.chat", options, { "name" })
  if options.name ~= nil and type(options.name) ~= "string" then
    error("crier.chat: name must be a string", 2)
  end
  return make { kind = "chat", id = id, name = options.name }
end

--- People by Entra object id, UPN or mail address.
-- @tparam table people strings
-- @treturn crier.audience
-- @raise when an entry is not a string
function audience.list(people)
  if type(people) ~= "table" or next(people) ~= nil and people[1] == nil then
    error("crier.list takes a list of object ids or UPNs", 2)
  end
  for i, who in ipairs(people) do
    if type(who) ~= "string" or not who:match "%S" then
      error(("crier.list: entry %d is not an object id or a UPN"):format(i), 2)
    end
  end
  return make { kind = "list", people = people }
end

local function check_file(name, path, options)
  if type(path) ~= "string" or path == "" then
    error(name .. " takes a file name", 3)
  elseif options.column ~= nil and type(options.column) ~= "string" then
    error(name .. ": column must be a string", 3)
  end
end

--- People from a csv file with a header row.
--
-- The person, an object id, UPN or mail address, stands in the first of the
-- columns `id`, `upn`, `userPrincipalName`, `mail` (any case), or in the one that
-- is named. All columns are seen by templates as `recipient.csv.<column>`.
-- @tparam string path relative to the script's folder
-- @tparam ?table options
-- @tparam ?string options.column the person's column
-- @treturn crier.audience
-- @raise on an unknown option or a value of the wrong type
function audience.csv(path, options)
  options = options or {}
  check_keys("crier.csv", options, { "column" })
  check_file("crier.csv", path, options)
  return make { kind = "csv", path = path, column = options.column }
end

--- People from a file with a JSON object a line; the rest is as of `csv`. The
-- object is `recipient.csv`.
-- @tparam string path relative to the script's folder
-- @tparam ?table options
-- @tparam ?string options.column the member that holds the person
-- @treturn crier.audience
-- @raise on an unknown option or a value of the wrong type
function audience.jsonl(path, options)
  options = options or {}
  check_keys("crier.jsonl", options, { "column" })
  check_file("crier.jsonl", path, options)
  return make { kind = "jsonl", path = path, column = options.column }
end

local STATES = { delivered = true, failed = true, excluded = true, pending = true,
  unknown = true }

local function states_of(state)
  local list = type(state) == "table" and state or { state or "delivered" }
  for _, one in ipairs(list) do
    if not STATES[one] then
      error(("crier.previous: '%s' is not one of delivered, failed, unknown, excluded,"
        .. " pending"):format(tostring(one)), 3)
    end
  end
  if #list == 0 then
    error("crier.previous: state names at least one state", 3)
  end
  return list
end

--- Who an earlier campaign of the same store addressed, as the directory has
-- them now; with their rows of its csv file.
-- @tparam string name of the campaign
-- @tparam ?table options
-- @tparam[opt="delivered"] string|table options.state one of `delivered`, `failed`,
--   `unknown`, `excluded`, `pending`, or a list of them
-- @tparam ?string options.variant only who was given this one of `crier.variants`
-- @tparam ?boolean options.answered only who has answered its dialog or poll, or only
--   who has not
-- @tparam ?boolean options.clicked only who has pressed a button of it that opens a page,
--   or only who has not
-- @treturn crier.audience
-- @raise on an unknown option or state, a value of the wrong type
function audience.previous(name, options)
  options = options or {}
  check_text("crier.previous", name, "the name of a campaign")
  check_keys("crier.previous", options, { "state", "variant", "answered", "clicked" })
  for _, option in ipairs { "answered", "clicked" } do
    if options[option] ~= nil and type(options[option]) ~= "boolean" then
      error(("crier.previous: %s must be true or false"):format(option), 2)
    end
  end
  if options.variant ~= nil then
    check_text("crier.previous", options.variant, "a variant's name")
  end
  return make { kind = "previous", name = name, states = states_of(options.state),
    variant = options.variant, answered = options.answered, clicked = options.clicked }
end

local FIRST = { nobody = true, everybody = true }
local KEY = "^%w[%w._-]*$"

--- Who has joined since the last campaign that asked with the same key.
--
-- The store keeps who was there already. It learns of a reading only when the
-- campaign's plan is written. Who is excluded by default (disabled, guest,
-- without Teams) has not joined yet, and comes once that changes.
-- @tparam string key of the family of campaigns, such as `welcome`
-- @tparam ?table options
-- @tparam[opt="nobody"] string options.first whom the first reading gives, when all
--   are new: `nobody` or `everybody`
-- @tparam ?table options.select as of `users`
-- @treturn crier.audience
-- @raise on an unknown option or a value of the wrong type
function audience.delta(key, options)
  options = options or {}
  if type(key) ~= "string" or not key:find(KEY) or #key > 64 then
    error("crier.delta takes a key of letters, digits, '.', '_' and '-', at most 64", 2)
  end
  check_keys("crier.delta", options, { "first", "select" })
  if options.first ~= nil and not FIRST[options.first] then
    error('crier.delta: first must be "nobody" or "everybody"', 2)
  end
  return make { kind = "delta", key = key, first = options.first or "nobody",
    select = check_select("crier.delta", options.select) }
end

--- Those for whom a function returns true.
--
-- It is called with each recipient as templates see it, while the plan is made.
-- When it raises, the plan stops.
-- @tparam function predicate
-- @treturn crier.audience
-- @raise when it is no function
function audience_methods:where(predicate)
  if type(predicate) ~= "function" then
    error(":where takes a function of a recipient: audience:where(function(r) return"
      .. " r.department == \"Sales\" end)", 2)
  end
  return make { kind = "where", predicate = predicate, self }
end

local function check_count(name, n)
  if type(n) ~= "number" or n < 1 or n % 1 ~= 0 or n > 1e9 then
    error((":%s takes a number of recipients, at least 1"):format(name), 3)
  end
end

--- Some of those who are not excluded, chosen by a hash of seed and id: the same
-- ones each time, and still the same when others join or leave.
-- @tparam integer n how many at most
-- @tparam ?string|integer seed another one chooses others
-- @treturn crier.audience
-- @raise on a value of the wrong type
function audience_methods:sample(n, seed)
  check_count("sample", n)
  if type(seed) == "number" then
    seed = ("%.14g"):format(seed)
  elseif seed ~= nil and type(seed) ~= "string" then
    error(":sample takes a number of recipients, and a seed", 2)
  end
  return make { kind = "sample", count = n, seed = seed or "", self }
end

--- The first of those who are not excluded: in the order of a file or list, else
-- by id.
-- @tparam integer n how many at most
-- @treturn crier.audience
-- @raise on a value of the wrong type
function audience_methods:limit(n)
  check_count("limit", n)
  return make { kind = "limit", count = n, self }
end

--- Calls a function with each source of an audience, left to right.
-- @tparam crier.audience node
-- @tparam function visit called with a node that has no nodes in it
function audience.each_source(node, visit)
  if not node[1] then
    return visit(node)
  end
  for i = 1, #node do
    audience.each_source(node[i], visit)
  end
end

--- The kinds of target that the sources of an audience name.
-- @tparam crier.audience node
-- @treturn table set of `user`, `channel`, `chat`
function audience.kinds(node)
  local kinds = {}
  audience.each_source(node, function(source)
    local is_place = source.kind == "channel" or source.kind == "chat"
    kinds[is_place and source.kind or "user"] = true
  end)
  return kinds
end

return audience

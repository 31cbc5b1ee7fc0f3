--- Whom a campaign addresses: sources and the sets made of them.
--
-- What this module makes is a description; nothing is read until the campaign
-- is planned. Sets: `a + b` union, `a * b` intersection, `a - b` difference;
-- where both sides know a person, the left side's fields are kept.
-- @module crier.audience
local suggest = require "crier.suggest"

local audience = {}

local audience_mt = { __name = "crier.audience" }

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
  if options.select ~= nil and type(options.select) ~= "table" then
    error("crier.users: select must be a list of property names", 2)
  end
  for _, property in ipairs(options.select or {}) do
    if type(property) ~= "string" or not property:match "^[%w_]+$" then
      error("crier.users: '" .. tostring(property)
        .. "' is not a property name", 2)
    end
  end
  return make { kind = "users", filter = options.filter,
    select = options.select or {} }
end

--- People by Entra object id or UPN.
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

--- People from a csv file with a header row.
--
-- The person, an object id or a UPN, stands in the first of the columns `id`,
-- `upn`, `userPrincipalName` (any case), or in the one that is named. All
-- columns are seen by templates as `recipient.csv.<column>`.
-- @tparam string path relative to the script's folder
-- @tparam ?table options
-- @tparam ?string options.column the person's column
-- @treturn crier.audience
-- @raise on an unknown option or a value of the wrong type
function audience.csv(path, options)
  options = options or {}
  if type(path) ~= "string" or path == "" then
    error("crier.csv takes a file name", 2)
  end
  check_keys("crier.csv", options, { "column" })
  if options.column ~= nil and type(options.column) ~= "string" then
    error("crier.csv: column must be a string", 2)
  end
  return make { kind = "csv", path = path, column = options.column }
end

--- Calls a function with each source of an audience, left to right.
-- @tparam crier.audience node
-- @tparam function visit called with a node that is not a set
function audience.each_source(node, visit)
  if node.kind ~= "set" then
    return visit(node)
  end
  audience.each_source(node[1], visit)
  audience.each_source(node[2], visit)
end

return audience

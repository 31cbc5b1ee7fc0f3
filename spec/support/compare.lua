-- Compares a campaign's ledger with what the sandbox received, person by
-- person.
--
--   lua5.4 spec/support/compare.lua EXPORT.jsonl DELIVERIES.jsonl
--
-- Exit status 0 when they agree, 1 when they do not.
local cjson = require "cjson"

local compare = {}

local function lines(path)
  local rows = {}
  for line in io.lines(path) do
    rows[#rows + 1] = cjson.decode(line)
  end
  return rows
end

-- How often each person was delivered to, and with which activities.
local function index(deliveries)
  local people = {}
  for _, delivery in ipairs(deliveries) do
    local person = people[delivery.recipient] or { count = 0, activities = {} }
    people[delivery.recipient] = person
    person.count = person.count + 1
    person.activities[delivery.activity_id] = delivery.conversation_id
  end
  return people
end

local rules = {}

function rules.delivered(row, person, most)
  if not person then
    return "is delivered in the ledger, but nothing arrived"
  elseif person.count > most then
    return ("arrived %d times"):format(person.count)
  elseif row.activity_id ~= cjson.null
    and person.activities[row.activity_id] ~= row.conversation_id then
    return "has another activity or conversation than what arrived"
  end
end

function rules.unknown(_, person, most)
  if person and person.count > most then
    return ("arrived %d times"):format(person.count)
  end
end

local function none(row, person)
  if person then
    return "is " .. row.state .. " in the ledger, but it arrived"
  end
end

rules.failed, rules.excluded, rules.pending = none, none, none

--- Compares.
-- @tparam table rows of the export
-- @tparam table deliveries of the sandbox
-- @tparam ?function most gives how often at most a row may have arrived
-- @treturn table `problems` (list of texts), `counts` by state, `arrived`,
--   `people` (who got at least one)
function compare.rows(rows, deliveries, most)
  local people, counts, problems = index(deliveries), {}, {}
  for _, row in ipairs(rows) do
    counts[row.state] = (counts[row.state] or 0) + 1
    local person = people[row.id]
    people[row.id] = nil
    local problem = rules[row.state](row, person, most and most(row) or 1)
    if problem then
      problems[#problems + 1] = row.id .. " " .. problem
    end
  end
  for id, person in pairs(people) do
    problems[#problems + 1] = ("%s is not in the ledger, but %d arrived")
      :format(id, person.count)
  end
  return { problems = problems, counts = counts, arrived = #deliveries }
end

--- Compares two files of JSON lines.
function compare.files(export, deliveries, most)
  return compare.rows(lines(export), lines(deliveries), most)
end

local function main(export, deliveries)
  local found = compare.files(export, deliveries)
  local total = 0
  for _, state in ipairs { "delivered", "failed", "unknown", "excluded",
    "pending" } do
    local count = found.counts[state] or 0
    total = total + count
    print(("  %7d  %s in the ledger"):format(count, state))
  end
  print(("  %7d  people in the ledger"):format(total))
  print(("  %7d  messages in the sandbox"):format(found.arrived))
  for i = 1, math.min(#found.problems, 20) do
    print("  " .. found.problems[i])
  end
  print(#found.problems == 0
    and "ledger and sandbox agree, person by person"
    or #found.problems .. " people differ")
  return #found.problems == 0 and 0 or 1
end

if arg and arg[0] and arg[0]:find "compare%.lua$" then
  os.exit(main(arg[1], arg[2]))
end

return compare

-- The set algebra against a model of it in plain Lua, on random audiences.
local audience = require "crier.audience"
local core = require "crier.core"
local directory = require "support.directory"
local random = require "crier.simulator.random"
local reading = require "support.reading"

local PEOPLE, ROUNDS, DEEPEST = 40, 150, 4

local function id_of(k)
  return ("%08x-0000-4000-8000-000000000000"):format(k * 2654435761 % 4294967296)
end

local people = {}
for k = 1, PEOPLE do
  people[k] = { id = id_of(k), userPrincipalName = k .. "@contoso.com", mail = k .. "@mail.com",
    employeeId = k % 3 == 0 and "third" or "other", accountEnabled = k % 7 ~= 0 }
end

-- Numbers from a seed: `draw(n)` gives 1 to n.
local function lottery(seed)
  local nth = 0
  return function(n)
    nth = nth + 1
    return random.hash(seed, nth) % n + 1
  end
end

-- In the model a set is `{ [key] = { key, excluded, csv, ord, is_disabled } }`.
local model = {}

local function is_bad(row)
  return row.excluded == "bad row"
end

local function merged(left, right)
  return { key = left.key, excluded = left.excluded, csv = left.csv or right.csv,
    ord = left.ord or right.ord, is_disabled = left.is_disabled }
end

model["+"] = function(left, right)
  local made = {}
  for key, row in pairs(right) do
    made[key] = row
  end
  for key, row in pairs(left) do
    made[key] = merged(row, right[key] or {})
  end
  return made
end

local function with_bad_rows(made, left)
  for key, row in pairs(left) do
    made[key] = is_bad(row) and row or made[key]
  end
  return made
end

model["*"] = function(left, right)
  local made = {}
  for key, row in pairs(left) do
    if right[key] and not right[key].excluded then
      made[key] = merged(row, right[key])
    end
  end
  return with_bad_rows(made, left)
end

model["-"] = function(left, right)
  local made = {}
  for key, row in pairs(left) do
    made[key] = not right[key] and row or nil
  end
  return with_bad_rows(made, left)
end

-- Keeps the first `n` in an order, and what a file has that leads to nobody.
local function first(set, n, is_before)
  local made, order = {}, {}
  for key, row in pairs(set) do
    if row.excluded == "bad row" or row.excluded == "no such user" then
      made[key] = row
    elseif not row.excluded and not row.is_disabled then
      order[#order + 1] = row
    end
  end
  table.sort(order, is_before)
  for i = 1, math.min(n, #order) do
    made[order[i].key] = order[i]
  end
  return made
end

local function by_place(a, b)
  if a.ord ~= b.ord then
    return b.ord == nil or a.ord ~= nil and a.ord < b.ord
  end
  return a.key < b.key
end

local function by_lot(seed)
  local function lot(row)
    return core.text.sha256(seed .. "\0" .. row.key)
  end
  return function(a, b) return lot(a) < lot(b) end
end

local function is_even(id)
  return tonumber(id:sub(8, 8), 16) % 2 == 0
end

local sources = {}

function sources.users(draw)
  local third, set = draw(2) == 1, {}
  for k, person in ipairs(people) do
    if not third or person.employeeId == "third" then
      set["user:" .. id_of(k)] = { key = "user:" .. id_of(k),
        is_disabled = not person.accountEnabled }
    end
  end
  return audience.users { filter = third and "employeeId eq 'third'" or nil }, set
end

-- One spelling of person k, or of nobody.
local function spelt(draw, k)
  if k > PEOPLE then
    return k .. "@nowhere.com", { key = "user:" .. k .. "@nowhere.com",
      excluded = "no such user" }
  end
  local ways = { id_of(k), id_of(k):upper(), k .. "@contoso.com", k .. "@MAIL.com" }
  return ways[draw(#ways)], { key = "user:" .. id_of(k),
    is_disabled = not people[k].accountEnabled }
end

function sources.list(draw)
  local list, set, seen = {}, {}, {}
  for _ = 1, draw(30) do
    local who, row = spelt(draw, draw(PEOPLE + 5))
    list[#list + 1] = who
    if not seen[who:lower()] then -- as often as it is spelt alike, one entry
      seen[who:lower()] = true
      seen[#seen + 1] = who
      row.ord = #seen
      set[row.key] = set[row.key] or row
    end
  end
  return audience.list(list), set
end

function sources.csv(draw, files)
  local lines, set, ord, seen = { "upn,n" }, {}, 0, {}
  files.count = files.count + 1
  local name = "f" .. files.count .. ".csv"
  for line = 2, draw(20) + 1 do
    if draw(8) == 1 then
      lines[line] = "bad"
      set["row:" .. name .. ":" .. line] = { key = "row:" .. name .. ":" .. line,
        excluded = "bad row" }
    else
      local who, row = spelt(draw, draw(PEOPLE + 5))
      lines[line] = who .. "," .. line
      if not seen[who:lower()] then
        seen[who:lower()] = true
        ord = ord + 1
        row.ord, row.csv = ord, tostring(line)
        set[row.key] = set[row.key] or row
      end
    end
  end
  files[name] = table.concat(lines, "\n") .. "\n"
  return audience.csv(name), set
end

local KINDS = { "users", "list", "csv" }
local OPERATORS = { "+", "*", "-" }
local combined = {
  ["+"] = function(a, b) return a + b end,
  ["*"] = function(a, b) return a * b end,
  ["-"] = function(a, b) return a - b end,
}

local grow

local function grow_set(draw, files, depth)
  local left, left_set = grow(draw, files, depth + 1)
  local right, right_set = grow(draw, files, depth + 1)
  local operator = OPERATORS[draw(3)]
  return combined[operator](left, right), model[operator](left_set, right_set)
end

local drawn = {}

function drawn.where(node, set)
  local made = {}
  for key, row in pairs(set) do
    made[key] = (row.excluded or is_even(key:match ":(.*)")) and row or nil
  end
  return node:where(function(recipient) return is_even(recipient.id) end), made
end

function drawn.limit(node, set, draw)
  local n = draw(20)
  return node:limit(n), first(set, n, by_place)
end

function drawn.sample(node, set, draw)
  local n, seed = draw(20), draw(3)
  return node:sample(n, seed), first(set, n, by_lot(tostring(seed)))
end

local METHODS = { "where", "limit", "sample" }

function grow(draw, files, depth)
  local choice = draw(6)
  if depth >= DEEPEST or choice <= 2 then
    return sources[KINDS[draw(3)]](draw, files)
  elseif choice == 3 then
    local node, set = grow(draw, files, depth + 1)
    return drawn[METHODS[draw(3)]](node, set, draw)
  end
  return grow_set(draw, files, depth)
end

local function told(row)
  return ("%s %s %s"):format(row.key, row.excluded or "-", row.csv or "-")
end

describe("audiences", function()
  it("are what a model of them says", function()
    local graph, total = directory.new(people), 0
    for seed = 1, ROUNDS do
      local files = { count = 0 }
      local node, set = grow(lottery(seed), files, 1)
      local own, expected, found = reading.new(), {}, {}
      for _, row in ipairs(assert(own:read(node, graph, { files = files }))) do
        -- Whether somebody is marked already says only that something was drawn.
        found[#found + 1] = told { key = row.key,
          excluded = row.excluded ~= "disabled" and row.excluded or nil,
          csv = row.csv and row.csv:match '"n":"(%d+)"' }
      end
      for _, row in pairs(set) do
        expected[#expected + 1] = told(row)
      end
      table.sort(expected)
      table.sort(found)
      assert.same(expected, found, "seed " .. seed)
      total = total + #found
      own:close()
    end
    assert.is_true(total > ROUNDS)
  end)
end)

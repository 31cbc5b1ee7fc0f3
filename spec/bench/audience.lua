-- A large audience, put together as a plan does: how long it takes, and how much
-- memory.
--
--   lua5.4 spec/bench/audience.lua [PEOPLE]
--
-- Stages PEOPLE (default 1,000,000) as pages of the directory, a tenth of them as a
-- csv file; takes the file's from the rest, keeps some by a function, draws a
-- sample, leaves people out, and counts. Prints one JSON line.
package.path = "lua/?.lua;lua/?/init.lua;spec/?.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local audience = require "crier.audience"
local core = require "crier.core"
local json = require "crier.format.json"
local reading = require "support.reading"

local PEOPLE = tonumber(arg[1]) or 1000000
local PAGE = 999

local PLANS = { { service = "TeamspaceAPI", capabilityStatus = "Enabled" },
  { service = "exchange", capabilityStatus = "Enabled" } }

local function id_of(k)
  return ("%08x-0000-4000-8000-000000000000"):format(k * 2654435761 % 4294967296)
end

local function person(k)
  return {
    id = id_of(k),
    userPrincipalName = ("person%d@northwind.example"):format(k),
    mail = ("person%d@northwind.example"):format(k),
    displayName = "Person " .. k, givenName = "Person", surname = tostring(k),
    jobTitle = "Analyst", department = k % 4 == 0 and "Sales" or "Research",
    officeLocation = "London 4.12", preferredLanguage = "en-GB", usageLocation = "GB",
    accountEnabled = k % 50 ~= 0, userType = "Member", assignedPlans = PLANS,
  }
end

-- A directory that makes people as they are asked for.
local graph = {}

function graph.pages(_, _, _, visit)
  for first = 1, PEOPLE, PAGE do
    local page = {}
    for k = first, math.min(first + PAGE - 1, PEOPLE) do
      page[#page + 1] = person(k)
    end
    visit(page)
  end
  return {}
end

function graph.resolve(_, ids)
  local found = {}
  for i, id in ipairs(ids) do
    found[i] = person(tonumber(id:sub(1, 8), 16))
    found[i].id = id
  end
  return { value = found }
end

-- A csv file of every tenth person, in pieces.
local function file()
  local k = 0
  return function()
    local rows = k == 0 and { "id,floor" } or {}
    while k < PEOPLE and #rows < 1000 do
      k = k + 10
      rows[#rows + 1] = id_of(k) .. ",4"
    end
    return rows[1] and table.concat(rows, "\n") .. "\n" or nil
  end
end

local function peak_kb()
  local kb
  for line in io.lines "/proc/self/status" do
    kb = kb or line:match "^VmHWM:%s*(%d+)"
  end
  return tonumber(kb)
end

local node = (audience.users() - audience.csv "file.csv")
  :where(function(recipient) return recipient.department == "Sales" end)
  :sample(math.floor(PEOPLE / 10), "bench")
local began = { cpu = os.clock(), wall = core.clock.now_ms() }
local own = reading.new()
local found, count = own:read(node, graph, { open = file })
print(json.ordered({
  people = PEOPLE,
  recipients = found and own.stage:size(own.set) or -1,
  read = count,
  seconds = (core.clock.now_ms() - began.wall) / 1000,
  cpu_s = os.clock() - began.cpu,
  peak_kb = peak_kb(),
}, { "people", "recipients", "read", "seconds", "cpu_s", "peak_kb" }))
own:close()

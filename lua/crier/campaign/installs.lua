--- How many people of a plan lack the app, of those whom the store does not know:
-- Graph tells it for one person at a time, so a random sample is asked, or all.
-- @module crier.campaign.installs
local budget = require "crier.budget"
local core = require "crier.core"

local installs = {}

--- How many are asked unless all are wanted.
installs.SAMPLE = 200
local TASKS = 16
local CONFIDENCE = 1.96 -- 95 % of a normal distribution

local function before(a, b)
  return a.lot < b.lot
end

--- Draws keys by a hash of seed and key: the same each time, and still the same
-- when others join or leave.
-- @tparam function each calls its argument with each key
-- @tparam string seed
-- @tparam integer most
-- @treturn {string,...} keys
-- @treturn integer how many there were
function installs.draw(each, seed, most)
  local drawn, count = {}, 0
  local function trim()
    table.sort(drawn, before)
    for i = #drawn, most + 1, -1 do
      drawn[i] = nil
    end
  end
  each(function(key)
    count = count + 1
    drawn[#drawn + 1] = { key = key, lot = core.text.sha256(seed .. "\0" .. key) }
    if #drawn >= 2 * most + 1000 then
      trim()
    end
  end)
  trim()
  for i, one in ipairs(drawn) do
    drawn[i] = one.key
  end
  return drawn, count
end

--- How long it takes to ask for people.
-- @tparam integer people
-- @treturn number seconds
function installs.seconds(people)
  return people / budget.rate(budget.of.installation[1])
end

--- Asks for people one by one, several at a time. Call inside a task.
-- @tparam crier.client client
-- @tparam string app id in the catalog
-- @tparam function next_key gives the next key, nil at the end
-- @tparam function progress called with the number of people asked for
-- @treturn table `asked` (who answered), `have`, `untold` (of whom Graph says
--   nothing), and `problem` (the text of a call that failed for another reason than
--   the person, which ends the asking)
function installs.ask(client, app, next_key, progress)
  local found = { asked = 0, have = 0, untold = 0 }
  local function ask_one(key)
    local answer, message, _, outcome = client.graph:installation(key:match ":(.*)", app)
    if answer then
      found.asked = found.asked + 1
      local first = type(answer.value) == "table" and answer.value[1]
      found.have = found.have + (first and 1 or 0)
    elseif outcome and outcome.scope == "recipient" then
      found.untold = found.untold + 1
    else
      found.problem = message
    end
  end
  local key = next_key()
  client.loop:together(TASKS, function()
    while key and not found.problem do
      local own = key
      key = next_key()
      ask_one(own)
      progress(found.asked + found.untold)
    end
  end)
  return found
end

--- Reckons how many of some people lack the app: Wilson's interval, narrower as the
-- sample comes near to all.
-- @tparam integer people
-- @tparam integer asked of them
-- @tparam integer have it of those asked
-- @treturn table `likely`, `least`, `most`
function installs.estimate(people, asked, have)
  local lack = asked - have
  if asked >= people then
    return { likely = lack, least = lack, most = lack }
  elseif asked == 0 then
    return { likely = people, least = 0, most = people }
  end
  local share, size = lack / asked, asked * (people - 1) / (people - asked)
  local square = CONFIDENCE * CONFIDENCE
  local middle = (share + square / (2 * size)) / (1 + square / size)
  local half = CONFIDENCE / (1 + square / size)
    * math.sqrt(share * (1 - share) / size + square / (4 * size * size))
  return {
    likely = math.floor(people * share + 0.5),
    least = math.max(lack, math.floor(people * (middle - half))),
    most = math.min(people - have, math.ceil(people * (middle + half))),
  }
end

return installs

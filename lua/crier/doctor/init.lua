--- Finds out what is missing before anything can be sent, and how to get it.
--
-- A list of checks in the order in which they depend on each other:
--
--     settings -> store, campaign, webhook
--              -> hosts -> clock
--                       -> tokens -> permissions, people, app, bot
--                                 -> person -> install -> chat -> message
--
-- A check is a table:
--
--     key     its name for programs
--     what    its name for people
--     needs   keys of checks that must have gone well before
--     is_due  function(context): whether it is worth a line; nil: always
--     run     function(context): what it finds, see `crier.doctor.finding`
--
-- The context is filled as checks go: `config`, `client`, `definition`, `roles`,
-- `app`, `person`, `conversation`. Checks read no error body: they have the
-- outcomes of `crier.core`.
-- @module crier.doctor
local finding = require "crier.doctor.finding"

local doctor = {}

local NOUNS = { "settings", "store", "campaign", "cloud", "hosts", "clock",
  "tokens", "permissions", "people", "app", "bot", "webhook", "person",
  "install", "message" }

--- All checks, in order.
-- @treturn {table,...}
function doctor.checks()
  local all = {}
  for _, noun in ipairs(NOUNS) do
    for _, check in ipairs(require("crier.doctor." .. noun)) do
      all[#all + 1] = check
    end
  end
  return all
end

-- The first check whose ground is missing, by its name for people.
local function missing(check, grounds)
  for _, key in ipairs(check.needs or {}) do
    if not grounds[key].is_laid then
      return grounds[key].what
    end
  end
end

local function examine(check, context, grounds)
  local absent = missing(check, grounds)
  if absent then
    return finding.unchecked("needs: " .. absent)
  end
  return check.run(context)
end

--- Runs checks. Call inside a task.
-- @tparam {table,...} checks
-- @tparam table context
-- @tparam function on_line called with each line as soon as it is there
-- @treturn {table,...} lines: findings with `check` (its key) and `what`
function doctor.run(checks, context, on_line)
  local lines, grounds = {}, {}
  for _, check in ipairs(checks) do
    local ground = { what = check.what }
    grounds[check.key] = ground
    if not check.is_due or check.is_due(context) then
      local line = examine(check, context, grounds)
      line.check, line.what = check.key, check.what
      ground.is_laid = line.state == "ok" or line.state == "warning"
      lines[#lines + 1] = line
      on_line(line)
    end
  end
  return lines
end

--- Whether a person was tried: whose chat with the bot is open, so that the app is
-- installed and nobody has blocked or disabled it.
-- @tparam {table,...} lines
-- @treturn boolean
function doctor.is_tried(lines)
  for _, line in ipairs(lines) do
    if line.check == "chat" then
      return line.state == "ok"
    end
  end
  return false
end

--- What the program ends with: the exit status of the first wrong line.
-- @tparam {table,...} lines
-- @treturn integer 0 when nothing is wrong
-- @treturn ?table that line
function doctor.verdict(lines)
  for _, line in ipairs(lines) do
    if line.state == "wrong" then
      return line.exit, line
    end
  end
  return 0
end

return doctor

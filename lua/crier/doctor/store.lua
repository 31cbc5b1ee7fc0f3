-- Can the store be used?
local core = require "crier.core"
local finding = require "crier.doctor.finding"
local journal = require "crier.journal"
local messages = require "crier.journal.messages"
local text = require "crier.format.text"

local function check_place(path)
  local ok, message = core.fs.can_make_in(path:match "^(.*/)[^/]*$" or ".")
  if not ok then
    return finding.wrong(("store %s cannot be made: %s"):format(path, message),
      "set CRIER_STORE to a place that can be written")
  end
  return finding.ok(path .. ": not there yet, the first run makes it")
end

-- One process at a time sends for an app and tenant.
local function describe(found, path, config)
  local lane = found.lanes:find(config.app, config.tenant)
  local is_held, holder = false, ""
  if lane then
    is_held, holder = found.lanes:is_held(lane.id)
  end
  -- Without a name somebody only looks; single messages wait for a run.
  if is_held and holder ~= "" and holder:sub(1, #messages.HOLDER) ~= messages.HOLDER then
    return finding.wrong(("%s: a run of this app and tenant is under way: %s")
      :format(path, holder), "wait for it, or stop it; crier status shows it")
  end
  return finding.ok(("%s: %s"):format(path,
    text.count(#found.campaigns:list(), "campaign")))
end

local function check_store(context)
  local path, message = journal.path(context.config.store)
  local exists
  if path then
    exists, message = journal.exists(path)
  end
  if exists == false then
    return check_place(path)
  end
  local found
  if exists then
    found, message = journal.open(path)
  end
  if not found then
    return finding.wrong(message)
  end
  local line = describe(found, path, context.config)
  found:close()
  return line
end

return {
  { key = "store", what = "store", needs = { "settings" }, run = check_store },
}

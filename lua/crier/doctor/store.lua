--- Can the store be used?
local core = require "crier.core"
local finding = require "crier.doctor.finding"
local journal = require "crier.journal"

local function check_place(path)
  local ok, message = core.fs.can_make_in(path:match "^(.*/)[^/]*$" or ".")
  if not ok then
    return finding.wrong(("store %s cannot be made: %s"):format(path, message),
      "set CRIER_STORE to a place that can be written")
  end
  return finding.ok(path .. ": not there yet, the first run makes it")
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
  local count = #found.campaigns:list()
  found:close()
  return finding.ok(("%s: %d campaign%s"):format(path, count,
    count == 1 and "" or "s"))
end

return {
  { key = "store", what = "store", needs = { "settings" }, run = check_store },
}

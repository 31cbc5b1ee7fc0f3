--- One line for each answered call: as text, or as JSON.
--
-- A target is named by its key alone; no name, no token, no secret is ever in
-- a line.
-- @module crier.report.log
local json = require "crier.format.json"
local time = require "crier.format.time"

local log = {}

local LEVELS = { debug = 1, info = 2, warn = 3, error = 4 }
local FIELDS = { "time", "level", "campaign", "target", "service", "operation",
  "status", "error", "code", "request_id", "ms", "attempt" }
local VERBOSE = { "time", "level", "campaign", "target", "service", "operation",
  "method", "url", "status", "error", "code", "request_id", "ms", "attempt" }

local KINDS = {
  ok = "info",
  already = "info",
  misconfigured = "error",
  unauthorized = "error",
}

local function as_text(entry, fields)
  local parts = {}
  for _, name in ipairs(fields) do
    if entry[name] ~= nil then
      local value = entry[name]
      if name == "time" or name == "level" then
        parts[#parts + 1] = value
      else
        parts[#parts + 1] = name .. "=" .. (type(value) == "number"
          and json.encode(value) or (tostring(value):gsub("[%s%c]", "_")))
      end
    end
  end
  return table.concat(parts, " ")
end

local function as_json(entry, fields)
  return json.ordered(entry, fields)
end

--- Makes the `log` function of a client.
-- @tparam table options
-- @tparam string options.format `text` or `json`
-- @tparam string options.level the least that is written
-- @tparam function options.write called with each line, without its end
-- @tparam function options.now wall-clock milliseconds
-- @tparam string options.campaign name
-- @tparam ?boolean options.is_verbose write method and URL too, which may name
--   a person
-- @treturn function
function log.new(options)
  local least = LEVELS[options.level] or LEVELS.info
  local fields = options.is_verbose and VERBOSE or FIELDS
  local format = options.format == "json" and as_json or as_text
  return function(entry)
    local level = KINDS[entry.kind] or "warn"
    if LEVELS[level] < least then
      return
    end
    entry.time, entry.level = time.iso(options.now()), level
    entry.campaign = options.campaign
    entry.ms = entry.ms and math.floor(entry.ms + 0.5)
    options.write(format(entry, fields))
  end
end

return log

--- What `crier serve` tells standard error: a line for each thing that went wrong, and
-- no more of them than anybody reads.
-- @module crier.serve.log
local cjson = require "cjson"
local core = require "crier.core"
local time = require "crier.format.time"

local log = {}

local log_methods = {}
local log_mt = { __name = "crier.serve.log", __index = log_methods }

local MOST, WITHIN_MS = 20, 1000
local LONGEST = 300
-- Those that anybody may cause by knocking.
local HARMLESS = { refused = true }
local FIELDS = { "campaign", "dialog", "status", "exit", "type", "name", "id", "reason", "code",
  "problem", "detail", "remedy", "given_up" }

--- Makes a log.
-- @tparam table options
-- @tparam function options.now milliseconds since 1970
-- @tparam function options.write called with a line
-- @tparam[opt="text"] string options.form `text` or `json`
-- @tparam[opt="warn"] string options.level with `error` requests that were refused are not told
-- @treturn crier.serve.log
function log.new(options)
  return setmetatable({ now = options.now, write = options.write, form = options.form,
    is_quiet = options.level == "error", knocks = { since = 0, count = 0 },
    rest = { since = 0, count = 0 } }, log_mt)
end

local function clean(value)
  return core.text.printable(tostring(value), LONGEST)
end

local function as_text(at, entry)
  local parts = {}
  for _, name in ipairs(FIELDS) do
    if entry[name] ~= nil then
      parts[#parts + 1] = name .. "=" .. clean(entry[name])
    end
  end
  return at .. " " .. entry.event .. (parts[1] and ": " .. table.concat(parts, " ") or "")
end

local function as_json(at, entry)
  local out = { at = at, event = entry.event }
  for _, name in ipairs(FIELDS) do
    if entry[name] ~= nil then
      out[name] = clean(entry[name])
    end
  end
  return cjson.encode(out)
end

local function put(self, now, entry)
  self.write((self.form == "json" and as_json or as_text)(time.iso(now), entry) .. "\n")
end

--- Tells something. What is too much for a second is counted; what anybody may cause
-- apart from the rest, so that it hides nothing.
-- @tparam table entry `event` and what belongs to it
function log_methods:tell(entry)
  local is_knock = HARMLESS[entry.event]
  if self.is_quiet and is_knock then
    return
  end
  local now, share = self.now(), is_knock and self.knocks or self.rest
  if math.abs(now - share.since) >= WITHIN_MS then
    local left = share.count - MOST
    share.since, share.count = now, 0
    if left > 0 then
      put(self, now, { event = "left out", reason = ("%d lines"):format(left) })
    end
  end
  share.count = share.count + 1
  if share.count <= MOST then
    put(self, now, entry)
  end
end

return log

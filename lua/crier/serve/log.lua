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
-- What is told again and again for as long as it lasts: each of its problems once in so long.
local LASTING, LASTING_MS = { ["store failed"] = true }, 60 * 1000
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
    is_quiet = options.level == "error", shares = {} }, log_mt)
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

-- Says how many lines of each kind were too much, once their time is over.
local function sum_up(self, now)
  local open = {}
  for _, share in ipairs(self.shares) do
    if math.abs(now - share.since) < share.within_ms then
      open[#open + 1], open[share.key] = share, share
    elseif share.count > share.most then
      put(self, now, { event = "left out", type = share.event, problem = share.problem,
        reason = ("%d lines"):format(share.count - share.most) })
    end
  end
  self.shares = open
end

-- What an entry has its place in: that of its kind, so that none hides another.
local function share_of(self, now, entry)
  local lasts = LASTING[entry.event] and entry.problem
  local key = "kind " .. entry.event .. (lasts and ": " .. tostring(lasts) or "")
  local share = self.shares[key]
  if not share then
    share = { key = key, event = entry.event, problem = lasts, since = now, count = 0,
      most = lasts and 1 or MOST, within_ms = lasts and LASTING_MS or WITHIN_MS }
    self.shares[key], self.shares[#self.shares + 1] = share, share
  end
  return share
end

--- Tells something. What is too much of a kind for a second is counted; so is what a
-- store that fails repeats within a minute.
-- @tparam table entry `event` and what belongs to it
function log_methods:tell(entry)
  if self.is_quiet and HARMLESS[entry.event] then
    return
  end
  local now = self.now()
  sum_up(self, now)
  local share = share_of(self, now, entry)
  share.count = share.count + 1
  if share.count <= share.most then
    put(self, now, entry)
  end
end

return log

--- What was delivered, in order of arrival: one JSON line each.
-- A line is kept as the text it will be read as, with the activity exactly as
-- it was received.
-- @module crier.simulator.deliveries
local encoding = require("crier.simulator.encoding")

local deliveries = {}

local deliveries_methods = {}
local deliveries_mt = { __name = "crier.simulator.deliveries", __index = deliveries_methods }

--- Makes an empty record.
-- @tparam table options
-- @tparam boolean options.is_kept false: count only
-- @treturn crier.simulator.deliveries
function deliveries.new(options)
  return setmetatable({ is_kept = options.is_kept, lines = {}, count = 0, reached = {},
    recipients = 0, last_id = 0 }, deliveries_mt)
end

local function line(recipient, conversation_id, activity_id, activity, now_ms)
  if activity:find("\n", 1, true) or activity:find("\r", 1, true) then
    activity = activity:gsub("[\r\n]", " ") -- between tokens: JSON strings hold none
  end
  return '{"recipient":"' .. recipient .. '","conversation_id":'
    .. encoding.quote(conversation_id) .. ',"activity_id":"' .. activity_id .. '","at":"'
    .. encoding.iso_time(now_ms) .. '","activity":' .. activity .. "}\n"
end

--- Records a delivery.
-- @tparam number k the person
-- @tparam string recipient the person's Entra object id
-- @tparam string conversation_id as addressed
-- @tparam string activity JSON as received
-- @tparam number now_ms
-- @treturn string the activity's id: the time of day it was taken in, made
-- unique
function deliveries_methods:add(k, recipient, conversation_id, activity, now_ms)
  local id = math.max(math.floor(now_ms), self.last_id + 1)
  self.last_id = id
  local activity_id = ("%.0f"):format(id)
  self.count = self.count + 1
  if self.is_kept then
    self.lines[self.count] = line(recipient, conversation_id, activity_id, activity, now_ms)
  end
  if not self.reached[k] then
    self.reached[k] = true
    self.recipients = self.recipients + 1
  end
  return activity_id
end

--- Reads deliveries as JSON lines.
-- @tparam[opt=0] number after skips so many
-- @tparam ?number limit at most so many; all when nil
-- @treturn string
function deliveries_methods:text(after, limit)
  local first = (after or 0) + 1
  local last = math.min(#self.lines, limit and first + limit - 1 or #self.lines)
  return table.concat(self.lines, "", first, math.max(last, first - 1))
end

return deliveries

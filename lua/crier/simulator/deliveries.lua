--- What was delivered, in order of arrival: one JSON line each.
--
--     {"recipient":"<Entra id; id of the chat or channel>","conversation_id":
--      "…","activity_id":"…","at":"…","activity":{…}}
--
-- Before the activity, where they apply: `conversation_type` (`groupChat` or
-- `channel`), `part` (1 or 2 of what Teams splits), `updated_at`, `deleted_at`.
-- A line is kept as the text it will be read as, with the activity exactly as
-- it was received. An update puts the new activity into the line, a deletion
-- only marks it.
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
  return setmetatable({ is_kept = options.is_kept, lines = {}, by_id = {}, deleted = {},
    count = 0, reached = {}, recipients = 0, last_id = 0 }, deliveries_mt)
end

local function one_line(activity)
  if activity:find("\n", 1, true) or activity:find("\r", 1, true) then
    activity = activity:gsub("[\r\n]", " ") -- between tokens: JSON strings hold none
  end
  return activity
end

local function line(delivery, activity_id, now_ms)
  local place, more = delivery.place, ""
  if place.kind ~= "personal" then
    more = ',"conversation_type":"' .. place.kind .. '"'
  end
  if delivery.part then
    more = more .. (',"part":%d'):format(delivery.part)
  end
  return '{"recipient":"' .. place.recipient .. '","conversation_id":'
    .. encoding.quote(place.id) .. ',"activity_id":"' .. activity_id .. '","at":"'
    .. encoding.iso_time(now_ms) .. '"' .. more .. ',"activity":' .. one_line(delivery.activity)
    .. "}\n"
end

--- Records a delivery.
-- @tparam table delivery
-- @tparam table delivery.place of `crier.simulator.conversations`
-- @tparam string delivery.activity JSON as received
-- @tparam ?number delivery.part 1 or 2 of an activity that Teams splits
-- @tparam number now_ms
-- @treturn string the activity's id: the time of day it was taken in, made
-- unique
function deliveries_methods:add(delivery, now_ms)
  local id = math.max(math.floor(now_ms), self.last_id + 1)
  self.last_id = id
  local activity_id = ("%.0f"):format(id)
  self.count = self.count + 1
  if self.is_kept then
    self.lines[self.count] = line(delivery, activity_id, now_ms)
    self.by_id[id] = self.count
  end
  local key = delivery.place.k or delivery.place.recipient
  if not self.reached[key] then
    self.reached[key] = true
    self.recipients = self.recipients + 1
  end
  return activity_id
end

-- The fields of a line before its activity, and the activity.
local function parts(text)
  local first, last = text:find(',"activity":', 1, true)
  return text:sub(1, first - 1), text:sub(last + 1)
end

--- Finds a message.
-- @tparam string activity_id
-- @tparam table place where it should be
-- @treturn ?boolean true; false when it was deleted; nil when there is none.
-- Where nothing is kept every id that was given out is taken for good
function deliveries_methods:find(activity_id, place)
  local id = activity_id:match("^%d+$") and tonumber(activity_id)
  if not self.is_kept then
    return id ~= nil and id <= self.last_id or nil
  end
  local at = id and self.by_id[id]
  local start = '{"recipient":"' .. place.recipient .. '"'
  if not at or self.lines[at]:sub(1, #start) ~= start then
    return nil
  end
  return not self.deleted[at]
end

--- Puts another activity in the place of one.
-- @tparam string activity_id that `find` knows
-- @tparam string activity JSON as received
-- @tparam number now_ms
function deliveries_methods:update(activity_id, activity, now_ms)
  local at = self.by_id[tonumber(activity_id)]
  if at then
    local head = parts(self.lines[at]):gsub(',"updated_at":"[^"]*"', "")
    self.lines[at] = head .. ',"updated_at":"' .. encoding.iso_time(now_ms) .. '","activity":'
      .. one_line(activity) .. "}\n"
  end
end

--- Marks a message as deleted.
-- @tparam string activity_id that `find` knows
-- @tparam number now_ms
function deliveries_methods:delete(activity_id, now_ms)
  local at = self.by_id[tonumber(activity_id)]
  if at then
    local head, rest = parts(self.lines[at])
    self.deleted[at] = true
    self.lines[at] = head .. ',"deleted_at":"' .. encoding.iso_time(now_ms) .. '","activity":'
      .. rest
  end
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

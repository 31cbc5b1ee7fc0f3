--- Activities before they leave: completed, judged and measured.
-- @module crier.activity
local core = require "crier.core"
local message = require "crier.template.message"
local utf8text = require "crier.template.utf8text"
local value = require "crier.template.value"

local activity = {}

local limits = core.activity

--- Says why an activity is too large, if it is.
-- @tparam integer bytes of UTF-16, see `core.activity.size`
-- @tparam ?boolean is_large_wanted up to what Teams takes (100 KB) instead of
--   what Microsoft advises (80 KB)
-- @tparam[opt=""] string note what to add to the size
-- @treturn ?string nil when it is not
function activity.too_large(bytes, is_large_wanted, note)
  local limit = is_large_wanted and limits.LIMIT_BYTES or limits.ADVISED_BYTES
  if bytes <= limit then
    return nil
  end
  return ("the message is %d KB%s; Teams %s at most %d KB"):format(
    math.ceil(bytes / 1024), note or "",
    is_large_wanted and "takes" or "advises", limit / 1024)
end

-- Where a text is not UTF-8: in JSON it would become another text.
local function garbled(any, place)
  if type(any) == "string" then
    return utf8text.first_invalid(any) and place .. ": this is not UTF-8"
  elseif type(any) ~= "table" then
    return nil
  end
  local is_array = value.is_array(any)
  for key, inner in pairs(any) do
    if type(key) == "string" and utf8text.first_invalid(key) then
      return place .. ": a name in it is not UTF-8"
    end
    local step = is_array and key - 1 or key
    local problem = garbled(inner,
      place .. "/" .. tostring(step):gsub("~", "~0"):gsub("/", "~1"))
    if problem then
      return problem
    end
  end
end

local function as_json(any)
  if type(any) ~= "table" then
    return any
  end
  local text, problem = value.encode(any)
  if not text then
    return nil, "a value in the activity " .. problem
  end
  problem = garbled(any, "")
  return not problem and text or nil, problem
end

--- Makes ready what a program gives to be sent: as JSON text, with a `type`, and
-- with the `summary` of its card where it has none.
-- @tparam table|string any an activity as a table, or as JSON text
-- @tparam table options
-- @tparam ?boolean options.split text with attachments is wanted: Teams makes
--   two messages of it and returns no usable id
-- @tparam ?boolean options.large up to 100 KB instead of 80 KB
-- @tparam ?boolean options.is_group it goes to a channel or a group chat
-- @treturn[1] string JSON text
-- @treturn[2] nil
-- @treturn[2] string message, with the place as a JSON Pointer
-- @treturn[2] string code: `ACTIVITY`, `TOO_LARGE`, or that of the flaw, such as
--   `SPLIT`
function activity.prepare(any, options)
  local json, problem = as_json(any)
  local text
  if json then
    text, problem = message.complete(json)
  end
  if not text then
    return nil, problem, "ACTIVITY"
  end
  local ok, flaw, code, place = core.activity.check(text, options)
  if not ok then
    return nil, (place == "" and "" or place .. ": ") .. flaw, code
  end
  problem = activity.too_large(core.activity.size(text), options.large)
  if problem then
    return nil, problem, "TOO_LARGE"
  end
  return text
end

return activity

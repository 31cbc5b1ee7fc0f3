--- Times and spans as people and programs read them.
-- @module crier.report.time
local time = {}

--- An instant as RFC 3339 in UTC, with milliseconds.
-- @tparam ?number ms milliseconds since 1970
-- @treturn ?string nil for nil
function time.iso(ms)
  if not ms then
    return nil
  end
  local seconds = math.floor(ms / 1000)
  return os.date("!%Y-%m-%dT%H:%M:%S", seconds)
    .. (".%03dZ"):format(math.floor(ms % 1000))
end

--- A span in the two largest units that matter.
-- @tparam number seconds
-- @treturn string such as `42 s`, `3 min 05 s`, `2 h 10 min`
function time.span(seconds)
  local whole = math.ceil(seconds)
  if whole < 60 then
    return ("%d s"):format(whole)
  elseif whole < 3600 then
    return ("%d min %02d s"):format(math.floor(whole / 60), whole % 60)
  end
  return ("%d h %02d min"):format(math.floor(whole / 3600),
    math.floor(whole % 3600 / 60))
end

return time

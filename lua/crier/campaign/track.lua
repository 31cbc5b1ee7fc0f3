--- What a campaign notes of what people do with its message. Nothing, unless it says so.
-- @module crier.campaign.track
local suggest = require "crier.suggest"

local track = {}

local KINDS = { "clicks", "reactions", "reads" }
local WORDS = { clicks = "which buttons of the message they press that open a page (an"
    .. " estimate)", reactions = "who reacts to the message, and how",
  reads = "up to which message each chat was read (an estimate; the app needs"
    .. " ChatMessageReadReceipt.Read.Chat)" }

--- Says what is wrong with a campaign's `track`.
-- @param value
-- @treturn ?string nil when nothing is
function track.problem(value)
  if value == nil then
    return nil
  elseif type(value) ~= "table" then
    return "track takes { clicks = true, reactions = true, reads = true }"
  end
  for _, kind in ipairs(KINDS) do
    if value[kind] ~= nil and type(value[kind]) ~= "boolean" then
      return ("track: %s must be true or false"):format(kind)
    end
  end
  return suggest.unknown_key("track", value, KINDS)
end

--- Says what is noted.
-- @tparam ?table value of `crier.campaign`
-- @treturn ?string nil when nothing is
function track.text(value)
  local parts = {}
  for _, kind in ipairs(KINDS) do
    if value and value[kind] then
      parts[#parts + 1] = WORDS[kind]
    end
  end
  return parts[1] and "it is noted of each person: " .. table.concat(parts, "; ") or nil
end

return track

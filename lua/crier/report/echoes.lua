--- What came back on a campaign's messages, in words: an estimate, and named so.
-- @module crier.report.echoes
local text = require "crier.format.text"

local echoes = {}

local MOST_LINKS = 5

--- What a count of readers is worth.
echoes.NOTE = "an estimate: a chat whose receipts are off never counts, and one that was"
  .. " opened counts whether or not the message was looked at"

--- Says what came back.
-- @tparam ?table found `clicks`, `reactions` and `reads`, see `crier.journal.echoes`
-- @tparam integer delivered people who have the message
-- @treturn {string,...} lines; none when nothing is noted
function echoes.lines(found, delivered)
  local lines = {}
  if found and found.clicks then
    local parts = {}
    for i = 1, math.min(#found.clicks.links, MOST_LINKS) do
      local one = found.clicks.links[i]
      parts[i] = ("%s %s"):format(text.number(one.people), one.url)
    end
    lines[1] = ("clicked: about %s (%san estimate: programs that look at links count, too)")
      :format(text.count(found.clicks.people, "person", "people"),
        parts[1] and table.concat(parts, ", ") .. "; " or "")
  end
  if found and found.reactions then
    local parts = {}
    for i, one in ipairs(found.reactions.kinds) do
      parts[i] = text.number(one.count) .. " " .. one.kind
    end
    lines[#lines + 1] = ("reacted: %s%s"):format(
      text.count(found.reactions.people, "person", "people"),
      parts[1] and " (" .. table.concat(parts, ", ") .. ")" or "")
  end
  if found and found.reads then
    lines[#lines + 1] = ("read: about %s of %s (%s)"):format(text.number(found.reads.people),
      text.number(delivered), echoes.NOTE)
  end
  return lines
end

return echoes

--- One line that tells how far a run is: made to fit a terminal's width, by
-- saying less before anything is cut.
-- @module crier.cli.progress
local text = require "crier.format.text"
local time = require "crier.format.time"

local progress = {}

local RED, GREEN, YELLOW, RESET = "\27[31m", "\27[32m", "\27[33m", "\27[0m"
local EIGHTHS = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" }
local WIDEST_BAR = 24

-- What is said, from most to least; `bar` is the shortest bar worth drawing.
-- Why nothing moves outweighs how far it is.
local FORMS = {
  { phase = true, bar = 10, counts = "all", rate = "of %s calls/s" },
  { phase = true, bar = 8, counts = "all", rate = "of %s/s" },
  { phase = true, bar = 8, counts = "some", rate = "of %s/s" },
  { phase = true, bar = 6, counts = "some" },
  { phase = true, counts = "some" },
  { phase = true },
  {},
  { phase = true, counts = "some", short = true },
  { short = true },
}

local function bar(share, width, utf8)
  local cells = share * width
  local full = math.floor(cells)
  if not utf8 then
    return ("#"):rep(full) .. ("."):rep(width - full)
  end
  local part = EIGHTHS[math.floor((cells - full) * 8)] or ""
  return ("█"):rep(full) .. part
    .. ("░"):rep(width - full - (part == "" and 0 or 1))
end

local function counts(facts, form)
  local parts = {}
  if not form.counts then
    return parts
  end
  local function add(count, word, colour)
    if count > 0 or form.counts == "all" or word == "delivered" then
      local said = form.counts == "all" and word .. " " .. text.number(count)
        or text.number(count) .. " " .. word
      parts[#parts + 1] = { (#parts > 0 and ", " or "  ") .. said,
        count > 0 and colour }
    end
  end
  add(facts.delivered, "delivered", GREEN)
  add(facts.failed, "failed", RED)
  add(facts.unknown, "unknown", YELLOW)
  return parts
end

-- A rate may be less than one a second.
local function per_second(value)
  return value < 10 and value % 1 ~= 0 and ("%.2g"):format(value) or text.number(value)
end

local function rate(facts, form)
  local said = facts.allowed and facts.allowed < 10 and per_second(facts.rate)
    or text.number(facts.rate)
  if not facts.allowed then
    return said .. (form.rate:find "calls" and " calls/s" or "/s")
  end
  said = said .. " " .. form.rate:format(per_second(facts.allowed))
  if facts.throttled > 0 then
    said = said .. (" (%s throttled)"):format(text.number(facts.throttled))
  end
  return said
end

-- The pieces of a line, each `{ text, colour | nil }`, without the bar.
local function pieces(facts, form)
  local made = {}
  local function add(said, colour)
    made[#made + 1] = { said, colour }
  end
  add(form.phase and facts.phase .. " " or "")
  add(text.number(facts.done) .. "/" .. text.number(facts.total))
  for _, part in ipairs(counts(facts, form)) do
    made[#made + 1] = part
  end
  if form.rate and facts.rate then
    add("  " .. rate(facts, form))
  end
  if facts.seconds_left then
    add("  " .. time.about(facts.seconds_left) .. " left")
  end
  if facts.waiting then
    add("  " .. (form.short and facts.waiting.short or facts.waiting.text),
      YELLOW)
  end
  return made
end

local function joined(made, colour)
  local parts = {}
  for i, piece in ipairs(made) do
    parts[i] = colour and piece[2] and piece[2] .. piece[1] .. RESET
      or piece[1]
  end
  return table.concat(parts)
end

local function share(facts)
  return facts.total > 0 and math.min(facts.done / facts.total, 1) or 1
end

--- The line for a place where lines stay, such as a file.
-- @tparam table facts `phase`, `done`, `total`, `delivered`, `failed`,
--   `unknown`, `rate` (calls a second; nil: not worth saying), `allowed`
--   (calls a second; nil: no limit), `throttled` (calls), `seconds_left`
--   (nil: not known), `waiting` (see `crier.campaign.outlook`)
-- @treturn string
function progress.plain(facts)
  local made = pieces(facts, FORMS[1])
  table.insert(made, 2, { ("%d %%  "):format(math.floor(100 * share(facts))) })
  return joined(made)
end

--- The line for a terminal.
-- @tparam table facts see `progress.plain`
-- @tparam integer width columns
-- @tparam ?table look `utf8`, `colour` (booleans)
-- @treturn string
function progress.line(facts, width, look)
  look = look or {}
  local made, room
  for _, form in ipairs(FORMS) do
    made = pieces(facts, form)
    room = width - text.width(joined(made))
    if room > (form.bar or -1) then
      if form.bar then
        local drawn = bar(share(facts), math.min(room - 1, WIDEST_BAR),
          look.utf8)
        table.insert(made, 2, { drawn .. " " })
      end
      return joined(made, look.colour)
    end
  end
  return text.cut(joined(made), width, look.utf8 and "…" or "")
end

return progress

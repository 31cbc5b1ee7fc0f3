--- The lines of the doctor for people: state, what, why, and below it what to do.
-- @module crier.doctor.layout
local core = require "crier.core"
local text = require "crier.format.text"

local layout = {}

local STATE, WHAT = 13, 18 -- columns of the first two
local RESET = "\27[0m"
local COLOURS = { ok = "\27[32m", warning = "\27[33m", wrong = "\27[31m" }

local function pad(word, width)
  return word .. (" "):rep(math.max(1, width - text.width(word)))
end

-- The service's code belongs to why, unless its words have it.
local function reason(line)
  local why = line.why or ""
  if line.code and not why:find(line.code, 1, true) then
    why = why .. " (" .. line.code .. ")"
  end
  return why
end

-- Names and words come from outside: no control character reaches a terminal.
local function wrap(said, width, indent)
  return text.wrap(core.text.printable(said), width, indent)
end

--- Makes a writer of lines.
-- @tparam table look `width` (columns), `colour` (boolean)
-- @treturn function of a line from `crier.doctor.run`; gives text that ends in
--   a line's end. What was said of the line before is not said twice.
function layout.new(look)
  local told = {} -- remedy -> why it was given
  local indent = (" "):rep(STATE + WHAT)
  return function(line)
    local colour = look.colour and COLOURS[line.state]
    local state = pad(line.state, STATE)
    local why, remedy = reason(line), line.remedy
    if remedy and told[remedy] == why then
      why, remedy = "the same", nil -- one cause, several lines
    elseif remedy then
      told[remedy] = why
    end
    local lines = wrap(why, look.width, indent)
    for _, more in ipairs(remedy and wrap("-> " .. remedy, look.width, indent)
      or {}) do
      lines[#lines + 1] = more
    end
    lines[1] = ((colour and colour .. state .. RESET or state)
      .. pad(line.what, WHAT) .. (lines[1] or indent):sub(#indent + 1))
      :gsub("%s+$", "")
    return table.concat(lines, "\n") .. "\n"
  end
end

return layout

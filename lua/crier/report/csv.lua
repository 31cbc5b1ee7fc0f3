--- Cells of csv that a spreadsheet shows and does not run.
-- @module crier.report.csv
local core = require "crier.core"

local csv = {}

-- The full-width forms of = + - @, which some programs read as these.
local WIDE = "^\239\188[\157\139\141\160]"

--- Writes a value; a text that a spreadsheet would take for a formula begins with a
-- quote.
-- @param value nil is empty, a number whole unless it has a fraction
-- @treturn string
function csv.cell(value)
  if value == nil then
    return ""
  end
  local text = type(value) == "number" and (value % 1 == 0 and "%.0f" or "%.14g"):format(value)
    or core.text.printable(tostring(value))
  if type(value) == "string" and (value:find "^%s*[=+%-@]"
    or value:find "^[\t\r\n]" or value:find(WIDE)) then
    text = "'" .. text
  end
  if text:find '[",\r\n]' then
    text = '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

--- Writes a row.
-- @tparam table made values by column
-- @tparam {string,...} columns
-- @treturn string with its end of line
function csv.row(made, columns)
  local cells = {}
  for i, name in ipairs(columns) do
    cells[i] = csv.cell(made[name])
  end
  return table.concat(cells, ",") .. "\r\n"
end

return csv

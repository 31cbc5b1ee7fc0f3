--- Reads csv as people make it: RFC 4180, with `,` `;` or tab, LF or CRLF, a
-- byte-order mark, quotes and line breaks in quotes; a bad row is told apart
-- and does not spoil the others.
-- @module crier.audience.csv
local lines = require "crier.audience.lines"

local csv = {}

local is_utf8, trim = lines.is_utf8, lines.trim

local CHUNK = 65536
local MOST_ROW = lines.MOST_BYTES
local MOST_COLUMNS = 500

-- Cuts text into records, of which at most MOST_ROW bytes and a chunk are held.
local reader_methods = setmetatable({}, { __index = lines.methods })
local reader_mt = { __index = reader_methods }

local function new_reader(read)
  return setmetatable({ read = read, text = "", at = 1, line = 1 }, reader_mt)
end

-- The next record's raw text without its line end, and its first line; nil at
-- the end. A quote that never closes takes the rest of its line only.
function reader_methods:record()
  local from, quotes, height = self.at, 0, 0
  while true do
    local stop
    stop, from = self:line_end(from)
    if not stop and self.at > #self.text then
      return nil
    end
    local is_last = not stop
    stop = stop or #self.text + 1
    local _, count = self.text:sub(from, stop - 1):gsub('"', "")
    quotes, height = quotes + count, height + 1
    local closed = quotes % 2 == 0
    if closed or is_last or stop - self.at > MOST_ROW then
      if not closed then -- an open quote: only the first line is this row
        stop = self.text:find("\n", self.at, true) or #self.text + 1
        height = 1
      end
      local raw, line = self.text:sub(self.at, stop - 1), self.line
      self.at, self.line = stop + 1, self.line + height
      return (raw:gsub("\r$", "")), line
    end
    from = stop + 1
  end
end

-- Splits one record; nil, message when it is malformed.
local function split(raw, separator)
  local fields, at = {}, 1
  while true do
    local value
    if raw:sub(at, at) == '"' then
      local parts, from = {}, at + 1
      while true do
        local quote = raw:find('"', from, true)
        if not quote then
          return nil, "a quote is not closed"
        end
        parts[#parts + 1] = raw:sub(from, quote - 1)
        if raw:sub(quote + 1, quote + 1) ~= '"' then
          at = quote + 1
          break
        end
        parts[#parts + 1] = '"'
        from = quote + 2
      end
      value = table.concat(parts)
      local after = raw:sub(at, at)
      if after ~= "" and after ~= separator then
        return nil, "text after a closing quote"
      end
    else
      local stop = raw:find(separator, at, true) or #raw + 1
      value = raw:sub(at, stop - 1)
      at = stop
    end
    fields[#fields + 1] = value
    if #fields > MOST_COLUMNS then
      return nil, "more than " .. MOST_COLUMNS .. " columns"
    end
    if at > #raw then
      return fields
    end
    at = at + 1
  end
end

local PERSON = lines.PERSON

local function person_column(names, wanted)
  local places = {}
  for i, name in ipairs(names) do
    local key = wanted and name or name:lower()
    places[key] = places[key] or i
  end
  if wanted then
    return places[wanted]
  end
  for _, name in ipairs(PERSON) do
    if places[name] then
      return places[name]
    end
  end
end

-- The header: its names, the person's column, the separator.
local function header(raw, wanted)
  for _, separator in ipairs { ",", ";", "\t" } do
    local names = split(raw, separator)
    for i, name in ipairs(names or {}) do
      names[i] = trim(name)
    end
    local column = names and person_column(names, wanted)
    if column then
      return names, column, separator
    end
  end
end

-- The name that two columns have, or nil.
local function name_twice(names)
  local seen = {}
  for _, name in ipairs(names) do
    if name ~= "" and seen[name] then
      return name
    end
    seen[name] = true
  end
end

-- What is wrong with the header's text, before it is split.
local function flaw(raw)
  if not raw or raw == "" then
    return "it is empty: the first row must name the columns"
  elseif raw:gsub('"[^"]*"', ""):find("\r", 1, true) then
    return "its lines end in CR alone: save it as CSV UTF-8, with LF or CRLF"
  elseif #raw > MOST_ROW then
    return ("the header row is longer than %d bytes"):format(MOST_ROW)
  end
end

-- The fields of a row; nil and what is wrong with it.
local function parse(raw, separator, names, column)
  if #raw > MOST_ROW then
    return nil, ("longer than %d bytes"):format(MOST_ROW)
  elseif not is_utf8(raw) then
    return nil, "not UTF-8 text"
  end
  local fields, problem = split(raw, separator)
  if not fields then
    return nil, problem
  elseif #fields ~= #names then
    return nil, ("%d fields where the header has %d"):format(#fields, #names)
  elseif trim(fields[column]) == "" then
    return nil, "no person in column " .. names[column]
  end
  return fields
end

local function by_name(names, fields)
  local row = {}
  for i = 1, #names do
    if names[i] ~= "" then
      row[names[i]] = fields[i]
    end
  end
  return row
end

--- Reads all rows.
-- @tparam function read gives the next piece of text, nil at the end
-- @tparam ?string wanted name of the person's column
-- @tparam function visit called with `(line, who, row)` for a good row, the
--   row's fields by column name; with `(line, nil, message)` for a bad one; a
--   text returned by it ends the reading as a failure
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message: what is wrong with the file as a whole
-- @treturn[2] string code `CSV`
function csv.read(read, wanted, visit)
  local reader = new_reader(read)
  local raw = reader:record()
  if raw and lines.is_utf16(raw) then
    return nil, "it is UTF-16: save it as CSV UTF-8", "CSV"
  end
  raw = raw and lines.without_bom(raw)
  local problem = flaw(raw)
  if problem then
    return nil, problem, "CSV"
  end
  local names, column, separator = header(raw, wanted)
  if not names then
    return nil, wanted and ("no column '%s' in the header row"):format(wanted)
      or "the header row has none of the columns id, upn, userPrincipalName, mail"
      .. " (or say which: crier.csv(path, { column = \"…\" }))", "CSV"
  elseif name_twice(names) then
    return nil, ("the header row names the column '%s' twice"):format(name_twice(names)), "CSV"
  end
  local line
  raw, line = reader:record()
  while raw do
    if raw:find("[^%s,;]") then
      local fields
      fields, problem = parse(raw, separator, names, column)
      local enough
      if fields then
        enough = visit(line, trim(fields[column]), by_name(names, fields))
      else
        enough = visit(line, nil, problem)
      end
      if enough then
        return nil, enough, "CSV"
      end
    end
    raw, line = reader:record()
  end
  return true
end

--- A `read` function for `csv.read` over an open file.
-- @param file an open file
-- @tparam ?function seen called with each piece of text
-- @treturn function
function csv.from_file(file, seen)
  return function()
    local chunk = file:read(CHUNK)
    if chunk and seen then
      seen(chunk)
    end
    return chunk
  end
end

return csv

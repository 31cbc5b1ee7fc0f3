--- A campaign's message as an example: for somebody who does not exist, or for
-- one of those it was sent to.
-- @module crier.report.sample
local cjson = require "cjson.safe"
local compose = require "crier.campaign.compose"
local content = require "crier.campaign.content"
local csv = require "crier.audience.csv"
local jsonl = require "crier.audience.jsonl"
local script = require "crier.campaign.script"

local sample = {}

-- What ends the reading of a file.
local FOUND = "found"

-- Nobody: the fields that are always read, with made-up values.
local NOBODY = {
  id = "00000000-0000-0000-0000-000000000000",
  userPrincipalName = "alex.example@example.com",
  displayName = "Alex Example",
  givenName = "Alex",
  surname = "Example",
  mail = "alex.example@example.com",
  jobTitle = "Engineer",
  department = "Sales",
  officeLocation = "Building 1",
  mobilePhone = "+1 555 0100",
  businessPhones = { "+1 555 0101" },
  preferredLanguage = "en-US",
  usageLocation = "US",
  accountEnabled = true,
  userType = "Member",
}

-- Somebody's fields with other values; those that nobody thought of are named.
local function made_up(text, known)
  local found, made = text and cjson.decode(text), {}
  for name, value in pairs(known or {}) do
    made[name] = value
  end
  for name in pairs(type(found) == "table" and found or {}) do
    if type(name) == "string" and made[name] == nil then
      made[name] = "[" .. name .. "]"
    end
  end
  return made
end

--- Makes a row of somebody who does not exist, with the fields and csv columns of
-- one who does.
-- @tparam ?table row with `fields` and `csv`
-- @treturn table a row
function sample.nobody(row)
  row = row or {}
  return {
    fields = cjson.encode(made_up(row.fields, NOBODY)),
    csv = row.csv and cjson.encode(made_up(row.csv)),
  }
end

-- The files of an audience that have people in them, and its lists.
local function sources_of(node, found)
  if node.kind == "csv" or node.kind == "jsonl" or node.kind == "list" then
    found[#found + 1] = node
  end
  for _, inner in ipairs(node) do
    sources_of(inner, found)
  end
  return found
end

local READERS = { csv = csv, jsonl = jsonl }

-- Calls `visit(who, row)` with each person of a source until it returns true.
local function each_person(source, files, visit)
  if source.kind == "list" then
    for _, who in ipairs(source.people) do
      if visit(who) then
        return true
      end
    end
    return true
  end
  local read, message = files:open_csv(source.path)
  if not read then
    return nil, message
  end
  local ok, problem = READERS[source.kind].read(read, source.column,
    function(_, who, row)
      return who and visit(who, row) and FOUND or nil
    end)
  if not ok and problem ~= FOUND then
    return nil, source.path .. ": " .. problem
  end
  return true
end

-- A row of a file as JSON: jsonl gives text, csv a table.
local function encoded(row)
  return type(row) == "table" and cjson.encode(row) or row
end

--- Finds a person in the files and lists of a campaign's audience, without the
-- network: their row is real, the directory's fields are made up.
-- @tparam crier.campaign definition
-- @tparam crier.content files
-- @tparam ?string who id, UPN or mail; nil for somebody who does not exist, with
--   the columns of the first row
-- @treturn[1] table a row with `fields` and `csv`
-- @treturn[2] nil
-- @treturn[2] string message
function sample.person(definition, files, who)
  local wanted, found, any = who and who:lower(), nil, nil
  for _, source in ipairs(sources_of(definition.audience, {})) do
    local ok, message = each_person(source, files, function(each, row)
      any = any or row
      local is_it = not wanted or each:lower() == wanted
      found = found or is_it and { who = each, csv = encoded(row) } or nil
      return is_it
    end)
    if not ok then
      return nil, message
    end
  end
  if not who then
    return sample.nobody { csv = encoded(any) }
  elseif not found then
    return nil, ("%s is in no csv, jsonl or list of the script: others are not"
      .. " known without the network"):format(who)
  end
  local fields = made_up(nil, NOBODY)
  fields[found.who:find("@", 1, true) and "userPrincipalName" or "id"] = found.who
  fields.mail = fields.userPrincipalName
  return { fields = cjson.encode(fields), csv = found.csv }
end

--- Makes the message of a campaign's files.
-- @tparam crier.campaign definition
-- @tparam crier.content files
-- @tparam table row whom it is made for
-- @tparam ?boolean is_lenient whether a value that is missing is empty
-- @treturn[1] string the activity as JSON
-- @treturn[2] nil
-- @treturn[2] string why not
function sample.render(definition, files, row, is_lenient)
  if is_lenient then
    definition.on_missing = "empty"
  end
  local composed, message = compose.new(definition, files)
  if not composed then
    return nil, message
  end
  local made, reason, text = composed:render(row)
  if not made then
    return nil, reason .. (text and ": " .. text or "")
  end
  return made
end

--- Makes the message of a stored campaign.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @tparam table row whom it is made for
-- @tparam ?boolean is_lenient whether a value that is missing is empty
-- @treturn[1] string the activity as JSON
-- @treturn[2] nil
-- @treturn[2] string why not
function sample.activity(journal, campaign, row, is_lenient)
  local files = content.stored(campaign.script,
    journal.campaigns:bundle(campaign.id))
  local definition, message = script.load(files)
  if not definition then
    return nil, message
  end
  return sample.render(definition, files, row, is_lenient)
end

return sample

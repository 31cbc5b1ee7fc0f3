--- A campaign's message as an example: for somebody who does not exist, or for
-- one of those it was sent to.
-- @module crier.report.sample
local cjson = require "cjson.safe"
local compose = require "crier.campaign.compose"
local content = require "crier.campaign.content"
local script = require "crier.campaign.script"

local sample = {}

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
  if is_lenient then
    definition.on_missing = "empty"
  end
  local composed
  composed, message = compose.new(definition, files)
  if not composed then
    return nil, message
  end
  local made, reason, text = composed:render(row)
  if not made then
    return nil, reason .. (text and ": " .. text or "")
  end
  return made
end

return sample

--- A campaign's message as an example: for somebody who does not exist, or for
-- one of those it was sent to.
-- @module crier.report.sample
local cjson = require "cjson.safe"
local choice = require "crier.campaign.choice"
local compose = require "crier.campaign.compose"
local content = require "crier.campaign.content"
local csv = require "crier.audience.csv"
local jsonl = require "crier.audience.jsonl"
local person = require "crier.audience.person"
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
-- @treturn[2] ?string `UNKNOWN` when none of them has the person
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
    return nil, who .. " is in no csv, jsonl or list of the script", "UNKNOWN"
  end
  local fields, is_id = made_up(nil, NOBODY), not found.who:find("@", 1, true)
  fields[is_id and "id" or "userPrincipalName"] = found.who
  fields.mail = fields.userPrincipalName
  return { fields = cjson.encode(fields), csv = found.csv,
    key = is_id and "user:" .. found.who or nil }
end

-- Whom one of several messages is made for: somebody who reads its language.
local function reader_of(row, pick, wanted)
  local recipient = person.recipient(row)
  recipient.preferredLanguage = wanted or pick.language or recipient.preferredLanguage
  return recipient
end

-- What is to be made: what that person gets, or all that people may get.
local function picks_of(composed, row, only)
  if not only.is_own then
    return composed.choice:all(only)
  end
  local pick, reason, text = composed.choice:pick(row, person.recipient(row))
  return pick and { pick }, pick == nil and reason .. ": " .. text or nil
end

local function render_each(composed, row, only)
  local picks, problem = picks_of(composed, row, only)
  if not picks then
    return nil, problem
  end
  local own = composed.choice:pick(row, person.recipient(row))
  local made = {}
  for i, pick in ipairs(picks) do
    local activity, reason, text =
      composed:render_pick(pick, only.is_own and person.recipient(row)
        or reader_of(row, pick, only.wanted))
    local label = choice.label(pick)
    if not activity then
      return nil, (label and label .. ": " or "") .. reason .. (text and ": " .. text or "")
    end
    made[i] = { activity = activity, variant = pick.variant, language = pick.language,
      label = label, is_own = own ~= nil and choice.label(own) == label }
  end
  return made
end

--- Makes the message of a campaign's files, in all its variants and languages.
-- @tparam crier.campaign definition
-- @tparam crier.content files
-- @tparam table row whom it is made for
-- @tparam ?table options
-- @tparam ?boolean options.is_lenient whether a value that is missing is empty
-- @tparam ?boolean options.is_own only what that person gets
-- @tparam ?string options.variant of this variant alone
-- @tparam ?string options.wanted as somebody gets it who reads this language
-- @treturn[1] table array of `{ activity = JSON text, variant =, language =,
--   label =, is_own = }`; `label` tells it from the others, `is_own` is what that
--   person gets
-- @treturn[2] nil
-- @treturn[2] string why not
function sample.each(definition, files, row, options)
  options = options or {}
  if options.is_lenient then
    definition.on_missing = "empty"
  end
  local composed, message = compose.new(definition, files)
  if not composed then
    return nil, message
  end
  return render_each(composed, row, options)
end

--- Makes the message of a stored campaign, in all its variants and languages.
-- @tparam crier.journal journal
-- @tparam table campaign row
-- @tparam table row whom it is made for
-- @tparam ?table options see `each`
-- @treturn[1] table see `each`
-- @treturn[2] nil
-- @treturn[2] string why not
function sample.stored(journal, campaign, row, options)
  local files = content.stored(campaign.script,
    journal.campaigns:bundle(campaign.id))
  local definition, message = script.load(files)
  if not definition then
    return nil, message
  end
  return sample.each(definition, files, row, options)
end

return sample

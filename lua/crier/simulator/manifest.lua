--- What the catalog finds wrong with a manifest, as Graph says it.
-- Names of faults: the table "Error response" of "Publish teamsApp".
-- @module crier.simulator.manifest
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")

local manifest = {}

local GUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"
local GUID_TEXT = "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"
local URL_TEXT = "^[Hh][Tt][Tt][Pp][Ss]?://"
local VERSION_TEXT = "^([0-9]|[1-9]+[0-9]*)\\.([0-9]|[1-9]+[0-9]*)\\.([0-9]|[1-9]+[0-9]*)$"

-- path, longest, pattern and how the service writes it
local FIELDS = {
  { "manifestVersion" }, { "version", nil, "^%d+%.%d+%.%d+$", VERSION_TEXT },
  { "id", nil, GUID, GUID_TEXT }, { "name.short", 30 },
  { "description.short", 80 }, { "description.full", 4000 }, { "icons.color" },
  { "icons.outline" }, { "accentColor", nil, "^#%x%x%x%x%x%x$", "^#[0-9a-fA-F]{6}$" },
  { "developer.name", 32 }, { "developer.websiteUrl", 2048, "^[Hh][Tt][Tt][Pp][Ss]?://", URL_TEXT },
  { "developer.privacyUrl", 2048, "^[Hh][Tt][Tt][Pp][Ss]?://", URL_TEXT },
  { "developer.termsOfUseUrl", 2048, "^[Hh][Tt][Tt][Pp][Ss]?://", URL_TEXT },
}

local function at(value, path)
  for name in path:gmatch("[^%.]+") do
    value = type(value) == "table" and value[name] or nil
  end
  return value
end

local function quoted(value)
  return '"' .. value .. '"'
end

local function flaw(value, field)
  local longest, pattern = field[2], field[3]
  if value == nil then
    return { code = "SchemaError_Required",
      message = "Required properties are missing from object: []." }
  elseif type(value) ~= "string" then
    return { code = "SchemaError_Type", message = "Value isn't of the expected type String." }
  elseif longest and #value > longest then
    return { code = "SchemaError_MaximumLength",
      message = ("String %s exceeds maximum length of %d."):format(quoted(value), longest) }
  elseif pattern and not value:find(pattern) then
    return { code = "SchemaError_Pattern", message = "String " .. quoted(value)
      .. " does not match regex pattern " .. quoted(field[4]) .. "." }
  end
end

--- Finds what is wrong with a manifest.
-- @param parsed the parsed manifest, nil when it could not be read
-- @tparam ?string code why: `NOT_JSON`, or another
-- @treturn table array of `{ code =, message =, target = }`, in order
function manifest.flaws(parsed, code)
  if code == "NOT_JSON" then
    return { { code = "Serialization_FileNotValidJson", target = "manifest.json",
      message = "The file couldn't be parsed as a JSON object." } }
  elseif type(parsed) ~= "table" then
    return { { code = "Serialization_FileMissing", target = "manifest.json",
      message = "The file manifest.json couldn't be found in the app package." } }
  end
  local flaws = {}
  for _, field in ipairs(FIELDS) do
    local found = flaw(at(parsed, field[1]), field)
    if found then
      found.target = field[1]
      flaws[#flaws + 1] = found
    end
  end
  local bots = type(parsed.bots) == "table" and parsed.bots or {}
  if #bots > 1 then
    flaws[#flaws + 1] = { code = "SchemaError_MaximumItems", target = "bots",
      message = ("Array item count %d exceeds maximum count of 1."):format(#bots) }
  elseif bots[1] and not tostring(at(bots[1], "botId")):find(GUID) then
    flaws[#flaws + 1] = { code = "SchemaError_Pattern", target = "bots[0].botId",
      message = "String " .. quoted(tostring(at(bots[1], "botId"))) .. " does not match regex"
        .. " pattern " .. quoted(GUID_TEXT) .. "." }
  end
  return flaws
end

--- Answers with what is wrong.
-- @tparam table flaws of `flaws`, at least one
-- @tparam number status 400, or the 200 of one example in the documentation
-- @treturn table response
function manifest.refusal(flaws, status)
  local texts = {}
  for i, found in ipairs(flaws) do
    texts[i] = found.target .. " | " .. found.message
  end
  local message = table.concat(texts, "; ")
  return answers.json(status, encoding.json({ error = { code = "BadRequest", message = message,
    innerError = { code = "UnableToParseTeamsAppManifest", message = message,
      details = flaws } } }))
end

-- Resource-specific permissions, of the new form and of the old one.
local function permissions_of(parsed)
  local list, out = at(parsed, "authorization.permissions.resourceSpecific"), {}
  for i, permission in ipairs(type(list) == "table" and list or {}) do
    out[i] = { permissionValue = at(permission, "name"), permissionType = at(permission, "type") }
  end
  if not out[1] then
    local old = at(parsed, "webApplicationInfo.applicationPermissions")
    for i, name in ipairs(type(old) == "table" and old or {}) do
      out[i] = { permissionValue = name, permissionType = "Application" }
    end
  end
  return out
end

--- Reads what the catalog keeps of a good manifest.
-- @tparam table parsed
-- @treturn table `displayName`, `bot`, `client_id`, `scopes`, `permissions`,
-- `activities`
function manifest.read(parsed)
  local bot = at(parsed, "bots") and parsed.bots[1]
  local scopes, activities = {}, {}
  for _, scope in ipairs(at(bot, "scopes") or {}) do
    scopes[tostring(scope):lower()] = true
  end
  for _, activity in ipairs(at(parsed, "activities.activityTypes") or {}) do
    activities[tostring(at(activity, "type"))] = true
  end
  return { displayName = parsed.name.short, bot = bot and bot.botId:lower() or nil,
    client_id = at(parsed, "webApplicationInfo.id"), scopes = scopes,
    permissions = permissions_of(parsed), activities = activities }
end

return manifest

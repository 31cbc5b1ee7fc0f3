-- Can this person be sent to, and is the app installed?
local finding = require "crier.doctor.finding"
local person = require "crier.audience.person"

local function is_asked(context)
  return context.who ~= nil
end

local function judge(found)
  local flags = person.from_graph(found).flags
  local name = ("%s (%s)"):format(found.displayName or found.id,
    found.userPrincipalName or found.id)
  if flags:find("disabled", 1, true) then
    return finding.personal("the account is disabled", "enable it: Microsoft 365"
      .. " admin center > Users > (the person) > Unblock sign-in")
  elseif flags:find("guest", 1, true) then -- whose licence is elsewhere
    return finding.warning(name .. " is a guest", "audiences leave guests out"
      .. " unless the campaign says include = { \"guest\" }")
  elseif flags:find("no_teams", 1, true) then
    return finding.personal("no Teams licence", "give the person a licence with"
      .. " Microsoft Teams: Microsoft 365 admin center > Users > (the person) >"
      .. " Licences and apps")
  end
  return finding.ok(name)
end

local function check_person(context)
  local found, message, code, outcome = context.client.graph:user(context.who,
    table.concat(person.fields, ","))
  if not found then
    return finding.failed(message, code, outcome)
  elseif not person.from_graph(found) then
    return finding.wrong("the directory's answer has no id", nil, 69)
  end
  context.person = found
  return judge(found)
end

local function version_of(installation)
  local definition = installation.teamsAppDefinition
  return type(definition) == "table" and definition.version or nil
end

local function absent(context)
  local definition = context.definition
  local remedy = "say --install, install = true in the campaign, or put the app"
    .. " into an app setup policy"
  if context.will_install or definition and definition.install then
    return finding.ok "not installed yet"
  elseif definition then
    return finding.personal("not installed, and the campaign does not install it",
      remedy)
  end
  return finding.warning("not installed", remedy)
end

local function check_installation(context)
  local found, message, code, outcome =
    context.client.graph:installation(context.person.id, context.app.id)
  if not found then
    return finding.failed(message, code, outcome)
  end
  local first = type(found.value) == "table" and found.value[1]
  if not first then
    return absent(context)
  end
  context.is_installed = true
  local version, newest = version_of(first), context.app.version
  if version and newest and version ~= newest then
    return finding.warning(("version %s, the catalog has %s"):format(version,
      newest), "crier upgrade brings it up to date")
  end
  return finding.ok("installed" .. (version and ", version " .. version or ""))
end

return {
  { key = "person", what = "person", needs = { "graph host", "graph token" },
    is_due = is_asked, run = check_person },
  { key = "installation", what = "installation", needs = { "app", "person" },
    is_due = is_asked, run = check_installation },
}

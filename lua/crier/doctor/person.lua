--- Can this person be sent to, and is the app installed?
local finding = require "crier.doctor.finding"
local person = require "crier.audience.person"

local REMEDIES = {
  disabled = { "the account is disabled", "enable it: Microsoft 365 admin"
    .. " center > Users > (the person) > Unblock sign-in" },
  no_teams = { "no Teams licence", "give the person a licence with Microsoft"
    .. " Teams: Microsoft 365 admin center > Users > (the person) > Licences and"
    .. " apps" },
}

local function is_asked(context)
  return context.who ~= nil
end

local function judge(found)
  local flags = person.from_graph(found).flags
  for _, reason in ipairs { "disabled", "no_teams" } do
    if flags:find(reason, 1, true) then
      return finding.personal(REMEDIES[reason][1], REMEDIES[reason][2])
    end
  end
  local name = ("%s (%s)"):format(found.displayName or found.id,
    found.userPrincipalName or found.id)
  if flags:find("guest", 1, true) then
    return finding.warning(name .. " is a guest", "audiences leave guests out"
      .. " unless the campaign says include = { \"guest\" }")
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

local function check_installation(context)
  local found, message, code, outcome =
    context.client.graph:installation(context.person.id, context.app.id)
  if not found then
    return finding.failed(message, code, outcome)
  end
  local first = type(found.value) == "table" and found.value[1]
  if not first then
    return finding.warning("not installed", context.will_install
      and "it is installed below" or "say --install, install = true in the"
      .. " campaign, or put the app into an app setup policy")
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

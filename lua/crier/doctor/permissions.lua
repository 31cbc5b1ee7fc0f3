-- Are the permissions granted that the campaign needs, and no broader ones?
local finding = require "crier.doctor.finding"
local needs = require "crier.campaign.needs"
local permissions = require "crier.graph.permissions"

local SERVICE = 77

local function join(granted, roles)
  local more = #roles - #granted
  return table.concat(granted, ", ")
    .. (more > 0 and (", and %d more"):format(more) or "")
end

local function count(roles)
  return #roles == 0 and "the token has none"
    or "the token has " .. table.concat(roles, ", ")
end

local function check_roles(context)
  local roles = context.roles
  if not roles then
    return finding.unchecked("the token does not tell its permissions")
  end
  local granted, absent = needs.sort_out(needs.operations(context.definition,
    context.config.app_id ~= nil), roles)
  if #absent > 0 then
    local names = table.concat(absent, ", ")
    return finding.wrong(("missing: %s; %s"):format(names, count(roles)),
      ("add %s (application permission%s of Microsoft Graph) in Entra > App"
      .. " registrations > (the app) > API permissions; then an administrator"
      .. " consents at %s"):format(names, #absent == 1 and "" or "s",
      context.client.tokens.graph:consent_url()), SERVICE)
  end
  return finding.ok(join(granted, roles))
end

local function check_broad(context)
  local names, remedies = needs.broad(context.roles), {}
  for i, name in ipairs(names) do
    remedies[i] = name .. ": " .. permissions.outdated[name]
  end
  return finding.warning("more than a campaign needs: "
    .. table.concat(names, ", "), table.concat(remedies, "; "))
end

return {
  { key = "permissions", what = "permissions", needs = { "graph token" },
    run = check_roles },
  { key = "broad permissions", what = "too broad", needs = { "graph token" },
    is_due = function(context) return #needs.broad(context.roles) > 0 end,
    run = check_broad },
}

--- What a campaign has to know of its cloud.
-- @module crier.campaign.cloud
local cloud = {}

local SERVICE = 77
local NAMES = { gcch = "GCC High", dod = "DoD", china = "China (21Vianet)" }

-- "Microsoft Teams API differences in national clouds".
local ROUTE = "have an administrator put the app into an app setup policy"
  .. " (Teams admin center > Teams apps > Setup policies > Installed apps),"
  .. " leave install = false, and let the bot's webhook note each chat"

-- Where an app cannot install itself for people.
local REFUSES = { gcch = true, dod = true }

--- Whether a cloud may refuse to install for anybody.
-- @tparam ?string name such as `gcch`, see `crier.config`
-- @treturn boolean
function cloud.refuses(name)
  return REFUSES[name] or false
end

--- What a cloud does not do.
-- @tparam string name
-- @tparam ?crier.campaign definition
-- @treturn ?table `why`, `remedy`, and `exit` when the campaign cannot run there; nil
--   where nothing lacks
function cloud.limits(name, definition)
  local shown = NAMES[name]
  if not shown then
    return nil
  elseif not cloud.refuses(name) then
    return { why = "Microsoft documents no Teams calls of Graph for " .. shown,
      remedy = "try one person first: crier doctor --person UPN --install; if it is"
        .. " refused, " .. ROUTE }
  end
  local why = ("in %s an app cannot install itself for people"):format(shown)
  if definition and definition.install then
    return { why = why .. ", and the campaign says install = true", remedy = ROUTE,
      exit = SERVICE }
  end
  return { why = why, remedy = ROUTE }
end

return cloud

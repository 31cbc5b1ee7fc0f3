--- Settings that name this machine: what `crier sandbox` wrote, mostly.
-- @module crier.doctor.leftover
local leftover = {}

-- Host of `config.info` -> its variable.
local BASES = {
  { "authority", "AZURE_AUTHORITY_HOST" },
  { "graph", "CRIER_GRAPH_URL" },
  { "connector", "CRIER_CONNECTOR_URL" },
}

local function is_loopback(url)
  local host = url:match "^%a+://([^/]*)" or ""
  host = host:match "^%[(.*)%]" or host:match "^[^:]*"
  return host == "localhost" or host == "::1"
    or host:find "^127%.%d+%.%d+%.%d+$" ~= nil
end

--- The variables whose URLs are of this machine.
-- @tparam table info hosts, see `core.cloud`
-- @treturn ?string their names, or nil when there is none
function leftover.names(info)
  local names = {}
  for _, base in ipairs(BASES) do
    if is_loopback(info[base[1]]) then
      names[#names + 1] = base[2]
    end
  end
  return names[1] and table.concat(names, ", ") or nil
end

--- Tells what to do when a sandbox does not know the tenant.
-- @tparam table info hosts, see `core.cloud`
-- @tparam ?string remedy for when these settings are meant
-- @treturn ?string remedy
function leftover.remedy(info, remedy)
  local names = leftover.names(info)
  if not names then
    return remedy
  end
  return ("settings of a sandbox are left over: unset %s for the real cloud, or"
    .. " take all settings of one sandbox%s"):format(names,
    remedy and "; else: " .. remedy or "")
end

return leftover

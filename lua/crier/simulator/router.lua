--- Which noun answers a request.
--
-- A noun is a file of this folder, named in `NOUNS` of `crier.simulator`.  Its
-- table has:
--
--     routes   an array of what it answers, each
--                operation  as in the stats and in crier's own table of calls
--                service    "graph", "connector", "token", "identity" or
--                           "sandbox": how its errors read; the first two
--                           want a token for that audience
--                method     "GET"
--                path       "/v1.0/users/{user}/teamwork/installedApps":
--                           whole segments, literal (any case) or {named}
--                answer     the method of the noun that answers; nil: the
--                           one named as the operation
--                budget     a class of `crier.simulator.limits`, or an array
--                           of them; nil: no limit
--                cost       what it takes of the budgets: a number, or a
--                           function(call); nil: 1
--                roles      application roles of which the token needs one;
--                           nil: any token will do
--                resource_specific  the permission of an installed app that
--                           will do instead
--                scopes     the same for a delegated token; without `roles`
--                           only a delegated token will do
--     new      (simulator, options) -> the noun, kept as simulator[name].
--              Nouns are made in the order of NOUNS; others are found through
--              the simulator, when asked
--
-- The methods of a noun:
--
--     noun:examine(call, request)       optional, before limits and faults:
--                                       sets what the call is about
--     noun[answer](noun, call, request, now_ms) -> response, events,
--                                       by how many ms it is slower
--
-- A call is a table:
--
--     operation, service, route, origin ("https://host"), path
--     ids      the {named} segments, decoded: { user = "…" }
--     query    the query, decoded, by name
--     token    of `crier.simulator.identity`: { tenant =, client_id =,
--              roles = set, delegated = boolean, scopes = set or nil }
--     k        set by examine: the person whom it is about; faults of
--              requests are drawn for `target or k or 0`
--     key      set by examine: what budgets `per key` are counted for
--
-- A look-up is one step in a table for each segment, whatever the number of
-- routes.
-- @module crier.simulator.router
local encoding = require("crier.simulator.encoding")

local router = {}

local router_methods = {}
local router_mt = { __name = "crier.simulator.router", __index = router_methods }

local unescape = encoding.unescape

local function node()
  return { literals = {}, named = nil, entries = {} }
end

--- Makes a router without routes.
-- @treturn crier.simulator.router
function router.new()
  return setmetatable({ root = node(), services = {} }, router_mt)
end

--- Adds the routes of a noun.
-- @tparam string noun its name
-- @tparam table routes
-- @raise if a route is there already
function router_methods:add(noun, routes)
  for _, route in ipairs(routes) do
    local at, names = self.root, {}
    for segment in route.path:gmatch("[^/]+") do
      local name = segment:match("^{(.+)}$")
      if name then
        names[#names + 1] = name
        at.named = at.named or node()
        at = at.named
      else
        segment = segment:lower()
        at.literals[segment] = at.literals[segment] or node()
        at = at.literals[segment]
      end
    end
    assert(not at.entries[route.method], "there is a route already for " .. route.path)
    at.entries[route.method] = { route = route, names = names, noun = noun,
      answer = route.answer or route.operation }
    local first = route.path:match("^/([^/{]+)/")
    if first then
      self.services[first:lower()] = route.service
    end
  end
end

-- Literal segments before named ones; `caught[1..n]` are the named ones.
local function descend(at, method, segments, i, caught, n)
  local segment = segments[i]
  if not segment then
    return at.entries[method]
  end
  local child = at.literals[segment] or at.literals[segment:lower()]
  local found = child and descend(child, method, segments, i + 1, caught, n)
  if found or not at.named then
    return found
  end
  caught[n + 1] = segment
  return descend(at.named, method, segments, i + 1, caught, n + 1)
end

-- OData's other ways to write a key, `users('a')`, and a function, `delta()`.
local function plain(path)
  return (path:gsub("%('([^/]-)'%)", "/%1"):gsub("%(%)", ""))
end

--- Finds the route of a request.
-- @tparam string method
-- @tparam string path without query, percent-encoded or not
-- @treturn ?table the entry `{ route =, noun = name, answer = name }`, nil
-- when there is none
-- @treturn ?table the named segments, decoded; or nil
-- @treturn ?string without an entry: the service of which the path is
function router_methods:find(method, path)
  if path:find("(", 1, true) then
    path = plain(path)
  end
  local segments, n = {}, 0
  for segment in path:gmatch("[^/]+") do
    n = n + 1
    segments[n] = unescape(segment)
  end
  local caught = {}
  local entry = descend(self.root, method, segments, 1, caught, 0)
  if not entry then
    return nil, nil, self.services[(segments[1] or ""):lower()]
  end
  local ids = {}
  for i, name in ipairs(entry.names) do
    ids[name] = caught[i]
  end
  return entry, ids
end

return router

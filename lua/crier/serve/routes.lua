--- Which function answers a request: a table of methods and paths.
--
-- A path has whole segments, literal or `{named}`; the last may be `{name...}`, which
-- takes the rest. Literal ones come first.
-- @module crier.serve.routes
local routes = {}

local routes_methods = {}
local routes_mt = { __name = "crier.serve.routes", __index = routes_methods }

--- Makes a table without routes.
-- @treturn crier.serve.routes
function routes.new()
  return setmetatable({ root = { literals = {} } }, routes_mt)
end

local function child(node, segment)
  local rest = segment:match "^{([%w_]+)%.%.%.}$"
  local name = rest or segment:match "^{([%w_]+)}$"
  if not name then
    node.literals[segment] = node.literals[segment] or { literals = {} }
    return node.literals[segment]
  end
  local slot = rest and "rest" or "named"
  node[slot] = node[slot] or { literals = {}, name = name }
  return node[slot]
end

--- Adds a route.
-- @tparam string method such as `GET`
-- @tparam string path such as `/campaigns/{name}`
-- @tparam function answer see `crier.serve`
-- @tparam ?boolean is_batch whether it takes all requests of a turn at once
-- @raise if there is one already
function routes_methods:add(method, path, answer, is_batch)
  local node = self.root
  for segment in path:gmatch "[^/]+" do
    node = child(node, segment)
  end
  node.answers = node.answers or {}
  if node.answers[method] then
    error(("there is a route already for %s %s"):format(method, path), 2)
  end
  node.answers[method] = { answer = answer, is_batch = is_batch or false }
end

local function descend(node, segments, i, names)
  local segment = segments[i]
  if not segment then
    return node.answers and node
  end
  local literal = node.literals[segment]
  local found = literal and descend(literal, segments, i + 1, names)
  if not found and node.named then
    found = descend(node.named, segments, i + 1, names)
    if found then
      names[node.named.name] = segment
    end
  end
  if not found and node.rest then
    found = node.rest
    names[found.name] = table.concat(segments, "/", i)
  end
  return found
end

--- Finds the route of a request.
-- @tparam string method
-- @tparam string path as it was sent
-- @treturn[1] table `{ answer =, is_batch = }`
-- @treturn[1] table the named segments, as they were sent
-- @treturn[2] nil
-- @treturn[2] ?string the methods of that path; nil when there is no such path
function routes_methods:find(method, path)
  local segments, names = {}, {}
  for segment in path:gmatch "[^/]+" do
    segments[#segments + 1] = segment
  end
  local node = path:sub(1, 1) == "/" and descend(self.root, segments, 1, names)
  if not node then
    return nil
  elseif node.answers[method] then
    return node.answers[method], names
  end
  local methods = {}
  for name in pairs(node.answers) do
    methods[#methods + 1] = name
  end
  table.sort(methods)
  return nil, table.concat(methods, ", ")
end

return routes

--- What changed in the directory since the last look ("Use delta query to track
-- changes in Microsoft Graph data").
-- @module crier.graph.changes
local listing = require "crier.graph.listing"
local misuse = require "crier.misuse"

local changes = {}

local OPTIONS = { "filter", "latest", "minimal", "select" }

-- One object may come several times: what comes later counts. What was taken
-- away, or comes back, has nothing in common with what it was.
local function merge(known, item)
  if not known or known["@removed"] or item["@removed"] then
    return item
  end
  for name, value in pairs(item) do
    known[name] = value
  end
  return known
end

-- Gathers objects, each once, in the order in which they first came.
local function gatherer()
  local items, at = {}, {}
  return items, function(page)
    for _, item in ipairs(page) do
      if type(item) ~= "table" or type(item.id) ~= "string" then
        return false, "the directory listed something without an id", "NO_ID"
      end
      local place = at[item.id] or #items + 1
      at[item.id], items[place] = place, merge(items[place], item)
    end
  end
end

-- The items and the deltaLink; nil, message, code and the outcome.
local function read(client, request)
  local items, add = gatherer()
  local document, message, code, outcome = listing.read(client, request, add)
  if not document then
    return nil, message, code, outcome
  elseif type(document["@odata.deltaLink"]) ~= "string" then
    return nil, "the directory's last page has no deltaLink", "NOT_JSON"
  end
  return items, document["@odata.deltaLink"]
end

local function first_request(client, link, options)
  local builder = client.build.graph
  if link then
    return builder:next(link, false, "delta", options.minimal)
  end
  return builder:delta(options)
end

--- Reads the changes since a link, or everybody. Call inside a task.
--
-- A link that the service no longer knows (410) is replaced by a full reading:
-- `resynced` is then true, and the items are all that there is, so that whoever
-- is not among them is gone.
-- @tparam crier.client client
-- @tparam ?string link the `delta_link` of the last time; nil to begin
-- @tparam ?table options `select`, `filter` (as of the first time, for a full
--   reading), `latest` (begin without items, from now on), `minimal` (only the
--   properties that changed)
-- @treturn[1] table items; one that was taken away has `["@removed"]`
-- @treturn[1] string delta_link for the next time
-- @treturn[1] boolean resynced
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @treturn[2] ?table the outcome of the call that failed
function changes.read(client, link, options)
  if link ~= nil and type(link) ~= "string" then
    misuse.raise("graph:changes takes the delta_link of the last time, or nil to"
      .. " begin, then a table of options; it returns the items")
  end
  options = misuse.options("graph:changes", options, OPTIONS)
  local request, message, code = first_request(client, link, options)
  if not request then
    return nil, message, code
  end
  local items, found, outcome
  items, found, code, outcome = read(client, request)
  local resynced = not items and link ~= nil and outcome ~= nil
    and outcome.kind == "stale"
  if resynced then
    request = assert(first_request(client, nil, { select = options.select,
      filter = options.filter, minimal = options.minimal }))
    items, found, code, outcome = read(client, request)
  end
  if items then
    return items, found, resynced
  end
  return nil, found, code, outcome
end

return changes

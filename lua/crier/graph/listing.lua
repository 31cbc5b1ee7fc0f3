--- Listings that come by pages, read to the last one.
--
-- A page's items go to a function, which may itself wait. An iterator could
-- not: nothing of crier yields inside an iterator, and one that meets an error
-- has no way to tell the loop.
-- @module crier.graph.listing
local cjson = require "cjson.safe"
local waiting = require "crier.waiting"

local listing = {}

-- Whether `value` was an array: an object that is taken for an empty page would
-- make a part of a list of the whole.
local function is_list(value, body)
  if type(value) ~= "table" then
    return false
  elseif next(value) == nil then
    return body:find '"value"%s*:%s*%[' ~= nil
  end
  return value[1] ~= nil
end

local function fetch(client, request)
  local outcome, response = waiting.fetch(client, request)
  if outcome.kind ~= "ok" then
    return waiting.failure(outcome)
  end
  local body = response.body or ""
  local document = cjson.decode(body)
  if type(document) ~= "table" or not is_list(document.value, body) then
    return nil, "Graph's answer has no list", "NOT_JSON"
  end
  local link = document["@odata.nextLink"]
  if link == cjson.null then
    document["@odata.nextLink"] = nil
  elseif link ~= nil and type(link) ~= "string" then
    return nil, "Graph's link to the next page is no text", "NOT_JSON"
  end
  return document
end

-- Scheme and host, without what may stand before the host to look like one.
local function origin_of(link)
  local scheme, authority = link:match "^(%a+://)([^/?#\\%s]+)"
  local host = authority and authority:gsub("^.*@", ""):match "^[%w.:-]+$"
  return host and not link:find("\\", 1, true) and scheme .. host or nil
end

--- The request for a page that another page's answer names, with what the
-- first page's request had.
-- @tparam crier.client client
-- @tparam table first request
-- @tparam string link of the answer, followed byte for byte
-- @treturn[1] table request
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `URL_REFUSED` when the link leads away from Graph
function listing.follow(client, first, link)
  local request, message, code = client.build.graph:next(link,
    first.headers.ConsistencyLevel ~= nil, first.operation,
    first.headers.Prefer ~= nil)
  if code == "URL_REFUSED" then
    message = ("the next page is at %s: %s"):format(
      origin_of(link) or "no URL", message)
  end
  return request, message, code
end

--- Reads a listing page by page. Call inside a task.
-- @tparam crier.client client
-- @tparam table request for the first page, from `client.build.graph`
-- @tparam function visit called with `(items, document)` for each page, also an
--   empty one; returns false to stop, and may return false, message, code
-- @treturn[1] table the last document that was read
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: `ENDLESS`, `NOT_JSON`, `URL_REFUSED`, the service's,
--   or that of `visit`
-- @treturn[2] ?table the outcome of the call that failed
function listing.read(client, request, visit)
  local first, seen = request, {}
  while true do
    local document, message, code, outcome = fetch(client, request)
    if not document then
      return nil, message, code, outcome
    end
    local go_on
    go_on, message, code = visit(document.value, document)
    if go_on == false then
      return message == nil and document or nil, message, code
    end
    local link = document["@odata.nextLink"]
    if not link then
      return document
    elseif seen[link] then
      return nil, "the listing has no end: a page comes again", "ENDLESS"
    end
    seen[link] = true
    request, message, code = listing.follow(client, first, link)
    if not request then
      return nil, message, code
    end
  end
end

return listing

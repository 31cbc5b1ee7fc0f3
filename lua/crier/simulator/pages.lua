--- Pages of people, as the directory gives them.
-- A page may be empty though more follow; the next link repeats the query with
-- another skiptoken; the header of advanced queries is wanted on every page.
-- @module crier.simulator.pages
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")
local people = require("crier.simulator.people")
local random = require("crier.simulator.random")

local pages = {}

local TYPE = "microsoft.graph.user"
local EMPTY_PAGES = 8 -- one page in so many is empty, though more follow
local UNSERVED = { "$search", "$orderby", "$expand", "$skip" }

local DEFAULTS = {}
for name, property in pairs(people.properties) do
  if property.is_default then
    DEFAULTS[#DEFAULTS + 1] = name
  end
end
table.sort(DEFAULTS)

--- Reads `$select`; a list may not include a single user's own properties.
-- @tparam ?string text
-- @tparam boolean is_list
-- @treturn[1] {string,...} names
-- @treturn[2] nil
-- @treturn[2] table the response that refuses
function pages.select(text, is_list)
  if not text then
    return DEFAULTS
  end
  local chosen, is_chosen = {}, {}
  for name in text:gmatch("[^,%s]+") do
    local property = people.properties[name]
    if not property then
      return nil, answers.graph(400, "Request_BadRequest", "Parsing OData Select and Expand failed:"
        .. " Could not find a property named '" .. name .. "' on type '" .. TYPE .. "'.")
    elseif property.is_single and is_list then
      return nil, answers.graph(501, "NotImplemented", "Property '" .. name
        .. "' is served on a single user only.")
    elseif not is_chosen[name] then
      chosen[#chosen + 1], is_chosen[name] = name, true
    end
  end
  return chosen
end

--- Writes a person.
-- @tparam crier.simulator.people who
-- @tparam number k
-- @tparam {string,...} names
-- @tparam ?boolean is_typed whether `@odata.type` goes along
-- @treturn string JSON
function pages.person(who, k, names, is_typed)
  local out = { is_typed and '"@odata.type":"#microsoft.graph.user"' or nil }
  for i = 1, #names do
    local value = who:value(k, names[i])
    if value ~= people.absent then
      out[#out + 1] = '"' .. names[i] .. '":' .. encoding.json(value)
    end
  end
  return "{" .. table.concat(out, ",") .. "}"
end

--- Reads `$top`.
-- @tparam table query
-- @tparam[opt=999] number most
-- @tparam[opt=100] number default
-- @treturn[1] number
-- @treturn[2] nil
-- @treturn[2] table the response that refuses
function pages.top(query, most, default)
  local text = query["$top"]
  local top = text and tonumber(text:match("^%d+$")) or not text and (default or 100)
  if not top or top < 1 or top > (most or 999) then
    return nil, answers.graph(400, "Request_BadRequest", "Invalid page size specified: '" .. text
      .. ("'. Must be between 1 and %d inclusive."):format(most or 999))
  end
  return top
end

--- Reads `$skiptoken`.
-- @tparam table query
-- @treturn[1] number how many came before
-- @treturn[1] boolean whether the page before was an empty one
-- @treturn[2] nil
-- @treturn[2] table the response that refuses
function pages.mark(query)
  local from, mark = (query["$skiptoken"] or "RFNwdAIAAQ0"):match("^RFNwdAIAAQ(%d+)(x?)$")
  if not from then
    return nil, answers.graph(400, "Directory_ExpiredPageToken", "The page token is not valid.")
  end
  return math.floor(tonumber(from)), mark == "x"
end

--- Tells which page a call asks for: what faults of requests are drawn for.
-- @tparam table query
-- @treturn ?number
function pages.target(query)
  return tonumber((query["$skiptoken"] or ""):match("(%d+)x?$"))
end

--- Tells whether a call is an advanced query.
-- @tparam table call
-- @tparam table request
-- @treturn boolean `ConsistencyLevel: eventual` and `$count=true`
-- @treturn boolean the header alone
function pages.is_advanced(call, request)
  local is_eventual = (request.headers.consistencylevel or ""):lower() == "eventual"
  return is_eventual and call.query["$count"] == "true", is_eventual
end

--- Makes a link to the same list.
-- @tparam table call
-- @tparam table changes parameters to set; false takes one away
-- @treturn string
function pages.link(call, changes)
  local names, out = {}, {}
  for name in pairs(call.query) do
    if changes[name] == nil then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    out[i] = name .. "=" .. encoding.escape(call.query[name])
  end
  for name, value in pairs(changes) do
    if value then
      out[#out + 1] = name .. "=" .. encoding.escape(value)
    end
  end
  return call.origin .. call.path .. "?" .. table.concat(out, "&")
end

-- `$count` without the header, or what no list of people serves.
local function unserved(query, is_eventual)
  for _, name in ipairs(UNSERVED) do
    if query[name] then
      return answers.graph(400, "Request_UnsupportedQuery", "'" .. name
        .. "' is not supported here.")
    end
  end
  if query["$count"] == "true" and not is_eventual then
    return answers.graph(400, "Request_UnsupportedQuery",
      "$count is not supported without ConsistencyLevel: eventual.")
  end
end

--- Reads the query of a list of people.
-- @tparam table call
-- @tparam table request
-- @treturn[1] table `{ top =, names =, keep =, from =, is_after_empty =,
-- is_counted = }`
-- @treturn[2] nil
-- @treturn[2] table the response that refuses
function pages.read(call, request)
  local query, list = call.query, {}
  local is_advanced, is_eventual = pages.is_advanced(call, request)
  local refusal = unserved(query, is_eventual)
  if refusal then
    return nil, refusal
  end
  list.is_counted = is_advanced
  list.names, refusal = pages.select(query["$select"], true)
  if list.names then
    list.top, refusal = pages.top(query)
  end
  if list.top then
    list.from, list.is_after_empty = pages.mark(query)
    refusal = list.is_after_empty
  end
  if not list.from then
    return nil, refusal
  elseif query["$filter"] then
    local message, code
    list.keep, message, code = filter.compile(query["$filter"], people.properties, TYPE,
      is_advanced)
    if not list.keep then
      return nil, answers.graph(400, code, message)
    end
  end
  return list
end

local function is_out(who, list, k)
  return who.gone[k] or list.keep and not list.keep(who, k)
    or list.member and not list.member(who, k)
end

-- The page's entries, and where it ended.
local function collect(who, list)
  local others = list.others or {}
  local out, at, total = {}, list.from, #others + who.count
  while at < total and #out < list.top do
    at = at + 1
    local k = at - #others
    if others[at] then
      out[#out + 1] = others[at]
    elseif not is_out(who, list, k) then
      out[#out + 1] = pages.person(who, k, list.names, list.is_typed)
    end
  end
  -- A look ahead, so that no page after the last match is promised.
  while at < total and at >= #others and is_out(who, list, at + 1 - #others) do
    at = at + 1
  end
  return out, at, total
end

local function count(who, list)
  local total = #(list.others or {})
  for k = 1, who.count do
    if not is_out(who, list, k) then
      total = total + 1
    end
  end
  return total
end

--- Answers with a page.
-- @tparam crier.simulator.people who
-- @tparam table call
-- @tparam table list from `read`; `member(who, k)` narrows it to members,
-- `others` (JSON texts) come before the people, `is_typed` writes types,
-- `context` is what `@odata.context` names
-- @treturn table response
function pages.answer(who, call, list)
  local out, reached, total = {}, list.from, who.count + #(list.others or {})
  local is_empty = not list.is_after_empty and list.from < total
    and random.hash(who.seed, 902, list.from) % EMPTY_PAGES == 0
  if not is_empty then
    out, reached = collect(who, list)
  end
  local head = '{"@odata.context":' .. encoding.quote(call.origin .. "/v1.0/$metadata#"
    .. (list.context or "users"))
  if list.is_counted and not call.query["$skiptoken"] then
    head = head .. (',"@odata.count":%d'):format(count(who, list))
  end
  if reached < total then
    local token = ("RFNwdAIAAQ%d%s"):format(reached, is_empty and "x" or "")
    head = head .. ',"@odata.nextLink":'
      .. encoding.quote(pages.link(call, { ["$skiptoken"] = token }))
  end
  return answers.json(200, head .. ',"value":[' .. table.concat(out, ",") .. "]}")
end

--- Answers with a page of things that are not people.
-- @tparam table call
-- @tparam {string,...} texts JSON of all that match
-- @tparam table options `top`, `from`, `context`, `is_counted`
-- @treturn table response
function pages.plain(call, texts, options)
  local head = '{"@odata.context":' .. encoding.quote(call.origin .. "/v1.0/$metadata#"
    .. options.context)
  if options.is_counted and options.from == 0 then
    head = head .. (',"@odata.count":%d'):format(#texts)
  end
  local last = math.min(#texts, options.from + options.top)
  if last < #texts then
    head = head .. ',"@odata.nextLink":'
      .. encoding.quote(pages.link(call, { ["$skiptoken"] = ("RFNwdAIAAQ%d"):format(last) }))
  end
  return answers.json(200, head .. ',"value":['
    .. table.concat(texts, ",", options.from + 1, last) .. "]}")
end

return pages

--- Graph's `/users/delta`: all people, then what changed.
-- A token holds what was asked for and how far it got, as opaque text: pages
-- are `$skiptoken`, a round ends with a `$deltatoken`.  Now and then a page is
-- empty, or a person comes twice.  People change by
-- `POST /_sandbox/people/{id}`, see `crier.simulator.people`.
-- @module crier.simulator.delta
local cjson = require("cjson.safe")

local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local filter = require("crier.simulator.filter")
local pages = require("crier.simulator.pages")
local people = require("crier.simulator.people")
local random = require("crier.simulator.random")

local delta = {}

local delta_methods = {}
local delta_mt = { __name = "crier.simulator.delta", __index = delta_methods }

local PAGE, MOST_FILTERED = 100, 50
local EMPTY_PAGES, REPEATS = 8, 4 -- one page in so many
local UNSERVED = { "$expand", "$top", "$orderby", "$search", "$count" }
local PATH = "/v1.0/users/delta"

--- What it answers; see `crier.simulator.router`.
delta.routes = {
  { operation = "delta", service = "graph", method = "GET", path = PATH, budget = "users_units",
    cost = 1, roles = { "User.Read.All", "User.ReadWrite.All", "Directory.Read.All",
      "Directory.ReadWrite.All" } },
  { operation = "change_person", service = "sandbox", method = "POST",
    path = "/_sandbox/people/{user}" },
}

--- Makes the noun.
-- @tparam crier.simulator simulator
-- @treturn crier.simulator.delta
function delta.new(simulator)
  return setmetatable({ people = simulator.people, faults = simulator.faults,
    seed = simulator.seed }, delta_mt)
end

-- What a token holds: the round it is of, where it got to (of the people in a
-- first round, of the log in another) and whether by an empty page, the end of
-- the log when the round began, and the query.
local function write_token(state, at, is_after_empty)
  return (encoding.to_base64(("%s|%d%s|%d|%s|%s"):format(state.round, at,
    is_after_empty and "x" or "", state.until_log, state.select or "", state.filter or ""))
    :gsub("[+/=]", { ["+"] = "-", ["/"] = "_", ["="] = "" }))
end

local function read_token(text)
  local plain = encoding.from_base64((text:gsub("-", "+"):gsub("_", "/")))
  local round, from, mark, until_log, select, filter_text =
    plain:match("^(%a+)|(%d+)(x?)|(%d+)|([^|]*)|(.*)$")
  return round and { round = round, from = math.floor(tonumber(from)), is_after_empty = mark == "x",
    until_log = math.floor(tonumber(until_log)), select = select ~= "" and select or nil,
    filter = filter_text ~= "" and filter_text or nil }
end

--- Tells which page a call asks for.
-- @tparam table call
function delta_methods:examine(call)
  local token = call.query["$skiptoken"] or call.query["$deltatoken"]
  local state = token and read_token(token)
  call.target = state and state.from + state.until_log or 0
end

-- Only `id eq '…'`, up to 50 of them.
local function is_good_filter(text)
  local count, at = 0, 1
  repeat
    local past = text:match("^%s*[iI][dD]%s+eq%s+'[^']*'()", at)
    if not past then
      return false
    end
    count, at = count + 1, text:match("^%s+or%s+()", past)
    if not at then
      return text:find("^%s*$", past) ~= nil and count <= MOST_FILTERED
    end
  until false
end

local function resync(call, origin_path)
  local response = answers.graph(410, "resyncRequired", "Resync required. The state token is too"
    .. " old: begin anew with the URL in Location.", "syncStateNotFound")
  response.headers.location = call.origin .. origin_path
  return response
end

-- The state that a call continues, or a new one.
local function state_of(self, call)
  local query = call.query
  for _, name in ipairs(UNSERVED) do
    if query[name] then
      return nil, answers.graph(400, "Request_UnsupportedQuery", "'" .. name
        .. "' is not supported on delta.")
    end
  end
  local token = query["$skiptoken"] or query["$deltatoken"]
  if not token or token:lower() == "latest" then
    if query["$filter"] and not is_good_filter(query["$filter"]) then
      return nil, answers.graph(400, "Request_UnsupportedQuery", "A delta is filtered by id, of up"
        .. " to 50 objects.")
    end
    return { round = token and "latest" or "full", from = 0, until_log = #self.people.log,
      select = query["$select"], filter = query["$filter"] }
  end
  local state = read_token(token)
  if not state then
    return nil, answers.graph(400, "Directory_ExpiredPageToken", "The token is not valid.")
  elseif query["$deltatoken"] and self.faults:has("resync", state.until_log) then
    return nil, resync(call, PATH)
  elseif query["$deltatoken"] then -- a new round: from the end of the last one
    state = { round = "changes", from = state.until_log, until_log = #self.people.log,
      select = state.select, filter = state.filter }
  end
  return state
end

local function changed_json(self, entry, names, is_minimal)
  local k, id = entry.k, self.people:id(entry.k)
  if self.people.gone[k] then
    return encoding.json({ id = id, ["@removed"] = { reason = self.people.gone[k] } })
  elseif is_minimal then
    local only = { "id" }
    for _, name in ipairs(names) do
      only[#only + 1] = name ~= "id" and entry.change[name] ~= nil and name or nil
    end
    names = only
  end
  return pages.person(self.people, k, names)
end

-- The entries of one page, and where it ended.
local function collect(self, state, names, keep, is_minimal)
  local who, out, at = self.people, {}, state.from
  if state.round == "full" then
    while at < who.count and #out < PAGE do
      at = at + 1
      if not who.gone[at] and (not keep or keep(who, at)) then
        out[#out + 1] = pages.person(who, at, names)
      end
    end
    return out, at, at >= who.count
  end
  while at < state.until_log and #out < PAGE do
    at = at + 1
    local entry = who.log[at]
    if not keep or keep(who, entry.k) then
      out[#out + 1] = changed_json(self, entry, names, is_minimal)
    end
  end
  return out, at, at >= state.until_log
end

-- What a page says beside its people: on, or the end of the round.
local function link(call, state, at, is_end, is_after_empty)
  return ('"@odata.%sLink":%s'):format(is_end and "delta" or "next", encoding.quote(call.origin
    .. PATH .. (is_end and "?$deltatoken=" or "?$skiptoken=")
    .. write_token(state, at, is_after_empty)))
end

-- One page of a round: its entries, and the link.
local function page(self, call, state, names, keep, is_minimal)
  local draw = random.hash(self.seed, 931, state.from, state.until_log)
  if state.round == "latest" then
    return {}, link(call, state, 0, true)
  elseif draw % EMPTY_PAGES == 0 and state.from > 0 and call.query["$skiptoken"]
    and not state.is_after_empty then
    return {}, link(call, state, state.from, false, true)
  end
  local out, at, is_last = collect(self, state, names, keep, is_minimal)
  if draw % REPEATS == 1 and out[1] then
    out[#out + 1] = out[1]
  end
  return out, link(call, state, at, is_last)
end

--- Answers `GET /users/delta`.
-- @tparam table call
-- @tparam table request
-- @treturn table response
function delta_methods:delta(call, request)
  local state, refusal = state_of(self, call)
  if not state then
    return refusal
  end
  local names, keep
  names, refusal = pages.select(state.select, true)
  if not names then
    return refusal
  elseif state.filter then
    keep = assert(filter.compile(state.filter, people.properties, "microsoft.graph.user", false))
  end
  local out, onwards = page(self, call, state, names, keep,
    (request.headers.prefer or ""):lower():find("return=minimal", 1, true) ~= nil)
  return answers.json(200, ('{"@odata.context":%s,%s,"value":[%s]}'):format(
    encoding.quote(call.origin .. "/v1.0/$metadata#users"), onwards, table.concat(out, ",")))
end

--- Answers `POST /_sandbox/people/{id}`: changes a person.
-- @tparam table call
-- @tparam table request
-- @treturn table response
function delta_methods:change_person(call, request)
  local k, body = self.people:find(call.ids.user, true), cjson.decode(request.body or "")
  local change, is_good = {}, k ~= nil and type(body) == "table" and next(body) ~= nil
  for name, value in pairs(is_good and body or {}) do
    is_good = is_good and (name == "removed" or people.properties[name] ~= nil)
    change[name] = value ~= cjson.null and value or value == cjson.null and encoding.null
  end
  if not is_good then
    return answers.graph(400, "BadRequest", "There is no such person, or no such property.")
  end
  self.people:change(k, change)
  return answers.json(200, "{}\n")
end

return delta

--- Finds groups, teams and channels by id, mail address or name. What is unknown
-- or ambiguous is an error that names the candidates: a plan guesses nothing.
-- @module crier.audience.places
local cjson = require "cjson.safe"
local lookup = require "crier.audience.lookup"
local suggest = require "crier.suggest"

local places = {}

-- So many candidates are named.
local MOST_SHOWN = 5

local function refuse(message, ...)
  return nil, message:format(...), "AUDIENCE"
end

local function text(value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function describe(found)
  local mail = text(found.mail)
  return found.id .. (mail and " (" .. mail .. ")" or "")
end

local function candidates(list)
  local shown = {}
  for i = 1, math.min(#list, MOST_SHOWN) do
    shown[i] = describe(list[i])
  end
  return table.concat(shown, ", ")
    .. (#list > MOST_SHOWN and (" and %d more"):format(#list - MOST_SHOWN) or "")
end

-- All that a listing has.
local function list_of(client, name, ...)
  local list, arguments = {}, { ... }
  arguments[#arguments + 1] = function(found)
    if type(found) == "table" and text(found.id) then
      list[#list + 1] = found
    end
  end
  local read, message, code, outcome = client.graph:each(name,
    (table.unpack or unpack)(arguments)) -- luacheck: ignore 113 143
  if not read then
    return nil, message, code, outcome
  end
  return list
end

-- The one object of an id.
local function by_id(client, kind, id, select)
  local found, message, code, outcome = client.graph[kind](client.graph, id, select)
  if found and text(found.id) then
    return found
  elseif found or outcome and outcome.kind == "absent" then
    return refuse("no %s has the id %s", kind, id)
  end
  return nil, message, code, outcome
end

-- The one object of several that were found.
local function the_one(list, kind, what)
  if #list > 1 then
    return refuse("%d %ss %s: %s; name one by its id", #list, kind, what,
      candidates(list))
  end
  return list[1]
end

--- Finds a group. Call inside a task.
-- @tparam crier.client client
-- @tparam string who Entra object id, mail address or name
-- @treturn[1] table `id`, `displayName`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: `AUDIENCE`, or the service's
-- @treturn[2] ?table the outcome of the call that failed
function places.group(client, who)
  local select = "id,displayName,mail"
  if lookup.form(who) == "id" then
    return by_id(client, "group", who, select)
  end
  local is_mail = lookup.form(who) == "name"
  local list, message, code, outcome = list_of(client, "groups",
    { [is_mail and "mail" or "name"] = who, select = select })
  if not list then
    return nil, message, code, outcome
  elseif #list == 0 then
    return refuse(is_mail and "no group has the mail address %s"
      or "no group is called '%s'", who)
  end
  return the_one(list, "group", is_mail and "have the mail address " .. who
    or ("are called '%s'"):format(who))
end

--- Finds a team. Call inside a task.
-- @tparam crier.client client
-- @tparam string who id or name
-- @treturn table `id`, `displayName`; or nil, message, code, outcome as of `group`
function places.team(client, who)
  if lookup.form(who) == "id" then
    return by_id(client, "team", who, "id,displayName")
  end
  local list, message, code, outcome = list_of(client, "teams",
    { filter = "displayName eq " .. lookup.quoted(who), select = "id,displayName" })
  if not list then
    return nil, message, code, outcome
  elseif #list == 0 then
    return refuse("no team is called '%s'", who)
  end
  return the_one(list, "team", ("are called '%s'"):format(who))
end

local function find_channel(list, team, wanted)
  local names = {}
  for i, channel in ipairs(list) do
    names[i] = text(channel.displayName) or channel.id
    if channel.id == wanted or names[i]:lower() == wanted:lower() then
      return channel
    end
  end
  local near = suggest.nearest(wanted, names)
  return refuse("team %s has no channel '%s'%s", team.displayName or team.id, wanted,
    near and "; did you mean '" .. near .. "'?"
      or " (there are " .. table.concat(names, ", ", 1, math.min(#names, 20)) .. ")")
end

-- What `find` gives, kept under a key: Teams lets one app ask four times a second
-- about one team.
local function once(found, key, find, ...)
  local message, code, outcome
  if not found[key] then
    found[key], message, code, outcome = find(...)
  end
  return found[key], message, code, outcome
end

--- Finds a channel. Call inside a task.
-- @tparam crier.client client
-- @tparam string who the team's id or name
-- @tparam ?string wanted id or name; nil: General
-- @tparam table found keeps what was asked for one plan
-- @treturn[1] table the channel, as a row of the stage
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @treturn[2] ?table outcome
function places.channel(client, who, wanted, found)
  local team, message, code, outcome = once(found, "team " .. who, places.team, client, who)
  if not team then
    return nil, message, code, outcome
  end
  local channel
  if wanted then
    local list
    list, message, code, outcome =
      once(found, "channels " .. team.id, list_of, client, "channels", team.id)
    if list then
      channel, message, code = find_channel(list, team, wanted)
    end
  else
    channel, message, code, outcome = client.graph:primary_channel(team.id)
  end
  if not channel then
    return nil, message, code, outcome
  elseif not text(channel.id) then
    return nil, "the team's channel has no id", "NO_ID"
  end
  local name = text(channel.displayName)
  return { key = "channel:" .. channel.id, name = name, fields = cjson.encode {
    id = channel.id, displayName = name, teamId = team.id,
    teamName = text(team.displayName),
  } }
end

--- A group chat.
-- @tparam string id
-- @tparam ?string name
-- @treturn table a row of the stage
function places.chat(id, name)
  return { key = "chat:" .. id, name = name,
    fields = cjson.encode { id = id, displayName = name } }
end

return places

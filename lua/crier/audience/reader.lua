--- Reads an audience into a stage: first what lies on this machine, then what
-- the directory knows. Whatever cannot be read stops the plan.
-- @module crier.audience.reader
local cjson = require "cjson.safe"
local audience = require "crier.audience"
local core = require "crier.core"
local csv = require "crier.audience.csv"
local earlier = require "crier.audience.earlier"
local foreign = require "crier.foreign"
local jsonl = require "crier.audience.jsonl"
local lookup = require "crier.audience.lookup"
local newcomers = require "crier.audience.newcomers"
local person = require "crier.audience.person"
local places = require "crier.audience.places"

local reader = {}

-- A plan may name at most this many rows of one file one by one.
local MOST_ENTRIES = 2000000

local FORMATS = { csv = csv, jsonl = jsonl }

local function read_file(node, stage, context)
  local entries, bad = stage:new_entries(), stage:new_set()
  local read, message = context.files:open_csv(node.path)
  if not read then
    return nil, message, "CSV"
  end
  local count, ok, code = 0, nil, nil
  local function take(line, who, row)
    count = count + 1
    if count > MOST_ENTRIES then
      return ("more than %d rows"):format(MOST_ENTRIES)
    elseif who then
      stage:put_entry(entries, { who = who, form = lookup.form(who), line = line,
        csv = type(row) == "table" and cjson.encode(row) or row })
    else
      stage:put(bad, {
        key = ("row:%s:%d"):format(node.path, line),
        excluded = "bad row",
        detail = ("%s line %d: %s"):format(node.path, line, row),
      })
    end
  end
  stage:together(function()
    ok, message, code = FORMATS[node.kind].read(read, node.column, take)
  end)
  if not ok then
    return nil, node.path .. ": " .. message, code
  end
  return { entries = entries, set = bad, path = node.path }
end

local function read_list(node, stage)
  local entries, set = stage:new_entries(), stage:new_set()
  stage:together(function()
    for _, each in ipairs(node.people) do
      local who = each:gsub("%s+$", ""):gsub("^%s+", "")
      stage:put_entry(entries, { who = who, form = lookup.form(who) })
    end
  end)
  return { entries = entries, set = set, path = "list" }
end

-- What is read without the network, by the kind of source.
local local_sources = { csv = read_file, jsonl = read_file, list = read_list,
  previous = earlier.read }

--- Reads all of an audience that lies on this machine, without the network.
-- @tparam crier.audience node
-- @tparam crier.stage stage
-- @tparam table context `files` (anything with `open_csv(self, path) -> read | nil,
--   message`); where they are known, `journal`, `tenant` and the `name` of the
--   campaign
-- @treturn[1] table what `reader.resolve` needs: one entry for each source that
--   was read, left to right, with `node`, the source, and `entries`, its list
-- @treturn[2] nil
-- @treturn[2] string message with file and line
-- @treturn[2] string code `CSV`, or `AUDIENCE`
function reader.prepare(node, stage, context)
  local prepared, failure = {}, nil
  audience.each_source(node, function(source)
    local read = not failure and local_sources[source.kind]
    if read then
      local found, message, code = read(source, stage, context)
      prepared[#prepared + 1] = found
      failure = not found and { message, code } or nil
      if found then
        found.node = source
      end
    end
  end)
  if failure then
    return nil, failure[1], failure[2]
  end
  return prepared
end

local evaluate
local sources = {}

-- Nobody may be merely missing: who has no id cannot be in the ledger. Of whom a
-- listing says nothing but the id, the rest is looked up.
local function put_page(stage, set, page, entries)
  local is_whole = true
  stage:together(function()
    for _, found in ipairs(page) do
      local made = type(found) == "table" and person.from_graph(found)
      if not made then
        is_whole = false
      elseif entries and found.userPrincipalName == nil then
        stage:put_entry(entries, { who = found.id, form = lookup.form(found.id) })
      else
        stage:put(set, made)
      end
    end
  end)
  if not is_whole then
    return false, "the directory listed somebody without an id", "NO_ID"
  end
end

function sources.users(node, context)
  local set = context.stage:new_set()
  local ok, message, code, outcome = context.client.graph:pages("users",
    { select = context.selection, filter = node.filter }, function(page)
      context.progress(#page)
      return put_page(context.stage, set, page)
    end)
  return ok and set, message, code, outcome
end

function sources.group(node, context)
  local stage = context.stage
  local group, message, code, outcome = places.group(context.client, node.group)
  if not group then
    return nil, message, code, outcome
  end
  local source = { entries = stage:new_entries(), set = stage:new_set(),
    path = "group " .. node.group }
  local ok
  ok, message, code, outcome = context.client.graph:pages("group_members", group.id,
    { transitive = node.nested, select = context.selection }, function(page)
      context.progress(#page)
      return put_page(stage, source.set, page, source.entries)
    end)
  if not ok then
    return nil, source.path .. ": " .. message, code, outcome
  end
  return lookup.resolve(source, context)
end

-- A team tells of its members little more than their ids.
function sources.team(node, context)
  local stage = context.stage
  local team, message, code, outcome = places.team(context.client, node.team)
  if not team then
    return nil, message, code, outcome
  end
  local source = { entries = stage:new_entries(), set = stage:new_set(),
    path = "team " .. node.team }
  local ok
  ok, message, code, outcome = context.client.graph:pages("team_members", team.id,
    function(page)
      for _, member in ipairs(page) do
        local id = type(member) == "table" and member.userId
        if type(id) ~= "string" or id == "" then
          return false, "Teams listed a member without an id", "NO_ID"
        end
        stage:put_entry(source.entries, { who = id, form = lookup.form(id) })
      end
    end)
  if not ok then
    return nil, source.path .. ": " .. message, code, outcome
  end
  return lookup.resolve(source, context)
end

local function one_place(context, found)
  local set = context.stage:new_set()
  context.stage:put(set, found)
  context.progress(1)
  return set
end

function sources.channel(node, context)
  local found, message, code, outcome =
    places.channel(context.client, node.team, node.channel, context.found)
  if not found then
    return nil, message, code, outcome
  end
  return one_place(context, found)
end

function sources.chat(node, context)
  return one_place(context, places.chat(node.id, node.name))
end

sources.delta = newcomers.read

-- What `prepare` has read, in its order.
local function look_up_next(_, context)
  context.resolved = context.resolved + 1
  return lookup.resolve(context.prepared[context.resolved], context)
end
for kind in pairs(local_sources) do
  sources[kind] = look_up_next
end

function sources.set(node, context)
  local left, message, code, outcome = evaluate(node[1], context)
  if not left then
    return nil, message, code, outcome
  end
  local right
  right, message, code, outcome = evaluate(node[2], context)
  if not right then
    return nil, message, code, outcome
  end
  return context.stage:combine(node.operator, left, right)
end

function sources.where(node, context)
  local set, message, code, outcome = evaluate(node[1], context)
  if not set then
    return nil, message, code, outcome
  end
  local failure
  context.stage:keep(set, function(row)
    if failure then
      return true
    end
    local ok, result = foreign.call(node.predicate, person.recipient(row))
    failure = not ok and { problem = result, key = row.key } or nil
    return ok and result
  end)
  if failure then
    return nil, ("%s (in :where, for %s)"):format(failure.problem,
      failure.key:match ":(.*)"), "AUDIENCE"
  end
  return set
end

-- Those of a set who would be sent to.
local function evaluate_sendable(node, context)
  local set, message, code, outcome = evaluate(node, context)
  if not set then
    return nil, message, code, outcome
  end
  context.exclude(set)
  context.stage:drop_excluded(set)
  return set
end

function sources.sample(node, context)
  local set, message, code, outcome = evaluate_sendable(node[1], context)
  if set then
    context.stage:draw(set, node.count, function(key)
      return core.text.sha256(node.seed .. "\0" .. key:lower())
    end)
  end
  return set, message, code, outcome
end

function sources.limit(node, context)
  local set, message, code, outcome = evaluate_sendable(node[1], context)
  if set then
    context.stage:keep_first(set, node.count)
  end
  return set, message, code, outcome
end

function evaluate(node, context)
  return sources[node.kind](node, context)
end

--- Reads an audience to the last page. Must be called inside a task.
-- @tparam crier.audience node
-- @tparam table context `stage`, `client`, `prepared` (from `prepare`),
--   `select` (list of more properties), `progress` (called with a number of
--   people read), `exclude_default` and `exclude` (mark in a set who is left out:
--   by what the directory says, and for any reason); where there are, `journal`,
--   `tenant` and `campaign` (id of the one that is planned). Its `deltas` is filled:
--   see `crier.audience.newcomers`
-- @treturn[1] string the set in the stage
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code; `AUDIENCE` when the script is at fault
-- @treturn[2] ?table the outcome of the call that failed
function reader.resolve(node, context)
  context.resolved, context.deltas, context.found = 0, {}, {}
  context.selection = lookup.selection(context.select)
  return evaluate(node, context)
end

--- All properties that the sources of an audience select beside the usual.
-- @tparam crier.audience node
-- @treturn table list of names
function reader.selected(node)
  local names = {}
  audience.each_source(node, function(source)
    for _, name in ipairs(source.select or {}) do
      names[#names + 1] = name
    end
  end)
  return names
end

return reader

--- Reads an audience into a stage: first what lies on this machine, then what
-- the directory knows. Whatever cannot be read stops the plan.
-- @module crier.audience.reader
local cjson = require "cjson.safe"
local audience = require "crier.audience"
local csv = require "crier.audience.csv"
local person = require "crier.audience.person"

local reader = {}

-- Graph takes at most 15 clauses joined by `or` in a directory filter.
local CLAUSES = 15
-- Look-ups of entries that are under way at once.
local WORKERS = 8
-- A plan may name at most this many rows of one file one by one.
local MOST_ENTRIES = 2000000

local function read_csv(node, stage, files)
  local entries, bad = stage:new_entries(), stage:new_set()
  local read, message = files:open_csv(node.path)
  if not read then
    return nil, message, "CSV"
  end
  local count, ok, code = 0, nil, nil
  stage:together(function()
    ok, message, code = csv.read(read, node.column, function(line, who, row)
      count = count + 1
      if count > MOST_ENTRIES then
        return ("more than %d rows"):format(MOST_ENTRIES)
      elseif who then
        stage:put_entry(entries, who, line, cjson.encode(row))
      else
        stage:put(bad, {
          key = ("row:%s:%d"):format(node.path, line),
          excluded = "bad row",
          detail = ("%s line %d: %s"):format(node.path, line, row),
        })
      end
    end)
  end)
  if not ok then
    return nil, node.path .. ": " .. message, code
  end
  return { entries = entries, set = bad, path = node.path }
end

local function read_list(node, stage)
  local entries, set = stage:new_entries(), stage:new_set()
  stage:together(function()
    for _, who in ipairs(node.people) do
      stage:put_entry(entries, (who:gsub("%s+$", ""):gsub("^%s+", "")))
    end
  end)
  return { entries = entries, set = set, path = "list" }
end

--- Reads all csv files and lists of an audience, without the network.
-- @tparam crier.audience node
-- @tparam crier.stage stage
-- @param files anything with `open_csv(self, path) -> read | nil, message`
-- @treturn[1] table what `reader.resolve` needs: one entry for each csv and
--   list, left to right
-- @treturn[2] nil
-- @treturn[2] string message with file and line
-- @treturn[2] string code `CSV`
function reader.prepare(node, stage, files)
  local prepared, failure = {}, nil
  audience.each_source(node, function(source)
    if failure or source.kind == "users" then
      return
    end
    local found, message, code
    if source.kind == "csv" then
      found, message, code = read_csv(source, stage, files)
    else
      found = read_list(source, stage)
    end
    prepared[#prepared + 1] = found
    failure = not found and { message, code } or nil
  end)
  if failure then
    return nil, failure[1], failure[2]
  end
  return prepared
end

local function selection(extra)
  local names, seen = {}, {}
  for _, list in ipairs { person.fields, extra } do
    for _, name in ipairs(list) do
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  return table.concat(names, ",")
end

-- Nobody may be merely missing: who has no id cannot be in the ledger.
local function put_page(stage, set, page)
  local whole = true
  stage:together(function()
    for _, found in ipairs(page) do
      local made = type(found) == "table" and person.from_graph(found)
      if made then
        stage:put(set, made)
      else
        whole = false
      end
    end
  end)
  if whole then
    return true
  end
  return nil, "the directory listed somebody without an id", "NO_ID"
end

local function no_list(document, outcome, message, code)
  if document then
    return nil, "the directory's answer has no list of users", "NOT_JSON"
  end
  return nil, message, code, outcome
end

-- Reads a listing to its last page.
local function each_page(context, options, visit)
  local graph, seen = context.client.graph, {}
  local document, message, code, outcome = graph:users(options)
  while document and type(document.value) == "table" do
    local ok
    ok, message, code = visit(document.value)
    local link = document["@odata.nextLink"]
    if not ok then
      return nil, message, code
    elseif type(link) ~= "string" then
      return true
    elseif seen[link] then
      return nil, "the directory's listing has no end: a page comes again",
        "ENDLESS"
    end
    seen[link] = true
    document, message, code, outcome = graph:next(link)
    if code == "URL_REFUSED" then
      message = ("the directory's next page is at %s: %s"):format(
        link:match "^%a+://[%w.:-]+" or "no URL", message)
    end
  end
  return no_list(document, outcome, message, code)
end

local function read_users(node, context)
  local set = context.stage:new_set()
  local ok, message, code, outcome = each_page(context, {
    select = selection(context.select),
    filter = node.filter,
  }, function(page)
    context.progress(#page)
    return put_page(context.stage, set, page)
  end)
  return ok and set, message, code, outcome
end

local function quoted(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

local function clause(who)
  local property = who:find("@", 1, true) and "userPrincipalName" or "id"
  return property .. " eq " .. quoted(who)
end

local function index(found, people)
  for _, user in ipairs(found) do
    local made = type(user) == "table" and person.from_graph(user)
    if made then
      people[user.id:lower()] = made
      if made.upn then
        people[made.upn:lower()] = made
      end
    end
  end
end

-- One by one, because an entry that the service cannot read as an id makes it
-- refuse the whole filter.
local function look_up_each(chunk, context, people)
  for _, entry in ipairs(chunk) do
    local found, message, code, outcome =
      context.client.graph:user(entry.shown, selection(context.select))
    if found then
      index({ found }, people)
      people[entry.who] = people[entry.who] or person.from_graph(found)
    elseif not (outcome and (outcome.kind == "absent"
      or outcome.kind == "refused")) then
      return nil, message, code, outcome
    end
  end
  return true
end

local function look_up(chunk, context)
  local clauses, people = {}, {}
  for i, entry in ipairs(chunk) do
    clauses[i] = clause(entry.shown)
  end
  local ok, message, code, outcome = each_page(context, {
    select = selection(context.select),
    filter = table.concat(clauses, " or "),
  }, function(page)
    index(page, people)
    return true
  end)
  if not ok and outcome and outcome.kind == "refused" then
    ok, message, code, outcome = look_up_each(chunk, context, people)
  end
  return ok and people, message, code, outcome
end

local function nobody(source, entry)
  local place = entry.line and ("%s line %d"):format(source.path, entry.line)
    or source.path
  return {
    key = "user:" .. entry.shown,
    upn = entry.shown:find("@", 1, true) and entry.shown or nil,
    excluded = "no such user",
    detail = ("%s: %s is not in the directory"):format(place, entry.shown),
    csv = entry.csv,
  }
end

local function put_chunk(source, chunk, people, stage)
  stage:together(function()
    for _, entry in ipairs(chunk) do
      local found = people[entry.who]
      if found then
        found.csv = entry.csv
        stage:put(source.set, found)
      else
        stage:put(source.set, nobody(source, entry))
      end
    end
  end)
end

-- Looks the entries up, a few requests at once, each with a chunk of them.
local function resolve(source, context)
  local loop, stage = context.client.loop, context.stage
  local after, failure, running, waiter = 0, nil, 0, loop:task()
  local function next_chunk()
    local chunk = stage:entries(source.entries, after, CLAUSES)
    after = #chunk > 0 and chunk[#chunk].ord or after
    return #chunk > 0 and chunk or nil
  end
  local function work()
    local chunk = next_chunk()
    while chunk and not failure do
      local people, message, code, outcome = look_up(chunk, context)
      if people then
        put_chunk(source, chunk, people, stage)
        context.progress(#chunk)
        chunk = next_chunk()
      else
        failure = { message, code, outcome }
      end
    end
    running = running - 1
    if running == 0 then
      loop:unpark(waiter)
    end
  end
  for _ = 1, WORKERS do
    running = running + 1
    loop:spawn(work)
  end
  while running > 0 do
    loop:park()
  end
  if failure then
    return nil, failure[1], failure[2], failure[3]
  end
  return source.set
end

local function evaluate(node, context)
  if node.kind == "users" then
    return read_users(node, context)
  elseif node.kind ~= "set" then
    context.resolved = context.resolved + 1 -- in the order of `prepare`
    return resolve(context.prepared[context.resolved], context)
  end
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

--- Reads an audience to the last page. Must be called inside a task.
-- @tparam crier.audience node
-- @tparam table context `stage`, `client`, `prepared` (from `prepare`),
--   `select` (list of more properties), `progress` (called with a number of
--   people read)
-- @treturn[1] string the set in the stage
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @treturn[2] ?table the outcome of the call that failed
function reader.resolve(node, context)
  context.resolved = 0
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

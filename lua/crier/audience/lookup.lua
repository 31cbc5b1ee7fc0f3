--- Finds the people whom a file or list names: by object id a thousand at a time,
-- by UPN or mail address as many as a filter takes.
-- @module crier.audience.lookup
local person = require "crier.audience.person"

local lookup = {}

-- "directoryObject: getByIds" takes up to a thousand ids; a directory filter at
-- most 15 clauses joined by `or` ("Use the $filter query parameter").
local MOST = { id = 1000, name = 15 }
-- Look-ups under way at once. Of the large ones few, because each is held in
-- memory.
local WORKERS = { id = 2, name = 16 }

local GUID = "^" .. ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(4)
  .. ("%x"):rep(8) .. "$"

--- What an entry looks like.
-- @tparam string who
-- @treturn string `id` (an object id), `name` (a UPN or mail address) or `other`
function lookup.form(who)
  if who:find(GUID) then
    return "id"
  end
  return who:find "^[^%s@]+@[^%s@]+$" and "name" or "other"
end

--- The properties that are asked for, as `$select` takes them.
-- @tparam table extra list of more
-- @treturn string
function lookup.selection(extra)
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

--- Text as a literal of a filter.
-- @tparam string text
-- @treturn string
function lookup.quoted(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

-- What was found, by who was asked for. An address may be that of several.
local function index(page, people, name)
  for _, user in ipairs(page) do
    local made = type(user) == "table" and person.from_graph(user)
    local value = made and user[name]
    if type(value) == "string" then
      local list = people[value:lower()] or {}
      people[value:lower()] = list
      if not list[1] or list[1].key ~= made.key then
        list[#list + 1] = made
      end
    end
  end
end

-- Without the right to read people Graph tells their ids alone ("Limited
-- information returned for inaccessible member objects"), and nobody could tell a
-- guest, or who is disabled.
local function is_limited(list, select)
  for _, user in ipairs(list) do
    if select ~= "id" and type(user) == "table" and user.userPrincipalName == nil then
      return true
    end
  end
  return false
end

local LIMITED = { kind = "misconfigured", code = "LIMITED",
  remedy = "Grant User.Read.All (application): Entra > App registrations > (the app) >"
    .. " API permissions > Add a permission, then Grant admin consent" }

local ask = {}

function ask.id(chunk, context, select, people)
  local ids = {}
  for i, entry in ipairs(chunk) do
    ids[i] = entry.shown
  end
  local document, message, code, outcome =
    context.client.graph:resolve(ids, { select = select })
  if document and type(document.value) == "table" then
    if is_limited(document.value, select) then
      return nil, "the directory tells nothing of people but their ids", LIMITED.code, LIMITED
    end
    index(document.value, people, "id")
    return true
  elseif document then
    return nil, "the directory's answer has no list of users", "NOT_JSON"
  end
  return nil, message, code, outcome
end

local function ask_by(property, chunk, context, select, people)
  local clauses = {}
  for i, entry in ipairs(chunk) do
    clauses[i] = property .. " eq " .. lookup.quoted(entry.shown)
  end
  local found = {}
  local document, message, code, outcome = context.client.graph:pages("users",
    { select = select, filter = table.concat(clauses, " or ") },
    function(page) index(page, found, property) end)
  for _, entry in ipairs(chunk) do
    people[entry.who] = people[entry.who] or found[entry.who]
  end
  return document and true, message, code, outcome
end

-- First by UPN, which is one person's; then by mail who was not found.
function ask.name(chunk, context, select, people)
  local ok, message, code, outcome =
    ask_by("userPrincipalName", chunk, context, select, people)
  local rest = {}
  for _, entry in ipairs(chunk) do
    rest[#rest + 1] = not people[entry.who] and entry or nil
  end
  if ok and #rest > 0 then
    return ask_by("mail", rest, context, select, people)
  end
  return ok, message, code, outcome
end

local function is_refused(outcome)
  return outcome ~= nil and outcome.kind == "refused"
end

local function part(chunk, from, to)
  local list = {}
  for i = from, to do
    list[#list + 1] = chunk[i]
  end
  return list
end

-- One entry that the service cannot read makes it refuse the whole request:
-- halves tell which. A property that it does not know is refused with each.
local function look_up(chunk, context, people)
  local form = chunk[1].form
  local ok, message, code, outcome = ask[form](chunk, context, context.selection, people)
  if ok or not is_refused(outcome) then
    return ok, message, code, outcome
  elseif #chunk == 1 then
    local fine, _, _, why = ask[form](chunk, context, "id", {})
    if not fine and is_refused(why) then
      return true
    end
    return nil, message, code, outcome
  end
  local half = math.floor(#chunk / 2)
  ok, message, code, outcome = look_up(part(chunk, 1, half), context, people)
  if ok then
    return look_up(part(chunk, half + 1, #chunk), context, people)
  end
  return nil, message, code, outcome
end

local function place_of(source, entry)
  return entry.line and ("%s line %d"):format(source.path, entry.line) or source.path
end

-- Whether somebody wrote the entries of a source, and not a program.
local function is_written(source)
  return source.node ~= nil and source.node.kind ~= "previous"
end

-- An entry that leads to nobody, or to several; `ord` only where somebody wrote it.
local function unresolved(source, entry, reason, what)
  return {
    key = "user:" .. entry.shown,
    upn = entry.shown:find("@", 1, true) and entry.shown or nil,
    excluded = reason,
    detail = ("%s: %s %s"):format(place_of(source, entry), entry.shown, what),
    csv = entry.csv,
    ord = is_written(source) and entry.ord or nil,
  }
end

-- Why a look-up did not lead to one person, in two words and in more.
local function flaw(entry, found)
  if entry.form == "other" then
    return "no such user", "is neither an object id nor a UPN or mail address"
  elseif not found then
    return "no such user", "is not in the directory"
  elseif found[2] then
    local ids = {}
    for i, made in ipairs(found) do
      ids[i] = made.key:match ":(.*)"
    end
    return "several users", "is the address of " .. table.concat(ids, " and ")
  end
end

local function put(source, chunk, people, context)
  context.stage:together(function()
    for _, entry in ipairs(chunk) do
      local found = people[entry.who]
      local reason, what = flaw(entry, found)
      if reason then
        context.stage:put(source.set, unresolved(source, entry, reason, what))
      else
        found[1].csv, found[1].ord = entry.csv, entry.ord
        context.stage:put(source.set, found[1])
      end
    end
  end)
  context.progress(#chunk)
end

-- Gives the entries of a form, a chunk at a time.
local function chunks(source, context, form)
  local after = 0
  return function()
    local chunk = context.stage:entries(source.entries, form, after, MOST[form] or 1000)
    after = #chunk > 0 and chunk[#chunk].ord or after
    return #chunk > 0 and chunk or nil
  end
end

local function work(run)
  local chunk = run.next()
  while chunk and not run.failure do
    local people = {}
    local ok, message, code, outcome = look_up(chunk, run.context, people)
    if ok then
      put(run.source, chunk, people, run.context)
      chunk = run.next()
    else
      run.failure = { message, code, outcome }
    end
  end
  run.running = run.running - 1
  if run.running == 0 then
    run.context.client.loop:unpark(run.waiter)
  end
end

-- Looks the entries of a form up, a few requests at once.
local function resolve_form(source, context, form)
  local loop = context.client.loop
  local run = { source = source, context = context, waiter = loop:task(),
    next = chunks(source, context, form), running = WORKERS[form] }
  for _ = 1, WORKERS[form] do
    loop:spawn(work, run)
  end
  while run.running > 0 do
    loop:park()
  end
  return run.failure
end

--- Looks up all entries of a source and puts whom they name into its set; an entry
-- that leads to nobody is in it as well, excluded with the reason. Must be called
-- inside a task.
-- @tparam table source `entries`, `set` and `path` (what errors call it), and the
--   `node` of the audience if it has one
-- @tparam table context see `crier.audience.reader.resolve`
-- @treturn[1] string the set
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @treturn[2] ?table the outcome of the call that failed
function lookup.resolve(source, context)
  for _, form in ipairs { "id", "name" } do
    local failure = resolve_form(source, context, form)
    if failure then
      return nil, failure[1], failure[2], failure[3]
    end
  end
  local next_chunk = chunks(source, context, "other")
  for chunk in next_chunk do
    put(source, chunk, {}, context)
  end
  return source.set
end

--- Looks one person up. Must be called inside a task.
-- @tparam crier.client client
-- @tparam string who object id, UPN or mail address
-- @tparam string selection see `lookup.selection`
-- @treturn[1] table the person, see `crier.audience.person.from_graph`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: `UNKNOWN` (the directory has nobody, or several), or that
--   of the call that failed
-- @treturn[2] ?table the outcome of that call
function lookup.one(client, who, selection)
  local shown = who:match "^%s*(.-)%s*$"
  local entry = { who = shown:lower(), shown = shown, form = lookup.form(shown) }
  local people = {}
  if entry.form ~= "other" then
    local ok, message, code, outcome =
      look_up({ entry }, { client = client, selection = selection }, people)
    if not ok then
      return nil, message, code, outcome
    end
  end
  local found = people[entry.who]
  local reason, what = flaw(entry, found)
  if reason then
    return nil, shown .. " " .. what, "UNKNOWN"
  end
  return found[1]
end

return lookup

--- Makes each person's message.
-- @module crier.campaign.compose
local activity = require "crier.activity"
local audience = require "crier.audience"
local choice = require "crier.campaign.choice"
local core = require "crier.core"
local foreign = require "crier.foreign"
local message = require "crier.template.message"
local notice = require "crier.campaign.notice"
local person = require "crier.audience.person"
local reader = require "crier.audience.reader"
local template = require "crier.template"

local compose = {}

-- Beyond it a message is not for older clients.
local WARN_BYTES = core.activity.WARN_BYTES

local compose_methods = {}
local compose_mt = { __name = "crier.compose", __index = compose_methods }

local function compile(source, content)
  if source.kind == "text" then
    return message.text(source.source, content.shown, source.options)
  elseif source.kind == "activity" then
    return message.activity(source.source, content.shown)
  end
  local text, problem, code = content:read(source.path)
  if not text then
    return nil, problem, code
  end
  return message.card(text, source.path, source.options)
end

-- What templates may name: all fields of a recipient are known, those of
-- `data` only when somebody is sent to.
local function check(compiled, definition)
  local roots = {
    recipient = person.known_fields(reader.selected(definition.audience),
      audience.kinds(definition.audience)),
    campaign = { name = true },
  }
  if definition.data then
    roots.data = true
  end
  return template.check(compiled, roots)
end

-- Judged once, with the path of each value in its place.
local function judge(compiled, definition, options)
  local kinds = audience.kinds(definition.audience)
  local ok, flaw, _, place = core.activity.check(compiled:outline(),
    { split = options.split, is_group = kinds.channel or kinds.chat })
  if not ok then
    return nil, compiled:locate(place) .. ": " .. flaw, "TEMPLATE"
  end
  return true
end

-- Compiles and checks one message, and measures it without values.
local function read_leaf(leaf, definition, content)
  local compiled, problem, code = compile(leaf.message, content)
  local ok
  if compiled then
    ok, problem, code = check(compiled, definition)
  end
  local options = leaf.message.options or {}
  if ok then
    ok, problem, code = judge(compiled, definition, options)
  end
  if not ok then
    return nil, problem, code
  end
  leaf.least = core.activity.size(compiled:fill({}, { on_missing = "empty" }) or "")
  problem = activity.too_large(leaf.least, options.large, " even without its values")
  if problem then
    return nil, problem .. ": make it smaller", "TEMPLATE"
  end
  leaf.template, leaf.is_large_wanted = compiled, options.large
  return true
end

-- What tells one message of several: ` (variant b, fr)`.
local function label(leaf)
  local name = choice.label(leaf)
  return name and " (" .. name .. ")" or ""
end

local function read_notice(self, definition, content)
  if definition.notify then
    local compiled, problem, code = notice.compile(definition.notify, content.shown)
    local ok
    if compiled then
      ok, problem, code = check(compiled, definition)
    end
    if not ok then
      return nil, problem, code
    end
    self.notice = compiled
  end
  return self
end

--- Compiles and checks a campaign's message, in all variants and languages.
-- @tparam crier.campaign definition
-- @tparam crier.content content
-- @tparam ?function now gives the time of `utcNow()`; default the system's
-- @treturn[1] crier.compose
-- @treturn[2] nil
-- @treturn[2] string message with file, line and suggestion
-- @treturn[2] string code `MESSAGE`, `TEMPLATE` or `FILE`
function compose.new(definition, content, now)
  if not definition.message then
    return nil, content.shown .. ": message is missing: crier.card \"…\" or"
      .. " crier.text \"…\"", "MESSAGE"
  elseif definition.message.compose then
    return definition.message.compose(definition, content, now)
  end
  local self = setmetatable({
    choice = choice.new(definition),
    warnings = {},
    data = definition.data,
    foreign = foreign.new(),
    options = { on_missing = definition.on_missing },
    now = now,
    campaign = { name = definition.name },
    largest = 0,
  }, compose_mt)
  for _, leaf in ipairs(self.choice.leaves) do
    local ok, problem, code = read_leaf(leaf, definition, content)
    if not ok then
      return nil, problem .. label(leaf), code
    end
    for _, warning in ipairs(leaf.template.warnings or {}) do
      table.insert(self.warnings, warning .. label(leaf))
    end
    self.largest = math.max(self.largest, leaf.least)
  end
  return read_notice(self, definition, content)
end

local function ask_data(self, recipient, language)
  if not self.data then
    return nil
  end
  local ok, data = self.foreign:call(self.data, recipient, language)
  if not ok then
    return nil, "data function failed", data
  elseif data ~= nil and type(data) ~= "table" then
    return nil, "data function failed", ("%s: it returned a %s and not a table")
      :format(foreign.place(self.data), type(data))
  end
  return data or {}
end

--- Renders one person's activity. The row's `variant` and `language` become those
-- of what it is given.
-- @tparam table row of the journal, with `key`, `fields` and `csv`
-- @treturn[1] string JSON text of the activity
-- @treturn[2] nil
-- @treturn[2] string the reason for the ledger
-- @treturn[2] ?string more for a person to read
function compose_methods:render(row)
  local recipient = person.recipient(row)
  local pick, reason, text = self.choice:pick(row, recipient)
  if not pick then
    return nil, reason, text
  end
  row.variant, row.language = pick.variant or row.variant, pick.language
  return self:render_pick(pick, recipient)
end

-- What holds nothing else, and reads as it is.
local PLAIN = { string = true, number = true, boolean = true }
-- As many values are looked at: a coroutine costs no more than that.
local MOST_PLAIN = 100

-- How many of `left` values remain after a look at one and all in it; nil where more
-- are in it, or functions of the script, which metamethods are.
local function look(any, left)
  if type(any) ~= "table" or getmetatable(any) ~= nil then
    return PLAIN[type(any)] and left
  end
  for key, inner in next, any do
    left = PLAIN[type(key)] and left > 0 and look(inner, left - 1)
    if not left then
      return nil
    end
  end
  return left
end

-- What a script's function returned may bring functions along.
local function fill_guarded(self, compiled, values)
  local options, made, path, code = self.options, nil, nil, nil
  if look(values.data or {}, MOST_PLAIN) then
    return compiled:fill(values, options)
  end
  local ok, problem = self.foreign:call(function()
    made, path, code = compiled:fill(values, options)
  end)
  if not ok then
    return nil, problem, "DATA"
  end
  return made, path, code
end

-- Fills a template with what one person's pick and data say.
local function fill(self, compiled, pick, recipient)
  local data, reason, text = ask_data(self, recipient, pick.language)
  if reason then
    return nil, reason, text
  end
  local options = self.options
  options.now_ms = self.now and self.now()
  options.locale, options.number_locale = pick.locale, pick.number_locale
  local made, path, code = fill_guarded(self, compiled,
    { recipient = recipient, data = data, campaign = self.campaign })
  if code == "DATA" then
    return nil, "data function failed", path
  elseif not made then
    return nil, (code == "MISSING" and "missing " or "") .. tostring(path),
      code == "MISSING"
        and ("the message needs ${%s}, which has no value"):format(path) or nil
  end
  return made
end

--- Renders what the activity feed is to say to one person.
-- @tparam table row as of `render`, of a campaign with `notify`
-- @treturn[1] string JSON text of the notification
-- @treturn[2] nil
-- @treturn[2] string as `render`
-- @treturn[2] ?string
function compose_methods:render_notice(row)
  local recipient = person.recipient(row)
  local pick, reason, text = self.choice:pick(row, recipient)
  if not pick then
    return nil, reason, text
  end
  return fill(self, self.notice, pick, recipient)
end

--- Renders what was chosen.
-- @tparam table pick of `crier.campaign.choice`
-- @tparam table recipient
-- @treturn[1] string as `render`
-- @treturn[2] nil
-- @treturn[2] string
-- @treturn[2] ?string
function compose_methods:render_pick(pick, recipient)
  local leaf = pick.leaf
  local made, reason, text = fill(self, leaf.template, pick, recipient)
  if not made then
    return nil, reason, text
  end
  -- UTF-16 has never more units than UTF-8 has bytes.
  if 2 * #made <= WARN_BYTES then
    return made
  end
  local bytes = core.activity.size(made)
  self.largest = math.max(self.largest, bytes)
  local problem = activity.too_large(bytes, leaf.is_large_wanted)
  if problem then
    return nil, "too large", problem
  end
  return made
end

--- Whether the message is larger than older clients show (28 KB).
-- @treturn boolean
function compose_methods:is_large()
  return self.largest > WARN_BYTES
end

return compose

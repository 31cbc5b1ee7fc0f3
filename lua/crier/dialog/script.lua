--- A dialog's campaign as it was stored: its function, and all its messages, compiled.
-- @module crier.dialog.script
local audience = require "crier.audience"
local choice = require "crier.campaign.choice"
local compose = require "crier.campaign.compose"
local content = require "crier.campaign.content"
local foreign = require "crier.foreign"
local person = require "crier.audience.person"
local replay = require "crier.dialog.replay"
local stamp = require "crier.dialog.stamp"
local talk = require "crier.dialog.talk"

local script = {}

local script_methods = {}
local script_mt = { __name = "crier.dialog.script", __index = script_methods }

local FIRST = { say = true, ask = true }
local BEGINS = "%s: a dialog begins with d:ask or d:say: that is what the campaign sends"

-- A composer of one message: the campaign's, with data that comes from outside.
local function composer(self, message, files, now)
  local given = self.data
  return compose.new(setmetatable({ message = message,
    data = function() return given.now end }, { __index = self.definition }), files, now)
end

-- What is wrong with how it begins, whoever it is for: known where it does something
-- before it looks at the person.
local function beginning_problem(fn)
  local first
  replay.run(fn, talk.new {}, {}, function(command)
    first = command
  end)
  return first and not FIRST[first.kind] and BEGINS:format(foreign.place(fn)) or nil
end

--- Compiles and checks what a dialog says.
-- @tparam crier.campaign definition whose message is a dialog
-- @tparam crier.content files
-- @tparam ?function now gives the time of `utcNow()`
-- @treturn[1] crier.dialog.script with `warnings` and `choice` of what it says first
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function script.new(definition, files, now)
  local self = setmetatable({ definition = definition, fn = definition.message.fn,
    composers = {}, warnings = {}, data = {} }, script_mt)
  for kind in pairs(audience.kinds(definition.audience)) do
    if kind ~= "user" then
      return nil, ("%s: a dialog is with a person: the audience has a %s in it")
        :format(files.shown, kind), "MESSAGE"
    end
  end
  local messages = definition.message.messages or {}
  local opening, wrong = nil, choice.problem(definition, messages)
  if wrong then
    return nil, files.shown .. ": " .. wrong, "MESSAGE"
  end
  for _, message in ipairs(messages) do
    local made, problem, code = composer(self, message, files, now)
    if not made then
      return nil, problem, code
    end
    self.composers[message], opening = made, opening or made
    for _, warning in ipairs(made.warnings) do
      table.insert(self.warnings, warning)
    end
  end
  if not opening then
    return nil, files.shown .. ": the dialog has no message: make its cards and texts where"
      .. " the script loads, outside of the function", "MESSAGE"
  end
  wrong = beginning_problem(self.fn)
  if wrong then
    return nil, wrong, "MESSAGE"
  end
  self.opening, self.choice = opening, opening.choice
  return self
end

--- Reads a stored campaign.
-- @tparam crier.journal journal
-- @tparam integer campaign id
-- @tparam function load gives a campaign for a content, see `crier.campaign.script.load`
-- @treturn[1] crier.dialog.script
-- @treturn[2] nil
-- @treturn[2] string why not
function script.stored(journal, campaign, load)
  local row = journal.campaigns:by_id(campaign)
  local files = content.stored(row.script, journal.campaigns:bundle(campaign))
  local definition, problem = load(files)
  if not definition then
    return nil, problem
  elseif not definition.message or definition.message.kind ~= "dialog" then
    return nil, files.shown .. ": its message is no dialog"
  end
  return script.new(definition, files)
end

--- What `d` is for one person.
-- @tparam table recipient see `crier.audience.person.recipient`
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] string why not
function script_methods:talk(recipient)
  local data
  if self.definition.data then
    local ok, found = foreign.call(self.definition.data, recipient)
    if not ok then
      return nil, found
    end
    data = found
  end
  return talk.new { recipient = recipient, data = data,
    campaign = { name = self.definition.name } }
end

--- Runs the dialog; see `crier.dialog.replay`.
-- @tparam table recipient
-- @tparam table events
-- @tparam function perform
-- @tparam ?table commands
-- @treturn string state
-- @return a command, or why it failed
function script_methods:run(recipient, events, perform, commands)
  local d, problem = self:talk(recipient)
  if not d then
    return "failed", problem
  end
  return replay.run(self.fn, d, events, perform, commands)
end

--- Renders a message of the dialog for one person, its buttons marked.
-- @tparam crier.message message
-- @tparam table row with `key`, `fields`, `csv`, `variant`, `planned_at`
-- @tparam ?table data what `${data.…}` sees
-- @tparam integer target id of the ledger's row
-- @tparam integer nth of the question
-- @treturn[1] string JSON of the activity
-- @treturn[2] nil
-- @treturn[2] string why not
-- @treturn[2] ?string more
function script_methods:say(message, row, data, target, nth)
  local made = self.composers[message]
  if not made then
    return nil, "a message of a dialog is made where the script loads, outside of the"
      .. " function, so that it is checked before anything is sent"
  end
  self.data.now = data or {}
  local activity, reason, text = made:render(row)
  if not activity then
    return nil, reason, text
  end
  return stamp.put(activity, { target = target, nth = nth, planned_at = row.planned_at or 0 })
end

-- The first thing that the dialog does for a person.
local function first_command(self, recipient)
  local found
  local state, problem = self:run(recipient, {}, function(command)
    found = command
  end)
  if state == "failed" then
    return nil, problem
  elseif not found or not FIRST[found.kind] then
    return nil, BEGINS:format(foreign.place(self.fn))
  end
  return found
end

--- Renders what the campaign sends: what the dialog says first.
-- @tparam table row of the journal
-- @treturn[1] string JSON of the activity
-- @treturn[2] nil
-- @treturn[2] string the reason for the ledger
-- @treturn[2] ?string more for a person to read
function script_methods:render(row)
  local command, problem = first_command(self, person.recipient(row))
  if not command then
    return nil, "dialog failed", problem
  end
  return self:say(command.message, row, command.data, row.id or 0, 1)
end

--- Renders a choice of what it says first; see `crier.campaign.compose`.
function script_methods:render_pick(...)
  self.data.now = {}
  return self.opening:render_pick(...)
end

--- Whether a message is larger than older clients show (28 KB).
-- @treturn boolean
function script_methods:is_large()
  for _, made in pairs(self.composers) do
    if made:is_large() then
      return true
    end
  end
  return false
end

return script

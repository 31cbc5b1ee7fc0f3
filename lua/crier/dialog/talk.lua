--- What a dialog's function may do: the methods of its `d`.
--
--     return crier.campaign {
--       message = crier.dialog(function(d)
--         local a = d:ask(question, { within = "3d", remind = "1d" })
--         if a and a.value.choice == "yes" then
--           d:say(thanks)
--         end
--       end),
--
-- The function is run again from its beginning whenever something happens: it must do
-- the same each time. Time, chance and whatever acts on the world come through `d`.
-- @module crier.dialog.talk
local amount = require "crier.format.amount"
local suggest = require "crier.suggest"

local talk = {}

local talk_methods = {}
local talk_mt = { __name = "crier.dialog.talk", __index = talk_methods }

local ASKS = { "again", "cancel", "closed", "data", "remind", "reminder", "text", "thanks",
  "validate", "within" }

--- Makes a `d`.
-- @tparam table person `recipient`, `data`, `campaign` (`{ name = }`)
-- @treturn table
function talk.new(person)
  return setmetatable({ recipient = person.recipient, data = person.data,
    campaign = person.campaign }, talk_mt)
end

local function span(options, name)
  local value = options[name]
  if value == nil then
    return nil
  end
  local ms = amount.ms(value)
  if not ms or ms == 0 then
    error(('d:ask: %s is a span such as "30m", "2h" or "3d"'):format(name), 3)
  end
  return ms
end

local function check_message(name, message)
  if type(message) ~= "table" or type(message.kind) ~= "string" then
    error(name .. " takes a message, such as crier.card or crier.text", 3)
  end
end

local function wait_for(command)
  return coroutine.yield(command)
end

-- What acts on the world is not run again, so nothing can be kept of what happens in it.
local function check_outside(self, name)
  if self.acts then
    error(("%s inside d:once %q: call it before that, or after"):format(name, self.acts), 3)
  end
end

--- Says something and goes on.
-- @tparam crier.message message made where the script loads
-- @tparam ?table data what `${data.…}` sees in it
function talk_methods:say(message, data)
  check_outside(self, "d:say")
  check_message("d:say", message)
  wait_for { kind = "say", message = message, data = data or self.data }
end

--- Asks, and waits for the answer.
-- @tparam crier.message message made where the script loads
-- @tparam ?table options
-- @tparam ?string options.within how long it waits, such as `"3d"`; default for ever
-- @tparam ?string options.remind after how long without an answer it is sent again, and
--   after as long again, such as `"1d"`
-- @tparam ?crier.message options.reminder what is sent then; default the message itself
-- @tparam ?function options.validate called with the answer; returns true, or false and
--   a text that asks to mend it
-- @tparam[opt=true] boolean options.text whether a written line is an answer
-- @tparam ?{string,...} options.cancel lines that end it; default `{ "cancel" }`
-- @tparam ?crier.message|boolean options.thanks put in the message's place once it is
--   answered; default for a card itself, with the answer in the place of inputs and buttons;
--   false: it stays
-- @tparam ?string options.closed what who answers too late is told
-- @tparam[opt=false] boolean options.again asked again when a dialog that came between
--   has ended
-- @tparam ?table options.data what `${data.…}` sees in the messages
-- @treturn[1] table the answer: `text` (a written line, or nil), `value` (the fields of
--   the card), `at` (milliseconds since 1970)
-- @treturn[2] nil
-- @treturn[2] string `timeout`, `cancelled` or `opted out`
function talk_methods:ask(message, options)
  check_outside(self, "d:ask")
  check_message("d:ask", message)
  options = options or {}
  local problem = suggest.unknown_key("d:ask", options, ASKS)
  if problem then
    error(problem, 2)
  end
  local within_ms, remind_ms = span(options, "within"), span(options, "remind")
  for _, name in ipairs { "reminder", "thanks" } do
    if options[name] ~= nil and not (name == "thanks" and options.thanks == false) then
      check_message("d:ask: " .. name, options[name])
    end
  end
  local data = options.data or self.data
  wait_for { kind = "ask", message = message, data = data, options = options }
  local answer = wait_for { kind = "answer", message = message, data = data,
    options = options, within_ms = within_ms, remind_ms = remind_ms }
  if answer.why then
    return nil, answer.why
  end
  return { text = answer.text, value = answer.value or {}, at = answer.at }
end

--- Waits.
-- @tparam string how_long such as `"2h"`
function talk_methods:wait(how_long)
  check_outside(self, "d:wait")
  local ms = amount.ms(how_long)
  if not ms then
    error('d:wait takes a span such as "30m", "2h" or "3d"', 2)
  end
  wait_for { kind = "sleep", ms = ms }
  wait_for { kind = "wake" }
end

--- The time, the same in every replay.
-- @treturn integer milliseconds since 1970
function talk_methods:now()
  check_outside(self, "d:now")
  return math.floor(wait_for { kind = "now" })
end

--- A random number, the same in every replay.
-- @tparam ?integer m as of `math.random`
-- @tparam ?integer n
-- @treturn number
function talk_methods:random(m, n)
  check_outside(self, "d:random")
  if m ~= nil and (type(m) ~= "number" or n ~= nil and type(n) ~= "number") then
    error("d:random takes what math.random takes", 2)
  elseif m ~= nil and (m % 1 ~= 0 or (n or m) % 1 ~= 0 or (n and m or 1) > (n or m)) then
    error("d:random takes whole numbers, the smaller one first", 2)
  end
  return wait_for { kind = "random", m = m, n = n }
end

--- Does something to the world, once; what it returned is kept. When the process
-- dies before the dialog waits again, it is done again. `d` is not asked inside.
-- @tparam string name tells it from others
-- @tparam function fn returns what JSON can hold
-- @return what `fn` returned then
function talk_methods:once(name, fn)
  check_outside(self, "d:once")
  if type(name) ~= "string" or type(fn) ~= "function" then
    error("d:once takes a name and a function", 2)
  end
  return wait_for { kind = "once", name = name, fn = fn }
end

return talk

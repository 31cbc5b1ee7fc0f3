--- Invokes: what Teams wants an answer to at once.
--
-- The answer is kept with the activity: a copy gets the same one, and the handler is
-- not called again. A handler may leave work for afterwards, see `crier.bot.work`.
-- @module crier.bot.invokes
local cjson = require "cjson.safe"
local envelope = require "crier.bot.envelope"
local foreign = require "crier.foreign"
local work = require "crier.bot.work"

local invokes = {}

local UNSUPPORTED, MALFORMED, FAILED = 501, 400, 500

local function is_malformed(activity)
  return activity.name == "adaptiveCard/action"
    and not envelope.table_in(envelope.table_in(activity, "value"), "action")
end

-- status, body, whether there is work left (false: not even an answer to keep), whether
-- what it says is a secret
local function ask(bot, activity, event, now_ms)
  local fn = bot.invokes[activity.name]
  if is_malformed(activity) then
    return MALFORMED
  elseif not fn then
    return UNSUPPORTED
  end
  local context = work.context_of(bot, activity, { received_at = now_ms, body = event.body,
    type = event.type, activity_id = event.activity_id,
    conversation_id = event.conversation_id }, now_ms)
  local ok, status, body, is_left = foreign.call(fn, context, activity)
  if ok and type(body) == "table" then
    body = cjson.encode(body)
  end
  if not ok or type(status) ~= "number" then
    bot:log { event = "invoke failed", name = activity.name,
      problem = not ok and status or tostring(body) }
    return FAILED
  end
  return status, body, is_left, context.row.is_secret
end

--- Answers an invoke, inside a transaction.
-- @tparam crier.bot bot
-- @tparam table activity
-- @tparam table event from `crier.bot.envelope`
-- @tparam integer now_ms
-- @treturn integer status, and
-- @treturn ?string body; or nil, message, code when the store failed
function invokes.answer(bot, activity, event, now_ms)
  local db, inbox = bot.journal.db, bot.journal.inbox
  -- What it says is not kept, unless work is left: nobody reads it again.
  local kept = setmetatable({ body = "" }, { __index = event })
  local is_new, message, code = inbox:add(bot.lane, kept, nil, now_ms)
  if is_new == nil then
    return nil, message, code
  elseif not is_new then
    local found
    found, message, code = inbox:answered(bot.lane, event)
    if not found then
      return nil, message, code
    end
    return found.answer_status, found.answer
  end
  local ok
  ok, message, code = db:exec "SAVEPOINT invoke"
  if not ok then
    return nil, message, code
  end
  local status, body, is_left, is_secret = ask(bot, activity, event, now_ms)
  if status >= FAILED then -- the copy that Teams may send is asked anew
    ok, message, code = db:exec "ROLLBACK TO invoke"
  end
  if ok then
    ok, message, code = db:exec "RELEASE invoke"
  end
  if ok and (status == FAILED or is_left == false) then
    ok, message, code = inbox:drop(bot.lane, event)
  elseif ok then
    ok, message, code = inbox:answer(bot.lane, event, status, body)
  end
  if ok and is_left then
    ok, message, code = inbox:leave(bot.lane, event, now_ms)
  elseif ok and is_secret then
    ok, message, code = inbox:blank(bot.lane, event)
  end
  if not ok then
    return nil, message, code
  end
  return status, body
end

return invokes

--- The work that acknowledged activities make: taken from the journal, each in the
-- transaction that notes it as done.
-- @module crier.bot.work
local envelope = require "crier.bot.envelope"
local foreign = require "crier.foreign"
local handlers = require "crier.bot.handlers"
local journal = require "crier.journal"
local presence = require "crier.bot.presence"

local work = {}

local MOST = 128
-- What fails is tried again after 1, 2, 4 … s, for about an hour in all.
local FIRST_WAIT_MS, MOST_TRIES = 1000, 12

-- What a handler is told.
local function context_of(bot, activity, row, now_ms)
  local context = { journal = bot.journal, lane = bot.lane, row = row, now = now_ms,
    at = envelope.at(activity, row.received_at), installed = bot.installed }
  context.key = presence.target(context, activity)
  local from = envelope.table_in(activity, "from")
  context.person = from and not envelope.is_bot(activity, from, bot.lane.app)
    and presence.person(context, from) or nil
  return context
end

work.context_of = context_of

-- Calls a handler that was added: true; or nil, what it says or raises, and its code.
local function call(fn, context, activity)
  local called, result, message, code = foreign.call(fn, context, activity)
  if not called then
    return nil, result
  elseif result == nil and message then
    return nil, message, code
  end
  return true
end

-- true; or nil, what went wrong, and a code.
local function handle(bot, row, now_ms)
  local activity = bot.decode(row.body)
  local context = context_of(bot, activity, row, now_ms)
  local own, ok, message, code = handlers[row.type], true, nil, nil
  if own then
    ok, message, code = own(context, activity)
  end
  for _, fn in ipairs(bot.handlers[row.type] or {}) do
    if not ok then
      break
    end
    ok, message, code = call(fn, context, activity)
  end
  return ok, message, code
end

local function settle(bot, row, now_ms)
  local db, inbox = bot.journal.db, bot.journal.inbox
  local ok, message, code = db:exec "SAVEPOINT handling"
  if not ok then
    return nil, message, code
  end
  local problem
  ok, problem, code = handle(bot, row, now_ms)
  if not ok and journal.is_passing(code) then -- no fault of the handler's
    return nil, problem, code
  elseif ok then
    ok, message, code = inbox:done(row.id, now_ms)
    if ok then
      ok, message, code = db:exec "RELEASE handling"
    end
    return ok, message, code
  end
  local wait_ms = row.tries + 1 < MOST_TRIES and FIRST_WAIT_MS * 2 ^ row.tries
  bot:log { event = "handler failed", type = row.type, id = row.id, problem = problem,
    given_up = not wait_ms or nil }
  ok, message, code = db:exec "ROLLBACK TO handling"
  if ok then
    ok, message, code = db:exec "RELEASE handling"
  end
  if ok then
    ok, message, code = inbox:fail(row.id, tostring(problem or "failed"),
      wait_ms and math.floor(now_ms + wait_ms) or nil)
  end
  if ok and row.is_secret and not wait_ms then
    ok, message, code = inbox:blank(bot.lane, row)
  end
  return ok, message, code
end

--- Works on what is due, in one transaction, which ends where a handler has acted on the
-- world and says so in its row.
-- @tparam crier.bot bot
-- @tparam integer now_ms
-- @treturn integer how many rows there were; or nil, message, code
function work.turn(bot, now_ms)
  local is_writable, problem = bot.journal:is_writable()
  if not is_writable then -- what a handler does could not be noted
    return nil, problem, "STORE"
  end
  return bot.journal:transaction(function()
    local rows, message, code = bot.journal.inbox:due(now_ms, MOST)
    if not rows then
      return nil, message, code
    end
    for nth, row in ipairs(rows) do
      local ok
      ok, message, code = settle(bot, row, now_ms)
      if not ok then
        return nil, message, code
      elseif row.has_acted then
        return nth
      end
    end
    return #rows
  end)
end

return work

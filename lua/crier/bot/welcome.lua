--- What the bot says to whoever the app is new to.
--
-- It becomes a message of the lane's standing campaign (see `crier.journal.messages`),
-- in the transaction that notes the install: so it is said once, and paced by the same
-- budgets as everything else. An install that a campaign made says nothing: the campaign
-- does, unless it is asked for.
-- @module crier.bot.welcome
local welcome = {}

--- Makes what `crier.bot` calls as `installed`.
-- @tparam table options
-- @tparam function options.activity called with `(context, activity, key)`, gives the
--   JSON of what is said, or nil for nothing
-- @tparam string options.cloud of the campaign, see `crier.config`
-- @tparam ?boolean options.always also when a campaign has installed the app
-- @treturn function
function welcome.new(options)
  return function(context, activity, key)
    local journal, lane = context.journal, context.lane
    if not options.always and journal.traces:installed(lane, key, context.at) then
      return true
    end
    local said = options.activity(context, activity, key)
    if not said then
      return true
    end
    local row, message, code = journal.lanes:ensure(lane.app, lane.tenant)
    if row then
      row, message, code = journal.messages:campaign(row, options.cloud, context.now)
    end
    if not row then
      return nil, message, code
    end
    local found = journal.conversations:find(lane, key)
    local added
    added, message, code = journal.messages:add(row, { id = ("welcome.%s.%d"):format(key,
      context.at), key = key, activity = said, phase = "send",
      conversation_id = found.conversation_id, service_url = found.service_url }, context.now)
    return added ~= nil or nil, message, code
  end
end

return welcome

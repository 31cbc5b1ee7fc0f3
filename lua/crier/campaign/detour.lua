--- Other ways to a person than another try, which a retry policy may answer:
--
--     crier.reinstall   the app is taken off and put on again, once a person; then
--                       the chat is opened and the message sent as for the first time
--     crier.reroute     the person gets the campaign's `notify` in the activity feed,
--                       in the place of the message
--
-- A detour changes the row's marks; `take` tells the phase with which it begins.
-- @module crier.campaign.detour
local detour = {}

local detour_mt = { __name = "crier.detour" }

function detour_mt:__tostring()
  return "crier." .. self.name
end

--- Answered by a policy: take the app off and put it on again.
detour.reinstall = setmetatable({ name = "reinstall" }, detour_mt)

--- Answered by a policy: tell the person in the activity feed instead.
detour.reroute = setmetatable({ name = "reroute" }, detour_mt)

--- What `reinstalled` of a row says while the old app is still to be taken off.
detour.TO_REMOVE = 1
--- What it says after that.
detour.REMOVED = 2

--- Whether a value is a detour.
-- @param value
-- @treturn boolean
function detour.is(value)
  return getmetatable(value) == detour_mt
end

-- What a campaign must say for a detour to be possible.
local needs = {}

function needs.reinstall(definition)
  return not definition.install and "install = true" or nil
end

function needs.reroute(definition)
  return not definition.notify and "notify = { title =, text =, url = }" or nil
end

--- What a campaign lacks for a detour.
-- @tparam table answer the detour
-- @tparam table definition `install`, `notify`
-- @treturn ?string nil when it lacks nothing
function detour.lacks(answer, definition)
  return needs[answer.name](definition)
end

local ways = {}

function ways.reinstall(row, outcome, policy)
  if (row.reinstalled or 0) > 0 then
    return nil, "the app was installed again already"
  elseif outcome.kind == "blocked" and policy.install ~= "again" then
    return nil, "who blocked the bot is left alone, unless install = \"again\""
  end
  row.reinstalled, row.installed, row.installed_at = detour.TO_REMOVE, nil, nil
  row.rerouted = nil
  return "installation", "forget"
end

function ways.reroute(row, outcome)
  if row.rerouted then
    return nil, "the activity feed was tried already"
  end
  row.rerouted = outcome.reason or outcome.kind
  return "notify"
end

--- Takes a detour.
-- @tparam table answer the detour
-- @tparam table row of the journal
-- @tparam table outcome see `core.outcome`
-- @tparam table policy see `crier.campaign.decide`
-- @treturn[1] string the phase that comes next
-- @treturn[1] ?string `forget` when the conversation is no longer to be trusted
-- @treturn[2] nil
-- @treturn[2] string why it is not possible
function detour.take(answer, row, outcome, policy)
  if policy.action ~= "send" or row.key and not row.key:find "^user:" then
    return nil, "it is for messages to people"
  end
  return ways[answer.name](row, outcome, policy)
end

return detour

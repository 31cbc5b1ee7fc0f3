--- The Bot Connector for code that reads top to bottom: what
-- `client.connector` makes of the calls of `core.connector`.
-- @module crier.connector
local value = require "crier.template.value"

local connector = {}

--- What a caller may give in a handier form; see `crier.graph`.
connector.arguments = {}

--- What a method gives back in place of the decoded answer.
connector.results = {}

--- Methods that take several calls.
connector.methods = {}

-- A conversation as `create` returned it, an activity as a table.
function connector.arguments.send(_, conversation, activity, service_url)
  if type(conversation) == "table" then
    conversation, service_url = conversation.id, conversation.service_url
  end
  if type(activity) == "table" then
    local text, message = value.encode(activity)
    if not text then
      return nil, "a value in the activity " .. message, "ACTIVITY"
    end
    activity = text
  end
  return conversation, activity, service_url
end

function connector.results.create(outcome)
  return { id = outcome.id, service_url = outcome.service_url }
end

function connector.results.send(outcome)
  return { id = outcome.id }
end

return connector

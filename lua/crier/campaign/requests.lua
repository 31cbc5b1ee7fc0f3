--- The request that brings a row one step further.
-- @module crier.campaign.requests
local answers = require "crier.campaign.answers"
local decide = require "crier.campaign.decide"

local requests = {}

local build = {}

function build.install(self, row)
  return self.client.build.graph:install(row.key:match ":(.*)", self.catalog_id)
end

function build.create(self, row)
  return self.client.build.connector:create(row.key:match ":(.*)")
end

function build.send(self, row)
  if not row.conversation_id then
    return nil, nil, "no conversation"
  end
  local activity, reason, text = self.compose:render(row)
  if not activity then
    row.outcome = { text = text, remedy = "mend the data or the template,"
      .. " then send to who failed" }
    return nil, reason, "failed"
  end
  return self.client.build.connector:send(row.conversation_id, activity,
    row.service_url)
end

--- The request of a row, made once.
-- @tparam crier.dispatch self
-- @tparam table row
-- @treturn ?table nil when the row was settled instead
function requests.of(self, row)
  if row.request then
    return row.request
  end
  local request, reason, code = build[row.phase](self, row)
  row.request = request
  if request then
    return request
  elseif code == "no conversation"
    or code == "URL_REFUSED" and row.repaired == 0 then
    -- Nothing to send to: begin with a conversation at the configured URL. A
    -- service that names a URL of elsewhere is asked once more, not for ever.
    row.repaired = 1
    row.state, row.phase, row.due_at = "pending", "create", self:now()
    answers.settle(self, row, "forget")
  else
    decide.fail(row, reason)
    answers.settle(self, row)
  end
end

return requests

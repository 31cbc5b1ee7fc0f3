--- The request that brings a row one step further.
-- @module crier.campaign.requests
local answers = require "crier.campaign.answers"
local clicks = require "crier.campaign.clicks"
local decide = require "crier.campaign.decide"
local openings = require "crier.campaign.openings"

local requests = {}

local build = {}

local function person_of(row)
  return row.key:match ":(.*)"
end

function build.install(self, row)
  return self.client.build.graph:install(person_of(row), self.app.id,
    { permissions = self.app.permissions })
end

function build.installation(self, row)
  return self.client.build.graph:installation(person_of(row), self.app.id)
end

function build.upgrade(self, row)
  return self.client.build.graph:upgrade(person_of(row), row.installation_id,
    { permissions = self.app.permissions })
end

function build.uninstall(self, row)
  return self.client.build.graph:uninstall(person_of(row), row.installation_id)
end

function build.chat(self, row)
  return self.client.build.graph:chat(person_of(row), row.installation_id)
end

function build.create(self, row)
  return self.client.build.connector:create(person_of(row),
    row.service_url or self.lane.service_url)
end

-- The message of a row; its buttons lead by way of the server where clicks are counted.
local function render(self, row)
  local activity, reason, text = self.compose:render(row)
  if not activity or not (self.track and self.track.clicks) then
    return activity, reason, text
  elseif not self.clicks then
    self.clicks = clicks.new(assert(self.journal.clicks:key()), self.client.config.public_url)
  end
  return self.clicks:put(activity, row.id)
end

function build.send(self, row)
  if not row.conversation_id then
    return nil, nil, "no conversation"
  end
  local activity, reason, text = render(self, row)
  if not activity then
    return nil, reason, nil, text
  end
  return self.client.build.connector:send(row.conversation_id, activity,
    row.service_url or self.lane.service_url)
end

function build.notify(self, row)
  local notification, reason, text = self.compose:render_notice(row)
  if not notification then
    return nil, reason, nil, text
  end
  return self.client.build.graph:notify(person_of(row), notification)
end

function build.update(self, row)
  local activity, reason, text = render(self, row)
  if not activity then
    return nil, reason, nil, text
  end
  return self.client.build.connector:update(row.conversation_id,
    row.activity_id, activity, row.service_url or self.lane.service_url)
end

function build.delete(self, row)
  return self.client.build.connector:delete(row.conversation_id,
    row.activity_id, row.service_url or self.lane.service_url)
end

-- What there is to say when no request can be made for one person.
local function unmade(reason, code, text)
  return {
    kind = reason == "too large" and "too_large" or "refused",
    scope = "recipient",
    reason = reason,
    code = code,
    text = text,
    remedy = not code and "mend the data or the template, then send to who failed" or nil,
  }
end

--- The request of a row, made once.
-- @tparam crier.dispatch self
-- @tparam table row
-- @treturn ?table nil when the row was settled instead
function requests.of(self, row)
  if openings.is_closed(self, row, answers.settle) then
    return nil
  elseif row.request then
    return row.request
  elseif self.fatigue and self.fatigue:is_over(row, self:now()) then
    decide.leave_out(row, self.fatigue.cap.reason)
    return answers.settle(self, row)
  end
  local request, reason, code, text = build[row.phase](self, row)
  row.request = request
  if request then
    return request
  elseif code == "no conversation"
    or code == "URL_REFUSED" and row.repaired == 0 then
    -- Nothing to send to: begin with a conversation at the configured URL. A
    -- service that names a URL of elsewhere is asked once more, not for ever.
    row.service_url = nil
    decide.begin_anew(row, self.policy, self:now())
    answers.settle(self, row, "forget")
  else
    answers.settle(self, row, decide.give_up(row, unmade(reason, code, text),
      self.policy, self:now()))
  end
end

return requests

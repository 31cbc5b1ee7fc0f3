-- Is there a token for each audience, and what does Graph's say of itself?
local claims = require "crier.graph.claims"
local connection = require "crier.doctor.connection"
local finding = require "crier.doctor.finding"
local leftover = require "crier.doctor.leftover"

-- Some credentials take a request of their own before the token's.
local MOST_REQUESTS = 4

local function write_log(context, request, response, outcome)
  if context.log then
    context.log { service = request.service, operation = request.operation,
      method = request.method, url = request.url, status = response.status,
      error = response.error, code = outcome.code, kind = outcome.kind,
      request_id = outcome.request_id, ms = response.total_ms }
  end
end

-- The outcome of the last request, or nil, message, code.
local function obtain(context, token)
  local outcome
  for _ = 1, MOST_REQUESTS do
    local state, request, code = token:get(context.now_ms())
    if state == "have" then
      return outcome or { kind = "ok" }
    elseif state ~= "need" then
      return nil, request or "somebody else asks for it", code
    end
    local response, message, failure = context.loop:fetch(request)
    response = response or { sent = false, error = failure, message = message }
    outcome = token:receive(response, context.now_ms())
    write_log(context, request, response, outcome)
    if outcome.kind ~= "ok" then
      return outcome
    end
  end
  return outcome
end

-- Where it came from is worth a word only when that is elsewhere.
local function origin(found, audience)
  if audience == "connector" and found.bot_tenant ~= found.tenant then
    return "issued by tenant " .. found.bot_tenant
  end
  return "issued"
end

local function refused(context, outcome)
  local found = finding.failed(outcome.text or outcome.reason, outcome.code, outcome)
  if outcome.reason == "tenant unknown" then
    found.remedy = leftover.remedy(context.config.info, found.remedy)
  end
  return found
end

local function check(audience)
  return function(context)
    context.client = context.client or connection.new(context)
    local token = context.client.tokens[audience]
    local outcome, message, code = obtain(context, token)
    if not outcome then
      return finding.failed(message, code)
    elseif outcome.kind ~= "ok" then
      return refused(context, outcome)
    end
    if audience == "graph" then
      context.roles = claims.roles(token:text())
    end
    return finding.ok(origin(context.config, audience))
  end
end

return {
  { key = "graph token", what = "token for Graph",
    needs = { "settings", "login host" },
    run = check "graph" },
  { key = "bot token", what = "token for the bot",
    needs = { "settings", "login host" },
    run = check "connector" },
}

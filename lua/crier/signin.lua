--- Signing a person in by device code, for the few calls that no application
-- may make by itself (publishing an app to the catalog).
--
-- The token is kept in memory alone and is not renewed: no refresh token is
-- asked for. A sign-in that Conditional Access refuses ends with what to do.
-- @module crier.signin
local core = require "crier.core"
local waiting = require "crier.waiting"

local signin = {}

local START_TRIES = 5

local function fetch(client, request)
  client.calls.token = client.calls.token + 1
  local response, message, code = client.loop:fetch(request)
  return response or { sent = false, error = code, message = message }
end

local function is_final(outcome)
  return outcome.kind ~= "ok" and outcome.kind ~= "transient"
    and outcome.kind ~= "throttled"
end

-- Sends the next request. Gives the outcome when it ends the sign-in.
local function ask(client, code, request, tries)
  local response = fetch(client, request)
  local outcome = code:receive(response, client.loop:now())
  client:record({ request = request }, outcome, response)
  local is_stuck = outcome.kind ~= "ok" and not code:prompt() and tries >= START_TRIES
  return (is_final(outcome) or is_stuck) and outcome or nil, outcome
end

-- What the last answer said, should the machine give up by itself.
local function over(last, message, code)
  if last and last.kind ~= "ok" then
    return waiting.failure(last)
  end
  return nil, message, code
end

--- Signs a person in. Call inside a task; it waits until the person has done
-- so, has declined, or has let the code expire (15 minutes).
-- @tparam crier.client client
-- @tparam table options
-- @tparam string options.scopes delegated permissions of Graph, separated by
--   blanks, such as `AppCatalog.ReadWrite.All`
-- @tparam function options.show called once with the service's message, one
--   line which says where to enter which code, and a table of its parts
--   (`code`, `url`, `expires_at_ms`)
-- @tparam ?string options.client_id default `config.client_id`; the
--   registration must allow public client flows
-- @treturn[1] crier.token for `core.graph.new{ endpoints =, token = }`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code the service's, or `SIGN_IN_OVER`
-- @treturn[2] ?table outcome with the remedy
function signin.token(client, options)
  local loop, config = client.loop, client.config
  loop:task_to_wait_in(3)
  local code = core.device_code.new {
    endpoints = config.endpoints,
    tenant = config.tenant,
    client_id = options.client_id or config.client_id or config.bot_client_id,
    scope = options.scopes,
  }
  local tries, shown, last = 0, false, nil
  while true do
    local state, detail, why = code:get(loop:now())
    if state == "have" then
      return code:take()
    elseif not state then
      return over(last, detail, why)
    elseif state == "wait" then
      loop:park(detail)
    else
      tries = tries + 1
      local failed
      failed, last = ask(client, code, detail, tries)
      if failed then
        return waiting.failure(failed)
      end
      if not shown and code:prompt() then
        local prompt = code:prompt()
        shown = true
        options.show(prompt.message, prompt)
      end
    end
  end
end

return signin

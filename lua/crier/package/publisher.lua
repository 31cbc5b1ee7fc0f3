--- Publishes a package as a person who signs in: no application may.
--
--     sign in -> look the app up -> judge -> confirm -> publish or update
--
-- @module crier.package.publisher
local app_ = require "crier.graph.app"
local core = require "crier.core"
local graph = require "crier.graph"
local release = require "crier.package.release"
local signin = require "crier.signin"
local waiting = require "crier.waiting"

local publisher = {}

-- A call that failed, as a problem.
local function failed(doing, message, code, outcome)
  return { why = doing .. ": " .. tostring(message), code = code, outcome = outcome,
    remedy = outcome and outcome.remedy }
end

-- The calls of Graph for the person that signs in.
local function sign_in(client, options)
  local token, message, code, outcome = signin.token(client, {
    scopes = options.is_review and "AppCatalog.Submit" or "AppCatalog.ReadWrite.All",
    show = options.show,
  })
  if not token then
    return nil, failed("signing in", message, code, outcome)
  end
  local own = setmetatable({ build = { graph = core.graph.new {
    endpoints = client.config.endpoints, token = token } } }, { __index = client })
  own.graph = waiting.facade(own, "graph", graph)
  return own
end

-- The app that CRIER_APP_ID names, when it is another one and in the catalog.
local function look_up_other(client, app)
  local id = client.config.app_id
  if not id or id:lower() == app.id then
    return nil
  end
  local other, message, code, outcome = app_.look_up(client, id)
  if not other and code ~= "APP_UNKNOWN" then
    return nil, failed("reading the catalog", message, code, outcome)
  end
  return other
end

local function plan(client, app, options)
  local document, message, code, outcome = client.graph:catalog(app.id)
  if not document then
    return nil, failed("reading the catalog", message, code, outcome)
  end
  local other, problem = look_up_other(client, app)
  if problem then
    return nil, problem
  end
  local found, why, remedy = release.judge(app, document, other, options.is_new_bot)
  if not found then
    return nil, { why = why, remedy = remedy, is_refusal = true }
  end
  return found
end

local function upload(client, zip, options, found)
  local asked = { requires_review = options.is_review or nil }
  local answer, message, code, outcome
  if found.action == "update" then
    answer, message, code, outcome = client.graph:update_app(found.id, zip, asked)
  else
    answer, message, code, outcome = client.graph:publish(zip, asked)
  end
  if not answer then
    return nil, failed("publishing", message, code, outcome)
  end
  if found.action == "publish" and type(answer.id) == "string" then
    found.id = answer.id
  end
  found.state = options.is_review and "submitted" or "published"
  return found
end

--- Publishes or updates. Call inside a task.
-- @tparam crier.client client
-- @tparam table app of `crier.package.judge`
-- @tparam string zip the package
-- @tparam table options
-- @tparam function options.show see `crier.signin.token`
-- @tparam function options.confirm gets what will be done (see
--   `crier.package.release`) and returns whether it is meant
-- @tparam ?boolean options.is_review submits it for an administrator's approval
-- @tparam ?boolean options.is_new_bot another id or bot is meant
-- @treturn[1] table what was done: as of `crier.package.release`, with the `id`
--   in the catalog where it is known, and `state` (`published`, `submitted`)
-- @treturn[2] nil
-- @treturn[2] table the problem: `why`, `remedy`, and `code` and `outcome` of a
--   call that failed; or `is_refusal`, or `is_unconfirmed`
function publisher.run(client, app, zip, options)
  local own, problem = sign_in(client, options)
  local found
  if own then
    found, problem = plan(own, app, options)
  end
  if not found then
    return nil, problem
  elseif not options.confirm(found) then
    return nil, { why = "not confirmed: nothing was published", is_unconfirmed = true }
  end
  return upload(own, zip, options, found)
end

return publisher

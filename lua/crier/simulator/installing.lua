--- Why an app cannot be installed.
-- @module crier.simulator.installing
local answers = require("crier.simulator.answers")
local consent = require("crier.simulator.consent")
local permissions = require("crier.simulator.permissions")
local places = require("crier.simulator.places")

local installing = {}

--- Reads which app a body is about.
-- @tparam ?table body parsed
-- @treturn ?string the catalog id in its link; nil when there is none
function installing.bound_app(body)
  local link = type(body) == "table" and body["teamsApp@odata.bind"]
  return type(link) == "string" and (link:match("/appCatalogs/teamsApps/([^/'()]+)$")
    or link:match("/appCatalogs/teamsApps%('([^/'()]+)'%)$")) or nil
end

local function blocked(self, place, app)
  return answers.graph(403, "Forbidden", ("App is blocked by app permission policy. TenantId: %s,"
    .. " UserObjectId: %s, AppId: %s, AppType: Private"):format(self.simulator.tenant,
    place.id or "", app.id), "AccessDenied")
end

--- Tells why a registration may not manage an app: it is not its own, and the
-- token has no right to others'.
-- @tparam table call
-- @tparam table app
-- @treturn ?table the response that refuses
function installing.not_owned(call, app)
  if app.client_id == call.token.client_id
    or permissions.has(call.token, call.place.kind.rights.any_write) then
    return nil
  end
  return answers.graph(403, "Forbidden", "AAD App Id " .. call.token.client_id
    .. " is not allowed to manage the Teams App " .. app.id)
end

-- What Graph says instead of a block that holds for everybody.
local function blocked_for_all()
  return answers.graph(403, "Forbidden", "Trying to CreateUserAppEntitlement for an App that is"
    .. " explicitly blocked by the tenant admin.")
end

-- Just published: at first the app is not found, then policies do not know it.
local function unsettled(self, place, app, now_ms)
  local rest_ms = self.catalog:unsettled_ms(app, now_ms)
  if rest_ms > self.catalog.propagation_ms / 2 then
    return answers.no_app(app.id)
  end
  return rest_ms > 0 and blocked(self, place, app) or nil
end

--- Tells why an app cannot be installed, in the order of the service.
-- @tparam crier.simulator.installs self
-- @tparam table call
-- @tparam ?table app nil when it is not in the catalog
-- @tparam ?table body parsed
-- @tparam number now_ms
-- @treturn ?table the response that refuses
function installing.refusal(self, call, app, body, now_ms)
  local place, rights = call.place, call.place.kind.rights
  local response = places.refusal(self.simulator, call)
  if response and response.status ~= 404 then
    return response
  elseif not installing.bound_app(body) then
    return answers.graph(400, "BadRequest", "Invalid bind property name teamsApp in request.")
  elseif not app or not app.version then
    return answers.no_app(installing.bound_app(body))
  end
  response = installing.not_owned(call, app) or response or unsettled(self, place, app, now_ms)
  if response then
    return response
  elseif place.k and not self.people:is_reachable(place.k) then
    return answers.graph(404, "NotFound", "User " .. place.asked .. " is not licensed for Teams.")
  elseif self.faults:has("app-blocked", 0) then
    return blocked_for_all()
  elseif place.k and self.faults:has("policy", place.k) then
    return blocked(self, place, app)
  elseif not app.scopes[place.kind.scope] then
    return answers.graph(400, "BadRequest", "The app does not support the scope "
      .. place.kind.scope .. ".")
  end
  response = consent.refusal(app.permissions, body, permissions.has(call.token, rights.consent),
    rights.consent)
  if not response and self:is_there(app, place.key) then
    return answers.graph(409, "Conflict", "The Teams app is already installed for the "
      .. place.kind.name .. ".")
  end
  return response
end

return installing

--- The Teams app that a client's bot belongs to, as the organisation's catalog
-- has it, found once.
--
-- Three ids name one app:
--
--     client id     of the app registration: AZURE_CLIENT_ID. It gets tokens,
--                   and is the bot (`bots[].botId`, `webApplicationInfo.id`).
--     manifest id   `id` in manifest.json; the catalog's `externalId`.
--     catalog id    what the catalog calls the app. Graph installs by it. For
--                   an app of the Store it is the manifest id.
-- @module crier.graph.app
local app = {}

local function same(a, b)
  return type(a) == "string" and type(b) == "string" and a:lower() == b:lower()
end

-- The app of a catalog's answer that has this id, in case others came along.
local function find_in(document, id)
  local apps = type(document.value) == "table" and document.value or { document }
  for _, found in ipairs(apps) do
    if type(found) == "table" and type(found.id) == "string"
      and (same(found.id, id) or same(found.externalId, id)) then
      return found
    end
  end
end

local function text(value)
  return type(value) == "string" and value ~= "" and value or nil
end

-- Whether version `a` ("1.10.0") is later than `b`.
local function is_later(a, b)
  local next_a, next_b = (text(a) or ""):gmatch "%d+", (text(b) or ""):gmatch "%d+"
  while true do
    local left, right = next_a(), next_b()
    if not left or not right then
      return left ~= nil and right == nil
    elseif tonumber(left) ~= tonumber(right) then
      return tonumber(left) > tonumber(right)
    end
  end
end

-- The definition that is installed: the latest published one; else the latest.
local function current(definitions)
  local best
  for _, one in ipairs(type(definitions) == "table" and definitions or {}) do
    if type(one) == "table" then
      local published = one.publishingState == "published"
      local had = best and best.publishingState == "published"
      if not best or published and not had
        or published == had and is_later(one.version, best.version) then
        best = one
      end
    end
  end
  return best or {}
end

local function table_in(value, key)
  local found = type(value) == "table" and value[key]
  return type(found) == "table" and found or {}
end

-- What an install must consent to: all that the app declares when any of it is
-- an application's permission, else nothing ("Add app to chat").
local function consent(authorization)
  local set = table_in(authorization, "requiredPermissionSet")
  local list, needed = {}, false
  for _, one in ipairs(table_in(set, "resourceSpecificPermissions")) do
    if type(one) == "table" and text(one.permissionValue) and text(one.permissionType) then
      list[#list + 1] = { permissionValue = one.permissionValue,
        permissionType = one.permissionType }
      needed = needed or one.permissionType:lower() == "application"
    end
  end
  return needed and list or {}
end

local function describe(found)
  local definition = current(found.appDefinitions)
  local authorization = table_in(definition, "authorization")
  return {
    id = found.id,
    -- An app of the Store has no external id: its own is the manifest's.
    manifest_id = text(found.externalId) or found.id,
    name = text(found.displayName) or text(definition.displayName),
    version = text(definition.version),
    state = text(definition.publishingState),
    distribution = text(found.distributionMethod),
    definition_id = text(definition.id),
    bot = text(table_in(definition, "bot").id),
    client_id = text(authorization.clientAppId) or text(definition.azureADAppId),
    permissions = consent(authorization),
  }
end

-- Which of the other ids was taken for the app's.
local function mistaken(config, id)
  local bare = id:gsub("^28:", "")
  if same(bare, config.client_id) or same(bare, config.bot_client_id) then
    return "the client id of the app registration"
  elseif same(id, config.tenant) then
    return "the tenant's id"
  end
end

local function unknown(config, id)
  local what = mistaken(config, id)
  if not what then
    return ("no Teams app with the id %s is in the organisation's catalog"):format(id)
  end
  return ("%s is %s, and no Teams app with that id is in the organisation's catalog."
    .. " CRIER_APP_ID wants the manifest id (`id` in manifest.json) or the catalog id"
    .. " (Teams admin center > Teams apps > Manage apps > the app)"):format(id, what)
end

--- Looks an app up in the catalog by either of its ids. Call inside a task.
-- @tparam crier.client client
-- @tparam string id manifest id or catalog id
-- @treturn[1] table see `details`
-- @treturn[2] nil
-- @treturn[2] string message, which tells which id it is if it is another one
-- @treturn[2] string code: `APP_UNKNOWN`, or the service's
-- @treturn[2] ?table the outcome of the call that failed
function app.look_up(client, id)
  local document, message, code, outcome = client.graph:catalog(id)
  if not document then
    return nil, message, code, outcome
  end
  local found = find_in(document, id)
  if not found then
    document, message, code, outcome = client.graph:catalog_app(id)
    found = document and find_in(document, id)
  end
  if found then
    return describe(found)
  elseif document or outcome
    and (outcome.kind == "absent" or outcome.kind == "refused") then
    return nil, unknown(client.config, id), "APP_UNKNOWN"
  end
  return nil, message, code, outcome
end

--- What the catalog knows of the app that `CRIER_APP_ID` names by manifest id or
-- catalog id; asked for once. Call inside a task.
-- @tparam crier.client client
-- @treturn[1] table `id` (in the catalog), `manifest_id`, `name`, `version`,
--   `state` (`published`, `submitted`, `rejected`), `distribution`
--   (`organization`, `store`), `definition_id`, `bot` (the bot's id),
--   `client_id` (`webApplicationInfo.id`), and `permissions`: what an install
--   must consent to, `{ { permissionValue =, permissionType = }, … }`, empty
--   when the app declares no resource-specific permission of type Application.
--   What the catalog does not say is nil.
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: `CONFIG` (not set), `APP_UNKNOWN`, or the service's
-- @treturn[2] ?table the outcome of the call that failed
function app.details(client)
  if client.app then
    return client.app
  elseif not client.config.app_id then
    return nil, "CRIER_APP_ID is not set: it names the Teams app, by manifest"
      .. " id or catalog id", "CONFIG"
  end
  local found, message, code, outcome = app.look_up(client, client.config.app_id)
  client.app = found
  return found, message, code, outcome
end

--- Finds the catalog id of the app that `CRIER_APP_ID` names. Call inside a
-- task.
-- @tparam crier.client client
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code as of `details`
-- @treturn[2] ?table the outcome of the call that failed
function app.find(client)
  local found, message, code, outcome = app.details(client)
  return found and found.id, message, code, outcome
end

return app

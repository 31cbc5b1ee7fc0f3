--- The Teams app that a client's bot belongs to: its id in the organisation's
-- catalog, found once.
-- @module crier.app
local app = {}

local function first_of(document)
  local found = type(document.value) == "table" and document.value[1] or document
  return type(found) == "table" and type(found.id) == "string" and found.id or nil
end

local function look_up(client)
  local graph, id = client.graph, client.config.app_id
  local document, message, code, outcome = graph:catalog(id)
  if not document then
    return nil, message, code, outcome
  elseif first_of(document) then
    return first_of(document)
  end
  -- An app of the store has no external id: it is found by its own.
  document, message, code, outcome = graph:catalog_app(id)
  if document and first_of(document) then
    return first_of(document)
  elseif document or outcome
    and (outcome.kind == "absent" or outcome.kind == "refused") then
    return nil, ("no Teams app with the id %s is in the organisation's catalog")
      :format(id), "APP_UNKNOWN"
  end
  return nil, message, code, outcome
end

--- Finds the catalog id of the app that `CRIER_APP_ID` names by manifest id or
-- catalog id. Call inside a task.
-- @tparam crier.client client
-- @treturn[1] string
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code: `CONFIG` (not set), `APP_UNKNOWN`, or the service's
-- @treturn[2] ?table the outcome of the call that failed
function app.find(client)
  if client.catalog_id then
    return client.catalog_id
  elseif not client.config.app_id then
    return nil, "CRIER_APP_ID is not set: it names the Teams app, by manifest"
      .. " id or catalog id", "CONFIG"
  end
  local id, message, code, outcome = look_up(client)
  client.catalog_id = id
  return id, message, code, outcome
end

--- Finds the app in the catalog.
function app.details(client)
  local id, message, code, outcome = app.find(client)
  return id and { id = id }, message, code, outcome
end

return app

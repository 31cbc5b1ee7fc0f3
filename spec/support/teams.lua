--- The app in teams and group chats of a rehearsal's cloud, as somebody would have
-- put it there.
local encoding = require "crier.simulator.encoding"

local teams = {}

--- Adds the app. It shows at once when the cloud's `install_delay_ms` is 0.
-- @tparam table stage see `support.rehearsal`
-- @tparam string kind `teams` or `chats`
-- @tparam string id
function teams.add(stage, kind, id)
  local cloud, now = stage.simulator, stage.clock.now_ms()
  local response = cloud:step({ method = "POST",
    url = "http://127.0.0.1:1/v1.0/" .. kind .. "/" .. encoding.escape(id) .. "/installedApps",
    headers = { authorization = "Bearer " .. cloud.identity.tokens:issue({
      audience = "graph", proof = "1", client_id = cloud.client_id,
      principal = cloud.identity.principal, roles = cloud.roles }, now) },
    body = '{"teamsApp@odata.bind":"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/'
      .. cloud.catalog_id .. '"}' }, now)
  assert(response.status == 200 or response.status == 201, response.body)
end

--- Adds the app to the team of a name.
-- @tparam table stage
-- @tparam string name
function teams.add_app(stage, name)
  for _, team in ipairs(stage.simulator.organization.teams) do
    if team.name == name then
      return teams.add(stage, "teams", team.id)
    end
  end
  error("no team is called " .. name)
end

return teams

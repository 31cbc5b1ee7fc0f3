--- A bot at the simulated connector: its calls in one line each.
local cjson = require "cjson"
local encoding = require "crier.simulator.encoding"
local simulated = require "support.simulated"

local bot = {}

--- Makes one of which everybody has the app, without limits unless told;
-- `at` is the address that is called.
function bot.new(options)
  options = options or {}
  options.installed = options.installed or 1
  options.limits = options.limits or "off"
  local sim = simulated.new(options)
  sim.at = "/teams"

  --- Calls; returns the status, and the body decoded if it is JSON.
  function sim.ask(method, path, body, query)
    local response = sim.call({ method = method, path = sim.at .. "/v3/" .. path, body = body,
      query = query, headers = { authorization = sim.bot_token } })
    return response.status, response.body and response.body:find("^[{%[]")
      and cjson.decode(response.body) or response.body
  end

  --- Calls what is about a message.
  function sim.message(method, conversation, activity_id, body)
    return sim.ask(method, "conversations/" .. encoding.escape(conversation) .. "/activities"
      .. (activity_id and "/" .. activity_id or ""), body)
  end

  --- The lines of what was delivered.
  function sim.lines()
    local found = {}
    local text = sim.call({ method = "GET", path = "/_sandbox/deliveries" }).body
    for line in text:gmatch("[^\n]+") do
      found[#found + 1] = line
    end
    return found
  end

  --- Installs the app in a team or a chat, and waits until it shows.
  function sim.install_in(path)
    local status = sim.call({ method = "POST", path = "/v1.0/" .. path .. "/installedApps",
      headers = { authorization = sim.graph_token }, body = '{"teamsApp@odata.bind":'
        .. '"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/' .. sim.sim.catalog_id
        .. '"}' }).status
    assert(status == 200 or status == 201, "the app was not installed")
    sim.now_ms = sim.now_ms + 1000
  end

  --- A team and its channels: General, Announcements and the private Leads.
  function sim.team(is_installed)
    local team = sim.sim.organization.teams[1]
    if is_installed ~= false then
      sim.install_in("teams/" .. team.id)
    end
    local channels = sim.sim.organization:channels(team)
    return team, channels[1].id, channels[2].id, channels[3].id
  end
  return sim
end

--- The status of an answer and its code.
function bot.refusal(status, body)
  return { status, body.error and body.error.code }
end

return bot

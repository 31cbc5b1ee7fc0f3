--- A simulator with tokens, and calls on it in one line each.
local cjson = require "cjson"
local encoding = require "crier.simulator.encoding"
local simulator = require "crier.simulator"

local simulated = {}

local START_MS = 1700000000000

--- Makes a simulator of `options` (20 people unless told) and its client:
-- `client.now_ms` is the time of the next call; the calls return the response.
function simulated.new(options)
  options = options or {}
  options.users = options.users or 20
  local sim = assert(simulator.new(options))
  local client = { sim = sim, now_ms = START_MS }

  function client.call(request)
    request.headers = request.headers or {}
    return sim:step(request, client.now_ms)
  end

  local function encode(fields)
    local out = {}
    for name, value in pairs(fields) do
      out[#out + 1] = name .. "=" .. encoding.escape(value)
    end
    return table.concat(out, "&")
  end

  function client.form(fields, tenant)
    return client.call({ method = "POST", body = encode(fields),
      path = "/" .. (tenant or sim.tenant) .. "/oauth2/v2.0/token" })
  end

  function client.credentials(scope)
    return { grant_type = "client_credentials", client_id = sim.client_id,
      client_secret = sim.secret, scope = scope }
  end

  local function token(audience) -- issued behind the faults and the counts
    return "Bearer " .. sim.identity.tokens:issue({ audience = audience, proof = "1",
      client_id = sim.client_id, principal = sim.identity.principal,
      roles = audience == "graph" and sim.roles or nil }, client.now_ms)
  end

  function client.log_in()
    client.graph_token, client.bot_token = token("graph"), token("connector")
  end

  function client.get(path, query, headers)
    headers = headers or {}
    headers.authorization = headers.authorization or client.graph_token
    return client.call({ method = "GET", path = "/v1.0/" .. path, query = query,
      headers = headers })
  end

  --- Calls Graph: the path may have a query, a body that is a table is JSON.
  -- Returns the response, its body decoded, and the events.
  function client.graph(method, path, body, headers)
    headers = headers or {}
    headers.authorization = headers.authorization or client.graph_token
    local url = path:find "^https?://" and path
      or "https://graph.microsoft.com/v1.0/" .. path
    local response, _, events = client.call({ method = method, headers = headers, url = url,
      body = type(body) == "table" and cjson.encode(body) or body })
    local is_json = (response.headers or {})["content-type"] == "application/json; charset=utf-8"
    return response, is_json and cjson.decode(response.body) or nil, events
  end

  --- A token of a signed-in person for Graph, as a header.
  function client.delegated(...)
    local scopes = {}
    for _, name in ipairs({ ... }) do
      scopes[name] = true
    end
    return { authorization = "Bearer " .. sim.identity.tokens:issue({ audience = "graph",
      proof = "0", client_id = sim.client_id, principal = sim.people:id(1), scopes = scopes },
      client.now_ms) }
  end

  --- A token of the application with other roles, as a header.
  function client.app_token(...)
    local roles = {}
    for _, name in ipairs({ ... }) do
      roles[name] = true
    end
    return { authorization = "Bearer " .. sim.identity.tokens:issue({ audience = "graph",
      proof = "1", client_id = sim.client_id, principal = sim.identity.principal, roles = roles },
      client.now_ms) }
  end

  function client.install(user, app)
    return client.call({ method = "POST", headers = { authorization = client.graph_token },
      path = "/v1.0/users/" .. user .. "/teamwork/installedApps",
      body = '{"teamsApp@odata.bind":"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/'
        .. (app or sim.catalog_id) .. '"}' })
  end

  function client.post(path, body)
    return client.call({ method = "POST", path = "/teams/v3/" .. path, body = body,
      headers = { authorization = client.bot_token } })
  end

  function client.create(user, body)
    return client.post("conversations", body or ('{"bot":{"id":"28:%s"},"members":[{"id":"%s"}],'
      .. '"channelData":{"tenant":{"id":"%s"}},"isGroup":false}')
      :format(sim.client_id, user, sim.tenant))
  end

  function client.send(conversation, body)
    return client.post("conversations/" .. encoding.escape(conversation) .. "/activities",
      body or '{"type":"message","text":"hello"}')
  end

  --- The number of the first person, from `from`, whose kind is `kind`.
  function client.person(kind, from)
    for k = from or 1, options.users do
      if sim.people:kind(k) == kind then
        return k, sim.people:id(k)
      end
    end
    error("no " .. kind)
  end

  client.log_in()
  return client
end

--- The error code of a response, of Graph or of the connector.
function simulated.code(response)
  return response.body:match('"code":"([%w_]+)"')
end

return simulated

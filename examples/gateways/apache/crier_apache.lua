-- crier in Apache (mod_lua, Lua 5.3): what journal.conf calls. Each thread has a Lua state,
-- and a connection to the store, of its own, from its first request on.
local apache2 = apache2 -- luacheck: read globals apache2
local crier = require "crier.gateway"

local asked -- the request that is under way: it knows Apache's log

-- The settings are those of crier's environment; no credential is needed.
local gateway = assert(crier.open {
  log = function(entry)
    asked:warn(("crier: %s: %s"):format(entry.event, entry.reason or entry.problem))
  end,
})

-- The request as crier takes it; or nil and a status. mod_lua reads no body whose length
-- is not told beforehand, and what is longer than anything that Teams sends is not read.
local function read(r)
  local length = tonumber(r.headers_in["Content-Length"] or 0)
  if r.headers_in["Transfer-Encoding"] then
    return nil, 411
  elseif not length or length > crier.MOST_BYTES then
    return nil, 413
  end
  return { method = r.method, path = r.uri, body = r:requestbody(), headers = {
    authorization = r.headers_in["Authorization"],
    ["content-type"] = r.headers_in["Content-Type"] } }
end

local function answer(r, take)
  asked = r
  local request, status = read(r)
  local response = request and take(gateway, request)
    or { status = status, headers = {}, body = "" }
  r.status = response.status
  for name, value in pairs(response.headers) do
    r.err_headers_out[name] = value
  end
  r.content_type = response.headers["Content-Type"] or "text/plain"
  r:write(response.body)
  return apache2.OK
end

-- Takes what Teams sends.
function receive(r) -- luacheck: ignore 111 131
  return answer(r, gateway.receive)
end

-- Has a message sent.
function say(r) -- luacheck: ignore 111 131
  return answer(r, gateway.post)
end

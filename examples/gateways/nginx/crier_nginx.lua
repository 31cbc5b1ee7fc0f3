-- crier in nginx (lua-nginx-module, LuaJIT): what crier.conf calls.
local ngx = ngx -- luacheck: read globals ngx

-- The settings are those of crier's environment; no credential is needed. This runs when
-- nginx starts; each worker opens the store for itself.
local gateway = assert(require("crier.gateway").open {
  log = function(entry)
    ngx.log(ngx.WARN, "crier: ", entry.event, ": ", entry.reason or entry.problem)
  end,
})

local crier = {}

-- The request as crier takes it; crier.conf sees to it that the body is in memory.
local function read()
  ngx.req.read_body()
  local headers = {}
  for _, name in ipairs { "authorization", "content-type" } do
    headers[name] = ngx.var["http_" .. name:gsub("-", "_")]
  end
  return { method = ngx.req.get_method(), path = ngx.var.uri, headers = headers,
    body = ngx.req.get_body_data() }
end

local function answer(response)
  ngx.status = response.status
  for name, value in pairs(response.headers) do
    ngx.header[name] = value
  end
  ngx.header["Content-Length"] = #response.body
  ngx.print(response.body)
  return ngx.exit(ngx.HTTP_OK)
end

-- Forward mode: answers what is refused; anything else goes on.
function crier.judge()
  local refused = gateway:refusal(read())
  if refused then
    return answer(refused)
  end
end

-- Journal mode: takes it.
function crier.receive()
  return answer(gateway:receive(read()))
end

-- Has a message sent.
function crier.say()
  return answer(gateway:post(read()))
end

return crier

-- crier in HAProxy (Lua 5.3): what crier.cfg calls. Loaded by lua-load-per-thread, so that
-- each thread has a Lua state, and a connection to the store, of its own.
local core = core -- luacheck: read globals core

-- The settings are those of crier's environment; no credential is needed. This runs when
-- HAProxy starts, before it gives up its privileges and its file system: the path of
-- CRIER_STORE is the one inside the chroot.
local crier = require "crier.gateway"
local gateway = assert(crier.open {
  log = function(entry)
    core.Warning(("crier: %s: %s"):format(entry.event, entry.reason or entry.problem))
  end,
})

local function header(headers, name)
  local values = headers[name]
  return values and values[0]
end

-- What is longer than anything that Teams sends is not read to its end.
local function body_of(applet)
  local parts, size = {}, 0
  repeat
    local part = applet:receive(16384)
    parts[#parts + 1], size = part, size + #part
  until part == "" or size > crier.MOST_BYTES
  return table.concat(parts)
end

local function request_of(applet)
  return { method = applet.method, path = applet.path, body = body_of(applet), headers = {
    authorization = header(applet.headers, "authorization"),
    ["content-type"] = header(applet.headers, "content-type") } }
end

local function answer(applet, response)
  applet:set_status(response.status)
  for name, value in pairs(response.headers) do
    applet:add_header(name, value)
  end
  applet:add_header("content-length", #response.body)
  applet:start_response()
  applet:send(response.body)
end

-- Journal mode: takes what Teams sends.
core.register_service("crier_receive", "http", function(applet)
  answer(applet, gateway:receive(request_of(applet)))
end)

-- Has a message sent.
core.register_service("crier_say", "http", function(applet)
  answer(applet, gateway:post(request_of(applet)))
end)

-- Forward mode: answers what is refused; anything else goes on. The body has to fit into
-- a buffer, and to be there: see forward.cfg.
core.register_action("crier_judge", { "http-req" }, function(txn)
  local headers = txn.http:req_get_headers()
  local refused = gateway:refusal { method = txn.sf:method(), path = txn.sf:path(),
    body = txn.sf:req_body(), headers = { authorization = header(headers, "authorization"),
      ["content-type"] = header(headers, "content-type") } }
  if refused then
    local reply = txn:reply { status = refused.status, body = refused.body }
    for name, value in pairs(refused.headers) do
      reply:add_header(name, value)
    end
    txn:done(reply)
  end
end)

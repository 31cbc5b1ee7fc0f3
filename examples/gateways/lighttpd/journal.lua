-- crier in lighttpd (mod_magnet, Lua 5.4), journal mode: takes what Teams sends, and what
-- programs want said. Runs for each request, always in the same Lua state.
local r = lighty.r -- luacheck: read globals lighty

if not r.req_body.collect then
  return 0 -- again, once the body is there
end
-- lighttpd 1.4.69 gives what came in front of a body in one packet with it, too.
local body = (r.req_body.get or ""):sub(-r.req_body.len)

-- Opened at the first request of each server process. The settings are those of crier's
-- environment; no credential is needed.
local opened = package.loaded["crier in lighttpd"]
if not opened then
  opened = assert(require("crier.gateway").open {
    log = function(entry)
      io.stderr:write(("crier: %s: %s\n"):format(entry.event, entry.reason or entry.problem))
    end,
  })
  package.loaded["crier in lighttpd"] = opened
end

local request = { method = r.req_attr["request.method"], path = r.req_attr["uri.path"],
  body = body, headers = { authorization = r.req_header["Authorization"],
    ["content-type"] = r.req_header["Content-Type"] } }
local response
if request.path == "/say" then
  response = opened:post(request)
else
  response = opened:receive(request)
end
for name, value in pairs(response.headers) do
  r.resp_header[name] = value
end
r.resp_body.set(response.body)
return response.status

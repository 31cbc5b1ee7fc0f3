-- Prints the body of a GET request to this machine.
--
--   lua5.4 spec/support/fetch.lua http://127.0.0.1:PORT/path
package.path = "lua/?.lua;lua/?/init.lua;spec/?.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local asking = require "support.asking"

local fetch = {}

--- Gets a URL.
-- @tparam string url
-- @tparam ?table request more fields, such as `method` and `body`
-- @treturn table response
function fetch.get(url, request)
  local client = asking.new()
  request = request or {}
  request.url = url
  local response = client:ask(request)
  client:close()
  return response
end

if arg and arg[0] and arg[0]:find "fetch%.lua$" then
  local response = fetch.get(arg[1])
  if response.status ~= 200 then
    io.stderr:write(tostring(response.status or response.message), "\n")
    os.exit(1)
  end
  io.stdout:write(response.body, response.body:sub(-1) == "\n" and "" or "\n")
end

return fetch

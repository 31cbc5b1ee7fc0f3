--- Where the buttons of cards lead whose campaign counts clicks.
-- @module crier.serve.clicks
local signed = require "crier.campaign.clicks"

local clicks = {}

local GONE = { status = 404, headers = { ["Content-Type"] = "text/plain; charset=utf-8" },
  body = "not found\n" }

--- Adds the route. What cannot be noted is sent on all the same.
-- @tparam crier.serve server
-- @tparam table host `journal`, `now` (function, milliseconds since 1970), `log`
function clicks.add(server, host)
  local reader
  server:on("GET", "/c/{token}", function(request)
    if not reader then
      local key = host.journal.clicks:key()
      reader = key and signed.new(key)
    end
    local target, url
    if reader then
      target, url = reader:read(request.named.token)
    end
    if not target then
      return GONE
    end
    local ok, problem = host.journal.clicks:note(target, url, math.floor(host.now()))
    if not ok then
      host.log { event = "click not noted", problem = problem }
    end
    return { status = 302, body = "", headers = { Location = url, ["Cache-Control"] = "no-store",
      ["Referrer-Policy"] = "no-referrer" } }
  end)
end

return clicks

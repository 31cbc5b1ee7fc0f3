--- Where the buttons of cards lead whose campaign counts clicks.
-- @module crier.serve.clicks
local signed = require "crier.campaign.clicks"

local clicks = {}

local GONE = { status = 404, headers = { ["Content-Type"] = "text/plain; charset=utf-8" },
  body = "not found\n" }

local LATER = { status = 503, headers = { ["Content-Type"] = "text/plain; charset=utf-8",
  ["Retry-After"] = "1" }, body = "try again\n" }

--- Adds the route. What cannot be noted is sent on all the same.
-- @tparam crier.serve server
-- @tparam table host `journal`, `now` (function, milliseconds since 1970), `log`
function clicks.add(server, host)
  local reader
  server:on("GET", "/c/{token}", function(request)
    if not reader then
      local key, problem, code = host.journal.clicks:key()
      if not key then
        host.log { event = "store failed", problem = problem, code = code }
        return LATER
      end
      reader = signed.new(key)
    end
    local target, url = reader:read(request.named.token)
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

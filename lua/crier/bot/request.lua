--- Which requests a bot's endpoint takes: their form, before anything in them is
-- believed. After "Bot Framework REST API: Authentication" and RFC 9110.
-- @module crier.bot.request
local utf8text = require "crier.template.utf8text"

local request = {}

--- Where Teams sends to, unless the bot is told another path.
request.PATH = "/api/messages"
--- The most bytes of a body. An activity is about a page of text and data; what is
-- larger is none that Teams sends.
request.MOST_BYTES = 256 * 1024

local function is_json(kind)
  kind = kind and kind:lower():match "^%s*([^;%s]+)"
  return kind == "application/json"
end

--- Tells why a request is not taken.
-- @tparam table asked `method`, `path`, `headers` (lower-case names), `body`
-- @tparam string path where the bot listens
-- @treturn ?integer status; nil when nothing is wrong
-- @treturn ?string reason, for the log
function request.refusal(asked, path)
  local body = asked.body or ""
  if asked.path ~= path then
    return 404, "no such path"
  elseif asked.method ~= "POST" then
    return 405, "method"
  elseif not is_json(asked.headers["content-type"]) then
    return 415, "content type"
  elseif #body > request.MOST_BYTES then
    return 413, "too large"
  elseif not asked.headers.authorization then
    return 401, "no token"
  end
  return nil
end

--- Whether a body is text, as JSON is.
-- @tparam ?string body
-- @treturn boolean
function request.is_text(body)
  return not utf8text.first_invalid(body or "")
end

return request

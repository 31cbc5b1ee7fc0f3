--- Do the three hosts answer, by which way, and with whose certificate?
local core = require "crier.core"
local finding = require "crier.doctor.finding"

local TIMEOUT_MS = 10000
local NO_ANSWER = 69

-- What is asked for needs no token; whatever the status, somebody answered.
local PATHS = {
  authority = "/common/v2.0/.well-known/openid-configuration",
  graph = "/v1.0/",
  connector = "",
}

-- Which certificate stood in the way.
local function signed_by(context, url)
  local peer = context.look(url)
  if not peer or not peer.issuer then
    return ""
  end
  return ("; the certificate of %s is issued by %s and ends %s"):format(
    peer.subject or "nobody", peer.issuer, peer.expires or "never")
end

local function failure(context, url, response)
  local outcome = core.outcome.classify("token", response, context.now_ms())
  local why = (outcome.reason or "no answer") .. ": "
    .. (response.message or response.error or "")
  if outcome.reason == "certificate not trusted" then
    why = why .. signed_by(context, url)
  end
  return { state = "wrong", why = why, remedy = outcome.remedy,
    code = response.error, exit = NO_ANSWER }
end

local function way(response, url)
  if response.proxied then
    return "through the proxy"
  end
  return url:find "^http:" and "on this machine" or "without a proxy"
end

-- Notes how far this machine's clock is from that of the first host.
local function note_time(context, response)
  local date = response.headers and response.headers.date
  local server_ms = date and core.clock.read(date)
  if server_ms and not context.skew_ms then
    context.skew_ms = context.wall_ms() - server_ms
  end
end

local function reach(base)
  return function(context)
    local url = context.config.info[base]
    local response, message, code = context.loop:fetch {
      method = "GET",
      url = url .. PATHS[base],
      headers = {},
      timeout_ms = TIMEOUT_MS,
    }
    if not response then
      return finding.failed(message, code)
    elseif not response.status then
      return failure(context, url .. PATHS[base], response)
    end
    note_time(context, response)
    return finding.ok(("%s answers %s in %.0f ms"):format(
      url:match "^%a+://([^/]+)", way(response, url), response.total_ms or 0))
  end
end

return {
  { key = "login host", what = "sign-in host", needs = { "settings" },
    run = reach "authority" },
  { key = "graph host", what = "Graph host", needs = { "settings" },
    run = reach "graph" },
  { key = "connector host", what = "connector host", needs = { "settings" },
    run = reach "connector" },
}

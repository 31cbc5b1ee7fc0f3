-- Do the three hosts answer, by which way, and with whose certificate?
local core = require "crier.core"
local finding = require "crier.doctor.finding"

local TIMEOUT_MS = 10000
local NO_ANSWER, SERVICE = 69, 77

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

local function way(response, url)
  if response.proxied then
    return "through the proxy"
  end
  return url:find "^http:" and "on this machine" or "without a proxy"
end

local function failure(context, url, response)
  local outcome = core.outcome.classify("token", response, context.now_ms())
  local why = ("%s%s: %s"):format(outcome.reason, response.proxied
    and " through the proxy" or "", outcome.text or outcome.code)
  if outcome.reason == "certificate not trusted" then
    why = why .. signed_by(context, url)
  end
  return { state = "wrong", why = why, remedy = outcome.remedy,
    code = outcome.code, exit = outcome.kind == "misconfigured" and SERVICE
      or NO_ANSWER }
end

-- Notes how far this machine's clock is from a server's.
local function note_time(context, response)
  local server_ms = core.clock.read(response.headers.date or "")
  if server_ms and not context.skew_ms then
    context.skew_ms = context.wall_ms() - server_ms
  end
end

-- Asks all three at once: whoever is silent is silent for long.
local function ask_all(context)
  local loop, asked = context.loop, {}
  for base, path in pairs(PATHS) do
    local one = { url = context.config.info[base] .. path }
    asked[base] = one
    loop:spawn(function()
      local response, message, code = loop:fetch { method = "GET",
        url = one.url, headers = {}, timeout_ms = TIMEOUT_MS }
      one.response = response
        or { sent = false, error = code, message = message }
      if one.waiter then
        loop:unpark(one.waiter)
      end
    end)
  end
  return asked
end

local function reach(base)
  return function(context)
    context.asked = context.asked or ask_all(context)
    local one = context.asked[base]
    while not one.response do
      one.waiter = context.loop:task()
      context.loop:park()
    end
    if not one.response.status then
      return failure(context, one.url, one.response)
    end
    note_time(context, one.response)
    return finding.ok(("%s answers %s in %.0f ms"):format(
      one.url:match "^%a+://([^/]+)", way(one.response, one.url),
      one.response.total_ms))
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

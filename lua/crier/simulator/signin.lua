--- Sign-in by device code: a person approves elsewhere what a program asks for.
--
--             approve            poll
--     asked ----------> approved ----> token (and gone)
--       |     decline
--       +-------------> declined       authorization_declined
--       |   900 s
--       +-------------> expired        expired_token
--
-- After "Microsoft identity platform and the OAuth 2.0 device authorization
-- grant flow" and RFC 8628. Polling before the interval is over is answered
-- with slow_down, and the interval grows by 5 s.
-- @module crier.simulator.signin
local answers = require("crier.simulator.answers")
local encoding = require("crier.simulator.encoding")
local random = require("crier.simulator.random")
local refusals = require("crier.simulator.refusals")

local signin = {}

local signin_methods = {}
local signin_mt = { __name = "crier.simulator.signin", __index = signin_methods }

--- The grant type of a poll.
signin.GRANT = "urn:ietf:params:oauth:grant-type:device_code"

local LIFETIME_S, INTERVAL_S = 900, 5
local EARLY_MS = 500 -- by how much a poll may come too soon
local USER_CODE = "BCDFGHJKLMNPQRSTVWXZ23456789"

--- Makes the endpoint.
-- @tparam table options
-- @tparam number options.seed
-- @tparam crier.simulator.tokens options.tokens
-- @tparam crier.simulator.faults options.faults `declined`, `conditional-access`
-- and `no-public-client` are asked for
-- @tparam string options.principal object id of the person who approves
-- @tparam string options.user name of that person
-- @treturn crier.simulator.signin
function signin.new(options)
  return setmetatable({ seed = options.seed, tokens = options.tokens, faults = options.faults,
    principal = options.principal, user = options.user, asked = 0, by_device = {},
    refresh = {} }, signin_mt)
end

-- The scopes of Graph, as a set and as text, without the words of OpenID
-- Connect; nil when there is none, or one that is none.
local function scopes_of(text)
  local set, list, is_offline = {}, {}, false
  for word in text:gmatch("%S+") do
    local name = word:match("^https://[^/]+/([%w._]+)$") or word
    if not name:find("^[%w._]+$") then
      return nil
    elseif name == "offline_access" then
      is_offline = true
    elseif name ~= "openid" and name ~= "profile" and name ~= "email" then
      set[name], list[#list + 1] = true, name
    end
  end
  return list[1] and set, table.concat(list, " "), is_offline
end

local function user_code(self)
  local out = {}
  for i = 1, 9 do
    local at = random.hash(self.seed, 920, self.asked, i) % #USER_CODE + 1
    out[i] = USER_CODE:sub(at, at)
  end
  return table.concat(out)
end

--- Answers a request for a device code.
-- @tparam table form
-- @tparam string origin where the person approves
-- @tparam number now_ms
-- @treturn table response
function signin_methods:ask(form, origin, now_ms)
  local scopes, text, is_offline = scopes_of(form.scope or "")
  if not scopes then
    return refusals.answer(form.scope and 70011 or 900144, form.scope or "scope", now_ms)
  elseif self.faults:has("no-public-client", 0) then
    return refusals.answer(7000218, nil, now_ms)
  end
  for code, flow in pairs(self.by_device) do
    if now_ms > flow.expires_ms + LIFETIME_S * 1000 then
      self.by_device[code] = nil
    end
  end
  self.asked = self.asked + 1
  local flow = { user_code = user_code(self), scopes = scopes, scope = text,
    is_offline = is_offline, interval_s = INTERVAL_S, expires_ms = now_ms + LIFETIME_S * 1000,
    state = "asked", client_id = form.client_id }
  local device_code = "B" .. random.letters(120, self.seed, 3900000000 + self.asked)
  self.by_device[device_code] = flow
  local page = origin .. "/_sandbox/approve"
  return answers.json(200, encoding.json({ device_code = device_code, user_code = flow.user_code,
    verification_uri = page, expires_in = LIFETIME_S, interval = INTERVAL_S,
    message = "To sign in, use a web browser to open the page " .. page .. " and enter the code "
      .. flow.user_code .. " to authenticate." }))
end

local function grant(self, flow, now_ms)
  local text = self.tokens:issue({ audience = "graph", client_id = flow.client_id, proof = "0",
    principal = self.principal, user = self.user, scopes = flow.scopes }, now_ms)
  local refresh
  if flow.is_offline then
    refresh = "1." .. random.letters(400, self.seed, 3800000000 + self.tokens.issued)
    self.refresh[refresh] = flow
  end
  return answers.json(200, encoding.json({ token_type = "Bearer", scope = flow.scope,
    expires_in = self.tokens.lifetime_s, ext_expires_in = self.tokens.lifetime_s,
    access_token = text, refresh_token = refresh }))
end

-- Whether a poll comes too soon; it is noted either way.
local function is_hasty(flow, now_ms)
  local polled_ms = flow.polled_ms
  flow.polled_ms = now_ms
  if polled_ms and now_ms < polled_ms + flow.interval_s * 1000 - EARLY_MS then
    flow.interval_s = flow.interval_s + 5
    return true
  end
  return false
end

--- Answers a poll for the token.
-- @tparam table form
-- @tparam number now_ms
-- @treturn table response
function signin_methods:poll(form, now_ms)
  local flow = self.by_device[form.device_code or ""]
  if not form.device_code then
    return refusals.answer(900144, "device_code", now_ms)
  elseif not flow or flow.client_id ~= form.client_id then
    return refusals.answer(70018, nil, now_ms)
  elseif now_ms >= flow.expires_ms then
    return refusals.answer(70019, nil, now_ms)
  elseif is_hasty(flow, now_ms) then
    return refusals.sign_in("slow_down", now_ms)
  elseif flow.state == "declined" or self.faults:has("declined", 0) then
    return refusals.sign_in("authorization_declined", now_ms)
  elseif flow.state == "asked" then
    return refusals.answer(70016, nil, now_ms)
  end
  self.by_device[form.device_code] = nil
  if self.faults:has("conditional-access", 0) then
    return refusals.answer(53003, nil, now_ms)
  end
  return grant(self, flow, now_ms)
end

--- Answers a request to renew.
-- @tparam table form
-- @tparam number now_ms
-- @treturn table response
function signin_methods:renew(form, now_ms)
  local flow = self.refresh[form.refresh_token or ""]
  if not form.refresh_token then
    return refusals.answer(900144, "refresh_token", now_ms)
  elseif not flow or flow.client_id ~= form.client_id then
    return refusals.answer(700082, nil, now_ms)
  end
  self.refresh[form.refresh_token] = nil
  return grant(self, flow, now_ms)
end

--- Decides what a person does.
-- @tparam ?string code as shown to the person, any case; nil: all that wait
-- @tparam string state `approved` or `declined`
-- @tparam number now_ms
-- @treturn number how many were waiting for that
function signin_methods:decide(code, state, now_ms)
  local count = 0
  for _, flow in pairs(self.by_device) do
    if flow.state == "asked" and now_ms < flow.expires_ms
      and (not code or flow.user_code == code:upper()) then
      flow.state, count = state, count + 1
    end
  end
  return count
end

return signin

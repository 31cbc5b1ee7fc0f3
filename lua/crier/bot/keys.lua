--- Keeps the key sets in the journal fresh: whoever has the network fetches them, so
-- that verifying needs none.
--
--     OpenID metadata -> jwks_uri -> key set -> journal
--
-- Once a day, and when somebody has asked because a token named a key that is not in
-- the set, but never more often than every five minutes. What cannot be fetched, or
-- is no key set, leaves the one before as it was.
-- @module crier.bot.keys
local cjson = require("cjson.safe").new()
cjson.decode_invalid_numbers(false)

local core = require "crier.core"

local keys = {}

local keys_methods = {}
local keys_mt = { __name = "crier.bot.keys", __index = keys_methods }

local DAY_MS = 24 * 60 * 60 * 1000
local AGAIN_MS = 5 * 60 * 1000
local FIRST_AGAIN_MS = 15 * 1000 -- as long as there is no key set at all
local LOOK_MS = 5 * 1000 -- how soon it is seen that somebody has asked
local TIMEOUT_MS = 15000
local METADATA_MOST, SET_MOST = 64 * 1024, 256 * 1024

--- Tells which key sets a bot needs.
-- @tparam table config from `crier.config`
-- @treturn {table,...} `{ side = "bot" or "entra", url = of the OpenID metadata }`
function keys.sources(config)
  local sources = { { side = "bot", url = config.info.openid } }
  if config.entra_apps[1] then
    sources[2] = { side = "entra", url = ("%s/%s/v2.0/.well-known/openid-configuration")
      :format(config.info.authority, config.tenant) }
  end
  return sources
end

--- Makes the keeper.
-- @tparam table options
-- @tparam crier.journal options.journal
-- @tparam table options.config from `crier.config`
-- @tparam crier.loop options.loop
-- @tparam ?function options.log called with a table for each fetch
-- @treturn crier.bot.keys
function keys.new(options)
  return setmetatable({ journal = options.journal, config = options.config,
    loop = options.loop, log = options.log or function() end,
    sources = keys.sources(options.config), stopped = false }, keys_mt)
end

-- Of a URL in an answer, for a message: nothing that a terminal would obey.
local function shown(url)
  return core.text.printable(tostring(url), 200)
end

-- The body of an answer; or nil and what is wrong.
local function get(self, url, most)
  local response, message = self.loop:fetch { method = "GET", url = url, headers = {},
    timeout_ms = TIMEOUT_MS }
  if not response then
    return nil, url .. ": " .. message
  elseif not response.status or response.error then
    return nil, ("%s: %s"):format(url, response.message or response.error or "no answer")
  elseif response.status ~= 200 then
    return nil, ("%s: status %d"):format(url, response.status)
  elseif #response.body > most then
    return nil, ("%s: the answer is larger than %d KiB"):format(url, most / 1024)
  end
  return response.body
end

-- Where the metadata says that the key set is; or nil and what is wrong.
local function find_set(self, url)
  local body, problem = get(self, url, METADATA_MOST)
  if not body then
    return nil, problem
  end
  local metadata = cjson.decode(body)
  local found = type(metadata) == "table" and metadata.jwks_uri
  if type(found) ~= "string" then
    return nil, url .. ": is no OpenID metadata with a jwks_uri"
  elseif not self.config.endpoints:allows("keys", found) then
    return nil, ("%s: its jwks_uri is %s, on another host"):format(url, shown(found))
  end
  return found
end

--- Fetches a key set: two requests without a token. Call inside a task.
-- @tparam table self `loop`, and `config` from `crier.config`
-- @tparam string url of the OpenID metadata
-- @treturn string the set's text; or nil and what is wrong
function keys.fetch(self, url)
  local place, problem = find_set(self, url)
  local text
  if place then
    text, problem = get(self, place, SET_MOST)
  end
  if not text then
    return nil, problem
  end
  local set, message = core.keyset.new(text)
  if not set then
    return nil, place .. ": the key set: " .. message
  end
  return text
end

--- Tells when a key set is to be fetched.
-- @tparam table|boolean row of `crier.journal.key_sets`
-- @tparam number now_ms
-- @treturn number milliseconds since 1970
function keys.due_at(row, now_ms)
  if not row or not row.tried_at or row.tried_at > now_ms then
    return now_ms -- never tried, or the clock was set back
  elseif not row.text then
    return row.tried_at + FIRST_AGAIN_MS
  end
  local again_at = row.tried_at + AGAIN_MS
  return row.asked_at and again_at or math.max(row.fetched_at + DAY_MS, again_at)
end

local function refresh(self, source, now_ms)
  local text, problem = keys.fetch(self, source.url)
  local sets, code = self.journal.key_sets, "KEYS_MISSING"
  local ok, message, kind
  if text then
    ok, message, kind = sets:keep(source.url, text, now_ms)
  else
    ok, message, kind = sets:failed(source.url, problem, now_ms)
  end
  if not ok then
    problem, code = message, kind
  end
  self.log { event = "key set", url = source.url, problem = problem }
  if problem then
    return nil, problem, code
  end
  return true
end

-- Whether it was fetched, and when it is due again; or nil, message, code, and that.
local function look_after(self, source)
  local now_ms = math.floor(self.loop:now())
  local row, message, code = self.journal.key_sets:find(source.url)
  if row == nil then
    return nil, message, code, now_ms + FIRST_AGAIN_MS
  end
  local due_at = keys.due_at(row, now_ms)
  if due_at > now_ms then
    return false, due_at
  end
  local ok
  ok, message, code = refresh(self, source, now_ms)
  if ok then
    return true, now_ms + DAY_MS
  end
  return nil, message, code, now_ms + (row and row.text and AGAIN_MS or FIRST_AGAIN_MS)
end

--- Fetches what is due. To be called inside a task of the loop.
-- @treturn[1] integer how many key sets were fetched
-- @treturn[1] number when the next is due, milliseconds since 1970
-- @treturn[2] nil
-- @treturn[2] string message of the last that failed
-- @treturn[2] string code `KEYS_MISSING` (those before stay in use), or that of the store
-- @treturn[2] number when the next is due
function keys_methods:refresh()
  local fetched, next_at, problem, code = 0, math.huge, nil, nil
  for _, source in ipairs(self.sources) do
    local was, due_at, kind, again_at = look_after(self, source)
    if was == nil then
      problem, code, due_at = due_at, kind, again_at
    end
    fetched = fetched + (was and 1 or 0)
    next_at = math.min(next_at, due_at)
  end
  if problem then
    return nil, problem, code, next_at
  end
  return fetched, next_at
end

--- Goes on refreshing, as a task of the loop, until `stop`.
function keys_methods:watch()
  while not self.stopped do
    self:refresh() -- what goes wrong is in the journal and the log
    self.loop:sleep(LOOK_MS)
  end
end

--- Ends `watch` at its next look.
function keys_methods:stop()
  self.stopped = true
end

return keys

-- Would what Teams sends to the bot be believed? A run goes without; who listens, with
-- `crier serve` or behind a gateway, needs the keys that Teams signs with. Two documents
-- are asked for with GET; nothing is sent to anybody.
local cjson = require "cjson.safe"
local finding = require "crier.doctor.finding"
local journal = require "crier.journal"
local keys = require "crier.bot.keys"
local time = require "crier.format.time"

-- They are fetched once a day by whoever listens.
local OLD_MS = 2 * 24 * 3600 * 1000
local KEEPER = "see that crier serve, or crier worker, runs on this store: it fetches them"

-- What the store has of a source; nil when nobody has listened with it yet.
local function kept(context, source)
  local path = journal.path(context.config.store)
  local store = path and journal.exists(path) and journal.open(path, { read_only = true })
  local row = store and store.key_sets:find(source.url)
  if store then
    store:close()
  end
  return row or nil
end

-- Settings of who listens, a campaign that asks or counts, or a server on this store.
local function is_due(context)
  local config, definition = context.config, context.definition
  if not config then
    return false
  end
  return (config.public_url or context.getenv "CRIER_KEYS"
    or config.entra_apps[1] or definition and (definition.track or definition.message
    and definition.message.kind == "dialog")
    or kept(context, keys.sources(config)[1])) and true or false
end

-- How many keys of a set there are, and how many sign for Teams.
local function count(text)
  local all, endorsed = cjson.decode(text).keys, 0
  for _, key in ipairs(all) do
    for _, channel in ipairs(type(key.endorsements) == "table" and key.endorsements or {}) do
      endorsed = endorsed + (channel == "msteams" and 1 or 0)
    end
  end
  return #all, endorsed
end

local function age(context, row)
  return time.span((context.now_ms() - row.fetched_at) / 1000)
end

local function judge(context, source, text)
  local host = source.url:match "^%a+://([^/]+)"
  local all, endorsed = count(text)
  local why = ("%d at %s%s"):format(all, host, source.side == "bot"
    and (", %d endorsed for msteams"):format(endorsed) or "")
  local row = kept(context, source)
  if source.side == "bot" and endorsed == 0 then
    return finding.warning(why, "nothing that Teams sends would be believed: check CRIER_CLOUD"
      .. " and CRIER_BOT_OPENID_URL")
  elseif not row then
    return finding.ok(why .. "; nobody has listened on this store yet")
  elseif not row.text then
    return finding.warning(why .. "; the store has none" .. (row.problem
      and ": " .. row.problem or ""), KEEPER)
  elseif context.now_ms() - row.fetched_at > OLD_MS then
    return finding.warning(("%s; the store's are %s old"):format(why, age(context, row)), KEEPER)
  end
  return finding.ok(("%s; the store's are %s old"):format(why, age(context, row)))
end

local function check(nth)
  return function(context)
    local source = keys.sources(context.config)[nth]
    local text, problem = keys.fetch(context, source.url)
    if text then
      return judge(context, source, text)
    end
    local row = kept(context, source)
    return finding.warning(problem .. (row and row.text and ("; the store's are %s old"):format(
      age(context, row)) or ""), "let this machine ask there, as a proxy or firewall may not:"
      .. " without keys nothing that Teams sends is believed; campaigns are sent all the same")
  end
end

return {
  { key = "webhook keys", what = "webhook's keys", needs = { "settings" }, is_due = is_due,
    run = check(1) },
  { key = "webhook Entra keys", what = "Entra's keys", needs = { "settings" },
    is_due = function(context)
      return context.config ~= nil and context.config.entra_apps[1] ~= nil
    end,
    run = check(2) },
}

--- What publishing a package would do, given what the catalog has: decided from
-- data alone.
-- @module crier.package.release
local release = {}

local NEW_BOT = "A chat belongs to its bot. Once the app is upgraded for them, people find a"
  .. " second, empty chat from the new bot; the old one stays, and nothing comes or is read there"
  .. " any more. Whoever is not upgraded hears nothing. What crier knows of their chats is of no"
  .. " use to the new bot"
local NEW_APP = "Teams shows two apps. Whoever has the old one keeps it, and must be given the new"
  .. " one as well; its messages come in another chat"

local function parts_of(version)
  local parts = {}
  for digits in tostring(version):gmatch "%d+" do
    parts[#parts + 1] = tonumber(digits)
  end
  return parts
end

-- Whether version `a` is higher than `b`: numbers, not letters.
local function is_higher(a, b)
  local left, right = parts_of(a), parts_of(b)
  for i = 1, math.max(#left, #right) do
    local x, y = left[i] or 0, right[i] or 0
    if x ~= y then
      return x > y
    end
  end
  return false
end

-- A table of the answer, or an empty one.
local function in_table(value, key)
  local found = type(value) == "table" and value[key]
  return type(found) == "table" and found or {}
end

local function newest_of(app)
  local newest
  for _, definition in ipairs(in_table(app, "appDefinitions")) do
    if type(definition) == "table" and type(definition.version) == "string"
      and not (newest and is_higher(newest.version, definition.version)) then
      newest = definition
    end
  end
  return newest or {}
end

local function find(document, id)
  for _, app in ipairs(in_table(document, "value")) do
    if type(app) == "table" and type(app.externalId) == "string"
      and app.externalId:lower() == id and type(app.id) == "string" then
      return app
    end
  end
end

local function refuse(why, remedy)
  return nil, why, remedy
end

local function judge_known(app, known, is_new_bot)
  local newest = newest_of(known)
  local bot = in_table(newest, "bot").id
  bot = type(bot) == "string" and bot:lower() or nil
  if known.distributionMethod == "store" then
    return refuse("the app is one of the Teams Store: only its publisher can update it",
      "give the manifest an `id` of its own")
  elseif bot and bot ~= app.bot_id and not is_new_bot then
    return refuse(("the catalog's app has the bot %s, this package %s"):format(bot, app.bot_id),
      "put the bot of before into bots[0].botId, or say --new-bot when it is meant. "
      .. NEW_BOT)
  elseif newest.version and not is_higher(app.version, newest.version) then
    return refuse(("the catalog has version %s, this package %s: it must rise"):format(
      newest.version, app.version), "raise `version` in the manifest, and pack it again")
  end
  return { action = "update", id = known.id, from = newest.version,
    consequence = bot and bot ~= app.bot_id and NEW_BOT or nil }
end

--- Judges whether a package may be published.
-- @tparam table app of `crier.package.judge`: `id`, `version`, `bot_id`
-- @tparam table document the catalog's answer about that id
-- @tparam ?table other the app that CRIER_APP_ID names in the catalog: see
--   `crier.graph.app.look_up`
-- @tparam ?boolean is_new_bot another id or bot is meant
-- @treturn[1] table `action` (`publish` or `update`), `id` (in the catalog) and
--   `from` (the version there) of an update, `consequence` (what people will
--   see of another id or bot)
-- @treturn[2] nil
-- @treturn[2] string why
-- @treturn[2] string remedy
function release.judge(app, document, other, is_new_bot)
  local known = find(document, app.id)
  if known then
    return judge_known(app, known, is_new_bot)
  elseif other and other.manifest_id:lower() ~= app.id and not is_new_bot then
    return refuse(("CRIER_APP_ID names the app %s of the catalog, whose id is %s; this package has"
      .. " the id %s"):format(other.name or other.id, other.manifest_id, app.id), "put the id of"
      .. " before into the manifest, or say --new-bot when another app is meant. " .. NEW_APP)
  end
  return { action = "publish",
    consequence = other and other.manifest_id:lower() ~= app.id and NEW_APP or nil }
end

return release

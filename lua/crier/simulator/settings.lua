--- What a simulator can be set to.
-- @module crier.simulator.settings
local settings = {}

local LARGEST_SEED = 4294967295
local MOST_PEOPLE = 10000000
local MOST_SECRETS = 100
local CLOUDS = { public = true, gcc = true, gcch = true, dod = true, china = true }
local WINDOWS = { bucket = true, fixed = true, sliding = true }

local SPELLINGS = { plain = true, dotnet = true, bare = true, js = true, agents = true,
  pascal = true, location = true }

-- GCC is no region, and has a fault of its own.
local function is_region(value)
  return type(value) == "string" and value:find("^%l+$") ~= nil and value ~= "gcc"
    and value ~= "teams"
end

local function is_whole(value, least, most)
  return type(value) == "number" and value % 1 == 0 and value >= least and value <= most
end

local function is_texts(value)
  for _, text in ipairs(type(value) == "table" and value or { value }) do
    if type(text) ~= "string" then
      return false
    end
  end
  return type(value) == "table"
end

local function is_number(value, most)
  return type(value) == "number" and value >= 0 and value <= most
end

--- Checks the options of a simulator, all but the faults.
-- @tparam table options
-- @treturn ?string what is wrong, one line; nil when nothing is
function settings.flaw(options)
  local latency = options.latency or {}
  if not is_whole(options.users, 0, MOST_PEOPLE) then
    return "users must be a whole number from 0 to 10000000"
  elseif not is_whole(options.seed or 1, 0, LARGEST_SEED) then
    return "seed must be a whole number from 0 to 4294967295"
  elseif (options.limits or "teams") ~= "teams" and options.limits ~= "off" then
    return "limits must be teams or off"
  elseif not WINDOWS[options.window or "bucket"] then
    return "window must be bucket, fixed or sliding"
  elseif not is_number(latency.ms or 0, 600000) then
    return "latency must be milliseconds from 0 to 600000"
  elseif not is_number(latency.jitter_ms or 0, latency.ms or 0) then
    return "the jitter of the latency must be milliseconds from 0 to the latency"
  elseif not is_whole(options.secrets or 1, 1, MOST_SECRETS) then
    return "secrets must be a whole number from 1 to 100"
  elseif not is_number(options.installed or 0, 1) then
    return "installed must be a share from 0 to 1"
  elseif not is_texts(options.roles or {}) then
    return "roles must be an array of names"
  elseif not is_texts(options.resource_specific or {}) then
    return "resource_specific must be an array of names"
  elseif not CLOUDS[options.cloud or "public"] then
    return "cloud must be public, gcc, gcch, dod or china"
  elseif not is_region(options.region or "emea") then
    return "region must be the name of a region, such as amer"
  elseif not SPELLINGS[options.spelling or "plain"] then
    return "spelling must be plain, dotnet, bare, js, agents, pascal or location"
  elseif not is_number(options.propagation_ms or 0, 172800000) then
    return "propagation must be milliseconds from 0 to two days"
  end
  return nil
end

return settings

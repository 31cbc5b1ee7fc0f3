-- A stand-in for the Azure CLI, which needs Azure: it answers the calls of
-- setup.sh as Microsoft Graph and Azure Resource Manager document them, from
-- files that it keeps in the folder AZ_STATE, and logs what it was asked.
--
--   lua5.4 spec/support/az.lua ARGUMENT...
local state = assert(os.getenv "AZ_STATE")

local function path(name)
  return state .. "/" .. name:gsub("[^%w.-]", "_")
end

local function has(name)
  local file = io.open(path(name))
  if file then
    file:close()
  end
  return file ~= nil
end

local function put(name, text)
  local file = assert(io.open(path(name), "a"))
  file:write(text or "", "\n")
  file:close()
end

local function get(name)
  local file = io.open(path(name))
  local text = file and file:read "*l" or nil
  if file then
    file:close()
  end
  return text
end

local function fail(text)
  io.stderr:write("ERROR: ", text, "\n")
  os.exit(1)
end

local words, options = {}, {}
do
  local i = 1
  while arg[i] do
    local name = arg[i]:match "^%-%-(.+)"
    if name == "only-show-errors" or name == "wait" then
      i = i + 1
    elseif name then
      options[name], i = arg[i + 1], i + 2
    else
      words[#words + 1], i = arg[i], i + 1
    end
  end
end

local cloud = os.getenv "AZ_CLOUD" or "AzureCloud"
local SIMPLE = {
  ["cloud show"] = function() return cloud end,
  ["account show"] = function()
    return options.query == "id" and "sub-1" or "tenant-1"
  end,
  ["provider show"] = function() return has "provider" and "Registered" or "NotRegistered" end,
  ["provider register"] = function() put "provider" end,
  ["group exists"] = function() return has("group " .. options.name) and "true" or "false" end,
  ["group create"] = function() put("group " .. options.name, options.location) end,
}

local GRAPH = "00000003-0000-0000-c000-000000000000"
local CLIENT = "c1c1c1c1-0000-4000-8000-000000000001"

-- By method, path and what is asked for of the answer.
local CALLS = {
  ["GET applications value[].appId"] = function()
    return get "registration" and CLIENT
  end,
  ["POST applications appId"] = function()
    put("registration", options.body)
    return CLIENT
  end,
  ["GET servicePrincipals value[0].id"] = function()
    local is_graph = options["url-parameters"]:find(GRAPH, 1, true)
    return is_graph and "graph-principal" or has "principal" and "principal-1" or nil
  end,
  ["POST servicePrincipals id"] = function()
    put("principal", options.body)
    return "principal-1"
  end,
  ["GET servicePrincipals/principal-1/appRoleAssignments value[].appRoleId"] = function()
    local file = io.open(path "roles")
    local text = file and file:read "*a" or ""
    if file then
      file:close()
    end
    return text
  end,
  ["GET applications(appId='" .. CLIENT .. "') length(requiredResourceAccess)"] = function()
    return has "required" and "1" or "0"
  end,
  ["POST servicePrincipals/principal-1/appRoleAssignments "] = function()
    if os.getenv "AZ_REFUSES_CONSENT" then
      fail 'Forbidden({"error":{"code":"Authorization_RequestDenied"}})'
    end
    put("roles", options.body:match '"appRoleId":"([^"]+)"')
  end,
  ["PATCH applications(appId='" .. CLIENT .. "') "] = function()
    put(options.body:find "isFallbackPublicClient" and "public" or "required", options.body)
  end,
  ["POST applications(appId='" .. CLIENT .. "')/addPassword secretText"] = function()
    put "secret"
    return "s3cr3t~value"
  end,
}

local function arm(method, url)
  local bot, channel = url:match "botServices/([^/?]+)(/?%w*/?%w*)%?"
  if method == "PUT" then
    put(channel == "" and "bot" or "channel", options.body)
  elseif not bot then
    return has "bot" and CLIENT or has "other" and "other-client" or nil
  else
    return has "channel" and "MsTeamsChannel" or nil
  end
end

local function rest()
  local url, method = options.url, options.method
  local graph = url:match "^(https://[^/]+)/v1%.0/"
  if not graph then
    return arm(method, url)
  elseif options.resource ~= graph .. "/" then
    fail("the token is for " .. tostring(options.resource))
  end
  local rest_of = url:sub(#graph + 7)
  if rest_of == "servicePrincipals/graph-principal" then
    return "role-" .. options.query:match "value=='([%w.]+)'"
  end
  local answer = CALLS[method .. " " .. rest_of .. " " .. (options.query or "")]
  if not answer then
    fail("unknown call " .. method .. " " .. rest_of)
  end
  return answer()
end

put("log", table.concat(words, " ") .. " " .. (options.method or "") .. " " .. (options.url or ""))
local handler = words[1] == "rest" and rest or SIMPLE[table.concat(words, " ")]
  or fail("unknown command " .. table.concat(words, " "))
local answer = handler()
if answer and answer ~= "" then
  print((answer:gsub("\n$", "")))
end

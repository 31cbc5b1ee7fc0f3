--- Who may do what through the HTTP door: keys and users, each with roles, in a file.
--
--     [ { "name": "ana", "roles": ["author"], "sha256": "…" },
--       { "user": "bo@contoso.com", "roles": ["approver", "operator"] } ]
--
-- The file has no key in it, only what one is recognised by. A `user` is whom a proxy
-- in front has signed in. It is read again when it has changed.
-- @module crier.door.keys
local cjson = require "cjson.safe"
local core = require "crier.core"

local keys = {}

local keys_methods = {}
local keys_mt = { __name = "crier.door.keys", __index = keys_methods }

--- What a role may do; all may look.
keys.ROLES = {
  viewer = {},
  author = { "plan", "test" },
  approver = { "approve" },
  operator = { "start", "pause", "resume", "cancel", "rate", "send" },
}

local PREFIX, BYTES = "crier_", 24
local LARGEST, MOST, LONGEST_NAME = 1024 * 1024, 1000, 64

--- Makes a key.
-- @treturn string the key, which nobody can make again
-- @treturn string what it is recognised by
function keys.make()
  local key = PREFIX .. core.text.random_hex(BYTES)
  return key, core.text.sha256(key)
end

--- Whether somebody may be called so: the name is shown, logged and stored.
-- @param name
-- @treturn boolean
function keys.is_name(name)
  return type(name) == "string" and name:find "%S" ~= nil
    and select(2, name:gsub("[^\128-\191]", "")) <= LONGEST_NAME
    and core.text.printable(name) == name
end

local function is_list_of_roles(roles)
  if type(roles) ~= "table" or #roles == 0 then
    return false
  end
  for _, role in ipairs(roles) do
    if not keys.ROLES[role] then
      return false
    end
  end
  return true
end

local function flaw(entry)
  if type(entry) ~= "table" then
    return "is no object"
  elseif not is_list_of_roles(entry.roles) then
    return 'needs "roles", a list of viewer, author, approver, operator'
  elseif entry.user ~= nil then
    return type(entry.user) ~= "string" and '"user" must be a text' or nil
  elseif not keys.is_name(entry.name) then
    return 'needs a "name" (1 to 64 printable characters), or a "user"'
  elseif type(entry.sha256) ~= "string" or not entry.sha256:find "^%x+$"
    or #entry.sha256 ~= 64 then
    return 'needs "sha256", 64 hexadecimal digits'
  end
end

local function rights_of(roles)
  local list, set = {}, {}
  for _, role in ipairs(roles) do
    for _, right in ipairs(keys.ROLES[role]) do
      if not set[right] then
        list[#list + 1], set[right] = right, true
      end
    end
  end
  table.sort(list)
  return list, set
end

--- Reads the text of such a file.
-- @tparam string text
-- @treturn[1] table `by_digest` and `by_user`, of `{ name =, role =, rights =, may = }`
-- @treturn[2] nil
-- @treturn[2] string what is wrong with it
function keys.read(text)
  local list, problem = cjson.decode(text)
  if type(list) ~= "table" or (next(list) ~= nil and list[1] == nil) then
    return nil, "is not a JSON array: " .. tostring(problem or "it is an object")
  elseif #list > MOST then
    return nil, ("has more than %d entries"):format(MOST)
  end
  local found = { by_digest = {}, by_user = {} }
  for i, entry in ipairs(list) do
    local wrong = flaw(entry)
    if wrong then
      return nil, ("entry %d %s"):format(i, wrong)
    end
    local rights, may = rights_of(entry.roles)
    local who = { name = entry.user or entry.name, role = table.concat(entry.roles, ", "),
      rights = rights, may = may }
    if entry.user then
      found.by_user[entry.user:lower()] = who
    else
      found.by_digest[entry.sha256:lower()] = who
    end
  end
  return found
end

local function load(self)
  local file, message = io.open(self.path, "rb")
  if not file then
    return nil, ("cannot read %s"):format(message)
  end
  local text = file:read(LARGEST + 1) or ""
  file:close()
  if #text > LARGEST then
    return nil, self.path .. " is larger than a list of keys"
  end
  local found, problem = keys.read(text)
  if not found then
    return nil, ("%s: %s"):format(self.path, problem)
  end
  self.found, self.identity = found, core.fs.identity(self.path)
  return true
end

--- Opens a file of keys.
-- @tparam string path
-- @treturn[1] crier.door.keys
-- @treturn[2] nil
-- @treturn[2] string message
function keys.open(path)
  local self = setmetatable({ path = path }, keys_mt)
  local ok, message = load(self)
  if not ok then
    return nil, message
  end
  return self
end

--- Reads the file again when another one has taken its place. One that cannot be read
-- changes nothing; without one, no key opens anything.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message, told once
-- @treturn[2] ?string code `GONE`
function keys_methods:refresh()
  local identity = core.fs.identity(self.path)
  if identity == self.identity then
    return true
  end
  self.identity = identity
  if not identity then
    self.found = { by_digest = {}, by_user = {} }
    return nil, self.path .. " is gone: no key opens anything", "GONE"
  end
  return load(self)
end

--- Who a key belongs to.
-- @tparam string key
-- @treturn ?table `name`, `role`, `rights` (a list), `may` (a set)
function keys_methods:of_key(key)
  return self.found.by_digest[core.text.sha256(key)]
end

--- Who a user is that a proxy has signed in.
-- @tparam string user
-- @treturn ?table as of `of_key`
function keys_methods:of_user(user)
  return self.found.by_user[user:lower()]
end

return keys

--- Parts of a URI, by the rules of the URL Standard as far as they show.
-- @module crier.template.functions.uri
local semantics = require "crier.template.semantics"
local utf8text = require "crier.template.utf8text"

local group = {}

local PORTS = { http = "80", https = "443", ftp = "21", ws = "80", wss = "443",
  file = "" }

local function percent(text, unsafe)
  return (utf8text.repair(text):gsub(unsafe, function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

-- Takes `.` and `..` out of a path.
local function simple_path(path)
  local out = {}
  for part, slash in path:gmatch "/([^/]*)()" do
    local plain = part:lower():gsub("%%2e", ".")
    local is_last = slash > #path
    if plain == ".." then
      table.remove(out)
    elseif plain ~= "." then
      out[#out + 1] = part
    end
    if is_last and (plain == ".." or plain == ".") then
      out[#out + 1] = ""
    end
  end
  return "/" .. table.concat(out, "/")
end

local function split_host(authority)
  local rest = authority:match "@([^@]*)$" or authority
  local host, port = rest:match "^(%[[%x:.]+%]):?(%d*)$"
  if not host then
    host, port = rest:match "^([^:]*):?(%d*)$"
  end
  if not host or host:find "[%c %%#/<>?\\^|]"
    or port ~= "" and tonumber(port) > 65535 then
    return nil
  end
  return host:lower(), port ~= "" and ("%d"):format(tonumber(port)) or ""
end

--- Takes a URI apart.
local function parse(text)
  text = text:match "^[%z\1-\32]*(.*)$"
  text = (text:match "^.*[^%z\1-\32]" or ""):gsub("[\t\r\n]", "")
  local scheme, rest = text:match "^(%a[%w+.-]*):(.*)$"
  if not scheme then
    return nil
  end
  scheme = scheme:lower()
  local before, query = rest:match("^[^#]*"):match "^([^?]*)(.*)$"
  local parts = { scheme = scheme, host = "", port = "",
    query = query == "?" and "" or percent(query,
      PORTS[scheme] and "[^!$-&(-;=?-_a-z|~@`{}\\^]" or "[^!$-;=?-~]") }
  local is_special = PORTS[scheme] ~= nil
  if is_special then
    before = before:gsub("\\", "/"):gsub("^/*", "//")
    if scheme == "file" then
      before = before:gsub("^//", "///")
    end
  end
  local authority, path = before:match "^//([^/]*)(.*)$"
  if not authority then
    parts.path = percent(before, "[^!-~ ]")
    return parts
  end
  parts.host, parts.port = split_host(authority)
  if not parts.host or is_special and parts.host == "" and scheme ~= "file" then
    return nil
  elseif parts.port == PORTS[scheme] then
    parts.port = ""
  end
  path = percent(path, "[^!$-;=@-_a-z|~]")
  parts.path = (path ~= "" or is_special)
    and simple_path(path == "" and "/" or path) or ""
  return parts
end

local function part(returns, take)
  return { least = 1, most = 1, returns = returns, fn = function(args)
    local parts = type(args[1]) == "string" and parse(args[1])
    if not parts then
      return nil, semantics.shown(args[1]) .. " is not an absolute URI"
    end
    return take(parts)
  end }
end

group.uriHost = part("s", function(parts)
  return parts.host
end)
group.uriPath = part("s", function(parts)
  return parts.path
end)
group.uriPathAndQuery = part("s", function(parts)
  return parts.path .. parts.query
end)
-- NaN where the port is the scheme's own.
group.uriPort = part("n", function(parts)
  return parts.port ~= "" and tonumber(parts.port) + 0.0 or 0 / 0
end)
group.uriQuery = part("s", function(parts)
  return parts.query
end)
group.uriScheme = part("s", function(parts)
  return parts.scheme
end)

return group

--- The addresses in a message: pictures, media, what buttons open, links in text;
-- and what is wrong with them as they stand.
--
-- Kinds: `picture` and `media` are fetched by Teams itself, by https alone ("Cards
-- reference"); `button` and `link` open on the person's device.
-- @module crier.campaign.links
local links = {}

local links_methods = {}
local links_mt = { __name = "crier.links", __index = links_methods }

-- More addresses than these are counted, not kept.
local MOST = 1000
local DEEPEST = 32
local LONGEST = 2048

-- Members whose text is an address, and its kind; `url` depends on its object.
local WHOLE = { iconUrl = "picture", backgroundImage = "picture", poster = "picture",
  thumbnailUrl = "picture", contentUrl = "button", url = "button" }
-- What is no text for people.
local SKIPPED = { data = true, entities = true, channelData = true, id = true,
  type = true, contentType = true, ["$schema"] = true, mimeType = true }
local FETCHED = { picture = true, media = true }
local OPENED = { http = true, https = true, mailto = true, tel = true, msteams = true,
  sip = true }

--- Creates an empty collection.
-- @treturn crier.links
function links.new()
  return setmetatable({ list = {}, known = {}, more = 0 }, links_mt)
end

local function add(self, place, kind, url)
  local key = kind .. " " .. url
  if self.known[key] then
    return
  elseif #self.list >= MOST then
    self.more = self.more + 1
    return
  end
  self.known[key] = true
  self.list[#self.list + 1] = { place = place, kind = kind, url = url }
end

-- The kind of an address by the object that has it, and by the member that has the
-- object.
local function kind_of(name, holder, holder_name)
  if holder.type == "Image" or holder_name == "backgroundImage" or holder_name == "images"
    or tostring(holder.contentType):find "^image/" then
    return "picture"
  elseif holder_name == "sources" then
    return "media"
  end
  return WHOLE[name]
end

-- Markdown's links, then what Teams makes a link by itself.
local function add_text(self, place, text)
  local rest = text:gsub("%]%(%s*([^%s)]+)[^)]*%)", function(url)
    add(self, place, "link", url)
    return "]"
  end)
  for url in rest:gmatch "https?://[^%s<>%]%[\"]+" do
    add(self, place, "link", (url:gsub("[.,;:!?')]+$", "")))
  end
end

local walk

local function walk_member(self, name, any, holder, place, holder_name, depth)
  if type(any) == "table" then
    walk(self, any, place, type(name) == "number" and holder_name or name, depth + 1)
  elseif type(any) ~= "string" then
    return
  elseif WHOLE[name] then
    if not any:find "^icon:" then -- an icon of Teams' own
      add(self, place, kind_of(name, holder, holder_name), any)
    end
  else
    add_text(self, place, any)
  end
end

local function sorted(holder)
  local names = {}
  for name in pairs(holder) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    return type(a) == type(b) and a < b or type(a) ~= type(b) and type(a) == "number"
  end)
  return names
end

function walk(self, holder, place, holder_name, depth)
  if depth > DEEPEST then
    return
  end
  for _, name in ipairs(sorted(holder)) do
    if not SKIPPED[name] then
      walk_member(self, name, holder[name], holder,
        place .. "/" .. (type(name) == "number" and ("%d"):format(name - 1) or name),
        holder_name, depth)
    end
  end
end

--- Takes the addresses of an activity; those that are known already are left.
-- @tparam table activity decoded JSON
function links_methods:take(activity)
  local attachments = type(activity.attachments) == "table" and activity.attachments or {}
  for _, one in ipairs(attachments) do
    if type(one) == "table" and type(one.content) == "table" then
      walk(self, one.content, "", nil, 1)
    elseif type(one) == "table" then
      walk(self, one, "", "attachments", 1)
    end
  end
  if type(activity.text) == "string" then
    add_text(self, "text", activity.text)
  end
end

local function flaw_of_host(rest)
  local authority = rest:match "^//([^/?#]*)"
  local host = authority and authority:gsub(":%d+$", "")
  if not host or host == "" then
    return "it has no host"
  elseif authority:find("@", 1, true) then
    return "what stands before the @ is a name, not a host"
  elseif not host:find "^[%w.-]+$" and not host:find "^%[[%x:.]+%]$" then
    return "its host is not one"
  end
end

--- What is wrong with an address as it stands.
-- @tparam string kind
-- @tparam string url
-- @treturn ?string nil when nothing is
function links.flaw(kind, url)
  local scheme, rest = url:match "^(%a[%w+.-]*):(.*)$"
  scheme = scheme and scheme:lower()
  if url == "" then
    return "it is empty"
  elseif kind == "picture" and scheme == "data" then
    return nil
  elseif not scheme then
    return "it has no scheme, such as https://"
  elseif url:find "[%c%s<>\"\\^`{|}]" then
    return "it has a character that must be written with %"
  elseif #url > LONGEST then
    return ("it is longer than %d characters"):format(LONGEST)
  elseif FETCHED[kind] and scheme ~= "https" then
    return "Teams shows pictures and media by https alone"
  elseif not OPENED[scheme] then
    return ("Teams may not open %s:"):format(scheme)
  end
  return (scheme == "http" or scheme == "https") and flaw_of_host(rest) or nil
end

local PRIVATE_NUMBERS = { "^127%.", "^10%.", "^192%.168%.", "^169%.254%.", "^0%.",
  "^172%.1[6-9]%.", "^172%.2%d%.", "^172%.3[01]%." }
local PRIVATE_NAMES = { "%.local$", "%.internal$", "%.localhost$", "%.lan$" }

local function matches(host, patterns)
  for _, pattern in ipairs(patterns) do
    if host:find(pattern) then
      return true
    end
  end
  return false
end

local function host_of(url)
  return (url:match "^%a+://([^/?#]*)" or ""):gsub(":%d+$", ""):lower()
end

--- Whether an address names this machine.
-- @tparam string url http or https
-- @treturn boolean
function links.is_here(url)
  local host = host_of(url)
  return host == "localhost" or host == "[::1]" or host:find "^127%.%d+%.%d+%.%d+$" ~= nil
end

--- Whether an address leads to this machine or into a private network, by its host as it is
-- written.
-- @tparam string url http or https
-- @treturn boolean
function links.is_private(url)
  local host = host_of(url)
  if host:find "^%d+%.%d+%.%d+%.%d+$" then
    return matches(host, PRIVATE_NUMBERS)
  end
  -- Also a number in another form, and IPv6.
  return not host:find("%.%l") or matches(host, PRIVATE_NAMES)
end

return links

--- Signed addresses, by which clicks are counted: a button of a card leads to the bot's
-- server, which notes it and sends on to where the button led.
--
--     https://bot.contoso.com/c/<target>.<mac>.<address in Base64>
--
-- The server sends on to nowhere but what was in a message: the mac is over target and
-- address, by a key of the store.
-- @module crier.campaign.clicks
local base64 = require "crier.template.base64"
local core = require "crier.core"
local hmac = require "crier.hmac"
local json = require "crier.template.json_tree"
local node = require "crier.template.node"

local clicks = {}

local clicks_methods = {}
local clicks_mt = { __name = "crier.clicks", __index = clicks_methods }

local MAC, LONGEST = 32, 1500
-- Printable ASCII: what goes into a header as it is.
local ADDRESS = "^https?://[%w%p]+$"
local URL_SAFE = { ["+"] = "-", ["/"] = "_", ["="] = "" }

--- Creates it.
-- @tparam string key
-- @tparam ?string base the server's address; not needed to read
-- @treturn crier.clicks
function clicks.new(key, base)
  return setmetatable({ sign = hmac.new(key), base = base }, clicks_mt)
end

local function token_of(self, target, url)
  return ("%.0f.%s.%s"):format(target, self.sign(("%.0f\n%s"):format(target, url)):sub(1, MAC),
    (base64.encode(url):gsub("[+/=]", URL_SAFE)))
end

--- The address that leads somewhere by way of the server.
-- @tparam integer target id of the ledger's row
-- @tparam string url
-- @treturn ?string nil when there can be none
function clicks_methods:address(target, url)
  if #url > LONGEST or not url:find(ADDRESS) then
    return nil
  end
  return self.base .. "/c/" .. token_of(self, target, url)
end

--- Reads the end of an address.
-- @tparam string token
-- @treturn ?integer target
-- @treturn ?string url; nil when crier did not sign it
function clicks_methods:read(token)
  local target, encoded = token:match "^(%d+)%.%x+%.([%w_-]+)$"
  if not target or #target > 15 or #encoded > 2 * LONGEST then
    return nil
  end
  local url = base64.to_text(encoded)
  target = math.floor(tonumber(target))
  if token ~= token_of(self, target, url) or not url:find(ADDRESS) then
    return nil
  end
  return target, url
end

-- The addresses of buttons, by their place.
local function collect(any, found)
  if any.kind == "object" and node.is_text(node.find(any, "type"), "Action.OpenUrl") then
    local url = node.find(any, "url")
    if url and url.kind == "string" then
      found[#found + 1] = url
    end
  end
  for i = 1, #any do
    collect(any.kind == "object" and any[i].value or any[i], found)
  end
  return found
end

--- Has the buttons of a message lead by way of the server.
-- @tparam string activity JSON
-- @tparam integer target id of the ledger's row
-- @treturn string JSON
function clicks_methods:put(activity, target)
  local tree = json.parse(activity, "activity")
  local found = tree and collect(tree, {}) or {}
  table.sort(found, function(a, b) return a.at > b.at end)
  for _, url in ipairs(found) do
    local address = self:address(target, json.decode_string(url.raw))
    if address then
      activity = activity:sub(1, url.at - 1) .. core.text.json_string(address)
        .. activity:sub(url.at + #url.raw)
    end
  end
  return activity
end

return clicks

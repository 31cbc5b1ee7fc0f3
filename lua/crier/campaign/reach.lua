--- Whether what a message links to is there: each address is asked for once, by its
-- head where that will do, without any token, and nothing is followed.
-- @module crier.campaign.reach
local links = require "crier.campaign.links"

local reach = {}

-- All addresses together: some per place, since most cards have the same for all.
local MOST, MOST_PER_PLACE = 40, 3
local TASKS = 8
local TIMEOUT_MS = 5000
local PRIVATE = "an address of a private network"
-- Servers that do not answer a HEAD as they would a GET.
local NOT_BY_HEAD = { [400] = true, [403] = true, [404] = true, [405] = true, [501] = true }
local SIGN_IN = { [401] = true, [403] = true, [407] = true }
local SHOWN = { ["image/png"] = true, ["image/jpeg"] = true, ["image/jpg"] = true,
  ["image/gif"] = true }

local function ask(loop, method, url, is_outside)
  local response, message = loop:fetch { method = method, url = url,
    headers = method == "GET" and { Range = "bytes=0-0" } or {}, timeout_ms = TIMEOUT_MS,
    outside = is_outside }
  return response or { message = message }
end

local function judge_picture(response)
  local kind = ((response.headers or {})["content-type"] or ""):lower():match "^[^;%s]*"
  if kind ~= "" and not SHOWN[kind] and response.status < 300 then
    return ("it is %s: Teams shows PNG, JPEG and GIF"):format(kind)
  end
end

local function judge(one, response)
  local status = response.status or response.partial_status
  if not status then
    return "no answer: " .. (response.message or "unknown")
  elseif status < 400 then
    return one.kind == "picture" and judge_picture(response) or nil
  elseif SIGN_IN[status] then
    return one.kind ~= "button" and one.kind ~= "link"
      and ("it asks for a sign-in (%d), and Teams has none"):format(status) or nil
  end
  return ("it is not there (%d)"):format(status)
end

local function look(loop, one, is_outside)
  local response = ask(loop, "HEAD", one.url, is_outside)
  if NOT_BY_HEAD[response.status] then
    response = ask(loop, "GET", one.url, is_outside)
  end
  if response.barred then
    one.state, one.problem = "not checked", PRIVATE
    return
  end
  one.state, one.problem = "ok", judge(one, response)
  if one.problem then
    one.state = "warning"
  end
end

local function is_asked(one, in_sandbox)
  if in_sandbox then
    return links.is_here(one.url)
  end
  return not links.is_private(one.url)
end

-- What is asked for: some of each place, from public hosts; in a sandbox, from this
-- machine alone.
local function choose(list, in_sandbox)
  local chosen, per_place = {}, {}
  for _, one in ipairs(list) do
    local is_web = one.url:find "^[hH][tT][tT][pP][sS]?://"
    local count = per_place[one.place] or 0
    if not one.state and is_web and not is_asked(one, in_sandbox) then
      one.state = "not checked"
      one.problem = in_sandbox and "the sandbox asks nobody outside"
        or PRIVATE
    elseif not one.state and is_web and #chosen < MOST and count < MOST_PER_PLACE then
      per_place[one.place] = count + 1
      chosen[#chosen + 1] = one
    end
  end
  return chosen
end

--- Judges a list of addresses: `state` (`ok`, `warning`, `not checked`) and
-- `problem` are put into each. Call inside a task.
-- @tparam crier.loop loop
-- @tparam {table,...} list of `crier.links`
-- @tparam table options `asks` (boolean: ask for them), `in_sandbox` (boolean)
function reach.check(loop, list, options)
  for _, one in ipairs(list) do
    one.problem = links.flaw(one.kind, one.url)
    one.state = one.problem and "warning" or nil
  end
  local chosen = options.asks and choose(list, options.in_sandbox) or {}
  local next_one = 0
  loop:together(math.min(TASKS, #chosen), function()
    while next_one < #chosen do
      next_one = next_one + 1
      look(loop, chosen[next_one], not options.in_sandbox)
    end
  end)
  for _, one in ipairs(list) do
    one.state = one.state or options.asks and one.url:find "^%a+://" and "not checked" or "ok"
  end
end

return reach

--- The little Markdown that cards and messages have, as elements of a page: bold,
-- italic, links, line breaks. A link leads to http, https or mailto, or nowhere.
-- @module crier.report.markdown
local html = require "crier.report.html"

local markdown = {}

local h = html.element

-- Looking for marks costs the square of the length.
local LONGEST = 4000
local DEEPEST = 4

local inline

local function is_safe(url)
  local scheme = url:lower():match "^(%a[%w+.-]*):"
  return scheme == "https" or scheme == "http" or scheme == "mailto"
end

--- A link, when its address leads out of the page.
-- @tparam string url
-- @param ... what is shown
-- @treturn table an element
function markdown.link(url, ...)
  if is_safe(url) then
    return h("a", { href = url, rel = "noopener noreferrer" }, ...)
  end
  return h("span", nil, ...)
end

local MARKS = {
  { "%[([^%[%]]+)%]%(([^%s%(%)]+)%)", function(depth, text, url)
    return markdown.link(url, inline(text, depth))
  end },
  { "%*%*([^%*]+)%*%*", function(depth, text)
    return h("strong", nil, inline(text, depth))
  end },
  { "%f[%w_]_([^_]+)_%f[^%w_]", function(depth, text)
    return h("em", nil, inline(text, depth))
  end },
}

local function first_mark(text, pos)
  local best
  for _, mark in ipairs(MARKS) do
    local from, to, one, two = text:find(mark[1], pos)
    if from and (not best or from < best.from) then
      best = { from = from, to = to, one = one, two = two, make = mark[2] }
    end
  end
  return best
end

function inline(text, depth)
  local list, pos = {}, 1
  while depth < DEEPEST do
    local mark = first_mark(text, pos)
    if not mark then
      break
    end
    list[#list + 1] = text:sub(pos, mark.from - 1)
    list[#list + 1] = mark.make(depth + 1, mark.one, mark.two)
    pos = mark.to + 1
  end
  list[#list + 1] = text:sub(pos)
  return list
end

--- Text as elements.
-- @tparam string text
-- @tparam ?boolean is_plain whether marks mean nothing
-- @treturn table list of elements and texts
function markdown.read(text, is_plain)
  local list = {}
  for line in (text:gsub("\r\n?", "\n") .. "\n"):gmatch "(.-)\n" do
    list[#list + 1] = list[1] and h "br" or nil
    list[#list + 1] = (is_plain or #text > LONGEST) and line or inline(line, 0)
  end
  return list
end

return markdown

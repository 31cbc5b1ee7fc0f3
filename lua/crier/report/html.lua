--- HTML that text cannot break out of: a page is a tree, and all text in it is
-- escaped when the tree is written.
--
-- What is written is well-formed XML too: each element is closed, each attribute
-- quoted.
-- @module crier.report.html
local core = require "crier.core"

local html = {}

local element_mt = { __name = "crier.report.html.element" }
local raw_mt = { __name = "crier.report.html.raw" }

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
  ['"'] = "&quot;", ["'"] = "&#39;" }
local VOID = { br = true, hr = true, img = true, link = true, meta = true,
  path = true, rect = true, line = true }

--- Escapes text. Line breaks stay; other control characters, what changes the
-- direction of writing, and stray bytes become `?`.
-- @param any a string; anything else as `tostring` has it
-- @treturn string
function html.escape(any)
  local lines = {}
  for line in (tostring(any):gsub("\r\n?", "\n") .. "\n"):gmatch "(.-)\n" do
    lines[#lines + 1] = core.text.printable(line)
  end
  return (table.concat(lines, "\n"):gsub("[&<>\"']", ESCAPES))
end

--- Makes an element.
-- @tparam string name
-- @tparam ?table attributes by name; false leaves one out
-- @param ... children: elements, texts, lists of these; nil and, in a list too,
--   false are none
-- @treturn table
function html.element(name, attributes, ...)
  local children = {}
  for i = 1, select("#", ...) do
    children[#children + 1] = (select(i, ...)) or nil
  end
  return setmetatable(
    { name = name, attributes = attributes or {}, children = children },
    element_mt)
end

--- Text that is written as it is: of crier's own alone.
-- @tparam string text
-- @treturn table
function html.raw(text)
  return setmetatable({ text = text }, raw_mt)
end

local write

local function open(parts, element)
  local names = {}
  for name, value in pairs(element.attributes) do
    if value ~= false then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  parts[#parts + 1] = "<" .. element.name
  for _, name in ipairs(names) do
    parts[#parts + 1] = (' %s="%s"'):format(name,
      html.escape(element.attributes[name]))
  end
  parts[#parts + 1] = VOID[element.name] and "/>" or ">"
end

function write(parts, any)
  local kind = getmetatable(any)
  if not any then
    return
  elseif type(any) ~= "table" then
    parts[#parts + 1] = html.escape(any)
  elseif kind == raw_mt then
    parts[#parts + 1] = any.text
  elseif kind == element_mt then
    open(parts, any)
    for _, child in ipairs(any.children) do
      write(parts, child)
    end
    parts[#parts + 1] = VOID[any.name] and "" or "</" .. any.name .. ">"
  else
    for _, child in ipairs(any) do
      write(parts, child)
    end
  end
end

--- Writes a tree.
-- @param any an element, a text, or a list of them
-- @treturn string
function html.render(any)
  local parts = {}
  write(parts, any)
  return table.concat(parts)
end

-- What a browser may do with a page.
local POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

--- Writes a whole page: one file that asks for nothing from elsewhere, and in
-- which no script runs, unless its policy says so.
-- @tparam table page `title`, `css`, `body` (a list), `policy` (Content Security
--   Policy; nil for the strictest)
-- @treturn string
function html.page(page)
  local h = html.element
  return "<!DOCTYPE html>\n" .. html.render(h("html", { lang = "en" },
    h("head", nil,
      h("meta", { charset = "utf-8" }),
      h("meta", { name = "viewport",
        content = "width=device-width, initial-scale=1" }),
      h("meta", { name = "color-scheme", content = "light dark" }),
      h("meta", { ["http-equiv"] = "Content-Security-Policy",
        content = page.policy or POLICY }),
      h("meta", { name = "referrer", content = "no-referrer" }),
      h("title", nil, page.title),
      h("style", nil, html.raw(page.css))),
    h("body", nil, page.body))) .. "\n"
end

return html

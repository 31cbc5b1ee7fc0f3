-- A strict reader of pages: all that it takes is well-formed, and has none of the
-- faults that a browser would mend in silence.
local markup = {}

local VOID = { br = 1, img = 1, meta = 1, rect = 1, line = 1, hr = 1, path = 1 }
local RAW = { style = 1, script = 1 }
local ENTITIES = { amp = 1, lt = 1, gt = 1, quot = 1, ["#39"] = 1 }
-- What would end a paragraph.
local BLOCKS = { p = 1, div = 1, ul = 1, ol = 1, dl = 1, table = 1, figure = 1, pre = 1,
  h1 = 1, h2 = 1, h3 = 1, details = 1, header = 1, main = 1, footer = 1 }
local INSIDE = { li = "[uo]l", tr = "t%l+", td = "tr", th = "tr", tbody = "table",
  thead = "table", caption = "table", dt = "d%l+", dd = "d%l+", summary = "details",
  figcaption = "figure", rect = "svg", line = "svg" }

local function fail(text, pos, why)
  error(("%s at %d: %s"):format(why, pos, text:sub(math.max(pos - 60, 1), pos + 60)), 0)
end

local function check_text(text, piece, pos)
  if piece:find "[%z\1-\8\11-\31\127]" then
    fail(text, pos, "control character")
  elseif piece:find "[<>\"']" then
    fail(text, pos, "mark that is not escaped")
  end
  for name in piece:gmatch "&([^;]*;?)" do
    if not ENTITIES[name:match "^([#%w]+);$" or ""] then
      fail(text, pos, "entity &" .. name)
    end
  end
end

local function read_attributes(text, pos)
  local attributes = {}
  while true do
    local from, to, name, value = text:find('^ ([%w:-]+)="([^"]*)"', pos)
    if not from then
      return attributes, pos
    elseif attributes[name] then
      fail(text, pos, "attribute twice")
    end
    check_text(text, value, pos)
    attributes[name], pos = value, to + 1
  end
end

local function check_place(text, pos, name, stack)
  local parent = stack[#stack]
  if INSIDE[name] and not (parent and parent.name:find("^" .. INSIDE[name] .. "$")) then
    fail(text, pos, name .. " inside " .. (parent and parent.name or "nothing"))
  end
  for _, each in ipairs(stack) do
    if each.name == "p" and BLOCKS[name] then
      fail(text, pos, name .. " inside p")
    elseif each.name == "a" and name == "a" then
      fail(text, pos, "a link in a link")
    end
  end
end

--- Reads a page.
-- @treturn table array of elements `{ name =, attributes =, text = }`; text is what
--   a reader sees of it, entities read
-- @raise with the place of the first fault
function markup.read(text)
  local _, pos = text:find "^<!DOCTYPE html>\n"
  assert(pos, "no doctype")
  pos = pos + 1
  local stack, found, ids = {}, {}, {}
  local function say(piece)
    piece = piece:gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&quot;", '"')
      :gsub("&#39;", "'"):gsub("&amp;", "&")
    for _, each in ipairs(stack) do
      each.text = each.text .. piece
    end
  end
  while pos <= #text do
    local from = text:find("<", pos, true) or #text + 1
    check_text(text, text:sub(pos, from - 1), pos)
    say(text:sub(pos, from - 1))
    if from > #text then
      break
    end
    local closing = text:match("^</(%w+)>", from)
    local name = text:match("^<(%w+)", from)
    if closing then
      local last = table.remove(stack)
      if not last or last.name ~= closing then
        fail(text, from, "closes " .. closing .. ", open is " .. (last and last.name or "-"))
      end
      pos = from + #closing + 3
    elseif name then
      local attributes
      attributes, pos = read_attributes(text, from + #name + 1)
      check_place(text, from, name, stack)
      local id = attributes.id
      if id and ids[id] then
        fail(text, from, "id twice")
      end
      ids[id or ""] = true
      local element = { name = name, attributes = attributes, text = "" }
      found[#found + 1] = element
      local tail = text:match(VOID[name] and "^/>" or "^>", pos)
      if not tail then
        fail(text, pos, "tag does not end")
      end
      pos = pos + #tail
      if RAW[name] then
        local till = text:find("</" .. name .. ">", pos, true)
        element.text = text:sub(pos, till - 1)
        pos = till + #name + 3
      elseif not VOID[name] then
        stack[#stack + 1] = element
      end
    else
      fail(text, from, "stray <")
    end
  end
  assert(#stack == 0, "not closed: " .. (stack[1] and stack[#stack].name or ""))
  return found
end

--- The elements of a name.
function markup.all(found, name)
  local list = {}
  for _, each in ipairs(found) do
    if each.name == name then
      list[#list + 1] = each
    end
  end
  return list
end

return markup

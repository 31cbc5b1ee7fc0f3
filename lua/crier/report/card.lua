--- A message as it looks, more or less: an activity's text and its Adaptive
-- Cards as elements of a page. Nothing is fetched: a picture that is not in the
-- card itself shows what it would be called.
-- @module crier.report.card
local cjson = require "cjson.safe"
local html = require "crier.report.html"
local markdown = require "crier.report.markdown"

local card = {}

local h = html.element

local CARD_TYPE = "application/vnd.microsoft.card.adaptive"
local DEEPEST = 24 -- as deep as a card is followed

local function text_of(any)
  return type(any) == "string" and any
    or type(any) == "number" and ("%.14g"):format(any) or nil
end

local function word(any)
  return (text_of(any) or ""):lower():match "^%l+$"
end

local function list_of(any)
  return type(any) == "table" and any or {}
end

-- Classes for what an element says of its looks: `size-large`, `color-good`.
local function looks(element, names)
  local classes = {}
  for _, name in ipairs(names) do
    local value = word(element[name])
    if value then
      classes[#classes + 1] = name:lower() .. "-" .. value
    end
  end
  if element.isSubtle == true then
    classes[#classes + 1] = "subtle"
  end
  if element.separator == true then
    classes[#classes + 1] = "separated"
  end
  return table.concat(classes, " ")
end

local show_all

local blocks = {}

function blocks.TextBlock(element)
  return h("p", { class = "text " .. looks(element,
    { "size", "weight", "color", "horizontalAlignment" }) },
    markdown.read(text_of(element.text) or ""))
end

function blocks.RichTextBlock(element)
  local runs = {}
  for _, run in ipairs(list_of(element.inlines)) do
    local text = type(run) == "table" and text_of(run.text) or text_of(run)
    runs[#runs + 1] = h("span", { class = type(run) == "table"
      and looks(run, { "size", "weight", "color" }) or "" }, text or "")
  end
  return h("p", { class = "text" }, runs)
end

function blocks.FactSet(element)
  local rows = {}
  for _, fact in ipairs(list_of(element.facts)) do
    if type(fact) == "table" then
      rows[#rows + 1] = h("div", nil,
        h("dt", nil, markdown.read(text_of(fact.title) or "")),
        h("dd", nil, markdown.read(text_of(fact.value) or "")))
    end
  end
  return h("dl", { class = "facts" }, rows)
end

local INLINE = "^data:image/%l+;base64,[%w+/=]+$"

function blocks.Image(element)
  local url, alt = text_of(element.url) or "", text_of(element.altText)
  if url:find(INLINE) then
    return h("img", { src = url, alt = alt or "", class = "picture" })
  end
  return h("p", { class = "picture" }, "Picture: ", alt or "without a description",
    h("br"), h("small", nil, url:sub(1, 200)))
end

function blocks.ImageSet(element, depth)
  return show_all(element.images, depth, "Image")
end

function blocks.Container(element, depth)
  return h("div", { class = "container " .. looks(element, { "style" }) },
    show_all(element.items, depth))
end

function blocks.ColumnSet(element, depth)
  return h("div", { class = "columns" },
    show_all(element.columns, depth, "Column"))
end

function blocks.Column(element, depth)
  return h("div", { class = "column" .. (element.width == "auto" and " narrow"
    or "") }, show_all(element.items, depth))
end

function blocks.Table(element, depth)
  local rows = {}
  for _, row in ipairs(list_of(element.rows)) do
    local cells = {}
    for _, cell in ipairs(type(row) == "table" and list_of(row.cells) or {}) do
      cells[#cells + 1] = h("td", nil, show_all(type(cell) == "table"
        and cell.items or nil, depth))
    end
    rows[#rows + 1] = h("tr", nil, cells)
  end
  return h("table", nil, h("tbody", nil, rows))
end

function blocks.ActionSet(element)
  return card.actions(element.actions)
end

--- The buttons of a card.
-- @param actions as decoded
-- @treturn ?table an element
function card.actions(actions)
  local buttons = {}
  for _, action in ipairs(list_of(actions)) do
    if type(action) == "table" then
      local title = text_of(action.title) or text_of(action.type) or "…"
      local url = text_of(action.url)
      buttons[#buttons + 1] = h("li", nil, h("span", { class = "button" },
        url and markdown.link(url, title) or title))
    end
  end
  return buttons[1] and h("ul", { class = "actions" }, buttons) or nil
end

local function unknown(element)
  local kind = text_of(element.type) or "an element without a type"
  local label = text_of(element.label) or text_of(element.placeholder)
  return h("p", { class = "unknown" }, "[" .. kind
    .. (label and ": " .. label or "") .. "]")
end

function show_all(list, depth, kind)
  local shown = {}
  if depth > DEEPEST then
    return { h("p", { class = "unknown" }, "[deeper elements]") }
  end
  for _, element in ipairs(list_of(list)) do
    if type(element) == "table" and element.isVisible ~= false then
      local block = blocks[text_of(element.type) or kind or ""] or unknown
      shown[#shown + 1] = block(element, depth + 1)
    end
  end
  return shown
end

local function attachment(any)
  if type(any) ~= "table" or type(any.content) ~= "table"
    or any.contentType ~= CARD_TYPE then
    return h("p", { class = "unknown" }, "[attachment: "
      .. (type(any) == "table" and text_of(any.contentType) or "unknown") .. "]")
  end
  local rtl = any.content.rtl == true
  return h("div", { class = "card", dir = rtl and "rtl" or false },
    show_all(any.content.body, 1), card.actions(any.content.actions))
end

--- Shows an activity.
-- @tparam string activity JSON text
-- @treturn[1] table list of elements
-- @treturn[1] ?string the text of the notification
-- @treturn[2] nil when it is no activity
function card.show(activity)
  local made = cjson.decode(activity)
  if type(made) ~= "table" then
    return nil
  end
  local shown, text = {}, text_of(made.text)
  if text and text ~= "" then
    shown[1] = h("div", { class = "card" },
      h("p", { class = "text" }, markdown.read(
        text:gsub("</?at>", ""), made.textFormat == "plain")))
  end
  for _, each in ipairs(list_of(made.attachments)) do
    shown[#shown + 1] = attachment(each)
  end
  return shown, text_of(made.summary) or text
end

return card

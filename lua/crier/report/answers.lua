--- What people answered, in a campaign's page.
-- @module crier.report.answers
local echoes = require "crier.report.echoes"
local html = require "crier.report.html"
local results = require "crier.report.results"
local text = require "crier.format.text"

local answers = {}

local h = html.element

local MOST_COMMENTS = 100

local function number(value)
  return h("td", { class = "number" }, value)
end

local function choices(one)
  local rows = {}
  for i, choice in ipairs(one.choices) do
    rows[i] = h("tr", nil, h("th", { scope = "row" }, choice.title),
      number(text.number(choice.count)),
      h("td", { class = "number" }, ("%.1f %%"):format(choice.percent),
        h("span", { class = "share", ["aria-hidden"] = "true" },
          h("i", { style = ("width:%.2f%%"):format(choice.percent) }))))
  end
  return h("div", { class = "wide" }, h("table", nil,
    h("caption", nil, one.kind == "many" and ("Of %s, who could choose several"):format(
      text.count(one.answered, "person", "people")) or text.count(one.answered, "answer")),
    h("thead", nil, h("tr", nil, h("th", { scope = "col" }, "Choice"),
      h("th", { scope = "col", class = "number" }, "Answers"),
      h("th", { scope = "col", class = "number" }, "Share"))), h("tbody", nil, rows)))
end

local function comments(one, name)
  if #one.comments == 0 then
    return h("p", { class = "note" }, "Nobody wrote anything.")
  end
  local items = {}
  for i = 1, math.min(#one.comments, MOST_COMMENTS) do
    items[i] = h("li", nil, one.comments[i])
  end
  local left = #one.comments - #items
  return { h("ul", nil, items), left > 0 and h("p", { class = "note" },
    ("And %s more: "):format(text.number(left)),
    h("code", nil, ("crier results %s --format csv"):format(name))) or false }
end

--- Draws results.
-- @tparam ?table found from `crier.report.results`; nil draws nothing
-- @treturn ?table elements
function answers.draw(found)
  if not found then
    return nil
  end
  local parts = {}
  for i, one in ipairs(found.questions) do
    parts[i] = { h("h3", nil, one.title), one.hidden and h("p", { class = "note" },
      (results.HIDDEN:gsub("^t", "T")), ".") or one.kind == "text"
      and comments(one, found.name) or choices(one) }
  end
  local echoed = {}
  for i, line in ipairs(echoes.lines(found.echoes, found.delivered)) do
    echoed[i] = h("p", nil, (line:gsub("^%l", string.upper)), ".")
  end
  echoed = echoed[1] and { h("h2", nil, "What came back"), echoed } or false
  if not found.is_asked then
    return echoed
  end
  return { echoed, h("h2", nil, "Answers"), h("p", nil, results.heading(found), "."),
    found.anonymous and h("p", { class = "note" }, "It was asked anonymously: the store knows"
      .. " who has answered, and apart from that how often each answer was given.") or false,
    parts }
end

return answers

--- A campaign's report as one page of HTML.
-- @module crier.report.page
local answers = require "crier.report.answers"
local card = require "crier.report.card"
local event = require "crier.report.event"
local html = require "crier.report.html"
local json = require "crier.format.json"
local plot = require "crier.report.plot"
local style = require "crier.report.style"
local text = require "crier.format.text"
local time = require "crier.format.time"

local page = {}

local h = html.element

local STATES = { "delivered", "failed", "unknown", "excluded", "pending" }
local NOTES = {
  delivered = "accepted by Teams, which does not tell whether it was seen",
  failed = "not delivered; the reasons are below",
  unknown = "nobody can tell whether it arrived",
  excluded = "left out on purpose; the reasons are below",
  pending = "not sent yet",
}
local DONE = { upgrade = "upgraded", uninstall = "uninstalled",
  amend = "amended", recall = "recalled" }
local STAGES = {
  install = "From the plan to the app's install",
  send = "From the install to the message",
  known = "From the plan to the message, chat known before",
}

local ATTEMPTS = { "one", "two", "three or more" }

local function number(n, tag, scope)
  return h(tag or "td", { class = "number", scope = scope or false }, text.number(n))
end

-- A span that fits the column of a phone: `42 s`, `1:31 min`, `2:10 h`.
local function span(ms)
  local seconds = math.ceil(ms / 1000)
  local shown = ("%d s"):format(seconds)
  if seconds >= 3600 then
    shown = ("%d:%02d h"):format(math.floor(seconds / 3600),
      math.floor(seconds % 3600 / 60))
  elseif seconds >= 60 then
    shown = ("%d:%02d min"):format(math.floor(seconds / 60), seconds % 60)
  end
  return h("td", { class = "number" }, shown)
end

local function heads(columns)
  local cells = {}
  for i, column in ipairs(columns) do
    local is_number = column:sub(1, 1) == "#"
    cells[i] = h("th", { scope = "col", class = is_number and "number" or false },
      is_number and column:sub(2) or column)
  end
  return h("thead", nil, h("tr", nil, cells))
end

-- A table that scrolls by itself where it is too wide; `#` marks numbers.
local function table_of(caption, columns, rows)
  return h("div", { class = "wide" }, h("table", nil, h("caption", nil, caption),
    heads(columns), h("tbody", nil, rows)))
end

local function share_of(found, state)
  local share = found.targeted > 0 and found[state] / found.targeted * 100 or 0
  local shown = share > 0 and share < 0.1 and "< 0.1 %"
    or ("%.1f %%"):format(share)
  return h("td", { class = "number" }, shown,
    h("span", { class = "share", ["aria-hidden"] = "true" },
      h("i", { style = ("width:%.2f%%"):format(share) })))
end

local function word_of(found, state)
  return state == "delivered" and DONE[found.action] or state
end

local function equation(found)
  local parts = { h("span", nil, h("i", nil), h("b", nil,
    text.number(found.targeted)), " targeted") }
  for i, state in ipairs(STATES) do
    parts[i + 1] = h("span", nil, h("i", nil, i == 1 and "=" or "+"), " ",
      h("b", nil, text.number(found[state])), " ", word_of(found, state))
  end
  return h("p", { class = "equation" }, parts)
end

-- How each variant, or each language, fared; excluded ones have none.
local function shares(caption, head, rows)
  local made = {}
  for i, row in ipairs(rows or {}) do
    local sum = row.delivered + row.failed + row.unknown + row.pending + row.excluded
    made[i] = h("tr", nil, h("th", { scope = "row" }, row.name), number(sum),
      number(row.delivered), number(row.failed), number(row.unknown))
  end
  return made[1] and table_of(caption, { head, "#People", "#Delivered", "#Failed",
    "#Unknown" }, made) or {}
end

local function ledger(data)
  local found, rows = data.ledger, {}
  for i, state in ipairs(STATES) do
    rows[i] = h("tr", nil, h("th", { scope = "row" }, word_of(found, state),
        h("small", nil, state == "delivered" and DONE[found.action]
          and "the service has done it" or NOTES[state])),
      number(found[state]), share_of(found, state))
  end
  rows[#rows + 1] = h("tr", nil, h("th", { scope = "row" }, "targeted"),
    number(found.targeted), h("td", { class = "number" }, "100 %"))
  return { h("h2", nil, "Ledger"), equation(found),
    h("p", { class = data.adds_up and "note" or "bad" }, data.adds_up
      and "It adds up: nobody is missing, and nobody is in it twice."
      or "The ledger does not add up: keep the store, and report this as a bug."),
    table_of("People by state", { "State", "#People", "#Share" }, rows),
    shares("What people were given, by variant", "Variant", found.variants),
    shares("What people were given, by language", "Language", found.languages) }
end

local function throughput(data)
  local line = data.timeline
  if not line then
    return nil
  end
  local seconds = (line.last - line.first) / 1000
  local count = data.ledger.delivered
  return { h("h2", nil, "Over time"), plot.draw(line),
    seconds >= 1 and h("p", { class = "note" }, ("%s in %s, from the first to the"
      .. " last: %.1f a second, pauses included."):format(
      text.count(count, "message"), time.span(seconds), count / seconds)) or false }
end

local function reasons(title, caption, rows)
  if #rows == 0 then
    return nil
  end
  local made = {}
  for i, row in ipairs(rows) do
    made[i] = h("tr", nil, h("th", { scope = "row" },
      row.reason or "no reason known",
      row.remedy and h("small", nil, row.remedy)), number(row.count))
  end
  return { h("h3", nil, title),
    table_of(caption, { "Reason, and what to do", "#People" }, made) }
end

local function problems(data)
  local found = data.ledger
  local sections = {
    reasons("Failed", "Not delivered, by reason", found.failures) or {},
    reasons("Unknown", "May or may not have arrived, by reason", found.unknowns)
      or {},
    reasons("Excluded", "Left out, by reason", found.exclusions) or {},
  }
  return { h("h2", nil, "Who was not reached, and why"), sections,
    found.failed + found.unknown + found.excluded == 0
      and h("p", nil, "Nobody was left out, and nothing failed.") or false }
end

local function stages(data)
  local rows = {}
  for i, stage in ipairs(data.stages) do
    rows[i] = h("tr", nil, h("th", { scope = "row" }, STAGES[stage.name],
        h("small", nil, text.count(stage.count, "person", "people"))),
      span(stage.median), span(stage.most), span(stage.longest))
  end
  return rows[1] and { table_of("How long people waited, the slowest stage first:"
    .. " half of them at most, 95 of 100 at most, and the longest",
    { "Stage", "#Half", "#95 %", "#Longest" }, rows),
    h("p", { class = "note" }, "Waiting in line is part of it: a budget of calls"
      .. " that Teams allows, a retry, or a campaign that stood still.") } or false
end

local function calls(data)
  local found, rows = data.ledger, {}
  for i, service in ipairs { { "token", "Sign-in (tokens)" }, { "graph",
    "Microsoft Graph" }, { "connector", "Bot Connector" } } do
    rows[i] = h("tr", nil, h("th", { scope = "row" }, service[2]),
      number(found.calls[service[1]]))
  end
  rows[#rows + 1] = h("tr", nil, h("th", { scope = "row" },
    "of these, throttled", h("small", nil, "Teams asked to wait")),
    number(found.throttled))
  local tries = {}
  for i, row in ipairs(data.attempts) do
    tries[i] = ("%s for %s"):format(ATTEMPTS[row.attempts],
      text.count(row.count, "person", "people"))
  end
  return { table_of("Calls", { "Service", "#Calls" }, rows),
    tries[1] and h("p", { class = "note" }, "Attempts to send: ",
      table.concat(tries, ", "), ".") or false }
end

local function one_message(made)
  local shown, toast = card.show(made.activity)
  return { made.label and h("h3", nil, made.label) or false,
    toast and h("p", nil, "The notification says: ", h("q", nil, toast)) or false,
    shown,
    h("details", nil, h("summary", nil, "The message as JSON"),
      h("pre", nil, json.pretty(made.activity))) }
end

local function message(data)
  local found = data.message
  if not found then
    return nil
  elseif not found.each then
    return { h("h2", nil, "The message"),
      h("p", { class = "note" }, "It cannot be shown: ", found.problem) }
  end
  local messages = {}
  for i, made in ipairs(found.each) do
    messages[i] = one_message(made)
  end
  return { h("h2", nil, "The message"),
    h("p", { class = "note" }, found.name and "As it was made for " .. found.name
      .. ". " or "As an example, for somebody who does not exist: no real name"
      .. " and no real value is in it. ", "Teams draws it in its own way."),
    messages }
end

local function sequels(data)
  if #data.sequels == 0 then
    return { h("h2", nil, "Amended or recalled"),
      h("p", nil, "Nothing was amended or recalled.") }
  end
  local rows = {}
  for i, found in ipairs(data.sequels) do
    local small = found.unknown == 0 and found.state
      or ("%s, %s unknown"):format(found.state, text.number(found.unknown))
    rows[i] = h("tr", nil,
      h("th", { scope = "row" }, found.name, h("small", nil, small)),
      number(found.targeted), number(found.delivered), number(found.failed))
  end
  return { h("h2", nil, "Amended or recalled"),
    table_of("Campaigns that changed or deleted what was sent", { "Name",
      "#Targeted", "#Done", "#Failed" }, rows),
    h("p", { class = "note" }, "Toasts and mail notices that Teams has shown"
      .. " cannot be taken back.") }
end

-- What somebody typed may name people, and so does the user of a machine.
local function without_names(made)
  made.user = "an operator"
  made.options = made.options:gsub("[^%s,']*@[^%s,']*", "…")
  return made
end

local function events(data, with_names)
  local items = {}
  for i, made in ipairs(data.events) do
    made = with_names and made or without_names(made)
    items[i] = h("li", nil,
      h("strong", nil, time.stamp(made.started_at)), " ",
      h("code", nil, event.command(made)),
      made.campaign ~= data.ledger.name and " (" .. made.campaign .. ")" or false,
      h("br"), event.ending(made), h("br"),
      h("small", nil, event.actor(made),
        made.digest and ", content " .. made.digest:sub(1, 12) or false,
        event.counts(made) and h("br") or false, event.counts(made)))
  end
  return items[1] and h("ol", { class = "events" }, items)
    or h("p", { class = "note" }, "The store has no record of it: it was made by"
      .. " an earlier version of crier.")
end

local function pairs_of(rows)
  local list = {}
  for _, row in ipairs(rows) do
    list[#list + 1] = row[2] and h("dt", nil, row[1]) or false
    list[#list + 1] = row[2] and h("dd", nil, row[2]) or false
  end
  return h("dl", { class = "pairs" }, list)
end

local function files(data)
  local rows = {}
  for i, file in ipairs(data.files) do
    rows[i] = h("tr", nil, h("th", { scope = "row" }, file.path),
      h("td", nil, h("code", nil, file.digest:sub(1, 12))))
  end
  return rows[1] and table_of("Files, with the beginning of their SHA-256",
    { "File", "Content" }, rows) or false
end

local function run(data, with_names)
  local found = data.ledger
  return { h("h2", nil, "How it was run"),
    pairs_of {
      { "Tenant", found.tenant }, { "App", found.app }, { "Cloud", found.cloud },
      { "Script", data.script ~= "" and data.script },
      { "Content", h("code", nil, data.digest:sub(1, 12)) },
      { "If unsure", data.on_unknown == "resend"
        and "sent again: everybody at least once"
        or "reported and not sent again: everybody at most once" },
      { "Started", time.stamp(found.started_at) },
      { "Finished", found.finished_at and time.stamp(found.finished_at) },
    },
    files(data),
    h("h3", nil, "Who did what"), events(data, with_names) }
end

local function unreached(data)
  if not data.unreached or #data.unreached == 0 then
    return nil
  end
  local rows = {}
  for i, row in ipairs(data.unreached) do
    rows[i] = h("tr", nil, h("th", { scope = "row" }, row.name or row.key,
        h("small", nil, row.upn or row.key)),
      h("td", nil, row.state, row.reason and ": " .. row.reason))
  end
  local all = data.ledger.failed + data.ledger.unknown
  return { h("h2", nil, "By name"),
    table_of(("Failed or unknown: %s of %s"):format(text.number(#rows),
      text.number(all)), { "Person", "State" }, rows) }
end

local function header(data)
  local found = data.ledger
  local is_well = found.state == "finished"
    and (found.tolerated or found.failed + found.unknown == 0)
  return h("header", nil, h("h1", nil, "Campaign ", found.name),
    h("p", nil, h("span", { class = "state " .. (is_well and "fine" or "") },
      found.state), " ", found.why,
      found.seconds and " after " .. time.span(found.seconds) or false,
      found.tolerated and ", within tolerance" or false),
    data.parent and h("p", nil, DONE[found.action] == "recalled"
      and "Recalls " or "Amends ", data.parent) or false)
end

--- Makes the page.
-- @tparam table data from `crier.report.gather`
-- @tparam table options `now` (milliseconds since 1970), `version`, `names`
--   (boolean: people may be named)
-- @treturn string
function page.make(data, options)
  local found = data.ledger
  return html.page {
    title = "Campaign " .. found.name,
    css = style.css,
    body = {
      header(data),
      h("main", nil, ledger(data), answers.draw(data.results), throughput(data), problems(data),
        h("h2", nil, "Where the time went"), stages(data), calls(data),
        message(data), found.action == "send" and sequels(data) or false,
        run(data, options.names), unreached(data)),
      h("footer", nil, h("p", { class = "note" }, ("Made by crier %s on %s; times"
        .. " are UTC. `crier status %s --json` has the same numbers.%s"):format(
        options.version, time.stamp(time.iso(options.now)), found.name,
        options.names and " This page names people." or ""))),
    },
  }
end

return page

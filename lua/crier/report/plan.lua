--- A plan as text for people in a hurry, and as JSON: what matters most comes first,
-- and the last line says what to do.
-- @module crier.report.plan
local core = require "crier.core"
local json = require "crier.format.json"
local plan_digest = require "crier.campaign.plan_digest"
local text = require "crier.format.text"
local time = require "crier.format.time"

local plan = {}

local ORDER = { "exit", "why", "remedy", "code", "name", "action", "digest", "content_digest",
  "tenant", "cloud", "app", "store", "campaign", "audience", "people", "installs", "expect",
  "expect_problem", "time", "calls", "own_calls", "message", "links", "policies", "policy",
  "cloud_limits", "permissions", "warnings" }

local LABEL = 14 -- columns of the first
local SHOWN_LINKS = 12
local ADVISED_BYTES = core.activity.ADVISED_BYTES

--- A plan as one JSON document.
-- @tparam table found from `crier.campaign.forecast`
-- @treturn string one line
function plan.json(found)
  return json.ordered(found, ORDER)
end

-- Lines with a label, broken at the page's width. Names come from outside: no control
-- character reaches a terminal.
local function row(page, label, said)
  local indent = (" "):rep(LABEL + 2)
  local lines = text.wrap(core.text.printable(said), page.width, indent)
  lines[1] = "  " .. label .. (" "):rep(math.max(1, LABEL - text.width(label)))
    .. (lines[1] or indent):sub(#indent + 1)
  for _, each in ipairs(lines) do
    page[#page + 1] = (each:gsub("%s+$", ""))
  end
end

local function head(page, title)
  page[#page + 1] = ""
  page[#page + 1] = title
end

local function who(one)
  return one.name and one.upn and ("%s (%s)"):format(one.name, one.upn) or one.name or one.upn
    or one.id
end

local function kilobytes(bytes)
  return ("%.1f KB"):format(bytes / 1024)
end

local function installs_text(found)
  local told = found.installs
  local many = function(count)
    return text.count(count, "person gets", "people get")
  end
  local lack = found.installs_app and many or function(count)
    return text.count(count, "person lacks", "people lack")
  end
  local what = found.installs_app and " a new app" or " the app, and would fail"
  if not told then
    return lack(found.people.new) .. what
  elseif told.least == told.most then
    return lack(told.likely) .. what
  elseif told.asked == 0 then
    return ("up to %s%s"):format(lack(told.most), what)
  end
  return ("about %s%s (%s to %s, 95 %% sure: %s of %s were asked)"):format(
    lack(told.likely), what, text.number(told.least), text.number(told.most),
    text.number(told.asked), text.number(told.of))
end

local function expect_text(found)
  local expect = found.expect
  if not expect then
    return "not said: any number would do"
  end
  local range = ("%s to %s people"):format(text.number(expect.min or 0),
    expect.max and text.number(expect.max) or "any number of")
  return range .. (found.expect_problem and ": NO, " .. found.expect_problem or ": yes")
end

local function add_reach(page, found)
  local kinds = found.audience.kinds
  if kinds then
    row(page, "reaches", ("%s, %s, %s"):format(text.count(kinds.user, "personal chat"),
      text.count(kinds.channel, "channel post"), text.count(kinds.chat, "group chat")))
  end
  row(page, "targeted", text.number(found.audience.targeted))
  for _, each in ipairs(found.audience.excluded) do
    row(page, "left out", ("%s %s"):format(text.number(each.count), each.reason))
  end
  if found.installs_app or found.installs then
    row(page, "app", installs_text(found))
  else
    row(page, "app", "not installed for anybody; who lacks it fails (not installed)")
  end
  row(page, "expected", expect_text(found))
end

-- In the campaign's zone, and in UTC.
local function moment(iso, shown)
  local utc = time.stamp(iso):gsub(":%d%d UTC$", " UTC")
  return shown == utc and utc or ("%s (%s)"):format(shown, utc)
end

local MISSED = { run = "a run begins at once", skip = "a run would send nothing",
  ask = "a run asks what to do" }

local function add_time(page, found)
  local when = found.time
  if not when.starts_at then
    return row(page, "starts", "never: nobody is in time")
  end
  row(page, "starts", moment(when.starts_at, when.starts_local)
    .. (when.is_missed and "; its time is past, and " .. MISSED[when.is_missed] or ""))
  row(page, "ends", ("%s; %s of sending%s"):format(moment(when.ends_at, when.ends_local),
    time.about(when.seconds), when.is_unlimited and " at Teams' limits, which are off here"
      or ""))
  if when.too_late > 0 then
    row(page, "too late", ("%s would not be reached before the deadline"):format(
      text.count(when.too_late, "recipient")))
  end
end

local function counts_text(list, name)
  local parts = {}
  for i, one in ipairs(list) do
    parts[i] = one[name] .. " " .. text.number(one.count)
  end
  return table.concat(parts, ", ")
end

local function add_failures(page, made)
  for _, one in ipairs(made.failures) do
    local names = {}
    for i, each in ipairs(one.first) do
      names[i] = who(each)
    end
    row(page, "would fail", ("%s %s: %s%s"):format(text.number(one.count), one.reason,
      table.concat(names, ", "), one.count > #names and ", …" or ""))
    if one.text and one.text ~= one.reason then
      row(page, "", one.text)
    end
  end
end

local function add_message(page, found)
  local made = found.message
  head(page, "message")
  row(page, "largest", made.largest and ("%s of %s, for %s"):format(kilobytes(made.bytes),
    kilobytes(ADVISED_BYTES), who(made.largest)) or "none")
  row(page, "made", made.is_sample and ("%s of %s: a random sample, and those with the"
    .. " longest fields"):format(text.number(made.made), text.number(made.of))
    or text.number(made.made) .. ": everybody's")
  for _, name in ipairs { "language", "variant" } do
    if #made[name .. "s"] > 0 then
      row(page, name .. "s", counts_text(made[name .. "s"], name))
    end
  end
  add_failures(page, made)
end

local MARKS = { ok = "ok", warning = "look at", ["not checked"] = "not asked" }

-- What is alike, such as a button that has another address for each person, is shown
-- once.
local function alike(list)
  local groups, known = {}, {}
  for _, one in ipairs(list) do
    local key = ("%s %s %s"):format(one.place, one.state, one.problem or "")
    local group = known[key]
    if not group then
      group = { first = one, count = 0 }
      known[key], groups[#groups + 1] = group, group
    end
    group.count = group.count + 1
  end
  return groups
end

local function add_links(page, found)
  local groups, shown = alike(found.links or {}), 0
  if #groups == 0 then
    return
  end
  head(page, "links and pictures")
  for _, state in ipairs { "warning", "not checked", "ok" } do
    for _, group in ipairs(groups) do
      local one = group.first
      if one.state == state and shown < SHOWN_LINKS then
        shown = shown + 1
        row(page, MARKS[state], ("%s %s%s%s"):format(one.kind, one.url, group.count > 1
          and (" and %s more like it"):format(text.number(group.count - 1)) or "",
          one.problem and ": " .. one.problem or ""))
      end
    end
  end
  if shown < #groups then
    row(page, "", ("and %s more"):format(text.number(#groups - shown)))
  end
end

local KNOWN = {
  new = "new in this store",
  update = "known: its new content goes to those not yet sent",
  finished = "finished, with this content",
}

local function campaign_text(found)
  local known = found.campaign
  local said = KNOWN[known.way] or known.way == "goes on" and "known: a run goes on with it"
    or known.state .. (known.why and ": " .. known.why or "")
  local counts = known.counts
  if counts then
    said = ("%s; %s of %s delivered, %s pending"):format(said, text.number(counts.delivered),
      text.number(counts.targeted), text.number(counts.pending))
  end
  return said
end

local function app_text(app)
  local parts = {}
  if app.name then
    parts[1] = app.name .. (app.version and " " .. app.version or "")
  end
  for _, part in ipairs { { "id", "catalog id" }, { "manifest_id", "manifest id" },
    { "client_id", "client id" } } do
    if app[part[1]] then
      parts[#parts + 1] = part[2] .. " " .. app[part[1]]
    end
  end
  if app.bot and app.bot ~= app.client_id then
    parts[#parts + 1] = "bot " .. app.bot
  end
  return table.concat(parts, ", ")
end

local function add_place(page, found)
  head(page, "where")
  row(page, "tenant", found.tenant)
  row(page, "cloud", found.cloud .. (found.cloud_limits and ": " .. found.cloud_limits or ""))
  row(page, "app", app_text(found.app))
  row(page, "store", found.store.path .. (found.store.is_new
    and " (new: nothing is known of earlier sends)" or ""))
  row(page, "name", ("%s: %s"):format(found.name, campaign_text(found)))
  row(page, "plan", plan_digest.short(found.digest) .. " (" .. found.digest .. ")")
end

local function add_policies(page, found)
  head(page, "how")
  for _, one in ipairs(found.policies) do
    row(page, one.name, one.text)
  end
  if found.policy then
    row(page, "policy", ("rule '%s' of %s"):format(found.policy.rule, found.policy.path))
  end
end

local SERVICES = { graph = "Graph", connector = "connector" }

local function add_calls(page, found)
  head(page, "calls")
  for _, service in ipairs { "graph", "connector" } do
    local parts = {}
    for _, one in ipairs(found.calls) do
      if one.service == service then
        parts[#parts + 1] = text.number(one.count) .. " " .. one.operation
      end
    end
    if #parts > 0 then
      row(page, SERVICES[service], table.concat(parts, ", "))
    end
  end
  local own = found.own_calls
  row(page, "this plan", ("%s token, %s Graph"):format(text.number(own.token),
    text.number(own.graph)))
end

local function add_permissions(page, found)
  local told = found.permissions
  head(page, "permissions of Microsoft Graph")
  row(page, "needed", #told.needed > 0 and table.concat(told.needed, ", ") or "none")
  if not told.missing then
    row(page, "held", "the token does not tell")
    return
  elseif #told.missing > 0 then
    row(page, "MISSING", table.concat(told.missing, ", "))
  else
    row(page, "held", "all of them")
  end
  if #told.broad > 0 then
    row(page, "too broad", table.concat(told.broad, ", "))
  end
end

local function add_warnings(page, found)
  if #found.warnings > 0 then
    head(page, "warnings")
    for _, one in ipairs(found.warnings) do
      row(page, "-", one)
    end
  end
end

-- How many of the recipients would get nothing; of a sample nobody can tell.
local function lost(found)
  local made, when = found.message, found.time
  return (made and not made.is_sample and made.failed or 0) + (when and when.too_late or 0)
end

local function title(found)
  local audience = found.audience
  if not audience or found.exit ~= 0 then
    return ("%s: nothing would be sent%s"):format(found.name, audience
      and (": a run for %s would stop"):format(text.count(audience.recipients, "recipient")) or "")
  end
  local all, gone, when = audience.recipients, lost(found), found.time
  local many = text.count(all, "recipient")
  if gone >= all and all > 0 then
    return ("%s: none of %s would get a message"):format(found.name, many)
  end
  return ("%s: %s would get a message%s"):format(found.name, gone > 0 and ("%s of %s"):format(
    text.number(all - gone), many) or many, when and ", in about "
    .. time.about(math.max(when.seconds, when.elapsed or 0)) or "")
end

local function verdict(found, file)
  if found.exit ~= 0 then
    return ("A run would stop (%d): %s"):format(found.exit, found.why or "see above"),
      found.remedy
  elseif found.campaign.state == "finished" and not found.audience then
    return "It is finished: a run would send nothing.", "crier status " .. found.name
  end
  local failing = found.message and found.message.failed or 0
  return "A run would go" .. (failing > 0 and (", and fail for %s."):format(
    text.count(failing, "person", "people")) or "."),
    ("crier run %s%s"):format(file, found.campaign.way == "update" and " --update" or "")
end

--- A plan as text.
-- @tparam table found from `crier.campaign.forecast`
-- @tparam string file of the script, for the command to type next
-- @tparam integer width columns
-- @treturn string lines
function plan.text(found, file, width)
  local page = { width = width, core.text.printable(title(found)) }
  if found.audience then
    page[#page + 1] = ""
    add_reach(page, found)
  end
  if found.message then
    add_time(page, found)
    add_message(page, found)
    add_links(page, found)
  end
  add_place(page, found)
  if found.audience then
    add_policies(page, found)
    add_calls(page, found)
    add_permissions(page, found)
  end
  add_warnings(page, found)
  local said, command = verdict(found, file)
  page[#page + 1] = ""
  for _, each in ipairs(text.wrap(core.text.printable(said), width)) do
    page[#page + 1] = each
  end
  if command then
    page[#page + 1] = "  " .. core.text.printable(command)
  end
  return table.concat(page, "\n") .. "\n"
end

return plan

--- Throughput over time: a plot, and the table of its numbers.
--
-- The bars alone are SVG, stretched to the room there is; words and numbers
-- around them are text of the page, so that a phone shows them in full size.
-- @module crier.report.plot
local html = require "crier.report.html"
local text = require "crier.format.text"

local plot = {}

local h = html.element

local SECOND, MINUTE, HOUR, DAY = 1000, 60000, 3600000, 86400000
local WIDTHS = { SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND,
  30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE,
  30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR }
local MOST = 60 -- bars

--- How to cut a span of time into at most 61 pieces of a round width.
-- @tparam integer first milliseconds since 1970
-- @tparam integer last
-- @treturn integer where the first piece begins
-- @treturn integer their width, milliseconds
-- @treturn integer how many
function plot.pieces(first, last)
  local width
  for _, each in ipairs(WIDTHS) do
    if (last - first) / each <= MOST then
      width = each
      break
    end
  end
  width = width or math.ceil((last - first) / MOST / DAY) * DAY
  local from = first - first % width
  return from, width, math.floor((last - from) / width) + 1
end

-- The least of 1, 2, 2.5, 5, 10, 20, … that is not below a number.
local function ceiling(n)
  local power = 10 ^ math.floor(math.log(math.max(n, 1e-9)) / math.log(10))
  for _, factor in ipairs { 1, 2, 2.5, 5, 10 } do
    if factor * power >= n * (1 - 1e-9) then
      return factor * power
    end
  end
  return 10 * power
end

local function clock(at, width, span)
  local form = width < MINUTE and "!%H:%M:%S" or "!%H:%M"
  return os.date((span >= DAY and form:gsub("!", "!%%Y-%%m-%%d ") or form),
    math.floor(at / 1000))
end

local function rate_text(rate)
  return rate >= 100 and text.number(rate) or ("%.3g"):format(rate)
end

-- What the plot says, as data.
local function scale(data)
  local most = 0
  for _, row in ipairs(data.rows) do
    most = math.max(most, row.count)
  end
  local unit_ms, unit = SECOND, "a second"
  if most / data.width * SECOND < 1 then
    unit_ms, unit = MINUTE, "a minute"
  end
  if most / data.width * MINUTE < 1 then
    unit_ms, unit = HOUR, "an hour"
  end
  return { unit = unit, rate = function(count)
    return count / data.width * unit_ms
  end, peak = most, top = ceiling(most / data.width * unit_ms) }
end

local function bars(data, scaled)
  local drawn = {}
  for _, row in ipairs(data.rows) do
    local tall = scaled.rate(row.count) / scaled.top * 100
    drawn[#drawn + 1] = h("rect", { class = "bar", x = ("%.2f"):format(
      row.bucket + 0.08), y = ("%.2f"):format(100 - tall), width = "0.84",
      height = ("%.2f"):format(tall) })
  end
  return drawn
end

local function gridlines(data)
  local lines = {}
  for i, y in ipairs { 0, 50, 100 } do
    lines[i] = h("line", { class = "grid", x1 = 0, y1 = y,
      x2 = ("%d"):format(data.count), y2 = y })
  end
  return lines
end

local function numbers(data, scaled, span)
  local rows = {}
  for i, row in ipairs(data.rows) do
    rows[i] = h("tr", nil,
      h("th", { scope = "row" },
        clock(data.from + row.bucket * data.width, data.width, span)),
      h("td", nil, text.number(row.count)),
      h("td", nil, rate_text(scaled.rate(row.count))))
  end
  return h("details", nil, h("summary", nil, "The numbers of this plot"),
    h("table", nil, h("caption", nil, "Messages accepted by Teams, over time"),
      h("thead", nil, h("tr", nil, h("th", { scope = "col" }, "From (UTC)"),
        h("th", { scope = "col" }, "Messages"),
        h("th", { scope = "col" }, scaled.unit))),
      h("tbody", nil, rows)))
end

--- Draws the plot.
-- @tparam table data `from`, `width` (milliseconds), `count` (pieces), `rows`
--   (array of `{ bucket =, count = }`)
-- @treturn table an element
function plot.draw(data)
  local scaled, span = scale(data), data.count * data.width
  local last = data.from + span
  local said = ("Between %s and %s UTC at most %s messages %s, reckoned over"
    .. " %s."):format(clock(data.from, data.width, span),
    clock(last, data.width, span), rate_text(scaled.rate(scaled.peak)),
    scaled.unit, plot.width_text(data.width))
  return h("figure", { class = "plot" },
    h("figcaption", nil, "Messages " .. scaled.unit
      .. ", over time (UTC)"),
    h("div", { class = "frame" },
      h("div", { class = "ys", ["aria-hidden"] = "true" },
        h("span", nil, rate_text(scaled.top)),
        h("span", nil, rate_text(scaled.top / 2)), h("span", nil, "0")),
      h("svg", { viewBox = ("0 0 %d 100"):format(data.count), role = "img",
        preserveAspectRatio = "none", ["aria-label"] = said },
        gridlines(data), bars(data, scaled)),
      h("div", { class = "xs", ["aria-hidden"] = "true" },
        h("span", nil, clock(data.from, data.width, span)),
        h("span", nil, clock(last, data.width, span)))),
    h("p", { class = "note" }, said),
    numbers(data, scaled, span))
end

--- A width of time in words.
-- @tparam integer ms
-- @treturn string such as `30 s`, `1 min`, `6 h`
function plot.width_text(ms)
  for _, unit in ipairs { { DAY, "d" }, { HOUR, "h" }, { MINUTE, "min" } } do
    if ms >= unit[1] then
      return ("%d %s"):format(ms / unit[1], unit[2])
    end
  end
  return ("%d s"):format(ms / SECOND)
end

return plot

--- Counters, gauges and histograms, and the text in which they are read.
--
-- Format: "Exposition formats" of Prometheus, text format 0.0.4.
-- @module crier.metrics.registry
local registry = {}

local registry_methods = {}
local registry_mt = { __name = "crier.metrics.registry", __index = registry_methods }

local family_methods = {}
local family_mt = { __index = family_methods }

local SEPARATOR = "\31"
local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }

-- Integers without a point, everything else so that nothing is lost.
local function number(value)
  if value % 1 == 0 and value > -2 ^ 53 and value < 2 ^ 53 then
    return ("%.0f"):format(value)
  elseif value ~= value then
    return "NaN"
  elseif value == math.huge or value == -math.huge then
    return value > 0 and "+Inf" or "-Inf"
  end
  local short = ("%.15g"):format(value)
  return tonumber(short) == value and short or ("%.17g"):format(value)
end

local function labels_text(names, values)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = ('%s="%s"'):format(name, (tostring(values[i]):gsub('[\\"\n]', ESCAPES)))
  end
  return table.concat(parts, ",")
end

-- The series of some label values, made when first named.
local function series_of(self, ...)
  local key = table.concat({ ... }, SEPARATOR)
  local found = self.series[key]
  if not found then
    found = { labels = labels_text(self.labels, { ... }), value = 0 }
    self.series[key] = found
  end
  return found
end

--- Adds to a counter or gauge.
-- @tparam number amount
-- @param ... the values of its labels
function family_methods:add(amount, ...)
  local found = series_of(self, ...)
  found.value = found.value + amount
end

--- Sets a gauge.
-- @tparam number value
-- @param ... the values of its labels
function family_methods:set(value, ...)
  series_of(self, ...).value = value
end

--- Forgets all series: what is not set again is not told again.
function family_methods:clear()
  self.series = {}
end

--- Notes one value of a histogram.
-- @tparam number value
-- @param ... the values of its labels
function family_methods:observe(value, ...)
  local found = series_of(self, ...)
  found.counts = found.counts or {}
  local slot = #self.bounds + 1
  for i, bound in ipairs(self.bounds) do
    if value <= bound then
      slot = i
      break
    end
  end
  found.counts[slot] = (found.counts[slot] or 0) + 1
  found.value = found.value + value
end

local function sample(lines, name, labels, value)
  lines[#lines + 1] = labels == "" and ("%s %s"):format(name, number(value))
    or ("%s{%s} %s"):format(name, labels, number(value))
end

local function write_histogram(self, lines, found)
  local sum = 0
  local comma = found.labels == "" and "" or ","
  for i = 1, #self.bounds + 1 do
    sum = sum + (found.counts[i] or 0)
    local bound = self.bounds[i]
    sample(lines, self.name .. "_bucket", ('%s%sle="%s"'):format(found.labels, comma,
      bound and number(bound) or "+Inf"), sum)
  end
  sample(lines, self.name .. "_sum", found.labels, found.value)
  sample(lines, self.name .. "_count", found.labels, sum)
end

local function write_family(self, lines)
  local keys = {}
  for key in pairs(self.series) do
    keys[#keys + 1] = key
  end
  if #keys == 0 then
    return
  end
  table.sort(keys)
  lines[#lines + 1] = ("# HELP %s %s"):format(self.name, self.help)
  lines[#lines + 1] = ("# TYPE %s %s"):format(self.name, self.kind)
  for _, key in ipairs(keys) do
    local found = self.series[key]
    if self.bounds then
      write_histogram(self, lines, found)
    else
      sample(lines, self.name, found.labels, found.value)
    end
  end
end

--- Makes an empty registry.
-- @treturn crier.metrics.registry
function registry.new()
  return setmetatable({ families = {} }, registry_mt)
end

--- Adds a family of series.
-- @tparam string kind `counter`, `gauge` or `histogram`
-- @tparam string name
-- @tparam string help one line
-- @tparam ?{string,...} labels names
-- @tparam ?{number,...} bounds of a histogram's buckets, rising
-- @treturn table with `add`, `set`, `clear`, `observe`
function registry_methods:family(kind, name, help, labels, bounds)
  local made = setmetatable({ kind = kind, name = name, help = help, labels = labels or {},
    bounds = bounds, series = {} }, family_mt)
  self.families[#self.families + 1] = made
  return made
end

--- All of it as text; families without a series are left out.
-- @treturn string
function registry_methods:text()
  local lines = {}
  for _, family in ipairs(self.families) do
    write_family(family, lines)
  end
  lines[#lines + 1] = ""
  return table.concat(lines, "\n")
end

return registry

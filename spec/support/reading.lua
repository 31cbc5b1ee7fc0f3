--- Reads audiences into a stage of their own, from a directory that is given.
local audience_stage = require "crier.audience.stage"
local directory = require "support.directory"
local loop = require "crier.loop"
local person = require "crier.audience.person"
local reader = require "crier.audience.reader"

local reading = {}

local CLOCK = { now_ms = function() return 0 end }
local TRANSPORT = { submit = function() end, step = function() return {} end }

local reading_methods = {}
local reading_mt = { __index = reading_methods }

--- Makes one.
function reading.new()
  return setmetatable({ stage = audience_stage.new() }, reading_mt)
end

--- Reads an audience.
-- @tparam crier.audience node
-- @param graph see `support.directory`
-- @tparam ?table options `files` (texts by name), or `open` (gives a function that
--   reads any of them); `journal`, `tenant`, `name`
-- @treturn table its rows, the first 10,000, or nil, message, code, outcome; the set
--   is `set`
-- @treturn integer how many people were counted
function reading_methods:read(node, graph, options)
  options = options or {}
  local stage = self.stage
  local prepared, message, code = reader.prepare(node, stage, {
    files = options.open and { open_csv = options.open }
      or directory.files(options.files or {}), journal = options.journal,
    tenant = options.tenant, name = options.name })
  if not prepared then
    return nil, message, code
  end
  local function exclude(set)
    stage:exclude(set, function(flags) return person.exclusion(flags, {}) end)
  end
  local machine, count = loop.new { transport = TRANSPORT, clock = CLOCK }, 0
  local results = { machine:run(function()
    return reader.resolve(node, { stage = stage, prepared = prepared,
      client = { graph = graph, loop = machine }, select = reader.selected(node),
      progress = function(more) count = count + more end,
      exclude = exclude, exclude_default = exclude })
  end) }
  if not results[1] then
    return nil, results[2], results[3], results[4]
  end
  self.set = results[1]
  return stage:people(self.set, "", 10000), count
end

--- Reads an audience; gives keys (without `user:`, an id by its letter) and
-- reasons.
function reading_methods:keys(...)
  local found = {}
  for i, row in ipairs(assert(self:read(...))) do
    local key = row.key:gsub("^user:", "")
    local letter = key:sub(1, 1)
    found[i] = (key == directory.id(letter) and letter or key)
      .. (row.excluded and " " .. row.excluded or "")
  end
  return found
end

--- Ends it.
function reading_methods:close()
  self.stage:close()
end

return reading

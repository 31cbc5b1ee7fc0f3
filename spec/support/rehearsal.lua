-- Runs campaigns against the simulator inside this process, under a virtual
-- clock: hours of sending pass in a moment, and nothing depends on timing.
local cjson = require "cjson"
local campaign_run = require "crier.campaign.run"
local compare = require "support.compare"
local forecast = require "crier.campaign.forecast"
local journal = require "crier.journal"
local row_view = require "crier.report.row"
local shell = require "support.shell"
local simulator = require "crier.simulator"
local transport = require "crier.simulator.transport"

local rehearsal = {}

local START_MS = 1800000000000

local rehearsal_methods = {}
local rehearsal_mt = { __index = rehearsal_methods }

-- A new folder with a script, its files and its store.
local function folder(files)
  local path = shell.folder()
  for name, text in pairs(files) do
    local file = assert(io.open(path .. "/" .. name, "wb"))
    file:write(text)
    file:close()
  end
  return path
end

--- Makes a rehearsal.
-- @tparam table files by name; "campaign.lua" is the script
-- @tparam table options of the simulator, `env` (more environment)
function rehearsal.new(files, options)
  local self = setmetatable({ path = folder(files), options = options }, rehearsal_mt)
  self.simulator = assert(simulator.new(options))
  self.clock = transport.clock(START_MS)
  self.transport =
    transport.new { simulator = self.simulator, clock = self.clock }
  self.env = self.simulator:environment "http://127.0.0.1:1"
  self.env.CRIER_STORE = "sqlite:" .. self.path .. "/crier.db"
  for name, value in pairs(options.env or {}) do
    self.env[name] = value
  end
  return self
end

--- Puts another service in the place of the one that answered so far.
function rehearsal_methods:serve(options)
  self.simulator = assert(simulator.new(options))
  self.transport =
    transport.new { simulator = self.simulator, clock = self.clock }
end

--- Writes a file of the folder anew.
function rehearsal_methods:write(name, text)
  local file = assert(io.open(self.path .. "/" .. name, "wb"))
  file:write(text)
  file:close()
end

local function face(self)
  return {
    is_interactive = function() return false end,
    began = function(_, info) self.info = info end,
    reading = function() end,
    confirm = function(_, question)
      self.question = question
      if self.options.confirm then
        return true
      end
      return nil, { exit = 64, why = "not confirmed" }
    end,
    started = function(_, work)
      self.work = work
      if self.options.started then
        self.options.started(work, self)
      end
    end,
    log = function(entry)
      self.logged = self.logged or {}
      self.logged[#self.logged + 1] = entry
    end,
  }
end

--- Runs the script, or goes on with a stored campaign.
-- @treturn table the ending
function rehearsal_methods:run(more)
  local options = {
    path = self.path .. "/campaign.lua",
    face = face(self),
    getenv = function(name) return self.env[name] end,
    transport = self.transport,
    clock = self.clock,
  }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  if options.stored then
    options.path = nil
  end
  local work = campaign_run.new(options)
  self.running = work
  local ending = work:go()
  work:close()
  return ending
end

--- Plans the script.
-- @treturn table what was found
function rehearsal_methods:plan(more)
  local shown = face(self)
  shown.agree = function(_, said, is_cheap)
    self.asked = said
    return self.options.agree or is_cheap
  end
  local options = { path = self.path .. "/campaign.lua", face = shown,
    getenv = function(name) return self.env[name] end,
    transport = self.transport, clock = self.clock }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  local work = forecast.new(options)
  local found = work:go()
  work:close()
  return found
end

--- The store, opened anew.
function rehearsal_methods:open()
  return assert(journal.open(self.path .. "/crier.db"))
end

--- The rows of the export.
function rehearsal_methods:rows(name)
  local store = self:open()
  local found, after = {}, 0
  local row = assert(store.campaigns:find(name))
  while after do
    local page = store.targets:page(row.id, after, 500)
    for _, each in ipairs(page) do
      local made = row_view.make(each)
      for _, column in ipairs(row_view.columns) do
        if made[column] == nil then
          made[column] = cjson.null
        end
      end
      found[#found + 1] = made
    end
    after = #page > 0 and page[#page].id
  end
  store:close()
  return found
end

--- What the simulator delivered.
function rehearsal_methods:deliveries()
  local found = {}
  local response = self.simulator:answer(
    { method = "GET", url = "http://127.0.0.1:1/_sandbox/deliveries", headers = {} },
    self.clock.now_ms())
  for line in response.body:gmatch "[^\n]+" do
    found[#found + 1] = cjson.decode(line)
  end
  return found
end

--- The simulator's counts.
function rehearsal_methods:stats()
  return cjson.decode(self.simulator:answer(
    { method = "GET", url = "http://127.0.0.1:1/_sandbox/stats", headers = {} },
    self.clock.now_ms()).body)
end

--- Ledger against deliveries.
function rehearsal_methods:compare(name, most)
  return compare.rows(self:rows(name), self:deliveries(), most)
end

--- Removes the folder.
function rehearsal_methods:close()
  os.execute("rm -rf " .. self.path)
end

return rehearsal

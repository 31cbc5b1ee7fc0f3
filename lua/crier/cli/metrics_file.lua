--- Keeps a file with a run's metrics, for the textfile collector of Prometheus' node
-- exporter.
-- @module crier.cli.metrics_file
local metrics = require "crier.metrics"
local page_file = require "crier.cli.page_file"

local metrics_file = {}

local metrics_file_methods = {}
local metrics_file_mt = { __index = metrics_file_methods }

local EVERY_MS = 15000

--- Makes the file.
-- @tparam string path
-- @treturn[1] table with `metrics`, `follow`, `write`
-- @treturn[2] nil
-- @treturn[2] string message
function metrics_file.new(path)
  local self = setmetatable({ path = path, metrics = metrics.new() }, metrics_file_mt)
  local ok, message = page_file.put(path, self.metrics:text())
  if not ok then
    return nil, message
  end
  return self
end

--- Writes what is known now.
-- @tparam crier.campaign.run run
-- @tparam ?boolean is_over the run has ended: it holds its lane no longer
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
function metrics_file_methods:write(run, is_over)
  return page_file.put(self.path,
    self.metrics:text(run.client, run.lane ~= nil and not is_over))
end

--- Writes it again and again while a run goes on. A disk that is full for a while
-- must not stop a campaign: the next time may succeed, and the last one tells.
-- @tparam crier.campaign.run run
function metrics_file_methods:follow(run)
  local function tick()
    self:write(run)
    run.loop:at(run.loop:now() + EVERY_MS, tick)
  end
  run.loop:at(run.loop:now() + EVERY_MS, tick)
end

return metrics_file

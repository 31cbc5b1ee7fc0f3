--- The doctor's own client: it tries once more, soon, as a person waits.
-- @module crier.doctor.connection
local client = require "crier.client"

local connection = {}

local TRIES, PAUSE_S = 2, 1

local function policy(outcome, attempt)
  if outcome.kind == "transient" and attempt < TRIES then
    return PAUSE_S
  end
  return nil, outcome.reason
end

--- Makes one.
-- @tparam table context `loop`, `config`, `log`
-- @tparam ?table changes settings that differ from those of the context
-- @treturn crier.client
function connection.new(context, changes)
  return client.new {
    loop = context.loop,
    config = changes and setmetatable(changes, { __index = context.config })
      or context.config,
    log = context.log,
    retry = policy,
  }
end

return connection

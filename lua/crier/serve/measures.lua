--- `GET /metrics`: what Prometheus reads of a serving process and of its store.
-- @module crier.serve.measures
local measures = {}

local TYPE = { ["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8" }
-- A campaign that another process carries out is counted so often, and so many of the
-- newest are told of.
local EVERY_MS, MOST = 60000, 50

-- Counts the campaigns that this process does not carry out itself.
local function count(service, counted)
  local now = service.loop:now()
  for i, row in ipairs(service.journal.campaigns:list()) do
    if i > MOST then
      break
    end
    local is_here = service.worker.jobs[row.name] ~= nil or row.action == "message"
    local before = counted[row.name]
    local is_same = before and row.finished_at and before.finished_at == row.finished_at
    if not is_here and not is_same and (not before or now - before.at >= EVERY_MS) then
      service.metrics:ledger(row.name, service.journal.targets:states(row.id))
      counted[row.name] = { at = now, finished_at = row.finished_at }
    end
  end
end

--- Adds the route. It names nobody, and needs no key.
-- @tparam crier.serve server
-- @tparam crier.serve.service service
function measures.add(server, service)
  local counted = {}
  server:on("GET", "/metrics", function()
    count(service, counted)
    service.metrics:received(service.bot.counts)
    return { status = 200, headers = TYPE,
      body = service.metrics:text(service.worker.client, service.worker.is_holding) }
  end)
end

return measures

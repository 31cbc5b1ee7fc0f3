--- Many calls in few requests, each with its own outcome ("Combine multiple HTTP
-- requests using JSON batching").
--
-- A batch saves round trips and no quota: each part waits for a slot of its own
-- budget, and each part's 429 pauses that budget.
-- @module crier.graph.batch
local budget = require "crier.budget"
local core = require "crier.core"
local waiting = require "crier.waiting"

local batch = {}

local MOST_PARTS = 20
-- Parts of one request together, well below what a request may have.
local MOST_BYTES = 768 * 1024

local function size_of(request)
  return 2 * #request.url + math.ceil(#(request.body or "") * 4 / 3) + 512
end

-- Takes the next parts that fit into one request, each with a slot of its own.
local function take(run)
  local client, chunk, bytes = run.client, {}, 0
  while #chunk < MOST_PARTS and run.due[1] do
    local part = run.due[1]
    bytes = bytes + size_of(part.request)
    if #chunk > 0 and bytes > MOST_BYTES then
      break
    end
    part.slot = waiting.slot(client, part.request.operation)
    chunk[#chunk + 1] = table.remove(run.due, 1)
  end
  return chunk
end

local function report(client, part, answered)
  if not part.slot then
    return
  end
  client.pacer[answered and "answered" or "lost"](client.pacer, part.slot,
    client.loop:now())
  part.slot = nil
end

-- A 429, or a 503 with a time, pauses the part's own budget.
local function hold_back(client, part, outcome)
  if outcome.kind == "throttled" then
    client.throttled = client.throttled + 1
  end
  local classes = budget.of[part.request.operation]
  if classes and (outcome.kind == "throttled" or outcome.retry_after_ms) then
    client.pacer:throttled(client.loop:now(), outcome.retry_after_ms, classes[1],
      client.lane)
  end
end

local function settle(run, part, outcome, response)
  local client = run.client
  part.outcome, part.response = outcome, response
  if outcome.kind == "ok" or outcome.kind == "already" then
    return
  elseif outcome.kind == "transient" and not response.sent then
    part.silent = part.silent + 1
  elseif outcome.kind == "transient" then
    part.tries, part.silent = part.tries + 1, 0
  end
  local again, delay_ms = waiting.try_again(client, part.request, outcome,
    part.tries, part.silent)
  if again then
    run.failed[#run.failed + 1] = part
    run.delay_ms = math.max(run.delay_ms, delay_ms)
    run.waiting_for = outcome
  end
end

local function send(run, chunk)
  local client, requests = run.client, {}
  for i, part in ipairs(chunk) do
    requests[i] = part.request
    if part.slot then
      client.pacer:departed(part.slot, client.loop:now())
    end
  end
  local outer, answer =
    waiting.once(client, assert(client.build.graph:batch(requests)))
  local responses = outer.kind == "ok"
    and core.graph.batch_responses(answer.body, #chunk)
  for i, part in ipairs(chunk) do
    report(client, part, answer.status ~= nil)
    local outcome, response = outer, answer
    if outer.kind == "ok" then
      response = responses and responses[i] or { sent = true, error = "NO_PART",
        message = "the answer is none of a batch" }
      outcome = core.outcome.classify(part.request, response, client.loop:now())
      outcome.generation = outer.generation
      hold_back(client, part, outcome)
    end
    settle(run, part, outcome, response)
  end
end

-- Whether each of them can be a part; raises when one never may.
local function check(client, requests)
  if type(requests) ~= "table" then
    error("graph:batch takes a list of requests", 3)
  end
  for i, request in ipairs(requests) do
    local ok, built, message, code = pcall(client.build.graph.batch,
      client.build.graph, { request })
    if not ok then
      error(("graph:batch, request %d: %s"):format(i, built), 3)
    elseif not built then
      return nil, ("request %d: %s"):format(i, message), code
    end
  end
  return true
end

--- Sends requests, 20 at a time, until each has its final outcome: what failed
-- and can be repeated goes again, without the others, after the longest wait
-- that any of them asked for. Call inside a task.
-- @tparam crier.client client
-- @tparam table requests array of what `client.build.graph` made; none may
--   deliver to people, since a batch that is repeated would deliver twice
-- @treturn[1] table array of `{ outcome =, response = }` in the order given
-- @treturn[2] nil when one of them cannot be part of a batch; nothing was sent
-- @treturn[2] string message
-- @treturn[2] string code
-- @raise if one delivers, is no request to Graph, or has another token
function batch.send(client, requests)
  local ok, message, code = check(client, requests)
  if not ok then
    return nil, message, code
  end
  local parts, run = {}, { client = client, due = {} }
  for i, request in ipairs(requests) do
    parts[i] = { request = request, tries = 0, silent = 0 }
    run.due[i] = parts[i]
  end
  while #run.due > 0 do
    run.failed, run.delay_ms = {}, 0
    while #run.due > 0 do
      send(run, take(run))
    end
    if #run.failed > 0 then
      client.waiting_for = run.waiting_for
      client.loop:sleep(run.delay_ms)
      client.waiting_for = nil
    end
    run.due = client:is_unreachable() and {} or run.failed
  end
  local answers = {}
  for i, part in ipairs(parts) do
    answers[i] = { outcome = part.outcome, response = part.response }
  end
  return answers
end

return batch

--- The Microsoft cloud in miniature: a deterministic machine.
-- Given a request and the time it tells the response and when it leaves. It
-- opens no socket, reads no clock and draws no lots: the same seed and the
-- same requests give the same answers.
--
--     request -> router -> token check -> cut-before -> limits -> faults
--             -> identity | users | catalog | installs | connector
--             -> faults that lose the answer -> response
--
-- @module crier.simulator
local answers = require("crier.simulator.answers")
local catalog = require("crier.simulator.catalog")
local connector = require("crier.simulator.connector")
local deliveries = require("crier.simulator.deliveries")
local encoding = require("crier.simulator.encoding")
local faults = require("crier.simulator.faults")
local identity = require("crier.simulator.identity")
local installs = require("crier.simulator.installs")
local limits = require("crier.simulator.limits")
local people = require("crier.simulator.people")
local random = require("crier.simulator.random")
local router = require("crier.simulator.router")
local settings = require("crier.simulator.settings")
local users = require("crier.simulator.users")

local simulator = {}

local simulator_methods = {}
local simulator_mt = { __name = "crier.simulator", __index = simulator_methods }

local DOMAIN = "northwind.example"
local LARGEST_SEED = 4294967295
-- The budget that each operation spends from.
local BUDGETS = { create = "connector", send = "connector", install = "install",
  installation = "apps_read", catalog = "apps_read", chat = "apps_read", users = "users_units",
  user = "users_units" }
local DIRECTORY = { users = true, user = true }

--- Makes a simulator.
-- @tparam table options
-- @tparam number options.users how many people the tenant has
-- @tparam[opt=1] number options.seed whole, 0 to 2^32-1
-- @tparam[opt="teams"] string options.limits `teams`, or `off`
-- @tparam[opt="bucket"] string options.window `bucket`, `fixed` or `sliding`
-- @tparam ?table options.latency `{ ms =, jitter_ms = }` of each answer
-- @tparam ?string options.faults see `crier.simulator.faults`
-- @tparam[opt=0] number options.installed share of people who have the app
-- @tparam[opt=300] number options.install_delay_ms how long at most a new
-- installation does not show
-- @tparam[opt=3599] number options.token_lifetime_s
-- @tparam[opt=true] boolean options.keep_deliveries false: they are counted
-- but not kept, which takes no memory for their text
-- @treturn[1] crier.simulator
-- @treturn[2] nil
-- @treturn[2] string message, one line
-- @treturn[2] string `OPTION_REFUSED` or `FAULTS_REFUSED`
function simulator.new(options)
  local wrong = settings.flaw(options)
  if wrong then
    return nil, wrong, "OPTION_REFUSED"
  end
  local seed = options.seed or 1
  local drawn, message, code = faults.parse(options.faults, seed)
  if not drawn then
    return nil, message, code
  end
  local function guid(nth)
    return random.guid(random.hash(seed, 900, nth) * 61 % LARGEST_SEED, seed, 4e9 + nth)
  end
  local self = setmetatable({ seed = seed, users = options.users, faults = drawn,
    latency = { ms = options.latency and options.latency.ms or 0,
      jitter_ms = options.latency and options.latency.jitter_ms or 0 },
    tenant = guid(1), client_id = guid(2), manifest_id = guid(3), catalog_id = guid(4),
    -- with every character that a form must escape
    secret = "Sbx8Q~" .. random.letters(28, seed, 4e9) .. "+/=&",
    answered = 0, drawn = 0, counts = {} }, simulator_mt)
  self.people = people.new({ users = options.users, seed = seed, domain = DOMAIN })
  self.limits = limits.new({ users = options.users, limits = options.limits,
    window = options.window })
  self.deliveries = deliveries.new({ is_kept = options.keep_deliveries ~= false })
  self.catalog = catalog.new(self)
  self.identity = identity.new({ seed = seed, tenant = self.tenant, client_id = self.client_id,
    secret = self.secret, faults = drawn, token_lifetime_s = options.token_lifetime_s })
  self.installs = installs.new({ seed = seed, people = self.people, faults = drawn,
    catalog = self.catalog, client_id = self.client_id, installed = options.installed,
    install_delay_ms = options.install_delay_ms })
  self.connector = connector.new({ seed = seed, tenant = self.tenant, client_id = self.client_id,
    people = self.people, faults = drawn, installs = self.installs,
    deliveries = self.deliveries })
  return self
end

--- Tells the environment in which a program talks to this simulator.
-- @tparam string origin where it is served, such as `http://127.0.0.1:8080`
-- @treturn table values by variable
function simulator_methods:environment(origin)
  return { AZURE_TENANT_ID = self.tenant, AZURE_CLIENT_ID = self.client_id,
    AZURE_CLIENT_SECRET = self.secret, AZURE_AUTHORITY_HOST = origin,
    CRIER_APP_ID = self.manifest_id, CRIER_GRAPH_URL = origin,
    CRIER_CONNECTOR_URL = origin .. "/teams/",
    CRIER_LIMITS = self.limits.is_off and "off" or nil }
end

--- Tells what has happened: counts by operation and status, violations and
-- highest rates by budget, deliveries, and how many people they reached.
-- @treturn table
function simulator_methods:stats()
  local operations = {}
  for operation, counts in pairs(self.counts) do
    operations[operation] = {}
    for status, n in pairs(counts) do
      operations[operation][type(status) == "number" and ("%d"):format(status) or status] = n
    end
  end
  return { operations = operations, violations = self.limits.violations,
    highest = self.limits.highest, limits = self.limits.is_off and "off" or "teams",
    window = self.limits.kind, users = self.users, seed = self.seed,
    deliveries = self.deliveries.count, recipients = self.deliveries.recipients }
end

local function sandbox(self, operation, query)
  if operation == "stats" then
    return answers.json(200, encoding.json(self:stats()) .. "\n")
  end
  local form = encoding.parse_form(query)
  local after, limit = tonumber(form.after), tonumber(form.limit)
  return { status = 200, headers = { ["content-type"] = "application/jsonl; charset=utf-8" },
    body = self.deliveries:text(after, limit) }
end

local function unknown(method, path, service)
  local message = ("There is no %s %s here."):format(method, path)
  if service == "connector" then
    return answers.connector(404, "NotFound", message)
  end
  return answers.graph(404, "NotFound", message)
end

local function no_permission(operation)
  if DIRECTORY[operation] then
    return answers.graph(403, "Authorization_RequestDenied",
      "Insufficient privileges to complete the operation.")
  end
  return answers.graph(403, "Forbidden", "Missing role permissions on the request. API requires"
    .. " one of 'TeamsAppInstallation.ReadWriteSelfForUser.All'. Roles on the request ''.")
end

-- Fills in what a call is about: the person, the parsed query or body.
local function examine(self, call, request)
  local operation = call.operation
  if operation == "send" then
    call.k, call.generation = self.connector:find(call.about)
  elseif operation == "create" then
    call.parsed, call.k = self.connector:member(request.body)
  elseif call.service == "graph" then
    call.query = encoding.parse_form(call.raw_query)
    if call.about and operation ~= "catalog" then
      call.k = self.people:find(call.about)
    elseif operation == "users" then
      call.page = tonumber((call.query["$skiptoken"] or ""):match("(%d+)x?$"))
    end
  end
end

local function work(self, call, request, now_ms)
  local operation = call.operation
  if operation == "send" then
    return self.connector:send(call.about, call.k, call.generation, request.body, now_ms)
  elseif operation == "create" then
    return self.connector:create(call.parsed, call.k, now_ms)
  elseif operation == "token" then
    return self.identity:answer(call.about, request, now_ms)
  elseif self.faults:has("consent", 0) then
    return no_permission(operation)
  elseif operation == "users" then
    return users.list(self.people, call.query, request.headers, call.origin)
  elseif operation == "user" then
    return users.get(self.people, call.k, call.about, call.query)
  elseif operation == "install" then
    return self.installs:install(call.k, call.about, request.body, now_ms)
  elseif operation == "installation" then
    return self.installs:list(call.k, call.about, call.query, now_ms)
  elseif operation == "chat" then
    return self.installs:chat(call.k, call.installation, now_ms)
  elseif call.about then
    return self.catalog:get(call.about, call.query)
  end
  return self.catalog:list(call.query)
end

-- How long until the limits let a call in, whole seconds; nil when they do.
local function wait_s(self, call, now_ms)
  local budget = BUDGETS[call.operation]
  if not budget then
    return nil
  end
  local cost = DIRECTORY[call.operation] and users.cost(call.query, call.operation == "users") or 1
  return self.limits:admit(now_ms, budget, cost, call.service == "connector" and call.k or nil)
end

-- Answers a call that a fault may befall.  Returns response, extra_ms, events.
local function serve(self, call, request, now_ms)
  local fault, extra_ms = self.faults:draw(call.operation, call.k or call.page or 0)
  if fault == "cut-before" then
    return { cut = "before" }
  end
  local retry_after_s = wait_s(self, call, now_ms)
  if retry_after_s then
    return answers.throttled(call.service, retry_after_s)
  end
  local status, is_after = (fault or ""):match("^(%d%d%d)(.*)$")
  status = tonumber(status)
  if status and is_after == "" then
    return answers.injected(call.service, status, self.answered)
  end
  local response, events = work(self, call, request, now_ms)
  if status then
    response = answers.injected(call.service, status, self.answered)
  elseif fault == "cut-after" then
    response = { cut = "after" }
  end
  return response, extra_ms, events
end

local REQUEST_ID = { token = "x-ms-request-id", graph = "request-id",
  connector = "x-correlating-operationid" }

local function record(self, call, response)
  local outcome = response.status or "cut-" .. response.cut
  local counts = self.counts[call.operation]
  if not counts then
    counts = {}
    self.counts[call.operation] = counts
  end
  counts[outcome] = (counts[outcome] or 0) + 1
  if response.headers then
    response.headers[REQUEST_ID[call.service]] =
      ("%08x-5bc1-4000-8000-%012x"):format(self.seed, self.answered)
  end
end

--- Answers a request that arrives now, without the latency.
-- @tparam table request `{ method =, path = or url =, query =, headers =
-- (lower-case names), body = }`
-- @tparam number now_ms Unix time in milliseconds; must not go back
-- @treturn table response `{ status =, headers =, body = }`, or
-- `{ cut = "before"|"after" }`: the connection closes without an answer,
-- before or after the work was done
-- @treturn number by how many milliseconds this answer is slower than others
-- @treturn ?table events what the bot would be told of
-- @treturn ?boolean true for a question about the sandbox itself
function simulator_methods:answer(request, now_ms)
  local path, query, origin = request.path, request.query, nil
  if not path then
    origin, path, query = request.url:match("^(%a+://[^/?]+)([^?]*)%??(.*)$")
  end
  local operation, service, about, installation = router.find(request.method, path)
  if service == "sandbox" and operation then
    return sandbox(self, operation, query), 0, nil, true
  elseif not operation then
    return unknown(request.method, path, service), 0
  end
  self.answered = self.answered + 1
  local call = { operation = operation, service = service, about = about,
    installation = installation, raw_query = query,
    origin = origin or "http://" .. (request.headers.host or "graph.microsoft.com") }
  local wrong = service ~= "token"
    and self.identity:refusal(request.headers.authorization, service, now_ms)
  local response, extra_ms, events
  if wrong then
    response = answers.unauthorized(service, wrong)
  else
    examine(self, call, request)
    response, extra_ms, events = serve(self, call, request, now_ms)
  end
  record(self, call, response)
  return response, extra_ms or 0, events
end

--- Draws the latency of the next answer.
-- @treturn number milliseconds: the latency, give or take the jitter
function simulator_methods:draw_latency()
  local latency = self.latency
  if latency.jitter_ms == 0 then
    return latency.ms
  end
  self.drawn = self.drawn + 1
  local u = random.unit(self.seed, 911, self.drawn)
  return latency.ms + (2 * u - 1) * latency.jitter_ms
end

--- Answers a request that arrives now.
-- @tparam table request as of `answer`
-- @tparam number now_ms
-- @treturn table response as of `answer`
-- @treturn number when the answer leaves, milliseconds from now
-- @treturn ?table events
function simulator_methods:step(request, now_ms)
  local response, extra_ms, events, is_own = self:answer(request, now_ms)
  if is_own then
    return response, 0 -- who looks on changes nothing
  end
  return response, self:draw_latency() + extra_ms, events
end

return simulator

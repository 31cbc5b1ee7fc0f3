--- The Microsoft cloud in miniature: a deterministic machine.
-- Given a request and the time it tells the response and when it leaves. It
-- opens no socket, reads no clock and draws no lots: the same seed and the
-- same requests give the same answers.
--
--     request -> router -> token check -> cut-before -> limits -> faults
--             -> roles -> noun -> faults that lose the answer -> response
--
-- A noun is a file that answers for one thing of the cloud: see
-- `crier.simulator.router` for its form.
-- @module crier.simulator
local answers = require("crier.simulator.answers")
local deliveries = require("crier.simulator.deliveries")
local encoding = require("crier.simulator.encoding")
local environment = require("crier.simulator.environment")
local faults = require("crier.simulator.faults")
local limits = require("crier.simulator.limits")
local organization = require("crier.simulator.organization")
local people = require("crier.simulator.people")
local permissions = require("crier.simulator.permissions")
local random = require("crier.simulator.random")
local router = require("crier.simulator.router")
local settings = require("crier.simulator.settings")

local simulator = {}

local simulator_methods = {}
local simulator_mt = { __name = "crier.simulator", __index = simulator_methods }

local DOMAIN = "northwind.example"
local LARGEST_SEED = 4294967295
local SKEW_MS = 600000
-- The nouns, each a file; made in this order.
local NOUNS = { "tally", "identity", "managed", "users", "groups", "teams", "catalog",
  "publishing", "installs", "chats", "delta", "notifications", "batch", "connector", "messages",
  "roster", "sendings", "openid", "webhook", "doors" }

--- Makes a simulator.
-- @tparam table options
-- @tparam number options.users how many people the tenant has
-- @tparam[opt=1] number options.seed whole, 0 to 2^32-1
-- @tparam[opt="teams"] string options.limits `teams`, or `off`
-- @tparam[opt="bucket"] string options.window `bucket`, `fixed` or `sliding`
-- @tparam ?table options.latency `{ ms =, jitter_ms = }` of each answer
-- @tparam ?{string,...} options.roles the application roles that the tenant
-- granted; nil: `crier.simulator.permissions`.least
-- @tparam ?string options.faults see `crier.simulator.faults`
-- @tparam[opt=0] number options.installed share of people who have the app
-- @tparam[opt=300] number options.install_delay_ms how long at most a new
-- installation does not show
-- @tparam[opt=3599] number options.token_lifetime_s
-- @tparam[opt=1] number options.secrets how many client secrets are good
-- @tparam ?table options.certificates registered ones, and
-- @tparam ?table options.federated whose tokens the registration trusts: see
-- `crier.simulator.assertions`
-- @tparam ?string options.region of the tenant: see `crier.simulator.connector`
-- @tparam[opt="plain"] string options.spelling see `crier.simulator.sendings`
-- @tparam[opt=true] boolean options.keep_deliveries false: they are counted
-- but not kept, which takes no memory for their text
-- @tparam[opt="public"] string options.cloud `public`, `gcc`, `gcch`, `dod` or
-- `china`: in `gcch` and `dod` an application may not install for people
-- @tparam ?{string,...} options.resource_specific permissions that the app
-- declares, such as `TeamsActivity.Send.User`
-- @tparam ?string options.installed_version of those who have the app
-- @tparam[opt=0] number options.propagation_ms for how long an app that was
-- just published cannot be installed
-- @tparam ?function options.read_package reads a package that is published:
-- `(zip) -> manifest as a table`
-- @tparam ?function options.new_signer makes a key of the Bot Connector's: see
-- `crier.simulator.openid`
-- @tparam ?string options.webhook the bot's URL, and
-- @tparam ?string options.origin what the bot is told to answer to: see
-- `crier.simulator.webhook`
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
  local self = setmetatable({ seed = seed, faults = drawn, router = router.new(),
    latency = { ms = options.latency and options.latency.ms or 0,
      jitter_ms = options.latency and options.latency.jitter_ms or 0 },
    tenant = guid(1), client_id = guid(2), manifest_id = guid(3), catalog_id = guid(4),
    roles = drawn:has("consent", 0) and {} or permissions.set(options.roles),
    cloud = options.cloud or "public", skew_ms = drawn:has("clock-skew", 0) and SKEW_MS or 0,
    answered = 0, drawn = 0 }, simulator_mt)
  self.people = people.new({ users = options.users, seed = seed, domain = DOMAIN,
    faults = drawn })
  self.organization = organization.new(self)
  self.limits = limits.new({ users = options.users, limits = options.limits,
    window = options.window })
  self.deliveries = deliveries.new({ is_kept = options.keep_deliveries ~= false })
  for _, name in ipairs(NOUNS) do
    local noun = require("crier.simulator." .. name)
    self[name] = noun.new(self, options)
    self.router:add(name, noun.routes)
  end
  return self
end

--- Tells the environment in which a program talks to this simulator: see
-- `crier.simulator.environment`.
-- @tparam string origin where it is served, such as `http://127.0.0.1:8080`
-- @tparam ?table credential nil: the secret
-- @treturn table values by variable
function simulator_methods:environment(origin, credential)
  return environment.of(self, origin, credential)
end

--- Tells what has happened: see `crier.simulator.tally`.
-- @treturn table
function simulator_methods:stats()
  return self.tally:all()
end

local function unknown(method, path, service)
  local message = ("There is no %s %s here."):format(method, path)
  if service == "connector" then
    return answers.connector(404, "NotFound", message)
  end
  return answers.graph(404, "NotFound", message)
end

-- How long until the limits let a call in, whole seconds; nil when they do.
local function wait_s(self, call, now_ms)
  local route = call.route
  if not route.budget then
    return nil
  end
  local cost = route.cost
  return self.limits:admit(now_ms, route.budget, type(cost) == "function" and cost(call)
    or cost or 1, call.key)
end

-- Answers a call that a fault may befall.  Returns response, extra_ms, events.
local function serve(self, noun, answer, call, request, now_ms)
  local fault, extra_ms = self.faults:draw(call.operation, call.target or call.k or 0)
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
  local response, events = call.token and permissions.refusal(self, call), nil
  if not response then
    local own_ms
    response, events, own_ms = noun[answer](noun, call, request, now_ms)
    extra_ms = math.max(extra_ms or 0, own_ms or 0)
  end
  if status then
    response = answers.injected(call.service, status, self.answered)
  elseif fault == "cut-after" then
    response = { cut = "after" }
  end
  return response, extra_ms, events
end

local REQUEST_ID = { token = "x-ms-request-id", identity = "x-ms-request-id",
  graph = "request-id", connector = "x-correlating-operationid" }
local NEEDS_TOKEN = { graph = true, connector = true }

-- The Date of an answer (RFC 9110 section 6.6.1), by the services' clock.
local function date(self, now_ms)
  local second = math.floor((now_ms + self.skew_ms) / 1000)
  if self.second ~= second then
    self.second, self.date = second, encoding.http_date(second)
  end
  return self.date
end

local function record(self, call, response, now_ms)
  self.tally:count(call.operation, response.status or "cut-" .. response.cut)
  if response.headers then
    response.headers[REQUEST_ID[call.service]] =
      ("%08x-5bc1-4000-8000-%012x"):format(self.seed, self.answered)
    response.headers.date = date(self, now_ms)
  end
end

local function respond(self, entry, call, request, now_ms)
  local noun = self[entry.noun]
  if NEEDS_TOKEN[call.service] then
    local wrong
    call.token, wrong = self.identity:check(request.headers.authorization, call.service, now_ms)
    if not call.token then
      return answers.unauthorized(call.service, wrong)
    end
  end
  if noun.examine then
    noun:examine(call, request)
  end
  return serve(self, noun, entry.answer, call, request, now_ms)
end

-- Where the caller thinks that it is: what ends TLS in front of it tells.
local function origin_of(headers)
  local scheme = headers["x-forwarded-proto"] == "https" and "https" or "http"
  return scheme .. "://" .. (headers.host or "graph.microsoft.com")
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
  local entry, ids, service = self.router:find(request.method, path)
  if not entry then
    local response = unknown(request.method, path, service)
    response.headers.date = date(self, now_ms)
    return response, 0
  end
  local route = entry.route
  local call = { operation = route.operation, service = route.service, route = route, ids = ids,
    path = path, query = encoding.parse_form(query),
    origin = origin or origin_of(request.headers) }
  if route.service == "sandbox" then
    local noun = self[entry.noun]
    return noun[entry.answer](noun, call, request, now_ms), 0, nil, true
  end
  self.answered = self.answered + 1
  local response, extra_ms, events = respond(self, entry, call, request, now_ms)
  record(self, call, response, now_ms)
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

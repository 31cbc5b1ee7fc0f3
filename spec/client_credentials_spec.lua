local client = require "crier.client"
local config = require "crier.config"
local certificates = require "support.certificates"
local interpose = require "support.interpose"
local loop = require "crier.loop"
local simulator = require "crier.simulator"
local tokens = require "support.tokens"
local transport = require "crier.simulator.transport"

local BOT = { scope = "https://api.botframework.com/.default" }
local GRAPH = { scope = "https://graph.microsoft.com/.default" }

describe("crier.client", function()
  local folder

  setup(function()
    folder = certificates.folder()
  end)

  teardown(function()
    folder:close()
  end)

  -- Makes one call of each service; gives the outcomes' kinds and, in their
  -- order, the requests for tokens, which `answer(nth, request)` may answer.
  local function ask(env, answer)
    local sim = assert(simulator.new { users = 2 })
    local all = sim:environment "http://127.0.0.1:1"
    for name, value in pairs(env) do
      all[name] = value or nil
    end
    local asked, clock = {}, transport.clock(1800000000000)
    local made = client.new {
      config = assert(config.read({}, function(name) return all[name] end)),
      retry = function() end,
      loop = loop.new { clock = clock, transport = transport.new { clock = clock,
        simulator = interpose(sim, function(request)
          if request.url:find("/oauth2/", 1, true) or request.url:find("/msi", 1, true) then
            asked[#asked + 1] = request
            return answer and answer(#asked, request) or tokens.granted()
          end
          return { status = 200, body = '{"id":"1"}' }
        end) } },
    }
    local codes = {}
    made.loop:run(function()
      local _, _, graph_code = made.graph:user("x", "id")
      local _, _, bot_code = made.connector:send("a:1", '{"type":"message","text":"Hi"}')
      codes = { graph = graph_code, connector = bot_code }
    end)
    return asked, codes, made
  end

  local function sums(request)
    local form = tokens.form(request.body)
    return request.url:match "127.0.0.1:1/(.-)/", form.client_id, form.client_secret, form.scope
  end

  it("gets Graph's token from the tenant, the bot's from the bot's own", function()
    local asked = ask { AZURE_TENANT_ID = "customer", AZURE_CLIENT_ID = "app",
      AZURE_CLIENT_SECRET = "one", CRIER_BOT_TENANT = "botframework.com",
      CRIER_BOT_CLIENT_ID = "bot", CRIER_BOT_CLIENT_SECRET = "two" }
    assert.equal(2, #asked)
    assert.same({ "customer", "app", "one", GRAPH.scope }, { sums(asked[1]) })
    assert.same({ "botframework.com", "bot", "two", BOT.scope }, { sums(asked[2]) })
  end)

  it("gets both of a single-tenant bot from one tenant", function()
    local asked = ask { AZURE_TENANT_ID = "home", AZURE_CLIENT_ID = "app",
      AZURE_CLIENT_SECRET = "one" }
    assert.same({ "home", "app", "one", GRAPH.scope }, { sums(asked[1]) })
    assert.same({ "home", "app", "one", BOT.scope }, { sums(asked[2]) })
  end)

  it("gets both of a managed-identity bot from the machine", function()
    local asked = ask { AZURE_CLIENT_ID = "mi", AZURE_CLIENT_SECRET = false,
      IDENTITY_ENDPOINT = "http://127.0.0.1:1/msi", IDENTITY_HEADER = "h" }
    local tail = "&api-version=2019-08-01&client_id=mi"
    assert.equal("http://127.0.0.1:1/msi?resource=https%3A%2F%2Fgraph.microsoft.com" .. tail,
      asked[1].url)
    assert.equal("http://127.0.0.1:1/msi?resource=https%3A%2F%2Fapi.botframework.com" .. tail,
      asked[2].url)
    for _, request in ipairs(asked) do
      assert.equal("h", request.headers["x-identity-header"])
      assert.is_nil(request.headers.authorization)
    end
  end)

  it("takes both steps of a federated credential by managed identity", function()
    local asked, codes, made = ask({ AZURE_CLIENT_SECRET = false, AZURE_CLIENT_ID = "app",
      CRIER_ASSERTION_IDENTITY = "mi", IDENTITY_ENDPOINT = "http://127.0.0.1:1/msi",
      IDENTITY_HEADER = "h" }, function(_, request)
      return request.method == "GET" and tokens.granted "assertion" or nil
    end)
    assert.same({}, codes)
    assert.equal(4, #asked)
    assert.same({ token = 4, graph = 1, connector = 1 }, made.calls)
    for nth = 1, 3, 2 do
      assert.matches("resource=api%%3A%%2F%%2FAzureADTokenExchange&", asked[nth].url)
      assert.equal("assertion", tokens.form(asked[nth + 1].body).client_assertion)
      assert.equal("app", tokens.form(asked[nth + 1].body).client_id)
    end
  end)

  it("goes on with the next secret, and remembers it for the other service", function()
    local path = folder:write("secrets", "old\nnew\n")
    local asked, codes = ask({ AZURE_CLIENT_SECRET = false, AZURE_CLIENT_SECRET_FILE = path },
      function(nth)
        return nth == 1 and tokens.refused(7000222) or nil
      end)
    assert.same({}, codes)
    local used = {}
    for i, request in ipairs(asked) do
      used[i] = select(3, sums(request))
    end
    assert.same({ "old", "new", "new" }, used)
  end)

  it("ends with the refusal of the last secret", function()
    local path = folder:write("secrets", "old\nnew\n")
    local asked, codes = ask({ AZURE_CLIENT_SECRET = false, AZURE_CLIENT_SECRET_FILE = path },
      function()
        return tokens.refused(7000215)
      end)
    assert.equal(4, #asked)
    assert.same({ graph = "AADSTS7000215", connector = "AADSTS7000215" }, codes)
  end)

  it("says what is wrong with a file that it needs, and makes no call", function()
    local path = folder:write("token", "")
    local asked, codes, made = ask { AZURE_CLIENT_SECRET = false,
      AZURE_FEDERATED_TOKEN_FILE = path }
    assert.same({}, asked)
    assert.same({ graph = "CONFIG", connector = "CONFIG" }, codes)
    assert.same({ token = 0, graph = 0, connector = 0 }, made.calls)
  end)

  it("asks for a managed identity once when nobody is there", function()
    local asked, codes = ask({ AZURE_CLIENT_SECRET = false,
      AZURE_POD_IDENTITY_AUTHORITY_HOST = "http://127.0.0.1:1/msi" }, function()
      return { cut = "before" }
    end)
    assert.equal(1, #asked)
    assert.equal("true", asked[1].headers.metadata)
    assert.same({ graph = "CONFIG", connector = "CONFIG" }, codes)
  end)
end)

local place = require "support.place"
local process = require "support.process"
local rehearsal = require "support.rehearsal"

describe("a service that lies", function()
  local stage, urls

  after_each(function()
    stage:close()
  end)

  -- Its answers pass through `change`, which may give another one.
  local function begin(users, change)
    stage = rehearsal.new({ ["campaign.lua"] = place.HELLO },
      { users = users, installed = 1, limits = "off" })
    urls = {}
    local simulator = stage.simulator
    local honest = simulator.answer
    simulator.answer = function(self, request, now_ms)
      urls[#urls + 1] = request.url
      assert.is_true(#urls < 5000, "it goes on for ever")
      local response, extra_ms = honest(self, request, now_ms)
      return change(request, response) or response, extra_ms
    end
  end

  local function check_hosts()
    for _, url in ipairs(urls) do
      assert.equal("http://127.0.0.1:1/", url:sub(1, 19))
    end
  end

  it("with a next page elsewhere gets no token, and nothing is sent", function()
    begin(1100, function(_, response)
      response.body = response.body
        and response.body:gsub('("@odata.nextLink":"http:\\?/\\?/)127%.0%.0%.1:1',
          "%1evil.example")
    end)
    local ending = stage:run()
    assert.equal(78, ending.exit)
    assert.matches("^the next page is at http://evil%.example: ", ending.why)
    assert.is_nil(ending.ledger)
    assert.equal(0, stage:stats().deliveries)
    check_hosts()
  end)

  it("with a service URL elsewhere gets no message there", function()
    begin(60, function(request, response)
      if request.url:find "conversations$" and response.status < 300 then
        response.body = response.body:gsub('"id":',
          '"serviceUrl":"https://evil.example/teams/","id":')
      end
    end)
    local ending = stage:run()
    assert.equal(0, ending.exit, ending.why)
    assert.same({}, stage:compare("hello").problems)
    assert.equal(60, ending.ledger.delivered + ending.ledger.excluded)
    check_hosts()
    local store = stage:open()
    assert.same({ n = 0 },
      store.db:row "SELECT count(*) AS n FROM conversation WHERE service_url LIKE '%evil%'")
    store:close()
  end)

  it("and repeats what it was sent does not get it into the store", function()
    begin(12, function(request)
      if request.url:find "conversations$" then
        return { status = 400, headers = {}, body = '{"error":{"code":"BadArgument",'
          .. '"message":"what is ' .. request.headers.authorization .. '?"}}' }
      end
    end)
    local ending = stage:run()
    assert.equal(2, ending.exit)
    local failed = stage:open()
    local row = failed.db:row "SELECT text FROM target WHERE state = 'failed' LIMIT 1"
    failed:close()
    assert.matches("^what is Bearer %[removed%]", row.text)
    for _, suffix in ipairs { "", "-wal" } do
      local file = io.open(stage.path .. "/crier.db" .. suffix)
      if file then
        file:close()
        assert.is_nil(process.read(stage.path .. "/crier.db" .. suffix):find "eyJ")
      end
    end
  end)

  it("and repeats the secret does not get it shown", function()
    begin(12, function(request)
      if request.url:find "oauth2" then
        return { status = 401, headers = {}, body = '{"error":"invalid_client",'
          .. '"error_description":"AADSTS7000215: ' .. request.body .. '"}' }
      end
    end)
    local ending = stage:run()
    assert.equal(77, ending.exit)
    assert.matches("%[removed%]", ending.why)
    assert.is_nil(ending.why:find(stage.env.AZURE_CLIENT_SECRET:sub(1, 20), 1, true))
  end)
end)

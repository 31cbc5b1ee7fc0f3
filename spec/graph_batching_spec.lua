local answering = require "support.answering"
local cjson = require "cjson"

-- A tenant that answers batches: `answer(part, nth, now_ms)` gives each part's
-- status, headers, body; nil leaves the part without an answer.  `sent` has the
-- URLs of each batch.
local function new(answer, options)
  local made
  made = answering.new(function(path, request, now_ms)
    assert.equal("POST /$batch", path)
    local parts, urls, out = cjson.decode(request.body).requests, {}, {}
    for i, part in ipairs(parts) do
      urls[i] = part.method .. " " .. part.url
      local status, headers, body = answer(part, #made.sent + 1, now_ms)
      if status then
        table.insert(out, 1, cjson.encode { id = part.id, status = status, headers = headers,
          body = body })
      end
    end
    made.sent[#made.sent + 1] = urls
    made.sent_at[#made.sent] = now_ms
    return answering.json(200, '{"responses":[' .. table.concat(out, ",") .. "]}")
  end, options)
  made.sent, made.sent_at = {}, {}
  return made
end

local function users(made, count)
  local requests = {}
  for i = 1, count do
    requests[i] = made.client.build.graph:user("u" .. i)
  end
  return requests
end

local function send(made, requests)
  return made.run(function(graph) return graph:batch(requests) end)
end

local function kinds(answers)
  local list = {}
  for i, one in ipairs(answers) do
    list[i] = one.outcome.kind
  end
  return table.concat(list, " ")
end

local OK = { id = "x" }
local JSON = { ["Content-Type"] = "application/json" }

describe("crier.graph", function()
  describe(":batch()", function()
    it("gives an outcome and a response for each, in the order given", function()
      local made = new(function(part)
        if part.url == "/users/u2" then
          return 404, { ["request-id"] = "r2" }, { error = { code = "Request_ResourceNotFound" } }
        elseif part.method == "POST" then
          return 409, nil, { error = { code = "Conflict" } }
        end
        return 200, JSON, { id = part.url, ["@odata.nextLink"] = "https://x/next" }
      end)
      local requests = users(made, 3)
      requests[4] = made.client.build.graph:install("u", "c")
      local answers = send(made, requests)
      assert.equal("ok absent ok already", kinds(answers))
      assert.equal("r2", answers[2].outcome.request_id)
      assert.equal("no such user", answers[2].outcome.reason)
      assert.same({ id = "/users/u3", ["@odata.nextLink"] = "https://x/next" },
        cjson.decode(answers[3].response.body))
      assert.same({ { "GET /users/u1", "GET /users/u2", "GET /users/u3",
        "POST /users/u/teamwork/installedApps" } }, made.sent)
      assert.same({ token = 1, graph = 1, connector = 0 }, made.client.calls)
    end)

    it("carries twenty at a time", function()
      local made = new(function() return 200, JSON, OK end)
      local answers = send(made, users(made, 45))
      assert.equal(45, #answers)
      assert.same({ 20, 20, 5 }, { #made.sent[1], #made.sent[2], #made.sent[3] })
      assert.equal("GET /users/u45", made.sent[3][5])
      assert.same({}, send(made, {}))
    end)

    it("sends only what failed again, after the longest wait", function()
      local made = new(function(part, nth)
        if nth == 1 and (part.url == "/users/u2" or part.url == "/users/u4") then
          return 429, { ["Retry-After"] = part.url == "/users/u2" and "3" or "7" },
            { error = { code = "TooManyRequests" } }
        elseif nth == 2 and part.url == "/users/u4" then
          return 503, { ["Retry-After"] = "2" }
        end
        return 200, JSON, OK
      end)
      assert.equal("ok ok ok ok ok", kinds(send(made, users(made, 5))))
      assert.same({ { "GET /users/u1", "GET /users/u2", "GET /users/u3", "GET /users/u4",
        "GET /users/u5" }, { "GET /users/u2", "GET /users/u4" }, { "GET /users/u4" } }, made.sent)
      assert.is_true(made.sent_at[2] - made.sent_at[1] >= 7000)
      assert.is_true(made.sent_at[3] - made.sent_at[2] >= 2000)
      assert.equal(2, made.client.throttled)
    end)

    it("holds other calls of a throttled budget back, and no others", function()
      local made = new(function(part, nth)
        if nth == 1 and part.url:find "installedApps" then
          return 429, { ["Retry-After"] = "9" }
        end
        return 200, JSON, OK
      end)
      made.run(function(graph, client)
        made.loop:spawn(function()
          graph:batch { client.build.graph:install("u", "c"), client.build.graph:user "u" }
        end)
        made.loop:sleep(1000)
        assert.is_true(client:paused_until "install" >= 1800000009000)
        assert.is_true(client:paused_until "user" < 1800000001000)
        made.loop:sleep(20000)
      end)
      assert.equal(2, #made.sent)
    end)

    it("waits for a slot of each part's own budget", function()
      local made = new(function() return 201 end)
      local requests = {}
      for i = 1, 90 do
        requests[i] = made.client.build.graph:install("u" .. i, "c")
      end
      assert.equal(90, #send(made, requests))
      local sums = {}
      for i, at_ms in ipairs(made.sent_at) do
        local sum = 0
        for k = i, #made.sent do
          sum = sum + (made.sent_at[k] < at_ms + 1000 and #made.sent[k] or 0)
        end
        sums[i] = sum
        assert.is_true(sum <= 30, table.concat(sums, " "))
      end
    end)

    it("tries what failed again by the client's policy, then gives up", function()
      local asked = {}
      local made = new(function(part)
        if part.url == "/users/u1" then
          return 500
        end
        return 200, JSON, OK
      end, { retry = function(outcome, try)
        asked[#asked + 1] = outcome.kind .. try
        return try < 3 and 1 or nil
      end })
      assert.equal("transient ok", kinds(send(made, users(made, 2))))
      assert.same({ "transient1", "transient2", "transient3" }, asked)
      assert.same({ 2, 1, 1 }, { #made.sent[1], #made.sent[2], #made.sent[3] })
    end)

    it("tries parts without an answer, and those of a failed parent, again", function()
      local made = new(function(part, nth)
        if nth > 1 or part.url == "/users/u3" then
          return 200, JSON, OK
        elseif part.url == "/users/u2" then
          return 424, nil, { error = { code = "FailedDependency" } }
        end
      end, { retry = function() return 1 end })
      assert.equal("ok ok ok", kinds(send(made, users(made, 3))))
      assert.same({ "GET /users/u1", "GET /users/u2" }, made.sent[2])
    end)

    it("gets one new token for parts that are unauthorized", function()
      local made = new(function(_, nth)
        if nth == 1 then
          return 401, nil, { error = { code = "InvalidAuthenticationToken" } }
        end
        return 200, JSON, OK
      end)
      assert.equal("ok ok ok", kinds(send(made, users(made, 3))))
      assert.same({ token = 2, graph = 2, connector = 0 }, made.client.calls)
      made = new(function() return 401 end)
      assert.equal("unauthorized unauthorized", kinds(send(made, users(made, 2))))
      assert.equal(2, made.client.calls.graph)
    end)

    it("gives each part the fate of a batch that fails as a whole", function()
      for status, kind in pairs { [400] = "refused", [403] = "refused", [500] = "transient" } do
        local made = answering.new(function() return answering.json(status) end,
          { retry = function() end })
        assert.equal(kind .. " " .. kind, kinds(send(made, users(made, 2))))
        assert.equal(1, made.client.calls.graph)
      end
    end)

    it("tries a batch that was throttled or unreadable again as a whole", function()
      local nth = 0
      local made = answering.new(function()
        nth = nth + 1
        if nth == 1 then
          return answering.json(429, "", { ["retry-after"] = "5" })
        elseif nth == 2 then
          return answering.json(200, '{"what":1}')
        elseif nth == 3 then
          return { cut = "after" }
        end
        return answering.json(200, '{"responses":[{"id":"2","status":200,"body":{}},'
          .. '{"id":"1","status":200,"body":{}}]}')
      end, { retry = function() return 1 end })
      assert.equal("ok ok", kinds(send(made, users(made, 2))))
      assert.equal(4, made.client.calls.graph)
      assert.is_true(made.passed_ms() >= 7000)
    end)

    it("keeps parts of one request together small", function()
      local made = new(function() return 200, JSON, OK end)
      local builder = made.client.build.graph
      local zip = ("z"):rep(300 * 1024)
      send(made, { builder:update_app("a", zip), builder:update_app("b", zip),
        builder:update_app("c", zip) })
      assert.equal(3, #made.sent)
    end)

    it("fails, with nothing sent, for what cannot be a part", function()
      local made = new(function() return 200, JSON, OK end)
      local requests = users(made, 2)
      requests[2].url = "https://evil.example/v1.0/users/u2"
      local answers, message, code = send(made, requests)
      assert.is_nil(answers)
      assert.equal("request 2: the URL is not one that this token may be sent to", message)
      assert.equal("URL_REFUSED", code)
      assert.same({}, made.sent)
    end)

    it("raises for what delivers, at the line of the caller", function()
      local made = new(function() return 200, JSON, OK end)
      made.run(function(graph, client)
        local ok, message = pcall(function()
          local answers = graph:batch { client.build.graph:user "u",
            client.build.graph:notify("u", "{}") }
          return answers
        end)
        assert.is_false(ok)
        assert.matches("^spec/graph_batching_spec%.lua:%d+: graph:batch, request 2: .*'notify'"
          .. " delivers: in a batch it could not be sent at most once", message)
        ok, message = pcall(function()
          local answers = graph:batch "x"
          return answers
        end)
        assert.is_false(ok)
        assert.matches("graph_batching_spec%.lua:%d+: graph:batch takes a list", message)
      end)
      assert.same({}, made.sent)
    end)
  end)
end)

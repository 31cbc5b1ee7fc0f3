local answering = require "support.answering"

local GRAPH, json = answering.GRAPH, answering.json

local function page(ids, link)
  local items = {}
  for i, id in ipairs(ids) do
    items[i] = ('{"id":"%s"}'):format(id)
  end
  return json(200, '{"value":[' .. table.concat(items, ",") .. "]"
    .. (link and ',"@odata.nextLink":"' .. link .. '"' or "") .. "}")
end

-- Three pages of members, the second empty.
local MEMBERS = "GET /groups/g/members/microsoft.graph.user?$select=id&$count=true&$top=999"
local function members()
  return answering.new(answering.from {
    [MEMBERS] = page({ "a", "b" }, GRAPH .. "/groups/g/members?$skiptoken=1~(x)'"),
    ["GET /groups/g/members?$skiptoken=1~(x)'"] = page({}, GRAPH .. "/groups/g/members?$skip=2"),
    ["GET /groups/g/members?$skip=2"] = page { "c" },
  })
end

describe("crier.graph", function()
  describe(":pages()", function()
    it("gives each page, the empty ones too, with the first one's header", function()
      local made, pages = members(), {}
      local last = made.run(function(graph)
        return assert(graph:pages("group_members", "g", { select = "id" },
          function(items, document)
            pages[#pages + 1] = #items .. (document["@odata.nextLink"] and "+" or "")
          end))
      end)
      assert.same({ "2+", "0+", "1" }, pages)
      assert.equal("c", last.value[1].id)
      assert.equal(3, #made.calls)
      for _, request in ipairs(made.requests) do
        assert.equal("eventual", request.headers.consistencylevel)
      end
    end)

    it("keeps to the operation of the first page", function()
      local made = members()
      local counted = {}
      local reserve = made.client.reserve
      made.client.reserve = function(self, operation, ...)
        counted[#counted + 1] = operation
        return reserve(self, operation, ...)
      end
      made.run(function(graph)
        assert(graph:pages("group_members", "g", { select = "id" }, function() end))
      end)
      assert.is_true(#counted >= 3)
      for _, operation in ipairs(counted) do
        assert.equal("group_members", operation)
      end
    end)

    it("takes nothing for a page or an end that is not one", function()
      local body = '{"value":%s,"@odata.nextLink":%s}'
      for _, case in ipairs { { '{"a":1}', "null" }, { "{}", "null" }, { "null", "null" },
        { '"x"', "null" }, { "[]", "5" }, { "[]", "{}" }, { "[]", "[]" }, { "[]", "true" } } do
        local made = answering.new(answering.from { [MEMBERS] = json(200, body:format(case[1],
          case[2])) })
        local _, _, code = made.run(function(graph)
          return graph:pages("group_members", "g", { select = "id" }, function() end)
        end)
        assert.equal("NOT_JSON", code, case[1] .. " " .. case[2])
      end
      local made = answering.new(answering.from {
        [MEMBERS] = json(200, body:format("[]", "null")) })
      assert.truthy(made.run(function(graph)
        return graph:pages("group_members", "g", { select = "id" }, function() end)
      end))
    end)

    it("lets the function wait, and stop", function()
      local made = members()
      local last, message = made.run(function(graph)
        return graph:pages("group_members", "g", { select = "id" }, function()
          made.loop:sleep(500)
          return false
        end)
      end)
      assert.equal(2, #last.value)
      assert.is_nil(message)
      assert.equal(1, #made.calls)
      assert.is_true(made.passed_ms() >= 500)
      local none, why, code = members().run(function(graph)
        return graph:pages("group_members", "g", { select = "id" }, function()
          return false, "no more", "ENOUGH"
        end)
      end)
      assert.same({ "no more", "ENOUGH" }, { why, code })
      assert.is_nil(none)
    end)

    it("fails where the next page is elsewhere, without a call there", function()
      for link, place in pairs { ["https://evil.example/v1.0/users?x"] = "https://evil.example",
        ["http://127.0.0.1:2/v1.0/users"] = "http://127.0.0.1:2", ["/users"] = "no URL",
        ["http://127.0.0.1:1@evil.example/"] = "http://evil.example",
        ["http://a@b:c@evil.example:2?@d"] = "http://evil.example:2",
        ["http://127.0.0.1\\\\@evil.example/"] = "no URL" } do
        local made = answering.new(answering.from { ["GET /teams"] = page({ "a" }, link) })
        local read, message, code = made.run(function(graph)
          return graph:pages("teams", {}, function() end)
        end)
        assert.is_nil(read)
        assert.equal("the next page is at " .. place
          .. ": the URL is not one that this token may be sent to", message)
        assert.equal("URL_REFUSED", code)
        assert.same({ "GET /teams" }, made.calls)
      end
    end)

    it("fails where a page comes again", function()
      local made = answering.new(answering.from {
        ["GET /teams"] = page({ "a" }, GRAPH .. "/teams?1"),
        ["GET /teams?1"] = page({ "b" }, GRAPH .. "/teams?2"),
        ["GET /teams?2"] = page({ "c" }, GRAPH .. "/teams?1"),
      })
      local read, message, code = made.run(function(graph)
        return graph:pages("teams", function() end)
      end)
      assert.is_nil(read)
      assert.equal("the listing has no end: a page comes again", message)
      assert.equal("ENDLESS", code)
    end)

    it("fails with what Graph refused, or what is no list", function()
      local made = answering.new(answering.from {
        ["GET /teams"] = answering.failure(403, "Forbidden", "no"),
        ["GET /teams/t/channels"] = json(200, '{"id":"x"}') })
      local read, message, code, outcome = made.run(function(graph)
        return graph:pages("teams", function() end)
      end)
      assert.is_nil(read)
      assert.same({ "no", "Forbidden", "misconfigured" }, { message, code, outcome.kind })
      read, message, code = made.run(function(graph)
        return graph:pages("channels", "t", function() end)
      end)
      assert.is_nil(read)
      assert.same({ "Graph's answer has no list", "NOT_JSON" }, { message, code })
    end)

    it("fails with what the builder refused", function()
      local read, _, code = answering.new().run(function(graph)
        return graph:pages("channels", "..", function() end)
      end)
      assert.is_nil(read)
      assert.equal("ID_REFUSED", code)
    end)

    it("raises for misuse, at the line of the caller", function()
      answering.new().run(function(graph)
        for _, case in ipairs {
          { function() local a = graph:pages("teams", {}) return a end,
            "a listing ends with a function that takes what is listed" },
          { function() local a = graph:each(function() end) return a end,
            "a listing ends with a function that takes what is listed" },
          { function() local a = graph:each("people", function() end) return a end,
            "Graph has no listing people" } } do
          local ok, message = pcall(case[1])
          assert.is_false(ok)
          assert.equal(case[2], message:match "graph_listing_spec%.lua:%d+: (.*)")
        end
      end)
    end)
  end)

  describe(":each()", function()
    it("gives each item", function()
      local ids = {}
      assert(members().run(function(graph)
        return graph:each("group_members", "g", { select = "id" }, function(item)
          ids[#ids + 1] = item.id
        end)
      end))
      assert.equal("a b c", table.concat(ids, " "))
    end)

    it("stops when told to", function()
      local made, ids = members(), {}
      assert(made.run(function(graph)
        return graph:each("group_members", "g", { select = "id" }, function(item)
          ids[#ids + 1] = item.id
          return #ids < 1
        end)
      end))
      assert.same({ "a" }, ids)
      assert.equal(1, #made.calls)
    end)

    it("reads everybody of a simulated tenant", function()
      local made, count = answering.new(), 0
      assert(made.run(function(graph)
        return graph:each("users", { select = "id", top = 2 }, function() count = count + 1 end)
      end))
      assert.equal(5, count)
    end)
  end)
end)

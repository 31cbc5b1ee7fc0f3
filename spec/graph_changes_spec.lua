local answering = require "support.answering"

local GRAPH, json = answering.GRAPH, answering.json
local DELTA = "GET /users/delta"

local function page(items, link, is_last)
  return json(200, ('{"value":[%s],"@odata.%s":"%s%s"}'):format(items,
    is_last and "deltaLink" or "nextLink", GRAPH, link))
end

local function changes(made, ...)
  local arguments = { n = select("#", ...), ... }
  return made.run(function(graph)
    return graph:changes(arguments[1], arguments[2])
  end)
end

local function ids(items)
  local list = {}
  for i, item in ipairs(items) do
    list[i] = item.id
  end
  return table.concat(list, " ")
end

describe("crier.graph", function()
  describe(":changes()", function()
    it("begins with everybody, page by page", function()
      local made = answering.new(answering.from {
        [DELTA .. "?$select=id%2Cmail"] = page('{"id":"a"},{"id":"b"}',
          "/users/delta?$skiptoken=1"),
        [DELTA .. "?$skiptoken=1"] = page("", "/users/delta?$skiptoken=2"),
        [DELTA .. "?$skiptoken=2"] = page('{"id":"c"}', "/users/delta?$deltatoken=x", true),
      })
      local items, link, resynced = changes(made, nil, { select = "id,mail" })
      assert.equal("a b c", ids(items))
      assert.equal(GRAPH .. "/users/delta?$deltatoken=x", link)
      assert.is_false(resynced)
    end)

    it("begins now", function()
      local made = answering.new(answering.from {
        [DELTA .. "?$deltatoken=latest"] = page("", "/users/delta?$deltatoken=x", true) })
      local items, link = changes(made, nil, { latest = true })
      assert.same({}, items)
      assert.equal(GRAPH .. "/users/delta?$deltatoken=x", link)
    end)

    it("goes on from a link, as it is, with the header on each page", function()
      local made = answering.new(answering.from {
        [DELTA .. "?$deltatoken=x~'("] = page('{"id":"a","mail":"m"}', "/users/delta?$skiptoken=1"),
        [DELTA .. "?$skiptoken=1"] = page('{"id":"b","@removed":{"reason":"deleted"}}',
          "/users/delta?$deltatoken=y", true),
      })
      local items, link = changes(made, GRAPH .. "/users/delta?$deltatoken=x~'(",
        { minimal = true })
      assert.same({ { id = "a", mail = "m" },
        { id = "b", ["@removed"] = { reason = "deleted" } } }, items)
      assert.equal(GRAPH .. "/users/delta?$deltatoken=y", link)
      for _, request in ipairs(made.requests) do
        assert.equal("return=minimal", request.headers.prefer)
      end
    end)

    it("lets what comes later about an object count", function()
      local made = answering.new(answering.from { [DELTA] = page(table.concat({
        '{"id":"a","mail":"1","city":"x"}', '{"id":"b","mail":"1"}', '{"id":"a","mail":"2"}',
        '{"id":"b","@removed":{"reason":"changed"}}', '{"id":"c","@removed":{"reason":"deleted"}}',
        '{"id":"c","mail":"3"}' }, ","), "/users/delta?1", true) })
      assert.same({ { id = "a", mail = "2", city = "x" },
        { id = "b", ["@removed"] = { reason = "changed" } }, { id = "c", mail = "3" } },
        (changes(made)))
    end)

    it("reads all anew when the link is too old", function()
      for _, refusal in ipairs { answering.failure(410, "resyncRequired"), json(410),
        answering.failure(400, "syncStateNotFound") } do
        local made = answering.new(answering.from {
          [DELTA .. "?$deltatoken=old"] = refusal,
          [DELTA .. "?$select=id"] = page('{"id":"a"}', "/users/delta?$deltatoken=new", true),
        })
        local items, link, resynced = changes(made, GRAPH .. "/users/delta?$deltatoken=old",
          { select = "id", latest = true })
        assert.equal("a", ids(items))
        assert.equal(GRAPH .. "/users/delta?$deltatoken=new", link)
        assert.is_true(resynced)
      end
    end)

    it("reads anew once only", function()
      local made = answering.new(answering.from {
        [DELTA .. "?$deltatoken=old"] = json(410), [DELTA] = json(410) })
      local items, _, _, outcome = changes(made, GRAPH .. "/users/delta?$deltatoken=old")
      assert.is_nil(items)
      assert.equal("stale", outcome.kind)
      assert.equal(2, #made.calls)
    end)

    it("fails with what Graph refused, or what has no link", function()
      local made = answering.new(answering.from {
        [DELTA] = answering.failure(403, "Authorization_RequestDenied", "no"),
        [DELTA .. "?$select=id"] = json(200, '{"value":[]}'),
        [DELTA .. "?$select=mail"] = page('{"mail":"x"}', "/x", true) })
      local items, message, code, outcome = changes(made)
      assert.is_nil(items)
      assert.same({ "no", "Authorization_RequestDenied", "misconfigured" },
        { message, code, outcome.kind })
      items, message, code = changes(made, nil, { select = "id" })
      assert.is_nil(items)
      assert.same({ "the directory's last page has no deltaLink", "NOT_JSON" }, { message, code })
      items, message, code = changes(made, nil, { select = "mail" })
      assert.is_nil(items)
      assert.same({ "the directory listed something without an id", "NO_ID" }, { message, code })
    end)

    it("refuses a link that leaves Graph", function()
      local made = answering.new()
      local items, _, code = changes(made, "https://evil.example/v1.0/users/delta?x")
      assert.is_nil(items)
      assert.equal("URL_REFUSED", code)
      assert.same({}, made.calls)
    end)
  end)
end)

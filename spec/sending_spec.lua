local connector = require("crier.core").connector

local function id(body, location)
  return connector.read_sending { status = 201, body = body,
    headers = { location = location } }
end

local function state(body)
  return connector.read_state { status = 200, body = body }
end

local function failures(body)
  return connector.read_failures { status = 200, body = body }
end

describe("crier.core.connector", function()
  describe(".read_sending()", function()
    it("reads the id in every spelling", function()
      for _, body in ipairs { '{"operationId":"op-1"}', '{"OperationId":"op-1","x":[]}',
        '{"OPERATIONID":"op-1"}', '{"id":"op-1"}', '"op-1"', "op-1", ' "op-1"\r\n', "\n op-1 ",
        '{"id":"no","operationId":"op-1"}', '"op\\u002d1"' } do
        assert.equal("op-1", id(body))
      end
      assert.equal("123e4567-e89b-12d3-a456-426614174000",
        id("123e4567-e89b-12d3-a456-426614174000"))
      assert.equal("12345678901234567890", id("12345678901234567890"))
    end)

    it("takes it from the Location when the body has none", function()
      for _, location in ipairs { "https://x/v3/batch/conversation/op-1", "/op-1", "/a/op-1//",
        "https://x/batch/op-1?a=/b", "/op-1#/c", "/%6Fp%2d1" } do
        assert.equal("op-1", id("", location))
        assert.equal("op-1", id(nil, location))
        assert.equal("op-1", id("{}", location))
      end
      assert.equal("op-1", id("op-1", "/other"))
      assert.equal("a%2", id("", "/a%2"))
      assert.equal("a%zz", id("", "/a%zz"))
    end)

    it("gives nil where there is none", function()
      for _, body in ipairs { "", "{}", "[]", "null", '""', '{"operationId":""}',
        '{"operationId":7}', "two words", "<html>", '{"operationId":"a b"}', '"\\u0000"',
        '{"operationId"', '"no end', "op\0", ("x"):rep(1024), "\195\164" } do
        assert.is_nil(id(body))
      end
      for _, location in ipairs { "", "/", "op-1", "//?", "/%20", "/" .. ("x"):rep(1024) } do
        assert.is_nil(id("", location))
      end
      assert.is_nil(connector.read_sending { status = 201 })
    end)
  end)

  describe(".read_state()", function()
    it("reads state, counts, total and when to ask again", function()
      assert.same({ state = "Running", is_final = false, total = 1000,
        counts = { ["201"] = 950, ["403"] = 20 }, retry_at_ms = 1800000000500 },
        state('{"state":"Running","statusMap":{"201":950,"403":20},'
          .. '"retryAfter":"2027-01-15T08:00:00.5Z","totalEntriesCount":1000}'))
    end)

    it("reads every spelling of the keys", function()
      for _, map in ipairs { "statusMap", "stateMap", "StatusMap", "STATEMAP" } do
        assert.same({ state = "x", is_final = true, total = 2, counts = { ["201"] = 2 },
          retry_at_ms = 1800000000000 },
          state('{"State":"x","' .. map .. '":{"201":"2"},"RetryAfter":"2027-01-15T08:00:00",'
            .. '"TotalEntriesCount":2}'))
      end
    end)

    it("knows the states in which nothing more changes", function()
      for _, name in ipairs { "Completed", "completed", "COMPLETED", "Failed", "Canceled",
        "cancelled", "Succeeded", "Finished", "CompletedWithErrors", "PartiallyCompleted",
        "Aborted", "Expired" } do
        assert.is_true(state('{"state":"' .. name .. '"}').is_final)
      end
      for _, name in ipairs { "", "Running", "Ongoing", "NotStarted", "NotCompleted",
        "Canceling", "Completing", "Queued", "InProgress" } do
        assert.is_false(state('{"state":"' .. name .. '"}').is_final)
      end
    end)

    it("takes all recipients counted for the end", function()
      local function final(counts, total)
        return state(('{"statusMap":{%s},"totalEntriesCount":%s}'):format(counts, total)).is_final
      end
      assert.is_true(final('"201":7,"403":3', "10"))
      assert.is_true(final('"201":11', "10"))
      assert.is_false(final('"201":9', "10"))
      assert.is_false(final("", "0"))
      assert.is_false(final('"201":9', "null"))
      assert.is_false(final('"201":9,"403":-1', "10"))
    end)

    it("leaves out what it cannot read", function()
      assert.same({ is_final = false, counts = {} }, state "{}")
      assert.same({ is_final = false, counts = { a = 1 } },
        state('{"state":7,"statusMap":{"a":1,"b":-1,"c":1.5,"d":null,"e":"1x","f":4294967296,'
          .. '"g":""},"retryAfter":"soon","totalEntriesCount":-1}'))
      for _, instant in ipairs { '"0001-01-01T00:00:00"', '""', "7",
        '"' .. ("2"):rep(80) .. '"' } do
        assert.is_nil(state('{"retryAfter":' .. instant .. "}").retry_at_ms)
      end
      assert.same({}, state('{"statusMap":[1]}').counts)
    end)

    it("bounds what it keeps", function()
      local many = {}
      for i = 1, 100 do
        many[i] = ('"%d":1'):format(i)
      end
      local found = state('{"statusMap":{' .. table.concat(many, ",") .. "}}").counts
      local count = 0
      for _ in pairs(found) do
        count = count + 1
      end
      assert.equal(64, count)
      assert.equal(63, #state('{"state":"' .. ("s"):rep(100) .. '"}').state)
    end)

    it("refuses what is no object", function()
      for _, body in ipairs { "", "[]", "7", '{"state":', "<html>", '"x"' } do
        assert.same({ nil, "the answer is no JSON object", "NOT_JSON" }, { state(body) })
        assert.same({ nil, "the answer is no JSON object", "NOT_JSON" }, { failures(body) })
      end
      local huge = '{"x":"' .. ("x"):rep(4 * 1024 * 1024) .. '"}'
      assert.same({ nil, "the answer is too large to be read", "TOO_LARGE" }, { state(huge) })
      assert.same({ nil, "the answer is too large to be read", "TOO_LARGE" }, { failures(huge) })
    end)
  end)

  describe(".read_failures()", function()
    it("reads entries and what names the next page, in every spelling", function()
      for _, key in ipairs { "entryId", "id", "Id", "EntryId" } do
        assert.same({ entries = { { id = "u1", error = "403" }, { id = "u2", error = "404" } },
          continuation = "next" },
          failures('{"continuationToken":"next","failedEntryResponses":[{"' .. key
            .. '":"u1","error":"403"},{"' .. key .. '":"u2","Error":"404"}]}'))
      end
      assert.same({ entries = { { id = "u1" } } },
        failures('{"ContinuationToken":"","FailedEntryResponses":[{"entryId":"u1"}]}'))
    end)

    it("reads an error that is an object, and keeps secrets out of it", function()
      assert.same({ { id = "a", error = "m" }, { id = "b", error = "c" }, { id = "d" },
        { id = "e", error = "Bearer [removed] x" } },
        failures('{"failedEntryResponses":[{"id":"a","error":{"code":"c","message":"m"}},'
          .. '{"id":"b","error":{"code":"c"}},{"id":"d","error":null},'
          .. '{"id":"e","error":"Bearer ' .. ("k"):rep(40) .. ' x"}]}').entries)
    end)

    it("bears whatever else comes", function()
      assert.same({ entries = {} }, failures "{}")
      assert.same({ entries = {} }, failures '{"failedEntryResponses":7,"continuationToken":7}')
      assert.same({ entries = { {}, {}, {} } },
        failures '{"failedEntryResponses":[null,[],{"id":7}]}')
    end)
  end)

  it("raises on misuse", function()
    for _, name in ipairs { "read_sending", "read_state", "read_failures" } do
      assert.has_error(function() connector[name]() end)
      assert.has_error(function() connector[name]("{}") end)
    end
  end)
end)

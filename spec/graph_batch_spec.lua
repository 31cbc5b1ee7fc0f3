local core = require "crier.core"
local wired = require "support.wired"

local graph, BASE = wired.graph, wired.BASE

local function read(body, count)
  return core.graph.batch_responses(body, count)
end

-- An answer whose responses are given as JSON text.
local function answer(...)
  return '{"responses":[' .. table.concat({ ... }, ",") .. "]}"
end

local NONE = { sent = true, error = "NO_PART", message = "the batch's answer has no such part" }

describe("crier.core.graph", function()
  describe(":batch()", function()
    it("carries requests by number, with relative URLs", function()
      local made = graph:batch {
        graph:user("u@1", "id"),
        graph:users { filter = "a ne 'b'", advanced = true, top = 5 },
        graph:install("u", "c"),
        graph:uninstall("u", "i="),
      }
      assert.same(wired.json("batch", "POST", "/$batch", '{"requests":['
        .. '{"id":"1","method":"GET","url":"/users/u%401?$select=id"},'
        .. '{"id":"2","method":"GET","url":"/users?$filter=a%20ne%20%27b%27&$count=true&$top=5",'
        .. '"headers":{"ConsistencyLevel":"eventual"}},'
        .. '{"id":"3","method":"POST","url":"/users/u/teamwork/installedApps",'
        .. '"headers":{"Content-Type":"application/json; charset=utf-8"},'
        .. '"body":{"teamsApp@odata.bind":"' .. BASE .. '/appCatalogs/teamsApps/c"}},'
        .. '{"id":"4","method":"DELETE","url":"/users/u/teamwork/installedApps/i%3D"}]}'), made)
    end)

    it("carries the headers of reviews and of changes", function()
      assert.equal('{"requests":[{"id":"1","method":"PATCH",'
        .. '"url":"/appCatalogs/teamsApps/c/appDefinitions/d","headers":{'
        .. '"Content-Type":"application/json; charset=utf-8","If-Match":"e\\"1"},'
        .. '"body":{"publishingState":"published"}},{"id":"2","method":"GET",'
        .. '"url":"/users/delta","headers":{"Prefer":"return=minimal"}}]}',
        graph:batch({ graph:review("c", "d", 'e"1'), graph:delta { minimal = true } }).body)
    end)

    it("carries bodies that are not JSON as base64", function()
      for bytes, text in pairs { [""] = "", ["a"] = "YQ==", ["ab"] = "YWI=", ["abc"] = "YWJj",
        ["\0\255\254\253"] = "AP/+/Q==" } do
        assert.equal('{"requests":[{"id":"1","method":"POST","url":"/appCatalogs/teamsApps",'
          .. '"headers":{"Content-Type":"application/zip"},"body":"' .. text .. '"}]}',
          graph:batch({ graph:publish(bytes) }).body)
      end
    end)

    it("follows a link into a part, unless it leads elsewhere", function()
      assert.equal('{"requests":[{"id":"1","method":"GET","url":"/users?$skiptoken=a\\"b"}]}',
        graph:batch({ graph:next(BASE .. '/users?$skiptoken=a"b') }).body)
      wired.refused("URL_REFUSED",
        graph:batch { graph:next "https://graph.microsoft.com/beta/users" })
      local stranger = graph:user "u"
      stranger.url = "https://evil.example/v1.0/users/u"
      wired.refused("URL_REFUSED", graph:batch { stranger })
    end)

    it("numbers twenty parts, and raises for none or more", function()
      local parts = {}
      for i = 1, 20 do
        parts[i] = graph:user("u" .. i)
      end
      local ids = {}
      for id in graph:batch(parts).body:gmatch '"id":"(%d+)"' do
        ids[#ids + 1] = id
      end
      assert.equal("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", table.concat(ids, " "))
      parts[21] = parts[1]
      assert.has_error(function() graph:batch(parts) end)
      assert.has_error(function() graph:batch {} end)
    end)

    it("raises for what delivers, what is no request to Graph, and another token", function()
      for _, bad in ipairs { graph:notify("u", "{}"), graph:notify_many({ "u" }, "{}"),
        graph:batch { graph:user "u" }, { operation = "send" }, {}, "x" } do
        assert.has_error(function() graph:batch { bad } end)
      end
      local ok, message = pcall(graph.batch, graph, { graph:notify("u", "{}") })
      assert.is_false(ok)
      assert.matches("'notify' delivers: in a batch it could not be sent at most once", message,
        1, true)
      local other = core.graph.new { endpoints = wired.endpoints,
        token = wired.new_token(wired.endpoints) }
      assert.has_error(function() graph:batch { other:user "u" } end)
    end)
  end)

  describe(".batch_responses()", function()
    it("gives the answers in the order of the requests", function()
      assert.same({
        { sent = true, status = 200, body = '{"id":"a"}',
          headers = { ["content-type"] = "application/json" } },
        { sent = true, status = 201, body = "", headers = {} },
        { sent = true, status = 404, body = '{"error":{"code":"NotFound"}}',
          headers = { ["request-id"] = "r" } },
      }, read(answer('{"id":"3","status":404,"headers":{"Request-Id":"r"},'
          .. '"body":{"error":{"code":"NotFound"}}}',
        '{"id":"1","status":200,"headers":{"Content-Type":"application/json","x-other":"y"},'
          .. '"body":{"id":"a"}}',
        '{"id":"2","status":201,"body":null}'), 3))
    end)

    it("keeps what decides: a wait, a date, a place", function()
      assert.same({ ["retry-after"] = "17", date = "d", location = "l" },
        read(answer('{"id":"1","status":429,"headers":{"RETRY-AFTER":"17","Date":"d",'
          .. '"Location":"l"}}'), 1)[1].headers)
      assert.same({ ["retry-after"] = "5" },
        read(answer('{"id":"1","status":429,"headers":{"Retry-After":5,"Date":7}}'),
          1)[1].headers)
    end)

    it("undoes the base64 of what is not JSON", function()
      for text, bytes in pairs { ["YQ=="] = "a", ["YWI"] = "ab", ["AP_-_Q=="] = "\0\255\254\253",
        ["AP/+/Q=="] = "\0\255\254\253", [""] = "", ["no base64"] = "no base64",
        ["YQ==="] = "YQ===", ["YWJjZ"] = "YWJjZ" } do
        assert.equal(bytes, read(answer('{"id":"1","status":200,"headers":'
          .. '{"Content-Type":"image/png"},"body":"' .. text .. '"}'), 1)[1].body)
      end
      assert.equal('"YQ=="', read(answer('{"id":"1","status":200,"headers":'
        .. '{"Content-Type":"application/json"},"body":"YQ=="}'), 1)[1].body)
    end)

    it("keeps numbers and texts as they are", function()
      assert.equal('{"a":[1,9007199254740993,true,null,"\195\164\\u0000"],"b":{}}',
        read(answer('{"id":"1","status":200,"body":'
          .. '{"a":[1, 9007199254740993,true,null,"\195\164\\u0000"],"b":{}}}'), 1)[1].body)
    end)

    it("says which parts have no answer", function()
      assert.same({ NONE, NONE }, read(answer(), 2))
      for _, odd in ipairs { '{"id":"3","status":200}', '{"id":1,"status":200}', '{"status":200}',
        '{"id":"0","status":200}', '{"id":"01","status":200}', '{"id":"1x","status":200}',
        '{"id":"-1","status":200}', '{"id":"99999999999999999999","status":200}', "null", "[]",
        '{"id":"1"}', '{"id":"1","status":"200"}', '{"id":"1","status":99}',
        '{"id":"1","status":600}', '{"id":"1","status":4294967496}' } do
        assert.same({ NONE, NONE }, read(answer(odd), 2), odd)
      end
    end)

    it("takes the first of two answers to one part", function()
      assert.equal(200, read(answer('{"id":"1","status":200}', '{"id":"1","status":500}'),
        1)[1].status)
    end)

    it("fails for what is no answer to a batch", function()
      for _, body in ipairs { "", "{", "[]", "null", "{}", '{"responses":{}}', '{"responses":1}',
        "<html>", ("["):rep(100000), '{"responses":[' .. (" "):rep(8 * 1024 * 1024) .. "]}" } do
        local responses, message, code = read(body, 1)
        assert.is_nil(responses)
        assert.equal("the answer is none of a batch", message)
        assert.equal("NOT_BATCH", code)
      end
    end)

    it("raises on misuse", function()
      assert.has_error(function() read(answer(), 0) end)
      assert.has_error(function() read(answer(), 21) end)
      assert.has_error(function() read({}, 1) end)
    end)
  end)
end)

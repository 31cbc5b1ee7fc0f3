local cjson = require "cjson"
local log = require "crier.report.log"

-- The lines that entries become.
local function lines(options, ...)
  local found = {}
  options.write = function(line) found[#found + 1] = line end
  options.now = function() return 1800000000123 end
  options.campaign = "hello"
  local write = log.new(options)
  for _, entry in ipairs { ... } do
    write(entry)
  end
  return found
end

local function entry(changes)
  local made = { service = "connector", operation = "send", target = "user:1",
    attempt = 1, status = 201, kind = "ok", request_id = "r1", ms = 120.6 }
  for name, value in pairs(changes or {}) do
    made[name] = value or nil
  end
  return made
end

describe("crier.report.log", function()
  describe(".new()", function()
    it("writes a call as text", function()
      assert.same({ "2027-01-15T08:00:00.123Z info campaign=hello target=user:1"
        .. " service=connector operation=send status=201 request_id=r1 ms=121"
        .. " attempt=1" }, lines({ format = "text", level = "info" }, entry()))
    end)

    it("writes a call as JSON, with null for what is absent", function()
      local found = lines({ format = "json", level = "info" },
        entry { code = "Conflict" })
      assert.equal('{"time":"2027-01-15T08:00:00.123Z","level":"info",'
        .. '"campaign":"hello","target":"user:1","service":"connector",'
        .. '"operation":"send","status":201,"error":null,"code":"Conflict",'
        .. '"request_id":"r1","ms":121,"attempt":1}', found[1])
    end)

    it("gives each kind of outcome its level", function()
      local wanted = { ok = "info", already = "info", throttled = "warn",
        transient = "warn", ambiguous = "warn", blocked = "warn", absent = "warn",
        stale = "warn", too_large = "warn", refused = "warn",
        unauthorized = "error", misconfigured = "error" }
      for kind, level in pairs(wanted) do
        local found = lines({ format = "json", level = "debug" },
          entry { kind = kind })
        assert.equal(level, cjson.decode(found[1]).level, kind)
      end
    end)

    it("leaves out what lies below its level", function()
      for level, count in pairs { debug = 3, info = 3, warn = 2, error = 1 } do
        assert.equal(count, #lines({ level = level }, entry(),
          entry { kind = "throttled" }, entry { kind = "misconfigured" }))
      end
    end)

    it("writes what the wire said on one line, in one word", function()
      local found = lines({ format = "text", level = "info" },
        entry { code = "a b\nc\t\27[31m" })
      assert.matches(" code=a_b_c__%[31m ", found[1])
    end)

    it("names method and URL only when asked", function()
      local call = { method = "POST", url = "https://graph.microsoft.com/v1.0/users/u1" }
      assert.is_nil(lines({ format = "text", level = "info" }, entry(call))[1]:find "graph")
      assert.matches(" method=POST url=https://graph.microsoft.com/v1.0/users/u1 status=201 ",
        lines({ format = "text", level = "info", is_verbose = true }, entry(call))[1])
    end)

    it("writes nothing but its own fields", function()
      local found = lines({ format = "json", level = "info" },
        entry { token = "secret", body = "secret", headers = "secret" },
        entry { token = "secret" })
      assert.is_nil(table.concat(found):find "secret")
    end)
  end)
end)

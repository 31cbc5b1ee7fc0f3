local cjson = require "cjson"
local place = require "support.place"
local process = require "support.process"
local sandbox = require "support.sandbox"
local stores = require "support.stores"

local COLUMNS = "id,kind,upn,name,state,reason,status,code,attempts,installed,"
  .. "conversation_id,activity_id,request_id,planned_at,updated_at,variant,language,via,answered,"
  .. "dialog"
local LEDGER = { "name", "state", "targeted", "delivered", "failed", "excluded", "pending",
  "unknown", "calls", "throttled", "started_at", "finished_at", "failures" }

describe("crier export", function()
  local cloud, here, ledger

  setup(function()
    cloud = sandbox.start("--users 200 --limits off --seed 17 --faults "
      .. "blocked=0.05,policy=0.05,502-after=0.03")
    here = place.new(cloud.env)
    local result = here:crier "run campaign.lua --json"
    assert.equal(2, result.status)
    ledger = cjson.decode(result.out)
  end)

  teardown(function()
    cloud:stop()
    here:close()
  end)

  it("needs the store alone, and has a row for each target", function()
    local result = process.run("export hello", { CRIER_STORE = "sqlite:" .. here.path
      .. "/crier.db" })
    assert.same({ 0, "" }, { result.status, result.err })
    local counts, seen = {}, {}
    for line in result.out:gmatch "[^\n]+" do
      local names = {}
      for name in line:gmatch '"([%w_]+)":' do
        names[#names + 1] = name
      end
      assert.equal(COLUMNS, table.concat(names, ","))
      local row = cjson.decode(line)
      counts[row.state] = (counts[row.state] or 0) + 1
      assert.is_nil(seen[row.id])
      seen[row.id] = true
    end
    assert.same({ delivered = ledger.delivered, failed = ledger.failed,
      excluded = ledger.excluded, unknown = ledger.unknown }, counts)
    assert.equal(200, place.sum(ledger))
  end)

  it("tells of each what happened", function()
    local arrived = {}
    for _, delivery in ipairs(cloud:deliveries()) do
      arrived[delivery.recipient] = delivery
    end
    local null = cjson.null
    local rules = {
      delivered = function(row)
        local delivery = arrived[row.id]
        assert.same({ null, 201, 1, delivery.conversation_id, delivery.activity_id },
          { row.reason, row.status, row.attempts, row.conversation_id, row.activity_id })
        assert.equal("boolean", type(row.installed))
        assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", row.request_id)
      end,
      excluded = function(row)
        assert.is_true(({ disabled = 1, guest = 1, no_teams = 1 })[row.reason] == 1)
        assert.same({ null, 0, null, null }, { row.status, row.attempts, row.installed,
          row.activity_id })
      end,
      failed = function(row)
        assert.equal(403, row.status)
        assert.is_true(row.reason == "blocked" or row.reason == "blocked by policy")
        assert.equal(null, row.activity_id)
      end,
      unknown = function(row)
        assert.same({ 502, null, 1 }, { row.status, row.activity_id, row.attempts })
      end,
    }
    for _, row in ipairs(here:export()) do
      assert.equal("user", row.kind)
      assert.matches("@", row.upn)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT[%d:.]+Z$", row.planned_at)
      assert.is_true(row.updated_at >= row.planned_at)
      rules[row.state](row)
    end
  end)

  it("writes the same as csv, with a header row", function()
    local result = here:crier "export hello --format csv"
    local rows, lines = here:export(), {}
    for line in result.out:gmatch "([^\r\n]*)\r\n" do
      lines[#lines + 1] = line
    end
    assert.equal(COLUMNS, lines[1])
    assert.equal(201, #lines)
    for i, row in ipairs(rows) do
      assert.equal(row.id .. ",user," .. row.upn .. ",",
        lines[i + 1]:sub(1, #row.id + #row.upn + 7))
      local at = lines[i + 1]:match "([^,]*),,,,,$"
      assert.equal(row.updated_at, at)
    end
  end)

  it("is matched by `status --json`, which has all that is promised", function()
    local status = here:status()
    assert.same(ledger, status)
    for _, name in ipairs(LEDGER) do
      assert.is_not_nil(status[name], name)
    end
    for _, service in ipairs { "token", "graph", "connector" } do
      assert.is_true(status.calls[service] > 0)
    end
    local failed = 0
    for _, failure in ipairs(status.failures) do
      failed = failed + failure.count
      assert.is_true(#failure.reason > 0 and #failure.remedy > 0)
    end
    assert.equal(status.failed, failed)
    assert.same({ status }, here:lines "status --json")
  end)

  it("says what `why` says of one person", function()
    for _, row in ipairs(here:export()) do
      if row.state == "failed" then
        local why = here:crier("why hello " .. row.upn:upper())
        assert.equal(0, why.status)
        assert.matches("state%s+failed\n%s+reason%s+" .. row.reason, why.out)
        local told = here:lines("why hello " .. row.id .. " --json")
        assert.equal(1, #told)
        for name, value in pairs(row) do
          assert.equal(value, told[1][name])
        end
        return
      end
    end
    error "nobody failed"
  end)

  describe("asked for a part", function()
    it("writes the columns that are named, in their order", function()
      local lines = here:crier("export hello --columns state,id").out
      assert.matches('^{"state":"%l+","id":"[^"]+"}\n', lines)
      local csv = here:crier "export hello --format csv --columns state,attempts"
      assert.matches("^state,attempts\r\n%l+,%d+\r\n", csv.out)
      assert.equal(201, select(2, csv.out:gsub("\r\n", "")))
    end)

    it("writes who is in the states that are named", function()
      local rows = here:lines "export hello --state failed,unknown"
      assert.equal(ledger.failed + ledger.unknown, #rows)
      for _, row in ipairs(rows) do
        assert.is_true(row.state == "failed" or row.state == "unknown")
      end
    end)

    it("begins with a byte-order mark", function()
      assert.equal("\239\187\191id,kind",
        here:crier("export hello --format csv --bom").out:sub(1, 10))
    end)

    it("leaves out names", function()
      local rows = here:lines "export hello --no-names"
      assert.equal(200, #rows)
      assert.is_nil(rows[1].upn)
      assert.is_nil(here:crier("export hello --no-names").out:find("@", 1, true))
      assert.matches("^id,kind,state,", here:crier("export hello --no-names --format csv").out)
    end)

    it("refuses what is not known, with what was probably meant", function()
      local cases = {
        ["--columns id,reasn"] = "unknown column 'reasn'; did you mean 'reason'?",
        ["--columns shoe"] = "unknown column 'shoe'\n  there are: id kind upn",
        ["--columns id,id"] = "twice the column 'id'",
        ["--columns ,"] = "there is no column in ','",
        ["--state faild"] = "unknown state 'faild'; did you mean 'failed'?",
        ["--columns upn --no-names"] = "--no-names leaves no column",
        ["--bom"] = "--bom is for --format csv",
      }
      for options, said in pairs(cases) do
        local result = here:crier("export hello " .. options)
        assert.same({ 64, "" }, { result.status, result.out })
        assert.equal("crier: " .. said, result.err:sub(1, #said + 7))
      end
    end)
  end)
end)

describe("crier export of hostile cells", function()
  local here, there

  before_each(function()
    there = stores.new()
    here = place.new { CRIER_STORE = "sqlite:" .. there.path }
  end)

  after_each(function()
    here:close()
    there:close()
  end)

  local function export(people, options)
    local store, campaign = there:planned(0)
    for i, one in ipairs(people) do
      assert(store.targets:add(campaign.id, "send", { key = one.key or "user:" .. i,
        name = one.name, upn = one.upn, fields = "{}", excluded = one.excluded,
        detail = one.detail }, "send", stores.NOW))
    end
    store:close()
    return here:crier("export hello " .. options).out
  end

  it("makes no formula", function()
    local names = { "=1+1", "+4", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1",
      "\239\188\157x", "Ann", "A=B", "x\0y" }
    local people = {}
    for i, name in ipairs(names) do
      people[i] = { name = name }
    end
    assert.equal("name\r\n'=1+1\r\n'+4\r\n'-cmd\r\n'@SUM(A1)\r\n' =1\r\n' =1\r\n' =1\r\n"
      .. "' =1\r\n'\239\188\157x\r\nAnn\r\nA=B\r\nx?y\r\n",
      export(people, "--format csv --columns name"))
  end)

  it("keeps one cell in one cell", function()
    assert.equal('name,upn\r\n"a,""b""","\'=HYPERLINK(""x"",1)"\r\n',
      export({ { name = 'a,"b"', upn = '=HYPERLINK("x",1)' } },
        "--format csv --columns name,upn"))
  end)

  it("has JSON lines as it is", function()
    assert.equal('{"name":"=1+1"}\n', export({ { name = "=1+1" } }, "--columns name"))
  end)

  it("tells no name out of a file", function()
    local out = export({ { key = "user:ann@x", excluded = "no such user",
      detail = "a.csv line 2: ann@x is not in the directory" } }, "--no-names")
    assert.is_nil(out:find("ann@", 1, true))
    assert.equal("no such user", cjson.decode(out).reason)
  end)
end)

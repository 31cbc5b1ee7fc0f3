local cjson = require "cjson"
local core = require "crier.core"
local intake = require "crier.serve.intake"
local events = require "support.teams_events"
local log = require "crier.serve.log"
local loop = require "crier.loop"
local serve_command = require "crier.cli.serve"
local serving = require "support.serving"

describe("crier.serve #embedded", function()
  local here

  before_each(function() here = serving.new() end)
  after_each(function() here:close() end)

  it("answers by its routes", function()
    here.server:on("GET", "/people/{who}", function(request)
      return { status = 201, headers = { ["X-Who"] = request.named.who }, body = request.query }
    end)
    local response = here:ask("GET", "/people/ann?x=1")
    assert.same({ 201, "x=1" }, { response.status, response.body })
  end)

  it("refuses other paths and methods", function()
    here.server:on("GET", "/x", function() return { status = 200 } end)
    assert.equal(404, here:ask("GET", "/y").status)
    assert.equal(405, here:ask("DELETE", "/x").status)
  end)

  it("lets an answer wait", function()
    here.server:on("GET", "/later", function(request, server)
      here.loop:at(here.loop:now() + 5, function()
        server:answer(request, { status = 200, body = "now" })
      end)
    end)
    assert.equal("now", here:ask("GET", "/later").body)
  end)

  it("answers a route that fails, and goes on", function()
    here.server:on("GET", "/bad", function() error "broken" end)
    here.server:on_all("GET", "/worse", function() error "broken" end)
    here.server:on("GET", "/good", function() return { status = 200, body = "good" } end)
    assert.equal(500, here:ask("GET", "/bad").status)
    assert.equal(500, here:ask("GET", "/worse").status)
    assert.equal("good", here:ask("GET", "/good").body)
    assert.equal("route failed", here.logged[1].event)
    assert.is_truthy(here.logged[1].problem:find "serve_spec.lua:%d+: broken")
  end)

  it("gives a batch all that came together", function()
    local batches = {}
    here.server:on_all("POST", "/all", function(requests)
      batches[#batches + 1] = #requests
      local responses = {}
      for i, request in ipairs(requests) do
        responses[i] = { status = 200, body = request.body }
      end
      return responses
    end)
    local asked = {}
    for i = 1, 15 do
      asked[i] = { method = "POST", path = "/all", headers = {}, body = "b" .. i }
    end
    local sum = 0
    for i, response in ipairs(here:ask_all(asked)) do
      assert.equal("b" .. i, response.body)
    end
    for _, size in ipairs(batches) do
      sum = sum + size
    end
    assert.equal(15, sum)
  end)

  describe("with a bot", function()
    local ears, hearing

    before_each(function()
      ears = events.ears()
      hearing = intake.new { server = here.server, bot = ears.bot,
        log = function(entry) here.logged[#here.logged + 1] = entry end }
    end)
    after_each(function() ears.close() end)

    local function tell(activity)
      local request = events.request(activity)
      return here:ask("POST", "/api/messages", request.headers, request.body)
    end

    it("takes what Teams sends, and works on it", function()
      assert.equal(200, tell(events.install("add", "f:1", 5)).status)
      here.loop:run(function() here.loop:sleep(1) end)
      assert.equal("installed", ears.store.contacts:find(events.LANE, "user:ann").state)
      assert.equal(405, here:ask("GET", "/api/messages").status)
    end)

    it("takes up the work that was left", function()
      ears.tell(events.install("add", "f:1", 5))
      intake.new { server = serving.new().server, bot = ears.bot }:work()
      assert.equal("installed", ears.store.contacts:find(events.LANE, "user:ann").state)
    end)

    it("tries again after a while what failed", function()
      local calls = 0
      ears.bot:on("message", function() calls = calls + 1 return nil, "not now" end)
      ears.bot.now = function() return here.loop:now() end
      tell(events.activity("message", "m1"))
      here.loop:run(function() here.loop:sleep(1) end)
      assert.equal(1, calls)
      local now, due = here.loop:now(), ears.store.inbox:next_due()
      assert.is_true(due > now)
      assert.is_true(hearing.next_work.at_ms <= due and hearing.next_work.at_ms > now)
    end)

    it("works on what a gateway has put into the store", function()
      here.loop:run(function() here.loop:sleep(1) end)
      ears.tell(events.install("add", "f:1", 5))
      here.loop:run(function()
        for _ = 1, 300 do
          if ears.store.inbox:counts() == 0 then
            break
          end
          here.loop:sleep(10)
        end
      end)
      assert.equal("installed", ears.store.contacts:find(events.LANE, "user:ann").state)
    end)

    it("goes on when the store fails", function()
      ears.store.db:script "ALTER TABLE inbox RENAME TO away"
      assert.equal(503, tell(events.activity("message", "m1")).status)
      hearing:work()
      assert.equal("store failed", here.logged[#here.logged].event)
      ears.store.db:script "ALTER TABLE away RENAME TO inbox"
      assert.equal(200, tell(events.activity("message", "m1")).status)
    end)

    it("says that it lives, and whether it takes what comes", function()
      assert.equal("ok\n", here:ask("GET", "/healthz").body)
      local ready = here:ask("GET", "/readyz")
      assert.equal(200, ready.status)
      assert.same({ ready = true, checks = { store = "ok" } }, cjson.decode(ready.body))
      hearing:check("lamp", function() return nil, "it is dark" end)
      ready = here:ask("GET", "/readyz")
      assert.equal(503, ready.status)
      assert.same({ ready = false, checks = { store = "ok",
        lamp = "it is dark" } }, cjson.decode(ready.body))
    end)

    it("is not ready while the store takes nothing", function()
      ears.store.db:script "PRAGMA query_only = 1"
      assert.equal(503, tell(events.activity("message", "m1")).status)
      local ready = here:ask("GET", "/readyz")
      assert.equal(503, ready.status)
      assert.same({ ready = false, checks = { store = "attempt to write a readonly database" } },
        cjson.decode(ready.body))
      ears.store.db:script "PRAGMA query_only = 0"
      assert.equal(200, here:ask("GET", "/readyz").status) -- it has tried
      assert.equal(200, tell(events.activity("message", "m1")).status)
    end)

    it("forgets what is old", function()
      ears.hear(events.activity("message", "m1"))
      ears.store.db:exec("UPDATE inbox SET received_at = ?",
        math.floor(here.loop:now()) - 7 * 24 * 3600 * 1000 - 1)
      hearing:prune()
      assert.equal(0, ears.count "inbox")
    end)
  end)

  describe("log", function()
    local lines, now

    local function new(options)
      lines, now = {}, 1800000000000
      options = options or {}
      options.now = function() return now end
      options.write = function(line) lines[#lines + 1] = line end
      return log.new(options)
    end

    it("writes text or JSON, and nothing that is not to be printed", function()
      new():tell { event = "refused", status = 401, reason = "X", detail = "a\nb\27" }
      assert.equal("2027-01-15T08:00:00.000Z refused: status=401 reason=X detail=a b \n",
        (lines[1]:gsub("[%?]", " ")))
      new({ form = "json" }):tell { event = "refused", status = 401, reason = "X" }
      assert.same({ at = "2027-01-15T08:00:00.000Z", event = "refused", status = "401",
        reason = "X" }, cjson.decode(lines[1]))
    end)

    it("counts what is too much", function()
      local told = new()
      for _ = 1, 50 do
        told:tell { event = "refused" }
      end
      assert.equal(20, #lines)
      now = now + 1000
      told:tell { event = "refused" }
      assert.equal("2027-01-15T08:00:01.000Z left out: type=refused reason=30 lines\n", lines[21])
      assert.equal(22, #lines)
    end)

    it("tells what matters however often somebody knocks", function()
      local told = new()
      for _ = 1, 50 do
        told:tell { event = "refused" }
      end
      told:tell { event = "store failed" }
      assert.equal("2027-01-15T08:00:00.000Z store failed\n", lines[21])
      now = now + 1000
      told:tell { event = "store failed" }
      assert.equal("2027-01-15T08:00:01.000Z left out: type=refused reason=30 lines\n", lines[22])
      assert.equal("2027-01-15T08:00:01.000Z store failed\n", lines[23])
      assert.equal(23, #lines)
    end)

    it("gives each kind its own lines", function()
      local told = new()
      for _ = 1, 50 do
        told:tell { event = "dialog failed" }
        told:tell { event = "route failed" }
      end
      told:tell { event = "campaign ended" }
      assert.equal(41, #lines)
      now = now + 1000
      told:tell { event = "campaign ended" }
      assert.same({ "2027-01-15T08:00:01.000Z left out: type=dialog failed reason=30 lines\n",
        "2027-01-15T08:00:01.000Z left out: type=route failed reason=30 lines\n",
        "2027-01-15T08:00:01.000Z campaign ended\n" }, { lines[42], lines[43], lines[44] })
      assert.equal(44, #lines)
    end)

    it("says once in a minute what a store that fails repeats", function()
      local told = new()
      for _ = 1, 30 do
        told:tell { event = "store failed", problem = "full" }
        told:tell { event = "store failed", problem = "full", code = "SQLITE_FULL" }
        now = now + 1000
      end
      told:tell { event = "store failed", problem = "another" }
      assert.same({ "2027-01-15T08:00:00.000Z store failed: problem=full\n",
        "2027-01-15T08:00:30.000Z store failed: problem=another\n" }, lines)
      now = now + 30000
      told:tell { event = "refused" }
      assert.same({ "2027-01-15T08:01:00.000Z left out: type=store failed reason=59 lines"
        .. " problem=full\n", "2027-01-15T08:01:00.000Z refused\n" }, { lines[3], lines[4] })
      assert.equal(4, #lines)
    end)

    it("goes on when the clock is set back", function()
      local told = new()
      for _ = 1, 21 do
        told:tell { event = "store failed" }
      end
      now = now - 60000
      told:tell { event = "store failed" }
      assert.equal("2027-01-15T07:59:00.000Z store failed\n", lines[#lines])
    end)

    it("keeps quiet about knocking when only errors are wanted", function()
      local told = new { level = "error" }
      told:tell { event = "refused" }
      told:tell { event = "store failed" }
      assert.equal(1, #lines)
    end)
  end)

  describe("told to stop", function()
    local count = core.signal.count

    after_each(function() core.signal.count = count end)

    it("ends as soon as what was under way has ended", function()
      local now, told_at, ended_at = 0, nil, nil
      core.signal.count = function() return now >= 3000 and 1 or 0 end
      local status = serve_command.stay {
        loop = loop.new { clock = { now_ms = function() return now end },
          transport = { step = function(_, ms)
            now = now + ms
            return {}, {}
          end } },
        journal = { is_in_place = function() return true end },
        service = {
          start = function() end,
          stop = function() told_at = now end,
          is_over = function()
            ended_at = ended_at or told_at and now >= told_at + 100 and now
            return ended_at
          end,
        },
      }
      assert.equal(0, status)
      assert.is_true(ended_at < told_at + 200, ended_at - told_at)
    end)
  end)

  describe("--listen", function()
    it("is an address and a port, or a path", function()
      local place, url_of = serve_command.place "127.0.0.1:3978"
      assert.same({ host = "127.0.0.1", port = 3978 }, place)
      assert.equal("http://127.0.0.1:3978", url_of(3978))
      place, url_of = serve_command.place "[::1]:0"
      assert.same({ host = "::1", port = 0 }, place)
      assert.equal("http://[::1]:80", url_of(80))
      place, url_of = serve_command.place "unix:/run/x.sock"
      assert.same({ path = "/run/x.sock" }, place)
      assert.equal("unix:/run/x.sock:", url_of(0))
    end)

    for _, bad in ipairs { "3978", "localhost:3978", "127.0.0.1", "127.0.0.1:65536", "unix:",
      "127.0.0.1:x", "::1:80", "127.0.0.1:123456" } do
      it("is not " .. bad, function()
        local place, message = serve_command.place(bad)
        assert.is_nil(place)
        assert.equal("--listen must be HOST:PORT with an address, or unix:PATH, not '" .. bad
          .. "'", message)
      end)
    end
  end)
end)

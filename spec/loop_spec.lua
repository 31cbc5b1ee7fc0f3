local loop = require "crier.loop"

-- A transport whose clock stands still but for what `step` waits, and which
-- answers each request after `request.after_ms`.
local function machine()
  local self = { now = 1000, flying = {}, tickets = 0, steps = {}, readable = {} }
  self.clock = { now_ms = function() return self.now end }
  function self.submit(_, request)
    if request.refused then
      return nil, "refused here", "URL_REFUSED"
    end
    self.tickets = self.tickets + 1
    self.flying[self.tickets] =
      { at = self.now + (request.after_ms or 0), body = request.body }
    return self.tickets
  end
  function self.step(_, timeout_ms, fds)
    assert(timeout_ms >= 0)
    self.steps[#self.steps + 1] = { timeout_ms = timeout_ms, fds = #fds }
    assert(#self.steps < 1000, "the loop does not end")
    local first
    for ticket, each in pairs(self.flying) do
      local before = not first or each.at < self.flying[first].at
      if each.at <= self.now + timeout_ms and before then
        first = ticket
      end
    end
    local readable = self.readable
    self.readable = {}
    if not first then
      self.now = self.now + timeout_ms
      return {}, readable
    end
    local found = self.flying[first]
    self.flying[first], self.now = nil, math.max(self.now, found.at)
    return { { ticket = first, response = { body = found.body } } }, readable
  end
  self.loop = loop.new { transport = self, clock = self.clock }
  return self
end

-- The times of the clock at which something happened.
local function journal_of(made)
  local events = {}
  return events, function(text)
    events[#events + 1] = ("%.0f %s"):format(made.now - 1000, text)
  end
end

local OUTSIDE = "this call waits: make it inside crier.run(function() … end),"
  .. " and in no coroutine of its own"

local function raised(fn, ...)
  local ok, message = pcall(fn, ...)
  assert.is_false(ok)
  return (assert(message:match "loop_spec%.lua:%d+: (.*)", message))
end

describe("crier.loop #portable", function()
  describe(":run()", function()
    it("gives back all that the function returned", function()
      local results = { machine().loop:run(function(...) return nil, ..., nil end, 1) }
      assert.equal(1, results[2])
      assert.equal(3, select("#", machine().loop:run(function(...)
        return nil, ..., nil
      end, 1)))
    end)

    it("raises what the function raised, as it is", function()
      local made, problem = machine(), { "a value" }
      local ok, message = pcall(made.loop.run, made.loop, function()
        made.loop:sleep(5)
        error(problem)
      end)
      assert.is_false(ok)
      assert.equal(problem, message)
    end)

    it("raises what a task that it spawned raised", function()
      local made = machine()
      local ok, message = pcall(made.loop.run, made.loop, function()
        made.loop:spawn(function()
          made.loop:sleep(5)
          error("from below", 0)
        end)
        made.loop:sleep(500)
      end)
      assert.is_false(ok)
      assert.equal("from below", message)
      assert.equal(1005, made.now)
    end)

    it("can be used again after it raised", function()
      local made = machine()
      pcall(made.loop.run, made.loop, error)
      assert.equal(7, made.loop:run(function() return 7 end))
    end)

    it("raises why the transport cannot go on", function()
      local made = machine()
      made.step = function() return nil, "poll failed", "POLL" end
      local ok, message = pcall(made.loop.run, made.loop, function()
        made.loop:sleep(5)
      end)
      assert.is_false(ok)
      assert.equal("poll failed", message)
    end)
  end)

  describe(":abort()", function()
    it("ends run with its value, and the first one counts", function()
      local made, value = machine(), {}
      made.loop:at(1010, function()
        made.loop:abort(value)
        made.loop:abort("later")
      end)
      local ok, message = pcall(made.loop.run, made.loop, function()
        made.loop:park()
      end)
      assert.is_false(ok)
      assert.equal(value, message)
    end)
  end)

  describe(":at()", function()
    it("calls in the order of time, then of creation", function()
      local made = machine()
      local events, note = journal_of(made)
      for _, at in ipairs { 30, 10, 20, 10, 0, -5 } do
        made.loop:at(1000 + at, function() note(at) end)
      end
      made.loop:run(function() made.loop:sleep(40) end)
      assert.same({ "0 -5", "0 0", "10 10", "10 10", "20 20", "30 30" }, events)
    end)

    it("keeps the order of many timers", function()
      local made, fired, seed = machine(), {}, 42
      for _ = 1, 500 do
        seed = seed * 16807 % 2147483647
        local at = 1000 + seed % 100
        made.loop:at(at, function() fired[#fired + 1] = at end)
      end
      made.loop:run(function() made.loop:sleep(200) end)
      assert.equal(500, #fired)
      for i = 2, #fired do
        assert.is_true(fired[i - 1] <= fired[i])
      end
    end)

    it("calls nothing that was cancelled", function()
      local made, called = machine(), false
      local timer = made.loop:at(1010, function() called = true end)
      timer.cancelled = true
      made.loop:run(function() made.loop:sleep(20) end)
      assert.is_false(called)
    end)
  end)

  describe(":sleep()", function()
    it("waits in its own task alone", function()
      local made = machine()
      local events, note = journal_of(made)
      made.loop:run(function()
        made.loop:spawn(function()
          made.loop:sleep(10)
          note "short"
        end)
        note "begun"
        made.loop:sleep(30)
        note "long"
      end)
      assert.same({ "0 begun", "10 short", "30 long" }, events)
    end)

    it("raises where nothing can wait, at the line of the caller", function()
      local made = machine()
      for _, method in ipairs { "sleep", "park", "fetch" } do
        assert.equal(OUTSIDE, raised(function()
          made.loop[method](made.loop, 1)
          return nil
        end))
      end
      assert.equal(0, made.tickets)
    end)

    it("raises in a coroutine that is not the loop's", function()
      local made = machine()
      local _, message = made.loop:run(function()
        return coroutine.resume(coroutine.create(function()
          made.loop:sleep(1)
        end))
      end)
      assert.equal(OUTSIDE, message:match "loop_spec%.lua:%d+: (.*)")
    end)
  end)

  describe(":park()", function()
    it("gives what unpark gave it, without waiting longer", function()
      local made = machine()
      local value = made.loop:run(function()
        local task = made.loop:task()
        made.loop:at(1010, function() made.loop:unpark(task, "word") end)
        return made.loop:park(1500)
      end)
      assert.equal("word", value)
      assert.equal(1010, made.now)
    end)

    it("gives nil when the time comes first", function()
      local made = machine()
      assert.is_nil(made.loop:run(function() return made.loop:park(1010) end))
      assert.equal(1010, made.now)
    end)

    it("is not woken by the time of a wait before", function()
      local made = machine()
      local events, note = journal_of(made)
      made.loop:run(function()
        local task = made.loop:task()
        made.loop:at(1005, function() made.loop:unpark(task) end)
        made.loop:park(1010)
        note "first"
        made.loop:park(1040)
        note "second"
        made.loop:at(1045, function() made.loop:unpark(task) end)
        made.loop:park(1050)
        note "third"
        made.loop:park(1048)
        note "fourth"
        made.loop:park(1055)
        note "fifth"
      end)
      assert.same({ "5 first", "40 second", "45 third", "48 fourth",
        "55 fifth" }, events)
    end)

    it("without a time is not woken by one of a wait before", function()
      local made = machine()
      local value = made.loop:run(function()
        local task = made.loop:task()
        made.loop:at(1005, function() made.loop:unpark(task) end)
        made.loop:park(1010)
        made.loop:at(1100, function() made.loop:unpark(task, "late") end)
        return made.loop:park()
      end)
      assert.equal("late", value)
      assert.equal(1100, made.now)
    end)

    it("costs no timer each time that it is woken early", function()
      local made = machine()
      made.loop:run(function()
        local task = made.loop:task()
        for i = 1, 300 do
          made.loop:at(1000 + i, function() made.loop:unpark(task) end)
          made.loop:park(9000)
        end
      end)
      assert.is_true(made.loop.timers.count <= 2)
    end)
  end)

  describe(":unpark()", function()
    it("wakes a task once, however often it is called", function()
      local made, woken = machine(), 0
      made.loop:run(function()
        local task = made.loop:spawn(function()
          while true do
            made.loop:park()
            woken = woken + 1
          end
        end)
        made.loop:unpark(task)
        made.loop:unpark(task)
        made.loop:sleep(10)
      end)
      assert.equal(1, woken)
    end)

    it("is harmless for a task that has ended", function()
      local made = machine()
      made.loop:run(function()
        local task = made.loop:spawn(function() end)
        assert.is_true(task.ended)
        made.loop:unpark(task)
        made.loop:sleep(1)
      end)
    end)
  end)

  describe(":task()", function()
    it("is the running one, and nil outside", function()
      local made = machine()
      assert.is_nil(made.loop:task())
      made.loop:run(function()
        local mine = made.loop:task()
        local other
        made.loop:spawn(function() other = made.loop:task() end)
        assert.are_not.equal(mine, other)
        assert.equal(mine, made.loop:task())
        made.loop:sleep(1)
        assert.equal(mine, made.loop:task())
      end)
      assert.is_nil(made.loop:task())
    end)
  end)

  describe(":fetch()", function()
    it("gives each task its own response", function()
      local made = machine()
      local events, note = journal_of(made)
      made.loop:run(function()
        for _, after in ipairs { 30, 10, 20 } do
          made.loop:spawn(function()
            note(made.loop:fetch({ after_ms = after, body = "b" .. after }).body)
          end)
        end
        assert.equal(3, made.loop.in_flight)
        made.loop:sleep(40)
        assert.equal(0, made.loop.in_flight)
      end)
      assert.same({ "10 b10", "20 b20", "30 b30" }, events)
    end)
  end)

  describe(":together()", function()
    it("waits for all tasks, while each waits for itself", function()
      local made = machine()
      local events, note = journal_of(made)
      local left = { 30, 10, 10, 5 }
      made.loop:run(function()
        made.loop:together(2, function()
          while #left > 0 do
            made.loop:sleep(table.remove(left, 1))
            note(#left)
          end
        end)
        note "all"
        made.loop:together(0, error)
        made.loop:together(2, function() end)
        note "at once"
      end)
      assert.same({ "10 2", "20 1", "25 0", "30 0", "30 all", "30 at once" }, events)
    end)

    it("raises where nothing can wait, at the line of the caller", function()
      local made = machine()
      local ok, problem = pcall(function()
        made.loop:together(1, error)
      end)
      assert.is_false(ok)
      assert.matches("^spec/loop_spec.lua:%d+: this call waits", problem)
    end)
  end)

  describe(":submit()", function()
    it("hands context and response to the callback", function()
      local made, context, seen = machine(), {}, nil
      assert.equal(1, made.loop:submit({ body = "x" }, function(...)
        seen = { ... }
      end, context))
      made.loop:step()
      assert.equal(context, seen[1])
      assert.same({ body = "x" }, seen[2])
      assert.same({}, made.loop.waiting)
      assert.same({}, made.loop.contexts)
    end)

    it("gives the refusal of a transport and calls nothing", function()
      local made = machine()
      local ticket, message, code = made.loop:submit({ refused = true }, error, 1)
      assert.is_nil(ticket)
      assert.equal("refused here", message)
      assert.equal("URL_REFUSED", code)
      assert.equal(0, made.loop.in_flight)
    end)
  end)

  describe(":watch()", function()
    it("calls when the descriptor is readable, until it is ended", function()
      local made, calls = machine(), 0
      made.loop:watch(7, function() calls = calls + 1 end)
      made.readable = { [7] = true, [8] = true }
      made.loop:step(0)
      assert.equal(1, calls)
      assert.equal(1, made.steps[1].fds)
      made.loop:watch(7, nil)
      made.readable = { [7] = true }
      made.loop:step(0)
      assert.equal(1, calls)
      assert.equal(0, made.steps[2].fds)
    end)

    it("may be changed by what it calls", function()
      local made, calls = machine(), {}
      for fd = 1, 3 do
        made.loop:watch(fd, function()
          calls[#calls + 1] = fd
          made.loop:watch(fd, nil)
          made.loop:watch(fd + 10, function() end)
        end)
      end
      made.readable = { true, true, true }
      made.loop:step(0)
      table.sort(calls)
      assert.same({ 1, 2, 3 }, calls)
    end)
  end)

  describe(":waits()", function()
    it("names what the transport, the watches and the timers wait for", function()
      local made = machine()
      made.wants = function() return { 3 }, { 4 }, 700 end
      made.loop:watch(5, function() end)
      assert.same({ { 3, 5 }, { 4 }, 700 }, { made.loop:waits() })
      made.loop:at(made.now + 250, function() end)
      assert.equal(250, (select(3, made.loop:waits())))
      made.now = made.now + 300
      assert.equal(0, (select(3, made.loop:waits())))
    end)

    it("is a second at most, and nothing when a task is to go on", function()
      local made = machine()
      made.wants = function() return {}, {} end
      assert.same({ {}, {}, 1000 }, { made.loop:waits() })
      local task = made.loop:spawn(function() made.loop:park() end)
      made.loop:unpark(task)
      assert.equal(0, (select(3, made.loop:waits())))
    end)

    it("raises why the transport cannot go on", function()
      local made = machine()
      made.wants = function() return nil, "broken" end
      assert.error(function() made.loop:waits() end, "broken")
    end)
  end)

  describe(":turn()", function()
    it("runs what is due, and does not wait", function()
      local made = machine()
      local rang = false
      made.loop:at(made.now, function() rang = true end)
      made.loop:turn()
      assert.is_true(rang)
      assert.equal(0, made.steps[1].timeout_ms)
    end)

    it("raises what a task raised, once", function()
      local made = machine()
      made.loop:spawn(function() error("broken", 0) end)
      assert.error(function() made.loop:turn() end, "broken")
      made.loop:turn()
    end)
  end)

  describe(":step()", function()
    it("waits a second at most, no longer than it is told or has to", function()
      local made = machine()
      made.loop:step()
      made.loop:step(70)
      made.loop:at(made.now + 20, function() end)
      made.loop:step(70)
      assert.same({ 1000, 70, 20 }, { made.steps[1].timeout_ms,
        made.steps[2].timeout_ms, made.steps[3].timeout_ms })
    end)

    it("runs what is due at once without waiting", function()
      local made = machine()
      made.loop:at(500, function() end)
      made.loop:step()
      assert.equal(0, made.steps[1].timeout_ms)
    end)
  end)
end)

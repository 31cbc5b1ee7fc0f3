-- The replay of a dialog's function, apart from journal and network.
local foreign = require "crier.foreign"
local replay = require "crier.dialog.replay"
local talk = require "crier.dialog.talk"

local QUESTION = { kind = "text" }

describe("crier.dialog.replay #portable", function()
  -- Runs against events; everything but answers happens at once.
  local function run(fn, events, perform)
    return replay.run(fn, talk.new { recipient = {}, campaign = {} }, events,
      perform or function(command)
        if command.kind ~= "answer" and command.kind ~= "wake" then
          return { kind = command.kind, name = command.name, value = command.kind == "now" and 7 }
        end
      end)
  end

  local function answer(text)
    return { kind = "answer", value = { text = text, at = 1 } }
  end

  it("stops at what has not happened, and gives what has", function()
    local seen
    local function fn(d)
      seen = d:ask(QUESTION).text
      d:ask(QUESTION)
    end
    local events = {}
    local state, command = run(fn, events)
    assert.equal("waiting", state)
    assert.equal("answer", command.kind)
    assert.equal(1, #events)
    events[2] = answer "yes"
    assert.equal("waiting", (run(fn, events)))
    assert.equal("yes", seen)
    assert.equal(3, #events)
  end)

  it("ends when the function returns", function()
    assert.equal("done", (run(function(d) d:say(QUESTION) end, {})))
  end)

  it("gives the same time again", function()
    local events = { { kind = "now", value = 5 } }
    local seen
    run(function(d) seen = d:now() end, events)
    assert.equal(5, seen)
  end)

  it("tells why there is no answer", function()
    local value, why
    local events = { { kind = "ask" }, { kind = "answer", value = { why = "timeout" } } }
    run(function(d) value, why = d:ask(QUESTION) end, events)
    assert.is_nil(value)
    assert.equal("timeout", why)
  end)

  it("stops where the function does something else than before, with its line", function()
    local state, why = run(function(d)
      d:say(QUESTION)
    end, { { kind = "ask" } })
    assert.equal("failed", state)
    assert.is_not_nil(why:find("^spec/replay_spec%.lua:%d+: the dialog has changed: what was ask"
      .. " then is say now$"), why)
  end)

  it("tells one d:once from another", function()
    local _, why = run(function(d)
      d:once("second", function() end)
    end, { { kind = "once", name = "first", value = 1 } })
    assert.is_not_nil(why:find('what was once "first" then is once "second" now', 1, true))
  end)

  it("stops where the function ends sooner than before", function()
    local state, why = run(function() end, { { kind = "say" } })
    assert.equal("failed", state)
    assert.is_not_nil(why:find("it ends before what was say then", 1, true))
  end)

  it("tells to ask d outside of d:once", function()
    for name, inside in pairs { ["d:now"] = function(d) return d:now() end,
      ["d:random"] = function(d) return d:random(6) end,
      ["d:wait"] = function(d) d:wait "1h" end,
      ["d:ask"] = function(d) return d:ask(QUESTION) end,
      ["d:say"] = function(d) d:say(QUESTION) end,
      ["d:once"] = function(d) d:once("inner", function() end) end } do
      local state, why = run(function(d)
        d:once("order", function() return inside(d) end)
        d:say(QUESTION)
      end, {}, function(command)
        local ok, problem = foreign.call(command.fn)
        assert.is_false(ok)
        return nil, problem
      end)
      assert.equal("failed", state)
      assert.is_not_nil(why:find("^spec/replay_spec%.lua:%d+: " .. name .. " inside d:once"
        .. ' "order": call it before that, or after$'), why)
    end
    local seen
    run(function(d)
      d:once("order", function() end)
      seen = d:now()
    end, {})
    assert.equal(7, seen)
  end)

  it("stops what raises, with file and line", function()
    local state, why = run(function() error "oh" end, {})
    assert.equal("failed", state)
    assert.is_not_nil(why:find "^spec/replay_spec%.lua:%d+: oh$")
  end)

  it("names one place where the world is acted on in vain", function()
    for _, said in ipairs { "no kitchen", { "no kitchen" } } do
      local _, why = run(function(d)
        d:once("order", function() error(said) end)
      end, {}, function(command)
        return nil, select(2, foreign.call(command.fn))
      end)
      assert.matches("^spec/replay_spec%.lua:%d+: %a[%a ]+$", why)
    end
    local _, why = run(function(d) d:say(QUESTION) end, {}, function()
      return nil, "missing data.size: a: b"
    end)
    assert.matches("^spec/replay_spec%.lua:%d+: missing data.size: a: b$", why)
  end)

  it("stops what goes on for ever", function()
    local state, why = run(function(d)
      while true do
        d:say(QUESTION)
      end
    end, {})
    assert.equal("failed", state)
    assert.is_not_nil(why:find("has done 1000 things and is not at its end", 1, true))
  end)

  it("stops a yield that is no business of a dialog", function()
    local state, why = run(function() coroutine.yield(1) end, {})
    assert.equal("failed", state)
    assert.is_not_nil(why:find("a dialog waits by d:ask and d:wait", 1, true))
  end)

  describe("what d takes", function()
    local function complaint(fn)
      local state, why = run(fn, {})
      assert.equal("failed", state)
      return (why:gsub("^spec/replay_spec%.lua:%d+: ", ""))
    end

    for said, fn in pairs {
      ["d:say takes a message, such as crier.card or crier.text"] = function(d) d:say "hi" end,
      ["d:ask takes a message, such as crier.card or crier.text"] = function(d) d:ask() end,
      ['d:ask: within is a span such as "30m", "2h" or "3d"'] =
        function(d) d:ask(QUESTION, { within = 3 }) end,
      ['d:wait takes a span such as "30m", "2h" or "3d"'] = function(d) d:wait "soon" end,
      ["d:once takes a name and a function"] = function(d) d:once(function() end) end,
      ["d:ask: unknown option 'withn'; did you mean 'within'?"] =
        function(d) d:ask(QUESTION, { withn = "3d" }) end,
      ["d:random takes what math.random takes"] = function(d) d:random "x" end,
      ["d:random takes whole numbers, the smaller one first"] = function(d) d:random(10, 1) end,
    } do
      it("refuses otherwise: " .. said, function()
        assert.equal(said, complaint(fn))
      end)
    end
  end)
end)

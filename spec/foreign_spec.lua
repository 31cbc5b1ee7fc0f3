local foreign = require "crier.foreign"

describe("crier.foreign.call() #portable", function()
  local function failed(fn, ...)
    local ok, message = foreign.call(fn, ...)
    assert.is_false(ok)
    return message
  end

  it("gives what the function returns", function()
    assert.same({ true, 3, "x" }, { foreign.call(function(a, b)
      return a + b, "x"
    end, 1, 2) })
    assert.same({ true }, { foreign.call(function() end) })
    assert.same({ true, "7" }, { foreign.call(tostring, 7) })
  end)

  it("tells in one line what was raised, and where", function()
    assert.matches("^spec/foreign_spec%.lua:20: attempt to index ", failed(function(x)
      return x.y.z
    end, {}))
    assert.matches("^spec/foreign_spec%.lua:%d+: first$", failed(function()
      error "first\nsecond"
    end))
  end)

  it("takes its time over no blanks", function() -- a square of these is minutes
    local blanks = (" "):rep(2 ^ 17)
    assert.equal("x:1: a" .. blanks .. "b", failed(function()
      error("x:1: a" .. blanks .. "b \t\n", 0)
    end))
    assert.matches(": $", failed(function() error("\n\nx", 0) end))
  end)

  it("tells where the function is when what was raised does not", function()
    local unshown = setmetatable({}, { __tostring = function() error "no" end })
    for _, case in ipairs { { "bare", "bare" }, { nil, "an error that is not a text" },
      { { "t" }, "an error that is not a text" }, { unshown, "an error that cannot be shown" } } do
      assert.matches("^spec/foreign_spec%.lua:%d+: " .. case[2] .. "$", failed(function()
        error(case[1], 0)
      end))
    end
  end)

  it("does not wait with a function that waits", function()
    assert.matches("^spec/foreign_spec%.lua:%d+: it waits %(coroutine%.yield%), and may not$",
      failed(function()
        coroutine.yield(1)
      end))
  end)

  it("calls one function after another, also after one that did wrong", function()
    local caller = foreign.new()
    local wrong = {
      { function() error("no", 2) end, "^spec/foreign_spec%.lua:%d+: no$" },
      { function() coroutine.yield(1) end, "it waits" },
      { function(x) return x.y.z end, "attempt to index" },
    }
    for i = 1, 4 do
      assert.same({ true, i + 1, "x" }, { caller:call(function(a, b)
        return a + b, "x"
      end, i, 1) })
      assert.same({ true, true, i }, { caller:call(function()
        return caller:call(function() return i end)
      end) })
      if wrong[i] then
        local ok, message = caller:call(wrong[i][1], {})
        assert.is_false(ok)
        assert.matches(wrong[i][2], message)
      end
    end
  end)

  it("survives a function that calls itself for ever", function()
    local function again()
      return 1 + again()
    end
    assert.matches("stack overflow", failed(again))
  end)
end)

-- LuaJIT looks at no hook in code that it has compiled, so not there.
describe("crier.foreign.call() of what does not end", function()
  it("stops a function that does not end, also one that goes on after errors", function()
    assert.matches("^spec/foreign_spec%.lua:%d+: it does not end: 50 million steps of Lua$",
      select(2, foreign.call(function()
        while true do
          pcall(function()
            while true do end
          end)
        end
      end)))
  end)
end)

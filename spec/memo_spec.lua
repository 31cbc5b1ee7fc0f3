local memo = require "crier.door.memo"

describe("crier.door.memo #portable", function()
  local now, made, found

  before_each(function()
    now, found = 1000, 0
    made = memo.new(function() return now end, function() coroutine.yield() end)
  end)

  -- Looks for so long; gives how often it was looked.
  local function look(ms)
    return made:get("it", function()
      now, found = now + ms, found + 1
      return found
    end)
  end

  it("looks for at most a twentieth of the time", function()
    assert.equal(1, look(10))
    now = now + 199
    assert.equal(1, look(10))
    now = now + 1
    assert.equal(2, look(10))
  end)

  it("looks again when something has changed, or when it failed", function()
    assert.equal(1, look(10))
    made:forget()
    assert.equal(2, look(10))
    made:forget()
    assert.same({ false, "no" }, { pcall(made.get, made, "it", function() error("no", 0) end) })
    assert.equal(3, look(10))
  end)

  it("looks once for all who ask meanwhile: they wait, or get what was found before", function()
    local got = {}
    local function ask(name)
      return coroutine.wrap(function()
        got[name] = made:get("it", function()
          found, now = found + 1, now + 10
          coroutine.yield()
          return found
        end)
      end)
    end
    local first, second = ask "first", ask "second"
    first()
    second()
    assert.same({}, got)
    first()
    second()
    assert.same({ first = 1, second = 1 }, got)
    now = now + 1000
    local third, fourth = ask "third", ask "fourth"
    third()
    fourth()
    assert.equal(1, got.fourth)
    third()
    assert.equal(2, got.third)
  end)

  it("keeps so many, and then begins anew", function()
    for i = 1, 200 do
      made:get(i, function() return i end)
    end
    look(10)
    assert.equal(1, made.count)
  end)
end)

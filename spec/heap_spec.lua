local heap = require "crier.heap"

describe("crier.heap #portable", function()
  it("gives items by time, those of one time as they came", function()
    local queue, seed, wanted = heap.new(), 7, {}
    for i = 1, 400 do
      seed = seed * 16807 % 2147483647
      wanted[i] = { at_ms = seed % 50, nth = i }
      queue:push { at_ms = seed % 50, nth = i }
    end
    table.sort(wanted, function(a, b)
      return a.at_ms < b.at_ms or a.at_ms == b.at_ms and a.nth < b.nth
    end)
    for i = 1, 400 do
      assert.equal(wanted[i].nth, queue:first().nth)
      assert.equal(wanted[i].nth, queue:pop().nth)
    end
    assert.is_nil(queue:first())
    assert.equal(0, queue.count)
  end)

  it("can be filled again while it is emptied", function()
    local queue, found = heap.new(), {}
    queue:push { at_ms = 5 }
    queue:push { at_ms = 1 }
    found[1] = queue:pop().at_ms
    queue:push { at_ms = 3 }
    queue:push { at_ms = 9 }
    for i = 2, 4 do
      found[i] = queue:pop().at_ms
    end
    assert.same({ 1, 3, 5, 9 }, found)
  end)
end)

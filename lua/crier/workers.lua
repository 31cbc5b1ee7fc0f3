--- Several tasks at once for one that waits for them all.
-- @module crier.workers
local workers = {}

--- Runs a function in several tasks and waits until all have returned. Call inside
-- a task.
-- @tparam crier.loop loop
-- @tparam integer count of tasks
-- @tparam function work may wait; what it raises ends the loop's `run`
function workers.run(loop, count, work)
  local task, running = loop:task(), count
  for _ = 1, count do
    loop:spawn(function()
      work()
      running = running - 1
      loop:unpark(task)
    end)
  end
  while running > 0 do
    loop:park()
  end
end

return workers

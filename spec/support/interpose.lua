--- Puts a function between a transport and its simulator.
--
-- `answer(request, now_ms)` gives a response, or nil to leave the request to
-- the simulator; a response `{ cut = "before" }` or `{ cut = "after" }` is a
-- connection that closes.
return function(simulator, answer)
  return setmetatable({
    answer = function(_, request, now_ms)
      local response = answer(request, now_ms)
      if response then
        response.headers = response.headers or {}
        return response, 0
      end
      return simulator:answer(request, now_ms)
    end,
  }, { __index = simulator })
end

--- What templates take from outside: the time, chance, regular expressions.
-- @module crier.template.services
local services = {}

-- Where crier's core is not there, as in other Luas, there are none.
local is_there, core = pcall(require, "crier.core")
local pattern_of_core = is_there and core.pattern or {}

--- Starts an environment for `crier.template.evaluate`.
-- @tparam table options `now_ms`, `random`, `locale`, and `pattern` with `match`
--   and `replace`; what is absent is the system's, `pattern` that of `crier.core`
-- @treturn table
function services.env(options)
  local pattern = options.pattern or pattern_of_core
  return {
    steps = 0,
    now_ms = options.now_ms or os.time() * 1000,
    random = options.random or math.random,
    locale = options.locale,
    match = pattern.match,
    replace = pattern.replace,
  }
end

return services

--- What templates take from outside: the time, chance, regular expressions.
-- @module crier.template.services
local services = {}

-- Where crier's core is not there, as in other Luas, there are none.
local is_there, core = pcall(require, "crier.core")
local pattern_of_core = is_there and core.pattern or {}

-- From 0 up to 1, by the system's generator: Lua's own may start the same in
-- each process.
local function random_of_core()
  return tonumber(core.text.random_hex(6), 16) / 2 ^ 48
end

--- Starts an environment for `crier.template.evaluate`.
-- @tparam table options `now_ms`, `random`, `locale`, `number_locale`, and `find` for
--   patterns; what is absent is the system's, `find` that of `crier.core.pattern`
-- @treturn table
function services.env(options)
  return {
    steps = 0,
    now_ms = options.now_ms or os.time() * 1000,
    random = options.random or is_there and random_of_core or math.random,
    locale = options.locale,
    number_locale = options.number_locale or options.locale,
    find = options.find or pattern_of_core.find,
  }
end

return services

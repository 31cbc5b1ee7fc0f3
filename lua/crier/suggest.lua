--- Finds the word that was probably meant.
-- @module crier.suggest
local suggest = {}

local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local best = math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
      diagonal, row[j] = row[j], best
    end
  end
  return row[#b]
end

--- Finds the nearest candidate by edit distance, letter case aside.
-- A candidate further away than a third of the word (at least one edit) is no
-- suggestion; of equally near ones the first in alphabetical order wins.
-- @tparam string word what was written
-- @tparam {string,...} candidates what there is
-- @treturn ?string the best candidate, or nil if none is near
function suggest.nearest(word, candidates)
  local best, best_distance
  local limit = math.max(1, math.floor(#word / 3))
  for i = 1, #candidates do
    local candidate = candidates[i]
    if math.abs(#candidate - #word) <= limit then
      local d = distance(word:lower(), candidate:lower())
      if d <= limit and (not best or d < best_distance
          or (d == best_distance and candidate < best)) then
        best, best_distance = candidate, d
      end
    end
  end
  return best
end

--- Looks for a key that is not an option.
-- @tparam string name of the function, for the message
-- @tparam table options
-- @tparam {string,...} known names of all options
-- @treturn ?string the message, with a suggestion where one is near
function suggest.unknown_key(name, options, known)
  local set = {}
  for _, option in ipairs(known) do
    set[option] = true
  end
  for key in pairs(options) do
    if not set[key] then
      local near = suggest.nearest(tostring(key), known)
      return ("%s: unknown option '%s'%s"):format(name, tostring(key),
        near and "; did you mean '" .. near .. "'?" or "")
    end
  end
end

return suggest

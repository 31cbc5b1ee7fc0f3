--- Marks the buttons of a card with the question that they answer: what Teams sends
-- back when one is pressed says which dialog it belongs to.
-- @module crier.dialog.stamp
local json = require "crier.template.json_tree"
local node = require "crier.template.node"

local stamp = {}

--- The field of a button's data that has the mark.
stamp.FIELD = "crier"

--- The field of a card with what Teams does by itself when somebody looks at it: its mark
-- says so, for it is never an answer.
stamp.REFRESH = "refresh"

local SUBMITS = { ["Action.Submit"] = true, ["Action.Execute"] = true }

-- What is put in after a byte of the text, by byte.
local function collect(any, mark, places)
  if any.kind == "array" then
    for _, each in ipairs(any) do
      collect(each, mark, places)
    end
  elseif any.kind == "object" then
    local kind = node.find(any, "type")
    if kind and kind.kind == "string" and SUBMITS[json.decode_string(kind.raw)] then
      local data = node.find(any, "data")
      if not data then
        places[any.at] = ('"data":{"%s":%s},'):format(stamp.FIELD, mark)
      elseif data.kind == "object" then
        places[data.at] = ('"%s":%s%s'):format(stamp.FIELD, mark, data[1] and "," or "")
      end
    end
    for _, each in ipairs(any) do
      local is_look = json.decode_string(each.key.raw) == stamp.REFRESH
      collect(each.value, is_look and mark:gsub("}$", ',"r":1}') or mark, places)
    end
  end
end

--- Marks all buttons of an activity. A button whose data is a text stays as it is.
-- @tparam string activity JSON
-- @tparam table mark `target` (id of the ledger's row that the dialog is about), `nth` (of
--   the question in the dialog), `planned_at` (of that row: another store has the same ids,
--   but not from the same millisecond)
-- @treturn string JSON
function stamp.put(activity, mark)
  local tree = json.parse(activity, "activity")
  if not tree then
    return activity
  end
  local places, order = {}, {}
  collect(tree, ('{"t":%d,"n":%d,"p":%d}'):format(mark.target, mark.nth,
    math.floor(mark.planned_at)), places)
  for at in pairs(places) do
    order[#order + 1] = at
  end
  table.sort(order)
  local parts, from = {}, 1
  for _, at in ipairs(order) do
    parts[#parts + 1] = activity:sub(from, at)
    parts[#parts + 1] = places[at]
    from = at + 1
  end
  parts[#parts + 1] = activity:sub(from)
  return table.concat(parts)
end

local function count(value)
  return type(value) == "number" and value % 1 == 0 and value >= 0 and value < 2 ^ 53
    and value or nil
end

--- Reads the mark off what a button sent, and takes it away.
-- @param value an activity's `value`
-- @treturn ?table as of `put`, and `is_look`: nobody has pressed anything
-- @treturn ?table the other fields
function stamp.take(value)
  local mark = type(value) == "table" and value[stamp.FIELD]
  if type(mark) ~= "table" or not (count(mark.t) and count(mark.n) and count(mark.p)) then
    return nil
  end
  local rest = {}
  for name, each in pairs(value) do
    if name ~= stamp.FIELD then
      rest[name] = each
    end
  end
  return { target = mark.t, nth = mark.n, planned_at = mark.p, is_look = mark.r == 1 }, rest
end

return stamp

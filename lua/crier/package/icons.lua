--- The rules of a Teams app's icons ("Package your app" in Microsoft's
-- documentation of the Teams platform).
-- @module crier.package.icons
local icons = {}

local SIDES = { color = 192, outline = 32, color32x32 = 32 }

--- The icons that a manifest may name, in the order of a package.
icons.names = { "color", "outline", "color32x32" }

local function size(check, file, facts, side)
  if facts.width ~= side or facts.height ~= side then
    check.faults[#check.faults + 1] = { file = file,
      wrong = ("has %d x %d pixels"):format(facts.width, facts.height),
      allowed = ("%d x %d"):format(side, side) }
    return false
  end
  return true
end

local function outline(check, file, facts)
  local function fault(wrong)
    check.faults[#check.faults + 1] = { file = file, wrong = wrong,
      allowed = "a white drawing on a transparent background" }
  end
  if not facts.is_visible then
    fault "is empty"
  elseif not facts.is_transparent then
    fault "has no transparent background"
  end
  if not facts.is_white then
    fault "has other colours than white"
  end
end

local function color(check, file, facts)
  if not facts.is_framed then
    check.warnings[#check.warnings + 1] = { file = file,
      wrong = "is not of one colour around the middle 96 x 96 pixels: Teams cuts corners off",
      allowed = "a symbol in the middle 96 x 96 pixels, on one colour" }
  end
end

--- Judges one icon.
-- @tparam table check gets the `faults` and `warnings`
-- @tparam string kind one of `icons.names`
-- @tparam string file its name
-- @tparam ?table facts from `crier.archive.inspect`
-- @tparam ?string message why there are none
function icons.judge(check, kind, file, facts, message)
  if not facts then
    check.faults[#check.faults + 1] = { file = file, wrong = message,
      allowed = ("a PNG picture of %d x %d pixels"):format(SIDES[kind], SIDES[kind]) }
  elseif not size(check, file, facts, SIDES[kind]) then
    return
  elseif kind == "outline" then
    outline(check, file, facts)
  elseif kind == "color" then
    color(check, file, facts)
  end
end

return icons

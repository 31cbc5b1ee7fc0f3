-- Does this machine's clock agree with Microsoft's?
local finding = require "crier.doctor.finding"
local time = require "crier.format.time"

local WARNING_MS, WRONG_MS = 60 * 1000, 5 * 60 * 1000
local REMEDY = "set the clock, and keep it set (NTP): signed assertions and"
  .. " tokens are refused when it is wrong"

return {
  { key = "clock", what = "clock", needs = { "login host" },
    run = function(context)
      local skew_ms = context.skew_ms
      if not skew_ms then
        return finding.unchecked("no answer had a date")
      end
      local apart_ms = math.abs(skew_ms)
      local why = ("%s %s the service's"):format(time.span(apart_ms / 1000),
        skew_ms > 0 and "ahead of" or "behind")
      if apart_ms > WRONG_MS then
        return finding.wrong(why, REMEDY)
      elseif apart_ms > WARNING_MS then
        return finding.warning(why, REMEDY)
      end
      return finding.ok "agrees with the service's"
    end },
}

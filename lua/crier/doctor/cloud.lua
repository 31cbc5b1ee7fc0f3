-- What does this cloud not do?
local cloud = require "crier.campaign.cloud"
local finding = require "crier.doctor.finding"

local function limits_of(context)
  return context.config and cloud.limits(context.config.cloud, context.definition)
end

return {
  { key = "cloud", what = "cloud", needs = { "settings" },
    is_due = function(context) return limits_of(context) ~= nil end,
    run = function(context)
      local limits = limits_of(context)
      if limits.exit then
        return finding.wrong(limits.why, limits.remedy, limits.exit)
      end
      return finding.warning(limits.why, limits.remedy)
    end },
}

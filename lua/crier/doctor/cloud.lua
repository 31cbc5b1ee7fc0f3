-- What does this cloud not do?
local finding = require "crier.doctor.finding"

local SERVICE = 77
local NAMES = { gcch = "GCC High", dod = "DoD", china = "China (21Vianet)" }

-- "Microsoft Teams API differences in national clouds".
local ROUTE = "have an administrator put the app into an app setup policy"
  .. " (Teams admin center > Teams apps > Setup policies > Installed apps),"
  .. " leave install = false, and let the bot's webhook note each chat"

return {
  { key = "cloud", what = "cloud", needs = { "settings" },
    is_due = function(context)
      return context.config and NAMES[context.config.cloud] ~= nil
    end,
    run = function(context)
      local cloud = context.config.cloud
      if cloud == "china" then
        return finding.warning("Microsoft documents no Teams calls of Graph for "
          .. NAMES.china, "try one person first: crier doctor --person UPN"
          .. " --install; if it is refused, " .. ROUTE)
      end
      local why = ("in %s an app cannot install itself for people")
        :format(NAMES[cloud])
      if context.definition and context.definition.install then
        return finding.wrong(why .. ", and the campaign says install = true",
          ROUTE, SERVICE)
      end
      return finding.warning(why, ROUTE)
    end },
}

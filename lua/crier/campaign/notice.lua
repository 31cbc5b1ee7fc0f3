--- What a person gets in the activity feed in the place of the message, when a retry
-- policy answers `crier.reroute`.
--
-- It is a notification of the type `systemDefault`, which every app has
-- ("userTeamwork: sendActivityNotification"): `title` is its headline, `text` what
-- stands below it, and a click opens `url`.
-- @module crier.campaign.notice
local suggest = require "crier.suggest"

local notice = {}

local NAMES = { "text", "title", "url" }

--- Says what is wrong with a campaign's `notify`.
-- @param options
-- @treturn ?string nil when nothing is
function notice.problem(options)
  if options == nil then
    return nil
  elseif type(options) ~= "table" then
    return "notify takes a table: { title = \"…\", text = \"…\", url = \"…\" }"
  end
  for _, name in ipairs(NAMES) do
    if type(options[name]) ~= "string" or not options[name]:find "%S" then
      return ("notify: %s is missing, a text"):format(name)
    end
  end
  if not options.url:find "^https://" then
    return "notify: url must be a link of Teams, https://teams.microsoft.com/l/…"
  end
  return suggest.unknown_key("notify", options, NAMES)
end

--- Compiles a campaign's `notify`.
-- @tparam table options `title`, `text`, `url`, each with `${path}` where values go
-- @tparam string name what errors call it
-- @treturn[1] crier.template
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code `TEMPLATE`
function notice.compile(options, name)
  local template = require "crier.template" -- here: a script is checked without it
  local text, problem = require("crier.template.value").encode {
    topic = { source = "text", value = options.title, webUrl = options.url },
    activityType = "systemDefault",
    previewText = { content = options.text },
    templateParameters = { { name = "systemDefaultText", value = options.title } },
  }
  if not text then
    return nil, ("%s: a value in notify %s"):format(name, problem), "TEMPLATE"
  end
  return template.compile(text, { name = name .. " notify" })
end

return notice

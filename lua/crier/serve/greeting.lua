--- What the bot says to whoever installs the app, from a file: a card (`.json`) or a
-- text. It is the same for all: Teams does not tell who they are by more than an id.
-- @module crier.serve.greeting
local message = require "crier.template.message"
local template = require "crier.template"
local welcome = require "crier.bot.welcome"

local greeting = {}

local LARGEST = 256 * 1024

--- Reads the file and checks it.
-- @tparam string path
-- @tparam string cloud see `crier.config`
-- @tparam ?boolean always also when a campaign has installed the app
-- @treturn[1] function see `crier.bot.welcome`
-- @treturn[2] nil
-- @treturn[2] string message
function greeting.read(path, cloud, always)
  local file, problem = io.open(path, "rb")
  if not file then
    return nil, ("cannot read %s"):format(problem)
  end
  local text = file:read(LARGEST + 1) or ""
  file:close()
  if #text > LARGEST then
    return nil, path .. " is larger than a message"
  end
  local compile = path:find "%.json$" and message.card or message.text
  local made, flaw = compile(text, path, {})
  local ok = made
  if made then
    ok, flaw = template.check(made, {})
  end
  if not ok then
    return nil, flaw
  end
  local said, empty = made:fill({}, {})
  if not said then
    return nil, path .. ": " .. empty
  end
  return welcome.new { cloud = cloud, always = always, activity = function()
    return said
  end }
end

return greeting

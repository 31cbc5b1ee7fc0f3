--- A rehearsal with a bot that listens on the same store: what the simulator tells it
-- comes in under the virtual clock.
local bot = require "crier.bot"
local config = require "crier.config"
local journal = require "crier.journal"

local listening = {}

-- A key that signs nothing, and one who believes it.
local function signer()
  return { jwk = function() return '{"kid":"k"}' end, sign = function() return "c2ln" end }
end
local believer = { verify = function() return {} end }

--- Options of a simulator that tells a bot.
function listening.options(options)
  options.webhook, options.origin = "http://127.0.0.1:2/api/messages", "http://127.0.0.1:1"
  options.new_signer = signer
  return options
end

--- Has a bot listen.
-- @tparam table stage from `support.rehearsal`, made with such options
-- @tparam ?function prepare called with the bot
-- @treturn table `bot` (once it was told something), `close`
function listening.start(stage, prepare)
  local ears = {}
  local now = stage.clock.now_ms
  stage.transport.bot = function(request)
    if not ears.bot then
      local settings = assert(config.read({}, function(name) return stage.env[name] end, now()))
      ears.store = assert(journal.open(stage.path .. "/crier.db"))
      ears.bot = bot.new { journal = ears.store, config = settings, now = now,
        verifier = believer }
      if prepare then
        prepare(ears.bot)
      end
    end
    local response = ears.bot:receive(request)
    repeat until assert(ears.bot:work()) == 0
    return response
  end
  function ears.close()
    if ears.store then
      ears.store:close()
    end
  end
  return ears
end

return listening

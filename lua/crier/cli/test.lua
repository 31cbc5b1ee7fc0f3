--- `crier test FILE --to WHO,…`
-- @module crier.cli.test
local run = require "crier.cli.run"
local store = require "crier.cli.store"
local trial = require "crier.campaign.trial"

local test = {}

local USAGE = 64

local EPILOG = [[
Examples:
   crier test benefits.lua --to me@contoso.com
   crier test benefits.lua --to ana@contoso.com,ben@contoso.com --as cleo@contoso.com
   crier recall benefits-2027.test-1

The notification says [test], a text says so above it; a card looks as it will. It
is a campaign of its own (benefits-2027.test-1, then test-2 …) with a ledger, and
makes nobody "sent to" in the campaign itself. Somebody whom the campaign would
leave out cannot get it either. --as takes the directory's fields and the row of the
campaign's files of somebody else.]]

--- Adds the arguments.
-- @param parser an argparse command
function test.define(parser)
  parser:argument("file", "The campaign script.")
  parser:option("--to", ("Who gets it: ids, UPNs or mail addresses, %d at most."):format(
    trial.MOST)):argname("WHO,…"):count "+"
  parser:option("--as", "Whose data the message is made with."):argname "WHO"
  parser:flag("--create-store", "Make the store when there is none.")
  run.define_common(parser)
  parser:epilog(EPILOG)
end

--- The people that options name, each once.
-- @tparam {string,...} options each with commas
-- @treturn {string,...}
function test.people(options)
  local found, seen = {}, {}
  for _, option in ipairs(options) do
    for who in option:gmatch "[^,]+" do
      who = who:match "^%s*(.-)%s*$"
      if who ~= "" and not seen[who:lower()] then
        seen[who:lower()] = true
        found[#found + 1] = who
      end
    end
  end
  return found
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function test.run(arguments)
  local to = test.people(arguments.to)
  if #to == 0 or #to > trial.MOST then
    store.complain(("--to names %d people: a test goes to at least one, and to %d at most")
      :format(#to, trial.MOST))
    return USAGE
  end
  return run.execute({
    path = arguments.file,
    test = { to = to, as = arguments.as and test.people({ arguments.as })[1] },
    create_store = arguments.create_store,
  }, arguments)
end

return test

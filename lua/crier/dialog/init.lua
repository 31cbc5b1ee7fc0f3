--- The message of a campaign that talks with people.
-- @module crier.dialog
local messages = require "crier.campaign.message"

local dialog = {}

local function compose(...)
  return require("crier.dialog.script").new(...) -- here: a script is checked without it
end

--- A message that is the beginning of a dialog: what it says first is what the campaign
-- sends, and it goes on with each person for as long as it takes.
-- @tparam function fn called with `d`, see `crier.dialog.talk`; run again from its
--   beginning whenever something happens, so it must do the same each time
-- @treturn crier.message
-- @raise on a wrong argument
function dialog.new(fn)
  if type(fn) ~= "function" then
    error("crier.dialog takes a function", 2)
  end
  local message = messages.composed("dialog", compose)
  message.fn = fn
  return message
end

return dialog

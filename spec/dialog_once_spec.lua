-- What a dialog does to the world is committed before another one does something.
local talking = require "support.talking"

local SCRIPT = [[
local crier = require "crier"
local hello = crier.text "What dish?"
return crier.campaign { name = "lunch", audience = crier.users {}, install = true,
  message = crier.dialog(function(d)
    d:ask(hello)
    d:once("order", function() return true end)
    d:wait "1h"
    d:once("bill", function() return true end)
    d:ask(hello)
  end) }
]]

describe("crier.dialog: d:once", function()
  local talk

  before_each(function()
    talk = talking.new { ["campaign.lua"] = SCRIPT }
    talk:send "lunch"
    talk:pass(5000)
  end)

  after_each(function() talk:close() end)

  it("ends the transaction, for an answer and for what is due", function()
    local people = talk:people()
    for _, person in ipairs(people) do
      talk:write(person, "soup")
    end
    assert.same({ 1, 1, 1, 0 }, { (talk.bot:work()), (talk.bot:work()), (talk.bot:work()),
      (talk.bot:work()) })
    talk.loop:run(function() talk.loop:sleep(2 * 3600000) end)
    assert.same({ 1, 1, 1, 0 }, { (talk.engine:work()), (talk.engine:work()),
      (talk.engine:work()), (talk.engine:work()) })
    assert.equal("open", talk:dialog(people[3]).state)
  end)
end)

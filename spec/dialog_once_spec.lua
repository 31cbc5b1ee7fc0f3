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

  describe("while the disk is full", function()
    local function room(pages)
      talk.store.db:row(("PRAGMA max_page_count = %d"):format(pages))
    end

    local function orders()
      local file = assert(io.open(talk.stage.path .. "/orders"))
      local text = file:read "*a"
      file:close()
      return text
    end

    -- Works again and again while there is no room, then with room.
    local function work(who)
      room(1) -- no more than is taken
      for _ = 1, 20 do
        local done, problem = who:work()
        assert.same({ nil, "database or disk is full" }, { done, problem })
        talk.loop:run(function() talk.loop:sleep(10000) end)
      end
      local before = orders()
      room(100000)
      assert.equal(1, who:work())
      return before, orders()
    end

    before_each(function()
      talk:close()
      talk = talking.new { ["campaign.lua"] = "" }
      talk.stage:write("campaign.lua", (SCRIPT:gsub("return true end", function()
        return ([[local file = io.open(%q, "a")
          file:write "x"
          file:close()
          return ("x"):rep(100000) end]]):format(talk.stage.path .. "/orders")
      end)))
      talk:send "lunch"
      talk:pass(5000)
    end)

    it("acts once, and once more when there is room", function()
      local person = talk:people()[1]
      talk:write(person, "soup")
      assert.same({ "x", "xx" }, { work(talk.bot) })
      talk.loop:run(function() talk.loop:sleep(2 * 3600000) end)
      assert.same({ "xxx", "xxxx" }, { work(talk.engine) })
      assert.equal("open", talk:dialog(person).state)
    end)
  end)
end)

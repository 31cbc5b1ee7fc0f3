-- The first hour, by the real program: from nothing to a message that is sent,
-- amended, deleted, and an app that is removed again.
local cjson = require "cjson"
local fetch = require "support.fetch"
local place = require "support.place"
local process = require "support.process"
local sandbox = require "support.sandbox"

describe("the first hour", function()
  local cloud, here

  setup(function()
    cloud = sandbox.start "--users 10 --limits off"
    cloud.env.CRIER_APP_ID = nil -- the one that is made here
    here = place.new(cloud.env, {})
  end)

  teardown(function()
    here:close()
    cloud:stop()
  end)

  local function type_(arguments)
    local result = here:crier(arguments)
    assert.equal(0, result.status, arguments .. ": " .. result.err)
    return result
  end

  local function publish()
    local running = here:start "publish kickoff/app.zip"
    for _ = 1, 2000 do
      if running:errors():find("enter%s+the%s+code") then
        fetch.get(cloud.url .. "/_sandbox/approve", { method = "POST" })
        break
      end
      assert(running:is_alive())
      cloud.transport:step(5)
    end
    local result = running:wait()
    assert.equal(0, result.status, result.err)
    return result
  end

  local function edit(from, to, pattern, replacement)
    local text = process.read(here.path .. "/" .. from)
    here:write(to, (text:gsub(pattern, replacement)))
  end

  -- Who has the message, and how many messages there are or were.
  local function texts(wanted)
    local found, all = 0, 0
    for _, delivery in ipairs(cloud:deliveries()) do
      all = all + 1
      if not delivery.deleted_at and cjson.encode(delivery.activity):find(wanted, 1, true) then
        found = found + 1
      end
    end
    return found, all
  end

  it("is walked command by command", function()
    type_ "new kickoff"
    here.env.CRIER_APP_ID =
      process.read(here.path .. "/kickoff/app/manifest.json"):match '"id": "([^"]+)"'
    type_ "pack kickoff/app --out kickoff/app.zip"
    assert.equal(78, here:crier("doctor kickoff/campaign.lua").status) -- not published
    assert.matches("published: kickoff 1.0.0", publish().out .. "")
    edit("kickoff/campaign.lua", "kickoff/campaign.lua", "crier%.list %b{}", "crier.users {}")
    assert.matches("\nnothing is wrong that can be seen without a person",
      type_("doctor kickoff/campaign.lua").out)

    local sent = cjson.decode(type_("run kickoff/campaign.lua --json").out)
    assert.is_true(sent.delivered > 3)
    assert.same({ sent.delivered, sent.delivered }, { texts "This is the first message" })

    edit("kickoff/card.json", "kickoff/card.json", "first message", "mended message")
    local amended = cjson.decode(type_("amend kickoff kickoff/campaign.lua --json").out)
    assert.same({ "kickoff.amend-1", sent.delivered }, { amended.name, amended.delivered })
    assert.same({ sent.delivered, sent.delivered }, { texts "This is the mended message" })

    local recalled = cjson.decode(type_("recall kickoff --json").out)
    assert.same({ "kickoff.recall-1", sent.delivered }, { recalled.name, recalled.delivered })
    assert.same({ 0, sent.delivered }, { texts "message" })

    here:write("bye.lua", [[local crier = require "crier"
return crier.campaign { name = "bye", audience = crier.users {} }]])
    local removed = cjson.decode(type_("uninstall bye.lua --json").out)
    assert.equal(sent.delivered, removed.delivered)
    assert.equal(4, #here:lines "status --json")
  end)
end)

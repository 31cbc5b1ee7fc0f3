local events = require "support.teams_events"
local stores = require "support.stores"
local welcome = require "crier.bot.welcome"

describe("crier.bot.welcome", function()
  local ears

  after_each(function() ears.close() end)

  local function start(options)
    options = options or {}
    options.cloud = "public"
    options.activity = options.activity or function(_, _, key)
      return '{"type":"message","text":"Hello ' .. key .. '"}'
    end
    ears = events.ears { installed = welcome.new(options) }
  end

  -- What is to be said.
  local function said()
    return ears.store.db:rows("SELECT t.key, t.phase, t.conversation_id, t.service_url, r.fields"
      .. " FROM target t JOIN recipient r ON r.target = t.id JOIN campaign c ON c.id = t.campaign"
      .. " WHERE c.action = 'message' ORDER BY t.id")
  end

  it("says something once to whoever installs the app", function()
    start()
    ears.hear(events.install("add", "f:1", 9), events.members("membersAdded", "f:2", 8.9),
      events.install("add", "f:1", 9))
    assert.same({ { key = "user:ann", phase = "send", conversation_id = "a:ann",
      service_url = events.SERVICE_URL, fields = '{"type":"message","text":"Hello user:ann"}' } },
      said())
  end)

  it("says it again to who comes back", function()
    start()
    ears.hear(events.install("add", "f:1", 9), events.install("remove", "f:2", 8),
      events.install("add", "f:3", 7))
    assert.equal(2, #said())
  end)

  it("says nothing to who has the app, or when there is nothing to say", function()
    start { activity = function() end }
    ears.hear(events.activity("message", "m1"), events.install("add", "f:1", 9))
    assert.equal(0, #said())
  end)

  local function campaign()
    local lane = assert(ears.store.lanes:acquire(events.APP, events.TENANT))
    local made = assert(ears.store.campaigns:add(stores.campaign(lane), events.NOW - 60000))
    assert(ears.store.targets:add(made.id, "send", { key = "user:ann", fields = "{}" },
      "install", events.NOW - 60000))
  end

  it("leaves it to the campaign that installed the app", function()
    start()
    campaign()
    ears.hear(events.install("add", "f:1", 9))
    assert.equal(0, #said())
  end)

  it("says it all the same when that is asked for", function()
    start { always = true }
    campaign()
    ears.hear(events.install("add", "f:1", 9))
    assert.equal(1, #said())
  end)
end)

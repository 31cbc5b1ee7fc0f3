-- The page of `crier serve` in Chromium: four people plan, try, approve, start, watch,
-- pause and cancel campaigns on the sandbox. CRIER_SHOTS names a folder for pictures.
local cjson = require "cjson"
local node = require "support.node"
local process = require "support.process"
local sandbox = require "support.sandbox"
local server = require "crier.server"
local shell = require "support.shell"

local SIGNED = [[
local crier = require "crier"
return crier.campaign { name = "signed", audience = crier.users {}, install = true,
  approval = true, fallback = "en", message = crier.card { en = "card.json", de = "de.json" } }
]]
local SLOW = [[
local crier = require "crier"
return crier.campaign { name = "slow", audience = crier.users {}, install = true, rate = 2,
  message = crier.text "Hello ${recipient.givenName}" }
]]
local CARD = [[{ "type": "AdaptiveCard", "version": "1.5", "body": [
  { "type": "Image", "url": "https://pictures.example.com/hall.png", "altText": "The hall" },
  { "type": "TextBlock", "text": "%s ${recipient.givenName}", "size": "Large", "wrap": true },
  { "type": "TextBlock", "text": "**13:00** in [hall 1](https://intranet.example.com/1)",
    "wrap": true } ],
  "actions": [ { "type": "Action.OpenUrl", "title": "Ask", "url": "https://example.com/a" } ] }]]
local POLL = [[
local crier = require "crier"
return crier.campaign { name = "poll", audience = crier.users {}, install = true,
  message = crier.poll { title = "Lunch", anonymous = true, within = "1d", questions = {
    { name = "dish", title = "What will you eat?", choices = { "Soup", "Salad" } },
    { name = "why", title = "Why?", text = true, optional = true } } } }
]]
local LONGEST_S = 240
local ROLES = { ana = "author", bo = "operator", cy = "approver", vera = "viewer" }

local function chromium()
  local found = shell.run "command -v chromium || command -v chromium-browser || true"
  return found ~= "" and found or nil
end

local function reason()
  local is_ready, why = node.is_ready()
  local file = io.open "build/page/page.js"
  if file then
    file:close()
  end
  return not is_ready and why or not file and "the page is not built: `make page`"
    or not chromium() and "chromium is missing: `.ci/deps test`" or nil
end

describe("the page of crier serve, in a browser, #browser", function()
  local why = reason()
  if why then
    pending(why)
    return
  end

  local folder, cloud, serving, seen, keys, url, sent

  local function write(name, text)
    local file = assert(io.open(folder .. "/campaigns/" .. name, "wb"))
    file:write(text)
    file:close()
  end

  setup(function()
    folder, keys, seen = shell.folder(), {}, {}
    os.execute("mkdir " .. folder .. "/campaigns")
    write("signed.lua", SIGNED)
    write("slow.lua", SLOW)
    write("poll.lua", POLL)
    write("bad.lua", "return 1")
    write("card.json", CARD:format "Hello")
    write("de.json", CARD:format "Hallo")
    local held = assert(server.listen {})
    local port = held:port()
    held:close()
    cloud = sandbox.start(("--users 60 --seed 3 --limits off --webhook"
      .. " http://127.0.0.1:%d/api/messages"):format(port))
    cloud.env.CRIER_STORE = "sqlite:" .. folder .. "/crier.db"
    cloud.env.CRIER_KEYS = folder .. "/keys.json"
    for name, role in pairs(ROLES) do
      local made = process.run(("key new %s --role %s"):format(name, role), cloud.env, folder)
      keys[name] = assert(made.out:match "%S+", made.err)
    end
    serving = process.start(("serve --json --create-store --listen 127.0.0.1:%d"
      .. " --campaigns campaigns"):format(port), cloud.env, folder)
    url = cjson.decode(serving:line()).url:gsub("/api/messages$", "")
    keys.somebody = "keisha.washington34@northwind.example"
    for _, line in ipairs(node.run("page.mjs", { url = url, keys = keys,
      cloud = cloud.url, browser = chromium(), shots = os.getenv "CRIER_SHOTS" }, nil,
      LONGEST_S)) do
      seen[line.name] = line.found
    end
    sent = #cloud:deliveries()
  end)

  teardown(function()
    serving:signal "TERM"
    local status = serving:wait()
    cloud:stop()
    os.execute("rm -rf " .. folder)
    assert.equal(0, status.status, status.err)
    for name in pairs(ROLES) do
      assert.is_nil(status.err:find(keys[name], 1, true))
    end
  end)

  it("tells nothing to who has no key", function()
    assert.equal("Sign in · crier", seen.stranger.title)
    assert.is_nil(seen.stranger.words:find "signed")
    assert.same({}, seen["before the wrong key"])
    assert.matches("^nobody has this key", seen["wrong key"])
    assert.matches("Sign in", seen["signed out"])
    assert.is_nil(seen["signed out"]:find "slow")
  end)

  it("shows an author what would be sent, and starts nothing for them", function()
    local words = seen.plan.words
    assert.matches("55 of 60 targeted would get it", words)
    assert.matches("waits for approval", words)
    assert.matches("Left out\nno_teams\nno licence for Teams; .-\t3\ndisabled\n.-\t2", words)
    assert.matches("Languages\nen\t%d+\nde\t%d+", words)
    assert.equal("Hello Alex\n13:00 in hall 1\nAsk", seen.plan.card)
    assert.same({ "Send me a test", "Ask" }, seen.plan.buttons)
  end)

  it("sends a test to whom the author names", function()
    assert.equal("signed.test-1 · crier", seen.test.title)
    assert.same({ 1, 1 }, { seen.test.numbers.targeted, seen.test.numbers.delivered })
  end)

  it("sends what another one has approved, and shows how far it is", function()
    assert.is_nil(seen.started.buttons[1]:find "Approve")
    assert.equal("Approve", seen["to approve"].buttons[1])
    assert.equal("Hallo Keisha\n13:00 in hall 1\nAsk", seen["to approve"].card)
    assert.same({ targeted = 60, delivered = 55, pending = 0, failed = 0, unknown = 0,
      excluded = 5 }, seen.finished.numbers)
  end)

  it("pauses, resumes and cancels when it is confirmed", function()
    assert.same({ "Resume", "Rate", "Cancel campaign" },
      { seen.cancelled.paused[1], seen.cancelled.paused[2], seen.cancelled.paused[3] })
    local numbers = seen.cancelled.numbers
    assert.equal(60, numbers.delivered + numbers.excluded)
    assert.is_true(numbers.delivered < 55)
    assert.are_not.equal("Resume", seen.cancelled.buttons[1])
    assert.equal(1 + 55 + 55 + numbers.delivered, sent)
    assert.same({ "Resume", "Cancel campaign" }, { seen.rested.resting[1],
      seen.rested.resting[2] })
    assert.same({ "Pause", "Cancel campaign" }, { seen.rested.going[1], seen.rested.going[2] })
  end)

  it("counts what people answer while it is looked at", function()
    assert.matches("^0 of 55 people answered %(0%.0 %%%); anonymous%.\n.*Too few answers yet",
      seen.asked)
    assert.matches("^6 of 55 people answered %(10%.9 %%%); anonymous%.\n", seen.answers)
    assert.matches("What will you eat%?\n6 answers\n.*Soup\t2\t33%.3 %%%s+Salad\t4\t66%.7 %%",
      seen.answers)
    assert.matches("Why%?\n+Too few answers yet", seen.answers) -- one person's words
  end)

  it("finds people by name and by reason, and tells their story", function()
    assert.matches("^Keisha Washington\n" .. keys.somebody:gsub("%p", "%%%0")
      .. "%s+delivered", seen.found.row)
    assert.matches("crier approve, by cy on .*delivered after 1 attempt", seen.person.words)
    assert.matches("As Teams shows it to Keisha Washington; pictures", seen.person.words)
    assert.matches("^Hello Keisha\n", seen.person.card)
    assert.same({ keys.somebody, 1 }, seen.back)
    assert.equal(2, #seen["of a reason"])
  end)

  it("lets a viewer look at everything, and change nothing", function()
    assert.same({}, seen["may not"])
    for _, view in ipairs { "found", "watched" } do
      for _, name in ipairs(seen[view].buttons) do
        assert.is_nil(("Pause Resume Rate Approve Start Cancel campaign"):find(name, 1, true))
      end
    end
  end)

  it("says why a script cannot be planned", function()
    assert.matches("end it with `return crier%.campaign", seen.bad)
  end)

  it("plans what is over for tests alone", function()
    assert.matches("campaign signed is finished: it sends nothing any more", seen.over.words)
    assert.same({ "Send me a test", "Ask" }, seen.over.buttons)
  end)

  it("can be used by the keyboard alone", function()
    assert.same({ "To the content", "main" }, seen.skip)
    assert.equal("Send me a test", seen.escape)
    assert.equal("main", seen["led to"])
  end)

  it("is well with axe, and fits, in light, dark and narrow", function()
    assert.same({}, seen.flaws)
  end)

  it("breaks no rule of its policy, and asks nobody else", function()
    assert.same({}, seen.complaints)
    assert.is_true(#seen.requests > 20)
    for _, each in ipairs(seen.requests) do
      assert.equal(url .. "/", each:sub(1, #url + 1))
      assert.is_nil(each:find "crier_")
    end
  end)

  it("keeps the key nowhere that a script could read", function()
    assert.same({ "", 0, 0 }, seen.kept)
  end)
end)

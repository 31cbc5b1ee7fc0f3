local cjson = require "cjson"
local place = require "support.place"
local sandbox = require "support.sandbox"
local story = require "crier.report.story"
local stores = require "support.stores"

local NOW = stores.NOW

local function row(more)
  local made = { campaign_name = "hello", action = "send", state = "delivered", attempts = 1,
    planned_at = NOW, updated_at = NOW + 9000, status = 201 }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

local function told(rows, more)
  more = more or {}
  local lines = {}
  for i, each in ipairs(story.tell { rows = rows, events = more.events or {},
    standing = more.standing or { opt_outs = {} } }) do
    lines[i] = ("%d %s%s"):format((each.at - NOW) / 1000,
      each.campaign and each.campaign .. ": " or "", each.what)
  end
  return lines
end

describe("crier.report.story", function()
  it("tells plan, app, chat and answer in the order of time", function()
    assert.same({ "0 hello: planned", "2 hello: the app was installed",
      "3 the chat was opened, or found", "9 hello: delivered after 1 attempt, answer 201" },
      told({ row { installed = 1, installed_at = NOW + 2000 } },
        { standing = { chat_at = NOW + 3000, opt_outs = {} } }))
  end)

  it("tells what the retry policy had done", function()
    assert.same({ "0 hello: planned",
      "9 hello: delivered by the activity feed (the chat: blocked) after 2 attempts, answer 204" },
      told { row { rerouted = "blocked", attempts = 2, status = 204 } })
    assert.same({ "0 hello: planned", "9 hello: failed, the app put on again: not permitted" },
      told { row { state = "failed", reinstalled = 2, reason = "not permitted", status = false } })
    assert.same({ "0 hello: planned",
      "9 hello: pending: the activity feed is to say it, last answer blocked" },
      told { row { state = "pending", phase = "notify", rerouted = "blocked",
        reason = "blocked" } })
  end)

  it("tells each state once", function()
    assert.same({ "0 hello: left out: guest" },
      told { row { state = "excluded", reason = "guest", updated_at = NOW, attempts = 0 } })
    assert.same({ "0 hello: planned", "9 hello: left out: cancelled" },
      told { row { state = "excluded", reason = "cancelled", status = false } })
    assert.same({ "0 hello: planned" },
      told { row { state = "pending", phase = "send", updated_at = NOW } })
    assert.same({ "0 hello: planned",
      "9 hello: pending: the message is to be sent, last answer throttled" },
      told { row { state = "pending", phase = "send", reason = "throttled" } })
    assert.same({ "0 hello: planned", "9 hello: failed: blocked, answer 403 Blocked" },
      told { row { state = "failed", reason = "blocked", text = "Blocked", status = 403,
        code = "Blocked" } })
    assert.same({ "0 hello: planned", "9 hello: unknown: interrupted (crier ended), answer 502" },
      told { row { state = "unknown", reason = "interrupted", text = "crier ended",
        status = 502 } })
  end)

  it("tells who was among the first, and who is held until these are done", function()
    assert.same({ "0 hello: planned, among the first",
      "9 hello: delivered after 1 attempt, answer 201" }, told { row { canary = 1 } })
    assert.same({ "0 hello: planned",
      "9 hello: pending: held until it is known how the first people fared" },
      told { row { state = "pending", phase = "held" } })
  end)

  it("tells what was amended and recalled, and the commands that reached the person", function()
    local function event(name, command, at)
      return { name = name, command = command, options = "", user = "ann", host = "ward7",
        version = "0.1", digest = "d", started_at = NOW + at }
    end
    assert.same({ "0 hello: planned", "1 hello: crier run, by ann on ward7",
      "9 hello: delivered after 2 attempts, answer 201",
      "20 hello.amend-1: planned: to be amended", "29 hello.amend-1: amended, answer 201",
      "40 hello.recall-1: unknown: no activity id" },
      told({ row { attempts = 2 }, row { campaign_name = "hello.amend-1", action = "amend",
        attempts = 0, planned_at = NOW + 20000, updated_at = NOW + 29000 },
        row { campaign_name = "hello.recall-1", action = "recall", state = "unknown",
          status = false, reason = "no activity id", planned_at = NOW + 40000,
          updated_at = NOW + 40000 } },
        { events = { event("hello", "run", 1000), event("hello", "retry", 10000),
          event("other", "run", 2000) } }))
  end)

  it("tells of opt-outs, and of the app's removal", function()
    assert.same({ "-5 opted out of news (operator)", "0 hello: planned",
      "1 opted out of everything (bot)", "2 the app was removed by this person",
      "9 hello: delivered after 1 attempt, answer 201" },
      told({ row {} }, { standing = { removed_at = NOW + 2000, opt_outs = {
        { topic = "news", at = NOW - 5000, source = "operator" },
        { topic = "*", at = NOW + 1000, source = "bot" } } } }))
  end)
end)

describe("crier why", function()
  local cloud, here

  setup(function()
    cloud = sandbox.start "--users 60 --limits off --seed 4 --faults blocked=0.1,502-after=0.1"
    here = place.new(cloud.env)
    assert.equal(2, here:crier("run campaign.lua").status)
    here:write("mended.lua", (place.HELLO:gsub("Hello", "Mended")))
    assert.equal(2, here:crier("amend hello mended.lua").status) -- some have no id
    assert.equal(2, here:crier("recall hello").status)
  end)

  teardown(function()
    cloud:stop()
    here:close()
  end)

  local function one(state)
    return here:lines("export hello --state " .. state)[1]
  end

  local function story_of(name, who)
    local found, lines = here:lines(("why %s %s --json"):format(name, who)), {}
    assert.equal(1, #found)
    for i, each in ipairs(found[1].story) do
      lines[i] = (each.campaign or "-") .. ": " .. each.what:gsub(", by .*", "")
    end
    return lines, found[1]
  end

  it("tells the whole story of who was sent to, amended and recalled", function()
    local person = one "delivered"
    local lines, found = story_of("hello", person.upn)
    local text = table.concat(lines, "\n")
    for _, line in ipairs { "hello: planned", "hello: crier run campaign.lua",
      "-: the chat was opened, or found", "hello: delivered after 1 attempt, answer 201",
      "hello.amend-1: planned: to be amended", "hello.amend-1: crier amend mended.lua",
      "hello.amend-1: amended", "hello.recall-1: crier recall", "hello.recall-1: recalled" } do
      assert.matches(line, text, 1, true)
    end
    assert.matches("^hello: planned", text)
    assert.equal(cjson.null, found.phase)
    for i = 2, #found.story do
      assert.is_true(found.story[i].at >= found.story[i - 1].at)
    end
    assert.same(lines, (story_of("hello.recall-1", person.id)))
  end)

  it("tells why somebody was left out, or not recalled", function()
    local out = one "excluded"
    local lines, found = story_of("hello", out.id)
    assert.equal("hello: left out: " .. out.reason, lines[1])
    assert.equal(1, #lines)
    assert.equal(0, found.attempts)
    lines = story_of("hello", one("unknown").upn)
    assert.equal("hello.recall-1: unknown: no activity id (no answer told the id of the message)",
      lines[#lines])
  end)

  it("shows it under what stands now", function()
    local result = here:crier("why hello " .. one("failed").upn)
    assert.same({ 0, "" }, { result.status, result.err })
    assert.matches("what to do%s+The person has blocked", result.out)
    assert.matches("\n\n  %d+%-%d+%-%d+ [%d:]+ UTC  planned\n", result.out)
    assert.matches("UTC  failed: blocked", result.out)
  end)

  it("says who is not in the ledger", function()
    local result = here:crier "why hello nobody@x"
    assert.same({ 65, "" }, { result.status, result.out })
    assert.matches("nobody@x is not in the ledger of campaign hello", result.err, 1, true)
    assert.matches("the audience did not have this person", result.err, 1, true)
  end)

  it("asks for a UPN or an id where it is given a name", function()
    local result = here:crier("why hello '" .. one("failed").name .. "'")
    assert.same({ 65, "" }, { result.status, result.out })
    assert.matches("\n  give the UPN or the object id: nobody is looked up by a name\n",
      result.err, 1, true)
  end)
end)

describe("crier why of other targets", function()
  local there, here

  before_each(function()
    there = stores.new()
    here = place.new { CRIER_STORE = "sqlite:" .. there.path }
  end)

  after_each(function()
    here:close()
    there:close()
  end)

  it("finds a chat by its bare id, and shows no control character", function()
    local store, campaign, lane = there:planned(0)
    assert(store.targets:add(campaign.id, "send", { key = "chat:19:x@thread.v2",
      name = "Evil\27[2J", fields = "{}" }, "send", stores.NOW))
    assert(store.opt_outs:add(lane.tenant, "chat:19:x@thread.v2", "ne\27ws", stores.NOW,
      "operator"))
    store:close()
    local result = here:crier "why hello 19:x@thread.v2"
    assert.equal(0, result.status)
    assert.matches("opted out of ne%?ws %(operator%)", result.out)
    assert.is_nil(result.out:find "\27")
  end)
end)

-- What a campaign script does wrong fails a person or the plan, with file and line;
-- the ledger stays whole.
local content = require "crier.campaign.content"
local script = require "crier.campaign.script"
local shell = require "support.shell"
local trial = require "support.trial"

local TEXT = 'crier.text "Hi ${data.x}"'

describe("a campaign script's mistake", function()
  local made

  after_each(function()
    if made then
      made.stage:close()
      made = nil
    end
  end)

  local function run(more, message, options)
    made = trial.new(trial.script("install = true, breaker = false,\n" .. more, message),
      options or { users = 12 })
    return made:run()
  end

  -- The texts of who failed, each with its count.
  local function texts(reason)
    local found, store = {}, made.stage:open()
    for _, row in ipairs(store.targets:page(store.campaigns:find("hello").id, 0, 500)) do
      if row.state == "failed" then
        assert.equal(reason, row.reason)
        found[row.text or ""] = (found[row.text or ""] or 0) + 1
      end
    end
    store:close()
    return found
  end

  -- Everybody failed for a reason and a text, and nothing was sent.
  local function fails_all(ending, reason, text)
    assert.equal(2, ending.exit, ending.why)
    local ledger = ending.ledger
    assert.same({ 0, 0, 0 }, { ledger.delivered, ledger.pending, ledger.unknown })
    assert.is_true(ledger.failed >= 5)
    assert.equal(ledger.targeted, ledger.failed + ledger.excluded)
    assert.equal(0, #made.stage:deliveries())
    local found, count = texts(reason)
    for said in pairs(found) do
      assert.matches(text, said)
      count = (count or 0) + 1
    end
    assert.is_true(count > 0)
  end

  describe("in data", function()
    for what, case in pairs {
      ["that raises"] = { "return r.nothing.there", "attempt to index" },
      ["that raises what is no text"] = { "error({})", "an error that is not a text" },
      ["that returns no table"] = { "return 7", "it returned a number and not a table" },
      ["that waits"] = { "coroutine.yield()", "it waits %(coroutine.yield%), and may not" },
      ["whose table raises"] = { "return setmetatable({}, { __index = function() error 'no' end })",
        "no" },
    } do
      it(what .. " fails that person, with file and line", function()
        local ending = run("data = function(r) " .. case[1] .. " end", TEXT)
        fails_all(ending, "data function failed", "^%S*campaign%.lua:%d+: .*" .. case[2])
      end)
    end

    for value, said in pairs { ["print"] = "a function", ["{ 1 }"] = "a table",
      ["io.stdout"] = "a userdata", ["coroutine.create(print)"] = "a thread" } do
      it("that has " .. said .. " where text goes fails that person", function()
        fails_all(run("data = function() return { x = " .. value .. " } end", TEXT),
          "data.x is " .. said .. " and cannot stand inside text", "")
      end)
    end

    it("whose inner table raises fails that person", function()
      fails_all(run("data = function() return { a = { x = setmetatable({}, { __index ="
        .. " function() error 'no' end }) } } end", 'crier.text "${data.a.x.y}"'),
        "data function failed", "^%S*campaign%.lua:%d+: no$")
    end)

    it("fails nobody but whom it concerns", function()
      local ending = run([[data = function(r)
        return { x = r.userPrincipalName:find "^a" and error "not for a" or "there" }
      end]], TEXT, { users = 60 })
      assert.equal(2, ending.exit)
      assert.is_true(ending.ledger.delivered >= 20 and ending.ledger.failed >= 2)
      assert.same({}, (made:compare()))
      for said in pairs(texts "data function failed") do
        assert.matches("campaign%.lua:%d+: not for a$", said)
      end
    end)

    it("that changes the recipient changes nobody else's", function()
      local ending = run([[data = function(r)
        r.displayName, r.id = print, nil
        return { x = 1 }
      end]], 'crier.text "Hi ${recipient.displayName} ${data.x}"')
      assert.equal(2, ending.exit)
      assert.equal(0, ending.ledger.pending)
    end)
  end)

  describe("in :where", function()
    for what, case in pairs {
      ["that raises"] = { "return r.nothing.there", "attempt to index" },
      ["that waits"] = { "coroutine.yield()", "it waits" },
    } do
      it(what .. " stops the plan, with file and line, and sends nothing", function()
        local text = ('local crier = require "crier"\nreturn crier.campaign { name = "hello",'
          .. " message = crier.text 'Hi', audience = crier.users {}:where(function(r)\n%s end) }")
          :format(case[1])
        made = trial.new(text, { users = 12 })
        local ending = made:run()
        assert.equal(65, ending.exit)
        assert.matches("^%S*campaign%.lua:%d+: .*" .. case[2] .. ".* %(in :where, for %S+%)$",
          ending.why)
        assert.equal("nothing was sent: mend the audience", ending.remedy)
        assert.equal(0, #made.stage:deliveries())
      end)
    end
  end)

  describe("in the script itself", function()
    local path

    after_each(function()
      shell.run("rm -rf " .. path)
    end)

    it("that runs long names its file in a mistake at its end", function()
      path = shell.run "mktemp -d"
      local file = assert(io.open(path .. "/c.lua", "w"))
      file:write 'for _ = 1, 200000 do\n  local _\nend\nreturn require "crier".campaign {}\n'
      file:close()
      local found, message = script.load(content.on_disk(path .. "/c.lua"))
      assert.is_nil(found)
      assert.matches("^%S+/c%.lua: crier%.campaign: ", message)
    end)

    it("that never ends is stopped, with file and line", function()
      path = shell.run "mktemp -d"
      local file = assert(io.open(path .. "/c.lua", "w"))
      file:write "local n = 0\nwhile true do\n  pcall(function() n = n + 1 end)\nend\n"
      file:close()
      local found, message, code = script.load(content.on_disk(path .. "/c.lua"), nil, 2000000)
      assert.is_nil(found)
      assert.matches("^%S+/c%.lua:%d: it does not end: 2 million steps of Lua$", message)
      assert.equal("SCRIPT", code)
    end)
  end)
end)

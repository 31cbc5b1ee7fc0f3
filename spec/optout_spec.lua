local cjson = require "cjson"
local place = require "support.place"
local stores = require "support.stores"

local NOW = stores.NOW

describe("crier.journal.opt_outs", function()
  local here, store

  before_each(function()
    here = stores.new()
    store = here:open()
  end)
  after_each(function() here:close() end)

  it("adds and removes, and tells whether that changed anything", function()
    assert.is_true(store.opt_outs:add("t", "user:1", "news", NOW, "a"))
    assert.is_false(store.opt_outs:add("t", "user:1", "news", NOW + 1, "b"))
    assert.same({ { key = "user:1", topic = "news", at = NOW, source = "a" } },
      store.opt_outs:list "t")
    assert.is_true(store.opt_outs:remove("t", "user:1", "news"))
    assert.is_false(store.opt_outs:remove("t", "user:1", "news"))
    assert.same({}, store.opt_outs:list "t")
  end)

  it("lists by pages, of one topic or all, and one tenant alone", function()
    for i = 1, 5 do
      store.opt_outs:add("t", "user:" .. i, i % 2 == 0 and "food" or "news", NOW, "a")
    end
    store.opt_outs:add("other", "user:1", "news", NOW, "a")
    local keys, page = {}, nil
    repeat
      page = store.opt_outs:list("t", { after = page and page[#page], most = 2 })
      for _, row in ipairs(page) do
        keys[#keys + 1] = row.topic .. " " .. row.key
      end
    until #page == 0
    assert.same({ "food user:2", "food user:4", "news user:1", "news user:3",
      "news user:5" }, keys)
    assert.equal(3, #store.opt_outs:list("t", { topic = "news" }))
  end)

  it("says when the store fails", function()
    store.db:exec "DROP TABLE opt_out"
    for _, fn in ipairs { "add", "remove" } do
      local ok, message, code = store.opt_outs[fn](store.opt_outs, "t", "user:1", "x", NOW, "a")
      assert.is_nil(ok)
      assert.equal("no such table: opt_out", message)
      assert.equal("SQLITE_ERROR", code)
    end
  end)
end)

describe("crier.journal.removals", function()
  it("keeps who removed the app, until they have it", function()
    local here = stores.new()
    local removals = here:open().removals
    local lane = { app = "bot", tenant = "t" }
    removals:add(lane, "user:2", NOW)
    removals:add(lane, "user:1", NOW)
    removals:add(lane, "user:1", NOW + 5)
    removals:add({ app = "bot", tenant = "other" }, "user:3", NOW)
    assert.same({ { key = "user:1", at = NOW + 5 }, { key = "user:2", at = NOW } },
      removals:list(lane, "", 10))
    assert.same({ { key = "user:2", at = NOW } }, removals:list(lane, "user:1", 10))
    removals:remove(lane, "user:2")
    assert.equal(1, #removals:list(lane, "", 10))
    here:close()
  end)
end)

describe("crier optout", function()
  local here, made
  local ANA = "aaaaaaaa-0000-4000-8000-000000000000"

  before_each(function()
    made = stores.new()
    local store, campaign = made:planned(1)
    store.targets:add(campaign.id, "send", { key = "user:" .. ANA, upn = "Ana@contoso.com",
      fields = '{"id":1}' }, "send", NOW)
    store:close()
    here = place.new({ CRIER_STORE = "sqlite:" .. made.path }, {})
  end)
  after_each(function()
    here:close()
    made:close()
  end)

  local function run(arguments, status, env)
    local result = here:crier("optout " .. arguments, env)
    assert.equal(status, result.status, result.err)
    return result
  end

  local function listed(arguments)
    local found = {}
    for line in run("list --json " .. (arguments or ""), 0).out:gmatch "[^\n]+" do
      local row = cjson.decode(line)
      found[#found + 1] = ("%s %s %s %s"):format(row.kind, row.id, row.topic, row.source)
    end
    return found
  end

  it("adds, lists and removes, by UPN or id", function()
    assert.equal("1 opt-out added\n", run("add ana@contoso.com --topic news", 0).err)
    assert.equal("0 opt-outs added, the rest was so already\n",
      run("add " .. ANA:upper() .. " --topic news", 0).err)
    run("add " .. ANA .. " 19:a@thread.tacv2 19:b@thread.v2", 0)
    assert.same({ "channel 19:a@thread.tacv2 * operator", "chat 19:b@thread.v2 * operator",
      "user " .. ANA .. " * operator", "user " .. ANA .. " news operator" }, listed())
    assert.same({ "user " .. ANA .. " news operator" }, listed "--topic news")
    assert.equal("1 opt-out removed\n", run("remove ana@contoso.com --topic news", 0).err)
    assert.same({}, listed "--topic news")
    assert.matches("^%*          %d+%-%d+%-%d+T%S+  19:a@thread.tacv2  operator\n",
      run("list", 0).out)
  end)

  it("refuses whom the store does not know, and changes nothing", function()
    local result = run("add ana@contoso.com nobody@contoso.com", 65)
    assert.equal("crier: the store does not know nobody@contoso.com: give the Entra"
      .. " object id\n", result.err)
    assert.same({}, listed())
  end)

  it("refuses a topic that is none, and nobody", function()
    run("add ana@contoso.com --topic '*'", 65)
    run("add", 64)
    run("forget ana@contoso.com", 64)
  end)

  it("makes a store when that is said, for who is to be left out from the start", function()
    local other = { CRIER_STORE = "sqlite:" .. here.path .. "/new.db" }
    assert.matches("^crier: there is no store ", run("add " .. ANA, 78, other).err)
    assert.equal("crier: AZURE_TENANT_ID is not set, and the store has no campaign yet\n",
      run("add --create-store " .. ANA, 78, other).err)
    other.AZURE_TENANT_ID = "contoso"
    run("add --create-store " .. ANA, 0, other)
    assert.matches(ANA, run("list", 0, other).out, 1, true)
  end)

  it("asks for the tenant when the store has several", function()
    local store = made:open {}
    assert(store.lanes:acquire("bot", "fabrikam"))
    store:close()
    assert.equal("crier: AZURE_TENANT_ID is not set, and the store has campaigns of"
      .. " several tenants\n", run("list", 78).err)
    run("add " .. ANA, 0, { AZURE_TENANT_ID = "fabrikam" })
  end)
end)

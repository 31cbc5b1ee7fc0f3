-- Campaigns to each kind of audience, against the simulator under a virtual
-- clock.
local interpose = require "support.interpose"
local rehearsal = require "support.rehearsal"
local teams = require "support.teams"

local USERS = 300

-- A campaign of an audience, written as Lua.
local function script(audience, more)
  return ([[
local crier = require "crier"
return crier.campaign { name = "hello", audience = %s, install = true,
  message = crier.text "Hi ${recipient.displayName}", %s }]]):format(audience, more or "")
end

describe("a campaign to", function()
  local stage

  local function new(audience, more, options)
    options = options or {}
    options.users = options.users or USERS
    options.installed = options.installed or 1
    options.install_delay_ms = 0
    options.files = options.files or {}
    options.files["campaign.lua"] = script(audience, more)
    stage = rehearsal.new(options.files, options)
    return stage
  end

  after_each(function()
    if stage then
      stage:close()
    end
    stage = nil
  end)

  -- Ledger against deliveries; and the ids of who is in the ledger, as a set.
  local function reached(name)
    local found = stage:compare(name or "hello")
    assert.same({}, found.problems)
    local ids, kinds = {}, {}
    for _, row in ipairs(stage:rows(name or "hello")) do
      ids[row.id] = row
      kinds[row.kind] = (kinds[row.kind] or 0) + 1
    end
    return ids, found.counts, kinds
  end

  local function organization()
    return stage.simulator.organization, stage.simulator.people
  end

  -- The people for whom a predicate of the simulator holds.
  local function people(member)
    local _, who = organization()
    local ids = {}
    for k = 1, who.count do
      if member(who, k) then
        ids[who:id(k)] = true
      end
    end
    return ids
  end

  local function keys(set)
    local list = {}
    for key in pairs(set) do
      list[#list + 1] = key
    end
    table.sort(list)
    return list
  end

  local function group_named(name, has_team)
    local org = organization()
    for _, group in ipairs(org.groups) do
      if group.name == name and (has_team == nil or (group.has_team or false) == has_team) then
        return group
      end
    end
  end

  local function add_app(kind, id)
    teams.add(stage, kind, id)
  end

  local function department(nth)
    return organization().teams[nth or 2]
  end

  describe("a group", function()
    it("by name reaches all of its people", function()
      new 'crier.group "All Departments"'
      assert.equal(0, stage:run().exit)
      local ids = reached()
      local _, _, member = organization():closure(group_named "All Departments")
      assert.same(keys(people(member)), keys(ids))
    end)

    it("by id and by mail address are the same people", function()
      new "crier.group 'x'"
      local group = department()
      stage:write("campaign.lua", script(("crier.group %q * crier.group %q"):format(
        group.id:upper(), group.mail)))
      assert.equal(0, stage:run().exit)
      assert.same(keys(people(group.member)), keys(reached()))
    end)

    it("without those in its groups, if that is wanted", function()
      new 'crier.group("All Departments", { nested = false })'
      local ending = stage:run()
      assert.equal(65, ending.exit)
      assert.equal("the audience is empty", ending.why)
    end)

    it("has the same fields as the people of the directory", function()
      new("crier.group('All Departments'):where(function(r) fields = fields or r"
        .. " return r.mail and r.usageLocation and r.userPrincipalName and r.kind == 'user' end)")
      assert.equal(0, stage:run().exit)
    end)

    it("that several groups are called stops the plan and names them", function()
      new "crier.group 'x'"
      local name = department(1).name
      local other = group_named(name, false)
      stage:write("campaign.lua", script(("crier.group %q"):format(name)))
      local ending = stage:run()
      assert.equal(65, ending.exit)
      assert.equal(("2 groups are called '%s': %s (%s), %s (%s); name one by its id")
        :format(name, department(1).id, department(1).mail, other.id, other.mail), ending.why)
      assert.equal(0, #stage:deliveries())
    end)

    it("that nobody knows stops the plan", function()
      for audience, why in pairs {
        ['crier.group "Sailing"'] = "no group is called 'Sailing'",
        ['crier.group "sailing@x.example"'] = "no group has the mail address sailing@x.example",
        ['crier.group "00000000-0000-4000-8000-000000000000"'] =
          "no group has the id 00000000-0000-4000-8000-000000000000",
        ['crier.team "Sailing"'] = "no team is called 'Sailing'",
        ['crier.team "00000000-0000-4000-8000-000000000000"'] =
          "no team has the id 00000000-0000-4000-8000-000000000000",
        ['crier.channel "Sailing"'] = "no team is called 'Sailing'",
      } do
        new(audience)
        local ending = stage:run()
        assert.equal(65, ending.exit)
        assert.equal(why, ending.why)
        stage:close()
      end
    end)

    it("of whom only ids are told ends with 77, because guests could not be told", function()
      new('crier.group "All Departments"', nil,
        { roles = { "GroupMember.Read.All", "AppCatalog.Read.All" } })
      local ending = stage:run()
      assert.equal(77, ending.exit)
      assert.matches("^Grant User.Read.All", ending.remedy)
    end)

    it("for which a permission is missing ends with 77", function()
      new('crier.group "All Departments"', nil,
        { roles = { "User.Read.All", "AppCatalog.Read.All" } })
      local ending = stage:run()
      assert.equal(77, ending.exit)
      assert.matches("GroupMember.Read.All", ending.remedy)
    end)
  end)

  describe("a team", function()
    it("may have a name that a URL must quote", function()
      for _, name in ipairs { "Research & Development", "Women's Health" } do
        new(("crier.team %q"):format(name))
        assert.equal(0, stage:run().exit)
        stage:close()
      end
      stage = nil
    end)

    it("reaches its members, one chat each", function()
      new "crier.team 'x'"
      local team = department()
      stage:write("campaign.lua", script(("crier.team %q"):format(team.name)))
      assert.equal(0, stage:run().exit)
      local ids, counts, kinds = reached()
      local _, who = organization()
      assert.same(keys(people(function(_, k)
        return who:is_reachable(k) and team.member(who, k)
      end)), keys(ids))
      assert.equal(kinds.user, counts.delivered + (counts.excluded or 0))
    end)
  end)

  describe("a channel", function()
    local function with_team(options)
      new("crier.users()", nil, options)
      local team = department()
      add_app("teams", team.id)
      return team, organization():channels(team)
    end

    it("posts once, without an install or a new chat", function()
      local team, channels = with_team()
      stage:write("campaign.lua", script(("crier.channel(%q, 'announcements')")
        :format(team.name)))
      assert.equal(0, stage:run().exit)
      local rows = stage:rows "hello"
      assert.equal(1, #rows)
      assert.equal("channel", rows[1].kind)
      assert.equal(channels[2].id, rows[1].id)
      assert.equal("Announcements", rows[1].name)
      assert.equal(channels[2].id, rows[1].conversation_id)
      local deliveries = stage:deliveries()
      assert.equal(1, #deliveries)
      assert.equal(channels[2].id, deliveries[1].recipient)
      assert.equal("Hi Announcements", deliveries[1].activity.text)
      assert.equal(rows[1].activity_id, deliveries[1].activity_id)
      local asked = stage:stats().operations
      assert.is_nil(asked.create)
      assert.same({ ["201"] = 1 }, asked.send)
    end)

    it("is General when none is named, and by its id any", function()
      local team, channels = with_team()
      stage:write("campaign.lua", script(("crier.channel %q + crier.channel(%q, %q)")
        :format(team.id, team.id, channels[2].id)))
      assert.equal(0, stage:run().exit)
      local ids = reached()
      assert.same(keys { [channels[1].id] = 1, [channels[2].id] = 1 }, keys(ids))
    end)

    it("asks a team once for all of its channels", function()
      local team = with_team()
      stage:write("campaign.lua", script(([[
        (function()
          local all = crier.channel(%q)
          for _ = 1, 10 do
            all = all + crier.channel(%q, "Announcements")
          end
          return all
        end)()]]):format(team.id, team.id)))
      assert.equal(0, stage:run().exit)
      local asked = stage:stats().operations
      assert.same({ ["200"] = 1 }, asked.team)
      assert.same({ ["200"] = 1 }, asked.channels)
    end)

    it("has the names of channel and team in templates", function()
      local team, channels = with_team()
      stage:write("campaign.lua", ([[
        local crier = require "crier"
        return crier.campaign { name = "hello", audience = crier.channel(%q, "Announcements"),
          message =
            crier.text "${recipient.kind} ${recipient.displayName} of ${recipient.teamName}",
        }]]):format(team.id))
      assert.equal(0, stage:run().exit)
      assert.equal("channel Announcements of " .. team.name,
        stage:deliveries()[1].activity.text)
      assert.is_string(channels[2].id)
    end)

    it("refuses a field that only people have, with its place", function()
      new("crier.channel('x')", "message = crier.text '${recipient.givenName}'")
      stage:write("campaign.lua", [[
        local crier = require "crier"
        return crier.campaign { name = "hello", audience = crier.channel "x",
          message = crier.text "Hi ${recipient.givenName}" }]])
      local ending = stage:run()
      assert.equal(65, ending.exit)
      assert.matches("${recipient.givenName}: no such field", ending.why, 1, true)
    end)

    it("is suggested when it is misspelt", function()
      local team = with_team()
      stage:write("campaign.lua", script(("crier.channel(%q, 'Anouncements')"):format(team.name)))
      local ending = stage:run()
      assert.equal(65, ending.exit)
      assert.equal(("team %s has no channel 'Anouncements'; did you mean 'Announcements'?")
        :format(team.name), ending.why)
      stage:write("campaign.lua", script(("crier.channel(%q, 'x')"):format(team.name)))
      ending = stage:run()
      assert.matches("has no channel 'x' %(there are .+, Announcements, Leads%)$", ending.why)
    end)

    it("fails, and says what to do, where the app is not", function()
      local team, channels = with_team()
      stage:write("campaign.lua", script(("crier.channel(%q, 'Leads')"):format(team.name)))
      assert.equal(2, stage:run().exit)
      local row = stage:rows("hello")[1]
      assert.equal("failed not installed " .. channels[3].id,
        ("%s %s %s"):format(row.state, row.reason, row.id))
      assert.matches("^add the app to the team", stage:open().targets:page(1, 0, 1)[1].remedy)
    end)

    it("is posted to again by retry, once the app is there", function()
      new "crier.users()"
      local team = department()
      stage:write("campaign.lua", script(("crier.channel(%q)"):format(team.id)))
      assert.equal(2, stage:run().exit)
      add_app("teams", team.id)
      assert.equal(0, stage:run({ again = {} }).exit)
      local _, counts = reached()
      assert.same({ delivered = 1 }, counts)
    end)

    it("is at most once, or at least once, when an answer is lost", function()
      for on_unknown, wanted in pairs { report = "unknown 1", resend = "delivered 2" } do
        local team = with_team()
        stage:write("campaign.lua", script(("crier.channel(%q)"):format(team.id),
          ("on_unknown = %q"):format(on_unknown)))
        local lost = false
        stage.transport.simulator = interpose(stage.simulator, function(request, now_ms)
          if not lost and request.url:find("/activities", 1, true) then
            lost = true
            stage.simulator:step(request, now_ms)
            return { status = 502, headers = {}, body = "" }
          end
        end)
        stage:run()
        assert.equal(wanted, ("%s %d"):format(stage:rows("hello")[1].state,
          #stage:deliveries()))
        stage:close()
      end
    end)

    it("is amended and recalled", function()
      local team = with_team()
      stage:write("campaign.lua", script(("crier.channel(%q)"):format(team.id)))
      assert.equal(0, stage:run().exit)
      stage:write("campaign.lua", script(("crier.channel(%q)"):format(team.id))
        :gsub("Hi ", "Hello "), nil)
      assert.equal(0, stage:run({ action = "amend", parent = "hello" }).exit)
      local found = stage:deliveries()
      assert.matches("^Hello ", found[#found].activity.text)
      assert.equal(0, stage:run({ action = "recall", parent = "hello",
        path = false }).exit)
      assert.equal("delivered", stage:rows("hello.recall-1")[1].state)
    end)

    it("counts for nobody where an app is upgraded", function()
      local team = with_team()
      stage:write("campaign.lua", script(("crier.channel(%q)"):format(team.id)))
      local ending = stage:run { action = "upgrade" }
      assert.equal(65, ending.exit)
      assert.equal("the audience is empty: everybody in it is excluded (1 not a person)",
        ending.why)
    end)
  end)

  describe("a group chat", function()
    it("posts once, with the name that it was given", function()
      new "crier.users()"
      local id = organization():chat_of(1)
      add_app("chats", id)
      stage:write("campaign.lua", script(("crier.chat(%q, { name = 'Lunch' })"):format(id)))
      assert.equal(0, stage:run().exit)
      local row = stage:rows("hello")[1]
      assert.equal("chat " .. id .. " Lunch", row.kind .. " " .. row.id .. " " .. row.name)
      assert.equal("Hi Lunch", stage:deliveries()[1].activity.text)
    end)

    it("that Teams does not know fails after a second look", function()
      new 'crier.chat("19:0000@thread.v2", { name = "x" })'
      assert.equal(2, stage:run().exit)
      local row = stage:rows("hello")[1]
      assert.equal("failed", row.state)
      assert.equal(2, row.attempts)
    end)

    it("takes no message with suggested actions", function()
      new "crier.users()"
      stage:write("campaign.lua", [[
        local crier = require "crier"
        return crier.campaign { name = "hello",
          audience = crier.users() + crier.chat "19:0000@thread.v2",
          message = crier.activity { text = "x", suggestedActions = { actions = {
            { type = "imBack", title = "Yes", value = "yes" } } } } }]])
      local ending = stage:run()
      assert.equal(65, ending.exit)
      assert.matches("suggested actions are shown in a 1:1 chat only", ending.why)
    end)
  end)

  it("all of these agrees with what arrives, whatever the service does", function()
    for seed = 1, 3 do
      new("crier.users()", nil, { seed = seed, latency = { ms = 120, jitter_ms = 20 },
        faults = "send:429=0.1,send:500=0.05,send:502-after=0.05,create:cut-before=0.1,"
          .. "create:cut-after=0.05,team:503=0.3,group_members:429=0.3,resolve:429=0.3" })
      local team, chat = department(seed), organization():chat_of(1)
      add_app("teams", team.id)
      add_app("chats", chat)
      stage:write("campaign.lua", script(("crier.team %q + crier.channel %q + crier.channel(%q,"
        .. " 'Announcements') + crier.chat(%q, { name = 'x' })"):format(team.name, team.id,
        team.id, chat)))
      local ending = stage:run()
      assert.is_true(ending.exit == 0 or ending.exit == 2)
      local _, _, kinds = reached()
      assert.same({ 2, 1 }, { kinds.channel, kinds.chat })
      stage:close()
    end
    stage = nil
  end)

  it("people, channels and chats says how many of each", function()
    new("crier.users()", nil, { confirm = true })
    local team, chat = department(), organization():chat_of(1)
    add_app("teams", team.id)
    add_app("chats", chat)
    stage:write("campaign.lua", script(("crier.users() + crier.channel %q"
      .. " + crier.chat(%q, { name = 'x' })"):format(team.id, chat)))
    assert.equal(0, stage:run().exit)
    local _, counts, kinds = reached()
    assert.equal(1, kinds.channel)
    assert.equal(1, kinds.chat)
    assert.equal(USERS + 2, counts.delivered + counts.excluded)
  end)
end)

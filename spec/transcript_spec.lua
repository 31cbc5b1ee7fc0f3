-- The examples that talk with people, as transcripts.
local report = require "crier.report.results"
local shell = require "support.shell"
local talking = require "support.talking"
local time = require "crier.format.time"

local HOUR, DAY = 3600000, 24 * 3600000

local function files()
  local found = {}
  for name in shell.run "cd examples && ls -p | grep -v /":gmatch "%S+" do
    local file = assert(io.open("examples/" .. name, "rb"))
    found[name] = file:read "*a"
    file:close()
  end
  return found
end

describe("the examples that talk", function()
  local talk, began, said

  -- Sends a campaign; time counts from the first.
  local function send(name, path)
    if not talk then
      talk, said = talking.new(files(), { users = 8 }), {}
      began = talk.stage.clock.now_ms()
    end
    talk:send(name, path)
  end

  local function note(person, line)
    said[#said + 1] = { at = talk.stage.clock.now_ms(), person = person, line = "> " .. line,
      order = #said }
  end

  -- What was said in somebody's chat: day, time, and whose words.
  local function transcript(person)
    local all = {}
    for _, one in ipairs(said) do
      if one.person == person then
        all[#all + 1] = one
      end
    end
    for i, delivery in ipairs(talk.stage:deliveries()) do
      if delivery.recipient == person then
        local activity = delivery.activity
        all[#all + 1] = { at = time.parse(delivery.at), order = i, line = activity.text
          and (activity.text:gsub("%*%*", ""):gsub("\n", " ")) or "[" .. activity.summary .. "]" }
      end
    end
    table.sort(all, function(a, b) return a.at < b.at or a.at == b.at and a.order < b.order end)
    local lines = {}
    for i, one in ipairs(all) do
      local minutes = math.floor((one.at - began) / 60000)
      lines[i] = ("%d %02d:%02d  %s"):format(math.floor(minutes / 1440),
        math.floor(minutes / 60) % 24, minutes % 60, one.line)
    end
    return table.concat(lines, "\n") .. "\n"
  end

  local function write(person, line)
    note(person, line)
    talk:write(person, line)
    talk:pass(60000)
  end

  local function vote(person, nth_card, fields)
    note(person, "(answers)")
    local answer = talk:execute(person, nth_card, fields)
    talk:pass(60000)
    return talking.words(answer)
  end

  after_each(function()
    talk:close()
    talk = nil
  end)

  it("poll: reminds over three days, and counts", function()
    send("canteen-2027", "poll.lua")
    local people = talk:people()
    local fields = { often = "2", dishes = "1,3", ["else"] = "Longer opening hours" }
    local thanks = "Thank you! The results will be on the intranet."
    assert.equal(thanks, vote(people[1], 1, fields))
    talk:pass(25 * HOUR)
    assert.equal(thanks, vote(people[2], 2, fields))
    talk:restart()
    talk:pass(DAY)
    for nth = 3, 5 do
      assert.equal(thanks, vote(people[nth], 3, { often = "3", dishes = "2", ["else"] = "" }))
    end
    talk:pass(2 * DAY)
    assert.equal("This poll is closed.",
      vote(people[6], 3, fields))
    -- The thanks have taken the place of the cards.
    assert.equal([[
0 00:00  [Thank you! The results will be on the intranet.]
0 00:01  > (answers)
]], transcript(people[1]))
    assert.equal([[
0 00:00  [Thank you! The results will be on the intranet.]
1 00:00  [Thank you! The results will be on the intranet.]
1 01:02  > (answers)
]], transcript(people[2]))
    assert.equal([[
0 00:00  [The canteen, a year from now]
1 00:00  [The canteen, a year from now]
2 00:00  [The canteen, a year from now]
4 01:06  > (answers)
]], transcript(people[6]))
    assert.equal([[
campaign canteen-2027: 5 of ]] .. #people .. [[ people answered (]]
  .. ("%.1f"):format(500 / #people) .. [[ %); anonymous

How often will you eat there?
  Every day                                            0    0.0 %
  Once or twice a week  ##########                     2   40.0 %
  Never                 ##############                 3   60.0 %

What would you like to find?
  Soup   ################                              2   40.0 %
  Salad  #######################                       3   60.0 %
  Pizza  ################                              2   40.0 %
  of 5 people, who could choose several

Anything else?
  too few answers yet: those of an anonymous poll are shown from 5 on
]], report.text(report.read(talk.store, talk.store.campaigns:find "canteen-2027"),
      { width = 66 }))
  end)

  it("dialog: lets another come between, and goes on", function()
    send("laptops-2027", "dialog.lua")
    local ann = talk:people()[1]
    talk:pass(2 * HOUR)
    talk:restart()
    send("fire-building-2", "safety.lua")
    write(ann, "small")
    write(ann, "yes")
    write(ann, "medium")
    write(ann, "Small")
    talk:restart()
    write(ann, "home")
    assert.equal([[
0 00:00  NAME, your laptop is four years old. Which one shall come: small or large?
0 02:01  Fire alarm in building 2. Are you out? Please answer yes.
0 02:02  > small
0 02:02  Are you out?
0 02:03  > yes
0 02:03  Good. Stay at the meeting point.
0 02:03  Small or large? You can also say cancel.
0 02:04  > medium
0 02:04  Please answer small or large.
0 02:05  > Small
0 02:05  Shall it go to the office, or home?
0 02:06  > home
0 02:06  A small one, to the home: order 4711.
]], (transcript(ann):gsub("  [^ ,]+, your", "  NAME, your")))
    assert.equal("done", talk:dialog(ann).state)
  end)

  it("dialog: gives up on who does not answer, after three days", function()
    send("laptops-2027", "dialog.lua")
    talk:pass(4 * DAY)
    local lines = {}
    for line in transcript(talk:people()[2]):gmatch "[^\n]+" do
      lines[#lines + 1] = line:gsub("^(%d+ %d+:%d+  ).-, your.*", "%1hello")
    end
    assert.same({ "0 00:00  hello", "1 00:00  Small or large? You can also say cancel.",
      "2 00:00  Small or large? You can also say cancel.",
      "3 00:00  Then you keep the old one. The help desk orders a new one any time." }, lines)
  end)
end)

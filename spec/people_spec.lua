local cjson = require "cjson"
local place = require "support.place"
local sandbox = require "support.sandbox"

local BOM = "\239\187\191"

local function script(audience, message, more)
  return ('local crier = require "crier"\nreturn crier.campaign { name = "hello",'
    .. " install = true, audience = %s, message = crier.text %q,\n%s }\n")
    :format(audience, message, more or "")
end

describe("a campaign to people of a csv", function()
  local cloud, here, everybody

  setup(function()
    cloud = sandbox.start "--users 60 --limits off --seed 31 --installed 1"
    local first = place.new(cloud.env)
    assert.equal(0, first:crier("run campaign.lua").status)
    everybody = {}
    for _, row in ipairs(first:export()) do
      if row.state == "delivered" then
        everybody[#everybody + 1] = row
      end
    end
    first:close()
  end)

  teardown(function()
    cloud:stop()
  end)

  after_each(function()
    here:close()
  end)

  local function by_id(rows)
    local found = {}
    for _, row in ipairs(rows) do
      found[row.id] = row
    end
    return found
  end

  it("keeps the good rows and excludes the bad ones by line", function()
    local a, b, c = everybody[1], everybody[2], everybody[3]
    here = place.new(cloud.env, {
      ["campaign.lua"] = script("crier.csv 'people.csv'", "Hi ${recipient.csv.note}"),
      ["people.csv"] = BOM .. "UPN,note\r\n"                     -- 1
        .. a.upn:upper() .. ',"said ""yes"", and\r\nleft"\r\n'    -- 2, 3
        .. b.upn .. "\r\n"                                        -- 4: one field
        .. ",nobody\r\n"                                          -- 5: no person
        .. c.id .. ",plain\r\n"                                   -- 6
        .. a.upn .. ",again\r\n"                                  -- 7: merged
        .. "ghost@nowhere.example,boo\r\n"                        -- 8: unknown
        .. "\r\n"                                                 -- 9: empty
        .. b.upn .. ',"open\r\n',                                 -- 10
    })
    local before = cloud:stats().deliveries
    local result = here:crier "run campaign.lua --json"
    assert.equal(0, result.status, result.err)
    local ledger = cjson.decode(result.out)
    assert.same({ 6, 2, 4 }, { ledger.targeted, ledger.delivered, ledger.excluded })
    assert.equal(before + 2, cloud:stats().deliveries)
    local rows = here:export()
    local found = by_id(rows)
    assert.same({ "delivered", "delivered" }, { found[a.id].state, found[c.id].state })
    local reasons = {}
    for _, row in ipairs(rows) do
      if row.state == "excluded" then
        reasons[#reasons + 1] = row.reason
      end
    end
    table.sort(reasons)
    assert.same({ "bad row: people.csv line 10: a quote is not closed",
      "bad row: people.csv line 4: 1 fields where the header has 2",
      "bad row: people.csv line 5: no person in column UPN",
      "no such user: people.csv line 8: ghost@nowhere.example is not in the directory" },
      reasons)
    for _, delivery in ipairs(cloud:deliveries()) do
      if delivery.activity.text:find "said" then
        assert.equal(a.id, delivery.recipient)
        assert.equal('Hi said "yes", and\r\nleft', delivery.activity.text)
      end
    end
  end)

  it("fails alone whose text is too large or lacks a value", function()
    local a, b, c = everybody[4], everybody[5], everybody[6]
    here = place.new(cloud.env, {
      ["campaign.lua"] = script("crier.csv 'people.csv'", "Hi ${data.note}", [[
        data = function(recipient)
          local note = recipient.csv.note
          return { note = note == "large" and ("x"):rep(50000) or note ~= "" and note or nil }
        end]]),
      ["people.csv"] = ("id;note\n%s;large\n%s;\n%s;fine\n"):format(a.id, b.id, c.id),
    })
    local result = here:crier "run campaign.lua --json"
    assert.equal(2, result.status, result.err)
    local ledger, found = cjson.decode(result.out), by_id(here:export())
    assert.same({ 3, 1, 2 }, { ledger.targeted, ledger.delivered, ledger.failed })
    assert.same({ "too large", "missing data.note", cjson.null, "delivered" },
      { found[a.id].reason, found[b.id].reason, found[c.id].reason, found[c.id].state })
    assert.same({ 0, 0, 1 },
      { found[a.id].attempts, found[b.id].attempts, found[c.id].attempts })
  end)

  it("is sent to nobody when nobody is left, or too few", function()
    here = place.new(cloud.env, { ["campaign.lua"] = script("crier.csv 'people.csv'", "Hi"),
      ["people.csv"] = "id\n" })
    local result = here:crier "run campaign.lua --json"
    assert.same({ 65, "" }, { result.status, result.out })
    assert.matches("\ncrier: the audience is empty\n", result.err)
    here:write("campaign.lua", script("crier.csv 'people.csv'", "Hi", "expect = { min = 5 }"))
    here:write("people.csv", "id\n" .. everybody[1].id .. "\n")
    result = here:crier "run campaign.lua --json"
    assert.same({ 3, "" }, { result.status, result.out })
    assert.matches("\ncrier: 1 recipients, where expect says at least 5\n", result.err)
    here:write("campaign.lua", script("crier.csv 'people.csv'", "Hi"))
    assert.equal(0, here:crier("run campaign.lua --json").status)
  end)

  it("takes 100,000 rows #rounds", function()
    local rows = { "id,note" }
    for i = 2, 100001 do
      rows[i] = i % 1000 == 0 and everybody[i % 7 + 1].id .. ",good" or ",bad"
    end
    here = place.new(cloud.env, { ["campaign.lua"] =
      script("crier.csv 'people.csv'", "Hi ${recipient.csv.note}"),
      ["people.csv"] = table.concat(rows, "\n") })
    local result = here:crier "run campaign.lua --json"
    assert.equal(0, result.status, result.err)
    local ledger = cjson.decode(result.out)
    assert.same({ 99907, 7, 99900 }, { ledger.targeted, ledger.delivered, ledger.excluded })
  end)
end)

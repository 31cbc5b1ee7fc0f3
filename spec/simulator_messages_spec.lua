local cjson = require "cjson"
local bot = require "support.bot"

local CARD = '{"type":"message","attachments":[{"contentType":"x/card","content":{}}]}'
local BOTH = '{"type":"message","text":"Hello","attachments":[{"contentType":"x/card"}]}'

local new, refusal = bot.new, bot.refusal

describe("crier.simulator.messages #portable", function()
  local sim, k, conversation

  before_each(function()
    sim = new()
    k = sim.person("member")
    conversation = sim.sim.connector:conversation_id(k)
  end)

  it("changes a message, and the record of it", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    sim.now_ms = sim.now_ms + 5000
    local changed = '{"type":"message","text":"Better"}'
    assert.same({ 200, { id = sent.id } }, { sim.message("PUT", conversation, sent.id, changed) })
    assert.same({ 200 }, { (sim.message("PUT", conversation, sent.id, changed)) })
    local lines = sim.lines()
    assert.equal(1, #lines)
    local line = cjson.decode(lines[1])
    assert.equal("2023-11-14T22:13:20.000Z", line.at)
    assert.equal("2023-11-14T22:13:25.000Z", line.updated_at)
    assert.equal("Better", line.activity.text)
    assert.is_nil(line.deleted_at)
  end)

  it("deletes a message once, and keeps what it was", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    assert.equal(200, (sim.message("DELETE", conversation, sent.id)))
    for _, method in ipairs({ "DELETE", "PUT" }) do
      assert.same({ 404, "ActivityNotFoundInConversation" },
        refusal(sim.message(method, conversation, sent.id, CARD)))
    end
    local line = cjson.decode(sim.lines()[1])
    assert.equal("2023-11-14T22:13:20.000Z", line.deleted_at)
    assert.equal("x/card", line.activity.attachments[1].contentType)
    assert.equal(1, sim.sim:stats().deliveries)
  end)

  it("finds a message in its own conversation alone", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    local other = sim.sim.connector:conversation_id((sim.person("member", k + 1)))
    for _, method in ipairs({ "PUT", "DELETE", "POST" }) do
      assert.same({ 404, "ActivityNotFoundInConversation" },
        refusal(sim.message(method, other, sent.id, CARD)))
      assert.same({ 404, "ActivityNotFoundInConversation" },
        refusal(sim.message(method, conversation, "1700000099999", CARD)))
      assert.same({ 404, "ActivityNotFoundInConversation" },
        refusal(sim.message(method, conversation, "f:1", CARD)))
    end
  end)

  it("changes and deletes nobody else's message, but answers it", function()
    for _, method in ipairs({ "PUT", "DELETE" }) do
      assert.same({ 403, "NotEnoughPermissions" },
        refusal(sim.message(method, conversation, "1599999999999", CARD)))
    end
    assert.equal(201, (sim.message("POST", conversation, "1599999999999", CARD)))
  end)

  it("answers a message of its own", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    local status, answer = sim.message("POST", conversation, sent.id, CARD)
    assert.equal(201, status)
    assert.is_true(tonumber(answer.id) > tonumber(sent.id))
    assert.same({ ["201"] = 1 }, sim.sim:stats().operations.reply)
  end)

  it("shows that it writes, which is no message", function()
    assert.same({ 201, {} }, { sim.message("POST", conversation, nil, '{"type":"typing"}') })
    assert.equal(0, sim.sim:stats().deliveries)
    assert.same({ ["201"] = 1 }, sim.sim:stats().operations.typing)
  end)

  it("splits text and attachment into two messages without an id", function()
    assert.same({ 201, {} }, { sim.message("POST", conversation, nil, BOTH) })
    local lines = sim.lines()
    assert.equal(2, #lines)
    assert.equal(1, cjson.decode(lines[1]).part)
    assert.equal(2, cjson.decode(lines[2]).part)
    assert.equal(2, sim.sim:stats().highest.connector)
    local _, sent = sim.message("POST", conversation, nil,
      '{"type":"message","text":" ","attachments":[{"contentType":"x/card"}]}')
    assert.equal("string", type(sent.id))
  end)

  it("refuses for each call what it refuses for a send", function()
    local _, sent = sim.message("POST", conversation, nil, CARD)
    local large = '{"type":"message","text":"' .. ("x"):rep(51200) .. '"}'
    for _, method in ipairs({ "PUT", "POST" }) do
      assert.same({ 413, "MessageSizeTooBig" },
        refusal(sim.message(method, conversation, sent.id, large)))
      assert.same({ 400, "BadSyntax" }, refusal(sim.message(method, conversation, sent.id, "{}")))
    end
    for _, method in ipairs({ "PUT", "POST", "DELETE" }) do
      assert.same({ 404, "ConversationNotFound" },
        refusal(sim.message(method, "a:1", sent.id, CARD)))
      assert.same({ 403, "BotNotInConversationRoster" },
        refusal(new({ installed = 0 }).message(method, conversation, sent.id, CARD)))
      local blocked = new({ faults = "blocked=1" })
      assert.equal(403, (blocked.message(method, conversation, sent.id, CARD)))
    end
  end)

  it("counts without keeping, and takes each id that it gave out", function()
    local counting = new({ keep_deliveries = false })
    local _, sent = counting.message("POST", conversation, nil, CARD)
    assert.equal(200, (counting.message("PUT", conversation, sent.id, CARD)))
    assert.equal(200, (counting.message("DELETE", conversation, sent.id)))
    assert.equal(404, (counting.message("DELETE", conversation, "1700000099999")))
  end)
end)

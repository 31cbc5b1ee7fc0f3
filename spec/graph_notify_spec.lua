local wired = require "support.wired"

local graph = wired.graph
local BODY = '{"activityType":"taskCreated","previewText":{"content":"New"}}'

-- A request that delivers.
local function delivering(operation, path, body)
  return wired.json(operation, "POST", path, body, { once = true })
end

local function recipient(id)
  return '{"@odata.type":"microsoft.graph.aadUserNotificationRecipient","userId":"' .. id .. '"}'
end

describe("crier.core.graph", function()
  describe(":notify()", function()
    it("notifies in the feed, in each kind of place", function()
      assert.same(delivering("notify", "/users/u%401/teamwork/sendActivityNotification", BODY),
        graph:notify("u@1", BODY))
      assert.same(delivering("notify", "/teams/t/sendActivityNotification", BODY),
        graph:notify({ team = "t" }, BODY))
      assert.same(delivering("notify", "/chats/19%3Aa/sendActivityNotification", BODY),
        graph:notify({ chat = "19:a" }, BODY))
    end)

    it("raises without a notification", function()
      assert.has_error(function() graph:notify "u" end)
      assert.has_error(function() graph:notify("u", {}) end)
    end)
  end)

  describe(":notify_many()", function()
    local PATH = "/teamwork/sendActivityNotificationToRecipients"

    it("adds the recipients to the notification", function()
      assert.same(delivering("notify_many", PATH, '{"recipients":[' .. recipient "a" .. ","
        .. recipient 'b\\"' .. "]," .. BODY:sub(2)), graph:notify_many({ "a", 'b"' }, BODY))
      assert.equal('{"recipients":[' .. recipient "a" .. ']}',
        graph:notify_many({ "a" }, " { \n} ").body)
    end)

    it("refuses what is no object", function()
      for _, body in ipairs { "", "{", "[]", '"x"', "}", "{]" } do
        wired.refused("BODY_REFUSED", graph:notify_many({ "a" }, body))
      end
    end)

    it("takes 100 people at once, and raises for none or more", function()
      local ids = {}
      for i = 1, 100 do
        ids[i] = "u" .. i
      end
      assert.equal(100, select(2, graph:notify_many(ids, BODY).body:gsub('"userId"', "")))
      ids[101] = "x"
      assert.has_error(function() graph:notify_many(ids, BODY) end)
      assert.has_error(function() graph:notify_many({}, BODY) end)
    end)
  end)
end)

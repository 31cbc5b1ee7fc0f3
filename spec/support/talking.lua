--- A campaign that is a dialog, people who answer it, and the process that hears them,
-- against the simulator under a virtual clock.
local bot = require "crier.bot"
local cjson = require "cjson"
local config = require "crier.config"
local ear = require "crier.dialog.ear"
local engine = require "crier.dialog.engine"
local events = require "support.teams_events"
local journal = require "crier.journal"
local loop = require "crier.loop"
local rehearsal = require "support.rehearsal"
local worker = require "crier.worker"

local talking = {}

local talking_methods = {}
local talking_mt = { __index = talking_methods }

--- Makes it.
-- @tparam table files by name; `campaign.lua` is the script
-- @tparam ?table options of the simulator
function talking.new(files, options)
  local stage = rehearsal.new(files, options or { users = 3 })
  local self = setmetatable({ stage = stage, logged = {}, told = 0, buttons = {} }, talking_mt)
  self:open()
  return self
end

--- A process begins: it takes up what one before left.
function talking_methods:open()
  local stage = self.stage
  local function log(entry)
    self.logged[#self.logged + 1] = entry
  end
  local found = assert(config.read({}, function(name) return stage.env[name] end))
  self.store = assert(journal.open(stage.path .. "/crier.db", { create = true }))
  self.store.db:script "PRAGMA synchronous = OFF"
  self.loop = loop.new { transport = stage.transport, clock = stage.clock }
  self.worker = assert(worker.new { loop = self.loop, config = found, journal = self.store,
    log = log, getenv = function(name) return stage.env[name] end, poll_ms = 3600000 })
  self.engine = engine.new { journal = self.store, standing = self.worker,
    now = stage.clock.now_ms, random = function() return 0.25 end, log = log }
  self.bot = bot.new { journal = self.store, config = found, verifier = events.verifier,
    now = stage.clock.now_ms, log = log }
  ear.listen(self.bot, self.engine)
  self.config = found
end

--- The process dies, and another one begins.
function talking_methods:restart()
  self.store:close()
  self:open()
end

--- Lets time pass while the process works.
-- @tparam number ms
-- @tparam ?function during called at the beginning, inside a task
function talking_methods:pass(ms, during)
  self.loop:run(function()
    local is_over
    local task = self.loop:spawn(function() self.worker:run() end)
    if during then
      during()
    end
    local until_ms = self.loop:now() + ms
    local function look()
      assert(self.bot:work())
      assert(self.engine:work())
      self.worker:wake()
    end
    while not is_over do
      look()
      local next_ms = self.store.dialogs:next_due() or until_ms
      self.loop:park(math.min(until_ms, math.max(next_ms, self.loop:now() + 500)))
      is_over = self.loop:now() >= until_ms
    end
    look()
    self.loop:sleep(3000)
    self.worker:stop()
    while not task.ended do
      self.loop:sleep(100)
    end
  end)
  self.worker.stopping, self.worker.is_told, self.worker.standing.stopping = nil, nil, nil
end

--- Sends the campaign; default the script.
function talking_methods:send(name, path)
  self:pass(60000, function()
    assert(self.worker:start(name, { path = self.stage.path .. "/" .. (path or "campaign.lua") }))
  end)
end

--- What arrived at somebody: activities, the first first.
function talking_methods:received(person)
  local found = {}
  for _, delivery in ipairs(self.stage:deliveries()) do
    if delivery.recipient == person then
      found[#found + 1] = delivery.activity
    end
  end
  return found
end

-- What a card says at its end.
local function last_words(content)
  local last = content.body[#content.body]
  return last.text or last.inlines and last.inlines[#last.inlines].text
end

--- The texts among them; of a card that cannot be answered any more, what it ends with.
function talking_methods:texts(person)
  local found = {}
  for i, activity in ipairs(self:received(person)) do
    local content = not activity.text and activity.attachments[1].content
    found[i] = content and (content.actions and "(card)" or last_words(content))
      or activity.text
  end
  return found
end

--- What an answer of the bot has Teams show: a text, or what a card says at its end.
function talking.words(answer)
  return answer.type:find "card" and last_words(answer.value) or answer.value
end

--- The people that the first campaign reached, in the order of ids.
function talking_methods:people()
  local found = {}
  for _, row in ipairs(self.store.db:rows "SELECT key FROM dialog ORDER BY key") do
    found[#found + 1] = row.key:match ":(.*)"
  end
  return found
end

-- An activity in somebody's chat.
function talking_methods:activity(person, kind, more)
  self.told = self.told + 1
  local row = assert(self.store.db:row("SELECT conversation_id FROM target WHERE key = ?"
    .. " AND conversation_id IS NOT NULL", "user:" .. person))
  local made = events.activity(kind, "in-" .. self.told, more)
  made.from = { id = "29:" .. person, aadObjectId = person }
  made.recipient = { id = "28:" .. self.config.app }
  made.conversation = { id = row.conversation_id, conversationType = "personal",
    tenantId = self.config.tenant }
  made.channelData = { tenant = { id = self.config.tenant } }
  made.serviceUrl = self.config.info.connector
  made.timestamp = nil
  return made
end

--- Takes an activity, by way of what stands in `front` of the bot, if anything does; its
-- status and answer.
function talking_methods:hear(activity)
  local response = (self.front or self.bot):receive(events.request(activity))
  local is_json = response.body:find "^{"
  return response.status, is_json and cjson.decode(response.body) or response.body
end

--- Somebody writes a line.
function talking_methods:write(person, text)
  assert(self:hear(self:activity(person, "message", { text = text })) == 200)
end

--- The data of a button of a card that somebody got, with fields filled in; of one that has
-- lost its buttons, as it was when it was pressed before.
function talking_methods:data(person, nth_card, fields, action)
  local cards = {}
  for _, activity in ipairs(self:received(person)) do
    cards[#cards + 1] = activity.attachments and activity.attachments[1].content
  end
  local made, card = {}, person .. nth_card
  self.buttons[card] = cards[nth_card].actions or self.buttons[card]
  for name, value in pairs(self.buttons[card][action or 1].data or {}) do
    made[name] = value
  end
  for name, value in pairs(fields or {}) do
    made[name] = value
  end
  return made
end

--- Somebody presses the button of a card.
function talking_methods:press(person, nth_card, fields)
  local made = self:activity(person, "message",
    { value = self:data(person, nth_card, fields) })
  assert(self:hear(made) == 200)
  return made
end

--- What Teams sends when somebody presses a button that is an Action.Execute.
function talking_methods:pressing(person, nth_card, fields)
  return self:activity(person, "invoke", { name = "adaptiveCard/action", value = { action = {
    type = "Action.Execute", verb = "answer", data = self:data(person, nth_card, fields) } } })
end

--- Somebody presses it; what Teams shows for it.
function talking_methods:execute(person, nth_card, fields)
  local status, answer = self:hear(self:pressing(person, nth_card, fields))
  assert(status == 200, status)
  return answer
end

--- The dialog with somebody, of the campaign that began last.
function talking_methods:dialog(person)
  return self.store.db:row("SELECT * FROM dialog WHERE key = ? ORDER BY id DESC LIMIT 1",
    "user:" .. person)
end

--- The results of a campaign that is a poll.
function talking_methods:results(name)
  return self.store.polls:results(self.store.campaigns:find(name).id)
end

--- How often each choice of a question of it was taken.
function talking_methods:counts(name, nth)
  local found = {}
  for i, choice in ipairs(self:results(name).questions[nth or 1].choices or {}) do
    found[i] = choice.answers
  end
  return found
end

--- How often the store's files have a word.
function talking_methods:traces(word)
  local count = 0
  for _, suffix in ipairs { "", "-wal" } do
    local file = io.open(self.stage.path .. "/crier.db" .. suffix, "rb")
    local text = file and file:read "*a" or ""
    if file then
      file:close()
    end
    count = count + select(2, text:gsub(word, ""))
  end
  return count
end

--- Removes everything.
function talking_methods:close()
  self.store:close()
  self.stage:close()
end

return talking

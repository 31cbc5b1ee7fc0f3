--- Which of a campaign's messages each person gets: first their variant, then
-- their language.
-- @module crier.campaign.choice
local foreign = require "crier.foreign"
local language = require "crier.campaign.language"
local variant = require "crier.campaign.variant"

local choice = {}

local choice_methods = {}
local choice_mt = { __name = "crier.choice", __index = choice_methods }

-- Languages that people ask for, beyond which none is remembered.
local MOST_WANTED = 1000

-- The messages of one variant, or of all: one, or one in each language.
local function branch_of(message, name, leaves)
  local branch = { variant = name, tags = {}, leaves = {}, picks = {}, count = 0 }
  local each = message.kind == "languages" and message.each or { { message = message } }
  for i, one in ipairs(each) do
    local leaf = { variant = name, language = one.name, message = one.message }
    branch.tags[i], branch.leaves[one.name or i] = one.name, leaf
    leaves[#leaves + 1] = leaf
  end
  branch.only = #each == 1 and leaves[#leaves] or nil
  return branch
end

--- Reads a campaign's message.
-- @tparam crier.campaign definition with a message
-- @treturn crier.choice its `leaves` are an array of `{ variant =, language =,
--   message = }`, all that somebody may get, `variant` and `language` nil where
--   there is no choice
function choice.new(definition)
  local message, leaves = definition.message, {}
  local self = { leaves = leaves, branches = {}, ask = definition.language,
    fallback = definition.fallback }
  if message.kind == "variants" then
    self.variants, self.seed = message.each, message.seed or definition.name
    for i, one in ipairs(message.each) do
      local branch = branch_of(one.message, one.name, leaves)
      self.branches[i], self.branches[one.name] = branch, branch
    end
  else
    self.branch = branch_of(message, nil, leaves)
    self.branches[1] = self.branch
  end
  return setmetatable(self, choice_mt)
end

local function variant_branch(self, row)
  local known = row.variant and self.branches[row.variant]
  return known or self.branches[variant.of(self.variants, self.seed, row.key or "")]
end

-- What the script says of somebody's language, or the directory.
local function wanted_by(self, recipient)
  if self.ask then
    local ok, found = foreign.call(self.ask, recipient)
    if not ok then
      return nil, found
    elseif found ~= nil and type(found) ~= "string" then
      return nil, "it returned a " .. type(found) .. " and not a text"
    elseif found then
      return found
    end
  end
  local found = recipient.preferredLanguage
  return type(found) == "string" and found or ""
end

local function pick_language(self, branch, wanted)
  local tag = language.choose(branch.tags, wanted) or self.fallback
  local leaf = branch.only or branch.leaves[tag]
  local pick = { variant = leaf.variant, language = leaf.language, leaf = leaf }
  if leaf.language then
    pick.locale, pick.number_locale = language.formats(leaf.language, wanted)
  end
  return pick
end

--- Chooses for one person.
-- @tparam table row of the stage or journal: `key`, and `variant` where they were
--   given one before
-- @tparam table recipient see `crier.audience.person.recipient`
-- @treturn[1] table `variant`, `language`, `leaf` (one of `leaves`), `locale` and
--   `number_locale` (where there is a language); not to be changed
-- @treturn[2] nil
-- @treturn[2] string the reason for the ledger
-- @treturn[2] string more for a person to read
function choice_methods:pick(row, recipient)
  local branch = self.branch or variant_branch(self, row)
  local wanted = ""
  if branch.tags[1] then
    local found, problem = wanted_by(self, recipient)
    if not found then
      return nil, "language function failed", problem
    end
    wanted = found
  end
  local pick = branch.picks[wanted]
  if not pick then
    pick = pick_language(self, branch, wanted)
    if branch.count < MOST_WANTED then
      branch.picks[wanted], branch.count = pick, branch.count + 1
    end
  end
  return pick
end

--- What of a person's message the script alone tells, without the directory.
-- @tparam table row with `key` where the person's id is known
-- @tparam table recipient
-- @treturn table `variant` and `wanted` (a language), nil where it is not known
function choice_methods:known(row, recipient)
  local found = {}
  if self.variants and row.key then
    found.variant = variant_branch(self, row).variant
  end
  if self.ask then
    -- A function that asks for more than these fails, and nothing is known.
    local wanted = wanted_by(self, { csv = recipient.csv, id = recipient.id,
      userPrincipalName = recipient.userPrincipalName, mail = recipient.mail })
    found.wanted = wanted ~= "" and wanted or nil
  end
  return found
end

--- Lists what people may get, each of it once.
-- @tparam ?table only
-- @tparam ?string only.variant of this variant alone
-- @tparam ?string only.wanted as somebody gets it who reads this language
-- @treturn table array as from `pick`; empty when there is no such variant
function choice_methods:all(only)
  only = only or {}
  local picks = {}
  for _, branch in ipairs(self.branches) do
    if not only.variant or branch.variant == only.variant then
      for i = 1, only.wanted and 1 or math.max(#branch.tags, 1) do
        picks[#picks + 1] = pick_language(self, branch, only.wanted or branch.tags[i] or "")
      end
    end
  end
  return picks
end

--- Names a pick, or a leaf, among others.
-- @tparam table one
-- @treturn ?string such as `variant b, fr`; nil where there is no other
function choice.label(one)
  local name = one.variant and "variant " .. one.variant
  return name and one.language and name .. ", " .. one.language or name or one.language
end

-- The languages of a message, over all its variants, and of each.
local function languages_of(message, found)
  if message.kind == "languages" then
    local set = { count = #message.each }
    for _, one in ipairs(message.each) do
      set[one.name] = true
    end
    found[#found + 1] = set
  elseif message.kind == "variants" then
    for _, one in ipairs(message.each) do
      languages_of(one.message, found)
    end
  end
  return found
end

local function listed(set)
  local names = {}
  for name in pairs(set) do
    names[#names + 1] = name ~= "count" and name or nil
  end
  table.sort(names)
  return table.concat(names, ", ")
end

--- Says what is wrong with a campaign's `language` and `fallback`.
-- @tparam table options of `crier.campaign`, each checked by itself
-- @tparam ?{crier.message,...} messages what is said; default the campaign's message,
--   and nothing yet of a dialog, whose messages are not known while the script loads
-- @treturn ?string nil when nothing is
function choice.problem(options, messages)
  local sets = {}
  if not messages and options.message and options.message.kind == "dialog" then
    return nil
  end
  for _, one in ipairs(messages or { options.message }) do
    languages_of(one, sets)
  end
  for _, option in ipairs { "fallback", "language" } do
    if options[option] ~= nil and #sets == 0 then
      return option .. " is for a message in several languages: crier.card { en = \"…\","
        .. " de = \"…\" }"
    end
  end
  for _, set in ipairs(sets) do
    if options.fallback == nil and set.count > 1 then
      return ("fallback is missing: which of %s is for whose language is none of them?")
        :format(listed(set))
    elseif options.fallback ~= nil and not set[options.fallback] then
      return ("fallback = \"%s\": the message is in %s"):format(options.fallback,
        listed(set))
    end
  end
end

return choice

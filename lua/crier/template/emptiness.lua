--- Messages of which `$when` and `$data` left nothing to show.
-- @module crier.template.emptiness
local node = require "crier.template.node"
local summary = require "crier.template.summary"

local emptiness = {}

local find = node.find

-- The words for what made a thing vanish.
local function cause(structure)
  return structure.when and "its $when is false" or "its $data has nothing"
end

-- The structure of the things in a list when all have one.
local function shared(list)
  local found = list and list.structure
  for i = 1, list and list.kind == "array" and #list or 0 do
    if not list[i].structure then
      return nil
    end
    found = found and found.when and found or list[i].structure
  end
  return found
end

-- Why a card may turn out empty.
local function of_card(card)
  if card.structure then
    return cause(card.structure)
  end
  local body, actions = shared(find(card, "body")), find(card, "actions")
  if body and (not actions or not actions[1] or shared(actions)) then
    return cause(body)
  end
end

--- Tells what may leave nothing of an activity, before its values are known.
-- @tparam table activity its tree
-- @treturn ?table `{ message = why, attachments = why, card = why }`; nil when
--   something is left whatever they are
function emptiness.causes(activity)
  local causes = { message = activity.structure and cause(activity.structure) }
  local attachments = find(activity, "attachments")
  local listed = attachments and shared(attachments)
  causes.attachments = listed and cause(listed)
  for _, one in ipairs(summary.cards(activity)) do
    causes.card = causes.card or of_card(one.card)
  end
  return next(causes) and causes
end

local function is_bare(any)
  return any == nil or any.raw == "null" or any.raw == '""'
    or any.kind == "array" and #any == 0
end

local function flaw(what, any, why)
  if any.kind == "array" then
    return ("the %s is %d %ss: its $data is a list"):format(what, #any, what)
  elseif any.kind ~= "object" then
    return ("the %s is empty: %s"):format(what, why)
  end
end

-- Like `flaw`, of a card that may have neither body nor actions left.
local function card_flaw(card, why)
  return flaw("card", card, why)
    or is_bare(find(card, "body")) and is_bare(find(card, "actions"))
    and "the card is empty: " .. why or nil
end

--- Finds what is missing of an activity that has its values.
-- @tparam table activity its tree
-- @tparam table causes from `causes`
-- @treturn ?string the problem
function emptiness.problem(activity, causes)
  local problem = flaw("message", activity, causes.message)
  local attachments = not problem and find(activity, "attachments")
  if problem then
    return problem
  elseif causes.attachments and is_bare(attachments) and is_bare(find(activity, "text")) then
    return "the message is empty: " .. causes.attachments
  end
  for i = 1, causes.card and attachments and attachments.kind == "array"
    and #attachments or 0 do
    local one = attachments[i]
    local content = one.kind == "object" and find(one, "content")
    if content and node.is_text(find(one, "contentType"), summary.CARD_TYPE) then
      problem = problem or card_flaw(content, causes.card)
    end
  end
  return problem
end

return emptiness

--- A directory of people that answers like `client.graph`, notes what it was
-- asked, and can be made to fail.
local directory = {}

--- The object id that a letter from a to f stands for.
function directory.id(letter)
  return ("%s-0000-4000-8000-%s"):format(letter:rep(8), letter:rep(12))
end

--- A user as Graph lists it.
function directory.user(letter, changes)
  local made = { id = directory.id(letter), userPrincipalName = letter .. "@contoso.com",
    displayName = letter:upper() }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

local function matches(user, filter)
  for property, value in filter:gmatch "(%w+) eq '(.-)'" do
    if user[property] and user[property]:lower() == value:lower() then
      return true
    end
  end
  return false
end

local methods = {}

function methods:pages(name, options, visit)
  assert(name == "users", name)
  self.asked[#self.asked + 1] = options
  if self.refuse then
    local outcome = self.refuse(options)
    if outcome then
      return nil, outcome.text, outcome.code, outcome
    end
  end
  local found = {}
  for _, user in ipairs(self.people) do
    if not options.filter or matches(user, options.filter) then
      found[#found + 1] = user
    end
  end
  -- In two pages, the first of them empty.
  for _, page in ipairs { {}, found } do
    local go_on, message, code = visit(page)
    if go_on == false then
      return nil, message, code
    end
  end
  return { value = found }
end

function methods:resolve(ids, options)
  self.asked[#self.asked + 1] = { ids = ids, select = options.select }
  if self.refuse then
    local outcome = self.refuse { ids = ids, select = options.select }
    if outcome then
      return nil, outcome.text, outcome.code, outcome
    end
  end
  local found = {}
  for _, user in ipairs(self.people) do
    for _, id in ipairs(ids) do
      if user.id == id:lower() then
        found[#found + 1] = user
      end
    end
  end
  return { value = found }
end

--- Makes one.
-- @tparam table people from `user`
-- @tparam ?function refuse is given what is asked; returns the outcome of a call
--   that fails, or nil
function directory.new(people, refuse)
  return setmetatable({ people = people, refuse = refuse, asked = {} }, { __index = methods })
end

--- Files of a campaign, by name.
function directory.files(texts)
  return { open_csv = function(_, path)
    local text = texts[path]
    if not text then
      return nil, "cannot read " .. path .. ": No such file or directory", "FILE"
    end
    return function()
      local piece = text
      text = nil
      return piece
    end
  end }
end

return directory

-- What the reference implementation gives, for thousands of templates. What we
-- give on purpose instead is in spec/vectors/surprises.lua, each with its reason.
local cjson = require "cjson"
local template = require "crier.template"
local value = require "crier.template.value"

local FILES = { "collections", "dates", "jpath", "numbers", "operators", "templates", "text",
  "timex", "unary", "uris" }

local function read(name)
  local file = assert(io.open("spec/vectors/" .. name .. ".json"))
  local text = file:read "*a"
  file:close()
  return assert(value.decode(text, name))
end

-- Regular expressions are in the core, which other Luas do not load.
local is_there, core = pcall(require, "crier.core")
local has_core = is_there and core.pattern ~= nil

local function needs_core(text)
  return text:find "isMatch" or text:find "replaceIgnoreCase"
end

local function render(text, data, host)
  local compiled = template.compile(text)
  return compiled and compiled:render({ data = data, host = host,
    now_ms = 1806226215250 }) or nil
end

-- What is not the same: { template, theirs, ours }.
local function differences(file)
  local surprises = require "vectors.surprises"
  local wrong, count = {}, 0
  local data, host = value.encode(file.data), value.encode(file.host)
  for _, vector in ipairs(file.vectors) do
    local text, theirs = vector[1], vector[2]
    local ours = render(text, data, host)
    count = count + 1
    local expected = surprises.expect(text, theirs ~= cjson.null and theirs or nil)
    if ours ~= expected and (has_core or not needs_core(text)) then
      wrong[#wrong + 1] = ("%s\n  theirs %s\n  ours   %s"):format(text,
        tostring(theirs), tostring(ours))
    end
  end
  return wrong, count
end

describe("crier.template #portable", function()
  for _, name in ipairs(FILES) do
    it("agrees with the reference implementation on " .. name, function()
      local wrong, count = differences(read(name))
      assert.is_true(count > 50)
      assert.equal("", table.concat(wrong, "\n"))
    end)
  end
end)

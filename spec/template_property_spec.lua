-- What holds whatever the data and whatever the template: seeded, the same in
-- every Lua.
local functions = require "crier.template.functions"
local template = require "crier.template"
local value = require "crier.template.value"

-- Park and Miller's generator.
local function generator(seed)
  return function(limit)
    seed = seed * 16807 % 2147483647
    return seed % limit + 1
  end
end

local STRINGS = { "", "a", 'q"\\', "\n\1", "é😀", "\255\237\160\128", "${n}",
  "2027-03-28T01:30:00.000Z", "12", "-1.5", "true", "{", "</at>", "a,b", "XXXX-12-25", "[1]" }

local function random_data(random, depth)
  local kind = random(depth > 3 and 6 or 8)
  if kind == 1 then
    return value.null
  elseif kind == 2 then
    return random(2) == 1
  elseif kind <= 4 then
    return ({ 0, -1, 5, 0.5, 1e21, -2 ^ 53, 1 / 0, 0 / 0 })[random(8)]
  elseif kind <= 6 then
    return STRINGS[random(#STRINGS)]
  elseif kind == 7 then
    local list = {}
    for i = 1, random(4) - 1 do
      list[i] = random_data(random, depth + 1)
    end
    return value.array(list)
  end
  local object = {}
  for _ = 1, random(4) - 1 do
    object[({ "a", "b", "n", "items", 'k"' })[random(5)]] = random_data(random, depth + 1)
  end
  return object
end

local CARDS = {
  '{"a":"${a}","t":"x ${a} ${b} y","l":["${items}"]}',
  '[{"$data":"${items}","$when":"${n != 1}","v":"${$data}","i":"${$index}","w":"<${a}>"},1]',
  '{"c":"${a + b}","f":"${foreach(items, x, x.a)}"}',
  '{"s":"${string(a)} & ${jsonStringify(b)}","o":{"$data":"${b}","q":"${n}"}}',
  '{"j":"${join(items, \'q\')}","z":"${concat(a, b)}"}',
  '{"m":"${setProperty(json(\'{}\'), \'a\', b)}","k":"${if(n, a, b)}","e":"${a == b}"}',
}

local TOKENS = { "n", "a", "items", "miss", "$root", "$index", "'x'", "1", "2.5", "true",
  "null", "(", ")", "[", "]", "{", "}", ",", ".", ":", "+", "-", "*", "/", "%", "^", "&", "&&",
  "||", "==", "!=", "<", ">", "!", "?", "??", "=>", " ", "a.b", "items[0]",
  "foreach(items, x, x)", "range(1, 9)" }

describe("crier.template #portable", function()
  it("never gives what is no JSON, whatever the data", function()
    local random, given = generator(20270328), 0
    for _, card in ipairs(CARDS) do
      local compiled = assert(template.compile(card))
      for _ = 1, 200 do
        local data = random_data(random, 0)
        local text, message, code = compiled:render { data = data, now_ms = 0 }
        if text then
          given = given + 1
          assert(value.decode(text, "result"))
        else
          -- Text is taken for JSON.
          assert.is_true(code == "TYPE" or code == "JSON" and type(data) == "string")
          assert.is_string(message)
        end
      end
    end
    assert.is_true(given > 300)
  end)

  it("never gives what is no JSON in a campaign either", function()
    local random, given = generator(42), 0
    for _, card in ipairs(CARDS) do
      local compiled = assert(template.compile((card:gsub("%${([abn])", "${data.%1"))))
      for _ = 1, 200 do
        local data = random_data(random, 0)
        local text, message, code = compiled:fill(
          { data = type(data) == "table" and data or {}, items = data, recipient = {} },
          { on_missing = "empty", now_ms = 0 })
        if text then
          given = given + 1
          assert(value.decode(text, "result"))
        else
          assert.is_true(code == "TYPE" or code == "MISSING")
          assert.is_string(message)
        end
      end
    end
    assert.is_true(given > 300)
  end)

  it("reads or refuses every expression, and raises for none", function()
    local random = generator(7)
    local data = { n = 5, a = { b = "x" }, items = { 3, 1, 2 } }
    local read = 0
    for _ = 1, 4000 do
      local out = {}
      for i = 1, random(7) do
        out[i] = TOKENS[random(#TOKENS)]
      end
      local source = "${" .. table.concat(out) .. "}"
      local compiled, message = template.compile(source, { kind = "text" })
      if compiled then
        read = read + 1
        local text, problem = compiled:render { data = data }
        assert.is_string(text or problem)
        compiled:fill({ data = data })
      else
        assert.is_string(message)
      end
    end
    assert.is_true(read > 200)
  end)

  it("calls every function with anything, and raises for none", function()
    local random = generator(99)
    local args = { "a", "s", "n", "l", "o", "u", "nul", "miss", "-1", "1e", "'x'", "2.5", "true" }
    local data = { a = 1, s = STRINGS[8], n = -7, l = { 1, "a", { b = 1 } }, o = { k = { 1 } },
      u = "é😀", nul = value.null }
    for _, name in ipairs(functions.names()) do
      local def = functions.all[name]
      for _ = 1, 60 do
        local given = {}
        for i = 1, math.min(def.least + random(2) - 1, def.most, 5) do
          given[i] = args[random(#args)]
        end
        local source = ('["${%s(%s)}","x ${%s(%s)}"]'):format(name, table.concat(given, ","), name,
          table.concat(given, ","))
        local compiled = template.compile(source)
        if compiled then
          local text, message = compiled:render { data = data, now_ms = 1806226215250 }
          assert.is_string(text or message)
          if text then
            assert(value.decode(text, name))
          end
        end
      end
    end
  end)

  describe("bounds", function()
    local function refusal(text, data)
      local made, message = assert(template.compile(text)):render { data = data or {} }
      assert.is_nil(made)
      return message
    end

    it("stops what would take for ever", function()
      for _, source in ipairs {
        "range(0, 1000000000)",
        "foreach(range(0, 1000), x, foreach(range(0, 1000), y, x))",
        "where(range(0, 1000), x, any(range(0, 1000), y, y > 5000))",
        "count(foreach(range(0, 90000), x, 1)) + count(range(0, 90000))",
      } do
        assert.matches("more than 200000 steps", refusal('"${' .. source .. '}"'))
        assert.matches("more than 200000 steps", refusal('"x ${' .. source .. '}"'))
        assert.matches("more than 200000 steps", refusal('"${if(' .. source .. ' || true, 1, 2)}"'))
      end
    end)

    it("stops what would flood", function()
      local long = { s = ("x"):rep(600000), l = {} }
      for i = 1, 40 do
        long.l[i] = i
      end
      assert.matches("longer than 1048576 bytes", refusal('"${toUpper(s & s)}"', long))
      assert.matches("longer than 1048576 bytes", refusal('"${s + s}"', long))
      assert.matches("longer than 1048576 bytes", refusal('"${s & s}"', long))
      assert.matches("longer than 1048576 bytes", refusal('"${replace(s, \'x\', \'yyy\')}"', long))
      assert.matches("longer than 1048576 bytes",
        refusal('"${join(createArray(s, s), \'\')}"', long))
      assert.matches("larger than 8388608 bytes",
        refusal('[{"$data":"${l}","v":"${$root.s}"}]', long))
    end)

    it("stops them in a campaign as well", function()
      local compiled = assert(template.compile '[{"$data":"${data.l}","v":"${$root.data.s}"}]')
      local scope = { data = { s = ("x"):rep(600000), l = {} } }
      for i = 1, 40 do
        scope.data.l[i] = i
      end
      assert.same({ nil, "the message is larger than 8388608 bytes", "TYPE" },
        { compiled:fill(scope) })
    end)
  end)
end)

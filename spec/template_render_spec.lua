local cjson = require "cjson"
local template = require "crier.template"
local value = require "crier.template.value"

local function compile(text, kind)
  return assert(template.compile(text, { name = "hello.json", kind = kind }))
end

local function render(text, data, host)
  return compile(text):render({ data = data, host = host })
end

describe("crier.template #portable", function()
  describe(":render()", function()
    -- Results of npm adaptivecards-templating 2.3.1 (adaptive-expressions 4.23.3).
    local DATA = '{"n":5,"f":1.50,"t":true,"fl":false,"nul":null,"s":"it ${n}",'
      .. '"e":"","arr":[1,"b",null],"ea":[],"eo":{},"o":{"x.y":{"z":1},'
      .. '"it\'s":{"z":2},"b":{"c":"C"},"n":null},"a":[[1,{"k":2}],null],'
      .. '"m":{"K":"up","k":"low"},"l":[true,[null,"x"],{}],"zero":0,"$foo":1,'
      .. '"q":"a\\"b\\\\c\\n\\u0001é😀"}'
    local VECTORS = {
      -- Alone in its string a value keeps its type.
      { '"${n}"', "5" }, { '"${f}"', "1.5" }, { '"${t}"', "true" },
      { '"${fl}"', "false" }, { '"${nul}"', "null" }, { '"${e}"', '""' },
      { '"${s}"', '"it ${n}"' }, { '"${arr}"', '[1,"b",null]' },
      { '"${ea}"', "[]" }, { '"${eo}"', "{}" }, { '"${o.b}"', '{"c":"C"}' },
      { '"${zero}"', "0" }, { '"${q}"', '"a\\"b\\\\c\\n\\u0001é😀"' },
      -- Inside text it becomes text.
      { '"<${n} ${f}>"', '"<5 1.5>"' }, { '"<${t}${fl}>"', '"<truefalse>"' },
      { '"<${arr}>"', '"<1,b,>"' }, { '"<${eo}>"', '"<[object Object]>"' },
      { '"<${l}>"', '"<true,,x,[object Object]>"' }, { '"<${ea}>"', '"<>"' },
      { '"<${q}>"', '"<a\\"b\\\\c\\n\\u0001é😀>"' }, { '"${n} "', '"5 "' },
      { '"<${nul}>"', nil }, { '"<${o.n}>"', nil },
      -- What leads nowhere stays, in its plain form.
      { '"${missing}"', '"${missing}"' }, { '"a ${x.y} b"', '"a ${x.y} b"' },
      { '"${ x . y }"', '"${x.y}"' }, { '"${nul.x}"', '"${nul.x}"' },
      { '"${n.x}"', '"${n.x}"' }, { '"${$root.x}"', '"${$root.x}"' },
      { '"${$foo}"', '"${$foo}"' }, { '"${arr.length}"', '"${arr.length}"' },
      { '"${o[\'b\'].x}"', '"${o[\'b\'].x}"' }, { '"${$HOST.x}"', '"${$HOST.x}"' },
      -- At the end of brackets it is nothing; outside a list it is an error.
      { '{"k":"${o[\'x\']}","z":1}', '{"z":1}' }, { '["${o[\'x\']}"]', "[null]" },
      { '{"z":1,"k":"${o[\'x\']}"}', '{"z":1}' }, { '{"k":"${o[\'x\']}"}', "{}" },
      { '"<${o[\'x\']}>"', nil }, { '"${arr[3]}"', nil }, { '"${n[0]}"', nil },
      { '"<${arr[3]}>"', '"<${arr[3]}>"' }, { '"<${n[0]}>"', '"<${n[0]}>"' },
      -- Paths.
      { '"${o.b.c}"', '"C"' }, { '"${O.B.C}"', '"C"' }, { '"${o[\'b\'][\'c\']}"', '"C"' },
      { '"${a[0][1].k}"', "2" }, { '"${arr [ 1 ]}"', '"b"' }, { '"${arr[\'0\']}"', "1" },
      { '"${o[\'x.y\']}"', '{"z":1}' }, { '"${o[\'x.y\'].z}"', '"${o[\'x.y\'].z}"' },
      { '"${o[\'it\\\\\'s\'].z}"', "2" }, { '"${m.k}"', '"up"' }, { '"${s[\'0\']}"', '"i"' },
      { '"${$root.n}${$data.n}${$host.h}${$Host[\'h\']}"', '"5511"' },
      { '"${l[1][0]}"', "null" }, { '"${a[1].x}"', '"${a[1].x}"' },
      -- Escapes, where there is a ${ in the string and only there.
      { '"\\\\${n}"', '"${n}"' }, { '"a\\\\\\\\${n}b"', '"a\\\\${n}b"' },
      { '"\\\\$ ${n}"', '"$ 5"' }, { '"\\\\`${n}"', '"`5"' }, { '"\\\\$ `"', '"\\\\$ `"' },
      { '"$${n}"', '"$5"' }, { '"${${n}}"', '"${5}"' }, { '"a ${n}} b"', '"a 5} b"' },
      { '"${n} ${"', '"5 ${"' }, { '"${}"', '"${}"' }, { '"${n{}"', '"${n{}"' },
      { '"${n\\n}"', '"${n\\n}"' }, { '"\\u0024\\u007bn}"', "5" },
      { '{"${n}":"${n}"}', '{"${n}":5}' },
      -- Arrays lose nulls and take in the items of arrays.
      { "[1,null,2]", "[1,2]" }, { "[[1,2],[3,[4]],[]]", "[1,2,3,4]" },
      { '{"a":[null],"b":null}', '{"a":[],"b":null}' }, { '["${nul}"]', "[]" },
      { '["${arr}","x"]', '[1,"b",null,"x"]' }, { '[["${a}"],"${ea}"]', '[[1,{"k":2}],null]' },
      { '{"a":"${a}"}', '{"a":[[1,{"k":2}],null]}' }, { '["${nul}",{},"${n}"]', "[{},5]" },
    }

    it("gives what the reference implementation gives", function()
      for _, vector in ipairs(VECTORS) do
        assert.equal(vector[2] or "no result",
          render(vector[1], DATA, '{"h":1}') or "no result")
      end
    end)

    it("takes Lua tables", function()
      local data = { name = "Zoë", list = { 1, 2.5, "x" }, empty = {}, none = cjson.null,
        array = value.array({}), deep = { b = 1, a = { true } } }
      local text = '["${name}","${empty}","${array}","${deep}",{"l":"${list}","n":"${none}"}]'
      assert.equal('["Zoë",{},{"a":[true],"b":1},{"l":[1,2.5,"x"],"n":null}]',
        render(text, data))
      assert.equal('"Zoë 1"', render('"${NAME} ${$host.v}"', data, { v = 1 }))
      assert.equal('"${a}"', compile('"${a}"'):render())
      assert.equal('"${a}"', compile('"${a}"'):render({}))
    end)

    it("keeps empty arrays and the order of keys of JSON text", function()
      assert.equal('{"z":[],"a":{},"m":[{"y":1,"b":[]}]}',
        render('"${$data}"', '{"z":[],"a":{},"m":[{"y":1,"b":[]}]}'))
    end)

    it("explains what it cannot render", function()
      local cyclic = {}
      cyclic.self = cyclic
      local wide = { ("x"):rep(1000) }
      for i = 1, 20 do
        wide = { wide, wide, i }
      end
      local cases = {
        { '\n "a ${nul}"', { nul = cjson.null }, "TYPE",
          "hello.json:2:5: ${nul}: null cannot stand inside text" },
        { '"${x[2]}"', { x = { 1, 2 } }, "TYPE",
          "hello.json:1:2: ${x[2]}: there is no item 2, the list has 2" },
        { '"${x[0]}"', { x = 1 }, "TYPE",
          "hello.json:1:2: ${x[0]}: there is no list to take item 0 from" },
        { '"${x}"', { x = 0 / 0 }, "TYPE",
          "hello.json:1:2: ${x}: the value is not a finite number" },
        { '"${x}"', { x = print }, "TYPE", "hello.json:1:2: ${x}: the value is a function" },
        { '"${x}"', { x = { 1, a = 2 } }, "TYPE",
          "hello.json:1:2: ${x}: the value mixes array items with the key a" },
        { '"${x}"', { x = { [7] = 1 } }, "TYPE",
          "hello.json:1:2: ${x}: the value has a key that is no string: 7" },
        { '"${x}"', { x = cyclic }, "TYPE",
          "hello.json:1:2: ${x}: the value is nested deeper than 64 levels, or contains itself" },
        { '"${x}"', { x = wide }, "TYPE",
          "hello.json:1:2: ${x}: the value is larger than 1048576 bytes" },
        { '"x ${x}"', { x = 1 / 0 }, "TYPE",
          "hello.json:1:4: ${x}: this value cannot stand inside text" },
        { '"${x}"', '{"a":\n}', "JSON", 'data:2:1: expected a value, found "}"' },
      }
      for _, case in ipairs(cases) do
        local text, message, code = render(case[1], case[2])
        assert.is_nil(text)
        assert.equal(case[4], message)
        assert.equal(case[3], code)
      end
      local _, message, code = render("1", nil, "[")
      assert.equal("host:1:2: expected a value, found the end of the text", message)
      assert.equal("JSON", code)
    end)

    it("renders text as text", function()
      local t = compile('Hi "${name}",\n\\${name} ${n}', "text")
      assert.equal('Hi "Zoë",\n${name} 5', t:render({ data = { name = "Zoë", n = 5 } }))
      assert.equal("5", compile("${n}", "text"):render({ data = { n = 5 } }))
      assert.equal("\\$ `x`", compile("\\$ `x`", "text"):render())
    end)
  end)
end)

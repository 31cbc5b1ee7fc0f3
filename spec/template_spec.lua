local cjson = require "cjson"
local expression = require "crier.template.expression"
local template = require "crier.template"

local function compile(text, kind)
  return assert(template.compile(text, { name = "hello.json", kind = kind }))
end

local function refusal(text, kind)
  local result, message, code =
    template.compile(text, { name = "hello.json", kind = kind })
  assert.is_nil(result)
  assert.equal("TEMPLATE", code)
  return message
end

-- Renders a JSON template with JSON data.
local function render(text, data, host)
  return compile(text):render({ data = data, host = host })
end

local function fill(text, scope, options)
  return compile(text):fill(scope, options)
end

describe("crier.template #portable", function()
  describe(".compile() of JSON without holes", function()
    it("keeps every literal as it was written", function()
      local text = '{"actions":[],"o":{},"n":[1.50,-0,1E+2,12345678901234567890],'
        .. '"z":1,"a":true,"a":null,"s":"\\u00e9\\/\\ud83d\\ude00é😀\226\128\168"}'
      assert.equal(text, fill(text, {}))
    end)

    it("drops white space between tokens and a byte order mark", function()
      local text = '\239\187\191 {\r\n\t"a b" : [ 1 , " x " ] }\n'
      assert.equal('{"a b":[1," x "]}', fill(text, {}))
      assert.equal('{"a b":[1," x "]}', render(text))
    end)

    it("takes any JSON value as a document", function()
      for _, text in ipairs { "null", "true", "-1.5e-7", '"x"', "[]", "{}" } do
        assert.equal(text, render(text))
        assert.equal(text, fill(text, {}))
      end
    end)

    it("means the same afterwards, whatever the document", function()
      -- Park and Miller's generator: the same documents in every Lua.
      local seed = 20270101
      local function random(limit)
        seed = seed * 16807 % 2147483647
        return seed % limit + 1
      end
      local atoms = { "null", "true", "false", "0", "-0.5", "1e3", "1234567",
        '""', '"a\\"b\\\\"', '"\\u0001\\n"', '"é\\u20ac😀"', '"$ { } \\\\$"' }
      local spaces = { "", " ", "\n", "\t ", "\r\n" }
      local function document(depth)
        local shape = depth > 4 and 1 or random(3)
        local space = spaces[random(#spaces)]
        if shape == 1 then
          return space .. atoms[random(#atoms)] .. space
        end
        local out = {}
        for i = 1, random(4) - 1 do
          out[i] = (shape == 2 and "" or space .. '"k' .. i .. '":')
            .. document(depth + 1)
        end
        local list = table.concat(out, ",") .. spaces[random(#spaces)]
        return space .. (shape == 2 and "[" .. list .. "]" or "{" .. list .. "}")
      end
      for _ = 1, 300 do
        local text = "[" .. document(1) .. "]"
        local result = fill(text, {})
        assert.same(cjson.decode(text), cjson.decode(result))
        assert.equal(result, fill(result, {}))
      end
    end)
  end)

  describe(".compile() of what is not JSON", function()
    it("names line, column and reason", function()
      local cases = {
        { "", 'hello.json:1:1: expected a value, found the end of the text' },
        { "{", 'hello.json:1:2: expected a key in double quotes, found the end of the text' },
        { "{\n  'a': 1}", 'hello.json:2:3: expected a key in double quotes, found "\'"' },
        { '{"a" 1}', 'hello.json:1:6: expected ":", found "1"' },
        { '{"a":1,}', 'hello.json:1:8: expected a key in double quotes, found "}"' },
        { "[1,]", 'hello.json:1:4: expected a value, found "]"' },
        { '["é" 1]', 'hello.json:1:6: expected "," or "]", found "1"' },
        { '{"a":1\r\n"b":2}', 'hello.json:2:1: expected "," or "}", found """' },
        { "[1] 2", 'hello.json:1:5: expected the end of the text, found "2"' },
        { "[True]", "hello.json:1:2: unknown word True (a string needs double quotes)" },
        { "[01]", "hello.json:1:2: this is not a JSON number" },
        { "[1.]", "hello.json:1:2: this is not a JSON number" },
        { "[-]", 'hello.json:1:2: expected a value, found "-"' },
        { "[.5]", 'hello.json:1:2: expected a value, found "."' },
        { "[1e]", "hello.json:1:2: this is not a JSON number" },
        { "[NaN]", "hello.json:1:2: unknown word NaN (a string needs double quotes)" },
        { '["a', "hello.json:1:2: this string has no end" },
        { '["a\\x"]', "hello.json:1:4: unknown escape \\x" },
        { '["a\\\27[2J"]', "hello.json:1:4: unknown escape \\" },
        { '["a\\\195\169"]', "hello.json:1:4: unknown escape \\" },
        { "[" .. ("a"):rep(99) .. "]", "hello.json:1:2: unknown word " .. ("a"):rep(40)
          .. " (a string needs double quotes)" },
        { '["a\\u12g4"]', "hello.json:1:4: unknown escape \\u" },
        { '["a\nb"]', "hello.json:1:4: a line break inside a string is written \\n" },
        { '["\t"]',
          "hello.json:1:3: the control character 9 inside a string is written \\u0009" },
        { '["a\0b"]',
          "hello.json:1:4: the control character 0 inside a string is written \\u0000" },
        { "[\1]", "hello.json:1:2: expected a value, found the control character 1" },
        { '\n["\255"]',
          "hello.json:2:3: this is not UTF-8 (is the file saved in another encoding?)" },
        { '["\237\160\128"]',
          "hello.json:1:3: this is not UTF-8 (is the file saved in another encoding?)" },
        { "// a card\n{}", 'hello.json:1:1: expected a value, found "/"' },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[2], refusal(case[1]))
      end
    end)

    it("refuses more than 64 levels and more than 1 MiB", function()
      assert.equal(("["):rep(64) .. ("]"):rep(64),
        fill(("["):rep(64) .. ("]"):rep(64), {}))
      assert.equal("hello.json:1:65: nested deeper than 64 levels",
        refusal(("["):rep(100000)))
      local longest = '"' .. ("x"):rep(template.MAX_BYTES - 2) .. '"'
      assert.equal(longest, fill(longest, {}))
      assert.equal("hello.json: larger than 1048576 bytes",
        refusal(longest .. " "))
      assert.equal("hello.json: larger than 1048576 bytes",
        refusal(("x"):rep(template.MAX_BYTES + 1), "text"))
    end)

    it("raises for misuse", function()
      assert.has_error(function() template.compile({}) end,
        "a template is compiled from a string, not a table")
      assert.has_error(function() template.compile("", { kind = "html" }) end,
        'kind must be "card" or "text"')
    end)
  end)

  describe(".compile() of expressions", function()
    it("names a call that cannot be, with a suggestion", function()
      local cases = {
        { "${toUper(x)}", 0, "there is no function toUper; did you mean toUpper?" },
        { "${a.b(x)}", 0, "there is no function a.b" },
        { "${1 + length()}", 4, "length takes 1 argument, not 0" },
        { "${if(a, b)}", 0, "if takes 3 arguments, not 2" },
        { "${round(a, b, c)}", 0, "round takes 1 to 2 arguments, not 3" },
        { "${add(a)}", 0, "+ takes at least 2, not 1" },
        { "${length(5)}", 0, "length takes a text, not 5" },
        { "${sum('x')}", 0, "sum takes a list, not 'x'" },
        { "${indexOf(5, 'x')}", 0, "indexOf takes a text or a list, not 5" },
        { "${foreach(a, 'x', x)}", 0, "foreach: the second argument is a name, not 'x'" },
        { "${a <> b}", 2, "there is no function <>" },
        { "${'x'.y}", 5, "'x' has no fields" },
      }
      for _, case in ipairs(cases) do
        assert.equal(("hello.json:1:%d: %s: %s"):format(case[2] + 4, case[1], case[3]),
          refusal('"' .. case[1] .. '"'))
      end
    end)

    it("names a mistake, and where", function()
      local cases = {
        { "${a b}", 5, "unexpected b" },
        { "${1a}", 4, "unexpected a" },
        { "${a.}", 5, "a name was expected after the point" },
        { "${a..b}", 5, "a name was expected after the point" },
        { "${.a}", 3, "a name was expected instead of ." },
        { "${ }", 4, "a name is missing" },
        { "${é}", 3, "a name was expected instead of é" },
        { "${a[]}", 5, "a name was expected instead of ]" },
        { "${(a}", 5, ") is missing" },
        { "${f(a,)}", 7, "a name was expected instead of )" },
        { "${a ? b}", 8, ": is missing" },
        { "${a[0}", 6, "] is missing" },
        { "${a]}", 4, "unexpected ]" },
      }
      for _, case in ipairs(cases) do
        assert.equal(("hello.json:1:%d: %s: %s"):format(case[2] + 1, case[1], case[3]),
          refusal('"' .. case[1] .. '"'))
      end
      assert.equal("hello.json:1:4: in text with ${ a backtick is written \\`",
        refusal('"a `${x}"'))
      assert.equal("hello.json:1:7: text with ${ cannot end in a backslash",
        refusal('"${a} \\\\"'))
      assert.equal("hello.json:1:34: more than 16 times ${ without an end",
        refusal('"' .. ("${"):rep(20) .. '"'))
      assert.match("more than 1000 steps", refusal('"${a' .. (".a"):rep(1000) .. '}"'))
      assert.match("nested deeper than 64 levels",
        refusal('"${' .. ("("):rep(70) .. "a" .. (")"):rep(70) .. '}"'))
      assert.match("nested deeper than 64 levels", refusal('"${' .. ("-"):rep(70) .. 'a}"'))
    end)

    it("names a mistake in a text template, and where", function()
      assert.equal("hello.json:2:7: ${x y}: unexpected y", refusal("a\né ${x y}", "text"))
    end)

    it("counts columns in characters, through escapes and line ends", function()
      local paths = compile('{"é😀":"\\u00e9\\ud83d\\ude00\\n${a}é${b.c}",\r\n'
        .. '  "x/y~":["${d}"]}'):paths()
      assert.same({
        { path = "a", root = "a", place = "hello.json:1:28 (/é😀)" },
        { path = "b.c", root = "b", field = "c", place = "hello.json:1:33 (/é😀)" },
        { path = "d", root = "d", place = "hello.json:2:12 (/x~1y~0/0)" },
      }, paths)
    end)

    it("writes paths in one form", function()
      local cases = {
        [" a . b\t"] = "a.b", ["a['b']"] = "a.b", ['a["b c"][0].d'] = "a['b c'][0].d",
        ["a['it\\'s']"] = "a['it\\'s']", ["$root.a"] = "$root.a", ["#a.@b"] = "#a.@b",
        ["\194\160a\239\187\191"] = "a",
      }
      for source, path in pairs(cases) do
        local node = assert(expression.parse(source))
        assert.equal(path, expression.path(expression.keys(node)))
      end
    end)
  end)

  describe(":fill()", function()
    local CARD = '{"t":"Hi ${recipient.givenName}!","n":"${data.n}","a":[null,[]]}'

    it("puts values in, typed where they stand alone", function()
      local scope = { recipient = { givenName = "Zoë" }, data = { n = 5 } }
      assert.equal('{"t":"Hi Zoë!","n":5,"a":[null,[]]}', fill(CARD, scope))
      scope.data.n = "5"
      assert.equal('{"t":"Hi Zoë!","n":"5","a":[null,[]]}', fill(CARD, scope))
      scope.data.n = { k = { 1, { false } } }
      assert.equal('{"t":"Hi Zoë!","n":{"k":[1,[false]]},"a":[null,[]]}', fill(CARD, scope))
      scope.data.n = false
      assert.equal('{"t":"Hi Zoë!","n":false,"a":[null,[]]}', fill(CARD, scope))
    end)

    it("renders null and what a person lacks empty", function()
      local expected = '{"t":"Hi !","n":"","a":[null,[]]}'
      assert.equal(expected, fill(CARD, { recipient = {}, data = { n = cjson.null } }))
      assert.equal(expected, fill(CARD,
        { recipient = { givenName = cjson.null }, data = { n = "" } }))
      assert.equal('"" ', fill('"${campaign.x}"', {}) .. " ")
      assert.equal('"-"', fill('"${recipient.csv.site}-${recipient.csv}"', { recipient = {} }))
    end)

    it("names the first field of data that is missing", function()
      local text, message, code = fill('"${data.office.floor} ${data.x}"',
        { data = { office = {} } })
      assert.is_nil(text)
      assert.equal("data.office.floor", message)
      assert.equal("MISSING", code)
      assert.same({ nil, "data.n", "MISSING" }, { fill(CARD, { recipient = {} }) })
      assert.same({ nil, "data.n", "MISSING" },
        { fill(CARD, { recipient = {}, data = { n = nil } }, { on_missing = "fail" }) })
      assert.same({ nil, "x.y", "MISSING" }, { fill('"${x.y}"', {}) })
      assert.same({ nil, "data.Office", "MISSING" },
        { fill('"${data.Office}"', { data = { office = 1 } }) })
    end)

    it("renders missing data empty when asked to", function()
      assert.equal('{"t":"Hi !","n":"","a":[null,[]]}',
        fill(CARD, {}, { on_missing = "empty" }))
    end)

    it("follows paths through tables, lists from 0", function()
      local scope = { data = { a = { { ["b c"] = { 7, 8 } } } } }
      assert.equal('"8 7"', fill('"${data.a[0][\'b c\'][1]} ${data[\'a\'][0][\'b c\'][0]}"', scope))
    end)

    it("keeps nothing from the person before", function()
      local t = compile(CARD)
      t:fill({ recipient = { givenName = "Maria" }, data = { n = 1 } })
      assert.equal('{"t":"Hi !","n":2,"a":[null,[]]}',
        t:fill({ recipient = {}, data = { n = 2 } }))
    end)

    it("refuses what cannot stand there", function()
      local cases = {
        { '"x ${data.v}"', {}, "data.v is a table and cannot stand inside text" },
        { '"x ${data.v}"', print, "data.v is a function and cannot stand inside text" },
        { '"${data.v}"', print, "data.v is a function" },
        { '"${data.v}"', 0 / 0, "data.v is not a finite number" },
        { '"x${data.v}"', -1 / 0, "data.v is not a finite number" },
        { '"${data.v}"', { { 1, [3] = 2 } }, "data.v is an array with gaps" },
      }
      for _, case in ipairs(cases) do
        local text, message, code = fill(case[1], { data = { v = case[2] } })
        assert.is_nil(text)
        assert.equal(case[3], message)
        assert.equal("TYPE", code)
      end
    end)

    it("escapes every character that JSON wants escaped", function()
      for code = 0, 127 do
        local char = string.char(code)
        for _, text in ipairs { '"${data.v}"', '"<${data.v}>"' } do
          local result = cjson.decode("[" .. fill(text, { data = { v = char } }) .. "]")[1]
          assert.equal(#text > 11 and "<" .. char .. ">" or char, result)
        end
      end
      local scope = { data = { v = 'é😀\226\128\168"\\/\127\n' } }
      assert.equal('"é😀\226\128\168\\"\\\\/\127\\n"', fill('"${data.v}"', scope))
    end)

    it("replaces bytes that are no UTF-8", function()
      local bad = "\239\191\189"
      for text, expected in pairs {
        ["a\255b"] = "a" .. bad .. "b", ["\195"] = bad, ["\195\169\169"] = "é" .. bad,
        ["\237\160\128"] = bad:rep(3), ["\192\128"] = bad:rep(2),
        ["\244\144\128\128é"] = bad:rep(4) .. "é", ["\240\159\152\128"] = "😀",
        ['"\226\130'] = '\\"' .. bad:rep(2),
      } do
        assert.equal('"' .. expected .. '"', fill('"${data.v}"', { data = { v = text } }))
      end
    end)

    it("fills templates with many holes and huge values", function()
      local holes, scope = {}, { data = {} }
      for i = 1, 200 do
        holes[i] = '"${data.k' .. i .. '}"'
        scope.data["k" .. i] = i
      end
      assert.equal(200, #cjson.decode(fill("[" .. table.concat(holes, ",") .. "]", scope)))
      local huge = ("x\n"):rep(500000)
      assert.equal(1500002, #fill('"${data.v}"', { data = { v = huge } }))
    end)

    it("fills text as text", function()
      local t = compile('${recipient.name} said "${data.v}"', "text")
      assert.equal('A"B said "2.5"', t:fill({ recipient = { name = 'A"B' }, data = { v = 2.5 } }))
    end)
  end)

  describe("functions of text", function()
    it("take their time over no blanks", function() -- a square of these is minutes
      local long = "a" .. (" "):rep(2 ^ 17) .. "b"
      for call, made in pairs { ["trim(x)"] = '"' .. long .. '"', ["countWord(x)"] = "2",
        ["uriScheme(concat('x:', x))"] = '"x"', ["trim(' ')"] = '""' } do
        assert.equal(made, assert(template.compile('"${' .. call .. '}"')):render {
          data = { x = long .. " " } })
      end
    end)
  end)

  describe(".check()", function()
    local ROOTS = { data = true, campaign = { "name" },
      recipient = { givenName = true, displayName = true, csv = { site = true } } }

    local function check(text)
      return template.check(compile(text), ROOTS)
    end

    it("accepts what there is", function()
      assert.is_true(check('["${recipient.givenName} ${recipient[\'csv\'].site}",'
        .. '"${data.any.thing[0]}","${campaign.name}","${recipient.givenName.x}",'
        .. '"${recipient}", "\\\\${nothing}", {}]'))
    end)

    it("names the place and suggests what is near", function()
      local cases = {
        { '"${recipient.givenname}"', "${recipient.givenname}: no such field; "
          .. "did you mean recipient.givenName?" },
        { '"${recipient.shoeSize}"', "${recipient.shoeSize}: no such field" },
        { '"${recipient.csv.sit}"', "${recipient.csv.sit}: no such field; "
          .. "did you mean recipient.csv.site?" },
        { '"${campaign.nam}"', "${campaign.nam}: no such field; did you mean campaign.name?" },
        { '"${recipent.givenName}"', "${recipent.givenName}: no such root; "
          .. "did you mean recipient?" },
        { '"${ displayname }"', "${ displayname }: no such root; "
          .. "did you mean recipient.displayName?" },
        { '"${$root.x}"', "${$root.x}: no such root (there are campaign, data, recipient)" },
        { '"${x"', "this ${ would be sent as it is; a literal one is written \\${" },
      }
      for _, case in ipairs(cases) do
        local ok, message, code = check('{"a":\n  ' .. case[1] .. "}")
        assert.is_nil(ok)
        assert.equal("hello.json:2:4: " .. case[2], message)
        assert.equal("TEMPLATE", code)
      end
      local _, message = check('{"${x}":1}')
      assert.equal("hello.json:1:2: this ${ would be sent as it is; "
        .. "a literal one is written \\${", message)
    end)
  end)
end)

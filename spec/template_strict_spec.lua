-- Expressions in a campaign, where nothing unresolved may go out.
local cjson = require "cjson"
local template = require "crier.template"

local ROOTS = { recipient = { givenName = true, officeLocation = true, csv = { "site" } },
  data = true, campaign = { "name" } }

local function compile(text, kind)
  return assert(template.compile(text, { name = "hello.json", kind = kind }))
end

local function fill(text, scope, options)
  return compile(text):fill(scope, options)
end

local function check(text)
  return select(2, template.check(compile(text), ROOTS))
end

describe("crier.template #portable", function()
  describe(":fill() with expressions", function()
    local scope = { recipient = { givenName = "Zoë", officeLocation = cjson.null },
      campaign = { name = "x" },
      data = { n = 3, s = 'q"', none = cjson.null,
        items = { { t = "a", v = 1 }, { t = "b", v = 2 } } } }

    it("computes, typed where it stands alone", function()
      assert.equal('{"a":"ZOË","b":4,"c":true,"d":[2,3],"e":"3 items, Q\\""}', fill('{'
        .. '"a":"${toUpper(recipient.givenName)}","b":"${data.n + 1}","c":"${data.n > 2}",'
        .. '"d":"${foreach(data.items, x, x.v + 1)}",'
        .. '"e":"${data.n} items, ${toUpper(data.s)}"}', scope))
      assert.equal('Hi "ZOË", 4',
        compile('Hi "${toUpper(recipient.givenName)}", ${data.n + 1}', "text"):fill(scope))
    end)

    it("takes what a person lacks, and null, as nothing", function()
      assert.equal('{"a":"","b":"none","c":true,"d":"x  y"}', fill('{"a":"${recipient.phone}",'
        .. '"b":"${if(recipient.officeLocation, recipient.officeLocation, \'none\')}",'
        .. '"c":"${empty(recipient.officeLocation)}",'
        .. '"d":"x ${toLower(recipient.phone)} y"}', scope))
      assert.equal('{"a":"there","b":"","c":"there"}', fill(
        '{"a":"${coalesce(data.nope, recipient.x, \'there\')}","b":"${data.none}",'
          .. '"c":"${data.nope ?? \'there\'}"}', scope))
    end)

    it("names what data should have brought", function()
      for source, path in pairs {
        ["${toUpper(data.office)}"] = "data.office",
        ["x ${data.n + data.office.floor}"] = "data.office.floor",
        ["${if(data.n > 2, data.yes, data.no)}"] = "data.yes",
        ["${foreach(data.items, x, x.nope)}"] = "x.nope",
        ["${data.N + 1}"] = "data.N",
        ["${data.items[5].t & 1}"] = "data.items[5].t",
        ["${data.items[data.nope]}"] = "data.nope",
      } do
        local text, message, code = fill('"' .. source .. '"', scope)
        assert.is_nil(text)
        assert.equal(path, message)
        assert.equal("MISSING", code)
      end
      assert.equal('"no"', fill('"${if(data.office, \'yes\', \'no\')}"', scope))
      assert.equal('"x "', fill('"x ${toUpper(data.office)}"', scope, { on_missing = "empty" }))
    end)

    it("says which expression fails, and where", function()
      local cases = {
        { '"${data.n / 0}"', "hello.json:1:2: ${data.n / 0}: nothing can be divided by 0" },
        { '"x ${data.items[data.n]}"',
          "hello.json:1:4: ${data.items[data.n]}: there is no item 3, the list has 2" },
        { '"x ${data.items}"', "data.items is a table and cannot stand inside text" },
        { '"x ${reverse(data.items)}"',
          "reverse(data.items) is a table and cannot stand inside text" },
        { '\n"${length(data.n)}"', "hello.json:2:2: ${length(data.n)}: 3 is not a text" },
      }
      for _, case in ipairs(cases) do
        local text, message, code = fill(case[1], scope)
        assert.is_nil(text)
        assert.equal("TYPE", code)
        assert.equal(case[2], message)
      end
    end)

    it("never touches the data", function()
      local before = cjson.encode(scope.data.items)
      assert.equal('[{"t":"z","v":1},[{"t":"b","v":2},{"t":"a","v":1}]]', fill(
        '["${setProperty(data.items[0], \'t\', \'z\')}","${reverse(data.items)}"]', scope))
      assert.equal(before, cjson.encode(scope.data.items))
    end)

    it("takes the time and chance from outside", function()
      local options = { now_ms = 1806226215250, random = function() return 0.5 end }
      assert.equal('{"a":"2027-03-28","b":15,"c":"88888888-8888-4888-a888-888888888888"}', fill(
        '{"a":"${utcNow(\'yyyy-MM-dd\')}","b":"${rand(10, 20)}","c":"${newGuid()}"}', {}, options))
    end)
  end)

  describe(":fill() with $data and $when", function()
    local scope = { recipient = { givenName = "Zoë" }, campaign = { name = "x" },
      data = { items = { { t = "a", v = 1 }, { t = "b", v = 2 } }, one = { t = "c" }, on = true } }

    it("repeats and drops objects, and nothing else", function()
      assert.equal('{"b":[null,[],{"t":"0 a Zoë"},{"t":"1 b Zoë"},1],"v":1.50}', fill(
        '{"b":[null,[],{"$data":"${data.items}","t":"${$index} ${t} ${$root.recipient.givenName}"},'
          .. '{"$when":"${data.on == false}","x":1},1],"v":1.50}', scope))
      assert.equal('{"a":{"t":"c"},"b":null,"c":{"x":1},"d":[{"v":1},{"v":2}]}', fill(
        '{"a":{"$data":"${data.one}","t":"${t}"},"b":{"$when":"${not(data.on)}"},'
          .. '"c":{"$when":"${data.on}","x":1},"d":{"$data":"${data.items}","v":"${v}"}}', scope))
    end)

    it("writes nothing for data that is null or that a person lacks", function()
      assert.equal('{"a":[],"b":null}', fill('{"a":[{"$data":"${recipient.list}","t":"${t}"}],'
        .. '"b":{"$data":"${recipient.list}","t":1}}', scope))
    end)

    it("names what is missing in an item, and a list that is not there", function()
      assert.same({ nil, "w", "MISSING" },
        { fill('[{"$data":"${data.items}","t":"${w}"}]', scope) })
      assert.same({ nil, "data.nope", "MISSING" },
        { fill('[{"$data":"${data.nope}","t":"${w}"}]', scope) })
      assert.equal('[{"t":""},{"t":""}]',
        fill('[{"$data":"${data.items}","t":"${w}"}]', scope, { on_missing = "empty" }))
    end)

    it("keeps nothing from the person before", function()
      local t = compile '{"l":[{"$data":"${data.items}","t":"${t}"}],"n":"${recipient.givenName}"}'
      assert.equal('{"l":[{"t":"a"},{"t":"b"}],"n":"Zoë"}', t:fill(scope))
      assert.equal('{"l":[],"n":""}', t:fill { recipient = {}, data = { items = {} } })
    end)
  end)

  describe(".check() of expressions", function()
    it("looks at every path in them", function()
      local cases = {
        { '"${toUpper(recipient.givenname)}"', "hello.json:1:2: ${toUpper(recipient.givenname)}: "
          .. "no such field; did you mean recipient.givenName?" },
        { '"${if(givenName, 1, 2)}"', "hello.json:1:2: ${if(givenName, 1, 2)}: "
          .. "no such root; did you mean recipient.givenName?" },
        { '"${foreach(data.items, x, y.z)}"', "hello.json:1:2: ${foreach(data.items, x, y.z)}: "
          .. "no such root (there are campaign, data, recipient)" },
        { '"${$host.theme}"', "hello.json:1:2: ${$host.theme}: "
          .. "no such root (there are campaign, data, recipient)" },
        { '[{"$data":"${data.items}","t":"${recipient.givenName}"}]',
          "hello.json:1:32: ${recipient.givenName}: "
            .. "inside $data this is $root.recipient.givenName" },
        { '[{"$data":"${data.items}","t":"${$root.recipient.nam}"}]',
          "hello.json:1:32: ${$root.recipient.nam}: no such field" },
        { '[{"$when":true}]', "hello.json:1:11: $when takes an expression: ${...}" },
      }
      for _, case in ipairs(cases) do
        assert.equal(case[2], check(case[1]))
      end
      for _, text in ipairs { '"${foreach(data.items, x, x.y & recipient.csv.site)}"',
        '[{"$data":"${data.items}","$when":"${v > 1}","t":"${t} ${$index} ${$root.data.x}"}]',
        '"${$root.recipient.givenName}"', '"${formatDateTime(utcNow(), \'dddd\')}"' } do
        assert.is_nil(check(text))
      end
    end)

    it("lists the paths", function()
      local paths = {}
      for _, one in ipairs(compile '"${if(a.b, foreach(c, x, x.d & e[f]), g[0])}"':paths()) do
        paths[#paths + 1] = one.path
      end
      assert.same({ "a.b", "c", "e", "f", "g[0]" }, paths)
    end)
  end)
end)

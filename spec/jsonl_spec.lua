local jsonl = require "crier.audience.jsonl"

-- A `read` function that gives a text in pieces.
local function pieces(text, size)
  local at = 1
  return function()
    local piece = text:sub(at, at + size - 1)
    at = at + size
    return piece ~= "" and piece or nil
  end
end

local function read(text, column, size)
  local found = {}
  local ok, message, code = jsonl.read(pieces(text, size or 65536), column,
    function(line, who, row)
      found[#found + 1] = who and ("%d %s %s"):format(line, who, row)
        or ("%d ! %s"):format(line, row)
    end)
  return ok and found, message, code
end

describe("crier.audience.jsonl #portable", function()
  it("finds the person under the usual names, the first one first", function()
    assert.same({ '1 b {"upn":"a","ID":"b"}', '2 c {"UserPrincipalName":" c "}',
      '3 d@x {"mail":"d@x"}' }, read('{"upn":"a","ID":"b"}\n{"UserPrincipalName":" c "}\n'
      .. '{"mail":"d@x"}'))
  end)

  it("finds the person under the name that is given", function()
    assert.same({ '1 b {"id":"a","Who":"b"}', "2 ! no person in member Who" },
      read('{"id":"a","Who":"b"}\n{"id":"a","who":"b"}\n', "Who"))
  end)

  it("tells bad lines apart, by number and reason", function()
    assert.same({ "1 ! not a JSON object", "2 ! not a JSON object", "3 ! not a JSON object",
      "5 ! no member id, upn, userPrincipalName or mail", "6 ! no person in member id",
      "7 ! no person in member id", "8 ! no person in member id", "9 ! not UTF-8 text",
      '10 a {"id":"a"}' }, read('{"id":\n"a"\n["a"]\n  \n{"x":"a"}\n{"id":7}\n{"id":" "}\n'
      .. '{"id":null}\n{"id":"\255"}\n{"id":"a"}\n'))
  end)

  it("cuts a line that is too long, and reads on", function()
    local found = read('{"id":"' .. ("x"):rep(100000) .. '"}\n{"id":"a"}\n', nil, 1000)
    assert.same({ "1 ! longer than 32768 bytes", '2 a {"id":"a"}' }, found)
  end)

  it("reads alike in pieces of any size, with a mark and CRLF", function()
    local text = '\239\187\191{"id":"a"}\r\n\r\n{"id":"b","n":{"m":[]}}'
    local whole = read(text)
    assert.same({ '1 a {"id":"a"}', '3 b {"id":"b","n":{"m":[]}}' }, whole)
    for size = 1, 20 do
      assert.same(whole, read(text, nil, size))
    end
  end)

  it("refuses UTF-16, and is nobody when empty", function()
    for _, mark in ipairs { "\255\254", "\254\255" } do
      local found, message, code = read(mark .. "{\0")
      assert.is_false(found or false)
      assert.equal("it is UTF-16: save it as UTF-8", message)
      assert.equal("CSV", code)
    end
    assert.same({}, read "")
  end)

  it("ends when it is told enough", function()
    local ok, message, code = jsonl.read(pieces('{"id":"a"}\n{"id":"b"}', 100), nil,
      function() return "more than 0 rows" end)
    assert.is_nil(ok)
    assert.equal("more than 0 rows", message)
    assert.equal("CSV", code)
  end)
end)

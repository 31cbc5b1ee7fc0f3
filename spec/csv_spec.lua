local csv = require "crier.audience.csv"

-- A `read` over text, in pieces of `size` bytes.
local function pieces(text, size)
  local at = 1
  return function()
    local piece = text:sub(at, at + size - 1)
    at = at + #piece
    return #piece > 0 and piece or nil
  end
end

local function read(text, column, size)
  local rows, bad = {}, {}
  local ok, message, code = csv.read(pieces(text, size or 65536), column,
    function(line, who, row)
      if who then
        rows[#rows + 1] = { line = line, who = who, row = row }
      else
        bad[#bad + 1] = ("%d %s"):format(line, row)
      end
    end)
  if not ok then
    return nil, message, code
  end
  return rows, bad
end

-- The people of a file, in one line.
local function people(text, column)
  local found, rows = {}, assert(read(text, column))
  for i, each in ipairs(rows) do
    found[i] = each.who
  end
  return table.concat(found, " ")
end

local function bad(text, column)
  local rows, found = read(text, column)
  return assert(rows) and found
end

local function refused(text, column)
  local rows, message, code = read(text, column)
  assert.is_nil(rows)
  assert.equal("CSV", code)
  return message
end

-- Park and Miller's generator: the same tables in every Lua.
local function generator(seed)
  return function(limit)
    seed = seed * 16807 % 2147483647
    return seed % limit + 1
  end
end

local ATOMS = { "a", "é", "😀", " ", "'", '"', '""', ",", ";", "\t", "\n", "\r\n",
  "x\r", "=1+1", "0", "\0", "\\", "|" }

local function random_cell(random)
  local parts = {}
  for i = 1, random(5) - 1 do
    parts[i] = ATOMS[random(#ATOMS)]
  end
  return table.concat(parts)
end

local function random_table(random)
  local columns, rows = random(4), {}
  for i = 1, random(6) do
    local row = { "p" .. i } -- the person
    for j = 1, columns do
      row[j + 1] = random_cell(random)
    end
    rows[i] = row
  end
  return rows, columns
end

-- Writes a cell as RFC 4180 has it: quoted where it must be, and at random.
local function written(cell, separator, random)
  if cell:find '["\r\n]' or cell:find(separator, 1, true) or random(3) == 1 then
    return '"' .. cell:gsub('"', '""') .. '"'
  end
  return cell
end

describe("crier.audience.csv #portable", function()
  describe(".read() of a header", function()
    it("finds the person in the first of id, upn, userPrincipalName", function()
      assert.equal("1", people("upn,id\nann,1\n"))
      assert.equal("ann", people("name,UPN,userPrincipalName\nAnn,ann,x\n"))
      assert.equal("ann", people("UserPrincipalName\nann\n"))
    end)

    it("finds the person in the column that is named", function()
      assert.equal("a@x", people("id,Mail\n1,a@x\n", "Mail"))
      assert.equal("no column 'mail' in the header row",
        refused("id,Mail\n1,a@x\n", "mail"))
    end)

    it("knows comma, semicolon and tab", function()
      assert.equal("1 2", people("name,id\na,1\nb,2\n"))
      assert.equal("1 2", people("name;id\na;1\nb;2\n"))
      assert.equal("1 2", people("name\tid\na\t1\nb\t2\n"))
    end)

    it("skips a byte-order mark and blanks around names", function()
      assert.equal("1", people("\239\187\191 id ,name\n1,a\n"))
      assert.equal("1", people('\239\187\191"id","name"\r\n"1","a"\r\n'))
    end)

    it("refuses a file that names no person", function()
      assert.equal("the header row has none of the columns id, upn,"
        .. " userPrincipalName, mail (or say which: crier.csv(path, { column = \"…\" }))",
        refused("name,email\nAnn,a@x\n"))
    end)

    it("refuses an empty file", function()
      local message = "it is empty: the first row must name the columns"
      assert.equal(message, refused "")
      assert.equal(message, refused "\n\n")
      assert.equal(message, refused "\239\187\191")
    end)

    it("refuses UTF-16", function()
      for _, mark in ipairs { "\255\254", "\254\255" } do
        assert.equal("it is UTF-16: save it as CSV UTF-8",
          refused(mark .. "i\0d\0\n\0"))
      end
    end)

    it("refuses a header of more than 32768 bytes", function()
      assert.equal("the header row is longer than 32768 bytes",
        refused("id," .. ("x"):rep(100000) .. "\n1,a\n"))
    end)
  end)

  describe(".read() of rows", function()
    it("gives line, person and all columns by name", function()
      assert.same({ { line = 2, who = "1", row = { id = "1", note = "a,b" } },
        { line = 3, who = "2", row = { id = "2", note = 'say "x"' } } },
        (read 'id,note\n1,"a,b"\n2,"say ""x"""\n'))
    end)

    it("trims the person alone", function()
      local rows = read "id,note\n  1\t, a \n"
      assert.same({ { line = 2, who = "1", row = { id = "  1\t", note = " a " } } },
        rows)
    end)

    it("counts the lines of cells with line breaks", function()
      assert.same({ { line = 2, who = "1", row = { id = "1", note = "a\r\nb\n" } },
        { line = 5, who = "2", row = { id = "2", note = "" } } },
        (read 'id,note\n1,"a\r\nb\n"\n2,\n'))
    end)

    it("reads a last row without a line end", function()
      assert.equal("1 2", people "id\n1\n2")
    end)

    it("skips rows without a word", function()
      assert.equal("1 2", people "id,a\r\n\r\n1,x\r\n,\r\n  \r\n2,y\r\n\n")
    end)

    it("leaves a quote inside a cell as it is", function()
      assert.same({ id = "1", a = '5" pipe, "b"' },
        read('id,a\n1,"5"" pipe, ""b"""\n')[1].row)
      assert.same({ id = "1", a = 'a"b"' }, read('id,a\n1,a"b"\n')[1].row)
    end)

    it("ends when the visitor says why", function()
      local seen = 0
      local ok, message, code = csv.read(pieces("id\n1\n2\n3\n", 100), nil,
        function()
          seen = seen + 1
          return seen == 2 and "enough" or nil
        end)
      assert.is_nil(ok)
      assert.equal("enough", message)
      assert.equal("CSV", code)
      assert.equal(2, seen)
    end)
  end)

  describe(".read() of a header", function()
    it("takes the edges of UTF-8", function()
      local text = "\194\128 \223\191 \224\160\128 \237\159\191 \238\128\128 "
        .. "\239\191\191 \240\144\128\128 \244\143\191\191"
      local rows, found = read("id,a\n1," .. text .. "\n")
      assert.same({}, found)
      assert.equal(text, rows[1].row.a)
    end)

    it("refuses a column that is there twice, but not one without a name", function()
      local rows, message, code = read "id,note,x, note \n1,a,b,c\n"
      assert.is_nil(rows)
      assert.equal("the header row names the column 'note' twice", message)
      assert.equal("CSV", code)
      assert.same({ id = "1" }, read("id,,\n1,a,b\n")[1].row)
    end)

    it("refuses lines that end in CR alone, with a word on how to save them", function()
      local wanted = "its lines end in CR alone: save it as CSV UTF-8, with LF or CRLF"
      for _, text in ipairs { "id,n\r1,a\r2,b\r", 'id,n\r1,"a,b"\r2,b',
        "id,n\r" .. ("1,a\r"):rep(20000) } do
        local rows, message = read(text)
        assert.is_nil(rows)
        assert.equal(wanted, message)
      end
      assert.equal("1", people 'id,"a\rb"\r\n1,a\r\n')
    end)
  end)

  describe(".read() of a bad row", function()
    it("says what is wrong with it and reads the others", function()
      local cases = {
        { "1,a,b", "3 fields where the header has 2" },
        { "1", "1 fields where the header has 2" },
        { " ,a", "no person in column id" },
        { '1,"a"b', "text after a closing quote" },
        { '1,"a', "a quote is not closed" },
        { "1,\233t\233", "not UTF-8 text" },
        { "1,\237", "not UTF-8 text" },
        { "1,\128", "not UTF-8 text" },
        { "1,\237\160\128", "not UTF-8 text" }, -- a surrogate, RFC 3629
        { "1,\224\159\191", "not UTF-8 text" }, -- longer than it need be
        { "1,\240\143\191\191", "not UTF-8 text" },
        { "1,\244\144\128\128", "not UTF-8 text" }, -- above U+10FFFF
        { "1," .. (","):rep(600), "more than 500 columns" },
        { "1," .. ("x"):rep(32767), "longer than 32768 bytes" },
      }
      for _, case in ipairs(cases) do
        local text = "id,a\n0,é€😀\n" .. case[1] .. "\n2,b\n"
        local rows, found = read(text)
        assert.same({ "3 " .. case[2] }, found)
        assert.equal("0", rows[1].who)
        assert.equal("2", rows[2].who)
        assert.equal(4, rows[2].line)
      end
    end)

    it("takes a row of 32768 bytes", function()
      assert.equal("1", people("id,a\n1," .. ("x"):rep(32766) .. "\n"))
    end)

    it("loses one row to a quote that is never closed", function()
      local lines = { "id,a", '1,"oops' }
      for i = 2, 5000 do
        lines[i + 1] = i .. ",plain"
      end
      local rows, found = read(table.concat(lines, "\n"))
      assert.same({ "2 a quote is not closed" }, found)
      assert.equal(4999, #rows)
      assert.equal(5001, rows[4999].line)
    end)
  end)

  describe(".read() of any table written as RFC 4180", function()
    it("gives back the same cells, whatever the size of the pieces", function()
      local random = generator(20270115)
      for round = 1, 150 do
        local wanted, columns = random_table(random)
        local separator = ({ ",", ";", "\t" })[round % 3 + 1]
        local line_end = round % 2 == 0 and "\r\n" or "\n"
        local lines, names = {}, { "id" }
        for j = 1, columns do
          names[j + 1] = "c" .. j
        end
        lines[1] = table.concat(names, separator)
        for i, row in ipairs(wanted) do
          local cells = {}
          for j, cell in ipairs(row) do
            cells[j] = written(cell, separator, random)
          end
          lines[i + 1] = table.concat(cells, separator)
        end
        local text = table.concat(lines, line_end)
          .. (random(2) == 1 and line_end or "")
        for _, size in ipairs { 1, 2, 3, 7, 64, 65536 } do
          local rows, found = read(text, nil, size)
          assert.same({}, found)
          assert.equal(#wanted, #rows)
          for i, row in ipairs(wanted) do
            assert.equal(row[1], rows[i].who)
            for j = 1, columns do
              assert.equal(row[j + 1], rows[i].row["c" .. j])
            end
          end
        end
      end
    end)
  end)

  describe(".read() of hostile input", function()
    -- How often the machine looked at a line of Lua: what time it takes,
    -- without a clock.
    local function steps_of(fn)
      local count = 0
      debug.sethook(function() count = count + 1 end, "", 1000)
      local ok, message = pcall(fn)
      debug.sethook()
      assert(ok, message)
      return count
    end

    -- A `read` that makes its text as it goes.
    local function rep(first, piece, count, last)
      local nth = -1
      return function()
        nth = nth + 1
        if nth == 0 then
          return first
        elseif nth <= count then
          return piece
        elseif nth == count + 1 then
          return last
        end
      end
    end

    local function outcome(source)
      local found = {}
      assert(csv.read(source, nil, function(line, who, row)
        found[#found + 1] = ("%d %s"):format(line, who or row)
      end))
      return found
    end

    it("takes a line of 10 MB for one bad row", function()
      local found
      local steps = steps_of(function()
        found = outcome(rep("id\n1\n", ("x"):rep(65536), 160, "tail\n2\n"))
      end)
      assert.same({ "2 1", "3 longer than 32768 bytes", "4 2" }, found)
      assert.is_true(steps < 1000)
    end)

    it("holds no more of a long line than a row and a piece", function()
      local largest = 0
      local source = rep("id\n", ("x"):rep(65536), 320, "\n2\n")
      assert(csv.read(function()
        collectgarbage()
        largest = math.max(largest, collectgarbage "count")
        return source()
      end, nil, function() end))
      collectgarbage()
      assert.is_true(largest - collectgarbage "count" < 2048) -- KiB; it is 20 MiB
    end)

    it("gets through a million quotes", function()
      local found
      local steps = steps_of(function()
        found = outcome(rep("id\n", ('"'):rep(62500), 16, "\n2\n"))
      end)
      assert.same({ "2 longer than 32768 bytes", "3 2" }, found)
      assert.is_true(steps < 1000)
    end)

    it("gets through a quote on each of many lines", function()
      local found
      local steps = steps_of(function()
        found = outcome(rep("id\n", ('"\n'):rep(1000), 100))
      end)
      assert.equal(50000, #found) -- two make one cell, a line break
      assert.is_true(steps < 30000)
    end)

    it("gets through a quote that is never closed before much text", function()
      local found
      local steps = steps_of(function()
        found = outcome(rep('id\n"\n', "1\n2\n3\n4\n5\n6\n7\n8\n", 6000))
      end)
      assert.equal("2 a quote is not closed", found[1])
      assert.equal(48001, #found)
      assert.is_true(steps < 30000)
    end)

    it("gets through cells of blanks, which a slow trim would not", function()
      local row = ("x" .. (" "):rep(32000) .. "x\n")
      local found = outcome(rep("id\n", row:rep(2), 100))
      assert.equal(200, #found)
    end)

    it("takes NUL bytes for text", function()
      assert.same({ { line = 2, who = "a\0b", row = { id = "a\0b" } } },
        (read "id\na\0b\n"))
    end)
  end)

  describe(".from_file()", function()
    it("reads in pieces and shows each", function()
      local texts, seen = { "ab", "cd" }, {}
      local file = { read = function() return table.remove(texts, 1) end }
      local source = csv.from_file(file, function(piece)
        seen[#seen + 1] = piece
      end)
      assert.equal("ab", source())
      assert.equal("cd", source())
      assert.is_nil(source())
      assert.same({ "ab", "cd" }, seen)
    end)
  end)
end)

describe("the bad rows of a csv #portable", function()
  it("do not depend on the size of the pieces", function()
    local text = 'id,a\n1,"x"y\n2,b\n3\n4,"c\n5,d\n'
    local wanted = bad(text)
    assert.same({ "2 text after a closing quote", "4 1 fields where the header"
      .. " has 2", "5 a quote is not closed" }, wanted)
    for size = 1, 12 do
      assert.same(wanted, select(2, read(text, nil, size)))
    end
  end)
end)

local core = require "crier.core"
local permissions = require "crier.graph.permissions"

local function read(path)
  local file = io.open(path)
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  return text
end

-- Each service's section, and what its rows are of.
local SECTIONS = { GRAPH = "Microsoft Graph", CONNECTOR = "Bot Connector", TOKEN = "Identity" }

-- The rows of a section's tables, as arrays of cells; nil without the section.
local function rows_of(text, title)
  local section = ("\n" .. text .. "\n## "):match("\n## " .. title .. "\n(.-)\n## ")
  if not section then
    return nil
  end
  local rows = {}
  for line in section:gmatch "|([^\n]+)|\n" do
    local cells = {}
    for cell in (line .. "|"):gmatch " ?(.-) ?|" do
      cells[#cells + 1] = cell
    end
    if not cells[1]:find "^%-+" and cells[1] ~= "function" then
      rows[#rows + 1] = cells
    end
  end
  return rows
end

-- Service by operation, from the one list that there is.
local function services()
  local found = {}
  for name, service in read("src/core/request.h"):gmatch 'X%([%u_]+,%s+"([%l_]+)",%s+(%u+),' do
    found[name] = service
  end
  return found
end

describe("src/calls.md", function()
  local text, of = read "src/calls.md", services()

  it("is about operations that there are", function()
    for _, operation in ipairs(core.outcome.operations) do
      assert.is_not_nil(SECTIONS[of[operation]], operation)
    end
  end)

  for service, title in pairs(SECTIONS) do
    local rows = assert(rows_of(text, title), "src/calls.md has no section " .. title)

    describe("section " .. title, function()
      it("has a row for each operation", function()
        local had = {}
        for _, cells in ipairs(rows) do
          for name in cells[1]:gmatch "`([%l_]+)`" do
            had[name] = true
          end
        end
        for operation, owner in pairs(of) do
          assert.equal(owner == service, had[operation] == true, operation)
        end
      end)

      it("names a spec that is there, for each row", function()
        for _, cells in ipairs(rows) do
          local file, tests = cells[#cells]:match "^([%l_]+_spec): (.+)$"
          local source = read(("spec/%s.lua"):format(file))
          assert.is_not_nil(source, cells[1])
          for test in (tests .. "; "):gmatch "(.-); " do
            assert.is_not_nil(source:find('it("' .. test .. '"', 1, true), cells[1] .. ": " .. test)
          end
        end
      end)
    end)
  end

  it("names the least permission of each operation of Graph", function()
    local count = 0
    for _, cells in ipairs(rows_of(text, "Microsoft Graph")) do
      local entry = #cells == 6 and permissions.of[cells[1]:match "`([%l_]+)`"]
      if entry then
        assert.equal(entry.least .. (entry.delegated and ", delegated" or ""), cells[3])
        count = count + 1
      end
    end
    local all = 0
    for _ in pairs(permissions.of) do
      all = all + 1
    end
    assert.equal(all, count)
  end)
end)

local answering = require "support.answering"

local function raised(call)
  local made, ok, message = answering.new(answering.from {}), nil, nil
  made.run(function(graph, client)
    ok, message = pcall(call, graph, client)
  end)
  assert.is_false(ok)
  assert.equal(0, #made.calls)
  return message
end

describe("crier.misuse", function()
  local HERE = "^[^\n]*misuse_spec%.lua:%d+: "

  local function says(text, call)
    local message = raised(call)
    assert.matches(HERE, message)
    assert.equal(text, (message:gsub(HERE, "")))
  end

  it("names the method and the argument as the caller counts", function()
    says("bad argument #1 to 'user' (string expected, got nil)", function(graph)
      local found = graph:user(nil)
      return found
    end)
    says("bad argument #2 to 'notify' (string expected, got nil)", function(graph)
      local found = graph:notify({ user = "u" }, nil)
      return found
    end)
    says("bad argument #1 to 'users' (table expected, got string)", function(graph)
      local found = graph:users "department eq 'x'"
      return found
    end)
    says("bad argument #2 to 'members' (a number from 50 to 500 expected)",
      function(_, client)
        local found = client.connector:members("c", { page_size = 3 })
        return found
      end)
  end)

  it("tells the most ids at once", function()
    says("bad argument #1 to 'resolve' (at most 1000 ids expected)", function(graph)
      local ids = {}
      for i = 1, 1001 do
        ids[i] = "u" .. i
      end
      local found = graph:resolve(ids)
      return found
    end)
    says("bad argument #1 to 'resolve' (at least one id expected)", function(graph)
      local found = graph:resolve {}
      return found
    end)
  end)

  it("says what changes take", function()
    says("graph:changes takes the delta_link of the last time, or nil to begin, then a table"
      .. " of options; it returns the items", function(graph)
      local found = graph:changes({}, function() end)
      return found
    end)
    says("graph:changes: options are a table", function(graph)
      local found = graph:changes(nil, function() end)
      return found
    end)
    says("graph:changes: unknown option 'lastest'; did you mean 'latest'?", function(graph)
      local found = graph:changes(nil, { lastest = true })
      return found
    end)
  end)

  it("suggests the option that was meant", function()
    says("bad argument #1 to 'users' (options: unknown option 'fliter'; did you mean 'filter'?)",
      function(graph)
        local found = graph:users { fliter = "x" }
        return found
      end)
    says("bad argument #1 to 'users' (options: unknown option 'fliter'; did you mean 'filter'?)",
      function(graph)
        local found = graph:each("users", { fliter = "x" }, function() end)
        return found
      end)
    says("graph:chat_of: unknown option 'instal'; did you mean 'install'?", function(graph)
      local found = graph:chat_of("u", { instal = false })
      return found
    end)
    says("client.connector: options: unknown option 'page_sise'; did you mean 'page_size'?",
      function(_, client)
        local found = client.connector:members("c", { page_sise = 50 })
        return found
      end)
  end)
end)

describe("crier.core.graph", function()
  local builder = require("support.wired").graph

  local calls = {
    users = { { "filter", "top" } },
    delta = { { "latest", "minimal" } },
    resolve = { { "u" }, { "types" } },
    groups = { { "name", "mail", "advanced" } },
    group_members = { "g", { "transitive" } },
    teams = { { "filter" } },
    team_members = { "t", { "top" } },
    channels = { "t", { "select" } },
    installation = { { "user" }, "app" },
    install = { "u", "app", { "permissions" } },
    upgrade = { "u", "i", { "permissions" } },
    publish = { "zip", { "requires_review" } },
    update_app = { "app", "zip", { "requires_review" } },
  }
  for name, arguments in pairs(calls) do
    it(":" .. name .. " knows its options", function()
      local given, nth = {}, nil
      for i, argument in ipairs(arguments) do
        given[i] = argument
        if type(argument) == "table" and argument[1] ~= "u" then
          nth = i
        end
      end
      for _, option in ipairs(arguments[nth]) do
        given[nth] = { [option .. "z"] = "x" }
        local ok, message = pcall(builder[name], builder,
          (table.unpack or unpack)(given, 1, #arguments)) -- luacheck: ignore 113 143
        assert.is_false(ok)
        assert.matches(("#%d to .*unknown option '%sz'; did you mean '%s'"):format(nth + 1,
          option, option), message)
      end
      given[nth] = { "x" }
      assert.matches("unknown option '1'", select(2, pcall(builder[name], builder,
        (table.unpack or unpack)(given, 1, #arguments)))) -- luacheck: ignore 113 143
    end)
  end
end)

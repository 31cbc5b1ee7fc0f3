local events = require "support.teams_events"
local greeting = require "crier.serve.greeting"

describe("crier.serve.greeting", function()
  local path, ears

  local function write(name, text)
    path = os.tmpname() .. name
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    return path
  end

  after_each(function()
    os.remove(path)
    if ears then
      ears.close()
      ears = nil
    end
  end)

  local function said(name, text)
    ears = events.ears { installed = assert(greeting.read(write(name, text), "public")) }
    ears.hear(events.install("add", "f:1", 9))
    return ears.store.db:row("SELECT r.fields FROM recipient r JOIN target t ON t.id = r.target")
      .fields
  end

  it("says a text", function()
    assert.is_not_nil(said("", "Hi there"):find('"text":"Hi there"', 1, true))
  end)

  it("says a card", function()
    assert.is_not_nil(said(".json", '{"type":"AdaptiveCard","version":"1.5","body":[{"type":'
      .. '"TextBlock","text":"Hi there"}]}'):find('"text":"Hi there"', 1, true))
  end)

  it("refuses a value that nobody has, with its place", function()
    local made, message = greeting.read(write("", "Hi ${recipient.office}"), "public")
    assert.is_nil(made)
    assert.is_not_nil(message:find("recipient.office", 1, true), message)
  end)

  it("refuses a card with nothing in it", function()
    local made, message = greeting.read(write(".json",
      '{"type":"AdaptiveCard","version":"1.5","$when":"${1 > 2}","body":[]}'), "public")
    assert.is_nil(made)
    assert.equal(path .. ": the card is empty: its $when is false", message)
  end)

  it("refuses a file that is not there", function()
    write("", "")
    local made, message = greeting.read(path .. "-not", "public")
    assert.is_nil(made)
    assert.is_not_nil(message:find("^cannot read .*No such file"))
  end)
end)

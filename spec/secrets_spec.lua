local place = require "support.place"
local process = require "support.process"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

local WRONG = "Wrng7Q~this-is-not-the-secret.But+it/is=one"

describe("secrets", function()
  local cloud, here

  setup(function()
    cloud = sandbox.start("--users 150 --limits off --seed 13 --faults "
      .. "500=0.003,502-after=0.02,cut-after=0.02,policy=0.05,blocked=0.05")
  end)

  teardown(function()
    cloud:stop()
  end)

  after_each(function()
    here:close()
  end)

  local function escaped(text)
    return (text:gsub("[^%w%-._~]", function(c)
      return ("%%%02X"):format(c:byte())
    end))
  end

  -- The secret in each form that it travels in, and whatever tokens begin with.
  local function forbidden(secret)
    return { secret, escaped(secret), secret:sub(1, 20), "Bearer ", "eyJ", "access_token" }
  end

  local function check(text, secret, what)
    for _, word in ipairs(forbidden(secret)) do
      assert.is_nil(text:find(word, 1, true), what .. " holds " .. word)
    end
  end

  local function check_all(result, secret)
    check(result.out, secret, "standard output")
    check(result.err, secret, "standard error")
    for name in shell.run("ls -a " .. here.path .. " | grep '^crier'"):gmatch "%S+" do
      check(process.read(here.path .. "/" .. name), secret, name)
    end
  end

  for _, log in ipairs { "text", "json" } do
    it("are in no output, log or store, --log " .. log, function()
      here = place.new(cloud.env)
      local running = here:start("run campaign.lua --json --log " .. log,
        { CRIER_LOG = "debug" })
      assert.is_true(cloud:wait_for(cloud:requests "send" + 10, running, "send"))
      check_all({ out = "", err = running:errors() }, cloud.env.AZURE_CLIENT_SECRET)
      local result = running:wait()
      assert.equal(2, result.status)
      assert.is_true(#result.err > 10000)
      check_all(result, cloud.env.AZURE_CLIENT_SECRET)
      for _, line in ipairs { "status hello", "export hello", "export hello --format csv" } do
        check_all(here:crier(line), cloud.env.AZURE_CLIENT_SECRET)
      end
    end)
  end

  it("are not in what is said of them", function()
    here = place.new(cloud.env)
    for _, env in ipairs {
      { AZURE_CLIENT_SECRET = WRONG },
      { AZURE_CLIENT_SECRET = WRONG, AZURE_CLIENT_ID = "11111111-1111-4111-8111-111111111111" },
      { AZURE_CLIENT_SECRET = WRONG, CRIER_GRAPH_URL = "http://x.invalid" },
      { AZURE_CLIENT_SECRET = WRONG, CRIER_BOT_CLIENT_SECRET = WRONG, CRIER_CLOUD = "moon" },
      { AZURE_CLIENT_SECRET = WRONG, AZURE_TENANT_ID = "11111111-1111-4111-8111-111111111111" },
    } do
      local result = here:crier("run campaign.lua --log json", env)
      assert.is_true(result.status == 77 or result.status == 78, result.err)
      check_all(result, WRONG)
    end
  end)

  it("are not in an internal error, even with a traceback", function()
    here = place.new(cloud.env, { ["campaign.lua"] = "error(os.getenv 'NO' .. 1)" })
    local result = here:crier("run campaign.lua", { CRIER_DEBUG = "1" })
    assert.equal(65, result.status)
    check_all(result, cloud.env.AZURE_CLIENT_SECRET)
  end)

  it("are not on a command line", function()
    here = place.new(cloud.env)
    for _, command in ipairs { "run", "resume", "status", "export", "sandbox" } do
      local help = here:crier(command .. " --help")
      assert.equal(0, help.status)
      -- How many there are, and where one is, are none themselves.
      local text = help.out:lower():gsub("%-%-secrets n", ""):gsub("%-%-token%-file", "")
      assert.is_nil(text:find("%-%-[%w-]*secret"))
      assert.is_nil(text:find("%-%-[%w-]*token"))
    end
  end)
end)

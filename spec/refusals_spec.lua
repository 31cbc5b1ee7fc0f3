local place = require "support.place"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

local function script(fields)
  return 'local crier = require "crier"\nreturn crier.campaign {\n' .. fields .. "\n}\n"
end

local GOOD = 'name = "x", audience = crier.users {}, message = crier.text "Hi"'

local function with_card(text)
  return { ["card.json"] = text, ["campaign.lua"] = script(
    'name = "x", audience = crier.users {}, message = crier.card "card.json"') }
end

local function with_csv(text)
  return { ["people.csv"] = text, ["campaign.lua"] = script(
    'name = "x", audience = crier.csv "people.csv", message = crier.text "Hi"') }
end

local function card(text)
  return '{"type":"AdaptiveCard","version":"1.5","body":[\n{"type":"TextBlock","text":"'
    .. text .. '"}]}'
end

-- What is wrong, the files, what is said, and a command to prepare it.
local SCRIPTS = {
  { "is not there", {}, "cannot read campaign%.lua: No such file or directory" },
  { "is a folder", {}, "cannot read campaign%.lua: it is not a regular file",
    "mkdir campaign.lua" },
  { "has a syntax error", { ["campaign.lua"] = "return {" },
    "campaign%.lua:1: .* near <eof>" },
  { "raises", { ["campaign.lua"] = "\nerror 'no more'" }, "campaign%.lua:2: no more" },
  { "returns nothing", { ["campaign.lua"] = "" }, "campaign%.lua returned nothing: end it with" },
  { "returns something else", { ["campaign.lua"] = "return {}" },
    "campaign%.lua returned a table: end it with" },
  { "has an unknown option", { ["campaign.lua"] = script(GOOD .. ", instal = true") },
    "campaign%.lua:2: .*unknown option 'instal'; did you mean 'install'%?" },
  { "has no name", { ["campaign.lua"] =
    script 'audience = crier.users {}, message = crier.text "Hi"' }, "name is missing" },
  { "has no audience", { ["campaign.lua"] = script 'name = "x", message = crier.text "Hi"' },
    "audience is missing" },
  { "has no message", { ["campaign.lua"] = script 'name = "x", audience = crier.users {}' },
    "message is missing" },
  { "has a bad name", { ["campaign.lua"] = script(GOOD:gsub('"x"', '"x y"', 1)) },
    "name must begin with a letter or digit" },
  { "names a card that is not there", { ["campaign.lua"] =
    script 'name = "x", audience = crier.users {}, message = crier.card "card.json"' },
    "cannot read card%.json: No such file" },
  { "names a card that is not JSON", with_card '{"type":"AdaptiveCard",\n "body": [}',
    "card%.json:2:%d+: expected" },
  { "names a card that is too large", with_card(card(("x"):rep(41000))),
    "the message is %d+ KB even without its values; Teams advises at most 80 KB" },
  { "names a field that is none", with_card(card "Hi ${recipient.givenNam}"),
    "card%.json:2:%d+: .*no such field; did you mean recipient%.givenName%?" },
  { "names a root that is none", { ["campaign.lua"] =
    script(GOOD:gsub("Hi", "Hi ${recipent.mail}")) }, "no such root; did you mean recipient%?" },
  { "names a csv that is not there", { ["campaign.lua"] =
    script(GOOD:gsub("users {}", "csv 'people.csv'")) }, "cannot read people%.csv: No such file" },
  { "names an empty csv", with_csv "", "people%.csv: it is empty" },
  { "names a csv without people", with_csv "name,email\nAnn,a@b.example\n",
    "people%.csv: the header row has none of the columns id, upn, userPrincipalName" },
}

local FAR = { CRIER_LIMITS = false, CRIER_GRAPH_URL = "https://graph.invalid",
  CRIER_CONNECTOR_URL = "https://connector.invalid/teams/",
  AZURE_AUTHORITY_HOST = "https://login.invalid" }

-- What is said, and the environment.
local SETTINGS = {
  { "AZURE_TENANT_ID is not set", { AZURE_TENANT_ID = false } },
  { "AZURE_CLIENT_ID is not set", { AZURE_CLIENT_ID = false } },
  { "AZURE_CLIENT_SECRET_FILE: /nowhere/secrets No such file",
    { AZURE_CLIENT_SECRET = false, AZURE_CLIENT_SECRET_FILE = "/nowhere/secrets" } },
  { "AZURE_CLIENT_CERTIFICATE_PATH: campaign.lua is neither PEM nor PKCS#12",
    { AZURE_CLIENT_SECRET = "", AZURE_CLIENT_CERTIFICATE_PATH = "campaign.lua" } },
  { "CRIER_ASSERTION_ALG is 'none'", { CRIER_ASSERTION_ALG = "none" } },
  { "IDENTITY_ENDPOINT must be an http or https URL", { AZURE_CLIENT_SECRET = false,
    IDENTITY_ENDPOINT = "ftp://me:hunter2@x", IDENTITY_HEADER = "hunter2" } },
  { "AZURE_POD_IDENTITY_AUTHORITY_HOST must be http://169.254.169.254, or on loopback",
    { AZURE_CLIENT_SECRET = false, AZURE_POD_IDENTITY_AUTHORITY_HOST = "http://10.0.0.1" } },
  { "CRIER_LIMITS is 'on'", { CRIER_LIMITS = "on" } },
  { "CRIER_CLOUD is moon", { CRIER_CLOUD = "moon" } },
  { "CRIER_LOG is 'loud'", { CRIER_LOG = "loud" } },
  { "CRIER_LIMITS=off is only for", { CRIER_GRAPH_URL = "https://graph.invalid" } },
  { "CRIER_GRAPH_URL: must be an https URL", { CRIER_GRAPH_URL = "http://graph.invalid" } },
  { "CRIER_CONNECTOR_URL: must be", { CRIER_CONNECTOR_URL = "http://10.0.0.1/teams/" } },
  { "AZURE_AUTHORITY_HOST: must be", { AZURE_AUTHORITY_HOST = "http://login.invalid" } },
  { "CRIER_GRAPH_URL: must be an https URL",
    { CRIER_GRAPH_URL = "https://me:hunter2@127.0.0.1:1" } },
  { "CRIER_ALLOW_HOSTS: ", { CRIER_ALLOW_HOSTS = "http://x.invalid/y" } },
  { "CRIER_STORE is 'mysql://…'", { CRIER_STORE = "mysql://root:hunter2@db/x" } },
  { "CRIER_STORE is 'crier.db'", { CRIER_STORE = "crier.db" } },
}

-- The command line, and what is said of it.
local USAGE = {
  { "", "a command is required" },
  { "rum campaign.lua", "unknown command 'rum'.*run" },
  { "run", "missing argument 'file'" },
  { "run campaign.lua --jsn", "unknown option '%-%-jsn'.*%-%-json" },
  { "run campaign.lua more", "too many arguments" },
  { "run campaign.lua --log xml", "must be one of 'text', 'json'" },
  { "export x --format xml", "must be one of 'jsonl', 'csv'" },
  { "why x", "missing argument 'who'" },
}

describe("crier run refuses, before the first request,", function()
  local cloud, here

  setup(function()
    cloud = sandbox.start "--users 20 --limits off"
  end)

  teardown(function()
    cloud:stop()
  end)

  after_each(function()
    assert.equal(0, cloud:requests())
    here:close()
  end)

  -- One clear line, a line of remedy at most, and nothing written.
  local function refuse(result, status, said)
    assert.equal(status, result.status, result.err)
    assert.equal("", result.out)
    local lines = select(2, result.err:gsub("\n", ""))
    assert.is_true(lines == 1 or lines == 2 and result.err:find "\n  " ~= nil, result.err)
    assert.matches("^crier: " .. said, result.err)
    assert.is_nil(result.err:find "hunter2")
    assert.is_nil(result.err:find "traceback")
    assert.equal("", shell.run("ls " .. here.path .. " | grep '^crier.db' || true"))
  end

  for _, case in ipairs(SCRIPTS) do
    it("a script that " .. case[1], function()
      here = place.new(cloud.env, case[2])
      os.execute("cd " .. here.path .. " && " .. (case[4] or ":"))
      refuse(here:crier "run campaign.lua", 65, ".-" .. case[3])
    end)
  end

  it("settings that are missing or wrong, with 78", function()
    here = place.new(cloud.env)
    for _, case in ipairs(SETTINGS) do
      refuse(here:crier("run campaign.lua --yes", case[2]), 78, case[1])
    end
    refuse(here:crier("run campaign.lua", { CRIER_APP_ID = false }), 78,
      "CRIER_APP_ID is not set\n  install = true needs")
  end)

  it("a line that it cannot read, with 64", function()
    here = place.new(cloud.env)
    for _, case in ipairs(USAGE) do
      refuse(here:crier(case[1]), 64, ".-" .. case[2])
    end
  end)

  it("to send elsewhere without a person or --yes, with 64", function()
    here = place.new(cloud.env)
    refuse(here:crier("run campaign.lua", FAR), 64,
      "this would send to https://connector%.invalid/teams/ and there is no terminal")
  end)

  it("to send elsewhere without a store, unless told to make one", function()
    here = place.new(cloud.env)
    local said = "there is no store crier%.db\n.*%-%-create%-store"
    refuse(here:crier("run campaign.lua --yes", FAR), 78, said)
    here:write("empty.db", "")
    local env = { CRIER_STORE = "sqlite:empty.db" }
    for name, value in pairs(FAR) do
      env[name] = value
    end
    refuse(here:crier("run campaign.lua --yes", env), 78, said:gsub("crier", "empty"))
  end)

  it("settings before scripts, and those before the audience", function()
    here = place.new(cloud.env, { ["campaign.lua"] = "error 'boom'" })
    refuse(here:crier("run campaign.lua", { CRIER_CLOUD = "moon" }), 78, "CRIER_CLOUD")
    refuse(here:crier("run campaign.lua --what", { CRIER_CLOUD = "moon" }), 64, "unknown option")
  end)
end)

describe("crier run", function()
  it("gives up within 15 s when nothing answers #rounds", function()
    local cloud = sandbox.start "--users 1"
    local env = cloud.env
    cloud:stop()
    local here = place.new(env)
    local result = here:crier "run campaign.lua --json"
    here:close()
    assert.equal(69, result.status)
    assert.equal("", result.out)
    assert.matches("^hello: tenant [^\n]+\ncrier: [^\n]+\n", result.err)
    assert.is_true(select(2, result.err:gsub("\n", "")) <= 4)
  end)
end)

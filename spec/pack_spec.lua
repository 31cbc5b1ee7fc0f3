local cjson = require "cjson"
local archive = require "crier.archive"
local core = require "crier.core"
local place = require "support.place"
local process = require "support.process"
local reader = require "crier.package.reader"
local shell = require "support.shell"
local zip = require "support.zip"

local CLIENT = "c1c1c1c1-0000-4000-8000-000000000001"

describe("crier pack", function()
  local here

  setup(function()
    here = place.new({ AZURE_CLIENT_ID = CLIENT }, {})
    assert.equal(0, here:crier "new benefits".status)
    os.execute("cp -R " .. shell.quote(here.path .. "/benefits/app") .. " "
      .. shell.quote(here.path .. "/kept"))
  end)
  teardown(function() here:close() end)
  before_each(function()
    os.execute(("cd %s && rm -rf app app.zip && cp -R kept app"):format(shell.quote(here.path)))
  end)

  local function read(name)
    return process.read(here.path .. "/" .. name)
  end

  --- Changes a text of the manifest.
  local function change(from, to)
    local text = read "app/manifest.json"
    local at, till = text:find(from, 1, true)
    here:write("app/manifest.json", text:sub(1, at - 1) .. to .. text:sub(till + 1))
  end

  it("writes the package, its files at the root", function()
    local result = here:crier "pack app"
    assert.equal(0, result.status)
    local id = cjson.decode(read "app/manifest.json").id
    assert.equal(("app.zip: benefits 1.0.0, id %s\nPublish it: Teams admin center > Teams apps >"
      .. " Manage apps > Upload new app,\nor `crier publish app.zip`\n"):format(id), result.out)
    assert.equal("warning: manifest.json:8: developer.websiteUrl: is still an example: people see"
      .. " it in Teams", result.err:match "^[^\n]+")
    assert.same({ { name = "manifest.json", data = read "app/manifest.json" },
      { name = "color.png", data = read "app/color.png" },
      { name = "outline.png", data = read "app/outline.png" } }, archive.read(read "app.zip"))
  end)

  it("writes the same bytes for the same files, and leaves others out", function()
    here:crier "pack app --out one.zip"
    here:write("app/notes.txt", "not part of it")
    os.execute("touch -d 2001-01-01 " .. shell.quote(here.path) .. "/app/*")
    here:crier("pack app/ --out two.zip", { TZ = "Asia/Tokyo" })
    assert.equal(read "one.zip", read "two.zip")
  end)

  it("prints JSON", function()
    local result = here:crier "pack app --json"
    assert.equal("", result.err)
    local found = cjson.decode(result.out)
    assert.equal("app.zip", found.zip)
    assert.equal(core.text.sha256(read "app.zip"), found.sha256)
    assert.same({ "manifest.json", "color.png", "outline.png" }, found.files)
    assert.same({ "benefits", "1.0.0", CLIENT, CLIENT }, { found.name, found.version,
      found.bot_id, found.client_id })
    assert.equal(3, #found.warnings)
    assert.same({}, found.faults)
  end)

  it("says all that Teams would refuse, and writes nothing", function()
    change('"version": "1.0.0"', '"version": "1"')
    change('"accentColor": "#4464EE"', '"accentColor": "blue"')
    here:write("app/outline.png", archive.draw("color", 0))
    here:write("app/color.png", "no picture")
    local result = here:crier "pack app"
    assert.equal(65, result.status)
    assert.equal([[
manifest.json:4: version: "1" is not a version; allowed: MAJOR.MINOR.PATCH, such as 1.0.0
manifest.json:18: accentColor: "blue" is not a colour; allowed: #RRGGBB
color.png: it is not a PNG picture, or not the whole of one; allowed: a PNG picture of 192 x 192 ]]
      .. [[pixels
outline.png: has 192 x 192 pixels; allowed: 32 x 32
]], (result.err:gsub("warning: [^\n]+\n", ""):gsub("crier: [^\n]+\n", "")))
    assert.matches("crier: app: 4 faults, nothing was written\n", result.err, 1, true)
    assert.is_nil(io.open(here.path .. "/app.zip"))
    result = here:crier "pack app --json"
    assert.equal(65, result.status)
    local found = cjson.decode(result.out)
    assert.equal(cjson.null, found.zip)
    assert.same({ file = "manifest.json", line = 4, path = "version",
      wrong = '"1" is not a version', allowed = "MAJOR.MINOR.PATCH, such as 1.0.0",
      text = 'manifest.json:4: version: "1" is not a version; allowed: MAJOR.MINOR.PATCH, such as'
        .. " 1.0.0" }, found.faults[1])
    assert.equal(4, #found.faults)
  end)

  it("refuses what `new` left to fill in", function()
    here:crier("new unfilled", { AZURE_CLIENT_ID = false })
    local result = here:crier "pack unfilled/app"
    assert.equal(65, result.status)
    assert.matches("manifest.json:21: bots[0].botId: is still to be filled in; allowed: a GUID:"
      .. " 8-4-4-4-12 hexadecimal digits, the Application (client) ID of the bot's app"
      .. " registration (setup.sh fills it in)\n", result.err, 1, true)
    assert.matches("manifest.json:30: webApplicationInfo.id: is still to be filled in;",
      result.err, 1, true)
  end)

  it("finds the app's folder missing, or nearby", function()
    local result = here:crier "pack benefits"
    assert.equal(65, result.status)
    assert.equal("manifest.json: is not there; allowed: a manifest at the top of the package\n"
      .. "crier: benefits: 1 fault, nothing was written\n  is it `crier pack benefits/app`?\n",
      result.err)
    result = here:crier "pack nowhere"
    assert.equal(65, result.status)
    assert.equal("nowhere: there is no such folder; allowed: the app's folder\n"
      .. "crier: nowhere: 1 fault, nothing was written\n", result.err)
    assert.equal("nowhere", cjson.decode(here:crier "pack nowhere --json".out).faults[1].file)
    assert.matches("^app/color.png: is a file; allowed: the app's folder\n",
      here:crier "pack app/color.png".err)
  end)

  it("reads nothing outside of the folder", function()
    here:write("secret.png", archive.draw("color", 0))
    change('"color": "color.png"', '"color": "../secret.png"')
    local result = here:crier "pack app"
    assert.equal(65, result.status)
    assert.matches("manifest.json:12: icons.color: \"../secret.png\" is not the name of a file in"
      .. " the package", result.err, 1, true)
  end)

  it("packs the folder that it stands in, and writes beside it", function()
    local result = process.run("pack .", {}, here.path .. "/app")
    assert.equal(0, result.status)
    assert.equal("../app.zip: benefits", result.out:match "^[^ ]+ [^ ]+")
    assert.is_nil(io.open(here.path .. "/app/app.zip"))
    assert.equal("PK", read "app.zip":sub(1, 2))
  end)

  it("replaces nothing but a file", function()
    shell.run(("cd %s && mkfifo pipe && ln -s /dev/null link && mkdir folder")
      :format(shell.quote(here.path)))
    for name, kind in pairs { pipe = "p", link = "l", folder = "d" } do
      local result = here:crier("pack app --out " .. name)
      assert.equal(1, result.status)
      assert.matches(("crier: %s is no regular file: it is not replaced\n  say another --out\n")
        :format(name), result.err, 1, true)
      assert.equal(kind, shell.run(("ls -ld %s | cut -c1 | tr -d '\n'")
        :format(shell.quote(here.path .. "/" .. name))))
    end
  end)

  it("says where it cannot write, and replaces a package whole", function()
    local result = here:crier "pack app --out none/app.zip"
    assert.equal(1, result.status)
    assert.matches("crier: none/app.zip cannot be written: No such file or directory\n",
      result.err, 1, true)
    here:write("app.zip", "old")
    assert.equal(0, here:crier "pack app".status)
    assert.equal("PK", read "app.zip":sub(1, 2))
    assert.equal("", shell.run("cd " .. shell.quote(here.path) .. " && ls | grep part"))
  end)

  describe("the reader of packages", function()
    it("gives the manifest", function()
      here:crier "pack app"
      assert.equal("benefits", reader.manifest(read "app.zip").name.short)
      assert.same({ a = 1, c = {} }, reader.manifest(zip.make { { name = "manifest.json",
        data = '\239\187\191{"a":1,"b":null,"c":{"d":null}}' } }))
    end)

    it("says why there is none", function()
      local function failure(bytes)
        local manifest, message, code = reader.manifest(bytes)
        assert.is_nil(manifest)
        return message, code
      end
      assert.same({ "it is not a zip file, or not the whole of one", "NOT_ZIP" },
        { failure "hello" })
      assert.same({ "there is no manifest.json at the top of the package", "NO_MANIFEST" },
        { failure(zip.make { { name = "app/manifest.json", data = "{}" } }) })
      local message, code = failure(zip.make { { name = "manifest.json", data = "{" } })
      assert.equal("NOT_JSON", code)
      assert.matches("^manifest%.json is not JSON: ", message)
      assert.equal("NOT_JSON", select(2, failure(zip.make { { name = "manifest.json",
        data = '"text"' } })))
    end)
  end)
end)

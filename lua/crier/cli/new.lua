--- `crier new NAME`: begins a campaign with an app of its own.
-- @module crier.cli.new
local cloud = require "crier.campaign.cloud"
local core = require "crier.core"
local forms = require "crier.package.forms"
local guid = require "crier.package.guid"
local json = require "crier.format.json"
local output = require "crier.cli.output"
local reader = require "crier.package.reader"
local scaffold = require "crier.package.scaffold"
local store = require "crier.cli.store"

local new = {}

local USAGE, FAILED, CONFIGURATION = 64, 1, 78

--- Adds the arguments.
-- @param parser an argparse command
function new.define(parser)
  parser:argument("name", "Name of the campaign.")
  parser:option("--dir", "The folder to write to; by default NAME."):argname "DIR"
  parser:option("--webhook", "The bot also listens, at https://HOST/api/messages.")
    :argname "HOST"
  parser:flag("--json", "Print one JSON document: the folder, the app's id, the files.")
  parser:epilog("Examples:\n   crier new benefits\n"
    .. "   crier new helpdesk --webhook bot.contoso.com --dir campaigns/helpdesk\n\n"
    .. "AZURE_CLIENT_ID and CRIER_BOT_CLIENT_ID, if set, go into the manifest.\n"
    .. "A file that is there already is never written over.")
end

-- A client id from the environment, nil when unset; false after saying why.
local function client_id(name)
  local value = os.getenv(name)
  if not value or value == "" then
    return nil
  elseif forms.guid(value) then
    store.complain(name .. " is not a GUID, as a manifest needs it: " .. value:sub(1, 64),
      "set it to the Application (client) ID of the registration, or unset it")
    return false
  end
  return value:lower()
end

local function options_of(arguments)
  local client, bot = client_id "AZURE_CLIENT_ID", client_id "CRIER_BOT_CLIENT_ID"
  if client == false or bot == false then
    return nil
  end
  return { name = arguments.name, webhook = arguments.webhook, client_id = client,
    bot_id = bot or client, manifest_id = guid.new(core.text.random_hex),
    is_installing = not cloud.refuses(os.getenv "CRIER_CLOUD") }
end

-- Makes every folder of a path.
local function make_folders(path)
  local at = path:sub(1, 1) == "/" and "/" or ""
  for part in path:gmatch "[^/]+" do
    at = at .. part
    local ok, message = core.fs.make_folder(at)
    if not ok then
      return nil, ("the folder %s cannot be made: %s"):format(at, message)
    end
    at = at .. "/"
  end
  return true
end

-- The first file that is there already.
local function in_the_way(dir, files)
  for _, file in ipairs(files) do
    if core.fs.exists(dir .. "/" .. file.path) then
      return dir .. "/" .. file.path
    end
  end
end

local function write(dir, files)
  local ok, message = make_folders(dir .. "/app")
  for _, file in ipairs(files) do
    if ok then
      local path = dir .. "/" .. file.path
      ok, message = core.fs.create(path, file.bytes,
        file.is_program and "program" or "plain")
      message = message and ("%s cannot be written: %s"):format(path, message)
    end
  end
  return ok, message
end

local function show(arguments, dir, options, files)
  local paths = {}
  for i, file in ipairs(files) do
    paths[i] = dir .. "/" .. file.path
  end
  if arguments.json then
    return output.write(json.ordered({ dir = dir, name = options.name, id = options.manifest_id,
      files = paths }, { "dir", "name", "id", "files" }), "\n")
  end
  output.write(table.concat(paths, "\n"), "\n\n")
  output.write(([[
The app's id is %s; it stays what it is for good.

Next, in %s (README.md tells all of it):
  1. ./setup.sh         registration, permissions, Azure Bot (or setup.ps1)
  2. crier pack app     checks the app and makes app.zip
  3. Teams admin center > Teams apps > Manage apps > Upload new app
  4. . ./crier.env && crier run campaign.lua
]]):format(options.manifest_id, dir))
end

--- Runs the command.
-- @tparam table arguments
-- @treturn integer exit status
function new.run(arguments)
  local wrong = scaffold.flaw(arguments)
  if wrong then
    store.complain(wrong)
    return USAGE
  end
  local archive, message = reader.archive()
  local options = archive and options_of(arguments)
  if not options then
    if message then
      store.complain(message)
    end
    return CONFIGURATION
  end
  local dir = (arguments.dir or arguments.name):gsub("(.)/+$", "%1")
  dir = dir == "" and "." or dir
  local files = scaffold.files(options, archive.draw)
  local known = in_the_way(dir, files)
  if known then
    store.complain(known .. " is there already: nothing was written", "choose another --dir")
    return USAGE
  end
  local ok
  ok, message = write(dir, files)
  if not ok then
    store.complain(message)
    return FAILED
  end
  show(arguments, dir, options, files)
  return 0
end

return new

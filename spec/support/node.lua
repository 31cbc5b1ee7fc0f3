--- Programs of spec/peers, which Node runs with the packages that npm has
-- installed into build/npm.
local cjson = require "cjson"
local service = require "support.service"
local shell = require "support.shell"

local node = {}

-- The links are kept, so that packages are looked for in build/npm.
local COMMAND = "node --preserve-symlinks --preserve-symlinks-main build/npm/peers/%s"

--- Whether the packages are there.
-- @treturn[1] true
-- @treturn[2] false
-- @treturn[2] string why a spec that needs them is pending
function node.is_ready()
  local file = io.open "build/npm/installed"
  if not file then
    return false, "npm could not install the packages of spec/peers: there was no registry"
  end
  file:close()
  return true
end

--- Runs a program to its end. Whatever it prints are lines of JSON.
-- @tparam string name such as `graph.mjs`
-- @tparam table peer what PEER tells it
-- @tparam ?string ca a certificate authority to trust, a PEM file
-- @tparam[opt=60] integer longest_s
-- @treturn {table,...}
function node.run(name, peer, ca, longest_s)
  local errors = os.tmpname()
  local said = shell.run(("timeout -k 5 %d env NODE_NO_WARNINGS=1 NODE_EXTRA_CA_CERTS=%s PEER=%s %s"
    .. " 2>%s"):format(longest_s or 60, shell.quote(ca or ""), shell.quote(cjson.encode(peer)),
    COMMAND:format(name), errors))
  local lines = {}
  for line in said:gmatch "[^\n]+" do
    lines[#lines + 1] = cjson.decode(line)
  end
  local file = assert(io.open(errors))
  local problem = file:read "*a"
  file:close()
  os.remove(errors)
  assert(problem == "", problem)
  return lines
end

--- Starts a program that serves; see `support.service`.
-- @tparam string name
-- @tparam table peer what PEER tells it
-- @tparam string ready a pattern
function node.start(name, peer, ready)
  return service.start(("env NODE_NO_WARNINGS=1 PEER=%s %s"):format(
    shell.quote(cjson.encode(peer)), COMMAND:format(name)), ready)
end

return node

--- A certificate authority of our own, made when a spec begins.
local shell = require "support.shell"

local authority = {}

local authority_methods = {}
local authority_mt = { __index = authority_methods }

local quote = shell.quote

-- What openssl says is shown only if it fails.
local function openssl(folder, arguments)
  local said = shell.run(("cd %s && { openssl %s; } 2>&1 || echo FAILED")
    :format(quote(folder), arguments))
  assert(not said:find "FAILED$", said)
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

--- Makes an authority.
-- @treturn table with `folder` and `file`, its certificate as PEM
function authority.new()
  local folder = shell.run "mktemp -d"
  openssl(folder, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key"
    .. " -out ca.pem -days 2 -subj '/CN=An authority of the specs'"
    .. " -addext keyUsage=critical,keyCertSign")
  return setmetatable({ folder = folder, file = folder .. "/ca.pem", made = 0 }, authority_mt)
end

--- Makes a certificate for a server.
-- @tparam ?string names default: IP:127.0.0.1
-- @tparam ?integer days how long it is valid; below 0, it has expired
-- @treturn table `certificate` and `key`, paths of PEM files
function authority_methods:certify(names, days)
  self.made = self.made + 1
  local name = "server" .. self.made
  local path = self.folder .. "/" .. name
  write(path .. ".ext", "subjectAltName=" .. (names or "IP:127.0.0.1") .. "\n")
  openssl(self.folder, ("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    .. " -keyout %s.key -out %s.csr -subj /CN=server && openssl x509 -req -in %s.csr"
    .. " -CA ca.pem -CAkey ca.key -set_serial %d -days %d -extfile %s.ext -out %s.pem")
    :format(name, name, name, self.made, days or 2, name, name))
  return { certificate = path .. ".pem", key = path .. ".key" }
end

--- Removes all that it made.
function authority_methods:close()
  os.execute("rm -rf " .. quote(self.folder))
end

return authority

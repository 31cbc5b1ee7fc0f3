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

-- What `openssl ca` needs to date a certificate back.
local BACKDATING = [[
[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
default_md = sha256
policy = names
rand_serial = yes
unique_subject = no
[names]
commonName = supplied
]]

--- Makes an application's key and certificate, RSA, self-signed and valid since
-- 2020, so that what a wrong clock signs can be told from what it cannot.
-- @tparam ?string password of the PKCS#12 file; default: none is made
-- @treturn table `file` (a PEM of both), `certificate` and, with a password,
-- `archive`, paths
function authority_methods:enroll(password)
  self.made = self.made + 1
  local path = self.folder .. "/app" .. self.made
  write(self.folder .. "/ca.cnf", BACKDATING)
  write(self.folder .. "/index", "")
  openssl(self.folder, ("req -new -newkey rsa:2048 -nodes -keyout %s.key -out %s.csr -subj /CN=app"
    .. " && openssl ca -batch -selfsign -config ca.cnf -keyfile %s.key -in %s.csr -notext"
    .. " -startdate 20200101000000Z -enddate 20491231000000Z -out %s.crt"
    .. " && cat %s.key %s.crt >%s.pem"):gsub("%%s", path))
  if password then
    openssl(self.folder, ("pkcs12 -export -in %s.pem -out %s.pfx -passout pass:%s")
      :format(path, path, password))
  end
  return { file = path .. ".pem", certificate = path .. ".crt",
    archive = password and path .. ".pfx" }
end

--- Removes all that it made.
function authority_methods:close()
  os.execute("rm -rf " .. quote(self.folder))
end

return authority

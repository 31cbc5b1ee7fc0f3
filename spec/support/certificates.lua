--- Certificates and keys for specs, made by the openssl command in a folder of
-- their own.
local encoding = require "crier.simulator.encoding"
local shell = require "support.shell"

local certificates = {}

local methods = {}
local mt = { __index = methods }

--- Makes an empty folder; call `close` at the end.
function certificates.folder()
  return setmetatable({ path = shell.run "mktemp -d" }, mt)
end

--- The path of a file in the folder.
function methods:file(name)
  return self.path .. "/" .. name
end

--- Runs openssl in the folder; an error when it fails.
-- @treturn string what it wrote
function methods:openssl(arguments)
  local output = shell.run("cd " .. shell.quote(self.path) .. " && openssl " .. arguments
    .. " 2>&1; echo status $?")
  local said, status = output:match "^(.-)%s*status (%d+)$"
  assert(status == "0", "openssl " .. arguments .. ": " .. tostring(said))
  return said
end

--- Makes NAME.key and NAME.crt, and NAME.pem with both.
-- @tparam string name
-- @tparam ?table options `key` (default `rsa:2048`, as `openssl req -newkey` takes
--   it), `days` (default 365)
-- @treturn string path of NAME.pem
function methods:make(name, options)
  options = options or {}
  self:openssl(("req -x509 -newkey %s -nodes -subj /CN=%s -days %d -keyout %s.key -out %s.crt")
    :format(options.key or "rsa:2048", name, options.days or 365, name, name))
  return self:join(name .. ".pem", name .. ".key", name .. ".crt")
end

--- Writes files of the folder one behind the other.
-- @treturn string path of the new file
function methods:join(to, ...)
  local parts = {}
  for i, name in ipairs { ... } do
    parts[i] = self:read(name)
  end
  return self:write(to, table.concat(parts))
end

--- Reads a file of the folder.
function methods:read(name)
  local file = assert(io.open(self:file(name), "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

--- Writes a file of the folder.
-- @treturn string its path
function methods:write(name, text)
  local file = assert(io.open(self:file(name), "wb"))
  file:write(text)
  file:close()
  return self:file(name)
end

--- Bytes in base64url without padding.
function certificates.base64url(bytes)
  return (encoding.to_base64(bytes):gsub("[+/=]", { ["+"] = "-", ["/"] = "_", ["="] = "" }))
end

--- What `certificates.base64url` has made.
function certificates.from_base64url(text)
  text = text:gsub("[-_]", { ["-"] = "+", ["_"] = "/" })
  return encoding.from_base64(text .. ("="):rep(-#text % 4))
end

-- RFC 7518, sections 3.3 and 3.5: PS256 has a salt as long as the digest.
local PADDING = {
  RS256 = "-sigopt rsa_padding_mode:pkcs1",
  PS256 = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256",
}

--- Signs a token with NAME.key.
-- @tparam string name
-- @tparam string algorithm `RS256` or `PS256`: how it is signed, whatever the header says
-- @tparam string header JSON text
-- @tparam string claims JSON text
-- @treturn string
function methods:sign(name, algorithm, header, claims)
  local signed = certificates.base64url(header) .. "." .. certificates.base64url(claims)
  self:write("signed", signed)
  self:openssl(("dgst -sha256 %s -sign %s.key -out signature signed")
    :format(PADDING[algorithm], name))
  return signed .. "." .. certificates.base64url(self:read "signature")
end

--- Whether a token is signed with the key of NAME.crt.
-- @treturn boolean
-- @treturn string what openssl said
function methods:is_signed(name, algorithm, token)
  local signed, signature = token:match "^([%w_-]+%.[%w_-]+)%.([%w_-]+)$"
  self:write("signed", signed)
  self:write("signature", certificates.from_base64url(signature))
  self:openssl(("x509 -in %s.crt -noout -pubkey -out %s.pub"):format(name, name))
  local said = shell.run(("cd %s && openssl dgst -sha256 %s -verify %s.pub -signature signature"
    .. " signed 2>&1"):format(shell.quote(self.path), PADDING[algorithm], name))
  return said == "Verified OK", said
end

--- Removes the folder.
function methods:close()
  os.execute("rm -rf " .. shell.quote(self.path))
end

return certificates

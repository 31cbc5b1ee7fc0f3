-- `crier serve` among those who mean it no good: paths and headers that try to be something
-- else. For many connections, and half requests, see intake_spec.lua.
local cjson = require "cjson"
local process = require "support.process"
local sandbox = require "support.sandbox"
local shell = require "support.shell"

describe("crier serve under siege", function()
  local folder, cloud, serving, port, key

  setup(function()
    folder = shell.folder()
    cloud = sandbox.start "--users 5 --limits off"
    cloud.env.CRIER_STORE = "sqlite:" .. folder .. "/crier.db"
    cloud.env.CRIER_KEYS = folder .. "/keys.json"
    key = process.run("key new vera --role operator", cloud.env, folder).out:match "%S+"
    serving = process.start("serve --json --create-store --listen 127.0.0.1:0", cloud.env, folder)
    port = cjson.decode(serving:line()).url:match ":(%d+)/"
  end)

  teardown(function()
    serving:signal "TERM"
    local ended = serving:wait()
    cloud:stop()
    os.execute("rm -rf " .. folder)
    assert.equal(0, ended.status, ended.err)
    assert.is_nil(ended.err:find(key, 1, true))
    assert.is_nil(ended.err:find("route failed", 1, true))
  end)

  -- A script of bash, with the port as P.
  local function bash(script)
    return shell.run(("P=%s timeout 15 bash -c %s 2>&1"):format(port, shell.quote(script)))
  end

  -- Sends bytes as they are; everything that comes back.
  local function raw(text)
    local file = os.tmpname()
    local out = assert(io.open(file, "wb"))
    out:write(text)
    out:close()
    local found = bash("trap '' PIPE; exec 3<>/dev/tcp/127.0.0.1/$P; cat " .. file
      .. " >&3 2>/dev/null; cat <&3 2>/dev/null")
    os.remove(file)
    return found
  end

  local function get(path)
    return raw(("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      .. "Authorization: Bearer %s\r\n\r\n"):format(path, key))
  end

  for _, path in ipairs { "/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
    "/page.js/../../../keys.json", "/v1/../keys.json", "/keys.json", "/crier.db",
    "/v1/campaigns/..%2f..%2fkeys.json", "/v1/campaigns/%00", "/v1/campaigns/%", "*",
    "/v1/campaigns/a/people/..%2f..%2fetc%2fpasswd" } do
    it("finds nothing at " .. path, function()
      local found = get(path)
      assert.equal("404", found:match "^HTTP/1.1 (%d+)")
      assert.is_nil(found:find "root:")
      assert.is_nil(found:find "sha256")
    end)
  end

  it("lets nobody write headers of an answer", function()
    local found = get "/v1/campaigns/x%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0a<script>"
    local head, body = found:match "^(.-)\r\n\r\n(.*)$"
    assert.equal("404", head:match "^HTTP/1.1 (%d+)")
    assert.is_nil(head:find "[Ss]et%-[Cc]ookie")
    assert.matches("application/json", head)
    assert.equal("there is no campaign x\r\nSet-Cookie: a=b\r\n\r\n<script>",
      cjson.decode(body).error.message)
  end)

  it("believes no header that tells who one is, or where one comes from", function()
    for _, header in ipairs { "X-Forwarded-User: vera\r\n", "Remote-User: vera\r\n",
      "Cookie: crier_session=" .. ("0"):rep(64) .. "\r\n", "Authorization: Bearer vera\r\n",
      "X-Forwarded-For: 127.0.0.1\r\n" } do
      local found = raw("GET /v1/campaigns HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" .. header
        .. "\r\n")
      assert.equal("401", found:match "^HTTP/1.1 (%d+)", header)
    end
  end)

  it("takes no key from a URL", function()
    local found = raw(("GET /v1/me?key=%s&access_token=%s HTTP/1.1\r\nHost: x\r\n"
      .. "Connection: close\r\n\r\n"):format(key, key))
    assert.equal("401", found:match "^HTTP/1.1 (%d+)")
  end)

  it("takes no body that is too large, or as deep as a well", function()
    local function post(path, body, header)
      return raw(("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s"
        .. "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"):format(path,
        header or "", #body, body)):match "^HTTP/1.1 (%d+)"
    end
    local function sign_in(body)
      return post("/v1/session", body)
    end
    local mine = ("Authorization: Bearer %s\r\n"):format(key)
    assert.equal("413", post("/v1/messages", ("x"):rep(300 * 1024), mine))
    assert.equal("400", post("/v1/messages", ("["):rep(100000), mine))
    assert.equal("413", sign_in(("x"):rep(300 * 1024)))
    assert.equal("413", sign_in(("["):rep(100000)))
    assert.equal("400", sign_in(("["):rep(200)))
    assert.equal("400", sign_in '"key"')
    assert.equal("401", sign_in '{"key":["crier_"]}')
  end)
end)

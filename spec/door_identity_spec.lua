-- Who one is at the door, with requests and time made up.
local cjson = require "cjson"
local door = require "crier.door"
local door_keys = require "crier.door.keys"

describe("crier.door", function()
  local now, routes, path, keys, key, digest

  local function open(user_header)
    routes = {}
    return door.new { keys = keys, now = function() return now end, user_header = user_header,
      server = { on = function(_, method, at, answer) routes[method .. " " .. at] = answer end } }
  end

  local function ask(method, at, headers, body)
    headers = headers or {}
    headers["content-type"] = body and "application/json" or nil
    local response = routes[method .. " /v1" .. at] { method = method, path = "/v1" .. at,
      headers = headers, body = body, named = {} }
    response.json = cjson.decode(response.body)
    return response
  end

  local function sign_in(headers)
    return ask("POST", "/session", headers, cjson.encode { key = key }).headers["Set-Cookie"]
  end

  local function cookie()
    return { cookie = sign_in():match "^[^;]+" }
  end

  before_each(function()
    now, path = 1800000000000, os.tmpname()
    key, digest = door_keys.make()
    local file = assert(io.open(path, "w"))
    file:write(cjson.encode { { name = "bo", roles = { "operator" }, sha256 = digest },
      { user = "Ana@contoso.example", roles = { "author" } } })
    file:close()
    keys = assert(door_keys.open(path))
  end)

  after_each(function()
    os.remove(path)
  end)

  it("tells a viewer that they may do nothing, as a list", function()
    key, digest = door_keys.make()
    local file = assert(io.open(path, "w"))
    file:write(cjson.encode { { name = "vera", roles = { "viewer" }, sha256 = digest } })
    file:close()
    keys = assert(door_keys.open(path))
    open()
    assert.matches('"rights":[]', ask("GET", "/session", cookie()).body, 1, true)
    assert.matches('"rights":[]', ask("GET", "/me", { authorization = "Bearer " .. key }).body,
      1, true)
  end)

  describe("behind a proxy that signs people in", function()
    it("knows them by the header, in any case of letters, and takes their changes with a token",
      function()
        local made = open "x-forwarded-email"
        made:on("POST", "/plans", "plan", function(call) return 200, { who = call.who.name } end)
        made:on("POST", "/start", "start", function() return 200, {} end)
        local headers = { ["x-forwarded-email"] = "ana@Contoso.example" }
        local me = ask("GET", "/session", headers).json
        assert.same({ "Ana@contoso.example", "author", nil }, { me.name, me.role, me.session })
        assert.same({ 403, "CSRF" }, { ask("POST", "/plans", headers).status,
          ask("POST", "/plans", headers).json.error.code })
        headers["x-crier-csrf"] = me.csrf
        assert.equal("Ana@contoso.example", ask("POST", "/plans", headers).json.who)
        assert.equal("FORBIDDEN", ask("POST", "/start", headers).json.error.code)
      end)

    it("does not know others, and believes no other header", function()
      open "x-forwarded-email"
      for _, headers in ipairs { { ["x-forwarded-email"] = "eve@contoso.example" },
        { ["x-forwarded-email"] = "" }, { ["x-forwarded-user"] = "ana@contoso.example" } } do
        assert.equal("{}", ask("GET", "/session", headers).body)
        assert.equal(401, ask("GET", "/me", headers).status)
      end
    end)

    it("believes the header of nobody when it is not told to", function()
      open()
      assert.equal(401, ask("GET", "/me", { ["x-forwarded-email"] = "ana@contoso.example" })
        .status)
    end)
  end)

  it("finds its cookie among others", function()
    open()
    local own = cookie().cookie
    for _, each in ipairs { own .. "; a=b", "a=b; " .. own, "a=b;" .. own .. ";c",
      "a; b==; " .. own } do
      assert.equal("bo", ask("GET", "/session", { cookie = each }).json.name)
    end
    for _, each in ipairs { "x" .. own, own .. "0", "crier_session", "crier_session=", "" } do
      assert.equal("{}", ask("GET", "/session", { cookie = each }).body)
    end
  end)

  it("takes its time over no header and no query", function() -- a square of these is hours
    local made = open()
    made:on("GET", "/all", nil, function(call) return 200, call.query end)
    local long = ("a"):rep(2 ^ 21)
    assert.equal("{}", ask("GET", "/session", { cookie = long }).body)
    local response = routes["GET /v1/all"] { method = "GET", named = {},
      query = long .. "&b=c&d&e=", headers = { authorization = "Bearer " .. key } }
    assert.same({ b = "c", e = "" }, cjson.decode(response.body))
  end)

  it("reads nothing from strangers that is longer than a key", function()
    open()
    local large = ask("POST", "/session", {}, ("["):rep(1025))
    assert.same({ 413, "TOO_LARGE" }, { large.status, large.json.error.code })
    assert.equal("MALFORMED", ask("POST", "/session", {}, ("["):rep(1024)).json.error.code)
  end)

  describe("a session", function()
    it("has a cookie that no script reads, and that goes over https where there is some",
      function()
        open()
        assert.matches("^crier_session=%x+; Path=/; HttpOnly; SameSite=Strict; Max%-Age=43200$",
          sign_in())
        assert.matches("; Secure$", sign_in { ["x-forwarded-proto"] = "https" })
      end)

    it("is another one each time, and is never one that somebody brings", function()
      open()
      assert.are_not.equal(sign_in(), sign_in())
      local brought = "crier_session=" .. ("a"):rep(64)
      assert.are_not.equal(brought, sign_in { cookie = brought }:match "^[^;]+")
      assert.equal(401, ask("GET", "/me", { cookie = brought }).status)
    end)

    it("ends after twelve hours", function()
      open()
      local headers = cookie()
      now = now + 12 * 3600 * 1000 - 1
      assert.equal("bo", ask("GET", "/me", headers).json.name)
      now = now + 1
      assert.equal(401, ask("GET", "/me", headers).status)
    end)

    it("ends when its key is taken away", function()
      open()
      local headers = cookie()
      keys.found.by_digest[digest] = nil
      assert.equal(401, ask("GET", "/me", headers).status)
    end)

    it("has a token of its own", function()
      open()
      local first, second = cookie(), cookie()
      first["x-crier-csrf"] = ask("GET", "/session", second).json.csrf
      assert.equal(403, ask("DELETE", "/session", first).status)
      first["x-crier-csrf"] = ask("GET", "/session", first).json.csrf
      assert.equal(200, ask("DELETE", "/session", first).status)
      assert.equal("{}", ask("GET", "/session", first).body)
      assert.equal("bo", ask("GET", "/session", second).json.name)
    end)

    it("is one of a thousand at most: the oldest makes room", function()
      open()
      local first = cookie()
      now = now + 1
      local second = cookie()
      for _ = 1, 999 do
        now = now + 1
        sign_in()
      end
      assert.equal("{}", ask("GET", "/session", first).body)
      assert.equal("bo", ask("GET", "/session", second).json.name)
    end)
  end)

  it("has a key call so many times, and again after a while", function()
    open()
    local headers = { authorization = "Bearer " .. key }
    for _ = 1, 60 do
      assert.equal(200, ask("GET", "/me", headers).status)
    end
    local response = ask("GET", "/me", headers)
    assert.same({ 429, "1" }, { response.status, response.headers["Retry-After"] })
    now = now + 1000
    assert.equal(200, ask("GET", "/me", headers).status)
  end)

  it("slows down who guesses, and nobody who knows", function()
    open()
    local function guess()
      return ask("POST", "/session", {}, '{"key":"crier_guess"}').status
    end
    for _ = 1, 20 do
      assert.equal(401, guess())
    end
    assert.equal(429, guess())
    assert.is_string(sign_in())
    now = now + 1000
    assert.equal(401, guess())
    assert.equal(429, guess())
  end)
end)

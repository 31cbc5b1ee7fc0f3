local core = require "crier.core"
local certificates = require "support.certificates"
local tokens = require "support.tokens"

describe("a token", function()
  local folder

  before_each(function()
    folder = certificates.folder()
  end)

  after_each(function()
    folder:close()
  end)

  local function sent(token, now_ms)
    local state, request = token:get(now_ms or 0)
    assert.equal("need", state)
    local form = tokens.form(request.body)
    return form.client_secret or form.client_assertion, request
  end

  -- Answers with a refusal; whether the exchange goes on.
  local function refuse(token, number)
    local outcome, goes_on = token:receive(tokens.refused(number or 7000215), 0)
    return goes_on, outcome
  end

  describe("by a file of secrets", function()
    local function by_file(text, name)
      return { kind = "secret file", path = folder:write(name or "secrets", text) }
    end

    it("is asked for as with a secret", function()
      local _, request = sent(tokens.with(by_file "s3cr+t/=~& value\n"))
      assert.same({
        method = "POST",
        url = tokens.URL,
        headers = { ["Content-Type"] = "application/x-www-form-urlencoded" },
        body = "grant_type=client_credentials&client_id=app-id"
          .. "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
          .. "&client_secret=s3cr%2Bt%2F%3D%7E%26+value",
        service = "token",
        operation = "token",
      }, request)
    end)

    it("takes a secret a line, blanks and empty lines aside", function()
      local token = tokens.with(by_file "\239\187\191\r\n  one \r\n\n\ttwo")
      assert.equal("one", sent(token))
      assert.is_true(refuse(token))
      assert.equal("two", sent(token))
    end)

    it("tries them in order, and stays with the one that is accepted", function()
      local proof = core.credential.new(by_file "one\ntwo\nthree\n")
      local token = tokens.with(proof)
      for _, secret in ipairs { "one", "two" } do
        assert.equal(secret, sent(token))
        assert.is_true(refuse(token, 7000222))
      end
      assert.equal("three", sent(token))
      token:receive(tokens.granted(), 0)
      assert.equal("three", sent(token, 3600000))
      assert.equal("three", sent(tokens.with(proof, { audience = "connector" })))
    end)

    it("goes once around, then tells the last refusal", function()
      local token = tokens.with(by_file "one\ntwo\n")
      sent(token)
      refuse(token)
      assert.equal("two", sent(token))
      local goes_on, outcome = refuse(token)
      assert.is_false(goes_on)
      assert.same({ "misconfigured", "run", "bad secret", "AADSTS7000215" },
        { outcome.kind, outcome.scope, outcome.reason, outcome.code })
      assert.equal("one", sent(token))
    end)

    it("reads the file again when a secret is refused", function()
      local token = tokens.with(by_file "old\n")
      sent(token)
      folder:write("secrets", "new\n")
      assert.is_true(refuse(token))
      assert.equal("new", sent(token))
      assert.is_false(refuse(token))
    end)

    it("begins at the top of the new content", function()
      local token = tokens.with(by_file "a\nb\n")
      sent(token)
      refuse(token)
      assert.equal("b", sent(token))
      folder:write("secrets", "c\nb\n")
      assert.is_true(refuse(token))
      assert.equal("c", sent(token))
      assert.is_true(refuse(token))
      assert.equal("b", sent(token))
    end)

    it("lets one token's refusal not cost the other's try", function()
      local proof = core.credential.new(by_file "old\n")
      local graph, connector = tokens.with(proof), tokens.with(proof, { audience = "connector" })
      sent(graph)
      sent(connector)
      folder:write("secrets", "new\n")
      assert.is_true(refuse(graph))
      assert.is_true(refuse(connector))
      assert.equal("new", sent(graph))
      assert.equal("new", sent(connector))
      assert.is_false(refuse(connector))
    end)

    it("keeps the secrets that it has when the file cannot be used", function()
      local token = tokens.with(by_file "one\ntwo\n")
      sent(token)
      folder:write("secrets", "\n \n")
      assert.is_true(refuse(token))
      assert.equal("two", sent(token))
      os.remove(folder:file "secrets")
      assert.is_false(refuse(token))
      assert.equal("one", sent(token))
    end)

    it("does not follow a file that always changes for ever", function()
      local token, rounds = tokens.with(by_file "0\n"), 0
      repeat
        sent(token)
        rounds = rounds + 1
        folder:write("secrets", rounds .. "\n")
      until not refuse(token) or rounds > 20
      assert.equal(5, rounds)
    end)

    it("tries no other secret for what is not the secret's fault", function()
      local token = tokens.with(by_file "one\ntwo\n")
      for _, answer in ipairs { tokens.answer("", 503), tokens.refused(700016, 400,
        "unauthorized_client"), tokens.refused(65001, 400, "invalid_grant"),
        tokens.answer("", 404), { sent = false, error = "COULDNT_CONNECT" } } do
        assert.equal("one", sent(token))
        assert.is_false(select(2, token:receive(answer, 0)))
      end
    end)

    it("is refused, in a line, when the file cannot be used", function()
      local cases = { [""] = "holds no secret", ["\n \r\n"] = "holds no secret",
        [("s\n"):rep(17)] = "holds more than 16 secrets", [("s"):rep(17000)] = "File too large" }
      for text, said in pairs(cases) do
        local options = by_file(text)
        local made, message, code = core.credential.new(options)
        assert.same({ nil, options.path .. " " .. said, "CONFIG" }, { made, message, code })
      end
      local _, message = core.credential.new { kind = "secret file", path = "/nowhere/secrets" }
      assert.equal("/nowhere/secrets No such file or directory", message)
      _, message = core.credential.new { kind = "secret file", path = "/dev/null" }
      assert.equal("/dev/null Invalid argument", message)
    end)

    it("repeats none of the secrets", function()
      local token = tokens.with(by_file "first-secret\nsecond-secret\n")
      for _ = 1, 2 do
        sent(token)
        local outcome = token:receive(tokens.answer('{"error":"invalid_client",'
          .. '"error_description":"not second-secret"}', 401), 0)
        assert.equal("[removed]", outcome.text)
      end
    end)
  end)

  describe("by a federated token", function()
    local function by_token(text)
      return { kind = "federated token", path = folder:write("token", text) }
    end

    it("is asked for with the file's content as assertion", function()
      local _, request = sent(tokens.with(by_token "eyJ.abc.def\n"))
      assert.equal("grant_type=client_credentials&client_id=app-id"
        .. "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        .. "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
        .. "jwt-bearer&client_assertion=eyJ.abc.def", request.body)
      assert.equal(tokens.URL, request.url)
    end)

    it("reads the file at each exchange", function()
      local token = tokens.with(by_token "eyJ.1.1")
      assert.equal("eyJ.1.1", sent(token))
      token:receive(tokens.granted(), 0)
      folder:write("token", "eyJ.2.2")
      assert.equal("eyJ.2.2", sent(token, 3600000))
    end)

    it("says which file it cannot read, and reads it again next time", function()
      local token = tokens.with(by_token "")
      local path = folder:file "token"
      for _, case in ipairs { { "", "holds no token" }, { "a\nb\n", "holds no token" },
        { false, "No such file or directory" } } do
        if case[1] then
          folder:write("token", case[1])
        else
          os.remove(path)
        end
        local state, message, code = token:get(0)
        assert.same({ nil, path .. " " .. case[2], "CONFIG" }, { state, message, code })
      end
      folder:write("token", "eyJ.3.3")
      assert.equal("eyJ.3.3", sent(token))
    end)

    it("tells how Entra refuses it", function()
      for number, reason in pairs { [70021] = "bad federated credential",
        [700211] = "bad federated credential", [700212] = "bad federated credential",
        [700213] = "bad federated credential", [7002131] = "bad federated credential",
        [700229] = "bad federated credential", [700024] = "bad assertion",
        [500133] = "bad assertion" } do
        local token = tokens.with(by_token "eyJ.abc.def")
        sent(token)
        local goes_on, outcome = refuse(token, number)
        assert.is_false(goes_on)
        assert.same({ "misconfigured", "run", reason, "AADSTS" .. number },
          { outcome.kind, outcome.scope, outcome.reason, outcome.code })
      end
    end)
  end)
end)

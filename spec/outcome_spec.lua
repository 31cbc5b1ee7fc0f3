local outcome = require("crier.core").outcome

local NOW_MS = 1700000000000 -- 2023-11-14T22:13:20Z

local function classify(operation, response)
  return outcome.classify(operation, response, NOW_MS)
end

local function answered(operation, status, body, headers)
  return classify(operation, { status = status, sent = true, body = body, headers = headers })
end

local function graph_error(code, message, inner)
  return ('{"error":{"code":"%s","message":"%s","innerError":{"code":"%s"}}}')
    :format(code, message or "", inner or "")
end

local function bot_error(code, message)
  return ('{"error":{"code":"%s","message":"%s"}}'):format(code, message or "")
end

local function entra_error(name, number)
  return ('{"error":"%s","error_description":"AADSTS%d: text","error_codes":[%d]}')
    :format(name, number, number)
end

-- Checks kind, scope, reason and code, and that a remedy is there.
local function check(expected, found)
  assert.same(expected, { found.kind, found.scope, found.reason, found.code })
  assert.truthy(#found.remedy > 0)
end

local function set(names)
  local found = {}
  for name in names:gmatch "%S+" do
    found[name] = true
  end
  return found
end

local DELIVERING = set "notify notify_many send post reply send_to_users send_to_tenant"
for name in pairs(set "send_to_team send_to_channels") do
  DELIVERING[name] = true
end
local ALL = set("token identity device_code users delta resolve groups group group_members teams"
  .. " team team_members channels primary_channel catalog publish update_app review unpublish batch"
  .. " sending_state failed_entries cancel_sending")

-- Asked of the identity platform, before there is an app's limit.
local IDENTITY = set "token identity device_code"

-- The scope of what concerns one recipient, if there is one.
local function one(operation)
  return ALL[operation] and "run" or "recipient"
end

describe("crier.core.outcome", function()
  it("lists its kinds and operations", function()
    assert.same({ "ok", "already", "throttled", "transient", "ambiguous", "blocked", "absent",
      "stale", "too_large", "refused", "unauthorized", "misconfigured" }, outcome.kinds)
    local found = {}
    for _, name in ipairs(outcome.operations) do
      found[name] = true
    end
    for name in pairs(DELIVERING) do
      assert.is_true(found[name], name)
    end
    for name in pairs(ALL) do
      assert.is_true(found[name], name)
    end
    assert.equal(47, #outcome.operations)
  end)

  describe("of a success", function()
    it("has the activity's id and the service's request id", function()
      for _, status in ipairs({ 200, 201, 202 }) do
        assert.same({ kind = "ok", scope = "recipient", status = status, id = "1700000000000",
          request_id = "op-1" }, answered("send", status, '{"id":"1700000000000"}',
          { ["x-correlating-operationid"] = "op-1", ["ms-cv"] = "cv" }))
      end
    end)

    it("of a send needs no id", function()
      for _, body in ipairs({ "", "{}", '{"id":null}', '{"id":12}', '{"id":""}', '{"id"', "[]",
        '"x"', "done", '{"id":"' .. ("x"):rep(2000) .. '"}', "\255\254", "\0" }) do
        assert.same({ kind = "ok", scope = "recipient", status = 201 },
          answered("send", 201, body))
      end
      assert.same({ kind = "ok", scope = "recipient", status = 202 }, answered("send", 202))
    end)

    it("reads an id in any JSON", function()
      for body, id in pairs({
        ['{"id":"f:1"}'] = "f:1",
        ['{ "id" : "f:1" }'] = "f:1",
        ['{"id":"x","y":"z"}'] = "x",
        ['{"y":"z","id":"x"}'] = "x",
        [ [[{"id":"a\u0041\"b"}]] ] = 'aA"b',
        ['{"id":"\195\164"}'] = "\195\164",
      }) do
        assert.equal(id, answered("send", 201, body).id)
      end
    end)

    it("of a create has conversation and service URL", function()
      assert.same({ kind = "ok", scope = "recipient", status = 201, id = "a:1x",
        service_url = "https://smba.trafficmanager.net/emea/" },
        answered("create", 201,
          '{"id":"a:1x","serviceUrl":"https://smba.trafficmanager.net/emea/"}'))
    end)

    it("of a create without an id is transient", function()
      for _, body in ipairs({ "", "{}", '{"id":""}', '{"id":7}', '{"id":"a', "[]", "true" }) do
        local found = answered("create", 200, body)
        check({ "transient", "recipient", "unusable answer" }, found)
        assert.equal("the answer has no id", found.text)
      end
    end)

    it("of an install is any 2xx", function()
      for _, status in ipairs({ 200, 201, 204 }) do
        assert.same({ kind = "ok", scope = "recipient", status = status },
          answered("install", status, ""))
      end
    end)

    it("of a read has an object", function()
      for _, operation in ipairs({ "users", "user", "catalog", "installation" }) do
        assert.equal("ok", answered(operation, 200, ' {"value":[]}\r\n').kind)
        for _, body in ipairs({ "", "{", "}", "[1]", '{"value":[{"id":', "\0" }) do
          local found = answered(operation, 200, body)
          check({ "transient", one(operation), "unusable answer" }, found)
          assert.equal("the answer is no JSON object", found.text)
        end
      end
    end)

    it("is doubtful when a page for people comes with it", function()
      local page = "\239\187\191 <!DOCTYPE html><head><TITLE>Log in\n to proxy</TITLE></head>"
      for _, operation in ipairs(outcome.operations) do
        local kind = DELIVERING[operation] and "ambiguous" or "transient"
        local found = answered(operation, 200, page)
        check({ kind, one(operation), "answered by a proxy" }, found)
        assert.equal("Log in  to proxy", found.text)
        found = answered(operation, 201, '{"id":"x"}', { ["content-type"] = "text/html" })
        assert.equal(kind, found.kind)
        assert.is_nil(found.id)
      end
    end)

    it("stands when only the body was lost", function()
      local lost = { status = 201, sent = true, error = "PARTIAL_FILE", message = "cut" }
      assert.equal("ok", classify("send", lost).kind)
      assert.equal("transient", classify("create", lost).kind)
    end)
  end)

  describe("without an answer", function()
    it("tells a proxy that refuses to connect from a service that is silent", function()
      local function said(message)
        local found = classify("send", { sent = false, error = "RECV_ERROR", message = message })
        return found.kind, found.reason
      end
      assert.same({ "misconfigured", "proxy refused" },
        { said "CONNECT tunnel failed, response 407" })
      assert.same({ "misconfigured", "proxy refused" },
        { said "CONNECT tunnel failed, response 401" })
      assert.same({ "misconfigured", "proxy refused" },
        { said "Received HTTP code 407 from proxy after CONNECT" })
      assert.same({ "transient", "proxy failed" }, { said "CONNECT tunnel failed, response 403" })
      assert.same({ "transient", "proxy failed" },
        { said "Received HTTP code 502 from proxy after CONNECT" })
      assert.same({ "transient", "no answer" }, { said "Connection reset by peer" })
    end)

    -- All of libcurl 7.88's codes, and what no version has.
    local names = [[UNSUPPORTED_PROTOCOL FAILED_INIT URL_MALFORMAT NOT_BUILT_IN
      COULDNT_RESOLVE_PROXY COULDNT_RESOLVE_HOST COULDNT_CONNECT WEIRD_SERVER_REPLY
      REMOTE_ACCESS_DENIED FTP_ACCEPT_FAILED FTP_WEIRD_PASS_REPLY FTP_ACCEPT_TIMEOUT
      FTP_WEIRD_PASV_REPLY FTP_WEIRD_227_FORMAT FTP_CANT_GET_HOST HTTP2
      FTP_COULDNT_SET_TYPE PARTIAL_FILE FTP_COULDNT_RETR_FILE OBSOLETE20 QUOTE_ERROR
      HTTP_RETURNED_ERROR WRITE_ERROR OBSOLETE24 UPLOAD_FAILED READ_ERROR OUT_OF_MEMORY
      OPERATION_TIMEDOUT OBSOLETE29 FTP_PORT_FAILED FTP_COULDNT_USE_REST OBSOLETE32
      RANGE_ERROR HTTP_POST_ERROR SSL_CONNECT_ERROR BAD_DOWNLOAD_RESUME
      FILE_COULDNT_READ_FILE LDAP_CANNOT_BIND LDAP_SEARCH_FAILED OBSOLETE40
      FUNCTION_NOT_FOUND ABORTED_BY_CALLBACK BAD_FUNCTION_ARGUMENT OBSOLETE44
      INTERFACE_FAILED OBSOLETE46 TOO_MANY_REDIRECTS UNKNOWN_OPTION SETOPT_OPTION_SYNTAX
      OBSOLETE50 OBSOLETE51 GOT_NOTHING SSL_ENGINE_NOTFOUND SSL_ENGINE_SETFAILED SEND_ERROR
      RECV_ERROR OBSOLETE57 SSL_CERTPROBLEM SSL_CIPHER PEER_FAILED_VERIFICATION
      BAD_CONTENT_ENCODING OBSOLETE62 FILESIZE_EXCEEDED USE_SSL_FAILED SEND_FAIL_REWIND
      SSL_ENGINE_INITFAILED LOGIN_DENIED TFTP_NOTFOUND TFTP_PERM REMOTE_DISK_FULL
      TFTP_ILLEGAL TFTP_UNKNOWNID REMOTE_FILE_EXISTS TFTP_NOSUCHUSER OBSOLETE75 OBSOLETE76
      SSL_CACERT_BADFILE REMOTE_FILE_NOT_FOUND SSH SSL_SHUTDOWN_FAILED AGAIN SSL_CRL_BADFILE
      SSL_ISSUER_ERROR FTP_PRET_FAILED RTSP_CSEQ_ERROR RTSP_SESSION_ERROR
      FTP_BAD_FILE_LIST CHUNK_FAILED NO_CONNECTION_AVAILABLE SSL_PINNEDPUBKEYNOTMATCH
      SSL_INVALIDCERTSTATUS HTTP2_STREAM RECURSIVE_API_CALL AUTH_ERROR HTTP3
      QUIC_CONNECT_ERROR PROXY SSL_CLIENTCERT UNRECOVERABLE_POLL OTHER FROM_THE_FUTURE]]

    local reasons = {
      COULDNT_RESOLVE_HOST = "host not found",
      COULDNT_RESOLVE_PROXY = "proxy not found",
      COULDNT_CONNECT = "cannot connect",
      QUIC_CONNECT_ERROR = "cannot connect",
      INTERFACE_FAILED = "cannot connect",
      PROXY = "proxy failed",
      SSL_CONNECT_ERROR = "TLS failed",
      SSL_CIPHER = "TLS failed",
      USE_SSL_FAILED = "TLS failed",
      PEER_FAILED_VERIFICATION = "certificate not trusted",
      SSL_CACERT_BADFILE = "certificate not trusted",
      SSL_CRL_BADFILE = "certificate not trusted",
      SSL_ISSUER_ERROR = "certificate not trusted",
      SSL_INVALIDCERTSTATUS = "certificate not trusted",
      SSL_PINNEDPUBKEYNOTMATCH = "certificate not trusted",
      FILESIZE_EXCEEDED = "answer too large",
      UNSUPPORTED_PROTOCOL = "transport failed",
      FAILED_INIT = "transport failed",
      URL_MALFORMAT = "transport failed",
      NOT_BUILT_IN = "transport failed",
      OUT_OF_MEMORY = "transport failed",
      BAD_FUNCTION_ARGUMENT = "transport failed",
      UNKNOWN_OPTION = "transport failed",
      SSL_ENGINE_NOTFOUND = "transport failed",
      SSL_ENGINE_SETFAILED = "transport failed",
      SSL_ENGINE_INITFAILED = "transport failed",
      RECURSIVE_API_CALL = "transport failed",
    }

    for name in names:gmatch("%S+") do
      it("because of " .. name .. " is ambiguous only for a delivery that left", function()
        local reason = reasons[name] or "no answer"
        for _, operation in ipairs(outcome.operations) do
          for _, sent in ipairs({ true, false }) do
            local found = classify(operation,
              { sent = sent, error = name, message = "words\nof libcurl" })
            local kind = DELIVERING[operation] and sent and "ambiguous" or "transient"
            check({ kind, one(operation), reason, name }, found)
            assert.equal("words of libcurl", found.text)
            assert.is_nil(found.status)
          end
        end
      end)
    end

    it("takes a request for sent when nobody says", function()
      check({ "ambiguous", "recipient", "no answer" }, classify("send", {}))
      check({ "ambiguous", "recipient", "no answer", "HTTP2" },
        classify("send", { error = "HTTP2" }))
    end)

    it("counts an interim or impossible status as none", function()
      for _, status in ipairs({ 0, -1, 99, 100, 103, 199, 600, 999, 1e9 }) do
        local found = classify("send", { status = status, sent = true, error = "GOT_NOTHING" })
        check({ "ambiguous", "recipient", "no answer", "GOT_NOTHING" }, found)
        found = classify("send", { status = status, sent = false, error = "GOT_NOTHING" })
        check({ "transient", "recipient", "no answer", "GOT_NOTHING" }, found)
      end
    end)
  end)

  describe("of a server's failure", function()
    for _, status in ipairs({ 408, 500, 502, 504, 505, 520, 599 }) do
      it(status .. " is ambiguous for a delivery, else transient", function()
        local reason = (status == 408 or status == 504) and "no answer" or "service error"
        for _, operation in ipairs(outcome.operations) do
          for _, headers in ipairs({ {}, { ["retry-after"] = "5" } }) do
            local found = answered(operation, status, "", headers)
            local kind = DELIVERING[operation] and "ambiguous" or "transient"
            check({ kind, one(operation), reason }, found)
            assert.equal(headers["retry-after"] and 5000, found.retry_after_ms)
          end
        end
      end)
    end

    it("503 was refused when it says when to come back", function()
      for _, operation in ipairs(outcome.operations) do
        local found = answered(operation, 503, "", { ["retry-after"] = "5" })
        check({ "transient", one(operation), "service unavailable" }, found)
        assert.equal(5000, found.retry_after_ms)
        for _, retry_after in ipairs({ "", "soon", "-5" }) do
          found = answered(operation, 503, "", { ["retry-after"] = retry_after })
          assert.equal(DELIVERING[operation] and "ambiguous" or "transient", found.kind)
          assert.is_nil(found.retry_after_ms)
        end
        assert.equal(DELIVERING[operation] and "ambiguous" or "transient",
          answered(operation, 503).kind)
      end
    end)

    it("is not made certain by a code in the body", function()
      for _, code in ipairs({ "ConversationBlockedByUser", "ServiceError", "Throttled" }) do
        check({ "ambiguous", "recipient", "service error", code },
          answered("send", 502, bot_error(code)))
      end
    end)

    it("shows the title of a gateway's page", function()
      local found = answered("send", 502,
        "<html><head><title>502 Bad Gateway</title></head></html>")
      assert.equal("502 Bad Gateway", found.text)
      assert.equal("a page in HTML", answered("send", 502, "<p>no title</p>").text)
      assert.equal("a page in HTML", answered("send", 502, "<title>no end").text)
    end)
  end)

  describe("of a status that means the same everywhere", function()
    for _, operation in ipairs(outcome.operations) do
      it("is one for " .. operation, function()
        local scope = IDENTITY[operation] and "run" or "app"
        check({ "throttled", scope, "throttled" },
          answered(operation, 429, "", { ["retry-after"] = "1" }))
        check({ "misconfigured", "run", "proxy refused" }, answered(operation, 407))
        for _, status in ipairs({ 300, 301, 302, 304, 307, 308 }) do
          check({ "misconfigured", "run", "redirected" },
            answered(operation, status, "", { location = "https://x.example" }))
        end
      end)
    end

    it("425 came before anything was done", function()
      check({ "transient", "recipient", "too early" }, answered("send", 425))
    end)
  end)

  describe("of the Bot Connector", function()
    local rows = {
      -- status, body, kind, scope, reason, code
      { 400, bot_error("BadArgument"), "refused", "recipient", "message refused", "BadArgument" },
      { 400, bot_error("BadSyntax", "Invalid Adaptive Card"), "refused", "recipient",
        "card refused", "BadSyntax" },
      { 400, bot_error("BadArgument", "Unknown attachment type"), "refused", "recipient",
        "card refused", "BadArgument" },
      { 400, bot_error("BadArgument", "Failed to decrypt pairwise id"), "stale", "conversation",
        "stale conversation", "BadArgument" },
      { 400, bot_error("BadSyntax", "Malformed tenant id"), "misconfigured", "run",
        "tenant unknown", "BadSyntax" },
      { 401, bot_error("BotNotRegistered"), "unauthorized", "run", "bot not registered",
        "BotNotRegistered" },
      { 401, "", "unauthorized", "run", "token refused" },
      { 401, '{"message":"Authorization has been denied for this request."}', "unauthorized",
        "run", "token refused" },
      { 401, "<html>", "unauthorized", "run", "token refused" },
      { 403, bot_error("BotDisabledByAdmin"), "misconfigured", "tenant", "bot disabled",
        "BotDisabledByAdmin" },
      { 403, bot_error("BotNotInConversationRoster"), "absent", "recipient", "not installed",
        "BotNotInConversationRoster" },
      { 403, bot_error("ConversationBlockedByUser"), "blocked", "recipient", "blocked",
        "ConversationBlockedByUser" },
      { 403, bot_error("ForbiddenOperationException"), "absent", "recipient", "not installed",
        "ForbiddenOperationException" },
      { 403, bot_error("InvalidBotApiHost"), "stale", "run", "wrong service host",
        "InvalidBotApiHost" },
      { 403, bot_error("NotEnoughPermissions"), "refused", "recipient", "not permitted",
        "NotEnoughPermissions" },
      { 403, [[{"errorCode":209,"message":"{\"subCode\":\"MessageWritesBlocked\",]]
        .. [[\"details\":null,\"errorCode\":null}"}]], "blocked", "recipient", "blocked",
        "MessageWritesBlocked" },
      { 403, '{"errorCode":209}', "blocked", "recipient", "blocked", "209" },
      { 403, '{"errorCode":"209"}', "blocked", "recipient", "blocked", "209" },
      { 403, [[{"message":"{\"subCode\":\"MessageWritesBlocked\""}]], "blocked", "recipient",
        "blocked" },
      { 403, '{"message":"Bot is not installed in user\'s personal scope"}', "absent",
        "recipient", "not installed" },
      { 403, bot_error("Other", "The bot is not part of the conversation roster."), "absent",
        "recipient", "not installed", "Other" },
      { 403, bot_error("Other"), "refused", "recipient", "refused", "Other" },
      { 403, "", "refused", "recipient", "refused" },
      { 403, "<html><title>Blocked by firewall</title>", "refused", "recipient",
        "answered by a proxy" },
      { 404, bot_error("ActivityNotFoundInConversation"), "absent", "recipient",
        "no such message", "ActivityNotFoundInConversation" },
      { 404, bot_error("ConversationNotFound"), "stale", "conversation", "stale conversation",
        "ConversationNotFound" },
      { 404, "", "stale", "conversation", "stale conversation" },
      { 404, "<html>", "refused", "recipient", "answered by a proxy" },
      { 412, bot_error("PreconditionFailed"), "transient", "conversation", "contention",
        "PreconditionFailed" },
      { 413, bot_error("MessageSizeTooBig"), "too_large", "recipient", "too large",
        "MessageSizeTooBig" },
      { 413, "", "too_large", "recipient", "too large" },
      { 429, bot_error("Throttled"), "throttled", "app", "throttled", "Throttled" },
      { 403, bot_error("TooManyRequests"), "throttled", "app", "throttled", "TooManyRequests" },
      { 500, bot_error("ServiceError"), "ambiguous", "recipient", "service error",
        "ServiceError" },
      { 502, bot_error("ServiceError"), "ambiguous", "recipient", "service error",
        "ServiceError" },
      { 503, "", "ambiguous", "recipient", "service unavailable" },
      { 504, "", "ambiguous", "recipient", "no answer" },
      { 402, "", "refused", "recipient", "refused" },
      { 405, "", "refused", "recipient", "refused" },
      { 418, "", "refused", "recipient", "refused" },
    }
    for i, row in ipairs(rows) do
      it(("%d: %d %s is %s"):format(i, row[1], row[6] or "without a code", row[3]), function()
        local found = answered("send", row[1], row[2])
        check({ row[3], row[4], row[5], row[6] }, found)
        assert.equal(row[1], found.status)
      end)
    end

    it("means another thing by some when a conversation is created", function()
      check({ "absent", "recipient", "no such user" }, answered("create", 404))
      check({ "refused", "recipient", "bad request", "BadArgument" },
        answered("create", 400, bot_error("BadArgument", "Failed to decrypt pairwise id")))
      check({ "refused", "recipient", "bad request" }, answered("create", 400, "card"))
      check({ "absent", "recipient", "not installed", "ForbiddenOperationException" },
        answered("create", 403, bot_error("ForbiddenOperationException")))
      check({ "transient", "recipient", "service error" }, answered("create", 500))
    end)

    -- What means another thing to these operations than to a send.
    local others = {
      { "delete", 404, bot_error("ActivityNotFoundInConversation"), "already", "recipient",
        "already deleted", "ActivityNotFoundInConversation" },
      { "delete", 404, bot_error("ConversationNotFound"), "absent", "recipient",
        "no such message", "ConversationNotFound" },
      { "delete", 404, "", "absent", "recipient", "no such message" },
      { "delete", 403, bot_error("NotEnoughPermissions"), "refused", "recipient",
        "not permitted", "NotEnoughPermissions" },
      { "delete", 412, bot_error("PreconditionFailed"), "transient", "conversation",
        "contention", "PreconditionFailed" },
      { "delete", 502, "", "transient", "recipient", "service error" },
      { "update", 404, bot_error("ActivityNotFoundInConversation"), "absent", "recipient",
        "no such message", "ActivityNotFoundInConversation" },
      { "update", 404, bot_error("ConversationNotFound"), "absent", "recipient",
        "no such message", "ConversationNotFound" },
      { "update", 404, "", "absent", "recipient", "no such message" },
      { "update", 400, bot_error("BadSyntax", "Invalid Adaptive Card"), "refused", "recipient",
        "card refused", "BadSyntax" },
      { "update", 400, bot_error("BadArgument"), "refused", "recipient", "message refused",
        "BadArgument" },
      { "update", 413, bot_error("MessageSizeTooBig"), "too_large", "recipient", "too large",
        "MessageSizeTooBig" },
      { "update", 504, "", "transient", "recipient", "no answer" },
      { "reply", 404, bot_error("ActivityNotFoundInConversation"), "absent", "recipient",
        "no such message", "ActivityNotFoundInConversation" },
      { "reply", 404, "", "stale", "conversation", "stale conversation" },
      { "reply", 400, "card", "refused", "recipient", "card refused" },
      { "typing", 404, "", "stale", "conversation", "stale conversation" },
      { "typing", 500, "", "transient", "recipient", "service error" },
      { "post", 400, bot_error("BadSyntax"), "refused", "recipient", "message refused",
        "BadSyntax" },
      { "post", 403, bot_error("BotNotInConversationRoster"), "absent", "recipient",
        "not installed", "BotNotInConversationRoster" },
      { "post", 404, bot_error("ConversationNotFound"), "absent", "recipient",
        "no such team or channel", "ConversationNotFound" },
      { "post", 404, "", "absent", "recipient", "no such team or channel" },
      { "post", 502, "", "ambiguous", "recipient", "service error" },
      { "members", 404, "", "stale", "conversation", "stale conversation" },
      { "members", 403, bot_error("BotNotInConversationRoster"), "absent", "recipient",
        "not installed", "BotNotInConversationRoster" },
      { "member", 404, bot_error("MemberNotFoundInConversation"), "absent", "recipient",
        "no such member", "MemberNotFoundInConversation" },
      { "team_details", 404, "", "absent", "recipient", "no such team or channel" },
      { "team_channels", 404, "", "absent", "recipient", "no such team or channel" },
      { "team_details", 400, bot_error("BadArgument"), "refused", "recipient", "bad request",
        "BadArgument" },
      { "team_details", 404, bot_error("ConversationNotFound"), "absent", "recipient",
        "no such team or channel", "ConversationNotFound" },
      { "team_channels", 404, bot_error("ConversationNotFound"), "absent", "recipient",
        "no such team or channel", "ConversationNotFound" },
      { "send_to_team", 404, "", "absent", "recipient", "no such team or channel" },
      { "sending_state", 400, "", "refused", "run", "bad request" },
      { "sending_state", 401, "", "unauthorized", "run", "token refused" },
      { "sending_state", 403, "", "misconfigured", "tenant", "batch forbidden" },
      { "sending_state", 404, "", "absent", "run", "no such sending" },
      { "failed_entries", 404, "", "absent", "run", "no such sending" },
      { "cancel_sending", 404, "", "absent", "run", "no such sending" },
      { "cancel_sending", 429, bot_error("Throttled"), "throttled", "app", "throttled",
        "Throttled" },
      { "cancel_sending", 502, "", "transient", "run", "service error" },
    }
    for _, row in ipairs(others) do
      it(("%s: %d %s is %s"):format(row[1], row[2], row[7] or "without a code", row[4]),
        function()
          local found = answered(row[1], row[2], row[3])
          check({ row[4], row[5], row[6], row[7] }, found)
        end)
    end

    it("tells to install nothing where a message is to be changed", function()
      for _, body in ipairs { bot_error("BotNotInConversationRoster"),
        bot_error("ForbiddenOperationException"),
        bot_error("Forbidden", "The bot is not part of the conversation roster."),
        bot_error("Forbidden", "App is not installed in user's personal scope") } do
        for _, operation in ipairs { "update", "delete" } do
          local found = answered(operation, 403, body)
          assert.same({ "absent", "not installed" }, { found.kind, found.reason })
          assert.equal("The app is gone from that chat: its message there can no longer be"
            .. " changed or deleted", found.remedy)
        end
        assert.matches("^Install the app", answered("send", 403, body).remedy)
      end
    end)

    for name in pairs(set "send_to_users send_to_tenant send_to_team send_to_channels") do
      it("of " .. name .. " is repeated only when it was refused", function()
        check({ "refused", "run", "batch refused", "BadSyntax" },
          answered(name, 400, bot_error("BadSyntax", "Invalid card")))
        check({ "unauthorized", "run", "token refused" }, answered(name, 401))
        check({ "misconfigured", "tenant", "batch forbidden", "Forbidden" },
          answered(name, 403, bot_error("Forbidden")))
        check({ "throttled", "app", "throttled" }, answered(name, 429))
        for _, status in ipairs { 408, 500, 502, 503, 504 } do
          assert.equal("ambiguous", answered(name, status).kind)
        end
        assert.equal("transient", answered(name, 503, "", { ["retry-after"] = "2" }).kind)
        assert.equal("ambiguous", classify(name, { sent = true, error = "GOT_NOTHING" }).kind)
        assert.equal("transient", classify(name, { sent = false, error = "COULDNT_CONNECT" }).kind)
      end)
    end

    it("tells a wrong region", function()
      for _, text in ipairs { "User is from different region",
        "Incoming request was redirected to the wrong geo! Current geo: EMEA, Target geo: EUDB" } do
        for _, operation in ipairs { "create", "send", "post", "update", "members" } do
          for _, status in ipairs { 400, 403 } do
            check({ "stale", "conversation", "wrong region", "BadArgument" },
              answered(operation, status, bot_error("BadArgument", text)))
          end
        end
      end
    end)

    it("of a post has the thread and the message that began it", function()
      local function post(body)
        local found = answered("post", 201, body)
        assert.equal("ok", found.kind)
        return { found.conversation_id, found.id, found.service_url }
      end
      local thread = "19:x@thread.tacv2;messageid=17"
      assert.same({ thread, "18" }, post('{"id":"' .. thread .. '","activityId":"18"}'))
      assert.same({ thread, "17" }, post('{"id":"' .. thread .. '"}'))
      assert.same({ thread, "17", "https://x/" },
        post('{"id":"' .. thread .. '","serviceUrl":"https://x/"}'))
      assert.same({ nil, "18" }, post('{"activityId":"18"}'))
      assert.same({ nil, "17" }, post('{"id":"17"}'))
      assert.same({}, post("{}"))
      assert.same({}, post(""))
    end)

    it("knows codes in any letters", function()
      check({ "blocked", "recipient", "blocked", "CONVERSATIONBLOCKEDBYUSER" },
        answered("send", 403, bot_error("CONVERSATIONBLOCKEDBYUSER")))
    end)
  end)

  describe("of Graph", function()
    local consent = "consent missing"
    local rows = {
      -- operation, status, body, kind, scope, reason, code
      { "install", 409, graph_error("Conflict"), "already", "recipient", "already installed",
        "Conflict" },
      { "install", 403, graph_error("Forbidden", "Trying to CreateUserAppEntitlement for an App"
        .. " that is explicitly blocked by the tenant admin."), "misconfigured", "tenant",
        "blocked for all", "Forbidden" },
      { "install", 403, graph_error("Forbidden", "App is blocked by app permission policy",
        "AccessDenied"), "blocked", "recipient", "blocked by policy", "AccessDenied" },
      { "install", 403, graph_error("Forbidden",
        "AAD App Id x is not allowed to manage the Teams App y", "AccessDenied"),
        "misconfigured", "run", "wrong app id", "AccessDenied" },
      { "install", 403, graph_error("Forbidden",
        "Missing role permissions on the request. API requires one of 'x'"), "misconfigured",
        "run", consent, "Forbidden" },
      { "install", 403, graph_error("UnknownError"), "misconfigured", "run", consent,
        "UnknownError" },
      { "user", 403, graph_error("UnknownError"), "refused", "recipient", "refused",
        "UnknownError" },
      { "user", 403, graph_error("Authorization_RequestDenied", "Insufficient privileges"),
        "misconfigured", "run", consent, "Authorization_RequestDenied" },
      { "user", 403, graph_error("x", "Insufficient privileges to complete"), "misconfigured",
        "run", consent, "x" },
      { "user", 403, graph_error("x", "Missing scope permissions"), "misconfigured", "run",
        consent, "x" },
      { "users", 403, "", "misconfigured", "run", consent },
      { "catalog", 403, graph_error("Forbidden"), "misconfigured", "run", consent, "Forbidden" },
      { "install", 403, graph_error("Forbidden", "", "AccessDenied"), "refused", "recipient",
        "refused", "AccessDenied" },
      { "install", 404, graph_error("NotFound"), "absent", "app", "no such user or app",
        "NotFound" },
      { "installation", 404, graph_error("NotFound"), "absent", "recipient", "no such user",
        "NotFound" },
      { "user", 404, graph_error("Request_ResourceNotFound"), "absent", "recipient",
        "no such user", "Request_ResourceNotFound" },
      { "catalog", 404, graph_error("NotFound"), "absent", "app", "no such app", "NotFound" },
      { "users", 404, "", "refused", "run", "refused" },
      { "install", 400, graph_error("BadRequest", "Failed to execute request "
        .. "CreateOrUpdateUserAppEntitlementForTeamsAsync"), "transient", "recipient",
        "service error", "BadRequest" },
      { "install", 400, graph_error("BadRequest",
        "The required permissions have not been consented to", "InvalidRequest"),
        "misconfigured", "run", consent, "InvalidRequest" },
      { "install", 400, graph_error("BadRequest"), "refused", "recipient", "bad request",
        "BadRequest" },
      { "users", 400, graph_error("Request_UnsupportedQuery"), "refused", "run", "bad query",
        "Request_UnsupportedQuery" },
      { "users", 501, "", "refused", "run", "bad query" },
      { "install", 412, graph_error("PreconditionFailed",
        "Requested API is not supported in application-only context"), "misconfigured", "run",
        "not supported app-only", "PreconditionFailed" },
      { "install", 412, graph_error("PreconditionFailed"), "refused", "recipient", "refused",
        "PreconditionFailed" },
      { "user", 401, graph_error("InvalidAuthenticationToken"), "unauthorized", "run",
        "token refused", "InvalidAuthenticationToken" },
      { "user", 401, graph_error("unauthenticated"), "unauthorized", "run", "token refused",
        "unauthenticated" },
      { "user", 401, graph_error("Authorization_IdentityNotFound"), "misconfigured", "tenant",
        "app unknown", "Authorization_IdentityNotFound" },
      { "user", 402, "", "refused", "recipient", "no licence" },
      { "install", 405, "", "refused", "recipient", "refused" },
      { "install", 406, "", "refused", "recipient", "refused" },
      { "user", 409, "", "refused", "recipient", "refused" },
      { "install", 411, "", "refused", "recipient", "refused" },
      { "install", 413, "", "refused", "recipient", "refused" },
      { "install", 415, "", "refused", "recipient", "refused" },
      { "install", 422, "", "refused", "recipient", "refused" },
      { "users", 410, graph_error("resyncRequired"), "stale", "run", "listing expired",
        "resyncRequired" },
      { "users", 410, "", "stale", "run", "listing expired" },
      { "users", 400, graph_error("syncStateNotFound"), "stale", "run", "listing expired",
        "syncStateNotFound" },
      { "install", 423, "", "transient", "recipient", "locked" },
      { "install", 424, "", "transient", "recipient", "failed dependency" },
      { "install", 429, graph_error("TooManyRequests"), "throttled", "app", "throttled",
        "TooManyRequests" },
      { "install", 403, graph_error("activityLimitReached"), "throttled", "app", "throttled",
        "activityLimitReached" },
      { "users", 400, graph_error("generalException", "", "serviceNotAvailable"), "transient",
        "run", "service error", "serviceNotAvailable" },
      { "install", 500, "", "transient", "recipient", "service error" },
      { "install", 502, "", "transient", "recipient", "service error" },
      { "install", 503, "", "transient", "recipient", "service unavailable" },
      { "install", 504, "", "transient", "recipient", "no answer" },
      { "install", 507, "", "refused", "recipient", "quota reached" },
      { "install", 509, "", "throttled", "app", "throttled" },
    }
    for i, row in ipairs(rows) do
      it(("%d: %s %d %s is %s"):format(i, row[1], row[2], row[7] or "without a code", row[4]),
        function()
          check({ row[4], row[5], row[6], row[7] }, answered(row[1], row[2], row[3]))
        end)
    end

    it("has its request id in a header", function()
      assert.equal("r-1", answered("user", 404, "", { ["request-id"] = "r-1" }).request_id)
    end)
  end)

  describe("of Entra", function()
    local classes = {
      ["misconfigured/run/bad secret"] = { 7000215, 70002, 7000218 },
      ["misconfigured/run/expired secret"] = { 7000222 },
      ["misconfigured/run/bad certificate"] = { 700027, 700030, 50012, 50003 },
      ["misconfigured/run/bad assertion"] = { 50013, 500133, 50048, 50027 },
      ["misconfigured/run/public client"] = { 700025 },
      ["misconfigured/run/bad federated credential"] = { 700213, 7002131, 700229 },
      ["misconfigured/tenant/app unknown"] = { 700016, 700011, 70001, 7000229 },
      ["misconfigured/tenant/app disabled"] = { 7000112 },
      ["misconfigured/tenant/tenant unknown"] = { 90002 },
      ["misconfigured/tenant/wrong cloud"] = { 90038, 900382, 900432, 1000104 },
      ["misconfigured/tenant/wrong tenant"] = { 50194, 9001023 },
      ["misconfigured/tenant/conditional access"] = { 53003, 530032 },
      ["misconfigured/tenant/consent missing"] = { 65001, 90094, 650052, 650056, 650057, 500011,
        50001 },
      ["misconfigured/tenant/bad scope"] = { 70011, 28002, 28003, 700022, 700023, 901002 },
      ["misconfigured/tenant/bad token request"] = { 900144, 90014 },
      ["transient/run/service error"] = { 50033, 90006, 90012, 90024, 90033, 90090, 90091,
        40010 },
      ["throttled/run/throttled"] = { 90055 },
      ["throttled/run/token loop"] = { 50196 },
    }
    for class, numbers in pairs(classes) do
      for _, number in ipairs(numbers) do
        it(("AADSTS%d is %s"):format(number, class), function()
          for _, status in ipairs({ 400, 401 }) do
            local found = answered("token", status, entra_error("invalid_client", number))
            assert.equal(class, ("%s/%s/%s"):format(found.kind, found.scope, found.reason))
            assert.equal(("AADSTS%d"):format(number), found.code)
            assert.equal(("AADSTS%d: text"):format(number), found.text)
            assert.truthy(#found.remedy > 0)
          end
        end)
      end
    end

    local names = {
      temporarily_unavailable = { "transient", "run", "service error" },
      server_error = { "transient", "run", "service error" },
      invalid_client = { "misconfigured", "run", "bad secret" },
      unauthorized_client = { "misconfigured", "tenant", "app unknown" },
      invalid_scope = { "misconfigured", "tenant", "bad scope" },
      invalid_resource = { "misconfigured", "tenant", "consent missing" },
      interaction_required = { "misconfigured", "tenant", "conditional access" },
      invalid_request = { "misconfigured", "run", "bad token request" },
      invalid_grant = { "misconfigured", "run", "bad token request" },
      unsupported_grant_type = { "misconfigured", "run", "bad token request" },
    }
    for name, class in pairs(names) do
      it(name .. " without a known number is " .. class[3], function()
        local found = answered("token", 400, ('{"error":"%s"}'):format(name))
        check({ class[1], class[2], class[3], name }, found)
        found = answered("token", 400, entra_error(name, 123))
        assert.equal(class[3], found.reason)
      end)
    end

    it("says how to renew an expired secret", function()
      assert.equal("The client secret has expired: make a new one in Entra > App registrations"
        .. " > (the app) > Certificates & secrets, and set AZURE_CLIENT_SECRET to its Value",
        answered("token", 401, entra_error("invalid_client", 7000222)).remedy)
    end)

    it("finds the number in the description when there is no list", function()
      check({ "misconfigured", "run", "expired secret", "AADSTS7000222" },
        answered("token", 401,
          '{"error":"invalid_client","error_description":"AADSTS7000222: expired"}'))
    end)

    it("waits a minute at least after a token loop", function()
      assert.equal(60000,
        answered("token", 400, entra_error("invalid_request", 50196)).retry_after_ms)
      assert.equal(90000, answered("token", 400, entra_error("invalid_request", 50196),
        { ["retry-after"] = "90" }).retry_after_ms)
    end)

    it("does not answer at a wrong authority", function()
      check({ "misconfigured", "run", "wrong authority" }, answered("token", 404))
      check({ "misconfigured", "run", "bad token request" }, answered("token", 403))
      check({ "refused", "run", "answered by a proxy" }, answered("token", 403, "<html>"))
    end)
  end)

  describe("of a nested body", function()
    local bodies = {
      ["the deepest known code"] = { '{"error":{"code":"BotDisabledByAdmin","innerError":'
        .. '{"code":"ConversationBlockedByUser"}}}', "ConversationBlockedByUser" },
      ["a known code outside an unknown one"] = { '{"error":{"code":"BotDisabledByAdmin",'
        .. '"innererror":{"code":"Whatever"}}}', "BotDisabledByAdmin" },
      ["the deepest code when none is known"] = { '{"error":{"code":"A","innererror":'
        .. '{"code":"B","innerError":{"code":"C"}}}}', "C" },
      ["a code in innerHttpError"] = { '{"error":{"code":"x","innerHttpError":'
        .. '{"statusCode":403,"body":{"errorCode":209}}}}', "209" },
      ["a code before its inner errors in the text"] = { '{"error":{"innerError":'
        .. '{"code":"ConversationBlockedByUser"},"code":"BotDisabledByAdmin"}}',
        "ConversationBlockedByUser" },
      ["keys in any letters"] = { '{"Error":{"Code":"BotDisabledByAdmin"}}',
        "BotDisabledByAdmin" },
      ["no code that is not text or number"] = { '{"error":{"code":{"code":"x"},"message":[]}}' },
      ["nothing in an array"] = { '[{"code":"BotDisabledByAdmin"}]' },
    }
    for what, case in pairs(bodies) do
      it("takes " .. what, function()
        assert.equal(case[2], answered("send", 403, case[1]).code)
      end)
    end

    it("joins the messages from the outside in", function()
      local found = answered("install", 403, '{"error":{"code":"Forbidden","message":"Forbidden",'
        .. '"innerError":{"message":"App is blocked by app permission policy",'
        .. '"innerError":{"message":"Forbidden"}}}}')
      assert.equal("Forbidden: App is blocked by app permission policy", found.text)
      assert.equal("blocked by policy", found.reason)
    end)

    it("stops at a depth", function()
      local body = ('{"innerError":'):rep(1000) .. '{"code":"x"}' .. ("}"):rep(1000)
      local found = answered("send", 403, body)
      check({ "refused", "recipient", "refused" }, found)
      body = ('{"innerError":'):rep(8) .. '{"code":"x"}' .. ("}"):rep(8)
      assert.equal("x", answered("send", 403, body).code)
      check({ "refused", "recipient", "refused" },
        answered("send", 403, ("["):rep(100000)))
    end)

    it("stops at a size", function()
      local found = answered("send", 403,
        '{"error":{"code":"BotDisabledByAdmin"},"x":"' .. ("x"):rep(300 * 1024) .. '"}')
      check({ "refused", "recipient", "refused" }, found)
      assert.equal(300, #found.text)
    end)

    it("survives what is not JSON", function()
      for _, body in ipairs({ '{"error":{"code":"BotDis', "null", "12", '"text"', "\0\0", "{}",
        '{"error":null}', '{"error":12}', '{"error":""}', '{"message":null}', '{"code":""}' }) do
        check({ "refused", "recipient", "refused" }, answered("send", 403, body))
      end
    end)
  end)

  describe("text", function()
    local function text(message)
      return answered("send", 403, '{"message":"' .. message .. '"}').text
    end

    it("is cut at 300 bytes, between two characters", function()
      assert.equal(("x"):rep(300), text(("x"):rep(1000)))
      assert.equal("x" .. ("\195\164"):rep(149), text("x" .. ("\195\164"):rep(400)))
    end)

    it("has no control characters", function()
      assert.equal("a b c?d?e ?f", text([[a\tb\nc\u001bd\u0085e\u0000\u202ef]]))
      assert.equal("raw ?? bytes", answered("send", 403, "raw \255\1 bytes").text)
    end)

    it("has no tokens or secrets", function()
      local jwt = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"
      assert.equal("got [removed] here", text("got " .. jwt .. " here"))
      assert.equal("Authorization: Bearer [removed], x",
        text("Authorization: Bearer 0123456789abcdef0123, x"))
      assert.equal("client_secret=[removed]&x", text("client_secret=abc~def-123_456.789&x"))
      assert.equal("client_assertion='[removed]'", text("client_assertion='0123456789abcdef'"))
      assert.equal("Bearer token is missing", text("Bearer token is missing"))
      assert.equal("must contain 'client_assertion' or 'client_secret'.",
        text("must contain 'client_assertion' or 'client_secret'."))
    end)

    it("is the code when there are no words", function()
      assert.equal("MessageWritesBlocked", answered("send", 403,
        [[{"errorCode":209,"message":"{\"subCode\":\"MessageWritesBlocked\"}"}]]).text)
    end)

    it("bounds codes and request ids too", function()
      local found = answered("send", 403, bot_error(("C"):rep(200)),
        { ["ms-cv"] = ("r"):rep(500) .. "\n" })
      assert.equal(("C"):rep(63), found.code)
      assert.equal(("r"):rep(127), found.request_id)
    end)
  end)

  describe("retry_after_ms", function()
    local function wait(retry_after, date)
      return answered("send", 429, "", { ["retry-after"] = retry_after, date = date })
        .retry_after_ms
    end

    local cases = {
      { "0", nil, 0 },
      { "1", nil, 1000 },
      { "17", nil, 17000 },
      { "1.2001", nil, 1201 },
      { "0.0001", nil, 1 },
      { "3600", nil, 3600000 },
      { "3601", nil, 3600000 },
      { "99999999999999999999999999", nil, 3600000 },
      { "-1", nil, nil },
      { "", nil, nil },
      { "soon", nil, nil },
      { "1x", nil, nil },
      { "1.", nil, nil },
      -- HTTP-date in its three forms, reckoned from the answer's Date
      { "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:27:30 GMT", 30000 },
      { "Wednesday, 21-Oct-15 07:28:00 GMT", "Wed, 21 Oct 2015 07:27:30 GMT", 30000 },
      { "Wed Oct 21 07:28:00 2015", "Wed, 21 Oct 2015 07:27:30 GMT", 30000 },
      { "Thu Oct  1 00:00:10 2015", "Wed, 30 Sep 2015 23:59:59 GMT", 11000 },
      { "Sat, 01 Mar 2025 00:00:00 GMT", "Fri, 28 Feb 2025 23:59:59 GMT", 1000 },
      { "Fri, 01 Mar 2024 00:00:00 GMT", "Thu, 29 Feb 2024 23:59:59 GMT", 1000 },
      { "Thu, 01 Jan 2026 00:00:00 GMT", "Wed, 31 Dec 2025 23:59:58 GMT", 2000 },
      { "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:29:00 GMT", 0 },
      { "Wed, 21 Oct 2015 09:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 3600000 },
      -- without a usable Date, from the time that is told
      { "Tue, 14 Nov 2023 22:13:25 GMT", nil, 5000 },
      { "Tue, 14 Nov 2023 22:13:25 GMT", "yesterday", 5000 },
      { "Tue, 14 Nov 2023 22:13:15 GMT", nil, 0 },
      -- ISO 8601
      { "2023-11-14T22:13:25Z", nil, 5000 },
      { "2023-11-14T22:13:25.0000001Z", nil, 5001 },
      { "2023-11-14T23:13:25.5+01:00", nil, 5500 },
      { "2023-11-14T17:13:25-05:00", nil, 5000 },
      { "2023-11-14T22:13:25", nil, nil },
      { "2023-11-14", nil, nil },
      { "2023-13-14T22:13:25Z", nil, nil },
      { "2023-11-14T22:13:25Zx", nil, nil },
      { "2023-11-14T22:13:25+1:00", nil, nil },
      { "2023-11-14T25:13:25Z", nil, nil },
      { "Wed, 32 Oct 2015 07:28:00 GMT", nil, nil },
      { "Wed, 21 Abc 2015 07:28:00 GMT", nil, nil },
      { "Wed, 21 Oct 2015 07:28:00 CET", nil, nil },
      { "Wed, 21 Oct 2015 07:28", nil, nil },
    }
    for i, case in ipairs(cases) do
      it(("%d: %q after %s is %s"):format(i, case[1], tostring(case[2]), tostring(case[3])),
        function()
          assert.equal(case[3], wait(case[1], case[2]))
        end)
    end
  end)

  it("takes a request in place of the operation's name", function()
    local response = { status = 404, sent = true, body = "", headers = {} }
    assert.same(classify("create", response), classify({ operation = "create" }, response))
  end)

  it("raises on misuse", function()
    assert.has_error(function() classify("dance", {}) end)
    assert.has_error(function() classify({}, {}) end)
    assert.has_error(function() classify(nil, {}) end)
    assert.has_error(function() classify("send", nil) end)
    assert.has_error(function() outcome.classify("send", {}) end)
  end)
end)

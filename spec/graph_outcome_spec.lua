local outcome = require("crier.core").outcome

local NOW_MS = 1700000000000

local function answered(operation, status, body, headers)
  return outcome.classify(operation, { status = status, sent = true, body = body or "",
    headers = headers }, NOW_MS)
end

local function failure(code, message, inner)
  return ('{"error":{"code":"%s","message":"%s","innerError":{"code":"%s"}}}')
    :format(code, message or "", inner or "")
end

local function check(expected, found)
  assert.same(expected, { found.kind, found.scope, found.reason, found.code })
  assert.truthy(#found.remedy > 0)
end

local DENIED = failure("Authorization_RequestDenied", "Insufficient privileges to complete.")
local MISSING = failure("Forbidden", "Missing role permissions on the request. API requires one"
  .. " of 'x'")

-- The permission that a remedy names when the operation is denied.
local LACKS = {
  users = "User.Read.All", user = "User.Read.All", delta = "User.Read.All",
  resolve = "Directory.Read.All", groups = "GroupMember.Read.All",
  group = "GroupMember.Read.All", group_members = "GroupMember.Read.All",
  teams = "Team.ReadBasic.All", team = "Team.ReadBasic.All",
  team_members = "TeamMember.Read.All", channels = "Channel.ReadBasic.All",
  primary_channel = "Channel.ReadBasic.All", catalog = "AppCatalog.Read.All",
  installation = "TeamsAppInstallation.ReadWriteSelfForUser.All",
  install = "TeamsAppInstallation.ReadWriteSelfForUser.All",
  upgrade = "TeamsAppInstallation.ReadWriteSelfForUser.All",
  uninstall = "TeamsAppInstallation.ReadWriteSelfForUser.All",
  chat = "TeamsAppInstallation.ReadWriteSelfForUser.All", find_chat = "Chat.ReadBasic.All",
  publish = "AppCatalog.ReadWrite.All", update_app = "AppCatalog.ReadWrite.All",
  review = "AppCatalog.ReadWrite.All", unpublish = "AppCatalog.ReadWrite.All",
  notify = "TeamsActivity.Send", notify_many = "TeamsActivity.Send",
}

-- Listings, which are forbidden for everybody or for nobody.
local WHOLE = {}
for name in ("users delta resolve groups group group_members teams team team_members channels"
  .. " primary_channel catalog publish update_app review unpublish"):gmatch "%S+" do
  WHOLE[name] = true
end

describe("crier.core.outcome of Graph", function()
  for operation, permission in pairs(LACKS) do
    it("names the permission that " .. operation .. " lacks", function()
      for _, body in ipairs { DENIED, MISSING, failure("x", "Missing scope permissions") } do
        local found = answered(operation, 403, body)
        assert.same({ "misconfigured", "run", "consent missing" },
          { found.kind, found.scope, found.reason })
        assert.is_not_nil(found.remedy:find(permission, 1, true), found.remedy)
      end
      local bare = answered(operation, 403)
      assert.equal(WHOLE[operation] and "misconfigured" or "refused", bare.kind)
    end)
  end

  it("names the right to consent where Graph asks for that", function()
    local function asked(operation, code, list)
      local found = answered(operation, 403, failure(code,
        "Missing role permissions on the request. API requires one of '" .. list .. "'."))
      assert.equal("consent missing", found.reason)
      return found.remedy
    end
    local consents = "TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All"
    local both = "TeamsAppInstallation.ReadWriteSelfForUser.All, " .. consents
    for _, operation in ipairs { "install", "upgrade" } do
      for _, code in ipairs { "Forbidden", "UnknownError" } do
        assert.is_truthy(asked(operation, code, consents):find(consents, 1, true))
      end
      local lesser = asked(operation, "Forbidden", both)
      assert.is_truthy(lesser:find("ReadWriteSelfForUser", 1, true))
      assert.is_nil(lesser:find("AndConsent", 1, true))
    end
  end)

  local rows = {
    -- operation, status, body, kind, scope, reason, code
    { "upgrade", 404, failure("NotFound"), "absent", "recipient", "not installed", "NotFound" },
    { "chat", 404, failure("NotFound"), "absent", "recipient", "not installed", "NotFound" },
    { "uninstall", 404, failure("NotFound"), "already", "recipient", "not installed", "NotFound" },
    { "unpublish", 404, failure("NotFound"), "already", "run", "not in the catalog", "NotFound" },
    { "find_chat", 404, failure("NotFound"), "absent", "recipient", "no such user", "NotFound" },
    { "notify", 404, failure("NotFound"), "absent", "recipient", "not installed", "NotFound" },
    { "notify", 403, failure("Forbidden", "Ensure that the expected Teams app is installed in"
      .. " the target scope (user, team, or chat)."), "absent", "recipient", "not installed",
      "Forbidden" },
    { "group", 404, failure("Request_ResourceNotFound"), "absent", "run", "no such group",
      "Request_ResourceNotFound" },
    { "group_members", 404, failure("Request_ResourceNotFound"), "absent", "run",
      "no such group", "Request_ResourceNotFound" },
    { "team", 404, failure("NotFound"), "absent", "run", "no such team", "NotFound" },
    { "team_members", 404, failure("NotFound"), "absent", "run", "no such team", "NotFound" },
    { "channels", 404, failure("NotFound"), "absent", "run", "no such team", "NotFound" },
    { "primary_channel", 404, failure("NotFound"), "absent", "run", "no such team", "NotFound" },
    { "update_app", 404, failure("NotFound"), "absent", "app", "no such app", "NotFound" },
    { "review", 404, failure("NotFound"), "absent", "app", "no such app", "NotFound" },
    { "install", 409, failure("Conflict"), "already", "recipient", "already installed",
      "Conflict" },
    { "notify", 409, failure("Conflict"), "refused", "recipient", "app installed twice",
      "Conflict" },
    { "publish", 409, failure("Conflict", "", "AppDefinitionAlreadyExists"), "refused", "app",
      "already in the catalog", "AppDefinitionAlreadyExists" },
    { "update_app", 409, failure("Conflict", "", "AppDefinitionAlreadyExists"), "refused", "app",
      "version exists", "AppDefinitionAlreadyExists" },
    { "update_app", 409, failure("Conflict"), "refused", "app", "version exists", "Conflict" },
    { "review", 412, failure("PreconditionFailed"), "stale", "run", "changed meanwhile",
      "PreconditionFailed" },
    { "review", 409, failure("resourceModified"), "stale", "run", "changed meanwhile",
      "resourceModified" },
    { "notify_many", 412, failure("PreconditionFailed"), "unauthorized", "run", "token too old",
      "PreconditionFailed" },
    { "find_chat", 412, failure("PreconditionFailed",
      "Requested API is not supported in application-only context"), "misconfigured", "run",
      "not supported app-only", "PreconditionFailed" },
    { "install", 400, failure("BadRequest",
      "The required permissions have not been consented to", "InvalidRequest"), "misconfigured",
      "run", "consent missing", "InvalidRequest" },
    { "publish", 400, failure("BadRequest"), "refused", "app", "package refused", "BadRequest" },
    { "update_app", 400, failure("BadRequest", "x", "UnableToParseTeamsAppManifest"), "refused",
      "app", "package refused", "UnableToParseTeamsAppManifest" },
    { "delta", 410, failure("resyncRequired"), "stale", "run", "listing expired",
      "resyncRequired" },
    { "delta", 410, "", "stale", "run", "listing expired" },
    { "install", 403, failure("quotaLimitReached"), "refused", "recipient", "quota reached",
      "quotaLimitReached" },
    { "batch", 400, failure("BadRequest"), "refused", "run", "bad request", "BadRequest" },
    { "notify", 429, failure("TooManyRequests"), "throttled", "app", "throttled",
      "TooManyRequests" },
    { "notify", 500, "", "ambiguous", "recipient", "service error" },
    { "notify_many", 504, "", "ambiguous", "recipient", "no answer" },
  }
  for _, operation in ipairs { "delta", "groups", "group_members", "teams", "team_members",
    "channels" } do
    rows[#rows + 1] = { operation, 400, failure("BadRequest"), "refused", "run", "bad query",
      "BadRequest" }
  end
  for i, row in ipairs(rows) do
    it(("%d: %s %d %s is %s"):format(i, row[1], row[2], row[7] or "without a code", row[4]),
      function()
        check({ row[4], row[5], row[6], row[7] }, answered(row[1], row[2], row[3]))
      end)
  end

  it("takes every success of calls without a document", function()
    for _, operation in ipairs { "install", "upgrade", "uninstall", "update_app", "review",
      "unpublish", "notify", "notify_many" } do
      for _, status in ipairs { 200, 201, 202, 204 } do
        assert.equal("ok", answered(operation, status).kind)
      end
    end
  end)

  it("has the id of a chat", function()
    local found = answered("chat", 200, '{"@odata.context":"x","id":"19:a_b@unq.gbl.spaces"}')
    assert.same({ "ok", "19:a_b@unq.gbl.spaces" }, { found.kind, found.id })
    assert.equal("transient", answered("chat", 200, "{}").kind)
  end)

  describe("when a package is published", function()
    it("takes 200 and 201 for a success", function()
      for _, status in ipairs { 200, 201 } do
        assert.equal("ok", answered("publish", status, '{"id":"c","externalId":"m",'
          .. '"displayName":"A","distributionMethod":"organization"}').kind)
      end
    end)

    it("finds the manifest's faults under 200 too", function()
      for _, operation in ipairs { "publish", "update_app" } do
        local found = answered(operation, 200, '{"error":{"code":"BadRequest","message":"Bad.",'
          .. '"innerError":{"code":"UnableToParseTeamsAppManifest","message":"Bad.","details":['
          .. '{"code":"SchemaError_Required","message":"Required.","target":"name"},'
          .. '{"code":"SchemaError_Pattern","message":"No match.","target":"developer.url"},'
          .. '{"message":"Odd."},{"target":"x"},7,{"message":"Required."}]}}}')
        check({ "refused", "app", "package refused", "UnableToParseTeamsAppManifest" }, found)
        assert.equal(200, found.status)
        assert.equal("Bad.; name: Required.; developer.url: No match.; Odd.", found.text)
      end
    end)

    it("does not repeat faults that the message has", function()
      assert.equal("name | Required.", answered("publish", 400, '{"error":{"code":"BadRequest",'
        .. '"message":"name | Required.","details":[{"message":"Required.","target":"name"}]}}')
        .text)
    end)

    it("survives details that are none", function()
      for _, details in ipairs { "{}", "7", "null", '"x"', "[[]]", "[{}]" } do
        assert.equal("m", answered("publish", 400,
          '{"error":{"code":"c","message":"m","details":' .. details .. "}}").text)
      end
    end)
  end)
end)

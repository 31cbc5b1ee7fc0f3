-- A secret that is changed while a campaign runs, and the campaign that does
-- not notice.
local cjson = require "cjson"
local trial = require "support.trial"

describe("a secret that expires in the middle of a run", function()
  local made

  after_each(function()
    made.stage:close()
  end)

  -- After a while the oldest secret expires; `write` says what the file has then.
  local function run(secrets, write)
    made = trial.new(trial.script "install = true", {
      users = 1500, token_lifetime_s = 20, secrets = secrets,
      started = trial.after(15000, function(_, stage)
        local answer = stage.simulator:answer({ method = "POST", headers = {},
          url = "http://127.0.0.1:1/_sandbox/rotate" }, stage.clock.now_ms())
        write(stage, cjson.decode(answer.body).secrets)
      end),
    })
    local stage = made.stage
    stage:write("secrets", stage.env.AZURE_CLIENT_SECRET .. "\n")
    stage.env.AZURE_CLIENT_SECRET_FILE = stage.path .. "/secrets"
    stage.env.AZURE_CLIENT_SECRET = nil
    return made:run()
  end

  it("goes on with the new one in the file", function()
    local ending = run(1, function(stage, secrets)
      stage:write("secrets", secrets[1] .. "\n")
    end)
    assert.equal(0, ending.exit, ending.why)
    local problems, counts = made:compare()
    assert.same({}, problems)
    assert.is_true(counts.delivered > 1000)
    assert.is_true(made.stage:stats().operations.token["401"] == nil
      or made.stage:stats().operations.token["401"] < 4)
  end)

  it("stops with 77 and what to do when nobody brings a new one, and goes on later", function()
    local later
    local ending = run(1, function(_, secrets)
      later = secrets[1]
    end)
    assert.equal(77, ending.exit)
    assert.matches("AADSTS7000222", ending.why .. (ending.code or ""))
    made.stage:write("secrets", later)
    ending = made:rerun()
    assert.equal(0, ending.exit, ending.why)
    assert.same({}, (made:compare()))
  end)
end)

local core = require "crier.core"
local rawserver = require "support.rawserver"

describe("crier.core.peer", function()
  local server

  after_each(function()
    if server then
      server:stop()
      server = nil
    end
  end)

  it("tells whose certificate a host shows, and sends it nothing", function()
    server = rawserver.start { "tls", "read", "hang" }
    local found = assert(core.peer.look(server.secure_url .. "/a?b=c"))
    assert.equal("CN = rawserver", found.subject)
    assert.equal(found.subject, found.issuer) -- nobody else signed it
    assert.matches("%d%d%d%d", found.expires)
    assert.same({}, server:events "request")
  end)

  it("finds none behind http, nor where nobody speaks TLS", function()
    server = rawserver.start { "close" }
    for _, url in ipairs { server.url, server.secure_url, "https://a b/", "" } do
      assert.same({ nil, "the host shows no certificate", "NO_CERTIFICATE" },
        { core.peer.look(url) })
    end
  end)
end)

rockspec_format = "3.0"
package = "crier-server"
version = "dev-1"
source = { url = "git+https://example.invalid/crier.git" }
description = {
  summary = "The listening side of crier: sandbox and webhook",
  detailed = [[
Adds the C module crier.server to the rock crier, whose Lua modules use it.]],
  homepage = "https://example.invalid/crier",
  license = "MIT",
}
dependencies = { "lua >= 5.1, < 5.5", "crier" }
external_dependencies = { MICROHTTPD = { header = "microhttpd.h" } }
-- LuaRocks' own builder would copy lua/ as well, over the files of crier.
build = {
  type = "make",
  build_target = "build/rock/crier/server.so",
  build_variables = {
    BUILD = "build/rock",
    CFLAGS = "$(CFLAGS)",
    LUA_CFLAGS = "-I$(LUA_INCDIR)",
  },
  install_pass = false,
  install = { lib = { ["crier.server"] = "build/rock/crier/server.so" } },
}
test = { type = "command", command = "make test" }

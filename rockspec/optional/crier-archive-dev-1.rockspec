rockspec_format = "3.0"
package = "crier-archive"
version = "dev-1"
source = { url = "git+https://example.invalid/crier.git" }
description = {
  summary = "Teams app packages for crier: new, pack and publish",
  detailed = [[
Adds the C module crier.archive to the rock crier, whose Lua modules use it.]],
  homepage = "https://example.invalid/crier",
  license = "MIT",
}
dependencies = { "lua >= 5.1, < 5.5", "crier" }
external_dependencies = {
  ZIP = { header = "zip.h" },
  PNG = { header = "png.h" },
}
-- LuaRocks' own builder would copy lua/ as well, over the files of crier.
build = {
  type = "make",
  build_target = "build/rock/crier/archive.so",
  build_variables = {
    BUILD = "build/rock",
    CFLAGS = "$(CFLAGS)",
    LUA_CFLAGS = "-I$(LUA_INCDIR)",
  },
  install_pass = false,
  install = { lib = { ["crier.archive"] = "build/rock/crier/archive.so" } },
}
test = { type = "command", command = "make test" }

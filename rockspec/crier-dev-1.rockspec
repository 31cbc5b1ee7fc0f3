rockspec_format = "3.0"
package = "crier"
version = "dev-1"
source = { url = "git+https://example.invalid/crier.git" }
description = {
  summary = "Sends proactive Microsoft Teams messages",
  detailed = [[
Installs a bot's app for people through Microsoft Graph, finds or creates each
person's chat, and delivers a personalised message to all of them at the rate
that Teams allows, losing nobody and sending to nobody twice.]],
  homepage = "https://example.invalid/crier",
  license = "MIT",
}
dependencies = { "lua >= 5.1, < 5.5", "lua-cjson" }
-- Debian keeps curl.h where LuaRocks does not look, but every compiler does.
external_dependencies = {
  CURL = { library = "curl" },
  JANSSON = { header = "jansson.h" },
  SQLITE = { header = "sqlite3.h" },
  CJOSE = { header = "cjose/cjose.h" },
  CRYPTO = { header = "openssl/crypto.h" },
}
-- Beside these modules, LuaRocks copies all of lua/.
build = {
  type = "builtin",
  modules = {
    ["crier.core"] = {
      sources = {
        "src/bind/bind.c",
        "src/bind/lcertificate.c",
        "src/bind/lclock.c",
        "src/bind/lcloud.c",
        "src/bind/lconnector.c",
        "src/bind/lcore.c",
        "src/bind/lfs.c",
        "src/bind/lgraph.c",
        "src/bind/lkeyset.c",
        "src/bind/llock.c",
        "src/bind/loutcome.c",
        "src/bind/lpacer.c",
        "src/bind/lpeer.c",
        "src/bind/lsending.c",
        "src/bind/lsignal.c",
        "src/bind/lsqlite.c",
        "src/bind/ltext.c",
        "src/bind/ltoken.c",
        "src/bind/ltransport.c",
        "src/bind/wire.c",
        "src/core/budget.c",
        "src/core/budgets.c",
        "src/core/buffer.c",
        "src/core/certificate.c",
        "src/core/clock.c",
        "src/core/cloud.c",
        "src/core/connector.c",
        "src/core/credential.c",
        "src/core/errorbody.c",
        "src/core/exchange.c",
        "src/core/fs.c",
        "src/core/graph.c",
        "src/core/jwk.c",
        "src/core/keyfile.c",
        "src/core/keyset.c",
        "src/core/lock.c",
        "src/core/origin.c",
        "src/core/outcome.c",
        "src/core/pacer.c",
        "src/core/peer.c",
        "src/core/reply.c",
        "src/core/request.c",
        "src/core/retryafter.c",
        "src/core/rows_common.c",
        "src/core/rows_connector.c",
        "src/core/rows_graph.c",
        "src/core/rows_token.c",
        "src/core/sending.c",
        "src/core/signal.c",
        "src/core/sqlite.c",
        "src/core/text.c",
        "src/core/token.c",
        "src/core/transport.c",
        "src/core/verdict.c",
      },
      defines = { "_POSIX_C_SOURCE=200809L", "_DEFAULT_SOURCE" },
      libraries = { "curl", "jansson", "sqlite3", "cjose", "crypto" },
      incdirs = {
        "$(CURL_INCDIR)",
        "$(JANSSON_INCDIR)",
        "$(SQLITE_INCDIR)",
        "$(CJOSE_INCDIR)",
        "$(CRYPTO_INCDIR)",
      },
      libdirs = {
        "$(CURL_LIBDIR)",
        "$(JANSSON_LIBDIR)",
        "$(SQLITE_LIBDIR)",
        "$(CJOSE_LIBDIR)",
        "$(CRYPTO_LIBDIR)",
      },
    },
  },
}
test = { type = "command", command = "make test" }

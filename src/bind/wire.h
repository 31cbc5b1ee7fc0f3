/* wire.h - requests, responses and outcomes as plain Lua tables, and the
 * userdata that several nouns share.
 *
 * Nothing here holds allocated memory across a Lua call that can raise:
 * requests are built in buffers that a userdata owns. */
#ifndef CRIER_WIRE_H
#define CRIER_WIRE_H

#include "bind.h"

#include "../core/cloud.h"
#include "../core/credential.h"
#include "../core/outcome.h"
#include "../core/request.h"
#include "../core/token.h"

#define CLOUD_TYPE "crier.endpoints"
#define TOKEN_TYPE "crier.token"
#define CREDENTIAL_TYPE "crier.credential"

/* The token at `index`; raises on anything else. */
token *wire_check_token(lua_State *L, int index);

/* Pushes the userdata of a token, or of a credential, that is still to be
 * made: NULL. */
token **wire_push_token(lua_State *L);
credential **wire_push_credential(lua_State *L);

/* The endpoints in field `endpoints` of the table at `index`. */
cloud *wire_check_endpoints(lua_State *L, int index);

/* The time in milliseconds at `index`. */
int64_t wire_check_ms(lua_State *L, int index);

/* The text at `index`, which the stack keeps alive; the second takes nil and
 * none as "not given". */
struct slice wire_check_slice(lua_State *L, int index);
struct slice wire_opt_slice(lua_State *L, int index);

/* Sets field `key` of the table on top. */
void wire_set_text(lua_State *L, const char *key, const char *text);

/* Pushes a request table.  `token_ref` is a registry reference or LUA_NOREF;
 * the body is the string at stack index `body` when that is not 0, else the
 * one in `request`. */
void wire_push_request(lua_State *L, const struct request *request,
                       int token_ref, int body);

/* Pushes nil, text, name for a request that could not be built; returns 3. */
int wire_push_failure(lua_State *L, enum request_status status);

/* Reads the response table at `index` into `out`, which borrows from it.
 * `service` decides which header names the request. */
void wire_check_response(lua_State *L, int index, enum service service,
                         struct response *out);

/* Pushes an outcome table. */
void wire_push_outcome(lua_State *L, const struct outcome *outcome);

/* What graph and connector have in common: a builder owns the memory of its
 * requests, shares the endpoints, and pins the token that goes along. */
struct builder {
  cloud *cloud; /* owned reference; NULL until it is made */
  int token_ref;
  struct request request;
};

/* Pushes a userdata of `size` bytes that begins with a struct builder, made
 * from fields `endpoints` and `token` of the table at `index`. */
void *wire_push_builder(lua_State *L, size_t size, const char *type, int index);

/* __gc of every builder. */
int wire_builder_gc(lua_State *L);

/* Pushes the request that was built, or its failure; returns the number of
 * results.  `body` as in wire_push_request(). */
int wire_push_built(lua_State *L, const struct builder *builder,
                    enum request_status status, int body);

#endif

/* bind.h - what every file of src/bind shares.
 *
 * One file binds one noun of src/core: `l<noun>.c` defines
 * crier_open_<noun>(), which pushes the noun's table of functions. */
#ifndef CRIER_BIND_H
#define CRIER_BIND_H

#include "compat.h"

#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define CRIER_NOUNS(X) \
  X(activity)          \
  X(certificate)       \
  X(clock)             \
  X(cloud)             \
  X(connector)         \
  X(credential)        \
  X(device_code)       \
  X(fs)                \
  X(graph)             \
  X(keyset)            \
  X(lock)              \
  X(outcome)           \
  X(pacer)             \
  X(pattern)           \
  X(peer)              \
  X(signal)            \
  X(signer)            \
  X(sqlite)            \
  X(text)              \
  X(token)             \
  X(transport)         \
  X(verifier)
/* clang-format on */

#define X(noun) int crier_open_##noun(lua_State *L);
CRIER_NOUNS(X)
#undef X

/* Pushes nil, `message`, `code`: the shape of every expected failure.
 * Returns 3, so that a bound function can end with `return bind_fail(…)`. */
int bind_fail(lua_State *L, const char *message, const char *code);

/* Makes the metatable `type` with the `methods` under __index and the
 * `metamethods` in itself.  Pops nothing, pushes nothing; a second call for
 * the same type does nothing. */
void bind_class(lua_State *L, const char *type, const luaL_Reg *methods,
                const luaL_Reg *metamethods);

/* Reads field `key` of the table at `index` as text that the table keeps
 * alive; NULL when absent.  Raises on another type. */
const char *bind_field(lua_State *L, int index, const char *key,
                       size_t *length);

/* As bind_field(), but raises when the field is absent. */
const char *bind_needed_field(lua_State *L, int index, const char *key,
                              size_t *length);

/* Reads field `key` of the table at `index` as a whole number between `least`
 * and `most`; `otherwise` when absent.  Raises on anything else. */
int64_t bind_integer_field(lua_State *L, int index, const char *key,
                           int64_t least, int64_t most, int64_t otherwise);

/* Pushes a whole number: an integer where Lua has them, else a number. */
void bind_push_integer(lua_State *L, int64_t value);

#endif

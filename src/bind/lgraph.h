/* lgraph.h - what the files of the Graph builder share.
 *
 * lgraph.c makes the class, each noun's file has a list of its methods, and
 * lgraph_args.c reads what several of them take. */
#ifndef CRIER_LGRAPH_H
#define CRIER_LGRAPH_H

#include "wire.h"

#include "../core/graph.h"

#define LGRAPH_TYPE "crier.graph"

extern const luaL_Reg lgraph_directory[];
extern const luaL_Reg lgraph_teams[];
extern const luaL_Reg lgraph_apps[];
extern const luaL_Reg lgraph_catalog[];
extern const luaL_Reg lgraph_notify[];
extern const luaL_Reg lgraph_batch[];

/* Makes the class that holds a batch's answer while it is read. */
void lgraph_open_batch(lua_State *L);

/* responses = core.graph.batch_responses(body, count): one for each part, in
 * the order of the request; nil, message, code when the body is no batch's */
int lgraph_batch_responses(lua_State *L);

/* The builder at index 1. */
struct builder *lgraph_check(lua_State *L);

/* Pushes what was built, with the body that it has; returns the number of
 * results. */
int lgraph_push(lua_State *L, const struct builder *self,
                enum request_status status);

/* Raises when the table at `index`, if there is one, has a field whose name is
 * not in `known`, which ends with NULL. */
void lgraph_options(lua_State *L, int index, const char *const *known);
#define LGRAPH_OPTIONS(L, index, ...)                                          \
  lgraph_options(L, index, (const char *const[]){__VA_ARGS__, NULL})

/* Whether field `key` of the table at `index`, if there is one, is true. */
bool lgraph_flag(lua_State *L, int index, const char *key);

/* Text in field `key` of the table at `index`, if there is one. */
struct slice lgraph_text(lua_State *L, int index, const char *key);

/* Reads `{ select =, filter =, top =, advanced = }` at `index`, or nothing;
 * `top` is what a listing has when nobody says. */
struct graph_listing lgraph_listing(lua_State *L, int index, int top);

/* The array of 1 to `most` strings at `index`, which stays where it is: it
 * keeps the texts alive, and what this pushes keeps the slices. */
const struct slice *lgraph_texts(lua_State *L, int index, size_t most,
                                 size_t *count);

/* The place at `index`: the id or UPN of a user, or a table with one of `user`,
 * `team`, `chat`. */
struct graph_place lgraph_place(lua_State *L, int index);

#endif

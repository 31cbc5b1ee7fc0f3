#include "wire.h"

#include "../core/file.h"

static credential *check(lua_State *L) {
  credential **self = luaL_checkudata(L, 1, CREDENTIAL_TYPE);
  luaL_argcheck(L, *self, 1, "credential was not made");
  return *self;
}

credential **wire_push_credential(lua_State *L) {
  credential **self = lua_newuserdatauv(L, sizeof(*self), 0);
  *self = NULL; /* empty first: nothing leaks if a later step raises */
  luaL_setmetatable(L, CREDENTIAL_TYPE);
  return self;
}

static struct slice slice_field(lua_State *L, const char *key) {
  struct slice s = {NULL, 0};
  s.text = bind_field(L, 1, key, &s.length);
  return s;
}

static bool flag_field(lua_State *L, const char *key) {
  lua_getfield(L, 1, key);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

static bool check_algorithm(lua_State *L) {
  const char *algorithm = bind_field(L, 1, "algorithm", NULL);
  bool is_rs256 = algorithm && strcmp(algorithm, "RS256") == 0;
  luaL_argcheck(L, !algorithm || is_rs256 || strcmp(algorithm, "PS256") == 0, 1,
                "algorithm must be 'PS256' or 'RS256'");
  return is_rs256;
}

static void read_kind(lua_State *L, struct credential_options *options) {
  const char *kind = bind_needed_field(L, 1, "kind", NULL);
  luaL_argcheck(L, credential_kind_find(kind, &options->kind), 1,
                "unknown kind of credential");
  switch (options->kind) {
  case CREDENTIAL_SECRET:
    options->secret.text =
        bind_needed_field(L, 1, "secret", &options->secret.length);
    return;
  case CREDENTIAL_IDENTITY:
    options->is_assertion = flag_field(L, "as_assertion");
    options->identity = (struct identity_options){
        .client_id = slice_field(L, "client_id"),
        .endpoint = slice_field(L, "endpoint"),
        .header = slice_field(L, "header"),
        .host = slice_field(L, "host"),
        .is_known = flag_field(L, "is_known"),
    };
    return;
  default:
    options->path = bind_needed_field(L, 1, "path", NULL);
    options->read = file_read;
  }
}

/* credential, err, code = core.credential.new{ kind =, … }
 *   "secret": secret =            "secret file", "federated token": path =
 *   "certificate": path =, password =, algorithm = "PS256"|"RS256",
 *                  sends_chain =
 *   "managed identity": client_id =, endpoint =, header =, host =, is_known =,
 *                       as_assertion = */
static int lcredential_new(lua_State *L) {
  struct credential_options options = {0};
  char complaint[CREDENTIAL_COMPLAINT_MAX];
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  read_kind(L, &options);
  options.password = bind_field(L, 1, "password", NULL);
  options.is_rs256 = check_algorithm(L);
  options.sends_chain = flag_field(L, "sends_chain");
  credential **self = wire_push_credential(L);
  *self = credential_new(&options, complaint);
  return *self ? 1 : bind_fail(L, complaint, "CONFIG");
}

/* true | nil, err, code = credential:check(now_ms): whether its certificate is
 * valid then */
static int lcredential_check(lua_State *L) {
  credential *c = check(L);
  if (!credential_check(c, wire_check_ms(L, 2)))
    return bind_fail(L, credential_complaint(c), "CONFIG");
  lua_pushboolean(L, 1);
  return 1;
}

/* info = credential:info(): kind, and of a certificate thumbprint and
 * expires_at_ms */
static int lcredential_info(lua_State *L) {
  const credential *c = check(L);
  const char *thumbprint = credential_thumbprint(c);
  lua_createtable(L, 0, 3);
  wire_set_text(L, "kind", credential_kind_name(credential_kind_of(c)));
  if (thumbprint) {
    wire_set_text(L, "thumbprint", thumbprint);
    bind_push_integer(L, credential_expires_at_ms(c));
    lua_setfield(L, -2, "expires_at_ms");
  }
  return 1;
}

static int lcredential_gc(lua_State *L) {
  credential **self = luaL_checkudata(L, 1, CREDENTIAL_TYPE);
  credential_free(*self);
  *self = NULL;
  return 0;
}

static int lcredential_tostring(lua_State *L) {
  lua_pushfstring(L, CREDENTIAL_TYPE " (%s)",
                  credential_kind_name(credential_kind_of(check(L))));
  return 1;
}

static const luaL_Reg methods[] = {
    {"check", lcredential_check},
    {"info", lcredential_info},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", lcredential_gc},
    {"__tostring", lcredential_tostring},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", lcredential_new},
    {NULL, NULL},
};

int crier_open_credential(lua_State *L) {
  bind_class(L, CREDENTIAL_TYPE, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}

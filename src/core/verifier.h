/* verifier.h - who may tell the bot something: the check of an inbound call.
 *
 *   Authorization: Bearer <token>, activity, time  ->  claims, or why not
 *
 * "Authentication with the Bot Connector API" and ChannelValidation of the Bot
 * Framework SDK (read 2026-11-22).  A token is believed for nothing until one
 * of our keys has signed it; keys that it brings along are not looked at.  Two
 * sides may sign, each with issuers and a key set of its own:
 *
 *   BOT     the Bot Connector: its key must be endorsed for the activity's
 *           channel, and the claim `serviceurl` must be the activity's
 *   ENTRA   the bot's own tenant, where that is wanted: bound to the tenant
 *           (`tid`) and to the app that asks (`appid` or `azp`); such tokens
 *           say nothing of a service URL, which the hosts alone protect
 *
 * No I/O, no clock, no memory of tokens.  A verifier is used from one thread.
 * The caller of the bot is to be told the same whatever was wrong; the status
 * is for the log.  No status text holds anything of the token. */
#ifndef CRIER_VERIFIER_H
#define CRIER_VERIFIER_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "cloud.h"
#include "keyset.h"

enum {
  VERIFIER_SKEW_S = 300,   /* by which clocks may differ */
  VERIFIER_LIST_MAX = 64,  /* texts of one list */
  VERIFIER_TEXT_MAX = 512, /* bytes of one */
  VERIFIER_CLOUDS_MAX = 5, /* whose hosts are allowed */
  VERIFIER_TENANTS_OF = 2, /* places where an activity names its tenant */
};

/* clang-format off */
#define VERIFIER_STATUS_MAP(X)                                                \
  X(OK,                 "ok")                                                 \
  X(NOMEM,              "out of memory")                                      \
  X(LIST_FULL,          "is more than is kept of its kind, or too long")      \
  X(HEADER_MISSING,     "there is no Authorization header")                   \
  X(HEADER_MALFORMED,   "the Authorization header is not Bearer, one blank "  \
                        "and a token")                                        \
  X(TOO_LARGE,          "the token is larger than 16 KiB")                    \
  X(TOKEN_MALFORMED,    "the token is not what it should be")                 \
  X(ALGORITHM_REFUSED,  "the token is not signed as RS256")                   \
  X(CRITICAL_REFUSED,   "the token has critical headers")                     \
  X(CLAIM_MALFORMED,    "a claim is missing, or of the wrong type")           \
  X(ISSUER_REFUSED,     "the token is of another issuer")                     \
  X(KEY_UNKNOWN,        "the token names no key of the key set")              \
  X(SIGNATURE_WRONG,    "the token's signature does not match")               \
  X(AUDIENCE_REFUSED,   "the token is for another bot")                       \
  X(EXPIRED,            "the token has expired")                              \
  X(NOT_YET_VALID,      "the token is not valid yet")                         \
  X(ACTIVITY_MALFORMED, "the activity lacks what is verified, or has it in "  \
                        "another type")                                       \
  X(NOT_ENDORSED,       "the key does not speak for the activity's channel")  \
  X(CHANNEL_REFUSED,    "the activity's channel is not one of ours")          \
  X(SERVICE_URL_WRONG,  "the token is for another service URL than the "      \
                        "activity's")                                         \
  X(HOST_REFUSED,       "the activity's service URL is not on a host of the " \
                        "cloud")                                              \
  X(TENANT_REFUSED,     "the activity or the token is of another tenant")     \
  X(APP_REFUSED,        "the token was issued to another app")
/* clang-format on */

enum verifier_status {
#define X(name, text) VERIFIER_##name,
  VERIFIER_STATUS_MAP(X)
#undef X
};

/* The two that may sign. */
enum verifier_side { VERIFIER_BOT, VERIFIER_ENTRA, VERIFIER_SIDES };

/* What is allowed. */
enum verifier_list {
  VERIFIER_ISSUERS,       /* of the Bot Connector; exact */
  VERIFIER_ENTRA_ISSUERS, /* of the own tenant; exact */
  VERIFIER_CHANNELS,      /* of activities; exact */
  VERIFIER_TENANTS,       /* of activities, in any case; empty: all */
  VERIFIER_ENTRA_TENANTS, /* of Entra's tokens and their activities */
  VERIFIER_ENTRA_APPS,    /* that Entra's tokens were issued to; exact */
  VERIFIER_LISTS
};

/* What an activity says, borrowed; `text` NULL where it says nothing. */
struct verifier_activity {
  struct slice service_url;
  struct slice channel;
  struct slice tenants[VERIFIER_TENANTS_OF];
};

/* Gives what the activity says, which lives as long as the call that asks;
 * false when it is malformed.  Not to change the verifier. */
typedef bool verifier_read_fn(void *context, struct verifier_activity *out);

typedef struct verifier verifier;

/* Makes a verifier of tokens for the bot `client_id`, which accepts nothing
 * yet.  The caller frees it with verifier_free(). */
enum verifier_status verifier_new(verifier **out, struct slice client_id);

/* Frees.  NULL is allowed. */
void verifier_free(verifier *v);

/* Adds a text to a list. */
enum verifier_status verifier_allow(verifier *v, enum verifier_list list,
                                    struct slice text);

/* Allows the connector hosts of a cloud, which the verifier then shares. */
enum verifier_status verifier_allow_cloud(verifier *v, cloud *c);

/* Replaces the key set of a side.  On failure the old one stays. */
enum keyset_status verifier_set_keys(verifier *v, enum verifier_side side,
                                     const char *text, size_t length);

/* Verifies the header `Authorization` (`text` NULL: there is none) of a call
 * that brings an activity, which is read, once, when the token has held by
 * itself.  On success appends the JSON text of the claims, an object; on
 * failure `claims` is untouched. */
enum verifier_status verifier_verify(const verifier *v, struct slice header,
                                     verifier_read_fn *read, void *context,
                                     int64_t now_s, buffer *claims);

/* Static text and name of a status; never NULL. */
const char *verifier_strerror(enum verifier_status status);
const char *verifier_errname(enum verifier_status status);

#endif

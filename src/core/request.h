/* request.h - one HTTP request and its answer, as data.
 *
 *   arguments -> graph, connector, token -> request -> (any transport)
 *             -> response -> outcome
 *
 * Nothing here does I/O.  A request owns two buffers that are used again for
 * the next request; a response only borrows. */
#ifndef CRIER_REQUEST_H
#define CRIER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

#define REQUEST_URL_CAP_BYTES (32 * 1024)
#define REQUEST_BODY_CAP_BYTES (1024 * 1024)

/* Who answers: it decides which token goes along, and how errors read. */
/* clang-format off */
#define SERVICE_MAP(X)      \
  X(TOKEN,     "token")     \
  X(GRAPH,     "graph")     \
  X(CONNECTOR, "connector")
/* clang-format on */

enum service {
#define X(name, text) SERVICE_##name,
  SERVICE_MAP(X)
#undef X
};

/* What a success must bring. */
enum success {
  SUCCESS_ANY,        /* nothing: the status says it all */
  SUCCESS_OBJECT,     /* a JSON object, read by somebody else */
  SUCCESS_ID,         /* a JSON object with an `id` that is needed next */
  SUCCESS_ID_OR_NONE, /* an `id` if there is one */
};

/* Whom a call concerns. */
enum reach {
  REACH_ALL,     /* the run as a whole */
  REACH_ONE,     /* one recipient, who does not notice */
  REACH_DELIVER, /* delivers to people: the only calls that must not be repeated
                    while it is unknown whether they arrived */
};

/* Operation, its name, who answers, what a success brings, whom it concerns.
 * The name is that of the method which builds it. */
/* clang-format off */
#define OPERATION_MAP(X)                                                \
  X(TOKEN,            "token",            TOKEN,     OBJECT,     ALL)     \
  X(IDENTITY,         "identity",         TOKEN,     OBJECT,     ALL)     \
  X(DEVICE_CODE,      "device_code",      TOKEN,     OBJECT,     ALL)     \
  X(USERS,            "users",            GRAPH,     OBJECT,     ALL)     \
  X(DELTA,            "delta",            GRAPH,     OBJECT,     ALL)     \
  X(RESOLVE,          "resolve",          GRAPH,     OBJECT,     ALL)     \
  X(GROUPS,           "groups",           GRAPH,     OBJECT,     ALL)     \
  X(GROUP,            "group",            GRAPH,     OBJECT,     ALL)     \
  X(GROUP_MEMBERS,    "group_members",    GRAPH,     OBJECT,     ALL)     \
  X(TEAMS,            "teams",            GRAPH,     OBJECT,     ALL)     \
  X(TEAM,             "team",             GRAPH,     OBJECT,     ALL)     \
  X(TEAM_MEMBERS,     "team_members",     GRAPH,     OBJECT,     ALL)     \
  X(CHANNELS,         "channels",         GRAPH,     OBJECT,     ALL)     \
  X(PRIMARY_CHANNEL,  "primary_channel",  GRAPH,     OBJECT,     ALL)     \
  X(CATALOG,          "catalog",          GRAPH,     OBJECT,     ALL)     \
  X(PUBLISH,          "publish",          GRAPH,     OBJECT,     ALL)     \
  X(UPDATE_APP,       "update_app",       GRAPH,     ANY,        ALL)     \
  X(REVIEW,           "review",           GRAPH,     ANY,        ALL)     \
  X(UNPUBLISH,        "unpublish",        GRAPH,     ANY,        ALL)     \
  X(BATCH,            "batch",            GRAPH,     OBJECT,     ALL)     \
  X(USER,             "user",             GRAPH,     OBJECT,     ONE)     \
  X(INSTALLATION,     "installation",     GRAPH,     OBJECT,     ONE)     \
  X(INSTALL,          "install",          GRAPH,     ANY,        ONE)     \
  X(UPGRADE,          "upgrade",          GRAPH,     ANY,        ONE)     \
  X(UNINSTALL,        "uninstall",        GRAPH,     ANY,        ONE)     \
  X(CHAT,             "chat",             GRAPH,     ID,         ONE)     \
  X(FIND_CHAT,        "find_chat",        GRAPH,     OBJECT,     ONE)     \
  X(NOTIFY,           "notify",           GRAPH,     ANY,        DELIVER) \
  X(NOTIFY_MANY,      "notify_many",      GRAPH,     ANY,        DELIVER) \
  X(CREATE,           "create",           CONNECTOR, ID,         ONE)     \
  X(SEND,             "send",             CONNECTOR, ID_OR_NONE, DELIVER) \
  X(POST,             "post",             CONNECTOR, ID_OR_NONE, DELIVER) \
  X(REPLY,            "reply",            CONNECTOR, ID_OR_NONE, DELIVER) \
  X(UPDATE,           "update",           CONNECTOR, ID_OR_NONE, ONE)     \
  X(DELETE,           "delete",           CONNECTOR, ANY,        ONE)     \
  X(TYPING,           "typing",           CONNECTOR, ANY,        ONE)     \
  X(MEMBERS,          "members",          CONNECTOR, OBJECT,     ONE)     \
  X(MEMBER,           "member",           CONNECTOR, OBJECT,     ONE)     \
  X(TEAM_DETAILS,     "team_details",     CONNECTOR, OBJECT,     ONE)     \
  X(TEAM_CHANNELS,    "team_channels",    CONNECTOR, OBJECT,     ONE)     \
  X(SEND_TO_USERS,    "send_to_users",    CONNECTOR, ANY,        DELIVER) \
  X(SEND_TO_TENANT,   "send_to_tenant",   CONNECTOR, ANY,        DELIVER) \
  X(SEND_TO_TEAM,     "send_to_team",     CONNECTOR, ANY,        DELIVER) \
  X(SEND_TO_CHANNELS, "send_to_channels", CONNECTOR, ANY,        DELIVER) \
  X(SENDING_STATE,    "sending_state",    CONNECTOR, OBJECT,     ALL)     \
  X(FAILED_ENTRIES,   "failed_entries",   CONNECTOR, OBJECT,     ALL)     \
  X(CANCEL_SENDING,   "cancel_sending",   CONNECTOR, ANY,        ALL)
/* clang-format on */

enum operation {
#define X(name, text, service, success, reach) OPERATION_##name,
  OPERATION_MAP(X)
#undef X
      OPERATION_COUNT
};

/* clang-format off */
#define REQUEST_STATUS_MAP(X)                                           \
  X(OK,           "ok")                                                 \
  X(NOMEM,        "out of memory")                                      \
  X(TOO_LARGE,    "the request would be too large")                     \
  X(URL_REFUSED,  "the URL is not one that this token may be sent to")  \
  X(ID_REFUSED,   "an id may not be empty, nor '.' or '..'")            \
  X(BODY_REFUSED, "the body must be a JSON object")                     \
  X(CONFIG,       "the credential cannot be used")
/* clang-format on */

enum request_status {
#define X(name, text) REQUEST_##name,
  REQUEST_STATUS_MAP(X)
#undef X
};

/* A text with its length, borrowed; `text` NULL: not given. */
struct slice {
  const char *text;
  size_t length;
};

struct request {
  enum operation operation;
  const char *method;       /* static text */
  const char *content_type; /* static text; NULL: there is no body */
  bool eventual;            /* `ConsistencyLevel: eventual` goes along */
  const char *header;       /* name of one more; static text; NULL: none */
  struct slice value;       /* its value, borrowed */
  bool direct;              /* no proxy may see it */
  int timeout_ms;           /* 0: as long as the transport waits */
  buffer url;               /* owned */
  buffer body;              /* owned; empty when the caller has the body */
};

/* What came back.  Everything is borrowed, texts end in a NUL and may be NULL.
 * Header values are as received. */
struct response {
  int status;          /* 0: there was no answer, and `error` says why */
  bool sent;           /* the request may have left; true when in doubt */
  const char *error;   /* libcurl's name without CURLE_, when not answered */
  const char *message; /* the transport's own words */
  const char *body;
  size_t body_length;
  const char *retry_after;
  const char *date;
  const char *content_type;
  const char *request_id; /* the service's own name for this request */
};

const char *operation_name(enum operation operation);
enum service operation_service(enum operation operation);
enum success operation_success(enum operation operation);
enum reach operation_reach(enum operation operation);

/* Finds an operation by name.  Returns whether there is one. */
bool operation_find(const char *name, enum operation *out);

const char *service_name(enum service service);

/* Static text and name of a status; never NULL. */
const char *request_strerror(enum request_status status);
const char *request_errname(enum request_status status);

/* Makes `r` empty.  Pairs with request_clear(), which wipes and frees. */
void request_init(struct request *r);
void request_clear(struct request *r);

/* Starts a new request in the memory of the last one. */
void request_begin(struct request *r, enum operation operation,
                   const char *method);

/* Appends an id as one path segment.  The dot segments of RFC 3986 section
 * 5.2.4 would climb out of their path even when percent-encoded. */
enum request_status request_append_id(struct request *r, struct slice id);

/* Tells whether both buffers hold all that was appended. */
enum request_status request_finish(const struct request *r);

#endif

#include "request.h"

#include <string.h>

struct operation_facts {
  const char *name;
  enum service service;
  enum success success;
  enum reach reach;
};

static const struct operation_facts operations[OPERATION_COUNT] = {
#define X(name, text, service, success, reach)                                 \
  {text, SERVICE_##service, SUCCESS_##success, REACH_##reach},
    OPERATION_MAP(X)
#undef X
};

const char *operation_name(enum operation operation) {
  return operations[operation].name;
}

enum service operation_service(enum operation operation) {
  return operations[operation].service;
}

enum success operation_success(enum operation operation) {
  return operations[operation].success;
}

enum reach operation_reach(enum operation operation) {
  return operations[operation].reach;
}

bool operation_find(const char *name, enum operation *out) {
  for (int i = 0; i < OPERATION_COUNT; i++) {
    if (strcmp(name, operations[i].name) == 0) {
      *out = (enum operation)i;
      return true;
    }
  }
  return false;
}

const char *service_name(enum service service) {
  static const char *const names[] = {
#define X(name, text) text,
      SERVICE_MAP(X)
#undef X
  };
  return names[service];
}

const char *request_strerror(enum request_status status) {
  static const char *const texts[] = {
#define X(name, text) text,
      REQUEST_STATUS_MAP(X)
#undef X
  };
  return texts[status];
}

const char *request_errname(enum request_status status) {
  static const char *const names[] = {
#define X(name, text) #name,
      REQUEST_STATUS_MAP(X)
#undef X
  };
  return names[status];
}

void request_init(struct request *r) {
  *r = (struct request){.method = "GET"};
  buffer_init(&r->url, REQUEST_URL_CAP_BYTES);
  buffer_init(&r->body, REQUEST_BODY_CAP_BYTES);
}

void request_clear(struct request *r) {
  buffer_clear(&r->url);
  buffer_clear(&r->body);
}

void request_begin(struct request *r, enum operation operation,
                   const char *method) {
  r->operation = operation;
  r->method = method;
  r->content_type = NULL;
  r->eventual = r->direct = false;
  r->timeout_ms = 0;
  r->header = NULL;
  buffer_reset(&r->url);
  buffer_reset(&r->body);
}

enum request_status request_append_id(struct request *r, struct slice id) {
  if (!id.length || (id.length <= 2 && strspn(id.text, ".") >= id.length))
    return REQUEST_ID_REFUSED;
  buffer_append_percent(&r->url, id.text, id.length);
  return REQUEST_OK;
}

enum request_status request_finish(const struct request *r) {
  enum buffer_status url = buffer_status(&r->url);
  enum buffer_status body = buffer_status(&r->body);
  if (url == BUFFER_NOMEM || body == BUFFER_NOMEM)
    return REQUEST_NOMEM;
  if (url == BUFFER_TOO_LARGE || body == BUFFER_TOO_LARGE)
    return REQUEST_TOO_LARGE;
  return REQUEST_OK;
}

/* fuzzes: src/core/device_code.c src/core/token.c */

/* Whatever answers a sign-in by device code: what a person is told is
 * printable, nobody is asked before the time, and it comes to an end.
 *
 * Input: answers: a byte each for status, flags and the seconds that pass, then
 * Retry-After and body, each ended by a NUL. */
#include <stdbool.h>
#include <stdio.h>

#include "core/device_code.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { ANSWERS_MOST = 32, NEVER_MS = 24 * 3600 * 1000 };

static cloud *public;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  assert(cloud_new(&public, "public") == CLOUD_OK);
  return 0;
}

static void check_printable(const char *text) {
  for (; *text; text++)
    assert((unsigned char)*text >= ' ' && *text != 0x7F);
}

static void check_prompt(const device_code *d) {
  struct device_code_prompt prompt;
  if (!device_code_prompt(d, &prompt))
    return;
  assert(*prompt.code && *prompt.url);
  check_printable(prompt.message);
  check_printable(prompt.code);
  check_printable(prompt.url);
}

static void check_token(device_code *d) {
  size_t length;
  token *t = device_code_take(d);
  assert(t && !device_code_take(d));
  const char *text = token_peek(t, &length);
  assert(text && length);
  for (size_t i = 0; i < length; i++)
    assert(text[i] > ' ' && text[i] <= '~');
  token_free(t);
}

static void answer(device_code *d, struct input *in, int64_t now_ms) {
  static const int statuses[] = {0,   200, 200, 200, 400, 400, 400, 401,
                                 403, 404, 429, 500, 502, 503, 302, 200};
  static struct outcome out;
  struct response response = {0};
  response.status = statuses[input_byte(in) % 16];
  uint8_t flags = input_byte(in);
  char *retry_after = input_text(in, NULL);
  char *body = input_text(in, &response.body_length);
  response.sent = flags & 1;
  response.retry_after = flags & 2 ? retry_after : NULL;
  response.content_type = flags & 4 ? "text/html" : "application/json";
  response.error = response.status ? NULL : "COULDNT_CONNECT";
  response.body = body;
  device_code_receive(d, &response, now_ms, &out);
  assert((out.kind == OUTCOME_OK) == !out.remedy);
  check_printable(out.text);
  free(body);
  free(retry_after);
}

/* Goes on until it must wait for an answer that the input does not have, or
 * ends.  Returns whether it goes on. */
static bool step(device_code *d, struct input *in, int64_t *now_ms) {
  enum device_code_state state;
  struct request *request;
  int64_t until_ms = -1;
  assert(device_code_get(d, *now_ms, &state, &request, &until_ms) ==
         REQUEST_OK);
  check_prompt(d);
  switch (state) {
  case DEVICE_CODE_NEED:
    assert(request->body.length || request->url.length);
    answer(d, in, *now_ms);
    return true;
  case DEVICE_CODE_WAIT:
    assert(until_ms > *now_ms && until_ms <= *now_ms + NEVER_MS);
    *now_ms = until_ms;
    return true;
  case DEVICE_CODE_HAVE:
    check_token(d);
    return false;
  default:
    assert(!device_code_take(d));
    return false;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  struct device_code_options options = {.cloud = public,
                                        .tenant = {"contoso", 7},
                                        .client_id = {"app", 3},
                                        .scope = {"User.Read", 9}};
  int64_t now_ms = 1700000000000;
  device_code *d = device_code_new(&options);
  assert(d);
  for (int i = 0; i < ANSWERS_MOST && step(d, &in, &now_ms); i++)
    ;
  device_code_free(d);
  return 0;
}

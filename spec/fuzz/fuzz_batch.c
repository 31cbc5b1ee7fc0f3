/* Any answer to a batch gives each part an answer within its bounds.
 *
 * Input: one byte for the number of parts, then the body. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  size_t count = 1 + data[0] % BATCH_PARTS_MAX;
  /* A copy of its own, so that reading past its end is seen. */
  char *body = malloc(size);
  assert(body);
  memcpy(body, data + 1, size - 1);
  batch_answer *answer = batch_read(body, size - 1, count);
  free(body);
  for (size_t nth = 1; answer && nth <= count; nth++) {
    struct batch_reply reply;
    batch_peek(answer, nth, &reply);
    assert(reply.status == 0 || (reply.status >= 100 && reply.status < 600));
    assert(reply.body && !reply.body[reply.body_length]);
    assert(!reply.retry_after || strlen(reply.retry_after) < size);
  }
  batch_free(answer);
  return 0;
}

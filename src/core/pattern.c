#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include <pcre2.h>
#include <stdio.h>

static const char *const texts[] = {
#define X(name, text) [PATTERN_##name] = text,
    PATTERN_STATUS_MAP(X)
#undef X
};

static const char *const names[] = {
#define X(name, text) [PATTERN_##name] = #name,
    PATTERN_STATUS_MAP(X)
#undef X
};

const char *pattern_status_text(enum pattern_status status) {
  return texts[status];
}

const char *pattern_status_name(enum pattern_status status) {
  return names[status];
}

static void explain(int error, PCRE2_SIZE offset, struct pattern_match *match) {
  PCRE2_UCHAR reason[PATTERN_MESSAGE_BYTES / 2];
  if (pcre2_get_error_message(error, reason, sizeof(reason)) < 0)
    reason[0] = '\0';
  snprintf(match->message, sizeof(match->message), "%s (at byte %zu)",
           (const char *)reason, offset + 1);
}

static enum pattern_status compile(const char *pattern, size_t length,
                                   struct pattern_flags flags,
                                   struct pattern_match *match,
                                   pcre2_code **out) {
  uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY |
                     PCRE2_ALLOW_EMPTY_CLASS | PCRE2_ALT_BSUX |
                     PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
  options |= flags.caseless ? PCRE2_CASELESS : 0;
  options |= flags.multiline ? PCRE2_MULTILINE : 0;
  options |= flags.dotall ? PCRE2_DOTALL : 0;
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  if (!context)
    return PATTERN_NOMEM;
  pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
  int error;
  PCRE2_SIZE offset;
  *out = pcre2_compile((PCRE2_SPTR)pattern, length, options, &error, &offset,
                       context);
  pcre2_compile_context_free(context);
  if (*out)
    return PATTERN_OK;
  explain(error, offset, match);
  return PATTERN_INVALID;
}

static enum pattern_status judge(int result) {
  switch (result) {
  case PCRE2_ERROR_NOMATCH:
    return PATTERN_NONE;
  case PCRE2_ERROR_MATCHLIMIT:
  case PCRE2_ERROR_DEPTHLIMIT:
  case PCRE2_ERROR_HEAPLIMIT:
    return PATTERN_LIMIT;
  case PCRE2_ERROR_NOMEMORY:
    return PATTERN_NOMEM;
  default: /* text that is no UTF-8 matches nothing */
    return result > 0 ? PATTERN_OK : PATTERN_NONE;
  }
}

static void tell(pcre2_match_data *data, int count,
                 struct pattern_match *match) {
  const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(data);
  size_t known = pcre2_get_ovector_count(data);
  match->groups = known < PATTERN_MAX_GROUPS ? known : PATTERN_MAX_GROUPS;
  for (size_t i = 0; i < 2 * match->groups; i++)
    match->offsets[i] = i < 2 * (size_t)count && offsets[i] != PCRE2_UNSET
                            ? offsets[i]
                            : SIZE_MAX;
}

enum pattern_status pattern_find(const char *pattern, size_t pattern_length,
                                 struct pattern_flags flags, const char *text,
                                 size_t length, size_t start,
                                 struct pattern_match *match) {
  enum pattern_status status = PATTERN_INVALID;
  pcre2_code *code = NULL;
  pcre2_match_data *data = NULL;
  pcre2_match_context *context = NULL;
  snprintf(match->message, sizeof(match->message), "longer than %d bytes",
           PATTERN_MAX_BYTES);
  if (pattern_length > PATTERN_MAX_BYTES)
    goto done;
  status = compile(pattern, pattern_length, flags, match, &code);
  if (status != PATTERN_OK)
    goto done;
  status = PATTERN_NOMEM;
  data = pcre2_match_data_create_from_pattern(code, NULL);
  context = pcre2_match_context_create(NULL);
  if (!data || !context)
    goto done;
  pcre2_set_match_limit(context, PATTERN_MATCH_STEPS);
  pcre2_set_heap_limit(context, PATTERN_MATCH_KB);
  int result =
      pcre2_match(code, (PCRE2_SPTR)text, length, start, 0, data, context);
  status = judge(result);
  if (status == PATTERN_OK)
    tell(data, result, match);
done:
  pcre2_match_context_free(context);
  pcre2_match_data_free(data);
  pcre2_code_free(code);
  return status;
}

/* activity.h - what an activity that is sent may look like.
 *
 * Teams takes much and shows less: it splits a text from its attachment,
 * ignores a mention whose text does not occur, and suggested actions of a kind
 * it does not know.  Here such activities are refused before they leave, with
 * the place, a JSON Pointer (RFC 6901).  "Format your bot messages",
 * "Conversation messages", "Channel and group conversations with a bot" and
 * "Agent message size limit" (all read 2026-11-22).
 *
 * Pure: JSON text in, a verdict out; nothing is kept. */
#ifndef CRIER_ACTIVITY_H
#define CRIER_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of UTF-16, as Teams counts. */
enum {
  ACTIVITY_WARN_BYTES = 28 * 1024,    /* beyond: not for older clients */
  ACTIVITY_ADVISED_BYTES = 80 * 1024, /* beyond: not advised */
  ACTIVITY_LIMIT_BYTES = 100 * 1024,  /* beyond: Teams refuses */
};

enum { ACTIVITY_PLACE_MAX = 128, ACTIVITY_ACTIONS_MAX = 6 };

/* clang-format off */
#define ACTIVITY_FLAW_MAP(X)                                                   \
  X(NONE,        "")                                                           \
  X(NOT_OBJECT,  "an activity is a JSON object")                               \
  X(SPLIT,       "text and attachments in one activity: Teams would split it " \
                 "into two messages and return no usable id")                  \
  X(IMPORTANCE,  "importance is \"low\", \"normal\" or \"high\"")              \
  X(TEXT_FORMAT, "textFormat is \"markdown\", \"plain\" or \"xml\"")           \
  X(LAYOUT,      "attachmentLayout is \"list\" or \"carousel\"")               \
  X(MENTION,     "a mention has a text, <at>name</at>, and mentioned.id")      \
  X(MENTION_TEXT, "the text of this mention does not occur in the message: "   \
                 "Teams would not show it as one")                             \
  X(MENTION_CARD, "the text of this mention does not occur in the card: "      \
                 "Teams would not show it as one")                             \
  X(ACTIONS,     "Teams takes at most 6 suggested actions, all of type "       \
                 "\"imBack\"")                                                 \
  X(ACTIONS_GROUP, "suggested actions are shown in a 1:1 chat only")
/* clang-format on */

enum activity_flaw {
#define X(name, text) ACTIVITY_##name,
  ACTIVITY_FLAW_MAP(X)
#undef X
};

struct activity_options {
  bool split;    /* text with attachments is wanted, as two messages */
  bool is_group; /* for a channel or a group chat */
};

struct activity_verdict {
  enum activity_flaw flaw;        /* the first that was found */
  char place[ACTIVITY_PLACE_MAX]; /* where; empty: the whole */
};

/* Judges an activity.  A value that holds `${` is a template's and stands for
 * any that is allowed there. */
void activity_check(const char *json, size_t length,
                    const struct activity_options *options,
                    struct activity_verdict *out);

/* Bytes of UTF-16 that Teams counts of an activity in JSON: all of it but the
 * data of base64 images. */
size_t activity_size(const char *json, size_t length);

const char *activity_flaw_text(enum activity_flaw flaw);
const char *activity_flaw_name(enum activity_flaw flaw);

#endif

#include "rows.h"

#define NOT_INSTALLED                                                          \
  OUTCOME_ABSENT, SCOPE_RECIPIENT, "not installed",                            \
      "Install the app for this person (install = true in the campaign), "     \
      "then send to them again",                                               \
      false
#define BLOCKED                                                                \
  OUTCOME_BLOCKED, SCOPE_RECIPIENT, "blocked",                                 \
      "The person has blocked or removed the bot; only they can undo that, "   \
      "in the bot's chat in Teams",                                            \
      false
#define CARD_REFUSED                                                           \
  OUTCOME_REFUSED, SCOPE_RECIPIENT, "card refused",                            \
      "Teams does not accept this card: check the version, the element types " \
      "and the data put into it for this person",                              \
      false
#define STALE_CONVERSATION                                                     \
  OUTCOME_STALE, SCOPE_CONVERSATION, "stale conversation",                     \
      "Nothing to do: the conversation is created again and the message sent " \
      "there",                                                                 \
      false
#define TOO_LARGE                                                              \
  OUTCOME_TOO_LARGE, SCOPE_RECIPIENT, "too large",                             \
      "Make the message smaller: Teams takes about 100 KB, 80 KB advised, "    \
      "counted in UTF-16",                                                     \
      false
#define NOT_IN_TEAM                                                            \
  OUTCOME_ABSENT, SCOPE_RECIPIENT, "not installed",                            \
      "Add the app to the team, and to a private or shared channel by "        \
      "itself, then try again",                                                \
      false
/* "User is from different region", "Incoming request was redirected to the
 * wrong geo!": a person or tenant has moved, or a regional URL is old. */
#define WRONG_REGION                                                           \
  OUTCOME_STALE, SCOPE_CONVERSATION, "wrong region",                           \
      "Nothing to do: it is tried again by the cloud's global URL", false
#define MESSAGE_REFUSED                                                        \
  OUTCOME_REFUSED, SCOPE_RECIPIENT, "message refused",                         \
      "Teams does not accept this message: see what it said, and mend the "    \
      "message",                                                               \
      false
#define BATCH_REFUSED                                                          \
  OUTCOME_REFUSED, SCOPE_RUN, "batch refused",                                 \
      "Teams does not accept the message or the list of ids: see what it "     \
      "said; take Entra object ids or 29: ids of this bot, not too many",      \
      false
#define BATCH_FORBIDDEN                                                        \
  OUTCOME_MISCONFIGURED, SCOPE_TENANT, "batch forbidden",                      \
      "The bot may not send in this tenant: check that its app is published "  \
      "and allowed there, and CRIER_BOT_CLIENT_ID",                            \
      false
#define NO_SUCH_SENDING                                                        \
  OUTCOME_ABSENT, SCOPE_RUN, "no such sending",                                \
      "Check the id: it is the one that the batch was answered with; the "     \
      "service forgets it after a while",                                      \
      false
#define NO_SUCH_TEAM                                                             \
  OUTCOME_ABSENT, SCOPE_RECIPIENT, "no such team or channel",                    \
      "Take the id that Teams uses (19:…@thread.tacv2, the General channel's " \
      "for a team), not the Entra group's",                                      \
      false
#define OUT_OF_CHAT                                                            \
  OUTCOME_ABSENT, SCOPE_RECIPIENT, "not installed",                            \
      "The app is gone from that chat: its message there can no longer be "    \
      "changed or deleted",                                                    \
      false
#define NOTHING_TO_CHANGE                                                      \
  OUTCOME_ABSENT, SCOPE_RECIPIENT, "no such message",                          \
      "The message, or its conversation, is no longer there; nothing is left " \
      "to change",                                                             \
      false

/* The same row for each operation that brings an activity into a chat. */
#define FOR_ACTIVITIES(status, phrase, what)                                   \
  {status, NULL, phrase, OPERATION_SEND, what},                                \
      {status, NULL, phrase, OPERATION_POST, what},                            \
      {status, NULL, phrase, OPERATION_REPLY, what}, {                         \
    status, NULL, phrase, OPERATION_UPDATE, what                               \
  }
#define FOR_BATCHES(status, what)                                              \
  {status, NULL, NULL, OPERATION_SEND_TO_USERS, what},                         \
      {status, NULL, NULL, OPERATION_SEND_TO_TENANT, what},                    \
      {status, NULL, NULL, OPERATION_SEND_TO_TEAM, what}, {                    \
    status, NULL, NULL, OPERATION_SEND_TO_CHANNELS, what                       \
  }

#define THROTTLED                                                              \
  OUTCOME_THROTTLED, SCOPE_APP, "throttled", REMEDY_THROTTLED, false

/* The same for each operation on a message that is there already. */
#define FOR_CHANGES(status, code, phrase, what)                                \
  {status, code, phrase, OPERATION_UPDATE, what}, {                            \
    status, code, phrase, OPERATION_DELETE, what                               \
  }

/* clang-format off */
static const struct row rows[] = {
    {0, "ConversationBlockedByUser", NULL, ROW_ANY, BLOCKED},
    {0, "MessageWritesBlocked", NULL, ROW_ANY, BLOCKED},
    {0, "209", NULL, ROW_ANY, BLOCKED},
    {0, "BotNotInConversationRoster", NULL, OPERATION_POST, NOT_IN_TEAM},
    {0, "BotNotInConversationRoster", NULL, OPERATION_TEAM_DETAILS, NOT_IN_TEAM},
    {0, "BotNotInConversationRoster", NULL, OPERATION_TEAM_CHANNELS, NOT_IN_TEAM},
    FOR_CHANGES(0, "BotNotInConversationRoster", NULL, OUT_OF_CHAT),
    FOR_CHANGES(0, "ForbiddenOperationException", NULL, OUT_OF_CHAT),
    {0, "BotNotInConversationRoster", NULL, ROW_ANY, NOT_INSTALLED},
    {0, "ForbiddenOperationException", NULL, ROW_ANY, NOT_INSTALLED},
    {0, "BotDisabledByAdmin", NULL, ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_TENANT, "bot disabled",
     "An administrator has disabled the bot: Teams admin center > Teams apps > Manage apps > (the app) > Allow", false},
    {0, "BotNotRegistered", NULL, ROW_ANY, OUTCOME_UNAUTHORIZED, SCOPE_RUN, "bot not registered",
     "Make an Azure Bot for this client id, with the Teams channel; or set CRIER_BOT_CLIENT_ID to the bot's", false},
    {0, "InvalidBotApiHost", NULL, ROW_ANY, OUTCOME_STALE, SCOPE_RUN, "wrong service host",
     "The tenant is in GCC: set CRIER_CLOUD=gcc (https://smba.infra.gcc.teams.microsoft.com/teams/)", false},
    {0, "NotEnoughPermissions", NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "not permitted",
     "The bot may not do this in this conversation: check its scopes and permissions in the app's manifest", false},
    {0, "ActivityNotFoundInConversation", NULL, OPERATION_DELETE, OUTCOME_ALREADY, SCOPE_RECIPIENT, "already deleted",
     "Nothing to do", false},
    {0, "ActivityNotFoundInConversation", NULL, ROW_ANY, NOTHING_TO_CHANGE},
    {0, "ConversationNotFound", NULL, OPERATION_UPDATE, NOTHING_TO_CHANGE},
    {0, "ConversationNotFound", NULL, OPERATION_DELETE, NOTHING_TO_CHANGE},
    {0, "ConversationNotFound", NULL, OPERATION_POST, NO_SUCH_TEAM},
    {0, "ConversationNotFound", NULL, OPERATION_TEAM_DETAILS, NO_SUCH_TEAM},
    {0, "ConversationNotFound", NULL, OPERATION_TEAM_CHANNELS, NO_SUCH_TEAM},
    {0, "ConversationNotFound", NULL, OPERATION_SEND_TO_TEAM, NO_SUCH_TEAM},
    {0, "ConversationNotFound", NULL, ROW_ANY, STALE_CONVERSATION},
    {0, "MessageSizeTooBig", NULL, ROW_ANY, TOO_LARGE},
    {0, "Throttled", NULL, ROW_ANY, THROTTLED},
    {0, "TooManyRequests", NULL, ROW_ANY, THROTTLED},

    {403, NULL, "MessageWritesBlocked", ROW_ANY, BLOCKED},
    FOR_CHANGES(403, NULL, "not installed in user", OUT_OF_CHAT),
    FOR_CHANGES(403, NULL, "not part of the conversation roster", OUT_OF_CHAT),
    {403, NULL, "not installed in user", ROW_ANY, NOT_INSTALLED},
    {403, NULL, "not part of the conversation roster", ROW_ANY, NOT_INSTALLED},
    {400, NULL, "wrong geo", ROW_ANY, WRONG_REGION},
    {400, NULL, "different region", ROW_ANY, WRONG_REGION},
    {403, NULL, "wrong geo", ROW_ANY, WRONG_REGION},
    {403, NULL, "different region", ROW_ANY, WRONG_REGION},
    {0, NULL, "decrypt pairwise id", OPERATION_SEND, STALE_CONVERSATION},
    {0, NULL, "decrypt pairwise id", OPERATION_REPLY, STALE_CONVERSATION},
    {0, NULL, "decrypt pairwise id", OPERATION_TYPING, STALE_CONVERSATION},
    {400, NULL, "malformed tenant", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "tenant unknown",
     "Set AZURE_TENANT_ID to the directory (tenant) id of the people who are written to", false},
    FOR_ACTIVITIES(400, "attachment", CARD_REFUSED),
    FOR_ACTIVITIES(400, "card", CARD_REFUSED),

    FOR_ACTIVITIES(400, NULL, MESSAGE_REFUSED),
    FOR_BATCHES(400, BATCH_REFUSED),
    {400, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "bad request",
     "Check the ids: for a person Teams takes an Entra object id or a 29: id of this bot, no e-mail address", false},
    {401, NULL, NULL, ROW_ANY, OUTCOME_UNAUTHORIZED, SCOPE_RUN, "token refused",
     "Check that client id, tenant and cloud are the bot's: CRIER_BOT_CLIENT_ID, CRIER_BOT_TENANT (botframework.com for a multi-tenant bot), CRIER_CLOUD", false},
    FOR_BATCHES(403, BATCH_FORBIDDEN),
    {403, NULL, NULL, OPERATION_SENDING_STATE, BATCH_FORBIDDEN},
    {403, NULL, NULL, OPERATION_FAILED_ENTRIES, BATCH_FORBIDDEN},
    {403, NULL, NULL, OPERATION_CANCEL_SENDING, BATCH_FORBIDDEN},
    {404, NULL, NULL, OPERATION_SEND, STALE_CONVERSATION},
    {404, NULL, NULL, OPERATION_TYPING, STALE_CONVERSATION},
    {404, NULL, NULL, OPERATION_REPLY, STALE_CONVERSATION},
    {404, NULL, NULL, OPERATION_MEMBERS, STALE_CONVERSATION},
    {404, NULL, NULL, OPERATION_UPDATE, NOTHING_TO_CHANGE},
    {404, NULL, NULL, OPERATION_DELETE, NOTHING_TO_CHANGE},
    {404, NULL, NULL, OPERATION_POST, NO_SUCH_TEAM},
    {404, NULL, NULL, OPERATION_TEAM_DETAILS, NO_SUCH_TEAM},
    {404, NULL, NULL, OPERATION_TEAM_CHANNELS, NO_SUCH_TEAM},
    {404, NULL, NULL, OPERATION_SEND_TO_TEAM, NO_SUCH_TEAM},
    {404, NULL, NULL, OPERATION_SENDING_STATE, NO_SUCH_SENDING},
    {404, NULL, NULL, OPERATION_FAILED_ENTRIES, NO_SUCH_SENDING},
    {404, NULL, NULL, OPERATION_CANCEL_SENDING, NO_SUCH_SENDING},
    {404, NULL, NULL, OPERATION_MEMBER, OUTCOME_ABSENT, SCOPE_RECIPIENT, "no such member",
     "The person is not in this conversation", false},
    {404, NULL, NULL, ROW_ANY, OUTCOME_ABSENT, SCOPE_RECIPIENT, "no such user",
     "Check that the person exists in this tenant and has Teams", false},
    {412, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_CONVERSATION, "contention", REMEDY_WAIT, false},
    {413, NULL, NULL, ROW_ANY, TOO_LARGE},
};
/* clang-format on */

const struct rows rows_connector = ROWS(rows);

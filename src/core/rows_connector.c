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
#define THROTTLED                                                              \
  OUTCOME_THROTTLED, SCOPE_APP, "throttled", REMEDY_THROTTLED, false

/* clang-format off */
static const struct row rows[] = {
    {0, "ConversationBlockedByUser", NULL, ROW_ANY, BLOCKED},
    {0, "MessageWritesBlocked", NULL, ROW_ANY, BLOCKED},
    {0, "209", NULL, ROW_ANY, BLOCKED},
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
    {0, "ActivityNotFoundInConversation", NULL, ROW_ANY, OUTCOME_ABSENT, SCOPE_RECIPIENT, "no such message",
     "The message is no longer there; nothing is left to change", false},
    {0, "ConversationNotFound", NULL, ROW_ANY, STALE_CONVERSATION},
    {0, "MessageSizeTooBig", NULL, ROW_ANY, TOO_LARGE},
    {0, "Throttled", NULL, ROW_ANY, THROTTLED},
    {0, "TooManyRequests", NULL, ROW_ANY, THROTTLED},

    {403, NULL, "MessageWritesBlocked", ROW_ANY, BLOCKED},
    {403, NULL, "not installed in user", ROW_ANY, NOT_INSTALLED},
    {403, NULL, "not part of the conversation roster", ROW_ANY, NOT_INSTALLED},
    {0, NULL, "decrypt pairwise id", OPERATION_SEND, STALE_CONVERSATION},
    {400, NULL, "malformed tenant", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "tenant unknown",
     "Set AZURE_TENANT_ID to the directory (tenant) id of the people who are written to", false},
    {400, NULL, "attachment", OPERATION_SEND, CARD_REFUSED},
    {400, NULL, "card", OPERATION_SEND, CARD_REFUSED},

    {400, NULL, NULL, OPERATION_SEND, OUTCOME_REFUSED, SCOPE_RECIPIENT, "message refused",
     "Teams does not accept this message: see what it said, and mend the message", false},
    {400, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "bad request",
     "Check the person's id: Teams takes an Entra object id or a 29: id of this bot, no e-mail address", false},
    {401, NULL, NULL, ROW_ANY, OUTCOME_UNAUTHORIZED, SCOPE_RUN, "token refused",
     "Check that client id, tenant and cloud are the bot's: CRIER_BOT_CLIENT_ID, CRIER_BOT_TENANT (botframework.com for a multi-tenant bot), CRIER_CLOUD", false},
    {404, NULL, NULL, OPERATION_SEND, STALE_CONVERSATION},
    {404, NULL, NULL, ROW_ANY, OUTCOME_ABSENT, SCOPE_RECIPIENT, "no such user",
     "Check that the person exists in this tenant and has Teams", false},
    {412, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_CONVERSATION, "contention", REMEDY_WAIT, false},
    {413, NULL, NULL, ROW_ANY, TOO_LARGE},
};
/* clang-format on */

const struct rows rows_connector = ROWS(rows);

#include "rows.h"

#define CONSENT(text)                                                          \
  OUTCOME_MISCONFIGURED, SCOPE_RUN, "consent missing", text, true
#define THROTTLED                                                              \
  OUTCOME_THROTTLED, SCOPE_APP, "throttled", REMEDY_THROTTLED, false
#define SERVICE_ERROR                                                          \
  OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "service error", REMEDY_WAIT, false
#define NO_SUCH_USER                                                           \
  OUTCOME_ABSENT, SCOPE_RECIPIENT, "no such user",                             \
      "Check that the person exists in this tenant and has a Teams licence",   \
      false
#define NO_SUCH(what, remedy)                                                  \
  OUTCOME_ABSENT, SCOPE_RECIPIENT, "no such " what, remedy, false
#define NOT_INSTALLED                                                          \
  OUTCOME_ABSENT, SCOPE_RECIPIENT, "not installed",                            \
      "Install the app there first, or wait a moment if it was just "          \
      "installed: look it up anew",                                            \
      false
#define BAD_QUERY                                                              \
  OUTCOME_REFUSED, SCOPE_RUN, "bad query",                                     \
      "Graph does not accept the filter or select: see what it said, and "     \
      "correct them in the campaign",                                          \
      false
#define LISTING_EXPIRED                                                        \
  OUTCOME_STALE, SCOPE_RUN, "listing expired",                                 \
      "Nothing to do: the list is read again from its first page", false

#define ALREADY(reason)                                                        \
  OUTCOME_ALREADY, SCOPE_RECIPIENT, reason, "Nothing to do", false
#define NO_SUCH_TEAM                                                           \
  NO_SUCH("team", "Check the team's id, a GUID (not a channel's, which "       \
                  "begins with 19:): Teams > the team > Get link, groupId")
#define NO_SUCH_APP                                                            \
  OUTCOME_ABSENT, SCOPE_APP, "no such app",                                    \
      "Publish the app to the organisation's catalog, or set CRIER_APP_ID "    \
      "to the id it has there",                                                \
      false
#define CHANGED                                                                \
  OUTCOME_STALE, SCOPE_RUN, "changed meanwhile",                               \
      "Somebody else changed it: read it again, then decide anew", false
#define OUT_OF_QUOTA                                                           \
  OUTCOME_REFUSED, SCOPE_RECIPIENT, "quota reached",                           \
      "The person's or tenant's quota is used up: see what Graph said", false
#define OLD_VERSION                                                            \
  OUTCOME_REFUSED, SCOPE_APP, "version exists",                                \
      "The catalog has this version of the app: raise `version` in the "       \
      "manifest",                                                              \
      false
#define BAD_PACKAGE                                                            \
  OUTCOME_REFUSED, SCOPE_APP, "package refused",                               \
      "Mend the app package: see what Graph said about its manifest", false

/* What an operation lacks when it is refused, however Graph says so. */
#define GRANT(permission)                                                      \
  "Grant " permission " (application): Entra > App registrations > (the "      \
  "app) > API permissions > Add a permission, then Grant admin consent"
#define INSTALLS(kind)                                                         \
  GRANT("TeamsAppInstallation." kind "ForUser.All, in teams ...ForTeam.All, "  \
        "in chats ...ForChat.All")
#define DECLARED                                                               \
  "The app asks for resource-specific permissions: " INSTALLS(                 \
      "ReadWriteAndConsentSelf")
#define SIGNED_IN(permission)                                                  \
  "Sign in as a Teams administrator, with " permission " (delegated); or "     \
  "upload the package in the Teams admin center > Teams apps > Manage apps"

/* clang-format off */
#define DENIED(operation, text)                                         \
    {0, "Authorization_RequestDenied", NULL, operation, CONSENT(text)}, \
    {403, NULL, "role permissions", operation, CONSENT(text)},          \
    {403, NULL, "scope permissions", operation, CONSENT(text)}

/* Graph names the permissions that would do: where the lesser is not among
 * them, the app declares resource-specific ones, to be consented to. */
#define CONSENTS(operation)                                                            \
    {403, NULL, "ReadWriteSelfFor", operation, CONSENT(INSTALLS("ReadWriteSelf"))},    \
    {403, "UnknownError", "ReadWriteAndConsentSelfFor", operation,                     \
     CONSENT(DECLARED)},                                                               \
    {403, NULL, "ReadWriteAndConsentSelfFor", operation, CONSENT(DECLARED)}

/* A whole listing that is forbidden lacks a permission; one person's call may
 * be forbidden for their sake. */
#define FORBIDDEN(operation, text) \
    DENIED(operation, text),       \
    {403, NULL, NULL, operation, CONSENT(text)}

static const struct row rows[] = {
    FORBIDDEN(OPERATION_USERS, GRANT("User.Read.All")),
    FORBIDDEN(OPERATION_DELTA, GRANT("User.Read.All")),
    FORBIDDEN(OPERATION_RESOLVE, GRANT("Directory.Read.All")),
    FORBIDDEN(OPERATION_GROUPS, GRANT("GroupMember.Read.All")),
    FORBIDDEN(OPERATION_GROUP, GRANT("GroupMember.Read.All")),
    FORBIDDEN(OPERATION_GROUP_MEMBERS, GRANT("GroupMember.Read.All (and Member.Read.Hidden where membership is hidden)")),
    FORBIDDEN(OPERATION_TEAMS, GRANT("Team.ReadBasic.All")),
    FORBIDDEN(OPERATION_TEAM, GRANT("Team.ReadBasic.All")),
    FORBIDDEN(OPERATION_TEAM_MEMBERS, GRANT("TeamMember.Read.All")),
    FORBIDDEN(OPERATION_CHANNELS, GRANT("Channel.ReadBasic.All")),
    FORBIDDEN(OPERATION_PRIMARY_CHANNEL, GRANT("Channel.ReadBasic.All")),
    FORBIDDEN(OPERATION_CATALOG, GRANT("AppCatalog.Read.All")),
    FORBIDDEN(OPERATION_PUBLISH, SIGNED_IN("AppCatalog.ReadWrite.All, or AppCatalog.Submit for a review")),
    FORBIDDEN(OPERATION_UPDATE_APP, SIGNED_IN("AppCatalog.ReadWrite.All, or AppCatalog.Submit for a review")),
    FORBIDDEN(OPERATION_REVIEW, SIGNED_IN("AppCatalog.ReadWrite.All")),
    FORBIDDEN(OPERATION_UNPUBLISH, SIGNED_IN("AppCatalog.ReadWrite.All")),
    DENIED(OPERATION_USER, GRANT("User.Read.All")),
    DENIED(OPERATION_INSTALLATION, INSTALLS("ReadWriteSelf")),
    CONSENTS(OPERATION_INSTALL),
    CONSENTS(OPERATION_UPGRADE),
    DENIED(OPERATION_INSTALL, INSTALLS("ReadWriteSelf")),
    DENIED(OPERATION_UPGRADE, INSTALLS("ReadWriteSelf")),
    DENIED(OPERATION_UNINSTALL, INSTALLS("ReadWriteSelf")),
    DENIED(OPERATION_CHAT, GRANT("TeamsAppInstallation.ReadWriteSelfForUser.All")),
    DENIED(OPERATION_FIND_CHAT, GRANT("Chat.ReadBasic.All")),
    DENIED(OPERATION_NOTIFY, GRANT("TeamsActivity.Send")),
    DENIED(OPERATION_NOTIFY_MANY, GRANT("TeamsActivity.Send")),

    {0, "Authorization_RequestDenied", NULL, ROW_ANY, CONSENT(REMEDY_CONSENT)},
    {0, "Authorization_IdentityNotFound", NULL, ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_TENANT, "app unknown",
     "The app has no service principal in this tenant: check AZURE_TENANT_ID and AZURE_CLIENT_ID, or grant admin consent there", true},
    {403, "UnknownError", NULL, OPERATION_INSTALL,
     CONSENT("Grant TeamsAppInstallation.ReadWriteSelfForUser.All (application) and admin consent; User.ReadWrite.All alone is no longer enough to install")},
    {0, "resyncRequired", NULL, ROW_ANY, LISTING_EXPIRED},
    {0, "syncStateNotFound", NULL, ROW_ANY, LISTING_EXPIRED},
    {0, "activityLimitReached", NULL, ROW_ANY, THROTTLED},
    {0, "TooManyRequests", NULL, ROW_ANY, THROTTLED},
    {0, "serviceNotAvailable", NULL, ROW_ANY, SERVICE_ERROR},
    {0, "resourceModified", NULL, ROW_ANY, CHANGED},
    {0, "quotaLimitReached", NULL, ROW_ANY, OUT_OF_QUOTA},
    {0, "AppDefinitionAlreadyExists", NULL, OPERATION_UPDATE_APP, OLD_VERSION},
    {0, "UnableToParseTeamsAppManifest", NULL, ROW_ANY, BAD_PACKAGE},

    {403, NULL, "blocked by the tenant admin", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_TENANT, "blocked for all",
     "An administrator has blocked the app for everybody: Teams admin center > Teams apps > Manage apps > (the app) > Allow", false},
    {403, NULL, "blocked by app permission policy", ROW_ANY, OUTCOME_BLOCKED, SCOPE_RECIPIENT, "blocked by policy",
     "Allow the app for this person: Teams admin center > Teams apps > Permission policies", false},
    {403, NULL, "is not allowed to manage the Teams App", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "wrong app id",
     "The manifest's webApplicationInfo.id must be this client id (AZURE_CLIENT_ID), or CRIER_APP_ID must name this client's app", false},
    {403, NULL, "role permissions", ROW_ANY, CONSENT(REMEDY_CONSENT)},
    {403, NULL, "scope permissions", ROW_ANY, CONSENT(REMEDY_CONSENT)},
    {403, NULL, "insufficient privileges", ROW_ANY, CONSENT(REMEDY_CONSENT)},
    {400, NULL, "have not been consented", ROW_ANY,
     CONSENT(DECLARED)},
    {400, NULL, "CreateOrUpdateUserAppEntitlementForTeamsAsync", OPERATION_INSTALL, SERVICE_ERROR},
    {412, NULL, "application-only context", OPERATION_FIND_CHAT, OUTCOME_MISCONFIGURED, SCOPE_RUN, "not supported app-only",
     "Graph lists no chats for an app here: ask for the chat of the installation, or create the conversation through the Bot Connector", false},
    {412, NULL, "application-only context", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "not supported app-only",
     "This cloud or app cannot be installed without a signed-in user: use an app setup policy in the Teams admin center", false},

    {400, NULL, NULL, OPERATION_USERS, BAD_QUERY},
    {400, NULL, NULL, OPERATION_DELTA, BAD_QUERY},
    {400, NULL, NULL, OPERATION_GROUPS, BAD_QUERY},
    {400, NULL, NULL, OPERATION_GROUP_MEMBERS, BAD_QUERY},
    {400, NULL, NULL, OPERATION_TEAMS, BAD_QUERY},
    {400, NULL, NULL, OPERATION_TEAM_MEMBERS, BAD_QUERY},
    {400, NULL, NULL, OPERATION_CHANNELS, BAD_QUERY},
    {400, NULL, NULL, OPERATION_PUBLISH, BAD_PACKAGE},
    {400, NULL, NULL, OPERATION_UPDATE_APP, BAD_PACKAGE},
    {400, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "bad request",
     "Check the person's id and the app's: see what Graph said", false},
    {401, NULL, NULL, ROW_ANY, OUTCOME_UNAUTHORIZED, SCOPE_RUN, "token refused",
     "Check that tenant, client id and cloud belong together: AZURE_TENANT_ID, AZURE_CLIENT_ID, CRIER_CLOUD", false},
    {402, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "no licence",
     "Give the person or the tenant the licence that Graph asks for", false},
    {404, NULL, NULL, OPERATION_INSTALL, OUTCOME_ABSENT, SCOPE_APP, "no such user or app",
     "Look the app up in the catalog: if it is there, the person is unknown or has no Teams; if not, publish it (Graph installs no sideloaded app)", false},
    {404, NULL, NULL, OPERATION_CATALOG, NO_SUCH_APP},
    {404, NULL, NULL, OPERATION_UPDATE_APP, NO_SUCH_APP},
    {404, NULL, NULL, OPERATION_REVIEW, NO_SUCH_APP},
    {404, NULL, NULL, OPERATION_UNPUBLISH, ALREADY("not in the catalog")},
    {404, NULL, NULL, OPERATION_USER, NO_SUCH_USER},
    {404, NULL, NULL, OPERATION_INSTALLATION, NO_SUCH_USER},
    {404, NULL, NULL, OPERATION_FIND_CHAT, NO_SUCH_USER},
    {404, NULL, NULL, OPERATION_CHAT, NOT_INSTALLED},
    {404, NULL, NULL, OPERATION_UPGRADE, NOT_INSTALLED},
    {404, NULL, NULL, OPERATION_UNINSTALL, ALREADY("not installed")},
    {403, NULL, "Teams app is installed in the target", OPERATION_NOTIFY, NOT_INSTALLED},
    {404, NULL, NULL, OPERATION_NOTIFY, NOT_INSTALLED},
    {404, NULL, NULL, OPERATION_GROUP, NO_SUCH("group", "Check the group's id: Entra > Groups > (the group) > Object ID")},
    {404, NULL, NULL, OPERATION_GROUP_MEMBERS, NO_SUCH("group", "Check the group's id: Entra > Groups > (the group) > Object ID")},
    {404, NULL, NULL, OPERATION_TEAM, NO_SUCH_TEAM},
    {404, NULL, NULL, OPERATION_TEAM_MEMBERS, NO_SUCH_TEAM},
    {404, NULL, NULL, OPERATION_CHANNELS, NO_SUCH_TEAM},
    {404, NULL, NULL, OPERATION_PRIMARY_CHANNEL, NO_SUCH_TEAM},
    {409, NULL, NULL, OPERATION_INSTALL, ALREADY("already installed")},
    {409, NULL, NULL, OPERATION_NOTIFY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "app installed twice",
     "Several apps of this client id are installed for the person, alone and in a team or chat: uninstall one of them, or name the app in teamsAppId", false},
    {409, NULL, NULL, OPERATION_PUBLISH, OUTCOME_REFUSED, SCOPE_APP, "already in the catalog",
     "An app with this manifest id is in the catalog: update it instead, with a higher version in the manifest", false},
    {409, NULL, NULL, OPERATION_UPDATE_APP, OLD_VERSION},
    {410, NULL, NULL, ROW_ANY, LISTING_EXPIRED},
    {412, NULL, NULL, OPERATION_REVIEW, CHANGED},
    /* "sendActivityNotificationToRecipients": it goes on for up to 45 minutes,
     * with the token that came. */
    {412, NULL, NULL, OPERATION_NOTIFY_MANY, OUTCOME_UNAUTHORIZED, SCOPE_RUN, "token too old",
     "Nothing to do: it is sent again with a new token, which must last 45 minutes; if it stays, lengthen the app's token lifetime", false},
    {423, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "locked", REMEDY_WAIT, false},
    {424, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "failed dependency", REMEDY_WAIT, false},
    {501, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RUN, "bad query",
     "Graph does not do this for many people at once: take properties out of select", false},
    {507, NULL, NULL, ROW_ANY, OUT_OF_QUOTA},
    {509, NULL, NULL, ROW_ANY, THROTTLED},
};
/* clang-format on */

const struct rows rows_graph = ROWS(rows);

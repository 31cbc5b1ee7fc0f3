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
#define LISTING_EXPIRED                                                        \
  OUTCOME_STALE, SCOPE_RUN, "listing expired",                                 \
      "Nothing to do: the list is read again from its first page", false

/* clang-format off */
static const struct row rows[] = {
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

    {403, NULL, "blocked by app permission policy", ROW_ANY, OUTCOME_BLOCKED, SCOPE_RECIPIENT, "blocked by policy",
     "Allow the app for this person: Teams admin center > Teams apps > Permission policies", false},
    {403, NULL, "is not allowed to manage the Teams App", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "wrong app id",
     "The manifest's webApplicationInfo.id must be this client id (AZURE_CLIENT_ID), or CRIER_APP_ID must name this client's app", false},
    {403, NULL, "role permissions", ROW_ANY, CONSENT(REMEDY_CONSENT)},
    {403, NULL, "scope permissions", ROW_ANY, CONSENT(REMEDY_CONSENT)},
    {403, NULL, "insufficient privileges", ROW_ANY, CONSENT(REMEDY_CONSENT)},
    {400, NULL, "have not been consented", ROW_ANY,
     CONSENT("The app asks for resource-specific permissions: grant TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All and admin consent")},
    {400, NULL, "CreateOrUpdateUserAppEntitlementForTeamsAsync", OPERATION_INSTALL, SERVICE_ERROR},
    {412, NULL, "application-only context", ROW_ANY, OUTCOME_MISCONFIGURED, SCOPE_RUN, "not supported app-only",
     "This cloud or app cannot be installed without a signed-in user: use an app setup policy in the Teams admin center", false},

    {400, NULL, NULL, OPERATION_USERS, OUTCOME_REFUSED, SCOPE_RUN, "bad query",
     "Graph does not accept the audience's filter or select: see what it said, and correct them in the campaign", false},
    {400, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "bad request",
     "Check the person's id and the app's: see what Graph said", false},
    {401, NULL, NULL, ROW_ANY, OUTCOME_UNAUTHORIZED, SCOPE_RUN, "token refused",
     "Check that tenant, client id and cloud belong together: AZURE_TENANT_ID, AZURE_CLIENT_ID, CRIER_CLOUD", false},
    {402, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "no licence",
     "Give the person or the tenant the licence that Graph asks for", false},
    {403, NULL, NULL, OPERATION_USERS, CONSENT("Grant User.Read.All (application) and admin consent: Entra > App registrations > (the app) > API permissions")},
    {403, NULL, NULL, OPERATION_CATALOG, CONSENT("Grant AppCatalog.Read.All (application) and admin consent: Entra > App registrations > (the app) > API permissions")},
    {404, NULL, NULL, OPERATION_INSTALL, OUTCOME_ABSENT, SCOPE_APP, "no such user or app",
     "Look the app up in the catalog: if it is there, the person is unknown or has no Teams; if not, publish it (Graph installs no sideloaded app)", false},
    {404, NULL, NULL, OPERATION_CATALOG, OUTCOME_ABSENT, SCOPE_APP, "no such app",
     "Publish the app to the organisation's catalog, or set CRIER_APP_ID to the id it has there", false},
    {404, NULL, NULL, OPERATION_USER, NO_SUCH_USER},
    {404, NULL, NULL, OPERATION_INSTALLATION, NO_SUCH_USER},
    {409, NULL, NULL, OPERATION_INSTALL, OUTCOME_ALREADY, SCOPE_RECIPIENT, "already installed",
     "Nothing to do", false},
    {410, NULL, NULL, ROW_ANY, LISTING_EXPIRED},
    {423, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "locked", REMEDY_WAIT, false},
    {424, NULL, NULL, ROW_ANY, OUTCOME_TRANSIENT, SCOPE_RECIPIENT, "failed dependency", REMEDY_WAIT, false},
    {501, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RUN, "bad query",
     "Graph does not do this for many people at once: take properties out of select", false},
    {507, NULL, NULL, ROW_ANY, OUTCOME_REFUSED, SCOPE_RECIPIENT, "quota reached",
     "The person's or tenant's quota is used up: see what Graph said", false},
    {509, NULL, NULL, ROW_ANY, THROTTLED},
};
/* clang-format on */

const struct rows rows_graph = ROWS(rows);

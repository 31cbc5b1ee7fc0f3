#include "rows.h"

#define RUN OUTCOME_MISCONFIGURED, SCOPE_RUN
#define TENANT OUTCOME_MISCONFIGURED, SCOPE_TENANT
#define TRANSIENT OUTCOME_TRANSIENT, SCOPE_RUN
#define THROTTLED OUTCOME_THROTTLED, SCOPE_RUN

#define SECRET                                                                 \
  "Set AZURE_CLIENT_SECRET (CRIER_BOT_CLIENT_SECRET for the bot's own) to "    \
  "the Value, not the Secret ID, from Entra > App registrations > (the app) "  \
  "> Certificates & secrets"
#define EXPIRED                                                                \
  "The client secret has expired: make a new one in Entra > App "              \
  "registrations > (the app) > Certificates & secrets, and set "               \
  "AZURE_CLIENT_SECRET to its Value"
#define CERTIFICATE                                                            \
  "Upload the certificate that the assertion is signed with under Entra > "    \
  "App registrations > (the app) > Certificates & secrets, and check that "    \
  "the key belongs to it"
#define ASSERTION                                                              \
  "Check this machine's clock, and the key and algorithm of the assertion"
#define FEDERATED                                                              \
  "The federated credential must name exactly the token's issuer, subject "    \
  "and audience: Entra > App registrations > (the app) > Certificates & "      \
  "secrets > Federated credentials"
#define PUBLIC_CLIENT                                                          \
  "The registration is a public client: turn off 'Allow public client flows' " \
  "in Entra > App registrations > (the app) > Authentication"
#define UNKNOWN_APP                                                            \
  "Check AZURE_CLIENT_ID and AZURE_TENANT_ID (CRIER_BOT_CLIENT_ID and "        \
  "CRIER_BOT_TENANT for the bot's own): this tenant does not know this app"
#define DISABLED_APP                                                           \
  "Enable the app: Entra > Enterprise applications > (the app) > Properties "  \
  "> Enabled for users to sign in"
#define UNKNOWN_TENANT                                                         \
  "Check AZURE_TENANT_ID (CRIER_BOT_TENANT for the bot's own), and that "      \
  "CRIER_CLOUD is the cloud the tenant lives in"
#define WRONG_CLOUD                                                            \
  "The tenant or app lives in another cloud: set CRIER_CLOUD (public, gcc, "   \
  "gcch, dod, china)"
#define CONCRETE_TENANT                                                        \
  "Set AZURE_TENANT_ID to the tenant's own id or domain: common and "          \
  "organizations do not work here"
#define CONDITIONAL                                                            \
  "A Conditional Access policy for workload identities keeps this app out: "   \
  "have an administrator admit it, or this machine's address"
#define SCOPE_WRONG                                                            \
  "Check CRIER_CLOUD: the permission that is asked for is not one of this "    \
  "cloud; then have an administrator grant consent"
#define NO_SERVICE                                                             \
  "The service is not enabled in this tenant: check CRIER_CLOUD and the "      \
  "tenant, then have an administrator grant consent"
#define LOOP                                                                   \
  "The same token was asked for too often: run one crier at a time for this "  \
  "app, and wait some minutes"
#define BAD_FORM                                                               \
  "Entra did not accept the request: check AZURE_CLIENT_ID, AZURE_TENANT_ID "  \
  "and the credential, and see what Entra said"

#define NO_IDENTITY                                                            \
  "Assign the managed identity to this machine, and set AZURE_CLIENT_ID "      \
  "(CRIER_BOT_CLIENT_ID for the bot's own) to its client id"
#define IDENTITY_RESOURCE                                                      \
  "The managed identity's cloud does not know the service: check CRIER_CLOUD"
#define IDENTITY_REFUSED                                                       \
  "The identity service refuses this machine: check that the identity is "     \
  "assigned to it, and what the service said"
#define IDENTITY_UPDATING                                                      \
  "Nothing to do: the identity service is being updated, and is asked again"

#define NOT_PUBLIC                                                             \
  "Turn on 'Allow public client flows' in Entra > App registrations > (the "   \
  "app) > Authentication: a sign-in by code needs it"
#define DEVICE_POLICY                                                          \
  "A Conditional Access policy keeps this sign-in out, perhaps one that "      \
  "blocks device code flow: have an administrator exempt you, or do it in "    \
  "the Teams admin center (Teams apps > Manage apps) instead"
#define MORE_PROOF                                                             \
  "A policy asks for more than a password: sign in again, and complete the "   \
  "second factor in the browser; register one at https://aka.ms/mfasetup if "  \
  "you have none"
#define DEVICE_UNFIT                                                           \
  "A policy admits managed or compliant devices only: open the page of the "   \
  "code on such a device, signed in with your work account"
#define SIGN_IN_AGAIN "Sign in again: the code was used up, or is not the one"
#define SIGN_IN_DECLINED "The sign-in was declined in the browser"
#define SIGN_IN_EXPIRED                                                        \
  "Nobody signed in before the code expired: try again. If the browser "       \
  "refused you, it named the policy: have an administrator exempt you, or do " \
  "it in the Teams admin center (Teams apps > Manage apps) instead"
#define NOT_ASSIGNED                                                           \
  "Have an administrator assign you to the app: Entra > Enterprise "           \
  "applications > (the app) > Users and groups"
#define NOT_YOURS                                                              \
  "Sign in with an account of the tenant that AZURE_TENANT_ID names"

/* AADSTS number, kind and scope, reason, remedy, whether consent is missing. */
#define A(number, kind_and_scope, reason, remedy, consent)                     \
  {                                                                            \
    0, "AADSTS" #number, NULL, ROW_ANY, kind_and_scope, reason, remedy,        \
        consent                                                                \
  }

#define IDENTITY OPERATION_IDENTITY
#define DEVICE OPERATION_DEVICE_CODE

/* The same, of a sign-in by device code. */
#define D(number, reason, remedy)                                              \
  { 0, "AADSTS" #number, NULL, DEVICE, TENANT, reason, remedy, false }

/* clang-format off */
static const struct row rows[] = {
    {400, "invalid_resource", NULL, IDENTITY, RUN, "bad identity request", IDENTITY_RESOURCE, false},
    {400, "invalid_request", "not found", IDENTITY, RUN, "identity not found", NO_IDENTITY, false},
    {400, NULL, "identity found", IDENTITY, RUN, "identity not found", NO_IDENTITY, false},
    {401, "unauthorized_client", NULL, IDENTITY, RUN, "identity refused", IDENTITY_REFUSED, false},
    {400, NULL, NULL, IDENTITY, RUN, "bad identity request", IDENTITY_REFUSED, false},
    {401, NULL, NULL, IDENTITY, RUN, "identity refused", IDENTITY_REFUSED, false},
    {403, NULL, NULL, IDENTITY, RUN, "identity refused", IDENTITY_REFUSED, false},
    {404, NULL, NULL, IDENTITY, TRANSIENT, "identity service updating", IDENTITY_UPDATING, false},
    {410, NULL, NULL, IDENTITY, TRANSIENT, "identity service updating", IDENTITY_UPDATING, false},
    {429, NULL, NULL, IDENTITY, THROTTLED, "throttled", REMEDY_THROTTLED, false},

    D(7000218, "no public client", NOT_PUBLIC),
    D(70002, "no public client", NOT_PUBLIC),
    D(53003, "conditional access", DEVICE_POLICY),
    D(530032, "conditional access", DEVICE_POLICY),
    D(530034, "conditional access", DEVICE_POLICY),
    D(53000, "conditional access", DEVICE_UNFIT),
    D(53001, "conditional access", DEVICE_UNFIT),
    D(53002, "conditional access", DEVICE_UNFIT),
    D(50005, "conditional access", DEVICE_UNFIT),
    D(50097, "conditional access", DEVICE_UNFIT),
    D(50072, "second factor missing", MORE_PROOF),
    D(50074, "second factor missing", MORE_PROOF),
    D(50076, "second factor missing", MORE_PROOF),
    D(50079, "second factor missing", MORE_PROOF),
    D(50158, "second factor missing", MORE_PROOF),
    D(50105, "not assigned", NOT_ASSIGNED),
    D(50020, "other tenant", NOT_YOURS),
    D(50034, "other tenant", NOT_YOURS),
    {0, "authorization_declined", NULL, DEVICE, TENANT, "sign-in declined", SIGN_IN_DECLINED, false},
    {0, "access_denied", NULL, DEVICE, TENANT, "sign-in declined", SIGN_IN_DECLINED, false},
    {0, "expired_token", NULL, DEVICE, TENANT, "sign-in expired", SIGN_IN_EXPIRED, false},
    {0, "code_expired", NULL, DEVICE, TENANT, "sign-in expired", SIGN_IN_EXPIRED, false},
    {0, "bad_verification_code", NULL, DEVICE, TENANT, "wrong code", SIGN_IN_AGAIN, false},
    {0, "invalid_client", NULL, DEVICE, TENANT, "no public client", NOT_PUBLIC, false},
    {0, "interaction_required", NULL, DEVICE, TENANT, "conditional access", DEVICE_POLICY, false},

    A(7000215, RUN, "bad secret", SECRET, false),
    A(7000222, RUN, "expired secret", EXPIRED, false),
    A(70002, RUN, "bad secret", SECRET, false),
    A(7000218, RUN, "bad secret", SECRET, false),
    A(700027, RUN, "bad certificate", CERTIFICATE, false),
    A(700030, RUN, "bad certificate", CERTIFICATE, false),
    A(50012, RUN, "bad certificate", CERTIFICATE, false),
    A(50003, RUN, "bad certificate", CERTIFICATE, false),
    A(50013, RUN, "bad assertion", ASSERTION, false),
    A(500133, RUN, "bad assertion", ASSERTION, false),
    A(700024, RUN, "bad assertion", ASSERTION, false),
    A(50048, RUN, "bad assertion", ASSERTION, false),
    A(50027, RUN, "bad assertion", ASSERTION, false),
    A(700025, RUN, "public client", PUBLIC_CLIENT, false),
    A(70021, RUN, "bad federated credential", FEDERATED, false),
    A(700211, RUN, "bad federated credential", FEDERATED, false),
    A(700212, RUN, "bad federated credential", FEDERATED, false),
    A(700213, RUN, "bad federated credential", FEDERATED, false),
    A(7002131, RUN, "bad federated credential", FEDERATED, false),
    A(700229, RUN, "bad federated credential", FEDERATED, false),

    A(700016, TENANT, "app unknown", UNKNOWN_APP, false),
    A(700011, TENANT, "app unknown", UNKNOWN_APP, false),
    A(70001, TENANT, "app unknown", UNKNOWN_APP, false),
    A(7000229, TENANT, "app unknown", UNKNOWN_APP, true),
    A(7000112, TENANT, "app disabled", DISABLED_APP, false),
    A(90002, TENANT, "tenant unknown", UNKNOWN_TENANT, false),
    A(90038, TENANT, "wrong cloud", WRONG_CLOUD, false),
    A(900382, TENANT, "wrong cloud", WRONG_CLOUD, false),
    A(900432, TENANT, "wrong cloud", WRONG_CLOUD, false),
    A(1000104, TENANT, "wrong cloud", WRONG_CLOUD, false),
    A(50194, TENANT, "wrong tenant", CONCRETE_TENANT, false),
    A(9001023, TENANT, "wrong tenant", CONCRETE_TENANT, false),
    A(53003, TENANT, "conditional access", CONDITIONAL, false),
    A(530032, TENANT, "conditional access", CONDITIONAL, false),

    A(65001, TENANT, "consent missing", REMEDY_CONSENT, true),
    A(90094, TENANT, "consent missing", REMEDY_CONSENT, true),
    A(650052, TENANT, "consent missing", NO_SERVICE, true),
    A(650056, TENANT, "consent missing", REMEDY_CONSENT, true),
    A(650057, TENANT, "consent missing", REMEDY_CONSENT, true),
    A(500011, TENANT, "consent missing", NO_SERVICE, true),
    A(50001, TENANT, "consent missing", NO_SERVICE, true),
    A(70011, TENANT, "bad scope", SCOPE_WRONG, true),
    A(28002, TENANT, "bad scope", SCOPE_WRONG, true),
    A(28003, TENANT, "bad scope", SCOPE_WRONG, true),
    A(700022, TENANT, "bad scope", SCOPE_WRONG, true),
    A(700023, TENANT, "bad scope", SCOPE_WRONG, true),
    A(901002, TENANT, "bad scope", SCOPE_WRONG, true),
    A(900144, TENANT, "bad token request", BAD_FORM, true),
    A(90014, TENANT, "bad token request", BAD_FORM, true),

    A(50033, TRANSIENT, "service error", REMEDY_WAIT, false),
    A(90006, TRANSIENT, "service error", REMEDY_WAIT, false),
    A(90012, TRANSIENT, "service error", REMEDY_WAIT, false),
    A(90024, TRANSIENT, "service error", REMEDY_WAIT, false),
    A(90033, TRANSIENT, "service error", REMEDY_WAIT, false),
    A(90090, TRANSIENT, "service error", REMEDY_WAIT, false),
    A(90091, TRANSIENT, "service error", REMEDY_WAIT, false),
    A(40010, TRANSIENT, "service error", REMEDY_WAIT, false),
    A(90055, THROTTLED, "throttled", REMEDY_THROTTLED, false),
    A(50196, THROTTLED, "token loop", LOOP, false),

    {0, "temporarily_unavailable", NULL, ROW_ANY, TRANSIENT, "service error", REMEDY_WAIT, false},
    {0, "server_error", NULL, ROW_ANY, TRANSIENT, "service error", REMEDY_WAIT, false},
    {0, "invalid_client", NULL, ROW_ANY, RUN, "bad secret", SECRET, false},
    {0, "unauthorized_client", NULL, ROW_ANY, TENANT, "app unknown", UNKNOWN_APP, false},
    {0, "invalid_scope", NULL, ROW_ANY, TENANT, "bad scope", SCOPE_WRONG, true},
    {0, "invalid_resource", NULL, ROW_ANY, TENANT, "consent missing", NO_SERVICE, true},
    {0, "interaction_required", NULL, ROW_ANY, TENANT, "conditional access", CONDITIONAL, false},

    {404, NULL, NULL, ROW_ANY, RUN, "wrong authority",
     "Nothing issues tokens there: correct AZURE_AUTHORITY_HOST, or unset it", false},
    {429, NULL, NULL, ROW_ANY, THROTTLED, "throttled", REMEDY_THROTTLED, false},
    {4, NULL, NULL, ROW_ANY, RUN, "bad token request", BAD_FORM, false},
};
/* clang-format on */

const struct rows rows_token = ROWS(rows);

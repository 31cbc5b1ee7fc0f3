--- What `crier new` writes: the set-up script for bash and the Azure CLI.
--
-- It makes the REST calls of Microsoft Graph and Azure Resource Manager by
-- `az rest`, since those are the same in all clouds, while some of az's own
-- commands (such as `az ad app permission admin-consent`) exist in the public
-- one alone.
-- @module crier.package.scaffold.shell
local shell = {}

--- setup.sh.
shell.SCRIPT = [=[
#!/usr/bin/env bash
# Makes what "@NAME@" needs in Microsoft Entra and Azure: an app registration
# of this tenant, its permissions and their consent, a secret, and an Azure Bot
# with its Teams channel. What is there already is left as it is, so run it
# again whenever something was missing.
#
#   az login
#   ./setup.sh
#
# It asks for nothing; these variables change what it does:
#
#   CRIER_CLOUD      public, gcc, gcch or dod        (public)
#   AZURE_CLIENT_ID  a registration that exists      (makes one)
#   REGISTRATION     name of the registration        (@NAME@ (crier @TAG@))
#   RESOURCE_GROUP   of the Azure Bot                (@NAME@)
#   LOCATION         of a new resource group         (westeurope, usgovvirginia)
#   BOT_NAME         unique in all of Azure          (@BOT_NAME@)
#   SECRET=no        makes no secret: for a certificate or a managed identity
#   PUBLISH=yes      lets `crier publish` sign an administrator in
#
# Who runs it needs the roles Application Developer (registration), Privileged
# Role Administrator (consent) and Contributor of the subscription (Azure Bot).
set -euo pipefail
umask 077
cd "$(dirname "$0")"

for url in "${CRIER_GRAPH_URL:-}" "${CRIER_CONNECTOR_URL:-}" "${AZURE_AUTHORITY_HOST:-}"; do
  case $url in
  *://127.* | *://localhost* | *://\[::1\]*)
    echo "setup: this shell has the sandbox's environment; type: unset AZURE_CLIENT_ID" \
      "AZURE_AUTHORITY_HOST CRIER_CLOUD CRIER_CONNECTOR_URL CRIER_GRAPH_URL" >&2
    exit 64
    ;;
  esac
done

manifest=app/manifest.json
endpoint='@ENDPOINT@'
graph_app=00000003-0000-0000-c000-000000000000 # Microsoft Graph, in every cloud
permissions='User.Read.All AppCatalog.Read.All'
cloud=${CRIER_CLOUD:-public}
login=https://login.microsoftonline.com
graph=https://graph.microsoft.com
az_cloud=AzureCloud
location=westeurope
teams=CommercialDeployment
case $cloud in
public) ;;
gcc) teams=GCCModerateDeployment ;;
gcch | dod)
  login=https://login.microsoftonline.us
  graph=https://graph.microsoft.us
  [ "$cloud" = gcch ] || graph=https://dod-graph.microsoft.us
  az_cloud=AzureUSGovernment
  location=usgovvirginia
  ;;
*)
  echo "setup: CRIER_CLOUD is '$cloud': it is public, gcc, gcch or dod" >&2
  exit 64
  ;;
esac
# In GCC High and DoD no app installs itself: an app setup policy does it.
[ "$az_cloud" = AzureUSGovernment ] ||
  permissions="$permissions TeamsAppInstallation.ReadWriteSelfForUser.All"

say() { echo "setup: $*"; }
stop() {
  echo "setup: $*" >&2
  exit 1
}

# call METHOD PATH [ARGUMENT...]: a call of Microsoft Graph.
call() {
  local method=$1 path=$2
  shift 2
  az rest --only-show-errors --method "$method" --url "$graph/v1.0/$path" \
    --resource "$graph/" "$@"
}

# arm METHOD PATH [ARGUMENT...]: a call of Azure Resource Manager.
arm() {
  local method=$1 path=$2
  shift 2
  az rest --only-show-errors --method "$method" \
    --url "$path?api-version=2022-09-15" "$@"
}

command -v az >/dev/null || stop "the Azure CLI is not installed (az)"
found=$(az cloud show --query name --output tsv)
[ "$found" = "$az_cloud" ] ||
  stop "az is set to $found; type: az cloud set --name $az_cloud && az login"
tenant=$(az account show --query tenantId --output tsv) || stop "type: az login"
subscription=$(az account show --query id --output tsv)
say "tenant $tenant, subscription $subscription, cloud $cloud"

# 1. The registration, of this tenant alone: new bots of many tenants are
#    refused since 2025-07-31.
registration=${REGISTRATION:-@NAME@ (crier @TAG@)}
case $registration in *[\"\\]*) stop "REGISTRATION has a quote or a backslash" ;; esac
client=${AZURE_CLIENT_ID:-}
if [ -z "$client" ]; then
  client=$(call GET applications --query 'value[].appId' --output tsv \
    --url-parameters "\$filter=displayName eq '${registration//\'/\'\'}'")
  case $client in
  *[[:space:]]*) stop "several registrations are called '$registration': set AZURE_CLIENT_ID" ;;
  esac
fi
if [ -z "$client" ]; then
  client=$(call POST applications --query appId --output tsv \
    --body "{\"displayName\":\"$registration\",\"signInAudience\":\"AzureADMyOrg\"}")
  say "made the registration '$registration'"
fi
say "client id $client"

# What was made a moment ago may not be there yet: a few more tries, unless it
# was refused.
again() {
  local i said
  said=$(mktemp)
  for i in 1 2 3 4 5 6; do
    "$@" 2>"$said" && rm "$said" && return
    ! grep -qiE 'forbidden|denied|insufficient privileges' "$said" || break
    [ "$i" = 6 ] || sleep "${PAUSE:-5}"
  done
  cat "$said" >&2
  rm "$said"
  return 1
}

# 2. Its service principal, which permissions are given to.
principal=$(call GET servicePrincipals --query 'value[0].id' --output tsv \
  --url-parameters "\$filter=appId eq '$client'")
if [ -z "$principal" ]; then
  principal=$(again call POST servicePrincipals --query id --output tsv \
    --body "{\"appId\":\"$client\"}") || stop "the service principal cannot be made"
  say "made the service principal"
fi

# 3. The application permissions, the least that will do, and their consent.
graph_principal=$(call GET servicePrincipals --query 'value[0].id' --output tsv \
  --url-parameters "\$filter=appId eq '$graph_app'")
given=$(call GET "servicePrincipals/$principal/appRoleAssignments" \
  --query 'value[].appRoleId' --output tsv)
wanted=$(call GET "applications(appId='$client')" \
  --query 'length(requiredResourceAccess)' --output tsv)
asked='' unconsented=''
for permission in $permissions; do
  role=$(call GET "servicePrincipals/$graph_principal" --output tsv \
    --query "appRoles[?value=='$permission'].id | [0]")
  [ -n "$role" ] || stop "this cloud's Microsoft Graph has no permission $permission"
  asked="$asked${asked:+,}{\"id\":\"$role\",\"type\":\"Role\"}"
  case $given in *"$role"*) continue ;; esac
  if again call POST "servicePrincipals/$principal/appRoleAssignments" --output none --body \
    "{\"principalId\":\"$principal\",\"resourceId\":\"$graph_principal\",\"appRoleId\":\"$role\"}"
  then
    say "gave $permission"
  else
    unconsented="$unconsented $permission"
  fi
done
if [ "$wanted" = 0 ]; then
  call PATCH "applications(appId='$client')" --output none --body \
    "{\"requiredResourceAccess\":[{\"resourceAppId\":\"$graph_app\",\"resourceAccess\":[$asked]}]}"
  say "listed the permissions in the registration"
fi
if [ "${PUBLISH:-no}" = yes ]; then
  call PATCH "applications(appId='$client')" --output none --body '{"isFallbackPublicClient":true}'
  say "allowed signing in by device code, for crier publish"
fi

# 4. A secret: into a file that you alone can read, and nowhere else.
if [ "${SECRET:-yes}" = yes ] && [ ! -s client-secret ]; then
  call POST "applications(appId='$client')/addPassword" --query secretText --output tsv \
    --body '{"passwordCredential":{"displayName":"crier"}}' >client-secret
  say "made a secret, in the file client-secret"
fi

# 5. The Azure Bot and its Teams channel.
group=${RESOURCE_GROUP:-@NAME@}
bot=${BOT_NAME:-@BOT_NAME@}
path="/subscriptions/$subscription/resourceGroups/$group/providers/Microsoft.BotService/botServices"
state=$(az provider show --namespace Microsoft.BotService --query registrationState --output tsv)
[ "$state" = Registered ] || az provider register --namespace Microsoft.BotService --wait
if [ "$(az group exists --name "$group")" != true ]; then
  az group create --name "$group" --location "${LOCATION:-$location}" --output none
  say "made the resource group $group"
fi
owner=$(arm GET "$path" --query "value[?name=='$bot'].properties.msaAppId | [0]" --output tsv)
if [ -z "$owner" ]; then
  arm PUT "$path/$bot" --output none --body "{\"location\":\"global\",\"kind\":\"azurebot\",
    \"sku\":{\"name\":\"F0\"},\"properties\":{\"displayName\":\"@NAME@\",\"endpoint\":\"$endpoint\",
    \"msaAppType\":\"SingleTenant\",\"msaAppId\":\"$client\",\"msaAppTenantId\":\"$tenant\"}}"
  say "made the Azure Bot $bot"
elif [ "$owner" != "$client" ]; then
  stop "the Azure Bot $bot belongs to the registration $owner: set BOT_NAME or AZURE_CLIENT_ID"
fi
channel=$(arm GET "$path/$bot/channels" --output tsv \
  --query "value[?properties.channelName=='MsTeamsChannel'].properties.channelName | [0]")
if [ -z "$channel" ]; then
  arm PUT "$path/$bot/channels/MsTeamsChannel" --output none --body "{\"location\":\"global\",
    \"properties\":{\"channelName\":\"MsTeamsChannel\",\"properties\":{\"isEnabled\":true,
    \"acceptedTerms\":true,\"deploymentEnvironment\":\"$teams\"}}}"
  say "switched the Teams channel on"
fi

# 6. The ids, where they are needed.
sed -e "s/@BOT_PLACEHOLDER@/$client/" -e "s/@CLIENT_PLACEHOLDER@/$client/" \
  "$manifest" >"$manifest.part"
if cmp -s "$manifest" "$manifest.part"; then
  rm "$manifest.part"
else
  chmod 644 "$manifest.part"
  mv "$manifest.part" "$manifest"
  say "filled in $manifest"
fi
if [ ! -e crier.env ]; then
  {
    # What would lead elsewhere. Without a secret, the credential is yours to set.
    echo "unset @FOREIGN@"
    [ "${SECRET:-yes}" != yes ] || echo "unset @CREDENTIALS@"
    echo "export CRIER_CLOUD=$cloud"
    echo "export AZURE_TENANT_ID=$tenant"
    echo "export AZURE_CLIENT_ID=$client"
    [ "${SECRET:-yes}" != yes ] || echo "export AZURE_CLIENT_SECRET_FILE='$PWD/client-secret'"
    echo "export CRIER_APP_ID=@MANIFEST_ID@"
  } >crier.env
  say "wrote crier.env"
fi

if [ -n "$unconsented" ]; then
  echo "setup: an administrator must still consent to:$unconsented" >&2
  echo "  $login/$tenant/adminconsent?client_id=$client" >&2
  exit 77
fi
say "done; next: crier pack app"
]=]

return shell

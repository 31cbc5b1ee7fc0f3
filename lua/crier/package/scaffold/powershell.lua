--- What `crier new` writes: the set-up script for PowerShell, which makes the
-- same calls as the one for bash.
-- @module crier.package.scaffold.powershell
local powershell = {}

--- setup.ps1.
powershell.SCRIPT = [=[
#Requires -Version 7.0
#Requires -Modules Az.Accounts, Microsoft.Graph.Authentication
<#
.SYNOPSIS
Makes what "@NAME@" needs in Microsoft Entra and Azure.

.DESCRIPTION
An app registration of this tenant, its permissions and their consent, a
secret, and an Azure Bot with its Teams channel. What is there already is left
as it is, so run it again whenever something was missing.

    Install-Module Az.Accounts, Microsoft.Graph.Authentication -Scope CurrentUser
    ./setup.ps1

Who runs it needs the roles Application Developer (registration), Privileged
Role Administrator (consent) and Contributor of the subscription (Azure Bot).

.PARAMETER Cloud
public, gcc, gcch or dod.

.PARAMETER ClientId
A registration that exists; without it, one is made.

.PARAMETER NoSecret
Makes no secret: for a certificate or a managed identity.

.PARAMETER Publish
Lets `crier publish` sign an administrator in.
#>
[CmdletBinding()]
param(
  [ValidateSet('public', 'gcc', 'gcch', 'dod')]
  [string] $Cloud = 'public',
  [string] $ClientId = $env:AZURE_CLIENT_ID,
  [string] $Registration = '@NAME@ (crier @TAG@)',
  [string] $ResourceGroup = '@NAME@',
  [string] $Location,
  [string] $BotName = '@BOT_NAME@',
  [switch] $NoSecret,
  [switch] $Publish
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

foreach ($url in $env:CRIER_GRAPH_URL, $env:CRIER_CONNECTOR_URL, $env:AZURE_AUTHORITY_HOST) {
  if ($url -match '^\w+://(127\.|localhost|\[::1\])') {
    [Console]::Error.WriteLine("setup: this shell has the sandbox's environment; unset it: " +
      'Remove-Item -ErrorAction Ignore Env:AZURE_CLIENT_ID, Env:AZURE_AUTHORITY_HOST, ' +
      'Env:CRIER_CLOUD, Env:CRIER_CONNECTOR_URL, Env:CRIER_GRAPH_URL')
    exit 64
  }
}

$manifest = 'app/manifest.json'
$endpoint = '@ENDPOINT@'
$graphApp = '00000003-0000-0000-c000-000000000000' # Microsoft Graph, in every cloud
$permissions = @('User.Read.All', 'AppCatalog.Read.All')
$clouds = @{
  public = @('AzureCloud', 'Global', 'https://graph.microsoft.com',
    'https://login.microsoftonline.com', 'westeurope', 'CommercialDeployment')
  gcc = @('AzureCloud', 'Global', 'https://graph.microsoft.com',
    'https://login.microsoftonline.com', 'westeurope', 'GCCModerateDeployment')
  gcch = @('AzureUSGovernment', 'USGov', 'https://graph.microsoft.us',
    'https://login.microsoftonline.us', 'usgovvirginia', 'CommercialDeployment')
  dod = @('AzureUSGovernment', 'USGovDoD', 'https://dod-graph.microsoft.us',
    'https://login.microsoftonline.us', 'usgovvirginia', 'CommercialDeployment')
}
$azCloud, $graphCloud, $graph, $login, $nearby, $teams = $clouds[$Cloud]
if (-not $Location) { $Location = $nearby }
# In GCC High and DoD no app installs itself: an app setup policy does it.
if ($azCloud -ne 'AzureUSGovernment') {
  $permissions += 'TeamsAppInstallation.ReadWriteSelfForUser.All'
}

function Write-Step([string] $Text) { Write-Host "setup: $Text" }

# A call of Microsoft Graph.
function Invoke-Graph([string] $Method, [string] $Path, $Body) {
  $call = @{ Method = $Method; Uri = "$graph/v1.0/$Path"; OutputType = 'PSObject' }
  if ($null -ne $Body) {
    $call.Body = ConvertTo-Json $Body -Depth 8
    $call.ContentType = 'application/json'
  }
  Invoke-MgGraphRequest @call
}

# A call of Azure Resource Manager; nothing when there is no such thing.
function Invoke-Arm([string] $Method, [string] $Path, [string] $Version, $Body) {
  $call = @{ Method = $Method; Path = "$($Path)?api-version=$Version" }
  if ($null -ne $Body) { $call.Payload = ConvertTo-Json $Body -Depth 8 }
  $answer = Invoke-AzRestMethod @call
  if ($Method -eq 'GET' -and $answer.StatusCode -eq 404) { return $null }
  if ($answer.StatusCode -ge 300) {
    throw "setup: $Method $Path was answered $($answer.StatusCode): $($answer.Content)"
  }
  if ($answer.Content) { $answer.Content | ConvertFrom-Json }
}

# What was made a moment ago may not be there yet: a few more tries, unless it
# was refused.
function Invoke-Again([scriptblock] $Step) {
  for ($i = 1; ; $i++) {
    try { return & $Step } catch {
      if ($i -eq 6 -or "$_" -match 'forbidden|denied|insufficient privileges') { throw }
      Start-Sleep -Seconds 5
    }
  }
}

$context = Get-AzContext
if (-not $context -or $context.Environment.Name -ne $azCloud) {
  $null = Connect-AzAccount -Environment $azCloud
  $context = Get-AzContext
}
$tenant = $context.Tenant.Id
$subscription = $context.Subscription.Id
Connect-MgGraph -Environment $graphCloud -TenantId $tenant -NoWelcome -Scopes @(
  'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All')
Write-Step "tenant $tenant, subscription $subscription, cloud $Cloud"

# 1. The registration, of this tenant alone: new bots of many tenants are
#    refused since 2025-07-31.
if (-not $ClientId) {
  $quoted = [uri]::EscapeDataString("displayName eq '$($Registration.Replace("'", "''"))'")
  $found = @((Invoke-Graph GET "applications?`$filter=$quoted").value)
  if ($found.Count -gt 1) {
    throw "setup: several registrations are called '$Registration': say -ClientId"
  }
  if ($found.Count -eq 1) {
    $ClientId = $found[0].appId
  } else {
    $ClientId = (Invoke-Graph POST 'applications' @{
      displayName = $Registration; signInAudience = 'AzureADMyOrg' }).appId
    Write-Step "made the registration '$Registration'"
  }
}
Write-Step "client id $ClientId"
$application = Invoke-Again { Invoke-Graph GET "applications(appId='$ClientId')" }

# 2. Its service principal, which permissions are given to.
$filter = [uri]::EscapeDataString("appId eq '$ClientId'")
$principal = (Invoke-Graph GET "servicePrincipals?`$filter=$filter").value |
  Select-Object -First 1
if (-not $principal) {
  $principal = Invoke-Again { Invoke-Graph POST 'servicePrincipals' @{ appId = $ClientId } }
  Write-Step 'made the service principal'
}

# 3. The application permissions, the least that will do, and their consent.
$filter = [uri]::EscapeDataString("appId eq '$graphApp'")
$graphPrincipal = (Invoke-Graph GET "servicePrincipals?`$filter=$filter").value |
  Select-Object -First 1
$given = @((Invoke-Graph GET "servicePrincipals/$($principal.id)/appRoleAssignments").value |
  ForEach-Object { $_.appRoleId })
$asked = @()
$unconsented = @()
foreach ($permission in $permissions) {
  $role = $graphPrincipal.appRoles | Where-Object { $_.value -eq $permission }
  if (-not $role) { throw "setup: this cloud's Microsoft Graph has no permission $permission" }
  $asked += @{ id = $role.id; type = 'Role' }
  if ($given -contains $role.id) { continue }
  try {
    $null = Invoke-Again {
      Invoke-Graph POST "servicePrincipals/$($principal.id)/appRoleAssignments" @{
        principalId = $principal.id; resourceId = $graphPrincipal.id; appRoleId = $role.id }
    }
    Write-Step "gave $permission"
  } catch {
    $unconsented += $permission
  }
}
if (@($application.requiredResourceAccess).Count -eq 0) {
  $null = Invoke-Graph PATCH "applications(appId='$ClientId')" @{
    requiredResourceAccess = @(@{ resourceAppId = $graphApp; resourceAccess = $asked }) }
  Write-Step 'listed the permissions in the registration'
}
if ($Publish) {
  $null = Invoke-Graph PATCH "applications(appId='$ClientId')" @{ isFallbackPublicClient = $true }
  Write-Step 'allowed signing in by device code, for crier publish'
}

# 4. A secret: into a file that you alone can read, and nowhere else.
if (-not $NoSecret -and -not (Test-Path client-secret)) {
  $null = New-Item -ItemType File client-secret
  if ($IsWindows) {
    $null = icacls client-secret /inheritance:r /grant:r "$($env:USERNAME):(R,W)"
  } else {
    chmod 600 client-secret
  }
  try {
    (Invoke-Graph POST "applications(appId='$ClientId')/addPassword" @{
      passwordCredential = @{ displayName = 'crier' } }).secretText |
      Set-Content client-secret
  } catch {
    Remove-Item client-secret
    throw
  }
  Write-Step 'made a secret, in the file client-secret'
}

# 5. The Azure Bot and its Teams channel.
$provider = "/subscriptions/$subscription/providers/Microsoft.BotService"
if ((Invoke-Arm GET $provider '2021-04-01').registrationState -ne 'Registered') {
  $null = Invoke-Arm POST "$provider/register" '2021-04-01'
  for ($i = 0; $i -lt 60; $i++) {
    if ((Invoke-Arm GET $provider '2021-04-01').registrationState -eq 'Registered') { break }
    Start-Sleep -Seconds 5
  }
}
$group = "/subscriptions/$subscription/resourceGroups/$ResourceGroup"
if (-not (Invoke-Arm GET $group '2021-04-01')) {
  $null = Invoke-Arm PUT $group '2021-04-01' @{ location = $Location }
  Write-Step "made the resource group $ResourceGroup"
}
$path = "$group/providers/Microsoft.BotService/botServices/$BotName"
$bot = Invoke-Arm GET $path '2022-09-15'
if (-not $bot) {
  $null = Invoke-Arm PUT $path '2022-09-15' @{
    location = 'global'; kind = 'azurebot'; sku = @{ name = 'F0' }
    properties = @{ displayName = '@NAME@'; endpoint = $endpoint; msaAppType = 'SingleTenant'
      msaAppId = $ClientId; msaAppTenantId = $tenant } }
  Write-Step "made the Azure Bot $BotName"
} elseif ($bot.properties.msaAppId -ne $ClientId) {
  throw "setup: the Azure Bot $BotName belongs to the registration $($bot.properties.msaAppId):" +
    ' say -BotName or -ClientId'
}
if (-not (Invoke-Arm GET "$path/channels/MsTeamsChannel" '2022-09-15')) {
  $null = Invoke-Arm PUT "$path/channels/MsTeamsChannel" '2022-09-15' @{
    location = 'global'
    properties = @{ channelName = 'MsTeamsChannel'
      properties = @{ isEnabled = $true; acceptedTerms = $true; deploymentEnvironment = $teams } } }
  Write-Step 'switched the Teams channel on'
}

# 6. The ids, where they are needed.
$text = Get-Content -Raw $manifest
$filled = $text.Replace('@BOT_PLACEHOLDER@', $ClientId).Replace('@CLIENT_PLACEHOLDER@', $ClientId)
if ($filled -ne $text) {
  Set-Content -NoNewline -Path $manifest -Value $filled
  Write-Step "filled in $manifest"
}
if (-not (Test-Path crier.env)) {
  # What would lead elsewhere. Without a secret, the credential is yours to set.
  $lines = @('unset @FOREIGN@',
    "export CRIER_CLOUD=$Cloud", "export AZURE_TENANT_ID=$tenant",
    "export AZURE_CLIENT_ID=$ClientId", 'export CRIER_APP_ID=@MANIFEST_ID@')
  if (-not $NoSecret) {
    $lines = @('unset @CREDENTIALS@') + $lines
    $lines += "export AZURE_CLIENT_SECRET_FILE='$(Join-Path $PSScriptRoot client-secret)'"
  }
  Set-Content -Path crier.env -Value $lines
  Write-Step 'wrote crier.env'
}

if ($unconsented) {
  [Console]::Error.WriteLine("setup: an administrator must still consent to: $unconsented`n" +
    "  $login/$tenant/adminconsent?client_id=$ClientId")
  exit 77
}
Write-Step 'done; next: crier pack app'
]=]

return powershell

// The service and what it stands on. Nothing here has a key or a password:
// one identity signs in everywhere, and each service accepts Entra's tokens only.

param location string
param tags object
param token string
param acsResourceId string
param acsDataLocation string
param acsKeys bool
param guests bool
param guestScopes string
param guestMaxMinutes int
param guestRetentionDays int
param entraClientId string
param entraTenantIds string
param allowedOrigins string[]
param alwaysReadyInstances int
param maximumInstanceCount int
param dailyLogCapGb int
param privateNetwork bool
param purgeProtection bool
param settings object

// New in every deployment, but the secrets that are made of them are created only once.
@secure()
param handleSeed string = newGuid()
@secure()
param handleSeedToo string = newGuid()
@secure()
param logSeed string = newGuid()
@secure()
param logSeedToo string = newGuid()

var acsPath = split(acsResourceId, '/') // '', 'subscriptions', its id, 'resourceGroups', its name, …
var acsName = empty(acsResourceId) ? 'acs-${token}' : last(acsPath)
var publicAccess = privateNetwork ? 'Disabled' : 'Enabled'
var packages = 'packages'
var roles = {
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  secretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
}
var roleDefinitions = 'Microsoft.Authorization/roleDefinitions'

// User-assigned, because it can have its roles before the function app exists.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${token}'
  location: location
  tags: tags
}

resource acs 'Microsoft.Communication/communicationServices@2025-05-01' = if (empty(acsResourceId)) {
  name: acsName
  location: 'global'
  tags: tags
  properties: {
    dataLocation: acsDataLocation
    disableLocalAuth: !acsKeys
  }
}

module access 'access.bicep' = {
  name: 'access'
  scope: resourceGroup(
    empty(acsResourceId) ? subscription().subscriptionId : (acsPath[2]),
    empty(acsResourceId) ? resourceGroup().name : (acsPath[4])
  )
  params: {
    acsName: acsName
    principalId: identity.properties.principalId
  }
  dependsOn: [acs]
}

// The host's leases and function keys, the deployed packages, and the tables of the identity store.
resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: 'st${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess
    networkAcls: {
      bypass: 'None'
      defaultAction: privateNetwork ? 'Deny' : 'Allow'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource container 'containers' = {
      name: packages
    }
  }
}

resource blobRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, identity.id, roles.blobDataOwner)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal' // without it, Azure looks for a principal that Entra may not know yet
    roleDefinitionId: subscriptionResourceId(roleDefinitions, roles.blobDataOwner)
  }
}

resource tableRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, identity.id, roles.tableDataContributor)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(roleDefinitions, roles.tableDataContributor)
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    workspaceCapping: { dailyQuotaGb: dailyLogCapGb } // the audit is never sampled, so only this bounds the bill
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: logs.id
    DisableLocalAuth: true // who knows the connection string cannot write records with it
  }
}

resource metricsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identity.id, roles.metricsPublisher)
  scope: insights
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(roleDefinitions, roles.metricsPublisher)
  }
}

// For the two keys that this service makes up. Nobody ever has to see them.
resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: 'kv-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: purgeProtection ? true : null // Azure refuses false
    publicNetworkAccess: publicAccess
    networkAcls: {
      bypass: 'AzureServices' // Resource Manager, which writes the two secrets
      defaultAction: privateNetwork ? 'Deny' : 'Allow'
    }
  }
}

// Two GUIDs without their dashes are 64 characters of base64 with 244 random bits.
// Base64 of their text would be text, which the service refuses as a key.
@onlyIfNotExists() // a new key would end all handles of guests
resource handleKey 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (guests) {
  parent: vault
  name: 'guest-handle-keys'
  properties: { value: 'k1:${replace('${handleSeed}${handleSeedToo}', '-', '')}' }
}

@onlyIfNotExists() // a new key would give each person a new hash in the log
resource logKey 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'log-hash-key'
  properties: { value: replace('${logSeed}${logSeedToo}', '-', '') }
}

resource secretsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, roles.secretsUser)
  scope: vault
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(roleDefinitions, roles.secretsUser)
  }
}

module network 'network.bicep' = if (privateNetwork) {
  name: 'network'
  params: {
    location: location
    tags: tags
    token: token
    storageId: storage.id
    vaultId: vault.id
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true } // Linux
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: 'func-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' }) // by which azd finds it
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id // the default is a system-assigned identity, which does not exist
    virtualNetworkSubnetId: privateNetwork ? network!.outputs.appSubnetId : null
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      cors: {
        allowedOrigins: allowedOrigins
        supportCredentials: false // this service uses no cookies
      }
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packages}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'python', version: '3.13' }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048 // the least with a whole core, which a cold start uses
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        triggers: { http: { perInstanceConcurrency: 256 } } // docs/scaling.md
      }
    }
  }
  // With its roles from the start, the host finds its storage at the first attempt.
  dependsOn: [access, storage::blobs::container, blobRole, tableRole, metricsRole, secretsRole]

  resource scmPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource ftpPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
}

var host = {
  AzureWebJobsStorage__accountName: storage.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '16384' // docs/deploy.md#the-size-of-bodies
}
var service = {
  ACS_ENDPOINT: access.outputs.endpoint
  AZURE_CLIENT_ID: identity.properties.clientId // which of the app's identities ACS and the tables get
  LOG_HASH_KEY: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=${logKey.name})'
}
var guestSettings = {
  GUESTS: 'on'
  GUEST_HANDLE_KEYS: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=guest-handle-keys)'
  GUEST_SCOPES: guestScopes
  GUEST_MAX_MINUTES: string(guestMaxMinutes)
}
var retention = { GUEST_RETENTION_DAYS: string(guestRetentionDays) }
var signIn = {
  ENTRA_TENANT_IDS: entraTenantIds
  ENTRA_CLIENT_ID: entraClientId
  ENTRA_CLIENT_ASSERTION: 'managed-identity'
}

resource appSettings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: site
  name: 'appsettings'
  properties: union(
    host,
    service,
    guests ? guestSettings : {},
    guests && guestRetentionDays > 0 ? retention : {},
    empty(entraClientId) ? {} : signIn,
    settings
  )
  dependsOn: [handleKey]
}

output functionAppName string = site.name
output apiUrl string = 'https://${site.properties.defaultHostName}/api'
output identityName string = identity.name
output acsEndpoint string = access.outputs.endpoint

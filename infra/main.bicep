// Everything that acs-tokens needs in Azure: a resource group with the service, and no secret that a person knows.
// docs/deploy.md explains the switches.
targetScope = 'subscription'

@description('The name of the azd environment. The names of all resources come from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('The Azure region of everything but ACS, which is global.')
@minLength(1)
param location string

@description('The resource id of an existing ACS resource. Empty: one is created.')
param acsResourceId string = ''

@description('The geography in which a new ACS resource keeps its data.')
param acsDataLocation string = 'Europe'

@description('Whether a new ACS resource accepts access keys. This service needs none.')
param acsKeys bool = false

@description('Whether visitors who are not signed in get tokens.')
param guests bool = false

@description('The most that tokens of guests may allow, joined by commas.')
param guestScopes string = 'voip'

@description('The longest life of a guest\'s token.')
@minValue(60)
@maxValue(1440)
param guestMaxMinutes int = 60

@description('Guests not seen for so many days are deleted. 0: never.')
@minValue(0)
@maxValue(3650)
param guestRetentionDays int = 0

@description('The application (client) id that entra.bicep returned. Empty: nobody signs in.')
param entraClientId string = ''

@description('The tenants whose users may sign in, joined by commas. Empty: the tenant of the subscription.')
param entraTenantIds string = ''

@description('The https:// origins of pages that may use the API, joined by commas.')
param allowedOrigins string = ''

@description('Instances that are kept ready for HTTP requests. They cost money at rest. 0: page loads meet cold starts.')
@minValue(0)
@maxValue(1000)
param alwaysReadyInstances int = 1

@description('The most instances: a ceiling for the bill.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('The most that the log takes in a day, in GB: a ceiling for the bill.')
@minValue(1)
param dailyLogCapGb int = 1

@description('Whether storage and vault are reached through a virtual network only.')
param privateNetwork bool = false

@description('Whether a deleted vault stays for 90 days without a way to purge it. It cannot be switched off again.')
param purgeProtection bool = false

@description('Further settings of the service, such as rate limits. They win over those of this template.')
param settings object = {}

var tags = { 'azd-env-name': environmentName }
var token = toLower(uniqueString(subscription().id, environmentName, location))

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    acsResourceId: acsResourceId
    acsDataLocation: acsDataLocation
    acsKeys: acsKeys
    guests: guests
    guestScopes: guestScopes
    guestMaxMinutes: guestMaxMinutes
    guestRetentionDays: guestRetentionDays
    entraClientId: entraClientId
    entraTenantIds: empty(entraTenantIds) ? tenant().tenantId : entraTenantIds
    allowedOrigins: empty(allowedOrigins) ? [] : split(allowedOrigins, ',')
    alwaysReadyInstances: alwaysReadyInstances
    maximumInstanceCount: maximumInstanceCount
    dailyLogCapGb: dailyLogCapGb
    privateNetwork: privateNetwork
    purgeProtection: purgeProtection
    settings: settings
  }
}

// azd hands these to the hooks as environment variables.
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = app.outputs.functionAppName
output API_URL string = app.outputs.apiUrl
output IDENTITY_NAME string = app.outputs.identityName
output ACS_ENDPOINT string = app.outputs.acsEndpoint
output GUESTS_ADMITTED bool = guests

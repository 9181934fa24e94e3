// The Entra application for users who sign in. A deployment of its own, for somebody who may register applications:
// the rest of the service needs no right in Entra. It has no secret: the service's identity vouches for it.
extension microsoftGraphV1

@description('The identity that main.bicep created: its output IDENTITY_NAME.')
param identityName string

@description('The name that users see when they consent.')
param displayName string = 'acs-tokens'

@description('The addresses of pages to which Entra sends users back.')
param redirectUris string[] = []

@description('Whether Teams users are served. An administrator then has to consent.')
param teams bool = false

var uniqueName = '${displayName}-${uniqueString(resourceGroup().id)}'
// The delegated permissions of ACS that a Teams user's token needs.
var teamsPermissions = {
  resourceAppId: '1fd5118e-2576-4263-8130-9503064c837a' // Azure Communication Services
  resourceAccess: [
    { id: 'de8ec1df-066a-4817-bc5d-9a985b986262', type: 'Scope' } // Teams.ManageCalls
    { id: '6290af7f-b407-49f9-92d5-bf584fdc4019', type: 'Scope' } // Teams.ManageChats
  ]
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource application 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  identifierUris: ['api://${tenant().tenantId}/${uniqueName}'] // the client id is not known yet
  api: {
    requestedAccessTokenVersion: 2 // tokens are for the client id then
    oauth2PermissionScopes: [
      {
        id: guid(uniqueName, 'Acs.Token')
        value: 'Acs.Token'
        type: 'User'
        isEnabled: true
        adminConsentDisplayName: 'Get tokens for calls and chats'
        adminConsentDescription: 'Lets the page get tokens of Azure Communication Services for the signed-in user.'
        userConsentDisplayName: 'Get tokens for your calls and chats'
        userConsentDescription: 'Lets the page get tokens of Azure Communication Services for you.'
      }
    ]
  }
  spa: { redirectUris: redirectUris }
  requiredResourceAccess: teams ? [teamsPermissions] : []

  resource credential 'federatedIdentityCredentials@v1.0' = {
    name: '${uniqueName}/function-app'
    audiences: ['api://AzureADTokenExchange']
    issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
    subject: identity.properties.principalId // not its client id
  }
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application.appId
}

output clientId string = application.appId
output scope string = 'api://${tenant().tenantId}/${uniqueName}/Acs.Token'

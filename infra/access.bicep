// What the service may do in the ACS resource, which may be in another resource group or subscription.

param acsName string
param principalId string

var communicationServiceOwner = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '09976791-48a7-449e-bb21-39d1a415f350' // Communication and Email Service Owner
)

resource acs 'Microsoft.Communication/communicationServices@2025-05-01' existing = {
  name: acsName
}

resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(acs.id, principalId, communicationServiceOwner)
  scope: acs
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal' // without it, Azure looks for a principal that Entra may not know yet
    roleDefinitionId: communicationServiceOwner
  }
}

output endpoint string = 'https://${acs.properties.hostName}'

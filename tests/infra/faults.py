"""Faults to plant in the template, each with what the checker must say of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        file: In which file of infra/.
        old: What stands there; once.
        new: What to put in its place.
        found: A part of a problem that must be reported.
    """

    file: str
    old: str
    new: str
    found: str


# What the language and Azure's types do not allow.
WRITTEN_WRONG = (
    Fault("app.bicep", "httpsOnly: true", "httpOnly: true", "httpOnly does not exist"),
    Fault("app.bicep", "httpsOnly: true", "httpsOnly: 'true'", "httpsOnly is not bool"),
    Fault("app.bicep", "minimumTlsVersion: 'TLS1_2'", "minimumTlsVersion: 12", "minimumTlsVersion is not"),
    Fault("app.bicep", "  kind: 'StorageV2'\n", "", "kind is missing"),
    Fault("app.bicep", "sku: { family: 'A', name: 'standard' }", "sku: { family: 'A', name: 'Standard' }", "sku.name is not"),
    Fault("app.bicep", "bypass: 'AzureServices'", "bypass: ['AzureServices']", "bypass is not"),
    Fault("app.bicep", "    dataLocation: acsDataLocation\n", "", "dataLocation is missing"),
    Fault("app.bicep", "dataLocation: acsDataLocation", "hostName: 'x'\n    dataLocation: acsDataLocation", "hostName is read-only"),
    Fault("app.bicep", "userAssignedIdentities@2024-11-30", "userAssignedIdentities@2029-01-01", "not a known type"),
    Fault("app.bicep", "Microsoft.Web/serverfarms@", "Microsoft.Web/serverFarm@", "not a known type"),
    Fault("app.bicep", "name: 'st${token}'", "name: 'st-${token}'", "does not match"),
    Fault("app.bicep", "name: 'kv-${token}'", "name: 'key-vault-of-${token}'", "does not match"),
    Fault("app.bicep", "properties: { reserved: true }", "properties: { reserved: true }\n  os: 'Linux'", "os does not exist"),
    Fault("app.bicep", "name: 'scm'", "name: 'git'", "name must be one of"),
    Fault("app.bicep", "type: 'blobContainer'", "type: 'container'", "storage.type must be blobContainer"),
    Fault("app.bicep", "identity.properties.clientId\n  APPL", "identity.properties.appId\n  APPL", "has no property properties.appId"),
    Fault("access.bicep", "acs.properties.hostName", "acs.hostName", "has no property hostName"),
    Fault("app.bicep", "name: 'log-${token}'", "name: 'log-${suffix}'", "there is no symbol suffix"),
    Fault("app.bicep", "string(guestMaxMinutes)", "toString(guestMaxMinutes)", "there is no function toString"),
    Fault("app.bicep", "replace('${logSeed}${logSeedToo}', '-', '')", "replace(logSeed, '-')", "replace does not take"),
    Fault("app.bicep", "@secure()\nparam logSeed ", "@secret()\nparam logSeed ", "@secret is no decorator"),
    Fault("app.bicep", "var packages = 'packages'", "var packages = 'packages'\nvar unused = 1", "unused is not used"),
    Fault("app.bicep", "guid(vault.id, identity.id,", "guid(vault.id, identity.properties.principalId,", "not known before"),
    Fault("app.bicep", "name: acsName\n  location", "name: acs.name\n  location", "depends on itself"),
    Fault("app.bicep", "param location string\n", "param location string\nparam location string\n", "declared twice"),
    Fault("app.bicep", "properties: { reserved: true } // Linux", "properties: { reserved: true", "syntax error"),
    Fault("app.bicep", "    acsName: acsName\n", "", "acsName: has no value"),
    Fault("app.bicep", "    vaultId: vault.id\n", "    vaultId: vault.id\n    zone: 'x'\n", "zone: is no parameter"),
    Fault("main.bicep", "    guests: guests\n", "    guests: string(guests)\n", "guests: is not of type bool"),
    Fault("main.bicep", "app.outputs.apiUrl", "app.outputs.url", "there is no property url"),
    Fault("main.bicep", "output GUESTS_ADMITTED bool", "output GUESTS_ADMITTED int", "is not of type int"),
    Fault("main.bicep", "module app 'app.bicep'", "module app 'site.bicep'", "site.bicep"),
    Fault("main.parameters.json", "${DAILY_LOG_CAP_GB=1}", "${DAILY_LOG_CAP_GB=0}", "outside of @minValue"),
    Fault("main.parameters.json", "${MAXIMUM_INSTANCE_COUNT=40}", "${MAXIMUM_INSTANCE_COUNT=many}", "not of type int"),
    Fault("main.parameters.json", '"guestScopes"', '"guestScope"', "guestScope: is no parameter"),
    Fault("network.bicep", "groupIds: [endpoint.name]", "groupIds: endpoint.name", "groupIds is not a list"),
    Fault("network.bicep", "output appSubnetId string = '${network.id}/subnets/app'", "output subnet string = network.id", "no property appSubnetId"),
    Fault("app.bicep", "privateNetwork ? network!.outputs.appSubnetId : null", "network!.outputs.appSubnetId", "is not deployed"),
    Fault("entra.bicep", "appId: application.appId", "clientId: application.appId", "appId is missing"),
    Fault("entra.bicep", "requestedAccessTokenVersion: 2", "requestedAccessTokenVersion: '2'", "requestedAccessTokenVersion is not int"),
    Fault("entra.bicep", "type: 'User'", "type: 'Delegated'", "type is not 'User'|'Admin'"),
)  # fmt: skip
# What Azure would take, and this project must not.
UNSAFE = (
    Fault("app.bicep", "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "allowSharedKeyAccess must be False"),
    Fault("app.bicep", "allowBlobPublicAccess: false", "allowBlobPublicAccess: true", "allowBlobPublicAccess must be False"),
    Fault("app.bicep", "disableLocalAuth: !acsKeys", "disableLocalAuth: acsKeys", "ACS must refuse keys"),
    Fault("app.bicep", "DisableLocalAuth: true", "DisableLocalAuth: false", "DisableLocalAuth must be True"),
    Fault("app.bicep", "workspaceCapping: { dailyQuotaGb: dailyLogCapGb }", "retentionInDays: dailyLogCapGb", "given twice"),
    Fault("app.bicep", "enableRbacAuthorization: true", "enableRbacAuthorization: false", "enableRbacAuthorization must be True"),
    Fault("app.bicep", "name: 'ftp'\n    properties: { allow: false }", "name: 'ftp'\n    properties: { allow: true }", "allow must be False"),
    Fault("app.bicep", "@onlyIfNotExists() // a new key would end all handles of guests\n", "", "guest-handle-keys would be overwritten"),
    Fault("app.bicep", "'k1:${replace('${handleSeed}${handleSeedToo}', '-', '')}'", "'k1:${base64('${handleSeed}${handleSeedToo}')}'", "GUEST_HANDLE_KEYS holds text"),
    Fault("app.bicep", "replace('${logSeed}${logSeedToo}', '-', '')", "'${logSeed}${logSeedToo}'", "LOG_HASH_KEY must read"),
    Fault("app.bicep", "SecretName=${logKey.name})'", "SecretName=log-key)'", "LOG_HASH_KEY is a Key Vault reference"),
    Fault("app.bicep", "  LOG_HASH_KEY: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=${logKey.name})'\n", "", "hash ids with another key"),
    Fault("access.bicep", "'https://${acs.properties.hostName}'", "'http://${acs.properties.hostName}'", "ACS_ENDPOINT must have an https"),
    Fault("access.bicep", "09976791-48a7-449e-bb21-39d1a415f350", "b24988ac-6180-42a0-ab88-20f7382dd24c", "09976791-48a7-449e-bb21-39d1a415f350"),
    Fault("app.bicep", "tableDataContributor: '0a9a7e1f", "tableDataContributor: '76199698", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"),
    Fault("app.bicep", "  scope: vault\n", "", "4633458b-17de-408a-b874-0445c86b69e6"),
    Fault("access.bicep", "    principalType: 'ServicePrincipal' // without it, Azure looks for a principal that Entra may not know yet\n", "    principalType: 'User'\n", "a role is not the identity's"),
    Fault("app.bicep", "    principalId: identity.properties.principalId\n  }\n  dependsOn", "    principalId: identity.properties.clientId\n  }\n  dependsOn", "a role is not the identity's"),
    Fault("app.bicep", "blobRole, tableRole, metricsRole", "blobRole, metricsRole", "after tableRole"),
    Fault("app.bicep", "[access, storage::blobs::container,", "[access,", "after container"),
    Fault("app.bicep", "  AZURE_CLIENT_ID: identity.properties.clientId", "  CLIENT_ID: identity.properties.clientId", "AZURE_CLIENT_ID must be"),
    Fault("app.bicep", "keyVaultReferenceIdentity: identity.id", "keyVaultReferenceIdentity: 'SystemAssigned'", "its user-assigned identity"),
    Fault("app.bicep", "version: '3.13'", "version: '3.11'", "runtime.version must be 3.13"),
    Fault("app.bicep", "name: 'FC1'", "name: 'Y1'", "must be FC1"),
    Fault("app.bicep", "perInstanceConcurrency: 256", "perInstanceConcurrency: 1", "perInstanceConcurrency must be 256"),
    Fault("app.bicep", "allowedOrigins: allowedOrigins\n        supp", "allowedOrigins: empty(allowedOrigins) ? ['*'] : allowedOrigins\n        supp", "WEBSITE_CORS_ALLOWED_ORIGINS must list"),
    Fault("app.bicep", "supportCredentials: false", "supportCredentials: true", "supportCredentials must be False"),
    Fault("app.bicep", "'azd-service-name': 'api'", "'azd-service-name': 'app'", "tags.azd-service-name must be api"),
    Fault("app.bicep", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '16384'", "FUNCTIONS_WORKER_RUNTIME: 'python'", "refuses FUNCTIONS_WORKER_RUNTIME"),
    Fault("app.bicep", "ENTRA_CLIENT_ASSERTION: 'managed-identity'", "ENTRA_CLIENT_SECRET: 'changeme'", "ENTRA_CLIENT_SECRET can be guessed"),
    Fault("app.bicep", "publicNetworkAccess: publicAccess\n    networkAcls: {\n      bypass: 'None'", "publicNetworkAccess: 'Enabled'\n    networkAcls: {\n      bypass: 'None'", "must have public access Disabled"),
    Fault("network.bicep", "{ name: 'table', target: storageId", "{ name: 'queue', target: storageId", "the private endpoints must be"),
    Fault("app.bicep", "GUESTS: 'on'", "GUESTS: 'yes'", "GUESTS must be 'off' or 'on' or 'invited'"),
    Fault("app.bicep", "string(guestRetentionDays) }", "'${guestRetentionDays} days' }", "GUEST_RETENTION_DAYS must be"),
    Fault("entra.bicep", "subject: identity.properties.principalId", "subject: identity.properties.clientId", "subject must be"),
    Fault("entra.bicep", "signInAudience: 'AzureADMyOrg'", "signInAudience: 'AzureADMultipleOrgs'", "signInAudience must be"),
    Fault("entra.bicep", "/v2.0'\n", "'\n", "issuer must be"),
    Fault("entra.bicep", "value: 'Acs.Token'", "value: 'Acs.Tokens'", "the scope must be Acs.Token"),
)  # fmt: skip
FAULTS = (*WRITTEN_WRONG, *UNSAFE)

"""What this project demands of the Entra application."""

from collections.abc import Iterator

from tests.infra.bicep.functions import TENANT
from tests.infra.bicep.resources import PRINCIPAL, Deployment
from tests.infra.site_demands import at

# https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
CREDENTIAL = {
    "audiences": ["api://AzureADTokenExchange"],
    "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "subject": PRINCIPAL,
}


def unmet(deployment: Deployment) -> Iterator[str]:
    """Yield the demands that a deployment of entra.bicep does not meet."""
    bodies = {
        resource.type.rpartition("/")[2]: resource.body for _, resource in deployment.resources
    }
    application = bodies["applications"]
    credential = bodies["federatedIdentityCredentials"]
    for name, value in CREDENTIAL.items():
        if credential[name] != value:
            yield f"{name} must be {value}"
    if application["signInAudience"] != "AzureADMyOrg":
        yield "signInAudience must be AzureADMyOrg"
    if at(application, "api.requestedAccessTokenVersion") != 2:
        yield "tokens must be of version 2, whose audience is the client id"
    scopes = [each["value"] for each in at(application, "api.oauth2PermissionScopes")]
    if scopes != ["Acs.Token"]:  # the default of ENTRA_SCOPE
        yield "the scope must be Acs.Token"
    if deployment.outputs["scope"] != f"{application['identifierUris'][0]}/Acs.Token":
        yield "the output must be the scope that pages ask for"
    if {"passwordCredentials", "keyCredentials"} & set(application):
        yield "the application must have no secret"

"""Which Entra users may sign in, and how this service acts on their behalf."""

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, SecretBytes, SecretStr

from acs_tokens.models.values import GUID
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.audiences import read_audiences
from acs_tokens.settings.client_certificate import read_client_certificate
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.role_scopes import RoleScopes, read_role_scopes

PUBLIC_CLOUD = "https://login.microsoftonline.com"
US_GOVERNMENT = "https://login.microsoftonline.us"
V1_ISSUERS = {PUBLIC_CLOUD: "https://sts.windows.net", US_GOVERNMENT: "https://sts.windows.net"}
PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"  # Microsoft's tenant 'consumers'
SECRETS = ("ENTRA_CLIENT_SECRET", "ENTRA_CLIENT_CERTIFICATE", "ENTRA_CLIENT_ASSERTION")
MANAGED_IDENTITY = "managed-identity"
PLACEHOLDER = re.compile(r"<.*>|\*+|\.+|…")
GUESSED = re.compile(
    r"change-?me|(my-?|client-?|emulator-)?secret|password|your[-_ ].*|x+|todo", re.IGNORECASE
)


class EntraSettings(BaseModel):
    """Settings for sign-in with Entra.

    Attributes:
        authority: Entra's address, without a slash at the end.
        tenant_ids: The tenants whose users may sign in, in lower case.
        client_id: This service's application (client) id, in lower case.
        audiences: What ``aud`` of a version 1 token may be: the client id and App ID URIs. That of
            a version 2 token must be the client id.
        scope: The delegated permission that a token must have.
        role_scopes: What each app role may ask for; None allows everybody all scopes.
        client_secret, client_certificate, managed_identity: At most one of them is set. This
            service authenticates with it to act on behalf of users. The certificate is PEM with
            its private key.
        managed_identity_id: The client id of a user-assigned managed identity, in lower case; None
            for the system-assigned one.
        trusts_easyauth: Whether App Service authentication's header is accepted.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    authority: str
    tenant_ids: frozenset[str]
    client_id: str
    audiences: frozenset[str]
    scope: str
    role_scopes: RoleScopes | None
    client_secret: SecretStr | None
    client_certificate: SecretBytes | None
    managed_identity: bool
    managed_identity_id: str | None
    trusts_easyauth: bool

    @classmethod
    def from_environ(cls, environ: Environ) -> Self | None:
        """Read the settings; None when sign-in is not set up.

        Raises:
            MisconfiguredError: A setting is missing or malformed, or is
                for a developer's machine and this is not one.
        """
        tenants, client_id = environ.items("ENTRA_TENANT_IDS"), environ.text("ENTRA_CLIENT_ID")
        trusts_easyauth = _easyauth(environ)
        role_scopes = read_role_scopes(environ, "ENTRA_ROLE_SCOPES")
        if not tenants and not client_id and not trusts_easyauth and role_scopes is None:
            return None
        if not tenants:
            raise MisconfiguredError(
                "ENTRA_TENANT_IDS", "is not set. Set it to the tenants whose users may sign in."
            )
        if not client_id:
            raise MisconfiguredError(
                "ENTRA_CLIENT_ID", "is not set. Set it to this service's application (client) id."
            )
        client_id = environ.guid("ENTRA_CLIENT_ID", client_id)
        secret, certificate, assertion = _credential(environ)
        return cls(
            authority=environ.cloud("ENTRA_AUTHORITY", (PUBLIC_CLOUD, US_GOVERNMENT)),
            tenant_ids=frozenset(_tenant(environ, tenant) for tenant in tenants),
            client_id=client_id,
            audiences=read_audiences(environ, client_id),
            scope=environ.text("ENTRA_SCOPE") or "Acs.Token",
            role_scopes=role_scopes,
            client_secret=SecretStr(secret) if secret else None,
            client_certificate=read_client_certificate(certificate) if certificate else None,
            managed_identity=bool(assertion),
            managed_identity_id=_managed_identity_id(environ, assertion) if assertion else None,
            trusts_easyauth=trusts_easyauth,
        )

    def issuers(self, tenant_id: str) -> dict[str, str]:
        """Return the issuers of a tenant's tokens, by the tokens' ``ver``."""
        v1 = V1_ISSUERS.get(self.authority, self.authority)
        return {"1.0": f"{v1}/{tenant_id}/", "2.0": f"{self.authority}/{tenant_id}/v2.0"}


def _tenant(environ: Environ, text: str) -> str:
    tenant_id = environ.guid("ENTRA_TENANT_IDS", text)
    if tenant_id == PERSONAL_ACCOUNTS:
        raise MisconfiguredError(
            "ENTRA_TENANT_IDS", "holds the tenant of all personal accounts. Remove it."
        )
    return tenant_id


def _easyauth(environ: Environ) -> bool:
    if not environ.switch("TRUST_EASYAUTH"):
        return False
    enabled = environ.text("WEBSITE_AUTH_ENABLED").lower() == "true"
    if not (enabled and environ.text("WEBSITE_SITE_NAME")):
        raise MisconfiguredError(
            "TRUST_EASYAUTH",
            "is on, but App Service authentication is not: anybody could send its header."
            " Switch authentication on, or this off.",
        )
    return True


def _credential(environ: Environ) -> tuple[str, str, str]:
    name, value = environ.one_of(SECRETS)
    if PLACEHOLDER.fullmatch(value):
        raise MisconfiguredError(name, "is a placeholder. Set the real one, or remove it.")
    if GUESSED.fullmatch(value):
        environ.require_development(name, "can be guessed. Set the real one, or remove it.")
    secret, certificate, assertion = (value if name == each else "" for each in SECRETS)
    return secret, certificate, assertion


def _managed_identity_id(environ: Environ, assertion: str) -> str | None:
    """Return the client id of the user-assigned identity; None for the system-assigned one."""
    kind, separator, client_id = assertion.partition(":")
    if kind != MANAGED_IDENTITY or (separator and not re.fullmatch(GUID, client_id)):
        raise MisconfiguredError(
            "ENTRA_CLIENT_ASSERTION",
            f"must be '{MANAGED_IDENTITY}', or '{MANAGED_IDENTITY}:<client id>' for a user-assigned"
            " one.",
        )
    if separator:
        return client_id.lower()
    usual = environ.text("AZURE_CLIENT_ID")  # of Azure's SDKs
    return environ.guid("AZURE_CLIENT_ID", usual) if usual else None

"""Microsoft's unmodified azure-identity signs in at the emulator: sync and async, over TLS."""

import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from azure import identity
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import aio

from acs_emulator.defaults import IDENTITY_HEADER
from tests.emulator.entra.client import (
    ALICE,
    CONTOSO,
    SECRET,
    TEAMS,
    client_certificate,
    password,
)
from tests.raw_http import call
from tests.serving import Emulator
from tests.tokens import claims_of
from tests.waiting import LIMIT_SECONDS

Issue = Callable[..., Awaitable[Any]]


@pytest.fixture(params=["sync", "async"])
def issue(
    request: pytest.FixtureRequest, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> Issue:
    """Create a credential of this class and request a token."""
    # requests prefers these variables to the parameter of the credential.
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    package = identity if request.param == "sync" else aio

    async def issue_once(name: str, scope: str, *arguments: Any, **options: Any) -> Any:
        credential = getattr(package, name)(
            *arguments,
            authority=emulator.tls_url,
            connection_verify=str(emulator.authority),
            disable_instance_discovery=True,
            **options,
        )
        try:
            token = credential.get_token(scope)
            return await token if inspect.isawaitable(token) else token
        finally:
            closed = credential.close()
            if inspect.isawaitable(closed):
                await closed

    return issue_once


@pytest.mark.parametrize("tenant", [CONTOSO, "adfs"])
async def test_acs_accepts_a_clients_token(issue: Issue, emulator: Emulator, tenant: str) -> None:
    scope = "https://communication.azure.com//.default"

    issued = await issue("ClientSecretCredential", scope, tenant, str(uuid4()), SECRET)

    headers = {"Authorization": f"Bearer {issued.token}"}
    path = "/identities?api-version=2023-10-01"
    assert call(emulator.url, "POST", path, headers=headers).status == 201
    assert abs(issued.expires_on - time.time() - 3600) < LIMIT_SECONDS


async def test_a_wrong_secret_is_reported(issue: Issue) -> None:
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        await issue("ClientSecretCredential", f"{TEAMS}/.default", CONTOSO, str(uuid4()), "wrong")


async def test_a_client_signs_in_with_a_certificate(issue: Issue) -> None:
    key, certificate = client_certificate()

    issued = await issue(
        "CertificateCredential",
        f"{TEAMS}/.default",
        CONTOSO,
        str(uuid4()),
        certificate_data=(key + certificate).encode(),
        send_certificate_chain=True,
    )

    assert claims_of(issued.token)["appidacr"] == "2"


async def test_a_client_signs_in_with_the_managed_identity(
    issue: Issue, emulator: Emulator
) -> None:
    path = "/msi/token?api-version=2019-08-01&resource=api://AzureADTokenExchange"

    def assertion() -> str:
        reply = call(emulator.url, "GET", path, headers={"X-IDENTITY-HEADER": IDENTITY_HEADER})
        token: str = reply.json["access_token"]
        return token

    issued = await issue(
        "ClientAssertionCredential", f"{TEAMS}/.default", CONTOSO, str(uuid4()), assertion
    )

    assert claims_of(issued.token)["idtyp"] == "app"


async def test_a_client_acts_on_behalf_of_alice(issue: Issue, emulator: Emulator) -> None:
    issued = await _on_behalf(issue, emulator, "alice@contoso.example")

    assert (claims_of(issued.token)["oid"], claims_of(issued.token)["aud"]) == (ALICE, TEAMS)


async def test_mia_requires_interaction(issue: Issue, emulator: Emulator) -> None:
    with pytest.raises(ClientAuthenticationError, match="AADSTS50076") as caught:
        await _on_behalf(issue, emulator, "mia@contoso.example")

    assert caught.value.response
    assert caught.value.response.status_code == 400


async def _on_behalf(issue: Issue, emulator: Emulator, user: str) -> Any:
    client = str(uuid4())
    assertion = password(emulator, user, str(uuid4()), f"api://{client}/Acs.Token")
    return await issue(
        "OnBehalfOfCredential",
        f"{TEAMS}/.default",
        CONTOSO,
        client,
        client_secret=SECRET,
        user_assertion=assertion["access_token"],
    )


@pytest.mark.parametrize("issue", ["sync"], indirect=True)
@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
async def test_alice_signs_in_by_password_at_adfs(issue: Issue) -> None:
    client, scope = str(uuid4()), f"api://{uuid4()}/Acs.Token"
    arguments = (client, "alice@contoso.example", "emulator")

    issued = await issue("UsernamePasswordCredential", scope, *arguments, tenant_id="adfs")

    assert claims_of(issued.token)["oid"] == ALICE

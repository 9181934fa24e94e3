"""Microsoft's unmodified MSAL for Python signs in at the emulator, over TLS."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import msal  # type: ignore[import-untyped] # it has no types
import pytest

from tests.emulator.acs.client import send
from tests.emulator.entra.client import (
    ALICE,
    BACK,
    CONTOSO,
    SECRET,
    TEAMS,
    client_certificate,
    password,
)
from tests.raw_http import call
from tests.serving import Emulator
from tests.tokens import claims_of

ALICE_NAME = "alice@contoso.example"

# Signing in by password without a browser is deprecated; MSAL warns each time.
by_password = pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")


@pytest.fixture(autouse=True)
def own_authority(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset the variables that requests prefers to the parameter ``verify``."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


def public(
    emulator: Emulator, client: str, tenant: str = CONTOSO, discovery: str | None = None
) -> Any:
    return msal.PublicClientApplication(
        client,
        authority=f"{emulator.tls_url}/{tenant}",
        instance_discovery=discovery or False,
        verify=str(emulator.authority),
    )


def confidential(
    emulator: Emulator, client: str, tenant: str = CONTOSO, credential: Any = SECRET
) -> Any:
    return msal.ConfidentialClientApplication(
        client,
        credential,
        authority=f"{emulator.tls_url}/{tenant}",
        instance_discovery=False,
        verify=str(emulator.authority),
    )


def signed_in(emulator: Emulator, app: Any, *scopes: str) -> Any:
    """Sign alice in with the page, which posts the response."""
    flow = app.initiate_auth_code_flow(
        list(scopes), redirect_uri=BACK, login_hint=ALICE_NAME, response_mode="form_post"
    )
    page = call(emulator.url, "GET", flow["auth_uri"].removeprefix(emulator.tls_url))
    posted = re.findall(r'name="(\w+)" value="([^"]*)"', unescape(page.content.decode()))
    return app.acquire_token_by_auth_code_flow(flow, dict(posted))


@pytest.mark.parametrize("tenant", [CONTOSO, "contoso.example", "organizations", "adfs"])
def test_alice_signs_in_and_refreshes(emulator: Emulator, tenant: str) -> None:
    client = str(uuid4())
    app, scope = public(emulator, client, tenant), f"api://{client}/Acs.Token"

    first = signed_in(emulator, app, scope)
    (account,) = app.get_accounts()
    cached = app.acquire_token_silent([scope], account)
    refreshed = app.acquire_token_silent([scope], account, force_refresh=True)
    teams = app.acquire_token_silent([f"{TEAMS}/Teams.ManageCalls"], account)

    assert first["id_token_claims"]["oid"] == claims_of(first["access_token"])["oid"] == ALICE
    assert first["id_token_claims"]["iss"] == f"{emulator.tls_url}/{CONTOSO}/v2.0"
    assert account["username"] == ALICE_NAME
    assert cached["access_token"] == first["access_token"]
    assert claims_of(refreshed["access_token"])["uti"] != claims_of(first["access_token"])["uti"]
    assert claims_of(teams["access_token"])["aud"] == TEAMS


@by_password
def test_alice_signs_in_by_password_at_adfs(emulator: Emulator) -> None:
    # With other tenants MSAL first requests information about the user from port 443 of the host.
    client = str(uuid4())

    issued = public(emulator, client, "adfs").acquire_token_by_username_password(
        ALICE_NAME, "emulator", [f"api://{client}/Acs.Token"]
    )

    claims = claims_of(issued["access_token"])
    assert (claims["oid"], claims["scp"], claims["ver"]) == (ALICE, "Acs.Token", "2.0")
    assert claims["iss"] == f"{emulator.tls_url}/{CONTOSO}/v2.0"


@by_password
def test_msal_reports_an_error(emulator: Emulator) -> None:
    result = public(emulator, str(uuid4()), "adfs").acquire_token_by_username_password(
        ALICE_NAME, "wrong", ["User.Read"]
    )

    assert (result["error"], result["error_codes"]) == ("invalid_grant", [50126])


def test_an_unknown_tenant_is_not_found(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        public(emulator, str(uuid4()), "nowhere")


def test_instance_discovery_accepts_the_emulators_authority(emulator: Emulator) -> None:
    discovery = f"{emulator.tls_url}/common/discovery/instance"
    app = public(emulator, str(uuid4()), discovery=discovery)

    assert "id_token" in signed_in(emulator, app, "User.Read")


@pytest.mark.parametrize("tenant", [CONTOSO, "adfs"])
def test_a_client_signs_in_as_itself(emulator: Emulator, tenant: str) -> None:
    client = str(uuid4())
    app = confidential(emulator, client, tenant)

    claims = claims_of(app.acquire_token_for_client([f"api://{client}/.default"])["access_token"])

    assert (claims["azp"], claims["idtyp"], claims["tid"]) == (client, "app", CONTOSO)


def test_a_client_signs_in_with_a_certificate(emulator: Emulator) -> None:
    key, certificate = client_certificate()
    credential = {"private_key": key, "public_certificate": certificate}
    app = confidential(emulator, str(uuid4()), credential=credential)

    claims = claims_of(app.acquire_token_for_client([f"{TEAMS}/.default"])["access_token"])

    assert claims["appidacr"] == "2"


@pytest.mark.parametrize("tenant", [CONTOSO, "adfs"])
def test_a_token_on_behalf_of_alice_is_exchanged_by_acs(emulator: Emulator, tenant: str) -> None:
    page, client = str(uuid4()), str(uuid4())
    assertion = signed_in(emulator, public(emulator, page), f"api://{client}/Acs.Token")

    issued = confidential(emulator, client, tenant).acquire_token_on_behalf_of(
        assertion["access_token"], [f"{TEAMS}/Teams.ManageCalls"]
    )

    body = {"token": issued["access_token"], "appId": client, "userId": ALICE}
    assert send(emulator, "POST", "/teamsUser/:exchangeAccessToken", body).status == 200


def test_mia_requires_interaction(emulator: Emulator) -> None:
    client = str(uuid4())
    assertion = password(emulator, "mia@contoso.example", str(uuid4()), f"api://{client}/Acs.Token")

    result = confidential(emulator, client).acquire_token_on_behalf_of(
        assertion["access_token"], [f"{TEAMS}/.default"]
    )

    assert (result["error"], result["suberror"]) == ("interaction_required", "basic_action")
    assert "capolids" in result["claims"]

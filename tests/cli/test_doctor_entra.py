"""Doctor on what sign-in with Entra needs."""

import ssl
from collections.abc import Iterator
from uuid import uuid4

import pytest
from aiohttp import web

from acs_emulator.entra.users import CONTOSO
from acs_emulator.ports import listen, port_of
from tests.cli.conftest import Cli, has_found
from tests.serving import Emulator, closed_port, in_thread

CREDENTIAL = "Entra credential for on-behalf-of"

pytestmark = pytest.mark.usefixtures("trust")


def test_a_tenant_that_does_not_exist_is_found(cli: Cli, sign_in: dict[str, str]) -> None:
    nowhere = str(uuid4())

    ran = cli.doctor(**sign_in | {"ENTRA_TENANT_IDS": f"{CONTOSO.id},{nowhere}"})

    check = ran.check(f"Entra tenant {nowhere}")
    assert has_found(check, "no such tenant", "Set ENTRA_TENANT_IDS")
    assert ran.check(f"Entra tenant {CONTOSO.id}")["ok"]


@pytest.fixture
def entra_stand_in(emulator: Emulator, sign_in: dict[str, str]) -> Iterator[dict[str, object]]:
    """An Entra that gives this issuer in its metadata, and nothing else; with its settings."""
    content: dict[str, object] = {}

    async def respond(request: web.Request) -> web.Response:
        is_metadata = request.path.endswith("openid-configuration")
        return web.json_response(content if is_metadata else {}, status=200 if is_metadata else 503)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = emulator.authority.parent
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    sockets, application = listen(0), web.Application()
    application.router.add_route("*", "/{path:.*}", respond)
    sign_in["ENTRA_AUTHORITY"] = f"https://localhost:{port_of(sockets)}"
    del sign_in["ENTRA_CLIENT_SECRET"]
    with in_thread(application, (sockets, context)):
        yield content


def test_another_issuer_is_found(
    cli: Cli, sign_in: dict[str, str], entra_stand_in: dict[str, object]
) -> None:
    entra_stand_in["issuer"] = f"https://login.microsoftonline.us/{CONTOSO.id}/v2.0"

    check = cli.doctor(**sign_in).check(f"Entra tenant {CONTOSO.id}")

    assert has_found(check, "another issuer", "Check ENTRA_AUTHORITY")


def test_missing_signing_keys_are_found(
    cli: Cli, sign_in: dict[str, str], entra_stand_in: dict[str, object]
) -> None:
    entra_stand_in["issuer"] = f"{sign_in['ENTRA_AUTHORITY']}/{CONTOSO.id}/v2.0"

    check = cli.doctor(**sign_in).check(f"Entra tenant {CONTOSO.id}")

    assert has_found(check, "signing keys cannot be fetched", "firewalls")


def test_the_issuer_of_another_provider_is_compared(
    cli: Cli, sign_in: dict[str, str], entra_stand_in: dict[str, object]
) -> None:
    issuer = sign_in["ENTRA_AUTHORITY"]
    names = ("IDENTITY_SQLITE", "SSL_CERT_FILE")
    settings = {name: sign_in[name] for name in names} | {
        "OIDC_ISSUER": issuer,
        "OIDC_AUDIENCE": "tests",
    }
    entra_stand_in |= {"issuer": issuer, "jwks_uri": f"{issuer}/openid-configuration"}

    good = cli.doctor(**settings)
    entra_stand_in["issuer"] = f"{issuer}/another"
    bad = cli.doctor(**settings)

    assert good.check(f"provider {issuer}")["ok"]
    assert has_found(bad.check(f"provider {issuer}"), "another issuer", "Compare OIDC_ISSUER")


def test_a_wrong_client_secret_is_found(cli: Cli, sign_in: dict[str, str]) -> None:
    ran = cli.doctor(**sign_in | {"ENTRA_CLIENT_SECRET": "a-secret-that-is-wrong"})

    check = ran.check(CREDENTIAL)
    assert has_found(check, "AADSTS7000215", "Set ENTRA_CLIENT_SECRET to the secret's value")
    assert "a-secret-that-is-wrong" not in ran.out + ran.err


def federated(sign_in: dict[str, str]) -> dict[str, str]:
    """The settings with the managed identity in place of the secret."""
    del sign_in["ENTRA_CLIENT_SECRET"]
    return sign_in | {"ENTRA_CLIENT_ASSERTION": "managed-identity"}


def test_an_assertion_is_obtained(
    cli: Cli, sign_in: dict[str, str], identity: dict[str, str]
) -> None:
    del identity["ACS_ENDPOINT"]

    assert cli.doctor(**federated(sign_in) | identity).check(CREDENTIAL)["ok"]


def test_an_assertion_that_cannot_be_obtained_is_found(
    cli: Cli, sign_in: dict[str, str], identity: dict[str, str]
) -> None:
    del identity["ACS_ENDPOINT"]

    with closed_port() as port:
        identity["IDENTITY_ENDPOINT"] = f"http://127.0.0.1:{port}/msi/token"
        check = cli.doctor(**federated(sign_in) | identity).check(CREDENTIAL)

    assert has_found(check, "No token of the managed identity", "firewalls")

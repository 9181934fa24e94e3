"""Doctor on the managed identity with which the service signs in to ACS."""

import pytest
from aiohttp import web

from tests.cli.conftest import Cli, has_found, responding

pytestmark = pytest.mark.usefixtures("trust")


def test_a_managed_identity_is_accepted(bare_cli: Cli, identity: dict[str, str]) -> None:
    ran = bare_cli.doctor(**identity)

    assert ran.code == 0
    assert ran.check("Entra token for ACS")["ok"]
    assert ran.check("role on ACS")["ok"]


@pytest.mark.parametrize(
    "text",
    [
        "Unable to load the proper Managed Identity.",
        "Multiple user assigned identities exist, please specify the clientId",
    ],
)
def test_an_identity_that_is_not_chosen_is_found(
    bare_cli: Cli, identity: dict[str, str], text: str
) -> None:
    async def respond(request: web.Request) -> web.Response:
        return web.json_response({"statusCode": 400, "message": text}, status=400)

    with responding(respond) as address:
        ran = bare_cli.doctor(**identity | {"IDENTITY_ENDPOINT": f"{address}/msi/token"})

    check = ran.check("Entra token for ACS")
    assert has_found(check, "which managed identity to use", "Set AZURE_CLIENT_ID")


def test_an_app_without_identity_is_found(bare_cli: Cli, identity: dict[str, str]) -> None:
    ran = bare_cli.doctor(**identity | {"IDENTITY_HEADER": "another"})

    check = ran.check("Entra token for ACS")
    assert has_found(check, "No credential of the environment", "give the app a managed identity")


def test_a_missing_role_is_found(bare_cli: Cli, identity: dict[str, str]) -> None:
    async def respond(request: web.Request) -> web.Response:
        fields = {"access_token": "e30.e30.x", "expires_on": "4102444800", "token_type": "Bearer"}
        return web.json_response(fields | {"resource": request.query["resource"]})

    with responding(respond) as address:
        ran = bare_cli.doctor(**identity | {"IDENTITY_ENDPOINT": f"{address}/msi/token"})

    assert ran.check("Entra token for ACS")["ok"]
    check = ran.check("role on ACS")
    assert has_found(check, "refused this service's", "'Communication and Email Service Owner'")

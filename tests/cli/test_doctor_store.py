"""Doctor on the identity store."""

import pytest
from aiohttp import web

from tests.cli.conftest import Cli, has_found, responding
from tests.identities.stores import KEY as STORAGE_KEY
from tests.identities.stores import connection_string as storage
from tests.javascript import needs_node
from tests.keys import random_key
from tests.serving import closed_port

TABLES = "identity store in tables"

pytestmark = pytest.mark.usefixtures("trust")


def test_a_file_that_cannot_be_opened_is_found(cli: Cli, sign_in: dict[str, str]) -> None:
    ran = cli.doctor(**sign_in | {"IDENTITY_SQLITE": "/no/such/folder/identities.db"})

    check = ran.check("identity store in a file")
    assert has_found(check, "SQLITE_CANTOPEN", "Check the path in IDENTITY_SQLITE")


@pytest.fixture
def tables(sign_in: dict[str, str]) -> dict[str, str]:
    """Settings for sign-in, without the place of the identity store."""
    del sign_in["IDENTITY_SQLITE"]
    return sign_in


@pytest.mark.parametrize(
    ("code", "detail", "cure"),
    [
        ("AuthorizationFailure", "firewall refuses", "account's networking"),
        ("AuthorizationPermissionMismatch", "no role for tables", "'Storage Table Data Contributor'"),
        ("KeyBasedAuthenticationNotPermitted", "accepts no keys", "Set IDENTITY_TABLE_ENDPOINT"),
    ],
)  # fmt: skip
def test_why_storage_refuses_is_told_apart(
    cli: Cli, tables: dict[str, str], code: str, detail: str, cure: str
) -> None:
    async def respond(request: web.Request) -> web.Response:
        body = {"odata.error": {"code": code, "message": {"lang": "en-US", "value": "no"}}}
        return web.json_response(body, status=403, headers={"x-ms-error-code": code})

    with responding(respond) as address:
        ran = cli.doctor(**tables, IDENTITY_TABLE_CONNECTION_STRING=storage(address))

    assert has_found(ran.check(TABLES), detail, cure)


def test_storage_that_cannot_be_reached_is_found(cli: Cli, tables: dict[str, str]) -> None:
    with closed_port() as port:
        place = storage(f"http://127.0.0.1:{port}")
        ran = cli.doctor(**tables, IDENTITY_TABLE_CONNECTION_STRING=place)

    assert has_found(ran.check(TABLES), "No response from Table Storage", "firewalls")


@needs_node
def test_a_wrong_account_key_is_found(cli: Cli, tables: dict[str, str], azurite: str) -> None:
    good = cli.doctor(**tables, IDENTITY_TABLE_CONNECTION_STRING=storage(azurite, STORAGE_KEY))
    bad = cli.doctor(
        **tables, IDENTITY_TABLE_CONNECTION_STRING=storage(azurite, random_key("storage"))
    )

    assert good.check(TABLES)["ok"]
    assert has_found(bad.check(TABLES), "refuses the account key", "Copy the connection string")

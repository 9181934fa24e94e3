"""Doctor on the settings of this machine: each fault is provoked, and found with its cure."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import connector, web

from acs_emulator.defaults import ACCESS_KEY_2, IDENTITY_HEADER, connection_string
from acs_emulator.entra.users import CONTOSO
from acs_emulator.ports import listen, port_of
from tests.cli.conftest import Cli, responding
from tests.identities.stores import KEY as STORAGE_KEY
from tests.identities.stores import connection_string as storage
from tests.javascript import needs_node
from tests.keys import random_key
from tests.serving import Emulator, closed_port, in_thread

CLIENT_ID = "acc50000-0000-4000-8000-000000000005"
CREDENTIAL = "Entra credential for on-behalf-of"
TABLES = "identity store in tables"


def has_found(check: dict[str, object], detail: str, cure: str) -> bool:
    """Whether a check failed with such a detail and such a cure."""
    assert not check["ok"]
    return detail in str(check["detail"]) and cure in str(check["cure"])


@pytest.fixture(autouse=True)
def _trust(emulator: Emulator) -> None:
    # What a process trusts, aiohttp reads when it is imported.
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(emulator.authority)


@pytest.fixture
def sign_in(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    """Settings for sign-in with the emulator's Entra."""
    return {
        "ENTRA_AUTHORITY": emulator.tls_url,
        "ENTRA_TENANT_IDS": CONTOSO.id,
        "ENTRA_CLIENT_ID": CLIENT_ID,
        "ENTRA_CLIENT_SECRET": "emulator-secret",
        "IDENTITY_SQLITE": str(tmp_path / "identities.db"),
        "SSL_CERT_FILE": str(emulator.authority),
    }


def test_all_is_well(cli: Cli, emulator: Emulator, sign_in: dict[str, str]) -> None:
    ran = cli.doctor(**sign_in, ACS_ACCESS_KEY_2=ACCESS_KEY_2)

    assert ran.code == 0
    assert [check["name"] for check in ran.json["checks"] if check["ok"]] == [
        "settings",
        "DNS: 127.0.0.1",
        "clock",
        "ACS access key 1",
        "ACS access key 2",
        "DNS: localhost",
        "TLS: localhost",
        f"Entra tenant {CONTOSO.id}",
        CREDENTIAL,
        "identity store in a file",
    ]
    assert set(ran.json["checks"][0]) == {"name", "ok", "detail", "cure", "milliseconds"}
    assert {check["cure"] for check in ran.json["checks"]} == {None}


def test_the_table_has_a_tick_a_time_and_a_cure(cli: Cli, emulator: Emulator) -> None:
    ran = cli("doctor", ACS_ACCESS_KEY_2=random_key("wrong"), COLUMNS="200")

    good, bad = (next(line for line in ran.out.splitlines() if name in line) for name in ("key 1", "key 2"))  # fmt: skip
    assert good.startswith("✓")
    assert bad.startswith("✗")
    assert " ms " in good
    assert "→ Copy the key anew" in ran.out
    assert ran.out.endswith("5 checks, 1 failed.\n")
    assert ran.code == 1


def test_progress_is_shown_on_stderr(cli: Cli) -> None:
    ran = cli.doctor()

    names = [check["name"] for check in ran.json["checks"]]
    assert ran.err.split("\n") == [*names, ""]


def test_a_wrong_setting_is_named(bare_cli: Cli) -> None:
    ran = bare_cli.doctor(ACS_CONNECTION_STRING="endpoint=x")

    assert has_found(ran.check("settings"), "ACS_CONNECTION_STRING has no accesskey=…", "docs/")
    assert len(ran.json["checks"]) == 1
    assert ran.code == 1


def test_a_settings_file_that_is_not_valid_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "local.settings.json").write_text("[]")

    check = cli.doctor().check("settings")

    assert has_found(check, "local.settings.json must be a JSON object", "docs/settings.md")


def test_what_azure_would_refuse_is_named(cli: Cli) -> None:
    ran = cli.doctor("--as-azure")

    assert ran.check("settings")["ok"]
    assert has_found(ran.check("settings as in Azure"), "loopback endpoint", "docs/settings.md")


def test_settings_that_azure_would_accept(bare_cli: Cli) -> None:
    ran = bare_cli.doctor("--as-azure", ACS_ENDPOINT="https://x.communication.azure.com")

    assert ran.check("settings as in Azure")["ok"]


def test_a_clock_that_is_wrong_is_found(bare_cli: Cli) -> None:
    async def respond(request: web.Request) -> web.Response:
        late = datetime.now(UTC) + timedelta(minutes=10)
        return web.Response(status=401, headers={"Date": format_datetime(late, usegmt=True)})

    with responding(respond) as address:
        ran = bare_cli.doctor(ACS_CONNECTION_STRING=connection_string(address))

    check = ran.check("clock")
    assert has_found(check, "from this machine's; beyond 5 minutes", "Set this machine's clock")
    assert ran.json["checks"][-1] == check  # what needs the clock is not checked


def test_an_acs_that_does_not_respond_is_found(bare_cli: Cli) -> None:
    with closed_port() as port:
        ran = bare_cli.doctor(ACS_CONNECTION_STRING=connection_string(f"http://127.0.0.1:{port}"))

    assert has_found(ran.check("clock"), "No response: ClientConnectorError", "firewalls")


@pytest.mark.parametrize("wrong", [1, 2])
def test_the_key_that_acs_refuses_is_named(cli: Cli, emulator: Emulator, wrong: int) -> None:
    keys = {1: emulator.access_key, 2: ACCESS_KEY_2} | {wrong: random_key("wrong")}

    ran = cli.doctor(
        ACS_CONNECTION_STRING=connection_string(emulator.url, keys[1]), ACS_ACCESS_KEY_2=keys[2]
    )

    end = "_2: az communication list-key" if wrong == 2 else "ACS_ACCESS_KEY: az communication"
    assert has_found(ran.check(f"ACS access key {wrong}"), "refused this service's", end)
    assert ran.check(f"ACS access key {3 - wrong}")["ok"]
    assert random_key("wrong") not in ran.out + ran.err


@pytest.fixture
def identity(emulator: Emulator) -> dict[str, str]:
    """Settings for a managed identity, as App Service sets them."""
    return {
        "ACS_ENDPOINT": emulator.tls_url,
        "SSL_CERT_FILE": str(emulator.authority),
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "IDENTITY_ENDPOINT": f"{emulator.url}/msi/token",
        "IDENTITY_HEADER": IDENTITY_HEADER,
    }


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

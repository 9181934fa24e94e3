"""Doctor on the settings of this machine: each fault is provoked, and found with its cure."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from acs_emulator.defaults import ACCESS_KEY_2, connection_string
from acs_emulator.entra.users import CONTOSO
from tests.cli.conftest import Cli, has_found, responding
from tests.keys import random_key
from tests.serving import Emulator, closed_port


@pytest.mark.usefixtures("trust")
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
        "Entra credential for on-behalf-of",
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

"""Doctor on a running service and on a package: each fault is provoked, and found with its cure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from acs_tokens import __version__
from tests.cli.conftest import FUNCTION_KEY, Cli, has_found, responding
from tests.keys import random_key
from tests.serving import Emulator, running_app

PAGE = "http://localhost:3000"


def test_all_is_well(cli: Cli, service: str) -> None:
    ran = cli.doctor("--url", service, "--origin", PAGE, ACS_TOKENS_KEY=FUNCTION_KEY)

    assert ran.code == 0
    assert [check["name"] for check in ran.json["checks"]] == [
        "DNS: localhost",
        "functions",
        "version",
        "readiness",
        "security headers",
        f"CORS: {PAGE}",
    ]


@dataclass
class StandIn:
    """A service whose faults a test chooses."""

    url: str = ""
    status: int = 200
    version: str = __version__
    ready: dict[str, Any] = field(default_factory=lambda: {"checks": {"acs": {"ok": True}}})

    async def respond(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return web.Response(status=self.status)
        if request.path == "/api/health":
            return web.json_response({"status": "alive", "version": self.version})
        if request.path == "/api/health/ready":
            return web.json_response(self.ready)
        return web.Response(status=404)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    stand_in = StandIn()
    with responding(stand_in.respond) as address:
        stand_in.url = f"{address}/api"
        yield stand_in


def test_an_app_without_functions_is_found(cli: Cli, stand_in: StandIn) -> None:
    stand_in.status = 404

    ran = cli.doctor("--url", stand_in.url)

    assert has_found(ran.check("functions"), "Every function responds with 404", "no function")
    assert ran.json["checks"][-1]["name"] == "functions"


def test_an_app_that_does_not_run_is_found(cli: Cli, stand_in: StandIn) -> None:
    stand_in.status = 503

    check = cli.doctor("--url", stand_in.url).check("functions")

    assert has_found(check, "health responds with 503", "Start the function app")


def test_another_version_is_found(cli: Cli, stand_in: StandIn) -> None:
    stand_in.version = "0.0.9"

    check = cli.doctor("--url", stand_in.url).check("version")

    assert has_found(check, f"version 0.0.9, this program {__version__}", "Deploy again")


def test_missing_security_headers_are_found(cli: Cli, stand_in: StandIn) -> None:
    check = cli.doctor("--url", stand_in.url).check("security headers")

    assert has_found(check, "Content-Security-Policy, Referrer-Policy", "Deploy host.json")


def test_a_missing_function_key_is_found(cli: Cli, service: str) -> None:
    check = cli.doctor("--url", service).check("readiness")

    assert has_found(check, "function key is missing or wrong", "Set ACS_TOKENS_KEY")


def test_a_service_that_is_not_ready_is_found(cli: Cli, emulator: Emulator) -> None:
    wrong = f"endpoint={emulator.url};accesskey={random_key('wrong')}"
    with running_app(ACS_CONNECTION_STRING=wrong) as (address, _):
        check = cli.doctor("--url", f"{address}/api").check("readiness")

    assert has_found(check, "acs: ACS refused this service's credentials", "Each text says")


@pytest.mark.parametrize("ready", [{}, {"checks": []}, {"checks": {"acs": True}}])
def test_a_readiness_without_checks_is_found(
    cli: Cli, stand_in: StandIn, ready: dict[str, object]
) -> None:
    stand_in.ready = ready

    check = cli.doctor("--url", stand_in.url).check("readiness")

    assert has_found(check, "health/ready responds with 200", "log")


def test_a_page_that_may_not_use_the_service_is_found(cli: Cli, service: str) -> None:
    page = "https://another.example"

    ran = cli.doctor("--url", service, "--origin", PAGE, "--origin", page)

    assert ran.check(f"CORS: {PAGE}")["ok"]
    cure = f"az functionapp cors add --name <app> --resource-group <group> --allowed-origins {page}"
    assert has_found(ran.check(f"CORS: {page}"), "may not use the service", cure)

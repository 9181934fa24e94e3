"""Liveness and readiness: whether the process responds, and whether it can do its work."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from acs_tokens import __version__
from tests.e2e.conftest import App
from tests.e2e.upstream import CREATE, error, responding, running_upstream
from tests.keys import KEY
from tests.serving import ROOT, Emulator, closed_port, running_app
from tests.waiting import LIMIT_SECONDS

ALIVE = ("GET", "health")
READY = ("GET", "health/ready")
OwnApp = Callable[..., AbstractContextManager[App]]
GUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.fixture
def own_app(tmp_path: Path) -> OwnApp:
    """Runs an app with the settings of a test."""

    @contextmanager
    def run(**variables: str) -> Iterator[App]:
        defaults = {"IDENTITY_SQLITE": str(tmp_path / "identities.db")}
        with running_app(**(defaults | variables)) as (address, program):
            yield App(address, program)

    return run


def wrong(app: App) -> dict[str, Any]:
    """What is not as it should be, by a 503."""
    reply = app.call(*READY)
    problem = reply.json
    assert (reply.status, problem["status"]) == (503, 503)
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert problem["type"].endswith(":not-ready")
    assert problem["version"] == __version__
    found = {name: check for name, check in problem["checks"].items() if not check["ok"]}
    assert all(f"{name}: {check['detail']}" in problem["detail"] for name, check in found.items())
    return found


def test_a_process_that_responds_is_alive_and_sends_acs_nothing(
    app: App, emulator: Emulator
) -> None:
    before = emulator.count_requests()

    reply = app.call(*ALIVE)

    assert (reply.status, reply.json) == (200, {"status": "alive", "version": __version__})
    assert emulator.count_requests() == before


def test_a_process_that_can_do_its_work_is_ready(app: App) -> None:
    reply = app.call(*READY)

    checks = reply.json["checks"]
    assert (reply.status, reply.json["status"]) == (200, "ready")
    assert set(checks) == {"configuration", "acs", "circuitBreaker", "identityStore"}
    assert all(check["ok"] for check in checks.values())
    assert abs(checks["acs"]["clockDifferenceSeconds"]) <= LIMIT_SECONDS
    assert checks["circuitBreaker"]["state"] == "closed"


def test_a_wrong_setting_is_named_and_the_process_is_alive_all_the_same(own_app: OwnApp) -> None:
    with own_app(ACS_CONNECTION_STRING="endpoint=https://sesame") as app:
        assert app.call(*ALIVE).status == 200
        found = wrong(app)

    assert found["configuration"]["detail"].startswith("ACS_CONNECTION_STRING has no accesskey=")
    assert "sesame" not in str(found)


def test_a_key_that_acs_refuses_is_said(own_app: OwnApp, emulator: Emulator) -> None:
    with own_app(ACS_ENDPOINT=emulator.url, ACS_ACCESS_KEY=KEY) as app:
        found = wrong(app)

    assert set(found) == {"acs"}
    assert "Check the access key" in found["acs"]["detail"]


def test_an_acs_that_cannot_be_reached_is_said(own_app: OwnApp) -> None:
    with (
        closed_port() as port,
        own_app(ACS_ENDPOINT=f"http://127.0.0.1:{port}", ACS_ACCESS_KEY=KEY) as app,
    ):
        assert wrong(app)["acs"]["detail"].startswith("No response from ACS: ClientConnectorError.")


def test_a_clock_that_is_wrong_is_said(own_app: OwnApp) -> None:
    day = 24 * 3600  # so long that it does not matter how long the requests take
    day_ago = formatdate(time.time() - day, usegmt=True)
    with running_upstream() as upstream:
        upstream.responder = responding(204, Date=day_ago)
        with own_app(ACS_CONNECTION_STRING=upstream.connection_string) as app:
            found = wrong(app)

            upstream.responder = responding(401, error("Denied"), Date=day_ago)
            refused = wrong(app)

    assert -day - 1000 < found["acs"]["clockDifferenceSeconds"] <= -day
    assert re.search("clock is -8[67]", refused["acs"]["detail"])


def test_an_open_breaker_is_said(own_app: OwnApp) -> None:
    with running_upstream() as upstream:
        upstream.responder = responding(
            503, Retry_After="30"
        )  # for as long as the breaker stays open
        with own_app(ACS_CONNECTION_STRING=upstream.connection_string) as app:
            for _ in range(5):
                app.call(*CREATE)
            upstream.responder, before = responding(204), upstream.requests

            assert wrong(app)["circuitBreaker"]["state"] == "open"
            assert upstream.requests == before


def test_a_second_key_is_as_good_as_the_first(own_app: OwnApp, emulator: Emulator) -> None:
    with own_app(
        ACS_ENDPOINT=emulator.url, ACS_ACCESS_KEY=KEY, ACS_ACCESS_KEY_2=emulator.access_key
    ) as app:
        assert app.call(*READY).json["checks"]["acs"]["ok"]


def test_storage_that_makes_no_sense_is_a_wrong_setting(
    own_app: OwnApp, emulator: Emulator
) -> None:
    with own_app(
        ACS_CONNECTION_STRING=emulator.connection_string,
        IDENTITY_SQLITE="",
        ENTRA_TENANT_IDS=GUID,
        ENTRA_CLIENT_ID=GUID,
        IDENTITY_TABLE_CONNECTION_STRING="AccountName=sesame;AccountKey=YQ==;junk",
    ) as app:
        found = wrong(app)

    assert found["configuration"]["detail"].startswith("IDENTITY_TABLE_CONNECTION_STRING or")
    assert "sesame" not in str(found)


def test_an_identity_store_that_cannot_be_reached_is_said(
    own_app: OwnApp, emulator: Emulator
) -> None:
    with (
        closed_port() as port,
        own_app(
            ACS_CONNECTION_STRING=emulator.connection_string,
            IDENTITY_SQLITE="",
            ENTRA_TENANT_IDS=GUID,
            ENTRA_CLIENT_ID=GUID,
            IDENTITY_TABLE_CONNECTION_STRING="DefaultEndpointsProtocol=http;"
            f"AccountName=devstoreaccount1;AccountKey={KEY};"
            f"TableEndpoint=http://127.0.0.1:{port}/devstoreaccount1;",
        ) as app,
    ):
        found = wrong(app)

    assert set(found) == {"identityStore"}
    assert "No response from Table Storage" in found["identityStore"]["detail"]


def test_the_changelog_begins_with_the_version_that_is_told() -> None:
    sections = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)

    assert sections[1].startswith(f"[Unreleased]\n\nVersion {__version__} ")

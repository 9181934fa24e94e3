"""The app under the local host, in a process of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from acs_emulator.defaults import IDENTITY_HEADER
from acs_emulator.entra.users import USERS
from tests.api_description.documented import undocumented
from tests.programs import Program
from tests.raw_http import Reply, call
from tests.serving import Emulator, reserved_ports, running_app

SECRET = re.compile(rb"eyJ|8:(acs|orgid):[0-9a-f]|HMAC-SHA256|AccountKey")


@dataclass
class App:
    """A running app."""

    address: str
    program: Program

    def call(self, method: str, route: str, body: object = None, **headers: str) -> Reply:
        """Ask one of its routes."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = call(f"{self.address}/api/", method, route, body, names)
        assert not undocumented(method, route, reply)
        assert reply.status < 400 or not SECRET.search(reply.content)
        return reply

    def new_token(self, **body: Any) -> dict[str, str]:
        """Create an identity with a token."""
        reply = self.call("POST", "users/token", body)
        assert reply.status == 201
        token: dict[str, str] = reply.json
        return token


def is_problem(response: Reply, status: int, slug: str) -> bool:
    """Return whether a response is this problem; check that it has all that every problem has."""
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Access-Control-Expose-Headers"] == "Retry-After"
    fields = response.json
    assert set(fields) - {"detail", "retryAfter"} == {"type", "title", "status", "requestId"}
    assert fields["status"] == response.status
    assert str(fields.get("retryAfter")) == str(response.headers["Retry-After"])
    return response.status == status and fields["type"] == f"urn:problem-type:acs-tokens:{slug}"


@pytest.fixture
def ports() -> Iterator[list[int]]:
    """The ports of an emulator: ACS's and Entra's."""
    with reserved_ports(2) as ports:
        yield ports


@pytest.fixture(scope="session")
def app(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with the shared emulator and its meeting, guests on, and all the logging that a worker can set."""
    with running_app(
        ENTRA_AUTHORITY=emulator.tls_url,
        GRAPH_ENDPOINT=emulator.tls_url,
        TEAMS_MEETING_ORGANIZER=USERS[0].object_id,
        IDENTITY_ENDPOINT=f"{emulator.url}/msi/token",
        IDENTITY_HEADER=IDENTITY_HEADER,
        SSL_CERT_FILE=str(emulator.authority),
        IDENTITY_SQLITE=str(tmp_path_factory.mktemp("identities") / "identities.db"),
        ACS_CONNECTION_STRING=emulator.connection_string,
        GUESTS="on",
        GUEST_SCOPES="voip,chat,voip.join",
        LIMIT_NEW_GUESTS="100000",
        LIMIT_ALL_NEW_GUESTS="100000",
        LIMIT_GUEST_REQUESTS="100000",
        LIMIT_ALL_GUEST_REQUESTS="100000",
        PYTHON_ENABLE_DEBUG_LOGGING="1",
    ) as (address, program):
        yield App(address, program)
        program.stop()
    # After all that the tests sent: no token, no user id, no key, at any level.
    assert not re.search(r"eyJ|8:(acs|orgid):[0-9a-f]|HMAC-SHA256|Bearer", program.output)
    assert emulator.access_key not in program.output

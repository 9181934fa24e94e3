"""Every operation can give every problem that openapi.json says it can give: `make contract`."""

import contextlib
import os
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from acs_emulator.entra.users import USERS
from tests.api_description.acs_modes import FAILURES, HANGS, FailingAcs, running_failing_acs
from tests.api_description.documented import DOCUMENT
from tests.e2e.conftest import App
from tests.entra_stand_in import CLIENT_ID, unsigned
from tests.faults.scenarios import ALICE
from tests.identities.stores import connection_string as table_connection
from tests.keys import random_key
from tests.raw_http import Reply
from tests.serving import (
    READY,
    ROOT,
    Emulator,
    closed_port,
    running_app,
    running_program,
)
from tests.trust.test_meeting import LINK, graph
from tests.trust.test_teams import OTHER, bearer, teams_token, variables
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(
    "CONTRACT_EXAMPLES" not in os.environ, reason="takes a minute: make contract"
)

# A bug cannot be provoked. tests/trust/test_starvation.py makes a process busy.
ELSEWHERE = {"internal-error", "busy"}
STRANGERS = {"tenantId": OTHER, "invitationId": "A" * 16}
BOB = next(user for user in USERS if user.first_name == "Bob")
TOO_LARGE = b'{"scopes": ["' + b"x" * 8192 + b'"]}'
OPERATIONS = [
    (method.upper(), path.removeprefix("/"), operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def documented(operation: dict[str, Any]) -> set[str]:
    """The problems that a response of the operation can be."""
    return {
        slug
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
        for slug in content.get("examples", {})
    }


def new_user() -> dict[str, str]:
    """The id of an identity that no request has named before."""
    return {"userId": f"8:acs:{OTHER}_{uuid4()}"}


@dataclass
class Caller:
    """Sends requests of all operations with good credentials, and notes the problems.

    Attributes:
        about: The ids in paths, by parameter; what is missing is somebody whom nobody knows.
        seen: The problems of each operation.
    """

    emulator: Emulator
    bearer: str
    about: dict[str, str] = field(default_factory=dict)
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def send(self, app: App, handle: str = "", body: Any = None, **headers: str) -> None:
        """Send a request of each operation."""
        for method, route, operation in OPERATIONS:
            self.send_one(app, (method, route, operation), handle, body, **headers)

    def send_one(
        self, app: App, operation: tuple[str, str, dict[str, Any]], handle: str, body: Any = None, **headers: str
    ) -> None:  # fmt: skip
        """Send a request; a body or header that is given replaces the good one."""
        method, route, described = operation
        reply = app.call(
            method,
            route.format_map(STRANGERS | {"objectId": str(uuid4())} | new_user() | self.about),
            self._body(route) if body is None else body,
            **self._credential(route, handle) | headers,
        )
        self.note(described, reply)

    def note(self, described: dict[str, Any], reply: Reply) -> None:
        """Note the problem that a response is, if it is one."""
        if reply.status >= 400:
            self.seen[described["operationId"]].add(reply.json["type"].rpartition(":")[2])

    def _credential(self, route: str, handle: str) -> dict[str, str]:
        if route.startswith("guest") and handle:
            return {"x_guest_handle": handle}
        return {"authorization": self.bearer} if route.startswith("me") else {}

    def _body(self, route: str) -> dict[str, Any] | None:
        """A good body, for an operation that needs one."""
        if route == "invitations":
            return {"expiresInMinutes": 60}
        return self.teams_body() if route == "teams/token" else None

    def teams_body(self) -> dict[str, str]:
        """A good body for teams/token."""
        return {
            "token": teams_token(self.emulator),
            "clientId": CLIENT_ID,
            "userObjectId": ALICE.object_id,
        }


@contextlib.contextmanager
def running(emulator: Emulator, folder: Path, acs: FailingAcs, **changed: str) -> Iterator[App]:
    """Run an app with everything on, until the block ends."""
    on = {
        "ACS_CONNECTION_STRING": acs.connection_string,
        "GUESTS": "on",
        "GUEST_SCOPES": "voip",
        "GUEST_RETENTION_DAYS": "30",
        "TEAMS_MEETING_URL": LINK,
        "DEADLINE_SECONDS": "2",
    }
    with running_app(**variables(emulator, folder, **(on | changed))) as app:
        yield App(*app)


@contextlib.contextmanager
def running_with_all_off(folder: Path, acs: FailingAcs, **changed: str) -> Iterator[App]:
    """Run an app without guests, signed-in users, a meeting and a store, until the block ends."""
    for name in ("function_app.py", "host.json"):
        shutil.copy(ROOT / name, folder)
    (folder / "local.settings.json").write_text(
        '{"IsEncrypted": false, "Values": {}}'
    )  # the example sets sign-in up
    variables = {"ACS_CONNECTION_STRING": acs.connection_string} | changed
    arguments = ("--port", "0", "--no-emulator")
    with running_program("local_host", *arguments, variables=variables, cwd=folder) as program:
        yield App(program.read_until(READY)[1], program)


def token_of(issuer: str) -> str:
    """A token whose signature cannot be checked while its issuer is away."""
    now = int(time.time())
    claims = {"iss": issuer, "aud": "api", "sub": "alice", "iat": now, "exp": now + 600}
    return unsigned({"typ": "JWT", "alg": "RS256", "kid": "1"}, claims, "c2lnbmF0dXJl")


def good_handle(app: App) -> str:
    return str(app.call("POST", "guest/token").json["guestHandle"])


def fail_in_all_ways(caller: Caller, app: App, acs: FailingAcs) -> None:
    """Let ACS fail in each operation, in each way that is documented."""
    app.call("POST", "me/token", authorization=bearer(caller.emulator, "bob"))
    caller.about = {"tenantId": BOB.tenant.id, "objectId": BOB.object_id}
    for mode in (*FAILURES, HANGS):
        for operation in OPERATIONS:
            if mode not in documented(operation[2]):
                continue
            acs.mode = ""
            # The circuit breaker closes some seconds after failures.
            wait_until(lambda: app.call("POST", "users").status == 201, "ACS is asked again")
            handle = good_handle(app)
            app.call("POST", "me/token", authorization=caller.bearer)
            acs.mode = mode
            caller.send_one(app, operation, handle)
    acs.mode = ""
    caller.about = {}


def send_bad_requests(caller: Caller, app: App) -> None:
    handle = good_handle(app)
    caller.send(app, handle, {"unexpected": 1})
    caller.send(app, handle, TOO_LARGE, content_type="application/json")
    caller.send(app, handle, b"{}", content_type="text/plain")
    caller.send(app, x_invitation="forged")
    caller.send(app, handle, {"scopes": ["chat"], "expiresInMinutes": 60})
    caller.send(app, handle="no-handle", authorization="no bearer")
    caller.send(app, handle, authorization=bearer(caller.emulator, "mia"))
    for token in ("garbage", teams_token(caller.emulator, oid=OTHER), teams_token(caller.emulator, expiresInMinutes=5)):  # fmt: skip
        caller.send(app, handle, {"token": token})
        caller.send(app, handle, caller.teams_body() | {"token": token})
    for method, route, described in OPERATIONS:
        caller.note(described, app.call(method, re.sub(r"\{\w+\}", "8:acs:x", route)))


def send_as_banned(caller: Caller, app: App) -> None:
    guest = app.call("POST", "guest/token").json
    alice = f"people/{ALICE.tenant.id}/{ALICE.object_id}"
    for banned in (alice, f"users/{guest['userId']}"):
        assert app.call("POST", f"{banned}/ban").status == 204
    caller.about = {"userId": guest["userId"]}
    caller.send(app, guest["guestHandle"])
    caller.about = {}
    assert app.call("DELETE", f"{alice}/ban").status == 204


def send_for_meeting(
    caller: Caller, app_settings: dict[str, str], folder: Path, acs: FailingAcs
) -> None:
    with running(caller.emulator, folder, acs, TEAMS_MEETING_URL="", **app_settings) as app:
        caller.send(app)


def test_every_documented_problem_is_provoked(emulator: Emulator, tmp_path: Path) -> None:
    caller = Caller(emulator, bearer(emulator, "alice"))
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database" * 100)
    with running_failing_acs() as acs:
        with running(emulator, tmp_path, acs) as app:
            fail_in_all_ways(caller, app, acs)
            send_bad_requests(caller, app)
            send_as_banned(caller, app)
        with running(emulator, tmp_path, acs, ACS_CONNECTION_STRING="nonsense") as app:
            caller.send(app)
        key = {"GUEST_HANDLE_KEYS": f"test:{random_key('guest handles')}"}
        with running_with_all_off(tmp_path, acs) as app:
            caller.send(app)
        with running_with_all_off(tmp_path, acs, GUESTS="on", **key) as app:
            caller.send(app)
        with running(emulator, tmp_path, acs, LIMIT_FAILED_SIGN_INS="1") as app:
            for _ in range(2):  # the first uses the limit up
                caller.send(app, handle="no-handle", authorization="no bearer")
        with running(emulator, tmp_path, acs, SSL_CERT_FILE="") as app:
            caller.send(app)
        nothing = {"ENTRA_ROLE_SCOPES": "Agent=voip", "ENTRA_CLIENT_SECRET": ""}
        with running(emulator, tmp_path, acs, **nothing) as app:
            caller.send(app)  # alice has no role, and nobody can act on her behalf
        with closed_port() as port:
            issuer = f"https://localhost:{port}"
            with running(emulator, tmp_path, acs, OIDC_ISSUER=issuer, OIDC_AUDIENCE="api") as app:
                caller.send(app, authorization=f"Bearer {token_of(issuer)}")
            nowhere = {"IDENTITY_ENDPOINT": f"http://127.0.0.1:{port}/msi/token"}
            send_for_meeting(caller, graph(emulator) | nowhere, tmp_path, acs)
        send_for_meeting(caller, graph(emulator, OTHER), tmp_path, acs)
        with running(emulator, tmp_path, acs, **key) as app:
            handle = good_handle(app)
        hanging = {
            "IDENTITY_SQLITE": "",
            "IDENTITY_TABLE_CONNECTION_STRING": table_connection(acs.url),
        }
        with running(emulator, tmp_path, acs, **hanging, **key) as app:
            acs.mode = HANGS
            caller.send(app, handle)
            acs.mode = ""
        with running(emulator, tmp_path, acs, IDENTITY_SQLITE=str(broken), **key) as app:  # fmt: skip
            caller.send(app, handle)

    missing = {
        operation["operationId"]: documented(operation) - caller.seen[operation["operationId"]] - ELSEWHERE
        for _, _, operation in OPERATIONS
    }  # fmt: skip
    assert {name: slugs for name, slugs in missing.items() if slugs} == {}

"""What schemathesis cannot make up: credentials, Teams tokens, invitations, and ids of what exists."""

import os
from typing import Any, ClassVar

import requests
import schemathesis
from schemathesis.generation.meta import TestPhase

from tests.waiting import LIMIT_SECONDS

API, EMULATOR, FUNCTION_KEY, BEARER, CLIENT_ID, USER, TENANT = (
    os.environ[f"CONTRACT_{name}"]
    for name in ("API", "EMULATOR", "FUNCTION_KEY", "BEARER", "CLIENT_ID", "USER", "TENANT")
)
KEY = {"x-functions-key": FUNCTION_KEY}
SESSION = requests.Session()  # keeps its connections
ABOUT_SOMEBODY = (
    "/invitations/{invitationId}",
    "/people/{tenantId}/{objectId}",
    "/people/{tenantId}/{objectId}/revoke",
    "/users/{userId}/person",
)
"""The paths that lead to 404 unless their ids are those of what exists."""


class _Header:
    """Sends one header with every request."""

    name: ClassVar[str]

    def set(
        self, case: schemathesis.Case[Any], data: str, context: schemathesis.AuthContext
    ) -> None:
        case.headers[self.name] = data


@schemathesis.auth().apply_to(path_regex="^/(users|teams|people|invitations|health/ready)")
class FunctionKey(_Header):
    """The key of the backends."""

    name = "x-functions-key"

    def get(self, case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
        return FUNCTION_KEY


@schemathesis.auth(refresh_interval=None).apply_to(path="/guest", method="DELETE")
class NewGuest(_Header):
    """The handle of a new guest, for each request that deletes it."""

    name = "X-Guest-Handle"

    def get(self, case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
        handle: str = SESSION.post(f"{API}/guest/token", timeout=LIMIT_SECONDS).json()[
            "guestHandle"
        ]
        return handle


@schemathesis.auth().apply_to(path_regex="^/guest/")
class Guest(NewGuest):
    """The handle of one guest for all other requests."""


@schemathesis.auth().apply_to(path_regex="^/me")
class Bearer(_Header):
    """The Entra token of a signed-in user."""

    name = "Authorization"

    def get(self, case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
        return BEARER


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Let a good request be about what exists."""
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        return
    if "teams" in case.path and isinstance(case.body, dict) and "token" in case.body:
        case.body |= _teams_token(case.body)
    if case.path == "/guest/token":
        _bring_one_invitation(case)
    if case.path in ABOUT_SOMEBODY:
        case.path_parameters |= _what_exists(case)
    # In a sequence of requests, whether there is a ban follows from the earlier ones.
    is_single = case.meta is None or case.meta.phase.name is not TestPhase.STATEFUL
    if is_single and case.method == "GET" and case.path.endswith("/ban"):
        SESSION.post(f"{API}{case.formatted_path}", headers=KEY, timeout=LIMIT_SECONDS)


@schemathesis.hook
def after_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], response: schemathesis.Response
) -> None:
    """Lift the ban of the signed-in user, whose identity a request may have named."""
    if case.method in ("GET", "POST") and case.path.endswith("/ban"):
        SESSION.delete(f"{API}/people/{TENANT}/{USER}/ban", headers=KEY, timeout=LIMIT_SECONDS)


def _teams_token(body: dict[str, Any]) -> dict[str, Any]:
    """A good Teams token, which only Entra can make, with the other fields that the body has."""
    wanted = {"oid": USER, "appId": CLIENT_ID, "tenantId": TENANT}
    made = SESSION.post(
        f"{EMULATOR}/emulator/teams-token", json=wanted, timeout=LIMIT_SECONDS
    ).json()
    ids = {"clientId": CLIENT_ID, "userObjectId": USER}
    return {"token": made["token"]} | {name: ids[name] for name in ids if name in body}


def _invitation() -> dict[str, Any]:
    body = '{"guests": 1000, "expiresInMinutes": 60, "label": "contract"}'
    headers = KEY | {"Content-Type": "application/json"}
    made: dict[str, Any] = SESSION.post(
        f"{API}/invitations", body, headers=headers, timeout=LIMIT_SECONDS
    ).json()
    return made


def _bring_one_invitation(case: schemathesis.Case[Any]) -> None:
    """Bring a good invitation where one was made up, in the header or in the body, not in both."""
    in_header = case.headers.pop("X-Invitation", None) is not None
    if isinstance(case.body, dict) and case.body.get("invitation") is not None:
        case.body |= {"invitation": _invitation()["invitation"]}
    elif in_header:
        case.headers["X-Invitation"] = _invitation()["invitation"]


def _what_exists(case: schemathesis.Case[Any]) -> dict[str, str]:
    """Ids for the path, of an invitation or of a person who has signed in."""
    if "invitationId" in case.path_parameters:
        return {"invitationId": _invitation()["id"]}
    headers = {"Authorization": BEARER}
    token = SESSION.post(f"{API}/me/token", headers=headers, timeout=LIMIT_SECONDS).json()
    ids = {"userId": token["userId"], "tenantId": TENANT, "objectId": USER}
    return {name: value for name, value in ids.items() if name in case.path_parameters}

"""The credentials that schemathesis sends: in headers, and Teams tokens in bodies."""

import os
from typing import Any, ClassVar

import requests
import schemathesis

API, EMULATOR, FUNCTION_KEY, BEARER, CLIENT_ID, USER, TENANT = (
    os.environ[f"CONTRACT_{name}"]
    for name in ("API", "EMULATOR", "FUNCTION_KEY", "BEARER", "CLIENT_ID", "USER", "TENANT")
)


class _Header:
    """Sends one header with every request."""

    name: ClassVar[str]

    def set(
        self, case: schemathesis.Case[Any], data: str, context: schemathesis.AuthContext
    ) -> None:
        case.headers[self.name] = data


@schemathesis.auth().apply_to(path_regex="^/(users|teams|health/ready)")
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
        handle: str = requests.post(f"{API}/guest/token", timeout=10).json()["guestHandle"]
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
    """Put a good Teams token into a good body, because only Entra can make one."""
    is_good = case.meta is None or case.meta.generation.mode.is_positive
    if is_good and "teams" in case.path and isinstance(case.body, dict) and "token" in case.body:
        wanted = {"oid": USER, "appId": CLIENT_ID, "tenantId": TENANT}
        made = requests.post(f"{EMULATOR}/emulator/teams-token", json=wanted, timeout=10).json()
        ids = {"clientId": CLIENT_ID, "userObjectId": USER}
        case.body |= {"token": made["token"]} | {
            name: value for name, value in ids.items() if name in case.body
        }

"""Everything that the API does with ACS, and how often it may try."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from tests.entra_stand_in import CLIENT_ID
from tests.faults.fault import Fault
from tests.faults.scenarios import ALICE, Scenario


class Kind(Enum):
    """What kind of request goes to ACS."""

    CREATE = "creates an identity: sent again only when ACS did nothing the first time"
    IDEMPOTENT = "may be sent again"
    EMPTY = "may be sent again, and its response has no body"


@dataclass(frozen=True)
class Request:
    """A request to the app."""

    method: str
    route: str
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Attributes:
        prepare: Creates what the operation needs, with at least one good request to ACS, which
            closes the circuit breaker; returns the request to send.
        status: The status of the response when all is well.
        after: How many requests to ACS come before the one that the fault is for.
    """

    name: str
    kind: Kind
    prepare: Callable[[Scenario], Request]
    status: int
    after: int = 0

    def __str__(self) -> str:
        return self.name

    def problems(self, fault: Fault, *, lasts: bool) -> frozenset[str]:
        """Return the slugs of the problems that the app may respond with; none if it must succeed.

        Args:
            fault: What happens to the request to ACS.
            lasts: Whether it happens again when the app tries again.
        """
        harmless = not fault.problems or (fault.body_only and self.kind is Kind.EMPTY)
        repeated = fault.unprocessed if self.kind is Kind.CREATE else fault.retriable
        recovers = repeated and not (lasts and not fault.reused_only)
        return frozenset() if harmless or recovers else fault.problems


def _users(method: str, route: str = "users", body: object = None) -> Callable[[Scenario], Request]:
    return lambda scenario: Request(method, route.format(user=scenario.new_user()), body)


def _teams(scenario: Scenario) -> Request:
    scenario.new_user()
    body = {
        "token": scenario.alice.teams_token,
        "clientId": CLIENT_ID,
        "userObjectId": ALICE.object_id,
    }
    return Request("POST", "teams/token", body)


def _new_guest(scenario: Scenario) -> Request:
    scenario.new_user()
    return Request("GET", "guest/token")


def _guest(method: str, route: str) -> Callable[[Scenario], Request]:
    return lambda scenario: Request(
        method, route, headers={"x-guest-handle": scenario.new_guest_handle()}
    )


def _me(method: str, route: str) -> Callable[[Scenario], Request]:
    return lambda scenario: Request(
        method, route, headers={"authorization": scenario.bearer_with_identity()}
    )


def _on_behalf(scenario: Scenario) -> Request:
    return Request(
        "POST", "me/teams/token", headers={"authorization": scenario.bearer_exchanged_before()}
    )


def _first(scenario: Scenario) -> Request:
    return Request(
        "POST", "me/token", headers={"authorization": scenario.bearer_without_identity()}
    )


def _my_teams(scenario: Scenario) -> Request:
    headers = {"authorization": scenario.bearer_with_identity()}
    return Request("POST", "me/teams/token", {"token": scenario.alice.teams_token}, headers)


OPERATIONS = (
    Operation("create", Kind.CREATE, _users("POST"), 201),
    Operation("create with token", Kind.CREATE, _users("POST", "users/token"), 201),
    Operation("issue", Kind.IDEMPOTENT, _users("POST", "users/{user}/token"), 200),
    Operation("refresh", Kind.IDEMPOTENT, _users("POST", "users/{user}/token/refresh"), 200),
    Operation("revoke", Kind.EMPTY, _users("POST", "users/{user}/revoke"), 204),
    Operation("delete", Kind.EMPTY, _users("DELETE", "users/{user}"), 204),
    Operation("exchange", Kind.IDEMPOTENT, _teams, 200),
    Operation("new guest", Kind.CREATE, _new_guest, 200),
    Operation("guest's token", Kind.IDEMPOTENT, _guest("POST", "guest/token"), 200),
    Operation("guest's refresh", Kind.IDEMPOTENT, _guest("POST", "guest/token/refresh"), 200),
    Operation("guest's revoke", Kind.EMPTY, _guest("POST", "guest/revoke"), 204),
    Operation("guest's delete", Kind.EMPTY, _guest("DELETE", "guest"), 204),
    Operation("my first token: create", Kind.CREATE, _first, 200),
    Operation("my first token: issue", Kind.IDEMPOTENT, _first, 200, after=1),
    Operation("my token", Kind.IDEMPOTENT, _me("POST", "me/token"), 200),
    Operation("my revoke", Kind.EMPTY, _me("POST", "me/revoke"), 204),
    Operation("my delete", Kind.EMPTY, _me("DELETE", "me"), 204),
    Operation("my Teams token, brought", Kind.IDEMPOTENT, _my_teams, 200),
    Operation("my Teams token, on behalf", Kind.IDEMPOTENT, _on_behalf, 200),
)

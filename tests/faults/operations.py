"""Everything that the API does with ACS, and how often it may try."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from tests.entra_stand_in import CLIENT_ID
from tests.faults.fault import Fault
from tests.faults.scenarios import ALICE, Seat


class Kind(Enum):
    """What ACS is asked for."""

    CREATE = "an identity: never twice unless the first time was nothing"
    REPEAT = "what may be done again"
    EMPTY = "what may be done again, and is answered without a body"


@dataclass(frozen=True)
class Request:
    """What the app is asked."""

    method: str
    route: str
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One of them.

    Attributes:
        prepare: Does what must be there before, and asks ACS for something while all is well.
        status: Of the answer when it is done.
        after: How many calls to ACS come before the one that is meant.
    """

    name: str
    kind: Kind
    prepare: Callable[[Seat], Request]
    status: int
    after: int = 0

    def __str__(self) -> str:
        return self.name

    def answers(self, fault: Fault, *, lasts: bool) -> frozenset[str]:
        """The problems that the app may answer; none when it is to succeed.

        Args:
            fault: What the call to ACS meets.
            lasts: Whether it meets it again when it is repeated.
        """
        harmless = not fault.slugs or (fault.bodies and self.kind is Kind.EMPTY)
        repeated = fault.unprocessed if self.kind is Kind.CREATE else fault.passing
        recovers = repeated and not (lasts and not fault.reused)
        return frozenset() if harmless or recovers else fault.slugs


def _users(method: str, route: str = "users", body: object = None) -> Callable[[Seat], Request]:
    return lambda seat: Request(method, route.format(user=seat.user()), body)


def _teams(seat: Seat) -> Request:
    seat.user()
    body = {"token": seat.alice.teams_token, "clientId": CLIENT_ID, "userObjectId": ALICE.object_id}
    return Request("POST", "teams/token", body)


def _new_guest(seat: Seat) -> Request:
    seat.user()
    return Request("GET", "guest/token")


def _guest(method: str, route: str) -> Callable[[Seat], Request]:
    return lambda seat: Request(method, route, headers={"x-guest-handle": seat.handle()})


def _me(method: str, route: str) -> Callable[[Seat], Request]:
    return lambda seat: Request(method, route, headers={"authorization": seat.known()})


def _on_behalf(seat: Seat) -> Request:
    return Request("POST", "me/teams/token", headers={"authorization": seat.on_behalf()})


def _first(seat: Seat) -> Request:
    return Request("POST", "me/token", headers={"authorization": seat.stranger()})


def _my_teams(seat: Seat) -> Request:
    headers = {"authorization": seat.known()}
    return Request("POST", "me/teams/token", {"token": seat.alice.teams_token}, headers)


OPERATIONS = (
    Operation("create", Kind.CREATE, _users("POST"), 201),
    Operation("create with token", Kind.CREATE, _users("POST", "users/token"), 201),
    Operation("issue", Kind.REPEAT, _users("POST", "users/{user}/token"), 200),
    Operation("refresh", Kind.REPEAT, _users("POST", "users/{user}/token/refresh"), 200),
    Operation("revoke", Kind.EMPTY, _users("POST", "users/{user}/revoke"), 204),
    Operation("delete", Kind.EMPTY, _users("DELETE", "users/{user}"), 204),
    Operation("exchange", Kind.REPEAT, _teams, 200),
    Operation("new guest", Kind.CREATE, _new_guest, 200),
    Operation("guest's token", Kind.REPEAT, _guest("POST", "guest/token"), 200),
    Operation("guest's refresh", Kind.REPEAT, _guest("POST", "guest/token/refresh"), 200),
    Operation("guest's revoke", Kind.EMPTY, _guest("POST", "guest/revoke"), 204),
    Operation("guest's delete", Kind.EMPTY, _guest("DELETE", "guest"), 204),
    Operation("my first token: create", Kind.CREATE, _first, 200),
    Operation("my first token: issue", Kind.REPEAT, _first, 200, after=1),
    Operation("my token", Kind.REPEAT, _me("POST", "me/token"), 200),
    Operation("my revoke", Kind.EMPTY, _me("POST", "me/revoke"), 204),
    Operation("my delete", Kind.EMPTY, _me("DELETE", "me"), 204),
    Operation("my Teams token, brought", Kind.REPEAT, _my_teams, 200),
    Operation("my Teams token, on behalf", Kind.REPEAT, _on_behalf, 200),
)

"""Clients of all three families, who remember what is theirs."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.e2e.conftest import App
from tests.entra_stand_in import CLIENT_ID
from tests.raw_http import Reply
from tests.soak.ledger import Ledger


@dataclass(frozen=True)
class Somebody:
    """A person who has signed in.

    Attributes:
        teams: What the Teams exchange takes of the same person.
    """

    oid: str
    bearer: str
    teams: str


@dataclass
class Client:
    """One of those who ask all the time. Persons are shared by all; the rest is its own."""

    app: App
    ledger: Ledger
    people: Sequence[Somebody]
    chance: random.Random
    users: list[str] = field(default_factory=list)
    guests: list[str] = field(default_factory=list)

    def act(self) -> None:
        """Ask for something."""
        somebody = self.chance.choice(self.people)
        acts: list[Callable[[], object]] = [
            self._create,
            self._new_guest,
            lambda: self._ask("POST", "me/token", authorization=somebody.bearer),
            lambda: self._ask("POST", "me/token", authorization=somebody.bearer),
            lambda: self._ask("POST", "me/revoke", authorization=somebody.bearer),
            lambda: self._ask("DELETE", "me", authorization=somebody.bearer),
            lambda: self._ask("POST", "me/teams/token", {"token": somebody.teams}, authorization=somebody.bearer),
            lambda: self._exchange(somebody),
            *([self._with_a_user] * 4 if self.users else []),
            *([self._with_a_guest] * 4 if self.guests else []),
        ]  # fmt: skip
        self.chance.choice(acts)()

    def _create(self) -> None:
        reply = self._ask("POST", self.chance.choice(["users", "users/token"]))
        if reply.status == 201:
            self.users.append(reply.json["userId"])

    def _new_guest(self) -> None:
        reply = self._ask("POST", "guest/token")
        if reply.status == 200:
            self.guests.append(reply.json["guestHandle"])

    def _exchange(self, somebody: Somebody) -> None:
        body = {"token": somebody.teams, "clientId": CLIENT_ID, "userObjectId": somebody.oid}
        self._ask("POST", "teams/token", body)

    def _with_a_user(self) -> None:
        user = self.chance.choice(self.users)
        route = self.chance.choice(["token", "token/refresh", "revoke", ""])
        if route:
            self._ask("POST", f"users/{user}/{route}")
        else:
            self.users.remove(user)  # whatever is answered, it may be gone
            self._ask("DELETE", f"users/{user}")

    def _with_a_guest(self) -> None:
        handle = self.chance.choice(self.guests)
        route = self.chance.choice(["token", "token/refresh", "revoke", ""])
        if route:
            self._ask("POST", f"guest/{route}", x_guest_handle=handle)
        else:
            self.guests.remove(handle)
            self._ask("DELETE", "guest", x_guest_handle=handle)

    def _ask(self, method: str, route: str, body: object = None, **headers: str) -> Reply:
        reply = self.app.call(method, route, body, **headers)
        # Somebody may delete "me" while a token for it is asked for; all else is there.
        assert reply.status != 404 or route == "me/token"
        answer = reply.json if reply.content else {}
        slug = str(answer.get("type", "")).rpartition("#")[2]
        self.ledger.answered(f"{reply.status} {slug}".strip(), answer.get("userId"))
        return reply

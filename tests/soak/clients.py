"""Clients of all three families of routes, each with users and guests of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.e2e.conftest import App
from tests.entra_stand_in import CLIENT_ID
from tests.raw_http import Reply
from tests.soak.ledger import Ledger


@dataclass(frozen=True)
class SignedInUser:
    """A signed-in user.

    Attributes:
        oid: The object id.
        bearer: The credential for the me routes.
        teams_token: The same user's token for the Teams exchange.
    """

    oid: str
    bearer: str
    teams_token: str


@dataclass
class Client:
    """A client that sends requests all the time. All clients share the signed-in users."""

    app: App
    ledger: Ledger
    people: Sequence[SignedInUser]
    random: Random
    users: list[str] = field(default_factory=list)
    guests: list[str] = field(default_factory=list)

    def act(self) -> None:
        """Send a request of a random kind."""
        user = self.random.choice(self.people)
        actions: list[Callable[[], object]] = [
            self._create,
            self._new_guest,
            lambda: self._send("POST", "me/token", authorization=user.bearer),
            lambda: self._send("POST", "me/token", authorization=user.bearer),
            lambda: self._send("POST", "me/revoke", authorization=user.bearer),
            lambda: self._send("DELETE", "me", authorization=user.bearer),
            lambda: self._send("POST", "me/teams/token", {"token": user.teams_token}, authorization=user.bearer),
            lambda: self._exchange(user),
            *([self._with_a_user] * 4 if self.users else []),
            *([self._with_a_guest] * 4 if self.guests else []),
        ]  # fmt: skip
        self.random.choice(actions)()

    def _create(self) -> None:
        reply = self._send("POST", self.random.choice(["users", "users/token"]))
        if reply.status == 201:
            self.users.append(reply.json["userId"])

    def _new_guest(self) -> None:
        reply = self._send("POST", "guest/token")
        if reply.status == 200:
            self.guests.append(reply.json["guestHandle"])

    def _exchange(self, user: SignedInUser) -> None:
        body = {"token": user.teams_token, "clientId": CLIENT_ID, "userObjectId": user.oid}
        self._send("POST", "teams/token", body)

    def _with_a_user(self) -> None:
        user = self.random.choice(self.users)
        route = self.random.choice(["token", "token/refresh", "revoke", ""])
        if route:
            self._send("POST", f"users/{user}/{route}")
        else:
            self.users.remove(user)  # whatever the response is, the identity may be gone
            self._send("DELETE", f"users/{user}")

    def _with_a_guest(self) -> None:
        handle = self.random.choice(self.guests)
        route = self.random.choice(["token", "token/refresh", "revoke", ""])
        if route:
            self._send("POST", f"guest/{route}", x_guest_handle=handle)
        else:
            self.guests.remove(handle)
            self._send("DELETE", "guest", x_guest_handle=handle)

    def _send(self, method: str, route: str, body: object = None, **headers: str) -> Reply:
        reply = self.app.call(method, route, body, **headers)
        # Another client may delete "me" while a token for it is issued; everything else exists.
        assert reply.status != 404 or route == "me/token"
        content = reply.json if reply.content else {}
        slug = str(content.get("type", "")).rpartition(":")[2]
        self.ledger.note_response(f"{reply.status} {slug}".strip(), content.get("userId"))
        return reply

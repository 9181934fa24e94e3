"""No caller can act for another: callers of all kinds in any order, and an attacker among them.

The attacker knows every user id and every token that was ever issued, is signed in, and guesses at
guest handles and function keys. What it does must have no effect on anybody else's identity.
"""

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.e2e.conftest import App
from tests.entra_stand_in import Entra, new_guid
from tests.raw_http import Reply
from tests.serving import Emulator

# More in `make soak`; the product is the number of steps.
EXAMPLES = int(os.environ.get("OWNERSHIP_EXAMPLES", "3"))
STEPS = int(os.environ.get("OWNERSHIP_STEPS", "50"))

GUEST_ROUTES = [("POST", "guest/token"), ("POST", "guest/token/refresh"), ("POST", "guest/revoke"), ("DELETE", "guest")]  # fmt: skip
MY_ROUTES = [("POST", "me/token"), ("POST", "me/revoke"), ("DELETE", "me"), ("POST", "me/teams/token")]  # fmt: skip
USER_ROUTES = [("POST", "token"), ("POST", "token/refresh"), ("POST", "revoke"), ("DELETE", "")]


class Callers(RuleBasedStateMachine):
    """Three guests, three users of two tenants, a backend, and the attacker."""

    app: App
    locked: App  # the same behind a function key
    entra: Entra
    emulator: Emulator

    def __init__(self) -> None:
        super().__init__()
        self.people = [(self.entra.tenants[number % 2], new_guid()) for number in range(3)]
        self.identity: dict[Any, str] = {}  # caller → its identity
        self.tokens: dict[str, str] = {}  # identity → its latest token, while it is valid
        self.handles: dict[int, str] = {}
        self.known: list[str] = []  # every id and token that the attacker has seen

    # what callers do

    @rule(guest=st.integers(0, 2))
    def a_guest_comes(self, guest: int) -> None:
        credential = {"x_guest_handle": self.handles[guest]} if guest in self.handles else {}
        reply = self.app.call("POST", "guest/token", **credential)
        self.keep(("guest", guest), reply, new="x_guest_handle" not in credential)
        self.handles[guest] = reply.json["guestHandle"]

    @rule(guest=st.integers(0, 2))
    def a_guest_refreshes(self, guest: int) -> None:
        if guest in self.handles:
            credential = self.handles[guest]
            self.keep(("guest", guest), self.app.call("POST", "guest/token/refresh", x_guest_handle=credential))  # fmt: skip

    @rule(guest=st.integers(0, 2))
    def a_guest_revokes(self, guest: int) -> None:
        if guest in self.handles:
            reply = self.app.call("POST", "guest/revoke", x_guest_handle=self.handles[guest])
            assert reply.status == 204
            self.ended(("guest", guest))

    @rule(guest=st.integers(0, 2))
    def a_guest_leaves(self, guest: int) -> None:
        if guest in self.handles:
            handle = self.handles.pop(guest)
            assert self.app.call("DELETE", "guest", x_guest_handle=handle).status == 204
            self.ended(("guest", guest))
            del self.identity[("guest", guest)]
            assert self.app.call("POST", "guest/token", x_guest_handle=handle).status == 401

    @rule(person=st.integers(0, 2), version=st.sampled_from(["1.0", "2.0"]))
    def a_person_signs_in(self, person: int, version: str) -> None:
        reply = self.app.call("POST", "me/token", authorization=self.bearer(person, version))
        self.keep(("person", person), reply, new=("person", person) not in self.identity)

    @rule(person=st.integers(0, 2))
    def a_person_revokes(self, person: int) -> None:
        assert self.app.call("POST", "me/revoke", authorization=self.bearer(person)).status == 204
        self.ended(("person", person))

    @rule(person=st.integers(0, 2))
    def a_person_leaves(self, person: int) -> None:
        assert self.app.call("DELETE", "me", authorization=self.bearer(person)).status == 204
        self.ended(("person", person))
        self.identity.pop(("person", person), None)

    @rule()
    def the_backend_works_for_its_own(self) -> None:
        created = self.app.call("POST", "users/token")
        self.keep(("backend", created.json["userId"]), created, new=True)

    # what the attacker tries

    @rule(route=st.sampled_from(GUEST_ROUTES), data=st.data())
    def the_attacker_sends_what_it_knows_as_a_handle(self, route: tuple[str, str], data: st.DataObject) -> None:  # fmt: skip
        if self.known:
            loot = data.draw(st.sampled_from(self.known))
            assert self.app.call(*route, x_guest_handle=loot).status == 401

    @rule(route=st.sampled_from(MY_ROUTES), data=st.data())
    def the_attacker_sends_what_it_knows_as_a_sign_in(self, route: tuple[str, str], data: st.DataObject) -> None:  # fmt: skip
        if self.known:
            loot = data.draw(st.sampled_from(self.known))
            assert self.app.call(*route, authorization=f"Bearer {loot}").status == 401

    @rule(route=st.sampled_from(GUEST_ROUTES[:3] + MY_ROUTES[:2]), data=st.data())
    def the_attacker_names_somebody_elses_id(self, route: tuple[str, str], data: st.DataObject) -> None:  # fmt: skip
        if self.identity:
            victim = data.draw(st.sampled_from(sorted(self.identity.values())))
            credential = {"authorization": f"Bearer {self.entra.token(oid=self.mallory())}"}
            for method, path in (route, (route[0], f"{route[1]}?userId={victim}&user={victim}")):
                body = {"userId": victim} if "token" in path else None
                reply = self.app.call(method, path, body, **(credential if "me" in path else {}))
                assert reply.status in (400, 401, 200, 204)
                assert victim.encode() not in reply.content

    @rule(route=st.sampled_from(USER_ROUTES), data=st.data())
    def the_attacker_uses_the_backends_routes_without_its_key(self, route: tuple[str, str], data: st.DataObject) -> None:  # fmt: skip
        if self.identity:
            victim = data.draw(st.sampled_from(sorted(self.identity.values())))
            path = f"users/{victim}/{route[1]}".rstrip("/")
            assert self.locked.call(route[0], path, x_functions_key="guess").status == 401
            assert self.locked.call(route[0], f"{path}?code={victim}").status == 401

    @rule(tenant=st.booleans(), person=st.integers(0, 2))
    def the_attacker_has_the_same_number_in_another_tenant(self, tenant: bool, person: int) -> None:  # noqa: FBT001 a rule's # fmt: skip
        owner_tenant, oid = self.people[person]
        other = next(each for each in self.entra.tenants if each != owner_tenant)
        token = self.entra.token(tenant=other if tenant else new_guid(), oid=oid)
        reply = self.app.call("POST", "me/token", authorization=f"Bearer {token}")
        assert reply.status == (200 if tenant else 401)
        assert reply.json.get("userId") not in set(self.identity.values())

    # what must hold

    @invariant()
    def everybody_has_an_identity_of_their_own(self) -> None:
        assert len(set(self.identity.values())) == len(self.identity)

    @invariant()
    def only_the_owner_ends_a_token(self) -> None:
        for token in self.tokens.values():
            assert self.emulator.examine(token)["valid"]

    # how it is kept

    def bearer(self, person: int, version: str = "2.0") -> str:
        tenant, oid = self.people[person]
        return f"Bearer {self.entra.token(tenant=tenant, oid=oid, version=version)}"

    def mallory(self) -> str:
        return "bad00000-0000-4000-8000-000000000666"

    def keep(self, caller: Any, reply: Reply, *, new: bool = False) -> None:
        assert reply.status in (200, 201)
        user_id, token = reply.json["userId"], reply.json["token"]
        assert new or user_id == self.identity[caller]
        self.identity[caller] = user_id
        self.tokens[user_id] = token
        self.known += [user_id, token]

    def ended(self, caller: Any) -> None:
        token = self.tokens.pop(self.identity.get(caller, ""), None)
        assert token is None or self.emulator.examine(token)["revoked"]


def test_no_caller_acts_for_another(
    app: App, locked: App, entra: Entra, emulator: Emulator
) -> None:
    Callers.app, Callers.locked, Callers.entra, Callers.emulator = app, locked, entra, emulator

    run_state_machine_as_test(
        Callers,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

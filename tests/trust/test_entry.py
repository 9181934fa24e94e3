"""Who gets in: backends, guests, people and an attacker in any order, with bans and invitations.

The attacker knows every id, token, handle, invitation and link that was ever given to a caller, as
soon as it is worth nothing: withdrawn, used up, banned or ended. None of it lets anybody in.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from acs_emulator.certificates import certificates
from tests.e2e.conftest import App, is_problem
from tests.entra_stand_in import Entra, new_guid
from tests.oidc_stand_in import Provider, running_providers, settings_for
from tests.raw_http import Reply
from tests.serving import Emulator
from tests.trust.conftest import running_trusted_app

EXAMPLES = int(os.environ.get("ENTRY_EXAMPLES", "6"))  # 200 in `make soak`
STEPS = int(os.environ.get("ENTRY_STEPS", "40"))

PEOPLE = st.integers(0, 2)
OF_ANOTHER_PROVIDER = 2
GUEST_ROUTES = [("GET", "guest/token"), ("POST", "guest/token/refresh"), ("POST", "guest/revoke"), ("GET", "guest/meeting")]  # fmt: skip
BACKEND_ROUTES = [
    ("POST", "users/{0}/ban"), ("DELETE", "users/{0}/ban"), ("GET", "users/{0}/ban"), ("GET", "users/{0}/person"),
    ("POST", "invitations"), ("GET", "invitations/{0}"), ("DELETE", "invitations/{0}?guests=remove"),
    ("GET", "people/{0}/{0}"), ("POST", "people/{0}/{0}/ban"), ("POST", "people/{0}/{0}/revoke"),
]  # fmt: skip


@dataclass
class Invitation:
    """An invitation, and what the machine knows of it."""

    id: str
    text: str
    guests: int | None
    scopes: list[str]
    used: int = 0
    withdrawn: bool = False
    removed: bool = False

    @property
    def is_good(self) -> bool:
        return not self.withdrawn and (self.guests is None or self.used < self.guests)


@dataclass
class Guest:
    """A guest who came with an invitation."""

    user_id: str
    handle: str
    invitation: Invitation
    tokens: list[str] = field(default_factory=list)
    banned: bool = False

    @property
    def is_in(self) -> bool:
        return not self.banned and not self.invitation.removed


class Entry(RuleBasedStateMachine):
    """An app that admits invited guests only."""

    app: App
    locked: App  # the same settings, behind a function key
    entra: Entra
    provider: Provider
    emulator: Emulator

    def __init__(self) -> None:
        super().__init__()
        self.invitations: list[Invitation] = []
        self.guests: list[Guest] = []
        # Two of Entra, and one of another provider.
        self.people = [(self.entra.tenants[number % 2], new_guid()) for number in range(3)]
        self.identities: dict[int, str] = {}
        self.last_identities: dict[int, str] = {}  # also those that were deleted
        self.banned: set[int] = set()
        self.valid: dict[str, str] = {}  # token → whose it is, while nobody ended it

    @initialize()
    def some_are_in_already_and_some_are_out(self) -> None:
        for guests, scopes in ((1, ["voip"]), (2, ["chat"]), (None, ["voip"])):
            self.the_backend_invites(guests, scopes)
            self.come(self.invitations[-1], in_body=False)
        self.a_person_signs_in(0)
        self.a_person_signs_in(OF_ANOTHER_PROVIDER)
        self.the_backend_invites(2, ["voip"])
        self.come(self.invitations[-1], in_body=True)
        self.withdraw(self.invitations[-1], removes=True)

    # what a backend does

    @rule(guests=st.sampled_from([1, 2, None]), scopes=st.sampled_from([["voip"], ["chat"]]))
    def the_backend_invites(self, guests: int | None, scopes: list[str]) -> None:
        body = {"guests": guests, "scopes": scopes, "expiresInMinutes": 60}
        made = self.app.call("POST", "invitations", body).json
        self.invitations.append(Invitation(made["id"], made["invitation"], guests, scopes))

    @precondition(lambda self: self.invitations)
    @rule(data=st.data(), removes=st.booleans())
    def the_backend_withdraws(self, data: st.DataObject, removes: bool) -> None:  # noqa: FBT001 a rule's
        self.withdraw(data.draw(st.sampled_from(self.invitations)), removes=removes)

    def withdraw(self, one: Invitation, *, removes: bool) -> None:
        query = "?guests=remove" if removes else ""
        assert self.app.call("DELETE", f"invitations/{one.id}{query}").status == 204
        one.withdrawn, one.removed = True, one.removed or removes

    @precondition(lambda self: self.guests)
    @rule(data=st.data(), lifts=st.booleans())
    def the_backend_bans_a_guest_or_lifts_it(self, data: st.DataObject, lifts: bool) -> None:  # noqa: FBT001 a rule's
        guest = data.draw(st.sampled_from(self.guests))
        method = "DELETE" if lifts else "POST"
        assert self.app.call(method, f"users/{guest.user_id}/ban").status == 204
        guest.banned = not lifts
        if not lifts:
            self.end(guest.user_id)

    @rule(person=PEOPLE, by_user=st.booleans(), lifts=st.booleans())
    def the_backend_bans_a_person_or_lifts_it(self, person: int, by_user: bool, lifts: bool) -> None:  # noqa: FBT001 a rule's # fmt: skip
        user_id = self.last_identities.get(person)
        tenant, oid = self.people[person]
        path = f"people/{tenant}/{oid}"
        if person == OF_ANOTHER_PROVIDER or by_user:
            if user_id is None:
                return
            path = f"users/{user_id}"
        assert self.app.call("DELETE" if lifts else "POST", f"{path}/ban").status == 204
        if lifts:
            self.banned.discard(person)
        else:
            self.banned.add(person)
            self.end(self.identities.get(person, ""))

    @precondition(lambda self: self.guests)
    @rule(data=st.data())
    def the_backend_asks_for_a_guests_token(self, data: st.DataObject) -> None:
        guest = data.draw(st.sampled_from(self.guests))
        reply = self.app.call("POST", f"users/{guest.user_id}/token")
        if guest.banned:
            assert is_problem(reply, 409, "banned")
        else:
            self.keep(guest.user_id, reply)

    @rule(person=PEOPLE)
    def the_backend_asks_for_a_persons_token(self, person: int) -> None:
        if user_id := self.identities.get(person):
            reply = self.app.call("POST", f"users/{user_id}/token")
            if person in self.banned:
                assert is_problem(reply, 409, "banned")
            else:
                self.keep(user_id, reply)

    # what callers do

    @precondition(lambda self: self.invitations)
    @rule(data=st.data(), in_body=st.booleans())
    def somebody_comes_with_an_invitation(self, data: st.DataObject, in_body: bool) -> None:  # noqa: FBT001 a rule's
        self.come(data.draw(st.sampled_from(self.invitations)), in_body=in_body)

    def come(self, one: Invitation, *, in_body: bool) -> None:
        body = {"invitation": one.text} if in_body else None
        headers = {} if in_body else {"x_invitation": one.text}
        reply = self.app.call("POST", "guest/token", body, **headers)
        if not one.is_good:
            assert is_problem(reply, 403, "invitation")
            return
        one.used += 1
        guest = Guest(reply.json["userId"], reply.json["guestHandle"], one)
        assert guest.user_id not in {each.user_id for each in self.guests}
        self.guests.append(guest)
        self.keep(guest.user_id, reply)

    @precondition(lambda self: self.guests)
    @rule(data=st.data(), route=st.sampled_from(GUEST_ROUTES))
    def a_guest_uses_the_handle(self, data: st.DataObject, route: tuple[str, str]) -> None:
        guest = data.draw(st.sampled_from(self.guests))
        reply = self.app.call(*route, x_guest_handle=guest.handle)
        if guest.is_in:
            assert reply.status in (200, 204)
            if route[1] == "guest/revoke":
                self.end(guest.user_id)
            elif "token" in route[1]:
                self.keep(guest.user_id, reply)
        else:
            refusals = {(409, "banned"), (401, "unauthorized")}
            assert any(is_problem(reply, status, slug) for status, slug in refusals)

    @rule(person=PEOPLE)
    def a_person_signs_in(self, person: int) -> None:
        reply = self.app.call("POST", "me/token", authorization=self.bearer(person))
        if person in self.banned:
            assert is_problem(reply, 409, "banned")
            return
        self.identities[person] = self.last_identities[person] = reply.json["userId"]
        self.keep(reply.json["userId"], reply)

    @rule(person=PEOPLE)
    def a_person_leaves(self, person: int) -> None:
        reply = self.app.call("DELETE", "me", authorization=self.bearer(person))
        if person in self.banned:
            assert is_problem(reply, 409, "banned")
            return
        assert reply.status == 204
        self.end(self.identities.pop(person, ""))

    # what the attacker tries

    @precondition(lambda self: self.loot())
    @rule(data=st.data(), in_body=st.booleans())
    def the_attacker_brings_what_it_knows_as_an_invitation(self, data: st.DataObject, in_body: bool) -> None:  # noqa: FBT001 a rule's # fmt: skip
        text = data.draw(st.sampled_from(self.loot()))
        body = {"invitation": text} if in_body else None
        reply = self.app.call(
            "POST", "guest/token", body, **({} if in_body else {"x_invitation": text})
        )
        assert is_problem(reply, 403, "invitation")

    @precondition(lambda self: self.loot())
    @rule(data=st.data(), route=st.sampled_from(GUEST_ROUTES))
    def the_attacker_brings_what_it_knows_as_a_handle(self, data: st.DataObject, route: tuple[str, str]) -> None:  # fmt: skip
        handles = {guest.handle for guest in self.guests}
        texts = [each for each in [*self.loot(), *(one.text for one in self.invitations)] if each not in handles]  # fmt: skip
        reply = self.app.call(*route, x_guest_handle=data.draw(st.sampled_from(texts)))
        assert is_problem(reply, 401, "unauthorized")

    @rule(data=st.data(), route=st.sampled_from(BACKEND_ROUTES))
    def the_attacker_uses_the_backends_routes_without_its_key(self, data: st.DataObject, route: tuple[str, str]) -> None:  # fmt: skip
        known = [guest.user_id for guest in self.guests] + [one.id for one in self.invitations]
        path = route[1].format(data.draw(st.sampled_from(known or [new_guid()])))
        for headers in ({}, {"x_functions_key": "guess"}):
            assert self.locked.call(route[0], path, **headers).status == 401

    @precondition(lambda self: self.guests)
    @rule(data=st.data(), scope=st.sampled_from(["voip", "chat"]))
    def a_guest_asks_for_more_than_the_invitation_allows(self, data: st.DataObject, scope: str) -> None:  # fmt: skip
        guest = data.draw(st.sampled_from(list(self.guests)))
        body = {"scopes": [scope]}
        reply = self.app.call("POST", "guest/token/refresh", body, x_guest_handle=guest.handle)
        if guest.is_in and scope not in guest.invitation.scopes:
            assert is_problem(reply, 403, "not-allowed")
        elif guest.is_in:
            self.keep(guest.user_id, reply)
        else:
            assert reply.status in (401, 409)

    # what must hold

    @invariant()
    def uses_are_counted_exactly(self) -> None:
        for one in self.invitations[-2:]:
            known = self.app.call("GET", f"invitations/{one.id}").json
            expected = None if one.guests is None else one.guests - one.used
            assert known.get("usesLeft") == expected
            assert known["withdrawn"] is one.withdrawn

    @invariant()
    def who_is_out_stays_out(self) -> None:
        for guest in [each for each in self.guests if not each.is_in][-1:]:
            reply = self.app.call("POST", "guest/token", x_guest_handle=guest.handle)
            assert reply.status in (401, 409)
        for one in [each for each in self.invitations if not each.is_good][-1:]:
            reply = self.app.call("POST", "guest/token", x_invitation=one.text)
            assert is_problem(reply, 403, "invitation")
        for person in self.banned:
            self.a_person_signs_in(person)  # which is refused

    @invariant()
    def nobody_else_ended_a_token(self) -> None:
        for token in [*self.valid][-3:]:
            assert self.emulator.examine(token)["valid"]

    # how it is kept

    def loot(self) -> list[str]:
        """Whatever the callers know that is no valid invitation."""
        texts = [one.text for one in self.invitations if not one.is_good]
        texts += [one.id for one in self.invitations]
        for guest in self.guests:
            texts += [guest.handle, guest.user_id, *guest.tokens[-1:]]
        return [*texts, *self.identities.values()]

    def bearer(self, person: int) -> str:
        tenant, oid = self.people[person]
        if person == OF_ANOTHER_PROVIDER:
            return f"Bearer {self.provider.token(sub=oid)}"
        return f"Bearer {self.entra.token(tenant=tenant, oid=oid)}"

    def keep(self, user_id: str, reply: Reply) -> None:
        assert reply.status == 200
        assert reply.json["userId"] == user_id
        self.valid[reply.json["token"]] = user_id
        for guest in self.guests:
            if guest.user_id == user_id:
                guest.tokens.append(reply.json["token"])

    def end(self, user_id: str) -> None:
        """All tokens of an identity must have ended."""
        ended = [token for token, owner in self.valid.items() if owner == user_id]
        for token in ended:
            assert self.emulator.examine(token)["revoked"]
            del self.valid[token]


def test_nobody_gets_in_who_may_not(
    locked: App, entra: Entra, emulator: Emulator, tmp_path: Path
) -> None:
    link: dict[str, Any] = {"TEAMS_MEETING_URL": "https://teams.microsoft.com/l/meetup-join/x"}
    file = tmp_path / "identities.db"
    files = certificates(emulator.authority.parent)
    with (
        running_providers(files, "ES256") as (provider,),
        running_trusted_app(
            emulator, entra, file, GUESTS="invited", **link, **settings_for(provider)
        ) as app,
    ):
        Entry.app, Entry.locked, Entry.entra, Entry.emulator = app, locked, entra, emulator
        Entry.provider = provider
        run_state_machine_as_test(
            Entry,
            settings=hypothesis_settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

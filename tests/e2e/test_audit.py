"""Audit records: one for every token or identity that was granted, revoked, deleted or denied."""

import contextlib
import hmac
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from acs_emulator.certificates import certificates
from acs_emulator.entra.users import USERS
from acs_tokens.identities.sqlite.store import SqliteStore
from tests.e2e.conftest import App
from tests.entra_stand_in import CLIENT_ID
from tests.keys import random_key
from tests.oidc_stand_in import running_providers, settings_for
from tests.raw_http import Reply, call
from tests.serving import READY, Emulator, running_program
from tests.trust.conftest import NO_LIMITS
from tests.trust.test_teams import bearer, teams_token

KEY = random_key("log")
ALICE = next(user for user in USERS if user.first_name == "Alice")
BOB = next(user for user in USERS if user.first_name == "Bob")
CAROL = next(user for user in USERS if user.first_name == "Carol")
GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
HASH = re.compile("[0-9a-f]{16}")

Record = dict[str, Any]


def hashed(id_: str) -> str:
    """What stands for an id, as docs/operations.md describes it."""
    return hmac.digest(b64decode(KEY), id_.encode(), "sha256").hex()[:16]


class Audited(App):
    """An app that logs whole records, and the secrets that were sent to it or came from it."""

    secrets: set[str]

    def records(self, logger: str) -> list[Record]:
        """The records of a logger so far."""
        lines = re.findall(r"^record (\{.*\})$", self.program.output, re.MULTILINE)
        return [record for record in map(json.loads, lines) if record["name"] == logger]

    def ask(
        self, method: str, route: str, body: object = None, **headers: str
    ) -> tuple[Reply, list[Record]]:
        """Send a request; return the response and its audit records, found by the trace id."""
        trace = uuid4().hex
        reply = self.call(method, route, body, traceparent=f"00-{trace}-{trace[:16]}-01", **headers)
        self.program.read_until(rf"{trace}.*\n")  # the last record of a request
        sent = body.values() if isinstance(body, dict) else []
        given = reply.json.values() if reply.content and reply.status < 300 else []
        words = {str(value) for value in (*headers.values(), *sent, *given, *route.split("/"))}
        self.secrets |= {word for word in words if len(word) > 30}
        requests = [one for one in self.records("acs_tokens.request") if one["traceId"] == trace]
        assert len(requests) == 1
        assert requests[0]["status"] == reply.status
        ids = {requests[0]["requestId"]}
        return reply, [one for one in self.records("acs_tokens.audit") if one["requestId"] in ids]

    def audit(self, method: str, route: str, body: object = None, **headers: str) -> Record:
        """Send a request that is audited; return what the one record says."""
        _, records = self.ask(method, route, body, **headers)
        assert len(records) == 1
        return said(records[0])


def said(record: Record) -> Record:
    """What a record says, which must be the same in its message and in its attributes."""
    message: Record = json.loads(record["message"])
    assert record == message | {name: record[name] for name in ("name", "levelname", "message")}
    assert record["levelname"] == "INFO"
    assert re.fullmatch(GUID, message.pop("requestId"))
    assert message.pop("event") == "audit"
    for name in ("who", "target"):
        assert HASH.fullmatch(message.get(name, "0" * 16))
    return message


@contextlib.contextmanager
def running(emulator: Emulator, folder: Path, **changed: str) -> Iterator[Audited]:
    variables = {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "GUESTS": "on",
        "GUEST_SCOPES": "voip,chat",
        "ENTRA_AUTHORITY": emulator.tls_url,
        "ENTRA_TENANT_IDS": ",".join({user.tenant.id for user in USERS}),
        "ENTRA_CLIENT_ID": CLIENT_ID,
        "ENTRA_CLIENT_SECRET": "emulator-secret",
        "IDENTITY_SQLITE": str(folder / "identities.db"),
        "SSL_CERT_FILE": str(emulator.authority),
        "LOG_HASH_KEY": KEY,
        "PYTHON_ENABLE_DEBUG_LOGGING": "1",
        **NO_LIMITS,
        **changed,
    }
    arguments = ("--port", "0", "--no-emulator")
    with running_program("tests.e2e.whole_log", *arguments, variables=variables) as program:
        ready = program.read_until(READY)
        app = Audited(ready[1], program)
        app.secrets = {emulator.access_key, KEY, ALICE.object_id, ALICE.tenant.id}
        yield app
        program.stop()
    for secret in app.secrets:
        assert secret not in program.output
        assert secret.rpartition(":")[2] not in program.output  # a user id without its prefix


@pytest.fixture(scope="module")
def app(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with running(emulator, tmp_path_factory.mktemp("identities")) as app:
        yield app


def about(function: str, action: str, **facts: object) -> Record:
    """What the record of a use that was allowed should say."""
    family = {"guest": "guest", "me": "me"}.get(function.partition("_")[0], "users")
    return {"function": function, "family": family, "action": action, "outcome": "done", **facts}


def lasting(record: Record) -> Record:
    """A grant, without the time when its token ends."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[0-9:.]+\+00:00", record.pop("expiresOn"))
    return record


def test_what_backends_do_is_audited(app: Audited) -> None:
    user = app.ask("POST", "users")[0].json["userId"]
    path, target = f"users/{user}", hashed(user)
    asked = {"scopes": ["voip", "chat"]}
    created, reply_and_token = app.audit("POST", "users"), app.ask("POST", "users/token", asked)
    new = hashed(reply_and_token[0].json["userId"])

    assert created == about("create_user", "create", target=created["target"])
    assert lasting(said(reply_and_token[1][0])) == about(
        "create_user_and_token", "grant", target=new, scopes="voip,chat"
    )
    assert lasting(app.audit("POST", f"{path}/token", asked)) == about(
        "issue_token", "grant", target=target, scopes="voip,chat"
    )
    assert lasting(app.audit("POST", f"{path}/token/refresh")) == about(
        "refresh_token", "refresh", target=target, scopes="voip"
    )
    assert app.audit("POST", f"{path}/revoke") == about("revoke_tokens", "revoke", target=target)
    assert app.audit("DELETE", path) == about("delete_user", "delete", target=target)
    assert app.audit("POST", f"{path}/token") == about(
        "issue_token", "grant", target=target, scopes="voip",
        outcome="failed", problem="identity-not-found",
    )  # fmt: skip


def test_what_backends_do_about_people_is_audited(app: Audited, emulator: Emulator) -> None:
    carol = bearer(emulator, "carol")
    user = app.ask("POST", "me/token", authorization=carol)[0].json["userId"]
    person = f"{CAROL.tenant.id}/{CAROL.object_id}"
    by_user, by_person = {"target": hashed(user)}, {"target": hashed(person.replace("/", ":"))}
    path = f"users/{user}"
    note = {"reason": "a note of whoever has banned"}

    assert app.audit("POST", f"{path}/ban", note) == about("ban_user", "ban", **by_user)
    assert app.audit("POST", f"{path}/token") == about(
        "issue_token", "grant", scopes="voip", outcome="denied", problem="banned", **by_user
    )
    assert app.audit("GET", f"{path}/ban") == about("get_user_ban", "look-up", **by_user)
    assert app.audit("DELETE", f"{path}/ban") == about("unban_user", "unban", **by_user)
    assert app.ask("GET", f"{path}/ban")[1] == []
    path = f"people/{person}"
    assert app.audit("POST", f"{path}/ban") == about("ban_person", "ban", **by_person)
    assert app.audit("GET", f"{path}/ban") == about("get_person_ban", "look-up", **by_person)
    assert app.audit("DELETE", f"{path}/ban") == about("unban_person", "unban", **by_person)
    assert app.audit("GET", path) == about("get_person_identity", "look-up", **by_user)
    assert app.audit("POST", f"{path}/revoke") == about("revoke_person_tokens", "revoke", **by_user)
    assert app.audit("GET", f"users/{user}/person") == about(
        "get_user_person", "look-up", **by_user
    )


def test_users_of_other_providers_are_audited_under_issuer_and_subject(
    emulator: Emulator, tmp_path: Path
) -> None:
    files = certificates(emulator.authority.parent)
    with running_providers(files, "ES256") as (provider,):
        claims = provider.claims()
        bearer = f"Bearer {provider.sign(claims)}"
        with running(emulator, tmp_path, **settings_for(provider)) as app:
            app.secrets.add(claims["sub"])
            reply, records = app.ask("POST", "me/token", authorization=bearer)
            ids = {
                "who": hashed(f"{claims['iss']} {claims['sub']}"),
                "target": hashed(reply.json["userId"]),
            }
            banned = app.audit("POST", f"users/{reply.json['userId']}/ban")
            refused = app.audit("POST", "me/token", authorization=bearer)

    assert lasting(said(records[0])) == about("me_token", "grant", scopes="voip", **ids)
    assert banned == about("ban_user", "ban", target=ids["target"])
    assert refused == about("me_token", "grant", outcome="denied", problem="banned", who=ids["who"])


def test_what_backends_do_about_invitations_is_audited(app: Audited) -> None:
    made, records = app.ask("POST", "invitations", {"expiresInMinutes": 60})
    target = {"target": hashed(made.json["id"])}
    path, brought = f"invitations/{made.json['id']}", {"x_invitation": made.json["invitation"]}

    assert said(records[0]) == about("create_invitation", "invite", **target)
    assert app.audit("GET", path) == about("get_invitation", "look-up", **target)
    assert app.audit("DELETE", path) == about("withdraw_invitation", "withdraw", **target)
    assert app.audit("POST", "guest/token", **brought) == about(
        "guest_token", "grant", scopes="voip", outcome="denied", problem="invitation"
    )


def test_what_guests_do_is_audited(app: Audited) -> None:
    reply, records = app.ask("GET", "guest/token?scope=chat")
    handle, target = reply.json["guestHandle"], hashed(reply.json["userId"])
    own = {"who": target, "target": target}

    assert lasting(said(records[0])) == about("guest_token", "grant", target=target, scopes="chat")
    assert lasting(app.audit("POST", "guest/token", x_guest_handle=handle)) == about(
        "guest_token", "refresh", scopes="chat", **own
    )
    assert lasting(app.audit("POST", "guest/token/refresh", x_guest_handle=handle)) == about(
        "guest_refresh", "refresh", scopes="chat", **own
    )
    assert app.audit("POST", "guest/revoke", x_guest_handle=handle) == about(
        "guest_revoke", "revoke", **own
    )
    assert app.audit("DELETE", "guest", x_guest_handle=handle) == about(
        "guest_delete", "delete", **own
    )
    assert app.audit("DELETE", "guest", x_guest_handle=handle) == about(
        "guest_delete", "delete", outcome="denied", problem="unauthorized", **own
    )


def test_what_people_do_is_audited(app: Audited, emulator: Emulator) -> None:
    alice = bearer(emulator, "alice")
    who = hashed(f"{ALICE.tenant.id}:{ALICE.object_id}")
    reply, records = app.ask("POST", "me/token", authorization=alice)
    own = {"who": who, "target": hashed(reply.json["userId"])}

    assert lasting(said(records[0])) == about("me_token", "grant", scopes="voip", **own)
    assert lasting(app.audit("POST", "me/token", authorization=alice)) == about(
        "me_token", "refresh", scopes="voip", **own
    )
    assert app.audit("POST", "me/revoke", authorization=alice) == about(
        "me_revoke", "revoke", **own
    )
    assert app.audit("DELETE", "me", authorization=alice) == about("me_delete", "delete", **own)
    assert app.audit("DELETE", "me", authorization=alice) == about("me_delete", "delete", who=who)


def test_an_identity_that_is_replaced_is_a_new_grant(app: Audited, emulator: Emulator) -> None:
    bob = bearer(emulator, "bob")
    lost = app.ask("POST", "me/token", authorization=bob)[0].json["userId"]
    app.ask("DELETE", f"users/{lost}")

    reply, records = app.ask("POST", "me/token", authorization=bob)
    grant, replacement = (said(record) for record in records)

    new, who = hashed(reply.json["userId"]), f"{BOB.tenant.id}:{BOB.object_id}"
    assert (grant["action"], grant["target"]) == ("grant", new)
    assert replacement == about(
        "me_token", "replace", who=hashed(who), target=hashed(lost), replacement=new
    )


def test_what_users_of_teams_do_is_audited(app: Audited, emulator: Emulator) -> None:
    teams = emulator.call("POST", "/emulator/teams-token").json
    body = {
        "token": teams["token"],
        "clientId": teams["appId"],
        "userObjectId": teams["oid"],
    }
    alice = {"authorization": bearer(emulator, "alice")}
    who, target = (f"{ALICE.tenant.id}:{ALICE.object_id}", f"8:orgid:{ALICE.object_id}")
    stolen = teams_token(emulator, oid=teams["oid"])

    assert lasting(app.audit("POST", "teams/token", body)) == about(
        "exchange_teams_token", "grant", target=hashed(f"8:orgid:{teams['oid']}")
    )
    assert lasting(app.audit("POST", "me/teams/token", **alice)) == about(
        "me_teams_token", "grant", who=hashed(who), target=hashed(target)
    )
    assert app.audit("POST", "me/teams/token", {"token": stolen}, **alice) == about(
        "me_teams_token", "grant", who=hashed(who),
        outcome="denied", problem="teams-token-mismatch",
    )  # fmt: skip
    mia = app.audit("POST", "me/teams/token", authorization=bearer(emulator, "mia"))
    assert (mia["outcome"], mia["problem"]) == ("denied", "interaction-required")


DENIED = [
    pytest.param("POST", "me/token", {}, "me_token", "grant", "unauthorized", id="no credential"),
    pytest.param("DELETE", "me", {"authorization": "Bearer e30.e30.e30"}, "me_delete", "delete", "unauthorized", id="wrong token"),
    pytest.param("POST", "guest/revoke", {}, "guest_revoke", "revoke", "unauthorized", id="no handle"),
    pytest.param("POST", "guest/token", {"x_guest_handle": "e30.e30.e30"}, "guest_token", "refresh", "unauthorized", id="wrong handle"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "route", "headers", "function", "action", "problem"), DENIED)
def test_a_wrong_credential_is_audited(
    app: Audited, method: str, route: str, headers: dict[str, str], function: str, action: str, problem: str
) -> None:  # fmt: skip
    record = app.audit(method, route, **headers)

    record.pop("scopes", None)
    assert record == about(function, action, outcome="denied", problem=problem)


def test_asking_for_too_much_is_audited_with_what_was_asked_for(app: Audited) -> None:
    record = app.audit("POST", "guest/token", {"scopes": ["chat.join", "voip"]})

    assert record == about(
        "guest_token", "grant", scopes="chat.join,voip", outcome="denied", problem="not-allowed"
    )


async def test_limits_switches_and_the_sweep_are_audited(
    emulator: Emulator, tmp_path: Path
) -> None:
    with running(emulator, tmp_path, GUESTS="off", LIMIT_REQUESTS="1") as app:
        guest = app.audit("POST", "guest/token")
        alice = bearer(emulator, "alice")
        last = [app.audit("POST", "me/revoke", authorization=alice) for _ in range(3)][-1]
        orphans = {app.ask("POST", "users")[0].json["userId"] for _ in range(2)}
        store = SqliteStore(tmp_path / "identities.db", f"127.0.0.1:{emulator.port}")
        for orphan in orphans:
            await store.add_orphan(orphan)
        await store.aclose()
        before = len(app.records("acs_tokens.audit"))
        assert call(app.address, "POST", "/admin/functions/sweep").status == 202
        app.ask("POST", "users")
        swept = [said(record) for record in app.records("acs_tokens.audit")[before:-1]]

    assert guest == about("guest_token", "grant", outcome="denied", problem="guests-off")
    assert last == about(
        "me_revoke", "revoke", who=hashed(f"{ALICE.tenant.id}:{ALICE.object_id}"),
        outcome="denied", problem="too-many-requests",
    )  # fmt: skip
    assert len(swept) == 2
    targets = {record.pop("target") for record in swept}
    assert targets == set(map(hashed, orphans))
    deletion = {"function": "sweep", "family": "timer", "action": "delete", "outcome": "done"}
    assert swept == [deletion, deletion]


@pytest.mark.parametrize(
    ("route", "body"),
    [
        pytest.param("users/token", {"scopes": ["canary"]}, id="bad scopes"),
        pytest.param("users/8:acs:canary/token", None, id="bad id"),
        pytest.param("guest/token", {"canary": 1}, id="unknown field"),
    ],
)
def test_an_invalid_request_is_not_audited(app: Audited, route: str, body: object) -> None:
    reply, records = app.ask("POST", route, body)

    assert (reply.status, records) == (400, [])

"""Rate limits, as clients see them.

They are one request a minute, so that a busy machine has a minute for each test: a client may send
two at once, and another one a minute later.
"""

from pathlib import Path

from tests.e2e.conftest import App, is_problem
from tests.entra_stand_in import Entra
from tests.serving import Emulator
from tests.trust.conftest import running_trusted_app


def refused(app: App, method: str, route: str, **headers: str) -> int:
    """Send requests until one gets 429; return how many did not."""
    for count in range(100):
        reply = app.call(method, route, **headers)
        if reply.status == 429:
            assert is_problem(reply, 429, "too-many-requests")
            assert 1 <= int(reply.headers["Retry-After"]) <= 60
            return count
    raise AssertionError


def test_new_guests_are_limited_and_returning_guests_are_not(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_trusted_app(
        emulator, entra, tmp_path / "identities.db", LIMIT_NEW_GUESTS="1"
    ) as app:
        handle = app.call("POST", "guest/token").json["guestHandle"]

        assert refused(app, "POST", "guest/token") == 1
        assert app.call("POST", "guest/token", x_guest_handle=handle).status == 200


def test_a_client_cannot_choose_its_address(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_trusted_app(
        emulator, entra, tmp_path / "identities.db", LIMIT_NEW_GUESTS="1"
    ) as app:
        replies = [
            app.call(
                "POST", "guest/token", client_ip=f"192.0.2.{n}", x_forwarded_for=f"192.0.2.{n}"
            )
            for n in range(8)
        ]

    assert [reply.status for reply in replies] == [200] * 2 + [429] * 6


def test_all_new_guests_together_leave_room_for_those_who_signed_in(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    limits = {"LIMIT_ALL_NEW_GUESTS": "1"}
    with running_trusted_app(emulator, entra, tmp_path / "identities.db", **limits) as app:
        assert refused(app, "POST", "guest/token") == 2
        user = app.call("POST", "me/token", authorization=f"Bearer {entra.token()}")

    assert user.status == 200


def test_requests_are_counted_by_person_and_by_guest(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_trusted_app(
        emulator, entra, tmp_path / "identities.db", LIMIT_REQUESTS="1"
    ) as app:
        handle = app.call("POST", "guest/token").json["guestHandle"]
        bearer = f"Bearer {entra.token()}"

        assert refused(app, "POST", "guest/token/refresh", x_guest_handle=handle) == 2
        assert refused(app, "POST", "me/token", authorization=bearer) == 2
        assert app.call("POST", "me/token", authorization=f"Bearer {entra.token()}").status == 200


def test_wrong_credentials_are_limited_and_good_ones_are_still_accepted(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_trusted_app(
        emulator, entra, tmp_path / "identities.db", LIMIT_FAILED_SIGN_INS="1"
    ) as app:
        handle = app.call("POST", "guest/token").json["guestHandle"]

        assert refused(app, "POST", "me/token", authorization="Bearer a.b.c") == 2
        assert refused(app, "POST", "guest/revoke", x_guest_handle="x") == 0
        assert app.call("POST", "guest/revoke", x_guest_handle=handle).status == 204
        assert app.call("POST", "me/token", authorization=f"Bearer {entra.token()}").status == 200
        assert app.call("POST", "users/token").status == 201  # the host checks its key

"""Authorization codes: each can be redeemed once, by the client that requested it."""

from uuid import uuid4

import pytest

from tests.emulator.entra.client import (
    BACK,
    FABRIKAM,
    SignIn,
    error,
)
from tests.serving import Emulator


def test_a_code_can_be_redeemed_once(emulator: Emulator) -> None:
    sign_in = SignIn(emulator)
    code = sign_in.code()

    assert sign_in.redeem(code).status == 200
    assert error(sign_in.redeem(code)) == (400, "invalid_grant", 54005)


def test_a_code_expires_after_a_minute(own_emulator: Emulator) -> None:
    sign_in = SignIn(own_emulator)
    first, second = sign_in.code(), sign_in.code()

    own_emulator.clock.ahead = 50
    assert sign_in.redeem(first).status == 200

    own_emulator.clock.ahead = 61
    assert error(sign_in.redeem(second)) == (400, "invalid_grant", 70008)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"code_verifier": "x" * 43}, 501481),
        ({"code_verifier": ""}, 900144),
        ({"client_id": str(uuid4())}, 70000),
        ({"redirect_uri": f"{BACK}/"}, 500112),
        ({"redirect_uri": ""}, 900144),
        ({"code": "1.made-up"}, 9002313),
        ({"client_secret": "wrong"}, 7000215),
    ],
)
def test_a_redemption_that_does_not_match_is_refused(
    emulator: Emulator, changed: dict[str, str], expected: int
) -> None:
    sign_in = SignIn(emulator)

    assert error(sign_in.redeem(sign_in.code(), **changed))[2] == expected


def test_a_failed_redemption_uses_up_the_code(emulator: Emulator) -> None:
    sign_in = SignIn(emulator)
    code = sign_in.code()
    sign_in.redeem(code, code_verifier="x" * 43)

    assert error(sign_in.redeem(code))[2] == 54005


def test_a_code_is_not_valid_in_another_tenant(emulator: Emulator) -> None:
    sign_in = SignIn(emulator)
    code = sign_in.code()
    sign_in.tenant = FABRIKAM

    assert error(sign_in.redeem(code)) == (400, "invalid_grant", 50020)


def test_a_reset_deletes_codes(own_emulator: Emulator) -> None:
    sign_in = SignIn(own_emulator)
    code = sign_in.code()

    own_emulator.call("POST", "/emulator/reset")

    assert error(sign_in.redeem(code))[2] == 9002313

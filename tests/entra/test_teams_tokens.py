"""Teams users' Entra tokens, checked before ACS is asked."""

import base64
import json
import time
from datetime import timedelta
from typing import Any

import pytest

from acs_tokens.entra.teams_tokens import TeamsUser, precheck
from acs_tokens.problems import (
    InvalidTeamsTokenError,
    Problem,
    TeamsTokenExpiringError,
    TeamsTokenMismatchError,
)

APP = "6f5902ac-237a-4f6c-b0c8-b2b1f9a5a0de"
OID = "11111111-2222-3333-4444-555555abcdef"
TENANT = "123e4567-e89b-12d3-a456-426614174abc"
OTHER = "99999999-2222-3333-4444-555555555555"
USER = TeamsUser(APP, OID, TENANT)
TEN_MINUTES = timedelta(minutes=10)


def token(**changed: Any) -> str:
    """A token; times are seconds from now, and None takes a claim out."""
    claims = {
        "aud": "https://auth.msft.communication.azure.com",
        "scp": "Teams.ManageCalls User.Read",
        "appid": APP,
        "oid": OID,
        "tid": TENANT,
        "exp": 3600,
        **changed,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    if type(kept.get("exp")) is int:
        kept["exp"] += int(time.time())
    return f"x.{encoded(json.dumps(kept))}.x"


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"aud": "1fd5118e-2576-4263-8130-9503064c837a"},
        {"scp": "Teams.ManageChats"},
        {"appid": APP.upper()},
        {"appid": None, "azp": APP},
        {"oid": OID.upper()},
        {"tid": TENANT.upper()},
        {"exp": 660},
        {"name": "é" * 2},
        {"name": "é" * 3},
        {"name": "é?>~" * 4},
    ],
    ids=str,
)
def test_a_teams_token_of_the_user_passes(changed: dict[str, Any]) -> None:
    precheck(token(**changed), TeamsUser(APP.upper(), OID.upper(), TENANT.upper()), TEN_MINUTES)
    precheck(token(**changed), USER, TEN_MINUTES)


@pytest.mark.parametrize(
    ("changed", "problem", "detail"),
    [
        ({"exp": 0}, InvalidTeamsTokenError, "The Teams token has expired. Get a new one."),
        ({"exp": 595}, TeamsTokenExpiringError, "less than 10 minutes"),
        ({"aud": OTHER}, InvalidTeamsTokenError, "is not for https://auth.msft"),
        ({"aud": None}, InvalidTeamsTokenError, "is not for https://auth.msft"),
        ({"scp": "User.Read"}, InvalidTeamsTokenError, "Teams.ManageCalls or Teams.ManageChats"),
        ({"scp": None}, InvalidTeamsTokenError, "lacks the scope"),
        ({"appid": OTHER}, TeamsTokenMismatchError, "(appid)"),
        ({"appid": OTHER, "azp": APP}, TeamsTokenMismatchError, "(appid)"),
        ({"appid": None}, TeamsTokenMismatchError, "(appid)"),
        ({"oid": OTHER}, TeamsTokenMismatchError, "(oid)"),
        ({"oid": None}, TeamsTokenMismatchError, "(oid)"),
        ({"tid": OTHER}, TeamsTokenMismatchError, "(tid)"),
        ({"tid": None}, TeamsTokenMismatchError, "(tid)"),
    ],
    ids=str,
)
def test_the_problem_says_what_is_wrong(
    changed: dict[str, Any], problem: type[Problem], detail: str
) -> None:
    with pytest.raises(problem) as caught:
        precheck(token(**changed), USER, TEN_MINUTES)

    assert type(caught.value) is problem
    assert caught.value.detail
    assert detail in caught.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b",
        "a.b.c.d",
        "x.é.x",
        f"x.{encoded('[]')}.x",
        f"x.{encoded('[' * 100_000)}.x",
        f"x.{encoded('{}')}.x",
        *(
            f"x.{encoded(json.dumps({'exp': value}))}.x"
            for value in (None, "1", True, -1, 10**11 + 1, float("nan"), float("inf"), [1])
        ),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_entra_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidTeamsTokenError, match="is not an Entra access token"):
        precheck(text, USER)


def test_the_largest_time_is_taken() -> None:
    far = token(exp=float(10**11))

    precheck(far, USER)


def test_without_a_tenant_and_a_lifetime_neither_is_checked() -> None:
    precheck(token(tid=OTHER, exp=300), TeamsUser(APP, OID))

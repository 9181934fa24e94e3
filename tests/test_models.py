"""Bodies of requests and responses: what their models take."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from acs_tokens.models.requests import GuestTokenRequest, TeamsTokenRequest, TokenRequest
from acs_tokens.models.responses import Identity, TeamsUserToken, UserToken

GUID = "123e4567-e89b-12d3-a456-426614174000"
USER_ID = f"8:acs:{GUID}_{GUID}"
TOKEN = "e30.e30." + "x" * 64


def user_token(**changed: object) -> dict[str, Any]:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"userId": USER_ID, "token": TOKEN, "expiresOn": soon} | changed


def test_a_token_request_asks_for_voip_and_a_day_by_default() -> None:
    request = TokenRequest.model_validate({})

    assert request.scopes == ["voip"]
    assert request.lifetime == timedelta(days=1)


def test_a_guests_token_is_short_by_default() -> None:
    assert GuestTokenRequest.model_validate({}).lifetime == timedelta(hours=1)


@pytest.mark.parametrize("minutes", [59, 1441, 60.5, 1441.0, "60", True, None])
def test_a_lifetime_is_60_to_1440_whole_minutes(minutes: object) -> None:
    for model in (TokenRequest, GuestTokenRequest):
        with pytest.raises(ValidationError):
            model.model_validate({"expiresInMinutes": minutes})


@pytest.mark.parametrize("model", [TokenRequest, GuestTokenRequest])
def test_a_whole_number_with_a_decimal_point_is_an_integer(model: type[TokenRequest]) -> None:
    request = model.model_validate({"expiresInMinutes": 295.0})

    assert request.lifetime == timedelta(minutes=295)
    assert type(request.expires_in_minutes) is int


@pytest.mark.parametrize("scopes", [[], "voip", ["pstn"], [1], None, {"voip": 1}, ["voip"] * 6])
def test_scopes_are_those_of_acs(scopes: object) -> None:
    with pytest.raises(ValidationError):
        TokenRequest.model_validate({"scopes": scopes})


@pytest.mark.parametrize(
    "expires_on",
    [
        "2026-11-21T08:00:00.1234567+00:00",
        "2026-11-21T09:00:00.123+01:00",
        "2026-11-21T08:00:00.123Z",
    ],
)
def test_expiry_is_written_in_utc_with_milliseconds(
    expires_on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime.fromisoformat(expires_on)
    token = UserToken.model_construct(user_id=USER_ID, token=TOKEN, expires_on=moment)

    assert '"expiresOn":"2026-11-21T08:00:00.123Z"' in token.model_dump_json(by_alias=True)


@pytest.mark.parametrize("digits", [0, 3, 6, 7])
def test_expiry_is_read_with_any_digits(digits: int) -> None:
    moment = datetime.now(UTC) + timedelta(hours=1)
    fraction = f".{'1234567'[:digits]}" if digits else ""

    token = UserToken.model_validate(user_token(expiresOn=f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"))

    assert abs(token.expires_on - moment) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "changed",
    [
        {"userId": ""},
        {"userId": "8:acs:x"},
        {"userId": f"8:orgid:{GUID}"},
        {"userId": f"{USER_ID}\n"},
        {"userId": f"8:acs:{GUID}_0"},
        {"userId": f"8:acs:{GUID}_{GUID}_{GUID}_{GUID}"},
        {"userId": None},
        {"token": ""},
        {"token": "5"},
        {"token": f"{TOKEN} {TOKEN}"},
        {"token": "x" * 8193},
        {"token": f"['{TOKEN}']"},
        {"token": "1" * 40},
        {"token": None},
        {"expiresOn": "soon"},
        {"expiresOn": ""},
        {"expiresOn": None},
        {"expiresOn": 1_900_000_000},
        {"expiresOn": str(int(datetime.now(UTC).timestamp()) + 3600)},
        {"expiresOn": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()},
        {"expiresOn": (datetime.now(UTC) + timedelta(hours=26)).isoformat()},
        {"expiresOn": (datetime.now(UTC) + timedelta(hours=1)).isoformat()[:19]},
    ],
)
def test_a_response_that_makes_no_sense_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        UserToken.model_validate(user_token(**changed))

    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("cloud", ["acs", "dod-acs", "gcch-acs"])
def test_identities_of_all_clouds_are_known(cloud: str) -> None:
    user_id = f"8:{cloud}:{GUID}_00000001-{GUID[9:]}"

    assert Identity.model_validate({"userId": user_id}).user_id == user_id


def test_a_teams_users_id_is_of_its_own_kind() -> None:
    teams = user_token(userId=f"8:orgid:{GUID}")

    assert TeamsUserToken.model_validate(teams).user_id == f"8:orgid:{GUID}"
    with pytest.raises(ValidationError):
        TeamsUserToken.model_validate(user_token())


def test_tokens_are_not_shown() -> None:
    request = {"token": TOKEN, "clientId": GUID, "userObjectId": GUID}

    assert TOKEN not in repr(TeamsTokenRequest.model_validate(request))
    assert TOKEN not in repr(UserToken.model_validate(user_token()))

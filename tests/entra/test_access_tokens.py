"""Entra's access tokens: which are accepted, and what each check refuses."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import jwt
import pytest
from aiohttp import connector

from acs_emulator.certificates import certificates
from acs_tokens.entra.access_tokens import AccessTokenVerifier
from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.http_client import new_session
from acs_tokens.oidc.bearer_token import BearerToken
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import UnauthorizedError
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from tests.entra_stand_in import CLIENT_ID, Entra, running_entra
from tests.keys import DEVELOPMENT
from tests.serving import Emulator

OID = "11111111-2222-3333-4444-555555abcdef"
DAY = 24 * 3600


@pytest.fixture
def entra(emulator: Emulator) -> Iterator[Entra]:
    with running_entra(certificates(emulator.authority.parent)) as entra:
        yield entra


@pytest.fixture
async def verifier(entra: Entra, emulator: Emulator) -> AsyncIterator[AccessTokenVerifier]:
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(emulator.authority)
    environ = Environ(
        {
            "ENTRA_TENANT_IDS": entra.tenants[0],
            "ENTRA_CLIENT_ID": CLIENT_ID,
            "ENTRA_AUTHORITY": entra.authority,
            **DEVELOPMENT,
        }
    )
    settings = EntraSettings.from_environ(environ)
    assert settings
    async with new_session() as session:
        yield AccessTokenVerifier(settings, SigningKeys(entra.authority, session))


def from_now(claims: dict[str, Any]) -> dict[str, Any]:
    """Claims whose times are given as seconds from now."""
    now = int(time.time())
    return {
        name: now + value if name in ("exp", "nbf", "iat") else value
        for name, value in claims.items()
    }


ACCEPTED: list[dict[str, Any]] = [
    {},
    {"exp": -30},
    {"nbf": 30},
    {"iat": 30},
    {"iat": -10, "exp": 2 * DAY - 10},
    {"oid": OID.upper()},
    {"version": "1.0", "aud": CLIENT_ID},
    {"version": "1.0", "aud": f"api://{CLIENT_ID}"},
    {"scp": "Acs.Token"},
    {"scp": "User.Read Acs.Token"},
    {"idtyp": "user"},
]
REFUSED: list[dict[str, Any]] = [
    {"exp": -90},
    {"nbf": 90},
    {"iat": 90},
    {"iat": -10, "exp": 2 * DAY - 9},
    {"aud": f"api://{CLIENT_ID}"},
    {"version": "1.0", "aud": "api://another"},
    {"version": "3.0"},
    {"scp": "User.Read"},
    {"scp": "Acs.Token2"},
    {"scp": None},
    {"scp": 5},
    {"idtyp": "app"},
    {"cnf": {"kid": "a key of the client"}},
    {"oid": "somebody"},
    {"oid": 5},
    {"tid": 5},
    {"oid": OID + "0"},
]


@pytest.mark.parametrize("claims", ACCEPTED, ids=str)
async def test_a_users_token_for_this_service_is_accepted(
    verifier: AccessTokenVerifier, entra: Entra, claims: dict[str, Any]
) -> None:
    token = entra.token(**{"oid": OID} | from_now(claims))

    verified = await verifier.verify(BearerToken.read(f"Bearer {token}"))

    assert verified == EntraUser(entra.tenants[0], OID)


@pytest.mark.parametrize("claims", REFUSED, ids=str)
async def test_another_token_is_refused(
    verifier: AccessTokenVerifier, entra: Entra, claims: dict[str, Any]
) -> None:
    token = entra.token(**from_now(claims))

    with pytest.raises(UnauthorizedError):
        await verifier.verify(BearerToken.read(f"Bearer {token}"))


async def test_the_tenant_counts_in_any_case(verifier: AccessTokenVerifier, entra: Entra) -> None:
    token = entra.sign(entra.claims() | {"tid": entra.tenants[0].upper()})

    assert (await verifier.verify(BearerToken.read(f"bearer  {token}"))).tenant_id == entra.tenants[
        0
    ]


@pytest.mark.parametrize("header", [{"kid": "unknown"}, {"kid": None}, {"crit": ["x"], "x": 1}, {"alg": "PS256"}], ids=str)  # fmt: skip
async def test_a_header_that_cannot_be_trusted_is_refused(
    verifier: AccessTokenVerifier, entra: Entra, header: dict[str, Any]
) -> None:
    key = entra.keys["first"].as_pem(private=True)
    fields = {"kid": "first", "alg": "RS256"} | header
    fields = {name: value for name, value in fields.items() if value is not None}
    # PyJWT signs what another library refuses to.
    token = jwt.encode(entra.claims(), key, str(fields["alg"]), headers=fields)

    with pytest.raises(UnauthorizedError):
        await verifier.verify(BearerToken.read(f"Bearer {token}"))


async def test_a_changed_signature_is_refused(verifier: AccessTokenVerifier, entra: Entra) -> None:
    signed, _, _ = entra.token().rpartition(".")
    _, _, signature = entra.token().rpartition(".")

    with pytest.raises(UnauthorizedError):
        await verifier.verify(BearerToken.read(f"Bearer {signed}.{signature}"))


@pytest.mark.parametrize(
    "form", ["{}", "Basic {}", "Bearer{}", "Bearer {} x", "Bearer {}.x", "x Bearer {}"]
)
async def test_only_a_bearer_token_is_read(
    verifier: AccessTokenVerifier, entra: Entra, form: str
) -> None:
    with pytest.raises(UnauthorizedError):
        await verifier.verify(BearerToken.read(form.format(entra.token())))


@pytest.mark.parametrize(("spare", "accepted"), [(0, True), (-1, False)])
async def test_a_header_has_8192_characters_at_most(
    verifier: AccessTokenVerifier, entra: Entra, *, spare: int, accepted: bool
) -> None:
    token = entra.token()
    header = "Bearer" + " " * (8192 - len("Bearer") - len(token) - spare) + token

    if accepted:
        assert await verifier.verify(BearerToken.read(header))
        return
    with pytest.raises(UnauthorizedError):
        await verifier.verify(BearerToken.read(header))

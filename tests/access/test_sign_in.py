"""Who the caller is, where the platform or Entra behaves in ways that a test server cannot."""

import base64
import json
from typing import Any

import pytest
from aiohttp import web

from acs_emulator.certificates import certificates
from acs_emulator.ports import listen, port_of
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.access.sign_in import SignIn, sign_in_with
from acs_tokens.context import RequestContext, current_request
from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.errors import EntraUnavailableError, InvalidRequestError, UnauthorizedError
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.rate_limits import RateLimitSettings
from tests.entra_stand_in import CLIENT_ID, Entra, new_guid
from tests.serving import Emulator, in_thread

OID = new_guid()


def rules(entra: Entra, **changed: str) -> EntraSettings:
    read = EntraSettings.from_environ(
        Environ(
            {
                "ENTRA_TENANT_IDS": entra.tenants[0],
                "ENTRA_CLIENT_ID": CLIENT_ID,
                "ENTRA_AUTHORITY": entra.authority,
                **changed,
            }
        )
    )
    assert read
    return read


def limits() -> RateLimits:
    many = 100_000
    return RateLimits(
        RateLimitSettings(new_guests=many, all_new_guests=many, calls=many, failed_proofs=many)
    )


def header(tenant: str) -> str:
    claims = [{"typ": "oid", "val": OID}, {"typ": "tid", "val": tenant}]
    return base64.b64encode(json.dumps({"auth_typ": "aad", "claims": claims}).encode()).decode()


@pytest.fixture(autouse=True)
def invocation() -> None:
    current_request.set(RequestContext("a test"))


@pytest.fixture
def entra() -> Entra:
    return Entra("https://localhost:1")


@pytest.fixture
def trusting(entra: Entra) -> SignIn:
    """A sign-in on App Service, with its authentication switched on."""

    async def published(url: str) -> dict[str, Any]:
        return entra.published()

    trusts = rules(entra).model_copy(update={"trusts_easyauth": True})
    return SignIn(trusts, SigningKeys(published, "{tenant}"), limits())


async def test_the_platforms_header_is_a_proof_where_it_is_trusted(
    trusting: SignIn, entra: Entra
) -> None:
    caller = await trusting.check({"x-ms-client-principal": header(entra.tenants[0])})

    assert caller.person.object_id == OID
    assert caller.token is None


async def test_a_foreign_tenant_is_refused_there_too(trusting: SignIn, entra: Entra) -> None:
    with pytest.raises(UnauthorizedError):
        await trusting.check({"x-ms-client-principal": header(entra.tenants[1])})


async def test_without_the_platforms_header_the_bearer_counts(
    trusting: SignIn, entra: Entra
) -> None:
    caller = await trusting.check({"authorization": f"Bearer {entra.token(oid=OID)}"})

    assert caller.person.object_id == OID
    assert caller.token
    assert caller.token not in repr(caller)
    with pytest.raises(UnauthorizedError):
        await trusting.check({})


async def test_two_proofs_are_one_too_many(trusting: SignIn) -> None:
    with pytest.raises(InvalidRequestError):
        await trusting.check({"x-guest-handle": "x"})


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"keys": []}', b"[" * 100_000, b'{"keys": "' + b"x" * 300_000],
    ids=["empty", "cut", "array", "null", "no keys", "deep", "huge"],
)
async def test_what_is_no_key_set_is_an_outage(
    emulator: Emulator, entra: Entra, body: bytes
) -> None:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    await _is_an_outage(emulator, entra, serve)


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_so_is_any_other_answer(emulator: Emulator, entra: Entra, status: int) -> None:
    async def serve(request: web.Request) -> web.Response:
        return web.json_response(entra.published(), status=status, headers={"Location": "/keys"})

    await _is_an_outage(emulator, entra, serve)


async def _is_an_outage(emulator: Emulator, entra: Entra, serve: Any) -> None:
    files, sockets = certificates(emulator.authority.parent), listen(0)
    app = web.Application()
    app.router.add_get("/{tenant}/discovery/v2.0/keys", serve)
    authority = f"https://localhost:{port_of(sockets)}"
    with in_thread(app, (sockets, files.server_context())), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(files.authority))
        sign_in = sign_in_with(rules(entra, ENTRA_AUTHORITY=authority), limits())
        token = entra.token(iss=f"{authority}/{entra.tenants[0]}/v2.0")
        with pytest.raises(EntraUnavailableError):
            await sign_in.check({"authorization": f"Bearer {token}"})
        await sign_in._tokens._keys._fetch._session.close()  # type: ignore[attr-defined]

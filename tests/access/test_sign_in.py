"""Who the caller is, where the platform or Entra behaves in ways that a test server cannot."""

import base64
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from aiohttp import connector, web

from acs_emulator.certificates import certificates
from acs_emulator.ports import listen, port_of
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.access.sign_in import SignIn
from acs_tokens.context import ClientKey, RequestContext, current_request
from acs_tokens.models.requests import TokenRequest
from acs_tokens.models.values import Scope
from acs_tokens.oidc.person import EntraUser, SignInCredential
from acs_tokens.problems import (
    EntraUnavailableError,
    NotAllowedError,
    TooManyRequestsError,
    UnauthorizedError,
)
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.rate_limits import RateLimitSettings
from tests.entra_stand_in import CLIENT_ID, Entra, new_guid, running_entra
from tests.keys import DEVELOPMENT
from tests.serving import Emulator, in_thread

OID = new_guid()
NOBODY = "11111111-2222-3333-4444-555555555555"


def settings_for(entra: Entra, **changed: str) -> EntraSettings:
    read = EntraSettings.from_environ(
        Environ(
            {
                "ENTRA_TENANT_IDS": entra.tenants[0],
                "ENTRA_CLIENT_ID": CLIENT_ID,
                "ENTRA_AUTHORITY": entra.authority,
                **DEVELOPMENT,
                **changed,
            }
        )
    )
    assert read
    return read


def limits(a_minute: float = 100_000) -> RateLimits:
    return RateLimits(
        RateLimitSettings(
            new_guests=a_minute,
            all_new_guests=a_minute,
            guest_requests=a_minute,
            all_guest_requests=a_minute,
            requests=a_minute,
            failed_sign_ins=a_minute,
        )
    )


def seconds(ahead: int) -> Callable[[], int]:
    """A time from now, computed when the test runs."""
    return lambda: int(time.time()) + ahead


def header(tenant: str, *more: dict[str, str]) -> str:
    claims = [{"typ": "oid", "val": OID}, {"typ": "tid", "val": tenant}, *more]
    return base64.b64encode(json.dumps({"auth_typ": "aad", "claims": claims}).encode()).decode()


@pytest.fixture(autouse=True)
def invocation() -> None:
    current_request.set(RequestContext("a test"))


@pytest.fixture
def entra(emulator: Emulator) -> Iterator[Entra]:
    with running_entra(certificates(emulator.authority.parent)) as entra:
        yield entra


@pytest.fixture
async def trusting(entra: Entra, emulator: Emulator) -> AsyncIterator[SignIn]:
    """A sign-in on App Service, with its authentication switched on."""
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(emulator.authority)
    trusts = settings_for(entra).model_copy(update={"trusts_easyauth": True})
    sign_in = SignIn(trusts, (), limits())
    yield sign_in
    await sign_in.aclose()


async def test_the_platforms_header_authenticates_where_it_is_trusted(
    trusting: SignIn, entra: Entra
) -> None:
    caller = await trusting.check(SignInCredential(client_principal=header(entra.tenants[0])))

    assert caller.person == EntraUser(entra.tenants[0], OID)
    assert caller.token is None


@pytest.mark.parametrize("name", ["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"])  # fmt: skip
async def test_the_platforms_header_names_the_users_roles(
    trusting: SignIn, entra: Entra, name: str
) -> None:
    claims = [{"typ": name, "val": "Agent"}, {"typ": name, "val": "Viewer"}]

    caller = await trusting.check(
        SignInCredential(client_principal=header(entra.tenants[0], *claims))
    )

    assert caller.roles == {"Agent", "Viewer"}


async def test_roles_of_an_entra_token_decide_about_scopes(
    entra: Entra, emulator: Emulator
) -> None:
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(emulator.authority)
    settings = settings_for(entra, ENTRA_ROLE_SCOPES="Agent=voip,chat;Viewer=chat.join")
    sign_in = SignIn(settings, (), limits())
    asked = TokenRequest.model_validate({"scopes": ["chat", "voip"]})

    async def scopes(request: TokenRequest, **claims: object) -> set[Scope]:
        credential = SignInCredential(authorization=f"Bearer {entra.token(**claims)}")
        return set((await sign_in.check(credential)).scopes(request))

    assert await scopes(asked, roles=["Agent"]) == {"chat", "voip"}
    assert await scopes(TokenRequest(), roles=["Agent"]) == {"voip"}
    assert await scopes(TokenRequest(), roles=["Viewer", "unknown"]) == {"chat.join"}
    with pytest.raises(NotAllowedError, match=r"^Your roles allow these scopes: chat.join.$"):
        await scopes(asked, roles=["Viewer"])
    for roles in (None, [], ["unknown"], "agent"):
        with pytest.raises(NotAllowedError, match=r"^You need one of these roles: Agent, Viewer.$"):
            await scopes(TokenRequest(), roles=roles)
    await sign_in.aclose()


async def test_a_foreign_tenant_is_refused_there_too(trusting: SignIn, entra: Entra) -> None:
    with pytest.raises(UnauthorizedError):
        await trusting.check(SignInCredential(client_principal=header(entra.tenants[1])))


async def test_without_the_platforms_header_the_bearer_counts(
    trusting: SignIn, entra: Entra
) -> None:
    token = entra.token(oid=OID)

    caller = await trusting.check(SignInCredential(authorization=f"Bearer {token}"))

    assert caller.person == EntraUser(entra.tenants[0], OID)
    assert caller.token == token
    assert token not in repr(caller)
    with pytest.raises(UnauthorizedError):
        await trusting.check(SignInCredential())


@pytest.fixture
async def sign_in(entra: Entra, emulator: Emulator) -> AsyncIterator[SignIn]:
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(emulator.authority)
    sign_in = SignIn(settings_for(entra), (), limits())
    yield sign_in
    await sign_in.aclose()


@pytest.mark.parametrize("kid", ["first", "unknown"])
@pytest.mark.parametrize(
    ("claim", "value"),
    [
        pytest.param("iss", "https://login.microsoftonline.com/common/v2.0", id="issuer"),
        pytest.param("ver", "1.0", id="version"),
        pytest.param("ver", None, id="no version"),
        pytest.param("aud", NOBODY, id="audience"),
        pytest.param("aud", [CLIENT_ID], id="audiences"),
        pytest.param("tid", NOBODY, id="tenant"),
        pytest.param("exp", seconds(-61), id="expired"),
        pytest.param("exp", seconds(49 * 3600), id="too long"),
        pytest.param("exp", None, id="no end"),
        pytest.param("exp", "soon", id="end that is text"),
        pytest.param("exp", [1], id="end that is a list"),
        pytest.param("exp", float("inf"), id="infinite"),
        pytest.param("exp", float("nan"), id="not a number"),
        pytest.param("exp", 10**400, id="huge"),
        pytest.param("iat", 10.5, id="issued long ago"),
        pytest.param("nbf", seconds(120), id="not yet"),
    ],
)
async def test_a_token_that_cannot_be_valid_causes_no_request_for_keys(
    sign_in: SignIn, entra: Entra, claim: str, value: object, kid: str
) -> None:
    changed: dict[str, Any] = {claim: value() if callable(value) else value}
    token = entra.sign(entra.claims(**changed), kid=kid)

    with pytest.raises(UnauthorizedError):
        await sign_in.check(SignInCredential(authorization=f"Bearer {token}"))

    assert entra.asked == 0


async def test_a_client_may_fail_so_often_only(entra: Entra, emulator: Emulator) -> None:
    sign_in = SignIn(settings_for(entra), (), limits(1))
    current_request.set(RequestContext("a test", client=(ClientKey("192.0.2.1"),)))
    for _ in range(2):
        with pytest.raises(UnauthorizedError):
            await sign_in.check(SignInCredential())
    with pytest.raises(TooManyRequestsError, match="Too many wrong credentials"):
        await sign_in.check(SignInCredential())
    current_request.set(RequestContext("a test", client=(ClientKey("192.0.2.2"),)))
    with pytest.raises(UnauthorizedError):
        await sign_in.check(SignInCredential())
    await sign_in.aclose()


async def test_a_user_may_send_so_many_requests_only(entra: Entra, emulator: Emulator) -> None:
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(emulator.authority)
    sign_in = SignIn(settings_for(entra), (), limits(1))
    alice = SignInCredential(authorization=f"Bearer {entra.token(oid=OID)}")
    bob = SignInCredential(authorization=f"Bearer {entra.token()}")
    for _ in range(2):
        await sign_in.check(alice)
    with pytest.raises(TooManyRequestsError, match="You sent too many requests"):
        await sign_in.check(alice)

    assert await sign_in.check(bob)
    await sign_in.aclose()


async def test_the_audit_learns_who_the_caller_is(sign_in: SignIn, entra: Entra) -> None:
    await sign_in.check(SignInCredential(authorization=f"Bearer {entra.token(oid=OID)}"))

    assert current_request.get().audit.caller == f"{entra.tenants[0]}:{OID}"


async def test_a_new_key_is_found_while_strangers_send_junk(sign_in: SignIn, entra: Entra) -> None:
    junk = entra.sign(entra.claims(aud=NOBODY), kid="unknown")
    for _ in range(10):
        with pytest.raises(UnauthorizedError):
            await sign_in.check(SignInCredential(authorization=f"Bearer {junk}"))
    await sign_in.check(SignInCredential(authorization=f"Bearer {entra.token()}"))
    entra.add_key("second")

    token = entra.sign(entra.claims(oid=OID), "second")

    caller = await sign_in.check(SignInCredential(authorization=f"Bearer {token}"))
    assert caller.person == EntraUser(entra.tenants[0], OID)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"keys": []}', b"[" * 100_000, b'{"keys": "' + b"x" * 300_000],
    ids=["empty", "cut", "array", "null", "no keys", "deep", "huge"],
)
async def test_a_body_that_is_no_key_set_assert_outage(
    emulator: Emulator, entra: Entra, body: bytes
) -> None:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    await _assert_outage(emulator, entra, serve)


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_a_redirect_or_an_error_in_place_of_the_key_set_assert_outage(
    emulator: Emulator, entra: Entra, status: int
) -> None:
    async def serve(request: web.Request) -> web.Response:
        return web.json_response(entra.published(), status=status, headers={"Location": "/keys"})

    await _assert_outage(emulator, entra, serve)


async def _assert_outage(emulator: Emulator, entra: Entra, serve: Any) -> None:
    files, sockets = certificates(emulator.authority.parent), listen(0)
    app = web.Application()
    app.router.add_get("/{tenant}/discovery/v2.0/keys", serve)
    authority = f"https://localhost:{port_of(sockets)}"
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(files.authority)
    with in_thread(app, (sockets, files.server_context())):
        sign_in = SignIn(settings_for(entra, ENTRA_AUTHORITY=authority), (), limits())
        token = entra.token(iss=f"{authority}/{entra.tenants[0]}/v2.0")
        with pytest.raises(EntraUnavailableError):
            await sign_in.check(SignInCredential(authorization=f"Bearer {token}"))
        await sign_in.aclose()

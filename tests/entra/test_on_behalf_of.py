"""What Entra may respond when this service goes on behalf of a user."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import connector, web

from acs_emulator.certificates import certificates
from acs_emulator.ports import listen, port_of
from acs_tokens.entra.on_behalf_of import OnBehalfOf
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import EntraUnavailableError, InteractionRequiredError, NotAllowedError
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from tests.keys import DEVELOPMENT
from tests.serving import in_thread

GUID = "123e4567-e89b-12d3-a456-426614174000"
RESPONSE = '{"token_type": "Bearer", "expires_in": %s, "access_token": %s}'

USER = EntraUser(GUID, GUID)
TOKEN = "an assertion"


@pytest.fixture
async def entra(tmp_path: Path) -> AsyncIterator[tuple[OnBehalfOf, list[str]]]:
    """Somebody to go on behalf of, and what Entra responds with."""
    responses: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        status = 400 if '"error"' in responses[-1] else 200
        return web.Response(text=responses[-1], status=status, content_type="application/json")

    files, sockets, application = certificates(tmp_path), listen(0), web.Application()
    application.router.add_route("*", "/{path:.*}", respond)
    # What a process trusts, aiohttp reads when it is imported.
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(files.authority)
    environ = Environ(
        {
            "ENTRA_TENANT_IDS": GUID,
            "ENTRA_CLIENT_ID": GUID,
            "ENTRA_CLIENT_SECRET": "a secret of some length",
            "ENTRA_AUTHORITY": f"https://localhost:{port_of(sockets)}",
            **DEVELOPMENT,
        }
    )
    entra_settings = EntraSettings.from_environ(environ)
    assert entra_settings
    with in_thread(application, (sockets, files.server_context())):
        on_behalf = OnBehalfOf(entra_settings)
        yield on_behalf, responses
        await on_behalf.aclose()


async def test_a_token_is_passed_on(entra: tuple[OnBehalfOf, list[str]]) -> None:
    on_behalf, responses = entra
    responses.append(RESPONSE % ("3600", '"e30.e30.sig"'))

    assert await on_behalf.teams_token(USER, TOKEN) == "e30.e30.sig"


@pytest.mark.parametrize(
    ("lifetime", "token"),
    [
        pytest.param("3600", "5", id="a number"),
        pytest.param("3600", '"\\u20ac"', id="not ASCII"),
        pytest.param("3600", '"a\\r\\nb"', id="line ends"),
        pytest.param("3600", "null", id="null"),
        pytest.param("1e999", '"e30.e30.sig"', id="for ever"),
    ],
)
async def test_a_success_that_makes_no_sense_is_entras_fault(
    entra: tuple[OnBehalfOf, list[str]], lifetime: str, token: str
) -> None:
    on_behalf, responses = entra
    responses.append(RESPONSE % (lifetime, token))

    with pytest.raises(EntraUnavailableError):
        await on_behalf.teams_token(USER, TOKEN)


@pytest.mark.parametrize(
    "code", ["interaction_required", "invalid_grant", "consent_required", "login_required"]
)
@pytest.mark.parametrize(
    ("claims", "passed_on"), [('"a challenge"', "a challenge"), ("5", None), ("null", None)]
)
async def test_the_user_is_asked_to_sign_in_when_entra_wants_it(
    entra: tuple[OnBehalfOf, list[str]], code: str, claims: str, passed_on: str | None
) -> None:
    on_behalf, responses = entra
    responses.append(f'{{"error": "{code}", "claims": {claims}}}')

    with pytest.raises(InteractionRequiredError) as caught:
        await on_behalf.teams_token(USER, TOKEN)

    assert caught.value.extensions.get("claims") == passed_on


@pytest.mark.parametrize(
    "response",
    ['{"error": "invalid_client"}', '{"error": 5}', '["error"]', '{"error": ', '"error"'],
)
async def test_another_refusal_is_ours(entra: tuple[OnBehalfOf, list[str]], response: str) -> None:
    on_behalf, responses = entra
    responses.append(response)

    with pytest.raises(EntraUnavailableError):
        await on_behalf.teams_token(USER, TOKEN)


async def test_without_a_credential_users_must_bring_a_token() -> None:
    environ = Environ({"ENTRA_TENANT_IDS": GUID, "ENTRA_CLIENT_ID": GUID})
    settings = EntraSettings.from_environ(environ)
    assert settings
    on_behalf = OnBehalfOf(settings)

    with pytest.raises(NotAllowedError):
        await on_behalf.teams_token(USER, TOKEN)

    await on_behalf.aclose()

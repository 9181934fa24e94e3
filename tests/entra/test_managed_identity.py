"""On behalf of users with a managed identity, as App Service provides it."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import connector, web

from acs_emulator.certificates import certificates
from acs_emulator.ports import listen, port_of
from acs_tokens.entra import managed_identity
from acs_tokens.entra.on_behalf_of import OnBehalfOf
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import EntraUnavailableError, MisconfiguredError
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from tests.keys import DEVELOPMENT
from tests.serving import closed_port, in_thread

GUID = "123e4567-e89b-12d3-a456-426614174000"
OTHER = "11111111-2222-3333-4444-555555555555"
USER = EntraUser(GUID, GUID)
TOKEN = "an assertion"
RESOURCE = "api://AzureADTokenExchange"
HOUR = 3600
AT_ONCE = 10


@dataclass
class Azure:
    """The identity endpoint of an app, and an Entra that takes every assertion.

    Attributes:
        queries: The queries of the requests to the identity endpoint.
        assertions: What authenticated the requests to Entra.
        changed: Fields of the endpoint's responses that differ from the usual; None omits one.
        failure: Responds instead of the identity endpoint.
    """

    authority: str
    queries: list[dict[str, str]] = field(default_factory=list)
    assertions: list[str] = field(default_factory=list)
    changed: dict[str, object] = field(default_factory=dict)
    failure: Callable[[], web.Response] | None = None
    is_silent: bool = False

    async def issue(self, request: web.Request) -> web.Response:
        """Issue a token of the managed identity."""
        assert request.headers["X-IDENTITY-HEADER"] == "a header"
        self.queries.append(dict(request.query))
        if self.is_silent:
            await asyncio.Event().wait()
        if self.failure:
            return self.failure()
        usual = {
            "access_token": f"assertion.{len(self.queries)}.x",
            "expires_on": str(int(time.time()) + 24 * HOUR),
            "resource": request.query["resource"],
            "token_type": "Bearer",
        }
        fields = usual | self.changed
        return web.json_response(
            {name: fields[name] for name in fields if fields[name] is not None}
        )

    async def exchange(self, request: web.Request) -> web.Response:
        """Issue a Teams token on behalf of a user."""
        form = await request.post()
        self.assertions.append(str(form["client_assertion"]))
        return web.json_response(
            {"token_type": "Bearer", "expires_in": HOUR, "access_token": "e30.e30.sig"}
        )


@pytest.fixture
async def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Azure]:
    files, plain, tls, app = certificates(tmp_path), listen(0), listen(0), web.Application()
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(files.authority)
    azure = Azure(f"https://localhost:{port_of(tls)}")
    app.router.add_get("/msi/token", azure.issue)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", azure.exchange)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{port_of(plain)}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "a header")
    with in_thread(app, (plain, None), (tls, files.server_context())):
        yield azure


def settings_for(azure: Azure, **changed: str) -> EntraSettings:
    environ = Environ(
        {
            **DEVELOPMENT,
            "ENTRA_TENANT_IDS": GUID,
            "ENTRA_CLIENT_ID": GUID,
            "ENTRA_CLIENT_ASSERTION": "managed-identity",
            "ENTRA_AUTHORITY": azure.authority,
            **changed,
        }
    )
    settings = EntraSettings.from_environ(environ)
    assert settings
    return settings


@pytest.fixture
async def on_behalf_of(azure: Azure) -> AsyncIterator[OnBehalfOf]:
    exchange = OnBehalfOf(settings_for(azure))
    yield exchange
    await exchange.aclose()


@pytest.fixture
def advance(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Move the time of day ahead."""
    time_of_day, ahead = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: time_of_day() + ahead[0])

    def move(seconds: float) -> None:
        ahead[0] += seconds

    return move


async def test_many_requests_share_one_assertion(on_behalf_of: OnBehalfOf, azure: Azure) -> None:
    for _ in range(10):
        await on_behalf_of.teams_token(USER, TOKEN)

    assert azure.queries == [{"api-version": "2019-08-01", "resource": RESOURCE}]
    assert azure.assertions == ["assertion.1.x"] * 10


async def test_requests_at_once_share_the_first_one(on_behalf_of: OnBehalfOf, azure: Azure) -> None:
    await asyncio.gather(*(on_behalf_of.teams_token(USER, TOKEN) for _ in range(AT_ONCE)))

    assert len(azure.queries) == 1
    assert azure.assertions == ["assertion.1.x"] * AT_ONCE


@pytest.mark.parametrize(
    ("changed", "client_id"),
    [
        ({"AZURE_CLIENT_ID": OTHER}, OTHER),
        ({"ENTRA_CLIENT_ASSERTION": f"managed-identity:{OTHER}"}, OTHER),
        ({"ENTRA_CLIENT_ASSERTION": f"managed-identity:{OTHER}", "AZURE_CLIENT_ID": GUID}, OTHER),
        ({"AZURE_CLIENT_ID": " "}, None),
    ],
)
async def test_a_user_assigned_identity_is_named(
    azure: Azure, changed: dict[str, str], client_id: str | None
) -> None:
    exchange = OnBehalfOf(settings_for(azure, **changed))

    await exchange.teams_token(USER, TOKEN)

    await exchange.aclose()
    assert [query.get("client_id") for query in azure.queries] == [client_id]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"AZURE_CLIENT_ID": "my-identity"}, "AZURE_CLIENT_ID"),
        ({"ENTRA_CLIENT_ASSERTION": "managed-identity:my-identity"}, "ENTRA_CLIENT_ASSERTION"),
        ({"ENTRA_CLIENT_ASSERTION": "managed-identity:"}, "ENTRA_CLIENT_ASSERTION"),
        ({"ENTRA_CLIENT_ASSERTION": f"managed:{OTHER}"}, "ENTRA_CLIENT_ASSERTION"),
    ],
)
def test_what_names_no_identity_is_refused(changed: dict[str, str], name: str) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        settings_for(Azure("https://localhost:1"), **changed)

    assert str(caught.value).startswith(name)


def test_azure_client_id_is_not_read_where_no_managed_identity_is_used() -> None:
    changed = {"ENTRA_CLIENT_ASSERTION": "", "AZURE_CLIENT_ID": "my-identity"}

    settings = settings_for(Azure("https://localhost:1"), **changed)

    assert (settings.managed_identity, settings.managed_identity_id) == (False, None)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
async def test_a_failing_endpoint_is_asked_once(
    on_behalf_of: OnBehalfOf, azure: Azure, status: int
) -> None:
    azure.failure = lambda: web.json_response({}, status=status, headers={"Retry-After": "1"})

    for number in range(2):
        with pytest.raises(EntraUnavailableError, match="managed identity"):
            await on_behalf_of.teams_token(USER, TOKEN)
        assert len(azure.queries) == number + 1

    assert azure.assertions == []


async def test_an_endpoint_that_recovers_is_used_again(
    on_behalf_of: OnBehalfOf, azure: Azure
) -> None:
    azure.failure = lambda: web.Response(status=500)
    with pytest.raises(EntraUnavailableError):
        await on_behalf_of.teams_token(USER, TOKEN)
    azure.failure = None

    await on_behalf_of.teams_token(USER, TOKEN)

    assert azure.assertions == ["assertion.2.x"]


async def test_a_silent_endpoint_keeps_nobody_waiting(
    on_behalf_of: OnBehalfOf, azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managed_identity, "REQUEST_SECONDS", 0.1)
    azure.is_silent = True
    results = await asyncio.gather(
        *(on_behalf_of.teams_token(USER, TOKEN) for _ in range(AT_ONCE)), return_exceptions=True
    )
    assert {type(result) for result in results} == {EntraUnavailableError}
    assert len(azure.queries) <= 1  # none if the machine is too busy to send it in time
    azure.is_silent = False
    monkeypatch.undo()

    assert await on_behalf_of.teams_token(USER, TOKEN)


async def test_who_gives_up_does_not_spoil_it_for_the_others(
    on_behalf_of: OnBehalfOf, azure: Azure
) -> None:
    hasty = asyncio.create_task(on_behalf_of.teams_token(USER, TOKEN))
    others = [asyncio.create_task(on_behalf_of.teams_token(USER, TOKEN)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    hasty.cancel()

    await asyncio.gather(*others)

    assert len(azure.queries) == 1
    assert len(azure.assertions) == AT_ONCE


async def test_a_failure_that_nobody_waits_for_any_more_is_not_logged(
    on_behalf_of: OnBehalfOf,
    azure: Azure,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(managed_identity, "REQUEST_SECONDS", 0.1)
    azure.is_silent = True
    request = asyncio.create_task(on_behalf_of.teams_token(USER, TOKEN))
    await asyncio.sleep(0)
    asking = [task for task in asyncio.all_tasks() if "._current()" in str(task)]
    assert asking
    request.cancel()

    await asyncio.wait([request, *asking])
    del asking, request
    azure.is_silent = False
    monkeypatch.undo()
    await on_behalf_of.teams_token(USER, TOKEN)
    gc.collect()  # asyncio logs the failure of a task when it forgets the task

    assert [record for record in caplog.records if record.name == "asyncio"] == []


async def test_an_assertion_is_renewed_before_its_end(
    on_behalf_of: OnBehalfOf, azure: Azure, advance: Callable[[float], None]
) -> None:
    azure.changed = {"expires_on": str(int(time.time()) + HOUR)}
    await on_behalf_of.teams_token(USER, TOKEN)
    advance(HOUR - 200)
    await on_behalf_of.teams_token(USER, TOKEN)

    assert azure.assertions == ["assertion.1.x", "assertion.2.x"]


async def test_an_assertion_that_is_still_good_outlives_a_failing_endpoint(
    on_behalf_of: OnBehalfOf, azure: Azure, advance: Callable[[float], None]
) -> None:
    await on_behalf_of.teams_token(USER, TOKEN)
    azure.failure = lambda: web.Response(status=500)
    advance(23 * HOUR)

    await on_behalf_of.teams_token(USER, TOKEN)

    assert len(azure.queries) == 2
    assert azure.assertions == ["assertion.1.x"] * 2
    advance(HOUR - 59)
    with pytest.raises(EntraUnavailableError):
        await on_behalf_of.teams_token(USER, TOKEN)


@pytest.mark.parametrize(
    "changed",
    [
        {"access_token": None},
        {"access_token": 5},
        {"access_token": "a\r\nb"},
        {"expires_on": "soon"},
        {"expires_on": None},
        {"expires_on": [1]},
        {"resource": None},
    ],
    ids=str,
)
async def test_a_success_that_makes_no_sense_is_a_failure(
    on_behalf_of: OnBehalfOf, azure: Azure, changed: dict[str, object]
) -> None:
    azure.changed = changed

    with pytest.raises(EntraUnavailableError, match="managed identity"):
        await on_behalf_of.teams_token(USER, TOKEN)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '"access_token and expires_on"', '{"access_token":', "[" * 10**5],
)
async def test_what_is_no_json_object_is_a_failure(
    on_behalf_of: OnBehalfOf, azure: Azure, text: str
) -> None:
    azure.failure = lambda: web.Response(text=text, content_type="application/json")

    with pytest.raises(EntraUnavailableError, match="managed identity"):
        await on_behalf_of.teams_token(USER, TOKEN)


async def test_a_redirect_is_not_followed(on_behalf_of: OnBehalfOf, azure: Azure) -> None:
    azure.failure = lambda: web.Response(status=302, headers={"Location": "/msi/token"})

    with pytest.raises(EntraUnavailableError):
        await on_behalf_of.teams_token(USER, TOKEN)

    assert len(azure.queries) == 1


async def test_a_proxy_of_the_environment_is_not_used(
    on_behalf_of: OnBehalfOf, azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_port() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

        assert await on_behalf_of.teams_token(USER, TOKEN)


def test_an_identity_that_cannot_be_told_is_a_failure(
    azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def exchange(settings: Any) -> None:
        on_behalf_of = OnBehalfOf(settings)
        try:
            await on_behalf_of.teams_token(USER, TOKEN)
        finally:
            await on_behalf_of.aclose()

    # Kubernetes' workload identity, without a client id.
    monkeypatch.delenv("IDENTITY_ENDPOINT")
    monkeypatch.delenv("AZURE_CLIENT_ID", raising=False)
    for name in ("AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.setenv(name, GUID)

    with pytest.raises(EntraUnavailableError, match="managed identity"):
        asyncio.run(exchange(settings_for(azure)))

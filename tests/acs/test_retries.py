"""AcsRequests that end late, or before they begin."""

import asyncio
import base64
import time

import pytest
from azure.core import AsyncPipelineClient
from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import AsyncPipeline
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from multidict import CIMultiDict, CIMultiDictProxy

from acs_tokens.acs import retries
from acs_tokens.acs.entra_proof import EntraAuthenticationPolicy
from acs_tokens.acs.retries import MAX_CALLS, AcsRequests, RetryPolicy
from acs_tokens.acs.transport import AcsResponse
from acs_tokens.context import RequestContext, current_request
from acs_tokens.errors import AcsAuthError, AcsUnavailableError

URL = "https://resource.communication.azure.com"
ONCE = RetryPolicy(0, idempotent=False)


async def for_ever() -> None:
    current_request.get().upstream_attempts += 1
    await asyncio.Event().wait()


async def test_what_never_ends_gives_its_place_back_and_counts_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "LAST_SECONDS", 0.01)
    current_request.set(RequestContext("a test"))
    process = AcsRequests(None)

    for _ in range(5):
        with pytest.raises(AcsUnavailableError, match="No answer from ACS"):
            await process.run(for_ever, ONCE)

    assert process.breaker.state == "open"
    assert process._places._value == MAX_CALLS


class Identity(AsyncTokenCredential):
    """A managed identity.

    Args:
        error: What becomes of asking it for a token.
    """

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self.asked = 0

    async def get_token(self, *scopes: str, **options: object) -> AccessToken:
        self.asked += 1
        if self._error:
            raise self._error
        return AccessToken("a token", int(time.time()) + 3600)

    async def close(self) -> None:
        pass

    async def __aexit__(self, *error: object) -> None:
        pass


def no_such_identity() -> HttpResponseError:
    """What App Service says."""
    error = HttpResponseError("no such identity")
    error.status_code = 404
    return error


@pytest.mark.parametrize("error", [no_such_identity(), KeyError("expires_on"), ValueError("soon")])
async def test_what_the_managed_identity_answers_is_not_taken_for_acss(error: Exception) -> None:
    proof = EntraAuthenticationPolicy(Identity(error))
    async with AsyncPipelineClient[HttpRequest, AsyncHttpResponse](URL, policies=[proof]) as client:
        with pytest.raises(AcsAuthError, match="No Entra token"):
            await client.send_request(HttpRequest("POST", URL))


class Challenging(AsyncHttpTransport[HttpRequest, AcsResponse]):
    """ACS, when it wants another token."""

    asked = 0

    async def send(self, request: HttpRequest, **options: object) -> AcsResponse:
        self.asked += 1
        wanted = base64.b64encode(b'{"access_token":{}}').decode()
        challenge = f'Bearer error="insufficient_claims", claims="{wanted}"'
        headers = CIMultiDictProxy(CIMultiDict({"WWW-Authenticate": challenge}))
        return AcsResponse(401, "Unauthorized", headers, b"")

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def __aexit__(self, *error: object) -> None:
        pass


async def test_a_challenge_sends_nothing_again() -> None:
    identity, acs = Identity(), Challenging()
    pipeline = AsyncPipeline(acs, [EntraAuthenticationPolicy(identity)])

    response = await pipeline.run(HttpRequest("POST", URL))

    assert response.http_response.status_code == 401
    assert (identity.asked, acs.asked) == (1, 1)

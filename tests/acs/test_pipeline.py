"""The pipeline's policies: Entra tokens, and responses that do not name the request."""

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
from multidict import CIMultiDict

from acs_tokens.acs.failures import UpstreamError
from acs_tokens.acs.pipeline import EntraTokenPolicy
from acs_tokens.acs.responses import AcsResponse

URL = "https://resource.communication.azure.com"


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
async def test_a_response_of_the_managed_identity_is_not_taken_for_one_of_acs(
    error: Exception,
) -> None:
    policy = EntraTokenPolicy(Identity(error))
    async with AsyncPipelineClient[HttpRequest, AsyncHttpResponse](
        URL, policies=[policy]
    ) as client:
        with pytest.raises(UpstreamError, match="No Entra token"):
            await client.send_request(HttpRequest("POST", URL))


class Challenging(AsyncHttpTransport[HttpRequest, AcsResponse]):
    """ACS, when it wants another token."""

    asked = 0

    async def send(self, request: HttpRequest, **options: object) -> AcsResponse:
        self.asked += 1
        wanted = base64.b64encode(b'{"access_token":{}}').decode()
        challenge = f'Bearer error="insufficient_claims", claims="{wanted}"'
        headers = CIMultiDict({"WWW-Authenticate": challenge})
        return AcsResponse(request, 401, "Unauthorized", headers, b"")

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def __aexit__(self, *error: object) -> None:
        pass


async def test_after_a_challenge_nothing_is_sent_again() -> None:
    identity, acs = Identity(), Challenging()
    pipeline = AsyncPipeline(acs, [EntraTokenPolicy(identity)])

    response = await pipeline.run(HttpRequest("POST", URL))

    assert response.http_response.status_code == 401
    assert (identity.asked, acs.asked) == (1, 1)

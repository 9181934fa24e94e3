"""Calls that end late, or before they begin."""

import asyncio

import pytest
from azure.core import AsyncPipelineClient
from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest

from acs_tokens import calls
from acs_tokens.calls import MAX_CALLS, Calls, Repeats
from acs_tokens.entra_proof import EntraProof
from acs_tokens.errors import AcsAuthError, AcsUnavailableError
from acs_tokens.invocation import Invocation, current_invocation

ONCE = Repeats(0, idempotent=False)


async def for_ever() -> None:
    current_invocation.get().upstream_attempts += 1
    await asyncio.Event().wait()


async def test_what_never_ends_gives_its_place_back_and_counts_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calls, "LAST_SECONDS", 0.01)
    current_invocation.set(Invocation("a test"))
    process = Calls(None)

    for _ in range(5):
        with pytest.raises(AcsUnavailableError, match="No answer from ACS"):
            await process.run(for_ever, ONCE)

    assert process.breaker.state == "open"
    assert process._places._value == MAX_CALLS


class Nobody(AsyncTokenCredential):
    """A managed identity that is not there, as App Service says it."""

    async def get_token(self, *scopes: str, **options: object) -> AccessToken:
        error = HttpResponseError("no such identity")
        error.status_code = 404
        raise error

    async def close(self) -> None:
        pass

    async def __aexit__(self, *error: object) -> None:
        pass


async def test_what_the_managed_identity_answers_is_not_taken_for_acss() -> None:
    url = "https://resource.communication.azure.com"
    proof = EntraProof(Nobody())
    async with AsyncPipelineClient[HttpRequest, AsyncHttpResponse](url, policies=[proof]) as client:
        with pytest.raises(AcsAuthError, match="No Entra token"):
            await client.send_request(HttpRequest("POST", url))

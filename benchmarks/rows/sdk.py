"""The SDK with acs-tokens' own transport, and nothing else: no triggers, checks or records."""

import functools
import json

from aiohttp import web
from azure.communication.identity.aio import CommunicationIdentityClient
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy, ContentDecodePolicy
from azure.core.rest import HttpRequest

from acs_tokens.acs.responses import AcsResponse
from acs_tokens.acs.transport import Transport
from benchmarks.rows import acs
from benchmarks.rows.serving import page, serve


class Signed(AsyncHTTPPolicy[HttpRequest, AcsResponse]):
    """Signs, and reads the response."""

    async def send(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, AcsResponse]:
        sent = request.http_request
        sent.headers.update(acs.signed_headers(str(sent.content).encode()))
        response = await self.next.send(request)
        decoded = json.loads(response.http_response.content)
        response.context[ContentDecodePolicy.CONTEXT_NAME] = decoded
        return response


@functools.cache
def client() -> CommunicationIdentityClient:
    return CommunicationIdentityClient(
        acs.ENDPOINT,
        AzureKeyCredential(acs.KEY),
        api_version=acs.API_VERSION,
        policies=[Signed()],
        transport=Transport(),
    )


async def token(_: web.Request) -> web.Response:
    user, issued = await client().create_user_and_token(["voip"])
    body = {
        "userId": user.properties["id"],
        "token": issued.token,
        "expiresOn": issued.expires_on,
    }
    return page(json.dumps(body))


if __name__ == "__main__":
    serve(token)

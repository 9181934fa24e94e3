"""azure.core's public pipeline with a signature of its own, without the generated ACS client."""

import functools

import aiohttp
from aiohttp import web
from azure.core import AsyncPipelineClient
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import AsyncRetryPolicy, SansIOHTTPPolicy, UserAgentPolicy
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from benchmarks.rows import acs
from benchmarks.rows.serving import page, serve

KEEP_ALIVE_SECONDS = 60
MAX_CONNECTIONS = 64
Client = AsyncPipelineClient[HttpRequest, AsyncHttpResponse]


class Signature(SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Signs each attempt."""

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        request.http_request.headers.update(acs.signed_headers())


@functools.cache
def client() -> Client:
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    return AsyncPipelineClient(
        acs.ENDPOINT,
        policies=[
            UserAgentPolicy(sdk_moniker="benchmark"),
            AsyncRetryPolicy(retry_total=1),
            Signature(),
        ],
        transport=AioHttpTransport(session=session, session_owner=False),
    )


async def token(_: web.Request) -> web.Response:
    response = await client().send_request(HttpRequest("POST", acs.URL, content=acs.BODY))
    response.raise_for_status()
    return page(acs.page_response(await response.read()))


if __name__ == "__main__":
    serve(token)

"""Sessions and client options for Azure's SDKs."""

import asyncio
import contextlib
import socket
import ssl
from asyncio import sslproto
from collections.abc import Iterator
from datetime import timedelta

import aiohttp
import pytest
from azure.core import AsyncPipelineClient
from azure.core.exceptions import ServiceRequestTimeoutError, ServiceResponseTimeoutError
from azure.core.rest import AsyncHttpResponse, HttpRequest

from acs_tokens import http_client as module
from acs_tokens.http_client import (
    TLS_BUFFER_BYTES,
    client_options,
    new_session,
    shrink_tls_buffers,
)

READ_TIMEOUT = timedelta(seconds=0.2)


async def ask(port: int) -> None:
    url = f"http://127.0.0.1:{port}/"
    client = AsyncPipelineClient[HttpRequest, AsyncHttpResponse](
        url, **client_options(READ_TIMEOUT)
    )
    async with client:
        await client.send_request(HttpRequest("GET", url))


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes one connection, and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        yield server.getsockname()[1]


async def test_a_server_that_takes_no_connection_is_given_up(
    silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.2)
    with contextlib.ExitStack() as queue:
        for _ in range(3):  # now its queue is full
            client = queue.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(("127.0.0.1", silent))

        with pytest.raises(ServiceRequestTimeoutError):
            await ask(silent)


async def test_a_server_that_says_nothing_is_given_up(silent: int) -> None:
    with pytest.raises(ServiceResponseTimeoutError):
        await ask(silent)


async def test_aiohttp_still_has_the_switch_that_keeps_it_from_sending_twice() -> None:
    async with aiohttp.ClientSession() as usual, new_session() as ours:
        assert usual._retry_connection is True
        assert ours._retry_connection is False


async def test_tls_connections_get_the_small_buffer() -> None:
    usual, loop = sslproto.SSLProtocol.max_size, asyncio.get_running_loop()
    try:
        shrink_tls_buffers()
        context = ssl.create_default_context()
        protocol = sslproto.SSLProtocol(loop, asyncio.Protocol(), context, loop.create_future())
        assert len(vars(protocol)["_ssl_buffer"]) == TLS_BUFFER_BYTES
    finally:
        sslproto.SSLProtocol.max_size = usual

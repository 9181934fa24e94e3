"""A cheap stand-in for ACS Identity over TLS: fixed responses after a fixed delay, and counts.

It signs nothing and checks nothing, so that it takes a small part of what any server under test
takes. A line on stdin sets the delay in milliseconds; the response to each line is the counts.
"""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from acs_emulator.certificates import certificates
from acs_emulator.ports import listen, port_of

GUID = "5ea5a1d0-0000-4000-8000-00000000000"
USER_ID = f"8:acs:{GUID}1_{GUID}2"
TOKEN = f"{'e' * 80}.{'y' * 480}.{'s' * 342}"  # as long as those of ACS
LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
NAME = re.compile(rb"\r\nx-ms-client-request-id: *[^\r]+", re.IGNORECASE)
SCOPES = re.compile(rb'"createTokenWithScopes": *\[ *"')


@dataclass
class Counts:
    """What the stand-in was asked since it started."""

    connections: int = 0
    requests: int = 0


class Upstream:
    """What all connections share.

    Attributes:
        delay: Seconds between a request and its response.
    """

    def __init__(self) -> None:
        expiry = (datetime.now(UTC) + timedelta(hours=24)).isoformat(timespec="seconds")
        issued = {"token": TOKEN, "expiresOn": expiry.replace("+", ".0000000+")}
        identity = {"identity": {"id": USER_ID}}
        self.delay = 0.0
        self.counts = Counts()
        self._created = _response("201 Created", identity)
        self._created_with_token = _response("201 Created", identity | {"accessToken": issued})
        self._issued = _response("200 OK", issued)
        self._unknown = _response("404 Not Found", {"error": {"code": "NotFound", "message": ""}})

    def response(self, line: bytes, body: bytes) -> bytes:
        """Return the response to a request, by its first line and its body."""
        self.counts.requests += 1
        if line.startswith(b"POST /identities?"):
            return self._created_with_token if SCOPES.search(body) else self._created
        if line.startswith(b"POST /identities/") and b"/:issueAccessToken?" in line:
            return self._issued
        return self._unknown


class Connection(asyncio.Protocol):
    """One connection; its responses keep the order of its requests."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._upstream.counts.connections += 1
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._received, 0, end)
            body = end + 4
            after = body + (int(length[1]) if length else 0)
            if len(self._received) < after:
                return
            line = self._received[: self._received.index(b"\r\n")]
            response = self._upstream.response(line, self._received[body:after])
            name = NAME.search(self._received, 0, end)
            # ACS names the request in its response.
            self._reply(response.replace(b"\r\n", name[0] + b"\r\n", 1) if name else response)
            self._received = self._received[after:]

    def _reply(self, response: bytes) -> None:
        if self._upstream.delay:
            loop = asyncio.get_running_loop()
            loop.call_later(self._upstream.delay, self._transport.write, response)
        else:
            self._transport.write(response)


class Commands(asyncio.Protocol):
    """Stdin: a delay in milliseconds for each line, or nothing but a line end."""

    def __init__(self, upstream: Upstream, ended: Callable[[], None]) -> None:
        self._upstream = upstream
        self._ended = ended

    def data_received(self, data: bytes) -> None:
        for line in data.splitlines():
            if line:
                self._upstream.delay = float(line) / 1000
            print(json.dumps(asdict(self._upstream.counts)), flush=True)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended()


def _response(status: str, body: object) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json; charset=utf-8\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def serve(folder: Path) -> None:
    """Serve until stdin ends; the first line printed is the port."""
    upstream, loop, ended = Upstream(), asyncio.get_running_loop(), asyncio.Event()
    sockets, tls = listen(0), certificates(folder).server_context()
    for listening in sockets:
        await loop.create_server(lambda: Connection(upstream), sock=listening, ssl=tls)
    print(port_of(sockets), flush=True)
    await loop.connect_read_pipe(lambda: Commands(upstream, ended.set), sys.stdin)
    await ended.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.upstream", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the certificates are")
    asyncio.run(serve(parser.parse_args().folder))

"""A server between the app and ACS that causes faults, and counts what it sees.

It forwards all bytes unchanged, so that the signature over host, path and body stays valid.
"""

import asyncio
import contextlib
import socket
import ssl
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping

from tests.faults.fault import Fault, Stage
from tests.faults.http_link import REQUEST_ID, AcsServer, ClientConnection, HttpMessage
from tests.waiting import LIMIT_SECONDS


class Proxy:
    """A proxy on a port of its own.

    Attributes:
        next_fault: Chooses the fault of each connection or request, if any.
        keeps_alive: Whether connections stay open after a good response.
        met: How often each fault happened.
        connections: How many connections it accepted.
        creates: The fault, if any, of each request for an identity, by client request id.
    """

    def __init__(
        self,
        acs: AcsServer,
        contexts: Mapping[str, ssl.SSLContext],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.acs = acs
        self.next_fault: Callable[[Stage, bool], Fault | None] = no_fault
        self.keeps_alive = False
        self.met: Counter[Fault] = Counter()
        self.connections = 0
        self.creates: defaultdict[bytes, list[Fault | None]] = defaultdict(list)
        self._contexts = contexts
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()
        self._breaking: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        # Bound but not listening, it reserves the port while nobody listens.
        self._reserved = _bound(0)
        self.port: int = self._reserved.getsockname()[1]

    @contextlib.contextmanager
    def breaking(self, fault: Fault, times: int, after: int = 0) -> Iterator[None]:
        """Cause a fault while the block runs.

        Args:
            fault: What happens.
            times: To how many connections or requests it happens.
            after: How many good ones come before.
        """
        waiting, left = after, times

        def choose(stage: Stage, used: bool) -> Fault | None:  # noqa: FBT001
            nonlocal waiting, left
            if stage is not fault.stage or left == 0 or (fault.reused_only and not used):
                return None
            waiting -= 1
            left -= waiting < 0
            return fault if waiting < 0 else None

        self.next_fault = choose
        if fault.stage is Stage.NOT_LISTENING:
            self._run(self.close())
        try:
            yield
        finally:
            self.next_fault = no_fault
            self._run(
                self.open() if fault.stage is Stage.NOT_LISTENING else self._end(self._breaking)
            )

    def hang_up(self) -> None:
        """End all connections, also those without a fault."""
        self._run(self._end(self._tasks))

    async def open(self) -> None:
        """Listen on the port."""
        sock = _bound(self.port)
        sock.listen(100)
        self._server = await asyncio.start_server(self._connected, sock=sock, limit=2**20)

    async def close(self) -> None:
        """Stop listening; the connections stay."""
        if self._server:
            self._server.close()

    async def stop(self) -> None:
        """Stop listening and end all connections."""
        await self.close()
        self._reserved.close()
        await self._end(self._tasks)

    async def _end(self, tasks: set[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run(self, steps: Awaitable[None]) -> None:
        async def run() -> None:
            await steps

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(LIMIT_SECONDS)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        # A client that gives up breaks the connection, perhaps in the middle of a handshake.
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                await self._serve(ClientConnection(self.acs, reader, writer))
        finally:
            writer.close()
            self._tasks.discard(task)
            self._breaking.discard(task)

    async def _serve(self, connection: ClientConnection) -> None:
        fault = self._next(Stage.CONNECTED)
        if await self._happened(connection, fault):
            return
        context = self._contexts[fault.certificate if fault else "good"]
        # Nothing was read before: the first bytes are those of the TLS handshake.
        await connection.writer.start_tls(context)
        if await self._happened(connection, self._next(Stage.TLS_READY)):
            return
        used = False
        while await self._serve_request(connection, used=used):
            used = True

    async def _happened(self, connection: ClientConnection, fault: Fault | None) -> bool:
        if fault is None or fault.action is None:
            return False
        task = asyncio.current_task()
        assert task
        self._breaking.add(task)  # it may hold the connection for long
        await fault.action(connection)
        return True

    async def _serve_request(self, connection: ClientConnection, *, used: bool) -> bool:
        """Serve one request; return whether another one may come on the connection."""
        head = await connection.reader.readuntil(b"\r\n\r\n")
        length = int(HttpMessage(head, b"").header(b"Content-Length") or 0)
        connection.request = HttpMessage(head, await connection.reader.readexactly(length))
        fault = self._next(Stage.REQUEST_READ, used=used)
        if connection.request.is_create:
            self.creates[connection.request.header(REQUEST_ID)].append(fault)
        if await self._happened(connection, fault):
            return False
        response = await connection.forward()
        if not self.keeps_alive:
            await connection.send(response)
            return False
        response = response.with_header(b"Connection", b"keep-alive")
        connection.writer.write(response.head + response.body)
        return True

    def _next(self, stage: Stage, *, used: bool = False) -> Fault | None:
        fault = self.next_fault(stage, used)
        if fault:
            self.met[fault] += 1
        return fault


def no_fault(stage: Stage, used: bool) -> Fault | None:  # noqa: FBT001
    """Cause no fault."""
    return None


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    return sock

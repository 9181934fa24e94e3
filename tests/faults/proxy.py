"""A server between the app and ACS that breaks what a test wants broken, and counts.

It passes bytes on as they are: the proof over host, path and body stays good.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from queue import Queue

from tests.faults.fault import Fault, Stage
from tests.faults.http_link import REQUEST_ID, Acs, Link, Message
from tests.waiting import LIMIT_SECONDS


class Proxy:
    """One port.

    Attributes:
        next_fault: Chooses the fault of each connection or request, if any.
        keeps: Whether connections stay open after a good answer.
        met: How often something broke.
        connections: How many were accepted.
        creates: What each create that was received in full met, by client request id.
    """

    def __init__(
        self, acs: Acs, contexts: Mapping[str, ssl.SSLContext], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.acs = acs
        self.next_fault: Callable[[Stage, bool], Fault | None] = no_fault
        self.keeps = False
        self.met: Counter[Fault] = Counter()
        self.connections = 0
        self.creates: defaultdict[bytes, list[Fault | None]] = defaultdict(list)
        self._contexts = contexts
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()
        self._breaking: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        # Bound and not listening, it keeps the port for us while nobody listens.
        self._reserved = _bound(0)
        self.port: int = self._reserved.getsockname()[1]

    @contextlib.contextmanager
    def breaking(self, fault: Fault, times: int, after: int = 0) -> Iterator[None]:
        """Break so many connections or requests, after so many good ones."""
        waiting, left = after, times

        def choose(stage: Stage, used: bool) -> Fault | None:  # noqa: FBT001
            nonlocal waiting, left
            if stage is not fault.stage or left == 0 or (fault.reused and not used):
                return None
            waiting -= 1
            left -= waiting < 0
            return fault if waiting < 0 else None

        self.next_fault = choose
        if fault.stage is Stage.PORT:
            self._run(self.close())
        try:
            yield
        finally:
            self.next_fault = no_fault
            self._run(self.open() if fault.stage is Stage.PORT else self._end(self._breaking))

    def hang_up(self) -> None:
        """End all connections, the good ones too."""
        self._run(self._end(self._tasks))

    async def open(self) -> None:
        """Listen."""
        sock = _bound(self.port)
        sock.listen(100)
        self._server = await asyncio.start_server(self._connected, sock=sock, limit=2**20)

    async def close(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.close()

    async def stop(self) -> None:
        """End all connections."""
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
        # Whoever gives up breaks the connection, and half-way in a handshake at that.
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                await self._serve(Link(self.acs, reader, writer))
        finally:
            writer.close()
            self._tasks.discard(task)
            self._breaking.discard(task)

    async def _serve(self, link: Link) -> None:
        fault = self._next(Stage.CONNECTED)
        if await self._broke(link, fault):
            return
        context = self._contexts[fault.certificate if fault else "good"]
        await link.writer.start_tls(context)  # nothing waits before: what comes is TLS's, not ours
        if await self._broke(link, self._next(Stage.GREETED)):
            return
        used = False
        while await self._answered(link, used=used):
            used = True

    async def _broke(self, link: Link, fault: Fault | None) -> bool:
        if fault is None or fault.does is None:
            return False
        task = asyncio.current_task()
        assert task
        self._breaking.add(task)  # it may hold the connection for long
        await fault.does(link)
        return True

    async def _answered(self, link: Link, *, used: bool) -> bool:
        """Answer one request; return whether another may come on the connection."""
        head = await link.reader.readuntil(b"\r\n\r\n")
        length = int(Message(head, b"").header(b"Content-Length") or 0)
        link.request = Message(head, await link.reader.readexactly(length))
        fault = self._next(Stage.ASKED, used=used)
        if link.request.is_create:
            self.creates[link.request.header(REQUEST_ID)].append(fault)
        if await self._broke(link, fault):
            return False
        answer = await link.pass_on()
        if not self.keeps:
            await link.send(answer)
            return False
        answer = answer.having(b"Connection", b"keep-alive")
        link.writer.write(answer.head + answer.body)
        return True

    def _next(self, stage: Stage, *, used: bool = False) -> Fault | None:
        fault = self.next_fault(stage, used)
        if fault:
            self.met[fault] += 1
        return fault


def no_fault(stage: Stage, used: bool) -> Fault | None:  # noqa: FBT001
    """Break nothing."""
    return None


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    return sock


@contextlib.contextmanager
def running_proxies(
    count: int, acs: int, contexts: Mapping[str, ssl.SSLContext]
) -> Iterator[Sequence[Proxy]]:
    """Serve some ports from a thread until the block ends.

    Args:
        acs: Where ACS is: a port.
        contexts: What to speak TLS with, by what is wrong with the certificate.
    """
    ready: Queue[tuple[Sequence[Proxy], Callable[[], object]]] = Queue()

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        proxies = [Proxy(Acs(acs), contexts, loop) for _ in range(count)]
        for proxy in proxies:
            await proxy.open()
        ready.put((proxies, lambda: loop.call_soon_threadsafe(stop.set)))
        await stop.wait()
        for proxy in proxies:
            await proxy.stop()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    proxies, stop = ready.get(timeout=LIMIT_SECONDS)
    try:
        yield proxies
    finally:
        stop()
        thread.join()

"""A server between the app and ACS that breaks what a test wants broken, and counts.

It passes bytes on as they are: the proof over host, path and body stays good.
"""

import asyncio
import contextlib
import re
import socket
import ssl
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from queue import Queue

CREATE = re.compile(rb"POST /identities\?")
REQUEST_ID = b"x-ms-client-request-id"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, no time to linger: closing sends a reset


class Stage(Enum):
    """How far a connection comes before it breaks."""

    PORT = "nobody listens"
    CONNECTED = "TLS does not begin"
    GREETED = "TLS stands, nothing is read"
    ASKED = "the request was received in full"


@dataclass(frozen=True)
class Message:
    """A request or an answer as it is on the wire: the head with its empty line, and the body."""

    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """A header's value, empty when there is none."""
        found = re.search(rb"(?im)^" + name + rb":[ \t]*(.*?)\r$", self.head)
        return found[1] if found else b""

    def having(self, name: bytes, value: bytes) -> "Message":
        """The same with another value of a header."""
        head = re.sub(rb"(?im)^" + name + rb":.*\r\n", b"", self.head)
        return Message(head[:-2] + name + b": " + value + b"\r\n\r\n", self.body)


@dataclass
class Link:
    """A connection of the app, and what it has asked."""

    proxy: "Proxy"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    request: Message = Message(b"", b"")

    @property
    def is_create(self) -> bool:
        return bool(CREATE.match(self.request.head))

    async def pass_on(self) -> Message:
        """Let ACS do what was asked; return its answer."""
        if self.is_create:
            self.proxy.processed[self.request.header(REQUEST_ID)] += 1
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.upstream)
        asked = self.request.having(b"Connection", b"close")
        writer.write(asked.head + asked.body)
        answer = await reader.read()
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        answered = Message(head + b"\r\n\r\n", body)
        self.proxy.passed(self.request, answered)
        return answered

    async def send(self, answer: Message) -> None:
        """Answer; the connection ends with it."""
        answer = answer.having(b"Connection", b"close")
        self.writer.write(answer.head + answer.body)
        await self.writer.drain()

    def reset(self) -> None:
        """End the connection at once, without a good-bye."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.writer.transport.abort()


@dataclass(frozen=True)
class Fault:
    """What breaks, and what the app makes of it when it goes on breaking.

    Attributes:
        does: What happens at the stage.
        certificate: What the server shows: "good", or what is wrong with it.
        reused: Only what is asked on a connection that was used before meets the fault.
        unprocessed: The app can be sure that nothing was done: a create may be sent again, once.
        passing: What may be repeated is repeated.
        slugs: The problems that the app may answer; none, when it does no harm.
        bodies: Only answers with a body are hurt: a 204 is as good as ever.
        retry_after: The answer says when to come back.
    """

    name: str
    stage: Stage
    does: Callable[[Link], Awaitable[None]] | None = None
    certificate: str = "good"
    reused: bool = False
    unprocessed: bool = False
    passing: bool = False
    slugs: frozenset[str] = frozenset()
    bodies: bool = False
    retry_after: bool = False

    def __str__(self) -> str:
        return self.name


class Proxy:
    """One port.

    Attributes:
        next_fault: Chooses the fault of each connection or request, if any.
        keeps: Whether connections stay open after a good answer.
        met: How often something broke.
        connections: How many were accepted.
        processed: How often ACS was given a create, by client request id.
        creates: What became of each create that was received in full, by client request id.
        passed: Is told what ACS was asked and answered, whoever gets to see it.
    """

    def __init__(
        self, upstream: int, contexts: Mapping[str, ssl.SSLContext], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.upstream = upstream
        self.next_fault: Callable[[Stage, bool], Fault | None] = no_fault
        self.passed: Callable[[Message, Message], object] = lambda request, answer: None
        self.keeps = False
        self.met: Counter[Fault] = Counter()
        self.connections = 0
        self.processed: Counter[bytes] = Counter()
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

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        # Whoever gives up breaks the connection, and half-way in a handshake at that.
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                await self._serve(Link(self, reader, writer))
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
        if link.is_create:
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
    count: int, upstream: int, contexts: Mapping[str, ssl.SSLContext]
) -> Iterator[Sequence[Proxy]]:
    """Serve some ports from a thread until the block ends."""
    ready: Queue[tuple[Sequence[Proxy], Callable[[], object]]] = Queue()

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        proxies = [Proxy(upstream, contexts, loop) for _ in range(count)]
        for proxy in proxies:
            await proxy.open()
        ready.put((proxies, lambda: loop.call_soon_threadsafe(stop.set)))
        await stop.wait()
        for proxy in proxies:
            await proxy.stop()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    proxies, stop = ready.get(timeout=10)
    try:
        yield proxies
    finally:
        stop()
        thread.join()

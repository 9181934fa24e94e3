"""Runs proxies in a thread."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from queue import Queue

from tests.faults.http_link import AcsServer
from tests.faults.proxy import Proxy
from tests.waiting import LIMIT_SECONDS


@contextlib.contextmanager
def running_proxies(
    count: int, acs: int, contexts: Mapping[str, ssl.SSLContext]
) -> Iterator[Sequence[Proxy]]:
    """Run proxies in a thread until the block ends.

    Args:
        count: How many.
        acs: The port of ACS.
        contexts: The TLS contexts, by what is wrong with their certificate.
    """
    ready: Queue[tuple[Sequence[Proxy], Callable[[], object]]] = Queue()

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        proxies = [Proxy(AcsServer(acs), contexts, loop) for _ in range(count)]
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

"""Distance: a TCP proxy that makes what is behind it a round trip further away.

Half of the round trip in each direction, and a whole one before a connection carries anything.
"""

import argparse
import asyncio
import contextlib
from functools import partial

CHUNK_BYTES = 65536

Chunks = asyncio.Queue[tuple[float, bytes]]


async def carry(round_trip: float, port: int) -> None:
    """Serve until killed; the first line printed is the port."""
    handler = partial(_connection, round_trip, port)
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _connection(
    round_trip: float, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    established = asyncio.get_running_loop().time() + round_trip
    there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(
        _carry(reader, there_writer, round_trip / 2, established),
        _carry(there_reader, writer, round_trip / 2, established),
        return_exceptions=True,
    )


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, half: float, established: float
) -> None:
    chunks: Chunks = asyncio.Queue()
    delivering = asyncio.create_task(_deliver(chunks, writer))
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(CHUNK_BYTES):
            sent = max(asyncio.get_running_loop().time(), established)
            chunks.put_nowait((sent + half, data))
    chunks.put_nowait((0, b""))
    await delivering


async def _deliver(chunks: Chunks, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while (chunk := await chunks.get())[1]:
            due, data = chunk
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            writer.write(data)
    writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delay", description=__doc__)
    parser.add_argument("--round-trip-ms", type=float, required=True)
    parser.add_argument("--port", type=int, required=True, help="of what is behind it")
    arguments = parser.parse_args()
    asyncio.run(carry(arguments.round_trip_ms / 1000, arguments.port))

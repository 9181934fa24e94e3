"""The floor: one aiohttp request to ACS for each page load, signed by hand, with no checks."""

import functools

import aiohttp
from aiohttp import web

from benchmarks.rows import acs
from benchmarks.rows.serving import page, serve

KEEP_ALIVE_SECONDS = 60


@functools.cache
def session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=KEEP_ALIVE_SECONDS)
    )


async def token(_: web.Request) -> web.Response:
    headers = acs.signed_headers()
    async with session().post(acs.URL, data=acs.BODY, headers=headers) as created:
        return page(acs.page_response(await created.read()))


if __name__ == "__main__":
    serve(token)

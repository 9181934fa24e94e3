"""Entra's OpenID Connect metadata over http, for pages that sign in with the emulator."""

from aiohttp import web

from local_host.cors import Cors
from local_host.emulator_client import EmulatorClient, EmulatorError

PATH = "/local/openid-configuration"


def sign_in_metadata(emulator: EmulatorClient | None, cors: Cors) -> web.RouteDef:
    """Return the route of the metadata, which MSAL.js takes as ``authorityMetadata``.

    A page that has it needs no request to the emulator's https port before the user signs in, so
    the browser need not trust the emulator's certificate for that.

    Args:
        emulator: None if the app uses another ACS; then the route responds with 404.
        cors: Which pages of other origins may read it.
    """

    async def metadata(request: web.Request) -> web.Response:
        headers = cors.headers(request) | {"Cache-Control": "no-store"}
        if emulator is None or not emulator.signs_in:
            return web.Response(status=404, headers=headers)
        try:
            return web.json_response(await emulator.metadata(), headers=headers)
        except EmulatorError as error:
            return web.Response(status=502, text=f"{error}\n", headers=headers)

    return web.get(PATH, metadata)
